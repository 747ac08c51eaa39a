package classify

import "peeratlas/capture/packet"

// A far endpoint that one host reached by a proven flow is a peer's for the other hosts, too: the
// label goes one hop, along the endpoint that is proven, and not further (Kim et al.: nine of ten
// peer-to-peer flows lie in one component of the graph of endpoints).

// listener is a far end that others reach: over TCP the one that was dialled.
type listener struct {
	endpoint
	protocol packet.Protocol
}

// proof is a flow that proves a listener, and whose it is.
type proof struct {
	when   spans
	host   packet.Addr
	family string
	frame  uint32
	shared bool // by hosts besides the first
}

// maxListeners bounds how many far endpoints are remembered, about 120 octets each.
const maxListeners = 1 << 16

// findListeners notes the far endpoints of flows that prove themselves. Relays are left out: what
// else goes to them is the business of whoever runs them.
func (j *Judge) findListeners() {
	j.listeners = map[listener]proof{}
	for i := range j.facts {
		x := &j.facts[i]
		if x.own < provenOdds || x.vetoed || !x.far || x.relayed {
			continue
		}
		f := j.flows[i]
		k, ok := j.listenerOf(i)
		if !ok {
			continue
		}
		p, known := j.listeners[k]
		if !known {
			if len(j.listeners) >= maxListeners {
				continue
			}
			p = proof{host: f.Key.Addr[x.near], family: x.family.String(), frame: f.FirstFrame}
		}
		p.shared = p.shared || p.host != f.Key.Addr[x.near]
		p.when.add(f)
		j.listeners[k] = p
	}
}

func (j *Judge) listenerOf(i int) (listener, bool) {
	f, x := j.flows[i], &j.facts[i]
	if f.Key.Protocol == packet.TCP && uint8(f.Initiator) != x.near || servicePort(f.Key.Port[1-x.near]) {
		return listener{}, false
	}
	return listener{endpoint{f.Key.Addr[1-x.near], f.Key.Port[1-x.near]}, f.Key.Protocol}, true
}

// listenerLines adds that another host reached the same endpoint by a proven flow.
func (j *Judge) listenerLines(i int, lines []line) []line {
	x, f := &j.facts[i], j.flows[i]
	if x.vetoed || !x.far || len(j.listeners) == 0 || !spoke(f) || !hidden(lines) {
		return lines
	}
	k, ok := j.listenerOf(i)
	if !ok {
		return lines
	}
	p, ok := j.listeners[k]
	if !ok || !p.shared && p.host == f.Key.Addr[x.near] || !p.when.near(f) {
		return lines
	}
	l := plain(claimEndpointKnown)
	l.family = p.family
	l.frames[0] = p.frame
	return append(lines, l)
}

// hidden tells whether something of the flow looks encrypted.
func hidden(lines []line) bool {
	for n := range lines {
		switch lines[n].id {
		case claimRandomFirst, claimRandomUDP, claimRandomBoth, claimRTPNoise, claimSkypeZeroTLS, claimTLSPeer, claimRLPxFrames:
			return true
		}
	}
	return false
}
