package policy

import (
	"strings"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// Options of an Evaluator. The zero value of a field means its default.
type Options struct {
	Now     time.Time    // by which exceptions have ended or soon end; default: none has
	Sources []geo.Source // the databases that countries are from, for the record
	// MaxBreaches bounds the breaches that are listed, and the warnings as well; further ones are
	// counted. About 1.5 kB each. Default 1,000.
	MaxBreaches int
	// MaxCounted bounds the addresses that limits count, and the flows that Look remembers: about 100
	// octets each. Default 262,144.
	MaxCounted int
}

const (
	defaultBreaches = 1000
	defaultCounted  = 1 << 18
)

// Evaluator holds records against a policy in bounded memory. It is used by one goroutine: Add for
// each record once it is final, or Look for each look of a watch; Finish at any time.
type Evaluator struct {
	policy  *Policy
	options Options
	by      string // the database that countries are from
	ruled   []uint64
	excused []uint64 // flows by exception
	late    []uint64
	result  report.Policy // its numbers
	lists   [2]breaches   // that deny, and that warn
	counts  counts
	flagged []report.Flag // reused
	marked  [2][]bool     // by exception: excused, or late, in this flow
	watch   watch
}

// NewEvaluator returns an Evaluator that has seen nothing.
func NewEvaluator(p *Policy, o Options) *Evaluator {
	if o.MaxBreaches <= 0 {
		o.MaxBreaches = defaultBreaches
	}
	if o.MaxCounted <= 0 {
		o.MaxCounted = defaultCounted
	}
	e := &Evaluator{policy: p, options: o, ruled: make([]uint64, len(p.Rules)+1),
		excused: make([]uint64, len(p.Exceptions)), late: make([]uint64, len(p.Exceptions))}
	for i := range e.lists {
		e.lists[i] = breaches{most: o.MaxBreaches, by: map[breachKey]*kept{}}
		e.marked[i] = make([]bool, len(p.Exceptions))
	}
	e.counts = counts{most: o.MaxCounted, by: map[countKey]*count{}}
	e.by = countryBy(o.Sources)
	return e
}

// countryBy names the database that countries are from, with its date.
func countryBy(sources []geo.Source) string {
	var names []string
	for _, s := range sources {
		if s.Kind != geo.KindASN {
			names = append(names, s.Name+" of "+s.Date.Format(time.DateOnly))
		}
	}
	return strings.Join(names, "; ")
}

// Add holds one record against the rules, and says which are against it. What it returns is valid
// until the next call. It keeps nothing of r but strings.
func (e *Evaluator) Add(r *report.Record) []report.Flag {
	f := &r.Flow
	return e.add(r, true, [2]uint64{f.Octets(0), f.Octets(1)})
}

// add counts a flow, or, if it is not new, octets that it has more than before.
func (e *Evaluator) add(r *report.Record, fresh bool, more [2]uint64) []report.Flag {
	e.flagged = e.flagged[:0]
	if !e.policy.Consider.counts(r) {
		return nil
	}
	if fresh {
		e.result.Flows++
	}
	var room [2]report.Contact
	excused := false
	for _, one := range r.Contacts(room[:0]) {
		c := newContact(r, one)
		d := e.policy.decide(&c)
		if fresh {
			e.ruled[d.rule]++
			e.mark(d.by, d.near)
		}
		excused = excused || d.by >= 0
		if d.action != Allow && d.by < 0 {
			name, _ := e.nameOf(d.rule)
			e.flagged = append(e.flagged, report.Flag{Rule: name, Action: d.action.String()})
			e.breach(&c, &d, fresh, more)
		}
		e.limit(&c, fresh, more)
	}
	if excused && fresh {
		e.result.Excepted++
	}
	e.tally()
	return e.flagged
}

// mark notes the exception that counts for this flow, and those that would have, had they not ended.
func (e *Evaluator) mark(by int, near []int) {
	if by >= 0 {
		e.marked[0][by] = true
	}
	for _, x := range near {
		e.marked[1][x] = true
	}
}

// tally counts the flow for the exceptions that were marked, for each once.
func (e *Evaluator) tally() {
	for i, n := range [...][]uint64{e.excused, e.late} {
		for x, set := range e.marked[i] {
			if set {
				n[x]++
				e.marked[i][x] = false
			}
		}
	}
}

func (e *Evaluator) nameOf(rule int) (name string, line int) {
	if rule == len(e.policy.Rules) {
		return DefaultRule, e.policy.DefaultAt
	}
	return e.policy.Rules[rule].Name, e.policy.Rules[rule].Line
}

// breachKey is what breaches of the same sort have in common: they are one.
type breachKey struct {
	rule       int // index of Rules; beyond its end the default, and then limits
	action     Action
	host, peer packet.Addr
}

// breach notes what d says against c.
func (e *Evaluator) breach(c *contact, d *decision, fresh bool, more [2]uint64) {
	k := &c.record.Flow.Key
	key := breachKey{d.rule, d.action, k.Addr[c.hostEnd], k.Addr[c.peerEnd]}
	l := &e.lists[listOf(d.action)]
	b := l.by[key]
	if b == nil {
		if e.watch.on {
			l.forget()
		}
		if !l.room(c.grave()) {
			if fresh {
				l.beyond++
			}
			return
		}
		b = &kept{lesser: !c.grave()}
		name, line := e.nameOf(d.rule)
		b.Breach = report.Breach{Rule: name, Line: line, Action: d.action.String(), Side: d.side, Why: d.why, Doubt: d.doubt, Near: e.ended(d.near)}
		if b.Addr = c.host; d.side == report.SidePeer {
			b.Addr = c.peer
		}
		e.describe(&b.Breach, c)
		l.by[key] = b
		l.order = append(l.order, key)
	}
	known := b.Flows > 0
	add(&b.Breach, c, fresh, more)
	if !known && e.watch.on {
		e.watch.fresh = append(e.watch.fresh, b.Breach)
	}
}

func listOf(a Action) int {
	if a == Deny {
		return 0
	}
	return 1
}

// describe says who is concerned.
func (e *Evaluator) describe(b *report.Breach, c *contact) {
	l := c.location()
	b.Host, b.Peer = c.host, c.peer
	b.Row, b.Country, b.ASN, b.ASOrg = c.row, l.Country, l.ASN, strings.Clone(l.ASOrg)
	if b.Country == "" {
		b.Country = geo.Unknown
	}
	if isCountry(b.Country) {
		b.CountryBy = e.by
	}
}

// add counts a flow, or more octets of it, and keeps the evidence of the likeliest.
func add(b *report.Breach, c *contact, fresh bool, more [2]uint64) {
	f, v := &c.record.Flow, &c.record.Verdict
	first, last := time.Unix(0, f.Start).UTC(), time.Unix(0, f.End).UTC()
	if b.First.IsZero() || first.Before(b.First) {
		b.First = first
	}
	if last.After(b.Last) {
		b.Last = last
	}
	if fresh || b.Flows == 0 {
		b.Flows++
	}
	b.OctetsOut += more[c.hostEnd]
	b.OctetsIn += more[c.peerEnd]
	if b.Contact != report.Exchanged {
		b.Contact = c.reached
	}
	if n := &v.Name[c.hostEnd]; b.HostName == "" && n.Source != classify.NoName {
		b.HostName = strings.Clone(n.Text)
	}
	if n := &v.Name[c.peerEnd]; b.PeerName == "" && n.Source != classify.NoName && n.Text != "" {
		b.PeerName, b.PeerSource = strings.Clone(n.Text), n.Source.String()
	}
	if b.CommunityID == "" || v.Probability > b.Probability {
		b.Verdict, b.Probability = v.Judgement.String(), v.Probability
		b.Family, b.Path, b.Began, b.CommunityID = c.family(), c.path(), c.began, f.Key.CommunityID()
		b.Protocol, b.HostPort, b.PeerPort = protocol(&f.Key), f.Key.Port[c.hostEnd], f.Key.Port[c.peerEnd]
		b.Reasons = c.record.Reasons()
	}
}

func protocol(k *flow.Key) string {
	if k.Protocol == packet.TCP {
		return "tcp"
	}
	return "udp"
}

// ended says which exceptions would have let a contact pass.
func (e *Evaluator) ended(near []int) []string {
	words := []string{}
	for _, i := range near {
		x := &e.policy.Exceptions[i]
		words = append(words, "exception "+x.Name+" ended "+x.Day()+" (owner "+x.Owner+")")
	}
	return words
}

// grave tells whether data went to and fro with what is certainly a peer.
func (c *contact) grave() bool {
	return c.reached == report.Exchanged && c.record.Verdict.Judgement == classify.P2P
}

// kept is a breach in a list.
type kept struct {
	report.Breach
	lesser bool // when it was found
}

// breaches are those of one action.
type breaches struct {
	most   int
	by     map[breachKey]*kept
	order  []breachKey // as they were found
	lesser int
	beyond uint64 // flows that found no room
}

// room tells whether there is room for one more. Half of it is kept for the grave ones, so that
// whoever sends many probes does not hide them.
func (l *breaches) room(grave bool) bool {
	if len(l.by) >= l.most || !grave && l.lesser >= (l.most+1)/2 {
		return false
	}
	if !grave {
		l.lesser++
	}
	return true
}

// forget makes room in a list that is full by letting go what was found first: a watch goes on
// telling what is new.
func (l *breaches) forget() {
	for len(l.order) > 0 && (len(l.by) >= l.most || l.lesser >= (l.most+1)/2) {
		b := l.by[l.order[0]]
		if b.lesser {
			l.lesser--
		}
		l.beyond += b.Flows
		delete(l.by, l.order[0])
		l.order = l.order[1:]
	}
}
