package classify

import "peeratlas/capture/packet"

// Keep-alives.
//
// A program that must stay reachable behind a NAT sends a small datagram to each of its peers at
// a fixed interval, shorter than the NAT's memory of two minutes or less (RFC 4787, section 4.3).
// Classic Skype's is 20 s (Perenyi and Molnar, Enhanced Skype Traffic Identification, 2007); ICE
// has at least 15 s (RFC 8445, section 11), WireGuard 25 s where it is set.
//
//	peer A  .      .      .      .
//	peer B     .      .      .      .       one local port, one interval
//	peer C .      .      .      .
//
// One flow with a rhythm proves nothing: a telephone or a tunnel has it, too. Several at the same
// interval from one local port to far ends in several networks are what socket_rhythm.go counts.
var keepAlive = Detector{
	Name:       "keep-alive",
	Transport:  packet.UDP,
	References: []string{"RFC 4787, section 4.3", "Perenyi, Molnar: Enhanced Skype Traffic Identification (VALUETOOLS 2007)", "RFC 8445, section 11"},
	Proves:     "that one end sends at a fixed interval, as to keep a NAT's binding",
	Not:        "why: telephones, tunnels and time servers' clients do so as well",
	Claims:     []ClaimID{claimKeepAlive},
	Gates:      []Gate{{After: 2, Slow: true}},
	Detect:     (*Observation).keepAlive,
}

// Bounds of an interval, and how far two may differ, in microseconds.
const (
	keepAliveLeast = 8_000_000
	keepAliveMost  = 65_000_000
	keepAliveShare = 20 // one in so many: 5 %
)

// keepAlive claims the third of three datagrams of one end that come at equal intervals.
func (o *Observation) keepAlive() {
	now := uint32(min(max((o.Time-o.Flow.Start)/1000, 0), 1<<32-1))
	last := o.LastFrom(o.Dir)
	if last == nil || now-last.after < keepAliveLeast || now-last.after > keepAliveMost {
		return
	}
	gap, passed := now-last.after, false
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir {
			continue
		}
		if !passed {
			passed = true
			continue
		}
		before := last.after - b.after
		if diff := max(gap, before) - min(gap, before); diff <= gap/keepAliveShare {
			o.Claim(claimKeepAlive, gap/1000, uint32(o.Length))
		}
		return
	}
}
