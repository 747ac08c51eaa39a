package policy

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

// SoonEnds is how long before its end an exception is told to end soon.
const SoonEnds = 30 * 24 * time.Hour

// Finish returns what the policy says of all that was added. It may be asked for again later.
func (e *Evaluator) Finish() *report.Policy {
	p, out := e.policy, e.result
	out.File, out.Name, out.SHA256, out.Result = p.File, p.Name, p.SHA256, report.Pass
	out.Breaches, out.Warnings = e.list(Deny), e.list(Warn)
	out.Beyond = report.PolicyBeyond{BreachFlows: e.lists[0].beyond, WarningFlows: e.lists[1].beyond, Counts: e.counts.beyond}
	if len(out.Breaches) > 0 || out.Beyond.BreachFlows > 0 {
		out.Result = report.Fail
	}
	out.Rules, out.Excepts = e.rules(), e.exceptions()
	out.Notes = append(p.exceptionNotes(e.options.Now), e.notes()...)
	if out.Notes == nil {
		out.Notes = []string{}
	}
	return &out
}

// list is what was found of one action, the gravest first, with the limits that are exceeded.
func (e *Evaluator) list(a Action) []report.Breach {
	l := &e.lists[listOf(a)]
	out := make([]report.Breach, 0, len(l.by))
	for _, key := range l.order {
		out = append(out, l.by[key].Breach)
	}
	for _, key := range e.counts.order {
		if e.policy.Limits[key.limit].Action == a && len(out) < 2*l.most {
			out = append(out, e.exceeded(key)...)
		}
	}
	slices.SortStableFunc(out, gravest)
	return out
}

// gravest puts limits and what is certain first: payload that went both ways, flows judged p2p,
// countries without doubt; and of equal ones those with most octets.
func gravest(x, y report.Breach) int {
	rank := func(b *report.Breach) int {
		n := 0
		if b.Limit == nil && b.Contact != report.Exchanged {
			n += 4
		}
		if b.Verdict != classify.P2P.String() {
			n += 2
		}
		if len(b.Doubt) > 0 {
			n++
		}
		return n
	}
	return cmp.Or(cmp.Compare(rank(&x), rank(&y)), cmp.Compare(y.OctetsOut+y.OctetsIn, x.OctetsOut+x.OctetsIn),
		cmp.Compare(x.Line, y.Line), x.Host.Compare(y.Host), x.Peer.Compare(y.Peer))
}

func (e *Evaluator) rules() []report.RuleUse {
	p := e.policy
	uses := make([]report.RuleUse, 0, len(p.Rules)+len(p.Limits)+1)
	for i := range p.Rules {
		r := &p.Rules[i]
		uses = append(uses, report.RuleUse{Name: r.Name, Kind: "rule", Line: r.Line, Action: r.Action.String(), Flows: e.ruled[i]})
	}
	for i := range p.Limits {
		l := &p.Limits[i]
		hosts := uint64(0)
		for _, key := range e.counts.order {
			if key.limit == i && len(e.exceeded(key)) > 0 {
				hosts++
			}
		}
		uses = append(uses, report.RuleUse{Name: l.Name, Kind: "limit", Line: l.Line, Action: l.Action.String(), Flows: hosts})
	}
	return append(uses, report.RuleUse{Name: DefaultRule, Kind: "default", Line: p.DefaultAt, Action: p.Default.String(), Flows: e.ruled[len(p.Rules)]})
}

func (e *Evaluator) exceptions() []report.ExceptionUse {
	uses := make([]report.ExceptionUse, 0, len(e.policy.Exceptions))
	for i := range e.policy.Exceptions {
		x := &e.policy.Exceptions[i]
		uses = append(uses, report.ExceptionUse{Name: x.Name, Line: x.Line, Owner: x.Owner, Reason: x.Reason, Expires: x.Day(),
			State: x.state(e.options.Now), Flows: e.excused[i], Late: e.late[i]})
	}
	return uses
}

// state says how an exception stands at now.
func (x *Exception) state(now time.Time) string {
	switch {
	case now.IsZero() || now.Add(SoonEnds).Before(x.Expires):
		return report.ExceptionActive
	case now.Before(x.Expires):
		return report.ExceptionSoon
	}
	return report.ExceptionExpired
}

// exceptionNotes tells of exceptions that have ended at now, or soon will.
func (p *Policy) exceptionNotes(now time.Time) []string {
	var notes []string
	for i := range p.Exceptions {
		x := &p.Exceptions[i]
		head := "Exception " + x.Name + " (line " + strconv.Itoa(x.Line) + ", owner " + x.Owner + ") "
		switch x.state(now) {
		case report.ExceptionExpired:
			notes = append(notes, head+"ended "+x.Day()+": renew it with its owner, or remove it.")
		case report.ExceptionSoon:
			notes = append(notes, head+"ends soon, on "+x.Day()+".")
		}
	}
	return notes
}

// notes tells of exceptions that were not needed.
func (e *Evaluator) notes() []string {
	var notes []string
	for i := range e.policy.Exceptions {
		if x := &e.policy.Exceptions[i]; e.excused[i] == 0 && x.state(e.options.Now) != report.ExceptionExpired {
			notes = append(notes, "Exception "+x.Name+" (line "+strconv.Itoa(x.Line)+") was not needed: no flow that breaks its rules fits it.")
		}
	}
	return notes
}
