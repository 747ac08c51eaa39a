package policy

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"go4.org/netipx"
)

// Review tells in sentences what of a policy its author should look at: exceptions that have ended
// at now, rules that can never decide, and what contradicts itself. A policy with such is one all
// the same.
func (p *Policy) Review(now time.Time) []string {
	notes := p.exceptionNotes(now)
	for i := range p.Rules {
		notes = append(notes, p.reviewRule(i)...)
	}
	for i := range p.Exceptions {
		notes = append(notes, p.reviewException(i)...)
	}
	for i := range p.Groups {
		if g := &p.Groups[i]; !g.used {
			notes = append(notes, fmt.Sprintf("Group %s (line %d) is named nowhere.", g.Name, g.Line))
		}
	}
	return append(notes, p.reviewWhole()...)
}

func (p *Policy) reviewRule(i int) []string {
	var notes []string
	r := &p.Rules[i]
	head := fmt.Sprintf("Rule %s (line %d) ", r.Name, r.Line)
	for j := range p.Rules[:i] {
		b := &p.Rules[j]
		if !b.Unless.Empty() || !b.Match.covers(&r.Match) {
			continue
		}
		what := "can never decide"
		if b.Action != r.Action {
			what = "contradicts an earlier one and can never decide"
		}
		notes = append(notes, fmt.Sprintf("%s%s: rule %s (line %d, %s) fits all that it fits and comes first.", head, what, b.Name, b.Line, b.Action))
		break
	}
	switch {
	case r.Match.Countries != nil && r.Unless.Countries != nil && subset(r.Match.Countries, r.Unless.Countries):
		notes = append(notes, head+"can never decide: unless takes away all its countries.")
	case r.Unless.takesAll(&r.Match):
		notes = append(notes, head+"can never decide: unless takes away all that it fits.")
	}
	if r.Action == Allow && r.Match.PeerNames != nil {
		notes = append(notes, head+"allows peers by name. A name is what the traffic says, and a peer may say any: add asns or peers by address.")
	}
	if !p.Consider.Likely && !r.Match.P2P && r.Match.Probability > 0 && r.Match.Probability < 0.95 {
		notes = append(notes, head+"has a probability that every flow judged p2p exceeds: consider likely flows, or leave it out.")
	}
	if !p.Consider.Probed && r.Match.Contact != nil && !r.Match.Contact["exchanged"] {
		notes = append(notes, head+"can never decide: probed contacts are not considered.")
	}
	return notes
}

// takesAll tells whether one condition of m alone, taken as unless, takes away all that other fits.
func (m *Match) takesAll(other *Match) bool {
	alone := []Match{{Hosts: m.Hosts}, {Families: m.Families}, {Paths: m.Paths}, {Contact: m.Contact}, {Began: m.Began}, {ASNs: m.ASNs},
		{Peers: m.Peers, PeerNames: m.PeerNames}}
	return slices.ContainsFunc(alone, func(a Match) bool { return !a.Empty() && a.covers(other) })
}

func (p *Policy) reviewException(i int) []string {
	var notes []string
	x := &p.Exceptions[i]
	head := fmt.Sprintf("Exception %s (line %d) ", x.Name, x.Line)
	for _, name := range x.Rules {
		if p.allows(name) {
			notes = append(notes, head+"is one to "+name+", which allows: it is never needed.")
		}
	}
	if x.Match.Empty() {
		notes = append(notes, head+"has no condition: until it ends, "+listed(x.Rules)+" lets everybody pass.")
	}
	for j := range p.Exceptions[:i] {
		if b := &p.Exceptions[j]; b.Match.covers(&x.Match) && !b.Expires.Before(x.Expires) && containsAll(b.Rules, x.Rules) {
			notes = append(notes, head+fmt.Sprintf("is never needed: exception %s (line %d) lets the same pass, and as long.", b.Name, b.Line))
			break
		}
	}
	return notes
}

// allows tells whether the rule of that name, or the default, lets pass.
func (p *Policy) allows(name string) bool {
	if name == DefaultRule {
		return p.Default == Allow
	}
	for i := range p.Rules {
		if p.Rules[i].Name == name {
			return p.Rules[i].Action == Allow
		}
	}
	return false
}

func (p *Policy) reviewWhole() []string {
	denies, allows := len(p.Limits) > 0, false
	for i := range p.Rules {
		denies = denies || p.Rules[i].Action != Allow
		allows = allows || p.Rules[i].Action != Deny
	}
	switch {
	case p.Default == Allow && !denies:
		return []string{"Nothing can breach this policy: the default allows, and no rule or limit is against anything."}
	case p.Default == Deny && !allows && len(p.Exceptions) == 0:
		return []string{"Every peer-to-peer contact breaches this policy: the default denies, and no rule allows anything."}
	}
	return nil
}

// covers tells whether m fits all that other fits, as far as can be told from the conditions alone:
// false may mean that it cannot be told.
func (m *Match) covers(other *Match) bool {
	return coversSet(m.Hosts, other.Hosts) && m.coversPeers(other) &&
		(m.Countries == nil || other.Countries != nil && subset(other.Countries, m.Countries)) &&
		(m.ASNs == nil || other.ASNs != nil && subset(other.ASNs, m.ASNs)) &&
		(m.ASOrgs == nil || other.ASOrgs != nil && containsAll(m.ASOrgs, other.ASOrgs)) &&
		(m.Families == nil || other.Families != nil && subset(other.Families, m.Families)) &&
		(m.Paths == nil || other.Paths != nil && subset(other.Paths, m.Paths)) &&
		(m.Contact == nil || other.Contact != nil && subset(other.Contact, m.Contact)) &&
		(m.Began == nil || other.Began != nil && subset(other.Began, m.Began)) &&
		(!m.P2P || other.P2P) && m.Probability <= other.Probability
}

func (m *Match) coversPeers(other *Match) bool {
	if !m.hasPeers() {
		return true
	}
	if !other.hasPeers() || !containsAll(m.PeerNames, other.PeerNames) {
		return false
	}
	return other.Peers == nil || m.Peers != nil && coversSet(m.Peers, other.Peers)
}

// coversSet tells whether a holds all of b; nil holds everything.
func coversSet(a, b *netipx.IPSet) bool {
	if a == nil {
		return true
	}
	if b == nil {
		return false
	}
	return !slices.ContainsFunc(b.Ranges(), func(r netipx.IPRange) bool { return !a.ContainsRange(r) })
}

func subset[K comparable](small, large map[K]bool) bool {
	for k := range maps.Keys(small) {
		if !large[k] {
			return false
		}
	}
	return true
}

func containsAll(large, small []string) bool {
	return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(large, s) })
}
