package classify

import (
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// signalled is what the hosts' signalling tells of other flows.
type signalled struct {
	peers      map[announcement]int32     // the flow that named a peer
	telephones map[packet.Addr]bool       // hosts that speak SIP to somebody outside
	sockets    map[endpoint]int32         // proven sockets of UDP, by place in Judge.sockets
	media      map[mediaPorts]mediaHalves // streams and their control, where they have ports of their own
	kakao      *kakaoChats
}

// mediaPorts are the even ports of both ends of a pair (RFC 3550, section 11): RTP's, to which
// RTCP's are the next.
type mediaPorts struct {
	near, far         packet.Addr
	nearPort, farPort uint16
}

// mediaHalves is what a pair of ports carries: the first flow of each half, plus one.
type mediaHalves struct{ stream, control int32 }

// announcement is a peer's address that one host was told of.
type announcement struct {
	host packet.Addr
	peer endpoint
}

// findSignalled learns which addresses the hosts' signalling named as peers: TURN servers
// (XOR-PEER-ADDRESS), Telegram's reflectors (peer info) and their like; and which hosts are
// telephones, by SIP's ports (RFC 3261, section 19.1.2), since its text is often encrypted.
func (j *Judge) findSignalled() {
	j.signalled = signalled{peers: map[announcement]int32{}, telephones: map[packet.Addr]bool{}, media: map[mediaPorts]mediaHalves{}, kakao: new(kakaoChats)}
	for i := range j.facts {
		x := &j.facts[i]
		if x.signs&(signPhone|signMedia|signReports) == 0 {
			continue
		}
		f := j.flows[i]
		near := f.Key.Addr[x.near]
		if x.signs&signPhone != 0 && spoke(f) {
			j.signalled.telephones[near] = true
		}
		if x.signs&signMedia != 0 {
			j.noteMedia(i)
		}
		if x.signs&signReports == 0 {
			continue
		}
		for _, r := range j.c.reportedBy(f) {
			k := announcement{near, endpoint{packet.AddrFrom(r.Addr.Addr()), r.Addr.Port()}}
			if r.Addr.Addr() != k.peer.addr.Netip() {
				continue // in a notation that no flow has
			}
			if _, known := j.signalled.peers[k]; !known {
				j.signalled.peers[k] = int32(i)
			}
		}
	}
}

// signalledLines adds that the far end of flow i was announced to the host as a peer: what
// goes there has no structure of its own in some calls, and needs none. An encrypted call that
// shows no signalling is taken for a messenger's, but not on a telephone.
func (j *Judge) signalledLines(i int, lines []line) []line {
	x, f := &j.facts[i], j.flows[i]
	if x.vetoed || !spoke(f) {
		return lines
	}
	near := f.Key.Addr[x.near]
	if j.signalled.telephones[near] {
		for n := range lines {
			if lines[n].id == claimSRTPCall {
				lines[n].bits = 0
			}
		}
	}
	if conference(lines) {
		return lines
	}
	lines = j.mediaLines(i, lines)
	lines = j.farSocketLines(i, lines)
	if len(j.signalled.peers) == 0 {
		return lines
	}
	by, ok := j.signalled.peers[announcement{near, endpoint{f.Key.Addr[1-x.near], f.Key.Port[1-x.near]}}]
	if !ok || int(by) == i {
		return lines
	}
	teller := j.flows[by]
	if f.Start-teller.End >= linkTime || teller.Start-f.End >= linkTime {
		return lines
	}
	l := plain(claimPeerReported)
	l.family = j.facts[by].family.String()
	l.frames[0] = teller.FirstFrame
	return append(lines, l)
}

// ports returns the pair that flow i belongs to, and which half of it by the ports.
func (j *Judge) ports(i int) (k mediaPorts, control, ok bool) {
	f, x := j.flows[i], &j.facts[i]
	a, b := f.Key.Port[x.near], f.Key.Port[1-x.near]
	k = mediaPorts{f.Key.Addr[x.near], f.Key.Addr[1-x.near], a &^ 1, b &^ 1}
	return k, a&1 != 0, f.Key.Protocol == packet.UDP && a&1 == b&1 && x.far && !servicePort(a) && !servicePort(b)
}

// noteMedia notes a noise-like stream of both ends, or encrypted control without a stream.
func (j *Judge) noteMedia(i int) {
	f := j.flows[i]
	if f.Key.Protocol != packet.UDP {
		return
	}
	stream, secure := j.c.claimed(f, claimRTPStream), j.c.claimed(f, claimSRTCP)
	if stream == nil && secure == nil {
		return
	}
	k, control, ok := j.ports(i)
	switch {
	case !ok:
	case !control && stream != nil && stream.count >= 3 && stream.dirs() == 3 && j.c.claimed(f, claimRTPNoise) != nil:
		m := j.signalled.media[k]
		m.stream = int32(i) + 1
		j.signalled.media[k] = m
	case control && secure != nil && stream == nil && j.c.claimed(f, claimRTCPClear) == nil:
		m := j.signalled.media[k]
		m.control = int32(i) + 1
		j.signalled.media[k] = m
	}
}

// mediaLines adds, to either half of an encrypted call whose RTCP has ports of its own, that the
// other half is there.
func (j *Judge) mediaLines(i int, lines []line) []line {
	if len(j.signalled.media) == 0 {
		return lines
	}
	k, _, ok := j.ports(i)
	if !ok || j.signalled.telephones[k.near] {
		return lines
	}
	m := j.signalled.media[k]
	other := m.stream
	if other == int32(i)+1 {
		other = m.control
	}
	if m.stream == 0 || m.control == 0 || m.stream != int32(i)+1 && m.control != int32(i)+1 {
		return lines
	}
	f, g := j.flows[i], j.flows[other-1]
	if f.Start-g.End >= linkTime || g.Start-f.End >= linkTime {
		return lines
	}
	call, pair := plain(claimSRTPCall), plain(claimMediaPair)
	call.frames[0], pair.frames[0] = f.FirstFrame, g.FirstFrame
	return append(lines, call, pair)
}

// farSocketLines adds, where both ends are home or neither is, that another flow of the far end's
// socket is proven: which end is near is then only who began.
func (j *Judge) farSocketLines(i int, lines []line) []line {
	f, x := j.flows[i], &j.facts[i]
	if f.Key.Protocol != packet.UDP {
		return lines
	}
	if len(j.signalled.sockets) == 0 || !x.even {
		return lines
	}
	n, ok := j.signalled.sockets[endpoint{f.Key.Addr[1-x.near], f.Key.Port[1-x.near]}]
	if !ok || slices.ContainsFunc(lines, func(l line) bool { return l.id == claimSocketProven }) {
		return lines
	}
	s := &j.sockets[n]
	if g := j.flows[s.best]; f.Start-g.End >= linkTime || g.Start-f.End >= linkTime {
		return lines
	}
	l := plain(claimSocketProven)
	l.family = s.family
	l.frames[0] = j.flows[s.best].FirstFrame
	return append(lines, l)
}

// findProven notes the sockets of UDP that prove themselves.
func (j *Judge) findProven() {
	j.signalled.sockets = map[endpoint]int32{}
	for n := range j.sockets {
		if s := &j.sockets[n]; s.proven > 0 && s.protocol == packet.UDP {
			j.signalled.sockets[endpoint{s.addr, s.port}] = int32(n)
		}
	}
}

// concerns tells whether flow i may be one that others told of, whatever its own claims are.
func (s *signalled) concerns(j *Judge, i int) bool {
	f, x := j.flows[i], &j.facts[i]
	if !spoke(f) {
		return false
	}
	far := endpoint{f.Key.Addr[1-x.near], f.Key.Port[1-x.near]}
	if len(s.peers) > 0 {
		if _, told := s.peers[announcement{f.Key.Addr[x.near], far}]; told {
			return true
		}
	}
	if len(s.sockets) > 0 && x.even && f.Key.Protocol == packet.UDP {
		_, proven := s.sockets[far]
		return proven
	}
	return false
}

// conference tells whether the lines show a conference server: clients reach it through a relay
// as well, which then names its address.
func conference(lines []line) bool {
	for _, l := range lines {
		if l.bits < 0 && (l.id == claimIceLite || l.id == claimIceUnlike) {
			return true
		}
	}
	return false
}

// spoke tells whether any payload was seen.
func spoke(f *flow.Flow) bool { return f.Payloads[0]+f.Payloads[1] > 0 }
