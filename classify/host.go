package classify

import (
	"slices"

	"peeratlas/capture/packet"
)

// linkTime bounds how far apart in time two flows may be for one to speak for the other:
// addresses change hands. An hour covers a login that retries and is short against a lease.
const linkTime = int64(3600e9)

// surelyOdds is what a single flow must have to speak for its whole host: one in a thousand of
// doubt, since a busy host offers chance many flows.
const surelyOdds = 10.0

// findHosts learns which home hosts run something proven, and with which far addresses.
func (j *Judge) findHosts() {
	for i := range j.facts {
		x := &j.facts[i]
		if x.vetoed || x.socket < 0 && x.own < provenOdds {
			continue
		}
		f, family := j.flows[i], x.family.String()
		proven := x.own >= provenOdds
		if x.socket >= 0 {
			if s := &j.sockets[x.socket]; s.skype() || s.proven > 0 || s.behaves {
				p := j.c.opening(f, x.near)
				proven = proven || s.skype() && skypeProbe(p.Octets[:], int(p.Length))
				proven = proven || s.behaves && x.noisy == 3
				if proven && (family == "" || family == "webrtc" || x.own < provenOdds) {
					family = s.family
				}
			}
		}
		if !proven {
			continue
		}
		near := f.Key.Addr[x.near]
		h := j.hosts[near]
		if h == nil {
			h = new(host)
			j.hosts[near] = h
		}
		h.proven++
		h.when.add(f)
		if x.own > h.bits || h.family == "" {
			h.family, h.bits = family, x.own
		}
		if !overlay(family) && x.relayed {
			continue // the far end is a vendor's server, which may serve otherwise too
		}
		k := pair{f.Key.Addr[0], f.Key.Addr[1]}
		p, known := j.peers[k]
		if !known {
			p = peer{family: familyOf(family), flow: int32(i), other: -1}
		} else if p.other < 0 {
			p.other = int32(i)
		}
		p.when.add(f)
		j.peers[k] = p
	}
}

// What a proven socket is worth to other sockets' flows that bear no sign of the family
// themselves. Streams take a local port each, but a program sends all its datagrams from one.
const (
	hostStreamBits   = 4
	hostDatagramBits = 2
)

// overlay tells the families whose program opens streams of its own to many unnamed peers, so
// that one proven socket speaks for unnamed ones. A call's does not.
func overlay(family string) bool {
	switch family {
	case "skype", "ethereum", "gnutella", "bittorrent", "tor", "i2p", "tinc", "libp2p", "lightning", "bitcoin":
		return true
	}
	return false
}

// hostLines adds what the host does beside flow i.
func (j *Judge) hostLines(i int, lines []line) []line {
	x, f := &j.facts[i], j.flows[i]
	if x.vetoed || f.Payloads[0]+f.Payloads[1] == 0 {
		return lines
	}
	near := f.Key.Addr[x.near]
	if !hidden(lines) {
		return lines
	}
	if h := j.hosts[near]; h != nil && h.family == "ethereum" && f.Cut() && f.Key.Protocol == packet.UDP {
		return lines // discovery of version 4 is signed, and clear only behind hash and signature
	}
	if p, ok := j.peers[pair{f.Key.Addr[0], f.Key.Addr[1]}]; ok && (int(p.flow) != i || p.other >= 0) && p.when.near(f) {
		l := plain(claimPeerProven)
		l.family = p.family.String()
		other := p.flow
		if int(other) == i {
			other = p.other
		}
		l.frames[0] = j.flows[other].FirstFrame
		lines = append(lines, l)
	}
	if h := j.hosts[near]; h != nil && overlay(h.family) && (h.proven > 1 || h.bits >= surelyOdds && x.own < provenOdds) && h.when.near(f) && !othersBuild(lines, h.family) {
		l := plain(claimHostProven)
		l.family = h.family
		switch {
		case f.Key.Protocol == packet.UDP:
			l.bits = hostDatagramBits
		case !slices.ContainsFunc(lines, func(l line) bool { return l.family == h.family && l.bits > 0 }):
			l.bits = hostStreamBits
		}
		lines = append(lines, l)
	}
	return lines
}

// othersBits is what a sign of a family must be worth to tell whose program built the flow.
const othersBits = 3

// othersBuild tells whether a flow is built as another family's program builds it, and has no sign
// of this one: a host that runs the one tells nothing of the other, such as of its VPN's tunnel.
func othersBuild(lines []line, family string) (others bool) {
	for i := range lines {
		switch l := &lines[i]; {
		case l.bits <= 0 || l.family == "":
		case l.family == family:
			return false
		case l.bits >= othersBits && (weights[l.id].group == structure || weights[l.id].group == transaction):
			others = true
		}
	}
	return others
}
