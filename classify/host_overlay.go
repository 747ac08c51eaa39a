package classify

import (
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// What the flows of one host, or of one socket, say together of overlays. Each kind of sign is
// weak in one flow and strong in many: one program opens them all.

// overlaySign is a kind of sign.
type overlaySign uint8

const (
	clearGnutella   overlaySign = iota // the host speaks it in clear
	clearDirect                        // likewise Direct Connect
	discoverySocket                    // the socket speaks Ethereum's discovery version 4
	toxKeySocket                       // the socket's first packets bear one key
	bitcoinStreams                     // noise both ways on Bitcoin's port
	frameStreams                       // frames of RLPx on Ethereum's port
	noiseStreams                       // noise both ways between high ports
	noiseSocket                        // the same over UDP, of one local port
	mseStreams                         // noiseStreams with the lengths of MSE's handshake
	challengeSocket                    // noiseSocket with the handshakes of discovery version 5
	i2pSocket                          // noiseSocket with the handshakes of I2P's routers
	hyphanetSocket                     // noiseSocket with the handshakes of Hyphanet's nodes
	oneServer                          // noise both ways with one far endpoint
	onePort                            // noise both ways with one far port
	oneLength                          // streams of noise that the home end begins with so many octets
	oneNetwork                         // noise both ways with one far network
)

// overlayKey is who shows a sign: a host (port 0) or a socket; for Tox, with which key.
type overlayKey struct {
	sign overlaySign
	who  endpoint
	key  [flow.PrefixLength - 1]byte
	far  endpoint // of oneServer; of onePort its port alone, of oneNetwork its address, of oneLength the length as port
}

// overlayCount is to how many far ends, in how many networks, and when.
type overlayCount struct {
	far             []packet.Addr // until counted
	ports           []uint16      // of the far ends, until counted
	peers, networks int
	flows           int
	dialled         int   // flows that the home end began
	atOnce          int   // flows that began while two others were under way
	otherPorts      int   // flows with far ends of other ports than the commonest
	span                  // with linkTime or more between it and the next
	endBefore       int64 // the latest end but one
	frame           uint32
}

// Bounds from which signs speak. A browser has one or two nameless streams at a time, a proxy's
// client one server or a few; clear peers come by the dozen.
const (
	clearPeers      = 8
	discoveryPeers  = 3
	toxPeers        = 3
	bitcoinNetworks = 4
	streamPeers     = 10
	streamNetworks  = 8
	msePeers        = 4
	mseNetworks     = 4
	socketPeers     = 8
	socketNetworks  = 6
	socketDialled   = 3 // a server's socket begins none
)

// findOverlays gathers the signs of all flows.
func (j *Judge) findOverlays() {
	j.overlays = map[overlayKey][]*overlayCount{}
	for i := range j.facts {
		if j.facts[i].signs&signOverlay == 0 {
			continue
		}
		f := j.flows[i]
		k, ok := j.overlaySign(i, f)
		if !ok {
			continue
		}
		j.countOverlay(k, i, f)
		made := func(id ClaimID) bool { return j.c.claimed(f, id) != nil }
		switch k.sign {
		case noiseSocket:
			if made(claimDiscv5Handshake) {
				j.countOverlay(overlayKey{sign: challengeSocket, who: k.who}, i, f)
			}
			if made(claimI2PSSU2) {
				j.countOverlay(overlayKey{sign: i2pSocket, who: k.who}, i, f)
				j.countOverlay(overlayKey{sign: i2pSocket, who: endpoint{addr: k.who.addr}}, i, f)
			}
			if j.hyphanetSession(f) {
				j.countOverlay(overlayKey{sign: hyphanetSocket, who: k.who}, i, f)
			}
		case noiseStreams:
			if made(claimMSE) {
				j.countOverlay(overlayKey{sign: mseStreams, who: k.who}, i, f)
			}
			j.countOverlay(serverKey(f, j.facts[i].near), i, f)
			j.countOverlay(portKey(f, j.facts[i].near), i, f)
			j.countOverlay(j.lengthKey(f, j.facts[i].near), i, f)
			j.countOverlay(networkKey(f, j.facts[i].near), i, f)
		}
	}
	for _, all := range j.overlays {
		for _, c := range all {
			peers, nets := spreadOf(c.far)
			c.peers, c.networks = int(peers), int(nets)
			c.otherPorts = c.flows - commonest(c.ports)
			c.far, c.ports = nil, nil
		}
	}
}

// countOverlay counts flow i as one more with that sign.
func (j *Judge) countOverlay(k overlayKey, i int, f *flow.Flow) {
	near := j.facts[i].near
	all := j.overlays[k]
	if len(all) == 0 || !all[len(all)-1].near(f) {
		all = append(all, &overlayCount{span: span{f.Start, f.Start}, frame: f.FirstFrame})
		j.overlays[k] = all
	}
	c := all[len(all)-1]
	if c.flows++; f.Start < c.endBefore {
		c.atOnce++
	}
	if uint8(f.Initiator) == near {
		c.dialled++
	}
	c.endBefore = max(c.endBefore, min(c.end, f.End))
	c.add(f)
	c.far = append(c.far, f.Key.Addr[1-near])
	c.ports = append(c.ports, f.Key.Port[1-near])
}

// commonest tells how often the commonest of ports comes. It sorts them.
func commonest(ports []uint16) int {
	slices.Sort(ports)
	most, run := 0, 0
	for i, p := range ports {
		if i == 0 || p != ports[i-1] {
			run = 0
		}
		run++
		most = max(most, run)
	}
	return most
}

// serverKey is the key of streams between a host and one far endpoint.
func serverKey(f *flow.Flow, near uint8) overlayKey {
	return overlayKey{sign: oneServer, who: endpoint{addr: f.Key.Addr[near]}, far: endpoint{f.Key.Addr[1-near], f.Key.Port[1-near]}}
}

// portKey is the key of streams between a host and one far port, whoever has it.
func portKey(f *flow.Flow, near uint8) overlayKey {
	return overlayKey{sign: onePort, who: endpoint{addr: f.Key.Addr[near]}, far: endpoint{port: f.Key.Port[1-near]}}
}

// overlaySign tells what flow i is a sign of.
func (j *Judge) overlaySign(i int, f *flow.Flow) (k overlayKey, ok bool) {
	x := &j.facts[i]
	if f.State == 0 || !x.far || x.signs&signOverlay == 0 {
		return k, false
	}
	near := x.near
	k.who.addr = f.Key.Addr[near]
	has := func(id ClaimID, dirs uint8) bool {
		n := j.c.claimed(f, id)
		return n != nil && n.dirs()&dirs == dirs
	}
	if f.Key.Protocol == packet.UDP {
		k.who.port = f.Key.Port[near]
		first := j.c.opening(f, near)
		switch {
		case has(claimDiscv4, 0):
			k.sign = discoverySocket
		case toxKeyed(first.Octets[0]) && toxShape(first.Octets[0], int(first.Length)) && has(claimToxShape, 1<<near):
			k.sign = toxKeySocket
			copy(k.key[:], first.Octets[1:])
		case has(claimDirectConnect, 0):
			k.sign, k.who.port = clearDirect, 0
		case has(claimRandomUDP, 3) && !has(claimClearUDP, 0) && highPorts(f) && !x.vetoed:
			k.sign = noiseSocket
		default:
			return k, false
		}
		return k, true
	}
	switch {
	case has(claimGnutella, 0):
		k.sign = clearGnutella
	case has(claimDirectConnect, 0):
		k.sign = clearDirect
	case has(claimBitcoinV2, 3):
		k.sign = bitcoinStreams
	case has(claimRLPxFrames, 0) && !x.vetoed:
		k.sign = frameStreams
	case (has(claimRandomFirst, 3) || has(claimMSE, 0)) && highPorts(f) && !x.vetoed:
		k.sign = noiseStreams
	default:
		return k, false
	}
	return k, true
}

// highPorts tells whether both ports are free for anybody's use.
func highPorts(f *flow.Flow) bool {
	a, b := f.Key.Port[0], f.Key.Port[1]
	return a >= 1024 && b >= 1024 && !servicePort(a) && !servicePort(b)
}

// overlayLines adds what the host's and the socket's signs say of flow i.
func (j *Judge) overlayLines(i int, lines []line) []line {
	f, x := j.flows[i], &j.facts[i]
	if x.vetoed {
		return lines
	}
	at := func(id ClaimID) *line {
		for n := range lines {
			if lines[n].id == id && lines[n].bits != 0 {
				return &lines[n]
			}
		}
		return nil
	}
	if at(claimTorName) != nil && at(claimUnnamed) != nil {
		return append(lines, plain(claimTorNotAsked))
	}
	if k, ok := j.overlaySign(i, f); ok && (k.sign != noiseSocket || x.socket < 0 || !j.sockets[x.socket].serves) {
		lines = j.signLines(f, k, lines)
	}
	host := endpoint{addr: f.Key.Addr[x.near]}
	switch {
	case at(claimTLSNameless) != nil && highPorts(f) && at(claimTLSMutual) == nil:
		// Gnutella's peers ask for no certificate of the client; those of Direct Connect bear names
		// that are claims of their own. Device management and backups use both.
		for sign := clearGnutella; sign <= clearDirect; sign++ {
			if c := j.overlayAt(overlayKey{sign: sign, who: host}, f); c != nil && c.peers >= clearPeers {
				if l := at(claimHostProven); l != nil {
					l.bits = 0 // the same program, once
				}
				return append(lines, c.line(claimHostOverlay, weights[claimHostOverlay].bits, [...]string{"gnutella", "directconnect"}[sign]))
			}
		}
	case at(claimI2PNTCP2) != nil && highPorts(f):
		if c := j.overlayAt(overlayKey{sign: i2pSocket, who: host}, f); c.routers() {
			return append(lines, c.line(claimI2PHost, weights[claimI2PHost].bits, "i2p"))
		}
	case f.Key.Protocol == packet.UDP && at(claimRandomUDP) != nil && at(claimClearUDP) == nil:
		host.port = f.Key.Port[x.near]
		for _, sign := range [...]overlaySign{discoverySocket, challengeSocket} {
			if c := j.overlayAt(overlayKey{sign: sign, who: host}, f); c != nil && c.peers >= discoveryPeers {
				return append(lines, c.line(claimSocketDiscovery, weights[claimSocketDiscovery].bits, "ethereum"))
			}
		}
		if l, ok := j.hyphanetLine(host, f); ok {
			return append(lines, l)
		}
		if l, ok := j.i2pLine(host, f); ok {
			return append(lines, l)
		}
		// A node discovers many from its one socket: lengths that fit but here fit by chance.
		silence(at, claimDiscv5Challenge, claimDiscv5Handshake)
	}
	return lines
}

// signLines adds what other flows with the same sign as f say of it.
func (j *Judge) signLines(f *flow.Flow, k overlayKey, lines []line) []line {
	c := j.overlayAt(k, f)
	if c == nil {
		return lines
	}
	switch {
	case k.sign == toxKeySocket && c.peers >= toxPeers:
		return append(lines, c.line(claimToxSocket, weights[claimToxSocket].bits, "tox"))
	case k.sign == bitcoinStreams && c.networks >= bitcoinNetworks:
		return append(lines, c.line(claimBitcoinStreams, weights[claimBitcoinStreams].bits, "bitcoin"))
	case k.sign == frameStreams && c.networks >= bitcoinNetworks:
		return append(lines, c.line(claimRLPxStreams, weights[claimRLPxStreams].bits, "ethereum"))
	case k.sign == noiseStreams:
		return j.streamLines(f, k, c, lines)
	case k.sign == noiseSocket && c.peers >= socketPeers && c.networks >= socketNetworks && c.dialled >= socketDialled && c.dialled*8 >= c.peers && c.otherPorts*2 >= c.peers:
		return append(lines, c.line(claimSocketNoise, weights[claimSocketNoise].bits, ""))
	}
	return lines
}

// overlayAt looks a sign up, unless it is too far in time from flow f.
func (j *Judge) overlayAt(k overlayKey, f *flow.Flow) *overlayCount {
	var best *overlayCount
	for _, c := range j.overlays[k] {
		if c.near(f) && (best == nil || c.peers > best.peers) {
			best = c
		}
	}
	return best
}

func (c *overlayCount) line(id ClaimID, bits float64, family string) line {
	l := valued(id, uint32(c.peers), uint32(c.networks))
	l.bits, l.family = bits, family
	l.frames[0] = c.frame
	return l
}
