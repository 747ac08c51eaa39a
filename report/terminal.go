package report

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// screen is how many lines a report of an ordinary capture takes: a terminal's, less the prompt.
const screen = 25

// Least rows of the two tables, whatever else there is to say.
const (
	leastCountries = 6 // with the rest and the total: they are the answer
	leastHosts     = 1
	mostHosts      = 4
	mostPerHost    = 2 // sockets of one host
)

const margin = 10 // columns of the labels beside the facts

// WriteText writes s for a terminal: the finding, peers by country, hosts, what was looked at and
// what to try next, at most 25 lines unless there is much to warn of. It writes once.
func WriteText(w io.Writer, s *Summary, o TextOptions) error {
	facts := newPage(o)
	facts.facts(s)
	p := newPage(o)
	p.text(Clean(s.Finding, 0), bold)
	p.policy(s, screen-p.lines()-facts.lines())
	left := screen - p.lines() - facts.lines() - 1 // a blank before the facts
	hosts, least := hostTable(s, mostHosts, 1).lines(), leastCountries
	if s.Policy != nil || s.Joined != nil {
		least-- // its lines are the answer, too
	}
	if len(s.Countries) > 0 {
		t := countryTable(s, max(left-2-min(hosts+2, 7), least))
		p.WriteByte('\n')
		p.table(t, 0)
		left -= t.lines() + 2
	}
	if len(s.Hosts) > 0 {
		p.WriteByte('\n')
		p.table(fittingHosts(s, left-2), 0)
	}
	p.WriteByte('\n')
	p.named(s, screen-p.lines()-facts.lines())
	_, err := w.Write(append(p.Bytes(), facts.Bytes()...))
	return err
}

func (p *page) lines() int { return strings.Count(p.String(), "\n") }

// lines is how many t takes, without its head.
func (t *table) lines() int {
	n := len(t.row)
	for _, note := range t.note {
		if note != "" {
			n++
		}
	}
	return n
}

// countryTable is the head of the countries and the sum of the others, in at most so many rows.
func countryTable(s *Summary, most int) *table {
	t := &table{column: []column{
		{head: "PEERS BY COUNTRY", least: 20, rank: 0}, {head: "exchanged", right: true, rank: 1},
		{head: "probed", right: true, rank: 2}, {head: "likely", right: true, rank: 3},
		{head: "relays", right: true, rank: 6}, {head: "reported", right: true, rank: 7},
		{head: "hosts", right: true, rank: 9}, {head: "flows", right: true, rank: 8},
		{head: "sent", right: true, rank: 4}, {head: "received", right: true, rank: 5},
		{head: "hosted", right: true, rank: 13},
		{head: "first", rank: 12}, {head: "last", rank: 12}, {head: "families", least: 10, rank: 10},
		{head: "network with most peers", least: 16, rank: 11}}}
	shown := most
	if len(s.Countries) > 1 {
		shown-- // the last row is the total
	}
	if len(s.Countries) > shown {
		shown--
	}
	folded := Country{}
	countries, words := 0, 0
	for i := range s.Countries {
		c := &s.Countries[i]
		if i < shown {
			name := c.Code + " " + c.Name
			if !c.IsCountry() {
				name = "-- " + c.Name
			}
			t.add(plain, "", countryCells(name, c, s)...)
			continue
		}
		folded.fold(c)
		if c.IsCountry() {
			countries++
		} else {
			words++
		}
	}
	if countries+words > 0 {
		t.add(dim, "", countryCells(foldedName(countries, words), &folded, s)...)
	}
	if len(s.Countries) > 1 {
		total := Country{P2P: s.Totals.P2P, Likely: s.Totals.Likely, Relayed: s.Totals.Relayed, Hosting: s.Totals.Hosting,
			Reported: s.Totals.Reported, Hosts: s.Totals.Hosts + s.Totals.LikelyHosts}
		t.add(bold, "", countryCells("total", &total, s)...)
	}
	t.hide(3, s.Totals.Likely.Flows)
	t.hide(4, s.Totals.Relayed)
	t.hide(5, s.Totals.Reported)
	t.hide(10, s.Totals.Hosting)
	return t
}

func (t *table) hide(column int, unless uint64) { t.column[column].empty = unless == 0 }

// fold adds the numbers of a row that is not shown. Hosts do not add up: one host has peers in many rows.
func (c *Country) fold(more *Country) {
	c.P2P.add(more.P2P)
	c.Likely.add(more.Likely)
	c.Relayed += more.Relayed
	c.Hosting += more.Hosting
	c.Reported += more.Reported
}

// foldedName says what a row stands for that adds up countries, and words that are none.
func foldedName(countries, words int) string {
	switch {
	case words == 0:
		return counted(uint64(countries), "more country", "more countries")
	case countries == 0:
		return "others"
	}
	return grouped(uint64(countries)) + " more, and others"
}

func countryCells(name string, c *Country, s *Summary) []string {
	var families, network string
	for i, f := range c.Families {
		if i > 0 {
			families += ", "
		}
		families += f.Family
	}
	if len(c.Networks) > 0 {
		network = networkName(c.Networks[0].ASN, c.Networks[0].Org)
	}
	hosts := dash(c.Hosts)
	if c.First.IsZero() && name != "total" {
		hosts = ""
	}
	flows := c.P2P
	flows.add(c.Likely)
	return []string{Clean(name, 0), dash(c.P2P.Exchanged), dash(c.P2P.Probed), dash(c.Likely.Peers()), dash(c.Relayed),
		dash(c.Reported), hosts, dash(flows.Flows), dashOctets(flows.OctetsOut), dashOctets(flows.OctetsIn), dash(c.Hosting),
		clock(c.First, s), clock(c.Last, s), Clean(families, 0), Clean(network, 60)}
}

func networkName(asn uint32, org string) string {
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(asn), 10) + " " + org)
}

// clock writes a time as shortly as the period of the capture allows.
func clock(t time.Time, s *Summary) string {
	switch {
	case t.IsZero():
		return ""
	case sameDay(s.Coverage.First, s.Coverage.Last):
		return t.Format(timeOnly)
	case s.Coverage.First.Year() == s.Coverage.Last.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format(dayOnly)
}
