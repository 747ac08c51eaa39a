package report

import (
	"fmt"
	"net/netip"
	"strings"
)

// Headline says in one line how the flows stand to the policy. It holds the name of a file.
func (p *Policy) Headline() string { return p.headline("") }

// headline is Headline with a hint behind the breaches.
func (p *Policy) headline(hint string) string {
	var text string
	switch {
	case p.Breached():
		hosts := map[netip.Addr]bool{}
		for i := range p.Breaches {
			hosts[p.Breaches[i].Host] = true
		}
		text = counted(uint64(len(p.Breaches)), "breach", "breaches") + " by " + counted(uint64(len(hosts)), "host", "hosts") + hint
		if n := p.Beyond.BreachFlows; n > 0 {
			text += ", " + counted(n, "more flow", "more flows") + " in no list"
		}
	case p.Flows == 0:
		text = "nothing to hold against it"
	default:
		text = "no breach in " + counted(p.Flows, "flow", "flows") + hint
	}
	if n := uint64(len(p.Warnings)); n > 0 {
		text += ", " + counted(n, "warning", "warnings")
	}
	if p.Excepted > 0 {
		text += ", " + counted(p.Excepted, "flow", "flows") + " excepted"
	}
	states := map[string]uint64{}
	for i := range p.Excepts {
		states[p.Excepts[i].State]++
	}
	if n := states[ExceptionExpired]; n > 0 {
		text += ", " + counted(n, "exception has ended", "exceptions have ended")
	}
	if n := states[ExceptionSoon]; n > 0 {
		text += ", " + counted(n, "exception ends soon", "exceptions end soon")
	}
	return text + " (" + p.File + ")"
}

// Words says in one line what is breached, by whom, and why it is thought so. It may hold text of the wire.
func (b *Breach) Words() string {
	who := b.Host.String()
	if b.Peer.IsValid() {
		who += " with " + b.Peer.String()
		if b.PeerName != "" {
			who += " " + Clean(b.PeerName, 40)
		}
	}
	text := who + ": " + b.Why + " [" + b.Rule + ", line " + fmt.Sprint(b.Line) + "]"
	if b.Limit == nil {
		text += " " + b.Family + " " + b.Verdict + " " + probability(b.Probability) + ", " + b.Contact
	}
	if len(b.Doubt) > 0 {
		text += "; country in doubt: " + strings.Join(b.Doubt, ", ")
	}
	if len(b.Near) > 0 {
		text += "; " + b.Near[0]
	}
	return text
}

// Lines of the policy on a terminal, with its head.
const (
	leastPolicy = 2
	mostPolicy  = 6
)

// policy writes whether the policy is breached, and the worst breaches as far as lines are left
// when the least of the tables was given.
func (p *page) policy(s *Summary, lines int) {
	q := s.Policy
	if q == nil {
		return
	}
	tables := 1 + min(len(s.Countries), leastCountries) + 3 // and blanks
	if len(s.Hosts) > 0 {
		tables += 2 + hostTable(s, leastHosts, leastHosts).lines()
	}
	room := min(max(lines-tables, leastPolicy), mostPolicy)
	as, list := green, q.Breaches
	switch {
	case q.Breached():
		as = red
	case len(q.Warnings) > 0:
		as, list = yellow, q.Warnings
	}
	hint := ""
	if len(list) > room-1 || len(q.Warnings) > 0 && q.Breached() {
		hint = " (all: --format md)"
	}
	p.labelled("Policy", Clean(strings.ToUpper(q.Result)+": "+q.headline(hint), 0), margin, 1, as)
	for i := range list[:min(len(list), room-1)] {
		p.labelled("", Clean(list[i].Words(), 0), margin, 1, plain)
	}
}
