package view

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// newest is the table of flows that were told of, the newest first.
type newest struct {
	rows []*sighting
	now  time.Time
	head []column
}

// Columns of newest.
const (
	flowTime = iota
	flowHost
	flowProto
	flowPeer
	flowCountry
	flowVerdict
	flowFamily
	flowPath
	flowSent
	flowReceived
	flowNetwork
	flowWhy
	flowName
	flowProcess
)

func (t *newest) set(rows []*sighting, l *report.Look) {
	t.rows, t.now = rows, l.Time
	named, owned := false, false
	for _, s := range rows {
		named = named || s.name().Text != ""
		owned = owned || s.owner().Name != ""
	}
	t.head = []column{
		flowTime:     {head: "NEWEST", down: true, rank: 0},
		flowHost:     {head: "host", least: 19, rank: 2},
		flowProto:    {head: "over", rank: 8},
		flowPeer:     {head: "peer", least: 24, rank: 1},
		flowCountry:  {head: "in", rank: 3},
		flowVerdict:  {head: "verdict", down: true, rank: 4},
		flowFamily:   {head: "family", least: 8, rank: 5},
		flowPath:     {head: "path", rank: 6},
		flowSent:     {head: "sent", right: true, down: true, rank: 9},
		flowReceived: {head: "received", right: true, down: true, rank: 10},
		flowNetwork:  {head: "network", least: 16, rank: 7},
		flowWhy:      {head: "counts most", least: 16, rank: 12},
		flowName:     {head: "name", least: 16, rank: 11, hide: !named},
		flowProcess:  {head: "process", least: 8, rank: 8, hide: !owned},
	}
}

func (t *newest) columns() []column { return t.head }
func (t *newest) len() int          { return len(t.rows) }

func (t *newest) id(i int) any {
	f := &t.rows[i].Record.Flow
	return sighted{f.Key, f.Start}
}

func (t *newest) index(id any) int {
	want, _ := id.(sighted)
	for i, s := range t.rows {
		if s.Record.Flow.Start == want.start && s.Record.Flow.Key == want.key {
			return i
		}
	}
	return -1
}

func (t *newest) faint(i int) bool {
	v := &t.rows[i].Record.Verdict
	return v.Judgement < classify.Likely || v.Path == classify.Probe
}

func (s *sighting) name() classify.Name  { return s.Record.Verdict.Name[s.far] }
func (s *sighting) owner() report.Owner  { return s.Owner[s.near] }
func (s *sighting) start() time.Time     { return time.Unix(0, s.Record.Flow.Start) }
func (s *sighting) place() *geo.Location { return &s.Record.Location[s.far] }

func (s *sighting) proto() string {
	if s.Record.Flow.Key.Protocol == packet.TCP {
		return "tcp"
	}
	return "udp"
}

// contact is the word of report for how far the peer was reached.
func (s *sighting) contact() string {
	if s.Record.Flow.Payloads[0] > 0 && s.Record.Flow.Payloads[1] > 0 {
		return report.Exchanged
	}
	return report.Probed
}

func (t *newest) cell(i, column int) string {
	s := t.rows[i]
	f, v := &s.Record.Flow, &s.Record.Verdict
	switch column {
	case flowTime:
		return clock(s.start(), t.now)
	case flowHost:
		return s.end(s.near).String()
	case flowProto:
		return s.proto()
	case flowPeer:
		if int(f.Initiator&1) == s.near {
			return "-> " + s.end(s.far).String()
		}
		return "<- " + s.end(s.far).String()
	case flowCountry:
		return placeCode(&s.Record, s.far)
	case flowVerdict:
		return v.Judgement.String()
	case flowFamily:
		return cmp.Or(v.Family, v.Service)
	case flowPath:
		return v.Path.String()
	case flowSent:
		return octets(f.Octets(flow.Direction(s.near)))
	case flowReceived:
		return octets(f.Octets(flow.Direction(s.far)))
	case flowNetwork:
		return network(s.place().ASN, s.place().ASOrg)
	case flowWhy:
		return s.Record.Strongest()
	case flowName:
		return s.name().Text
	case flowProcess:
		return process(s.owner())
	}
	return ""
}

// placeCode is a country's code, or a word that is as short.
func placeCode(r *report.Record, e int) string {
	if code := r.Place(e); len(code) == 2 {
		return code
	}
	return "--"
}

func process(o report.Owner) string {
	if o == (report.Owner{}) {
		return ""
	}
	s := o.Name
	if o.PID != 0 {
		s += " (" + strconv.Itoa(o.PID) + ")"
	}
	return s
}

func (t *newest) compare(i, j, column int) int {
	a, b := t.rows[i], t.rows[j]
	switch column {
	case flowTime:
		return cmp.Compare(a.Record.Flow.Start, b.Record.Flow.Start)
	case flowHost:
		return a.end(a.near).Compare(b.end(b.near))
	case flowPeer:
		return a.end(a.far).Compare(b.end(b.far))
	case flowVerdict:
		return cmp.Compare(a.Record.Verdict.Probability, b.Record.Verdict.Probability)
	case flowSent:
		return cmp.Compare(a.Record.Flow.Octets(flow.Direction(a.near)), b.Record.Flow.Octets(flow.Direction(b.near)))
	case flowReceived:
		return cmp.Compare(a.Record.Flow.Octets(flow.Direction(a.far)), b.Record.Flow.Octets(flow.Direction(b.far)))
	case flowNetwork:
		return cmp.Compare(a.place().ASN, b.place().ASN)
	}
	return strings.Compare(t.cell(i, column), t.cell(j, column))
}

func (t *newest) field(i int, key string, yield func(string) bool) bool {
	s := t.rows[i]
	v := &s.Record.Verdict
	switch key {
	case "country":
		_ = yield(s.Record.Place(s.far)) && yield(s.place().Country) && yield(geo.CountryName(s.place().Country))
	case "host":
		_ = yield(s.end(s.near).String()) && yield(v.Name[s.near].Text)
	case "peer":
		_ = yield(s.end(s.far).String()) && yield(s.name().Text)
	case "family":
		yield(v.Family)
	case "path":
		yield(v.Path.String())
	case "proto":
		yield(s.proto())
	case "verdict":
		yield(v.Judgement.String())
	case "contact":
		yield(s.contact())
	case "as":
		yield(network(s.place().ASN, s.place().ASOrg))
	case "name":
		_ = yield(s.name().Text) && yield(v.Name[s.near].Text)
	case "port":
		_ = yield(strconv.Itoa(int(s.end(s.near).Port()))) && yield(strconv.Itoa(int(s.end(s.far).Port())))
	case "process":
		yield(process(s.owner()))
	default:
		return false
	}
	return true
}

func (t *newest) any(i int, yield func(string) bool) {
	s := t.rows[i]
	if !yield(s.Record.Place(s.far)) || !yield(geo.CountryName(s.place().Country)) {
		return
	}
	for _, column := range [...]int{flowHost, flowProto, flowPeer, flowVerdict, flowFamily, flowPath, flowNetwork, flowWhy, flowName, flowProcess} {
		if !yield(t.cell(i, column)) {
			return
		}
	}
}
