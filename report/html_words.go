package report

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

// htmlFuncs are what the templates write numbers and words with.
var htmlFuncs = template.FuncMap{
	"grouped": grouped,
	"dash":    dash,
	"octets":  octets,
	"counted": counted,
	"clean":   func(s string) string { return Clean(s, 0) },
	"percent": percent,
	"signed":  signed,
	"chance":  probability,
	"upper":   strings.ToUpper,
	"packets": packetWords,
	"place":   rowWords,
	"id":      rowID,
	"number":  func(n int) uint64 { return uint64(max(n, 0)) },
	"shares":  func(s []Share) string { return Clean(shareNames(s), 0) },
}

// rowWords is what a row of countries is called, clean.
func rowWords(code string) string { return Clean(rowName(code), 60) }

// rowID names a row to links inside the page: "" of what is no code of ours.
func rowID(code string) string {
	switch code {
	case Anycast, "private", "multicast", "unknown":
		return code
	}
	if len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' {
		return code
	}
	return ""
}

// moment is a time in the zone of the page, without the day if all of the capture is of one.
func (p *htmlView) moment(t time.Time) string {
	switch t = t.In(p.o.Zone); {
	case t.IsZero():
		return ""
	case p.oneDay && sameDay(t, p.Coverage.First.In(p.o.Zone)):
		return t.Format(timeOnly)
	}
	return t.Format(dayTime)
}

// Span is from when to when, in the zone of the page.
func (p *htmlView) Span(first, last time.Time) string {
	if first.IsZero() {
		return ""
	}
	a, b := p.moment(first), p.moment(last)
	if a == b {
		return a
	}
	return a + " – " + b
}

// Period is the time of the packets, with day and zone.
func (p *htmlView) Period() string {
	first, last := p.Coverage.First, p.Coverage.Last
	if first.IsZero() {
		return "no packets"
	}
	first, last = first.In(p.o.Zone), last.In(p.o.Zone)
	if sameDay(first, last) {
		return first.Format(dayTime) + " – " + last.Format(timeOnly) + " " + p.ZoneName()
	}
	return first.Format(dayTime) + " – " + last.Format(dayTime) + " " + p.ZoneName()
}

// ZoneName is what the zone of the page is called.
func (p *htmlView) ZoneName() string { return p.o.Zone.String() }

// MadeAt is when the report was made.
func (p *htmlView) MadeAt() string {
	if p.o.Made.IsZero() {
		return ""
	}
	return p.o.Made.In(p.o.Zone).Format(dayTime) + " " + p.ZoneName()
}

// dayOf is a day in the zone of the page.
func (p *htmlView) Day(t time.Time) string { return t.In(p.o.Zone).Format(dayOnly) }

// Credits are the databases' owners to be named, each once, with their links.
func (p *htmlView) Credits() []Database {
	var out []Database
	seen := map[string]bool{}
	for _, d := range p.Databases {
		if d.Attribution != "" && !seen[d.Attribution] {
			seen[d.Attribution] = true
			out = append(out, Database{Attribution: Clean(d.Attribution, 200), Link: webLink(d.Link)})
		}
	}
	return out
}

// webLink is a link of a database's that may be followed: others are left out.
func webLink(link string) string {
	if !strings.HasPrefix(link, "https://") || Clean(link, 0) != link || len(link) > 200 {
		return ""
	}
	return link
}

// filterOf is a display filter of a socket; without the host where that has a pseudonym.
func (p *htmlView) filterOf(h *Host, s *Socket) string {
	if !isStandIn(h.Addr) {
		return Clean(s.Filter(h.Addr), 0)
	}
	proto := "udp"
	if s.Protocol == "tcp" {
		proto = "tcp"
	}
	return proto + ".port == " + strconv.Itoa(int(s.Port))
}

// Redacted tells whether hosts have pseudonyms.
func (p *htmlView) Redacted() bool { return p.o.Redacted }

// Sent and Received are octets to and from all peers, likely ones too.
func (t *Totals) Sent() uint64     { return t.P2P.OctetsOut + t.Likely.OctetsOut }
func (t *Totals) Received() uint64 { return t.P2P.OctetsIn + t.Likely.OctetsIn }

// Large tells whether the page has so many rows that those out of sight are not laid out: who takes
// a picture of all of a small page sees all of it.
func (p *htmlView) Large() bool { return len(p.Peers) > 500 || len(p.Hosts) > 50 }
