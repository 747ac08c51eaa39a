package policy

import (
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/report"
)

// counts are what limits count of each host.
type counts struct {
	most   int // addresses and countries held, all told
	held   int
	by     map[countKey]*count
	order  []countKey // of first contact
	beyond uint64     // flows that were not counted whole
}

type countKey struct {
	limit int
	host  packet.Addr
}

// count is what one host has of what one limit bounds.
type count struct {
	peers     map[packet.Addr]bool
	countries map[string]bool
	octets    [2]uint64 // sent by the host; over relays, both ways
	atLeast   bool
	told      [NumBounds]bool // by Look
	witness   report.Breach
}

// limit counts a contact for the limits that it fits, unless an exception lets it pass.
func (e *Evaluator) limit(c *contact, fresh bool, more [2]uint64) {
	for i := range e.policy.Limits {
		l := &e.policy.Limits[i]
		if fits, _ := applies(&l.Match, &l.Unless, c); !fits {
			continue
		}
		by, near := e.policy.except(l.Name, c)
		if fresh {
			e.mark(by, near)
		}
		if by >= 0 {
			continue
		}
		n := e.counts.of(countKey{i, c.record.Flow.Key.Addr[c.hostEnd]})
		if n == nil {
			continue
		}
		n.octets[0] += more[c.hostEnd]
		if c.record.Verdict.Path == classify.Relayed {
			n.octets[1] += more[0] + more[1]
		}
		e.counts.add(n, l, c)
		add(&n.witness, c, fresh, more)
		n.witness.Near = union(n.witness.Near, e.ended(near))
		if e.watch.on {
			e.tellLimit(i, l, n, c)
		}
	}
}

func union(list, more []string) []string {
	for _, m := range more {
		known := false
		for _, l := range list {
			known = known || l == m
		}
		if !known {
			list = append(list, m)
		}
	}
	return list
}

// of returns the count for key, nil if there is no room for one.
func (n *counts) of(key countKey) *count {
	c := n.by[key]
	if c != nil {
		return c
	}
	if n.held >= n.most {
		n.beyond++
		return nil
	}
	n.held++
	c = &count{peers: map[packet.Addr]bool{}, countries: map[string]bool{}}
	n.by[key] = c
	n.order = append(n.order, key)
	return c
}

// add counts the peer and its country, as far as the limit asks for them.
func (n *counts) add(c *count, l *Limit, x *contact) {
	peer := x.record.Flow.Key.Addr[x.peerEnd]
	if l.Bounds[Peers] != None && !c.peers[peer] {
		if n.held >= n.most {
			n.beyond++
			c.atLeast = true
		} else {
			n.held++
			c.peers[peer] = true
		}
	}
	if l.Bounds[Countries] != None && isCountry(x.row) {
		c.countries[x.row] = true // there are some 250
	}
}

// found is what there is of a bound.
func (c *count) found(b Bound) uint64 {
	switch b {
	case Peers:
		return uint64(len(c.peers))
	case Countries:
		return uint64(len(c.countries))
	case OctetsOut:
		return c.octets[0]
	}
	return c.octets[1]
}

// exceeded lists the breaches of a limit by one host, one for each bound that is exceeded.
func (e *Evaluator) exceeded(key countKey) []report.Breach {
	l, c := &e.policy.Limits[key.limit], e.counts.by[key]
	var out []report.Breach
	for b := range Bound(NumBounds) {
		most, found := l.Bounds[b], c.found(b)
		if found <= most {
			continue
		}
		x := c.witness
		x.Rule, x.Line, x.Action, x.Side = l.Name, l.Line, l.Action.String(), report.SideHost
		x.Host = key.host.Netip()
		x.Addr = x.Host
		x.PeerName, x.PeerSource = "", ""
		x.Limit = &report.Exceeded{Counts: b.String(), Most: most, Found: found, AtLeast: c.atLeast && b == Peers}
		x.Why = x.Limit.Words()
		if x.Near == nil {
			x.Near = []string{}
		}
		out = append(out, x)
	}
	return out
}

// tellLimit hands a limit's breaches to the next Look when they are new.
func (e *Evaluator) tellLimit(i int, l *Limit, n *count, c *contact) {
	for b := range Bound(NumBounds) {
		if n.found(b) <= l.Bounds[b] || n.told[b] {
			continue
		}
		n.told[b] = true
		for _, x := range e.exceeded(countKey{i, c.record.Flow.Key.Addr[c.hostEnd]}) {
			if x.Limit.Counts == b.String() {
				e.watch.fresh = append(e.watch.fresh, x)
			}
		}
	}
}
