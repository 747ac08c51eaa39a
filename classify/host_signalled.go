package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// signalled is what the hosts' signalling tells of other flows.
type signalled struct {
	peers      map[announcement]int32 // the flow that named a peer
	telephones map[packet.Addr]bool   // hosts that speak SIP to somebody outside
}

// announcement is a peer's address that one host was told of.
type announcement struct {
	host packet.Addr
	peer netip.AddrPort
}

// findSignalled learns which addresses the hosts' signalling named as peers: TURN servers
// (XOR-PEER-ADDRESS), Telegram's reflectors (peer info) and their like; and which hosts are
// telephones, by SIP's ports (RFC 3261, section 19.1.2), since its text is often encrypted.
func (j *Judge) findSignalled() {
	j.signalled = signalled{map[announcement]int32{}, map[packet.Addr]bool{}}
	for i, f := range j.flows {
		x := &j.facts[i]
		near, farPort := f.Key.Addr[x.near], f.Key.Port[1-x.near]
		if (farPort == 5060 || farPort == 5061) && spoke(f) {
			j.signalled.telephones[near] = true
		}
		if f.State == 0 {
			continue
		}
		for _, r := range j.c.reported[f.State] {
			k := announcement{near, r.Addr}
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
	if len(j.signalled.peers) == 0 || conference(lines) {
		return lines
	}
	far := netip.AddrPortFrom(f.Key.Addr[1-x.near].Netip(), f.Key.Port[1-x.near])
	by, ok := j.signalled.peers[announcement{near, far}]
	if !ok || int(by) == i {
		return lines
	}
	teller := j.flows[by]
	if f.Start-teller.End >= linkTime || teller.Start-f.End >= linkTime {
		return lines
	}
	l := plain(claimPeerReported)
	l.family = j.facts[by].family
	l.frames[0] = teller.FirstFrame
	return append(lines, l)
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
