package policy

import (
	"time"

	"peeratlas/report"
)

// decision is what a policy says of one contact.
type decision struct {
	rule   int    // index of Rules; len(Rules) is the default
	action Action // after doubt
	side   string
	why    string
	doubt  []string
	near   []int // exceptions that have ended
	by     int   // the exception that lets it pass; -1 is none
}

// decide finds the rule that decides on c: the first that fits, or the default.
func (p *Policy) decide(c *contact) decision {
	d := decision{rule: len(p.Rules), action: p.Default, by: -1}
	onDoubt, name := p.OnDoubt, DefaultRule
	peer, place := false, false
	for i := range p.Rules {
		r := &p.Rules[i]
		fits, rests := applies(&r.Match, &r.Unless, c)
		// What the earlier rules would have said of another peer, or of another place, counts too.
		peer, place = peer || rests.peer, place || rests.place
		if fits {
			d.rule, d.action, onDoubt, name = i, r.Action, r.OnDoubt, r.Name
			peer = rests.peer
			break
		}
	}
	if d.action == Allow {
		return d
	}
	if place {
		d.doubt = c.doubts()
	}
	if d.action == Deny && len(d.doubt) > 0 {
		d.action = onDoubt
	}
	if d.action == Allow {
		return d
	}
	if d.by, d.near = p.except(name, c); d.by >= 0 {
		return d
	}
	d.side = report.SideHost
	if peer {
		d.side = report.SidePeer
	}
	d.explain(p, c, place)
	return d
}

// applies tells whether c fits match, and no condition of unless; and what that rests on.
func applies(match, unless *Match, c *contact) (bool, fit) {
	f := match.fit(c)
	if !f.fits {
		return false, f
	}
	u := unless.any(c)
	return !u.fits, fit{peer: f.peer || u.peer, place: f.place || u.place}
}

func (d *decision) explain(p *Policy, c *contact, place bool) {
	if d.rule < len(p.Rules) {
		r := &p.Rules[d.rule]
		m := r.Match
		if m.Countries == nil && r.Unless.Countries != nil {
			m.Countries = r.Unless.Countries // that it is not among them was found
		}
		d.why = m.why(c)
		return
	}
	d.why = "no rule fits"
	if place {
		d.why += ": " + c.place(false)
	}
}

// except looks for the exception to a rule that lets c pass; -1 is none. Those that would, had they
// not ended, are then in ended.
func (p *Policy) except(rule string, c *contact) (by int, ended []int) {
	when := time.Unix(0, c.record.Flow.Start)
	for i := range p.Exceptions {
		x := &p.Exceptions[i]
		if !x.names(rule) || !x.Match.fit(c).fits {
			continue
		}
		if when.Before(x.Expires) {
			return i, nil
		}
		ended = append(ended, i)
	}
	return -1, ended
}

func (x *Exception) names(rule string) bool {
	for _, r := range x.Rules {
		if r == rule {
			return true
		}
	}
	return false
}
