package view

import (
	"cmp"
	"strings"
	"time"

	"peeratlas/report"
)

// countries is the table of peers by country.
type countries struct {
	rows []report.Country
	now  time.Time
	head []column
}

// Columns of countries.
const (
	countryName = iota
	countryExchanged
	countryProbed
	countryLikely
	countryHosts
	countrySent
	countryReceived
	countryNewest
	countryRelays
	countryFlows
	countryFamilies
	countryNetwork
)

func (t *countries) set(l *report.Look) {
	t.rows, t.now = l.Summary.Countries, l.Time
	t.head = []column{
		countryName:      {head: "COUNTRY", least: 17, rank: 0},
		countryExchanged: {head: "exchanged", right: true, down: true, rank: 1},
		countryProbed:    {head: "probed", right: true, down: true, rank: 2},
		countryLikely:    {head: "likely", right: true, down: true, rank: 7, hide: l.Summary.Totals.Likely.Flows == 0},
		countryHosts:     {head: "hosts", right: true, down: true, rank: 6},
		countrySent:      {head: "sent", right: true, down: true, rank: 3},
		countryReceived:  {head: "received", right: true, down: true, rank: 4},
		countryNewest:    {head: "newest", down: true, rank: 5},
		countryRelays:    {head: "relays", right: true, down: true, rank: 9, hide: l.Summary.Totals.Relayed == 0},
		countryFlows:     {head: "flows", right: true, down: true, rank: 10},
		countryFamilies:  {head: "families", least: 8, rank: 8},
		countryNetwork:   {head: "network with most peers", least: 23, rank: 11},
	}
}

func (t *countries) columns() []column { return t.head }
func (t *countries) len() int          { return len(t.rows) }
func (t *countries) id(i int) any      { return t.rows[i].Code }

func (t *countries) index(id any) int {
	for i := range t.rows {
		if t.rows[i].Code == id {
			return i
		}
	}
	return -1
}

func (t *countries) faint(i int) bool { return t.rows[i].P2P.Exchanged == 0 }

func (t *countries) flows(i int) report.Tally {
	c := &t.rows[i]
	return report.Tally{Flows: c.P2P.Flows + c.Likely.Flows, OctetsOut: c.P2P.OctetsOut + c.Likely.OctetsOut, OctetsIn: c.P2P.OctetsIn + c.Likely.OctetsIn}
}

// countryText names a row: the code, and what it stands for.
func countryText(c *report.Country) string {
	if c.IsCountry() {
		return c.Code + " " + c.Name
	}
	return "-- " + c.Name
}

func (t *countries) cell(i, column int) string {
	c := &t.rows[i]
	switch column {
	case countryName:
		return countryText(c)
	case countryExchanged:
		return number(c.P2P.Exchanged)
	case countryProbed:
		return number(c.P2P.Probed)
	case countryLikely:
		return number(c.Likely.Peers())
	case countryHosts:
		return number(c.Hosts)
	case countrySent:
		return octets(t.flows(i).OctetsOut)
	case countryReceived:
		return octets(t.flows(i).OctetsIn)
	case countryNewest:
		return clock(c.Last, t.now)
	case countryRelays:
		return number(c.Relayed)
	case countryFlows:
		return number(t.flows(i).Flows)
	case countryFamilies:
		return families(c.Families)
	case countryNetwork:
		if len(c.Networks) > 0 {
			return network(c.Networks[0].ASN, c.Networks[0].Org)
		}
	}
	return ""
}

func (t *countries) compare(i, j, column int) int {
	a, b := &t.rows[i], &t.rows[j]
	switch column {
	case countryExchanged:
		return cmp.Compare(a.P2P.Exchanged, b.P2P.Exchanged)
	case countryProbed:
		return cmp.Compare(a.P2P.Probed, b.P2P.Probed)
	case countryLikely:
		return cmp.Compare(a.Likely.Peers(), b.Likely.Peers())
	case countryHosts:
		return cmp.Compare(a.Hosts, b.Hosts)
	case countrySent:
		return cmp.Compare(t.flows(i).OctetsOut, t.flows(j).OctetsOut)
	case countryReceived:
		return cmp.Compare(t.flows(i).OctetsIn, t.flows(j).OctetsIn)
	case countryNewest:
		return a.Last.Compare(b.Last)
	case countryRelays:
		return cmp.Compare(a.Relayed, b.Relayed)
	case countryFlows:
		return cmp.Compare(t.flows(i).Flows, t.flows(j).Flows)
	}
	return strings.Compare(t.cell(i, column), t.cell(j, column))
}

func (t *countries) field(i int, key string, yield func(string) bool) bool {
	c := &t.rows[i]
	switch key {
	case "country":
		_ = yield(c.Code) && yield(c.Name)
	case "family":
		for _, f := range c.Families {
			if !yield(f.Family) {
				break
			}
		}
	default:
		return false
	}
	return true
}

func (t *countries) any(i int, yield func(string) bool) {
	for _, column := range [...]int{countryName, countryFamilies, countryNetwork} {
		if !yield(t.cell(i, column)) {
			return
		}
	}
}

func families(shares []report.Share) string {
	var b strings.Builder
	for i, f := range shares {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Family)
	}
	return b.String()
}
