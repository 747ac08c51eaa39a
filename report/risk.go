package report

import (
	"cmp"
	"net/netip"
	"slices"
)

// Levels of a Risk.
const (
	Low    = "low"
	Medium = "medium"
	High   = "high"
)

// Risk is what one host's peer-to-peer traffic may mean for whoever answers for it. Every number is
// of the Summary, every rule of this file; docs/report.md tells them in a table.
type Risk struct {
	Host       *Host
	Level      string // of likelihood and impact together
	Likelihood string // that it is so, and that strangers were reached
	Impact     string // what it means if it is
	ForLikely  []RiskReason
	ForImpact  []RiskReason
	Options    []RiskOption
}

// RiskReason is what one rule adds to a level. Its words hold text of the wire, and are clean.
type RiskReason struct {
	Points int
	Words  string
}

// RiskOption is what may be done, and what it would have changed in this capture.
type RiskOption struct {
	Name  string // "allow", "restrict", "replace" or "monitor"
	Words string
}

// Thresholds of the rules, by convention and not by measurement: they put hosts in an order for people
// to look at. The points add up; see level.
const (
	riskSure     = 0.99        // probability that is as good as certain
	riskP2P      = 0.95        // probability of the verdict p2p
	riskLargeOut = 100_000_000 // octets sent: much of what an office has
	riskSomeOut  = 1_000_000   // octets sent: more than signalling
	riskWide     = 10          // countries: nobody knows the law of all of them

	dutyPeers  = 16        // peers that exchanged data, of a host that may carry for others
	dutyOctets = 1_000_000 // octets each way
	dutyUneven = 1.25      // by which one way may exceed the other: what comes in goes out again
)

// level turns points into a level.
func level(points, medium, high int) string {
	switch {
	case points >= high:
		return High
	case points >= medium:
		return Medium
	}
	return Low
}

// rank is a level as a number to multiply.
func rank(level string) int { return map[string]int{Low: 1, Medium: 2, High: 3}[level] }

// Risks assesses each host of s, the gravest first.
func Risks(s *Summary) []Risk {
	reach := s.reach()
	out := make([]Risk, 0, len(s.Hosts))
	for i := range s.Hosts {
		h := &s.Hosts[i]
		r := Risk{Host: h, ForLikely: likelihood(h), ForImpact: impact(h, reach[h.Addr])}
		r.Likelihood = level(points(r.ForLikely), 2, 3)
		r.Impact = level(points(r.ForImpact), 2, 4)
		r.Level = level(rank(r.Likelihood)*rank(r.Impact), 4, 9)
		r.Options = riskOptions(h, reach[h.Addr])
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(x, y Risk) int {
		return cmp.Or(cmp.Compare(rank(y.Level), rank(x.Level)), cmp.Compare(points(y.ForImpact), points(x.ForImpact)))
	})
	return out
}

func points(reasons []RiskReason) (sum int) {
	for _, r := range reasons {
		sum += r.Points
	}
	return sum
}

func likelihood(h *Host) []RiskReason {
	var out []RiskReason
	words := "probability " + probability(h.Probability) + " that it runs encrypted peer-to-peer"
	switch {
	case h.Probability >= riskSure:
		out = append(out, RiskReason{2, words})
	case h.Probability >= riskP2P:
		out = append(out, RiskReason{1, words})
	default:
		out = append(out, RiskReason{0, words + ": less than a verdict"})
	}
	all := h.all()
	if all.Exchanged > 0 {
		return append(out, RiskReason{1, counted(all.Exchanged, "peer", "peers") + " exchanged data with it"})
	}
	return append(out, RiskReason{0, "no peer answered: it tried " + grouped(all.Probed)})
}

func impact(h *Host, r *hostReach) []RiskReason {
	all := h.all()
	out := []RiskReason{{1, "what went is encrypted and cannot be read here"}}
	switch sent := octets(all.OctetsOut) + " went out"; {
	case all.OctetsOut >= riskLargeOut:
		out = append(out, RiskReason{2, sent + ": enough for files"})
	case all.OctetsOut >= riskSomeOut:
		out = append(out, RiskReason{1, sent + ": more than signalling"})
	default:
		out = append(out, RiskReason{0, sent})
	}
	if h.Countries >= riskWide {
		out = append(out, RiskReason{1, "its peers are in " + counted(h.Countries, "country", "countries")})
	}
	if h.mayCarry() {
		out = append(out, RiskReason{2, "about as much goes out as comes in (" + octets(all.OctetsOut) + ", " + octets(all.OctetsIn) + "), with " +
			grouped(all.Exchanged) + " peers: it may carry traffic for others (relay or super-node duty); this is no proof"})
	}
	if r == nil {
		return out
	}
	if r.relays.peers > 0 {
		out = append(out, RiskReason{1, counted(r.relays.peers, "peer is a relay", "peers are relays") + ": who is behind, and in which country, is not known"})
	}
	if n := r.breaches; n > 0 {
		out = append(out, RiskReason{2, "the policy is breached: " + counted(n, "breach", "breaches")})
	}
	return out
}

// mayCarry tells whether the host's traffic would fit that of one that passes on what others send.
func (h *Host) mayCarry() bool {
	all := h.all()
	more, less := max(all.OctetsOut, all.OctetsIn), min(all.OctetsOut, all.OctetsIn)
	return all.Exchanged >= dutyPeers && less >= dutyOctets && float64(more) <= dutyUneven*float64(less)
}

// all are the host's P2P and likely peers together.
func (h *Host) all() Tally {
	all := h.P2P
	all.add(h.Likely)
	return all
}

// amount is how many peers something concerns, and their octets.
type amount struct {
	peers, out, in uint64
	shared         bool // some of the peers have other hosts too: octets are then the most it can be
}

func (a *amount) add(p *Peer) {
	a.peers++
	a.out += p.OctetsOut
	a.in += p.OctetsIn
	a.shared = a.shared || uint64(len(p.Hosts))+p.MoreHosts > 1
}

// hostReach is what a host's peers add up to.
type hostReach struct {
	all      amount
	rows     map[string]*amount // by row of countries
	direct   amount
	relays   amount
	breaches uint64
	denied   map[netip.Addr]*amount // peers that breaches are about
}

// reach adds up the listed peers by host.
func (s *Summary) reach() map[netip.Addr]*hostReach {
	out := map[netip.Addr]*hostReach{}
	of := func(a netip.Addr) *hostReach {
		if out[a] == nil {
			out[a] = &hostReach{rows: map[string]*amount{}, denied: map[netip.Addr]*amount{}}
		}
		return out[a]
	}
	for i := range s.Peers {
		p := &s.Peers[i]
		for _, a := range p.Hosts {
			r := of(a)
			r.all.add(p)
			if r.rows[p.Row] == nil {
				r.rows[p.Row] = &amount{}
			}
			r.rows[p.Row].add(p)
			if slices.Contains(p.Paths, "relayed") {
				r.relays.add(p)
			} else {
				r.direct.add(p)
			}
		}
	}
	if s.Policy != nil {
		for i := range s.Policy.Breaches {
			b := &s.Policy.Breaches[i]
			r := of(b.Host)
			r.breaches++
			if b.Peer.IsValid() { // a peer that breaks two rules is cut once
				r.denied[b.Peer] = &amount{peers: 1, out: b.OctetsOut, in: b.OctetsIn}
			}
		}
	}
	return out
}
