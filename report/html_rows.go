package report

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// peerView is one row of the table of peers. Names of classes are short, as there may be many.
type peerView struct {
	*Peer
	Code, Place, Network string
	NameText             string
	Kinds                string // words to filter by
	Families, Paths      string
	When, Until          string
	Order                int64 // to sort by
	Far, Owner           string
}

// PeerRows are the rows of the table of peers.
func (p *htmlView) PeerRows() *htmlRows {
	out := rows(p, "peer", budgetPeers, p.Peers, func(e *Peer) any { return p.peerView(e) })
	for i := range p.Peers[out.Shown:] {
		e := &p.Peers[out.Shown+i]
		t := Tally{Flows: e.Flows, OctetsOut: e.OctetsOut, OctetsIn: e.OctetsIn}
		if e.Contact == Exchanged {
			t.Exchanged = 1
		} else {
			t.Probed = 1
		}
		out.Rest.add(t)
	}
	return out
}

func (p *htmlView) peerView(e *Peer) *peerView {
	v := &peerView{Peer: e, Code: rowID(e.Row), Place: rowWords(e.Row), Families: Clean(strings.Join(e.Families, ", "), 60),
		Paths: strings.Join(e.Paths, ", "), When: p.moment(e.First), Until: p.moment(e.Last), Order: e.First.UnixMilli(),
		Far: p.hostsOf(e), Owner: ownerWords(e.Owners, ", ")}
	if e.ASN != 0 {
		v.Network = Clean(networkName(e.ASN, e.ASOrg), 60)
	}
	if e.Name != "" {
		v.NameText = Clean(e.Name, 80) + " (" + Clean(e.NameSource, 20)
		if e.NameECH {
			v.NameText += ", may be the outer name"
		}
		v.NameText += ")"
	}
	kinds := []string{v.Code, e.Contact}
	if e.Verdict != "p2p" {
		kinds = append(kinds, "likely")
	}
	if slices.Contains(e.Paths, "relayed") {
		kinds = append(kinds, "relayed")
	}
	if e.Hosting {
		kinds = append(kinds, "hosting")
	}
	v.Kinds = strings.Join(kinds, " ")
	return v
}

func (p *htmlView) hostsOf(e *Peer) string { return firstAddresses(e.Hosts, e.MoreHosts) }

// firstAddresses lists the first addresses, and counts the others.
func firstAddresses(list []netip.Addr, more uint64) string {
	n := min(len(list), maxTop)
	return addresses(list[:n], more+uint64(len(list)-n))
}

// countryView is one row of peers by country.
type countryView struct {
	*Country
	ID, Label    string
	Nets         []string
	When, Until  string
	All          Tally
	IsRegistered bool
}

// CountryRows are the rows of peers by country.
func (p *htmlView) CountryRows() *htmlRows {
	return rows(p, "country", budgetCountries, p.Countries, func(c *Country) any {
		v := &countryView{Country: c, ID: rowID(c.Code), Label: rowWords(c.Code), When: p.moment(c.First), Until: p.moment(c.Last), IsRegistered: c.IsCountry()}
		v.All = c.P2P
		v.All.add(c.Likely)
		for _, n := range c.Networks {
			v.Nets = append(v.Nets, Clean(networkName(n.ASN, n.Org), 48))
		}
		return v
	})
}

// hostView is one row of the inventory.
type hostView struct {
	*Host
	NameText string
	Outside  bool
	All      Tally
	When     string
	Until    string
	Ports    []socketView
	Because  string // what speaks most for it
	Programs string // as a listing tells
}

type socketView struct {
	Name, Family, Owner string
	Socket
	Filter string
}

// HostRows are the rows of the inventory.
func (p *htmlView) HostRows() *htmlRows {
	return rows(p, "host", budgetHosts, p.Hosts, func(h *Host) any { return p.hostView(h) })
}

func (p *htmlView) hostView(h *Host) *hostView {
	v := &hostView{Host: h, Outside: !h.Home, All: h.all(), When: p.moment(h.First), Until: p.moment(h.Last), Programs: processWords(h.Processes)}
	if h.Name != "" {
		v.NameText = Clean(h.Name, 80) + " (" + Clean(h.NameSource, 20) + ")"
	}
	for i := range h.Sockets {
		s := &h.Sockets[i]
		v.Ports = append(v.Ports, socketView{Name: Clean(s.Protocol, 8) + "/" + itoa(s.Port), Family: Clean(s.Family, 40), Owner: ownerWords(s.Owners, " or "), Socket: *s, Filter: p.filterOf(h, s)})
	}
	if len(h.Reasons) > 0 {
		v.Because = Clean(h.Reasons[0].Detail, 160)
	}
	return v
}

// reportedView is one address that signalling told of.
type reportedView struct {
	*Reported
	Place, Network, Teller, When string
}

// ReportedRows are the rows of addresses that signalling told of.
func (p *htmlView) ReportedRows() *htmlRows {
	return rows(p, "reported", budgetReported, p.Reported, func(r *Reported) any {
		v := &reportedView{Reported: r, Place: rowWords(r.Row), Teller: Clean(r.By, 60), When: p.moment(r.First)}
		if r.ASN != 0 {
			v.Network = Clean(networkName(r.ASN, r.ASOrg), 60)
		}
		return v
	})
}

// timelineView is when peers were met first, in bars of equal time.
type timelineView struct {
	Bars        []timelineBar
	Rows        []timelineBar // that are not empty
	Most        uint64
	From, Until string
	Step        string
	Hidden      int
}

type timelineBar struct {
	X, Width                  int
	Exchanged, Probed         uint64
	ExchangedTop, Top         int // where the bar's parts begin, from the upper edge
	ExchangedHigh, ProbedHigh int
	Label                     string
}

// Units of the timeline.
const (
	timelineWidth  = 1000
	timelineHeight = 150
	timelineBars   = 60
)

// Timeline counts new peers over the time of the capture; nil if there are none.
func (p *htmlView) Timeline() *timelineView {
	if len(p.Peers) == 0 {
		return nil
	}
	first, last := p.Coverage.First, p.Coverage.Last
	for i := range p.Peers { // the clock may have been turned back within a capture
		if t := p.Peers[i].First; first.IsZero() || t.Before(first) {
			first = t
		} else if t.After(last) {
			last = t
		}
	}
	step := max(roundStep(last.Sub(first)/timelineBars), time.Millisecond)
	n := min(int(last.Sub(first)/step)+1, 2*timelineBars)
	v := &timelineView{Bars: make([]timelineBar, n), From: p.moment(first), Until: p.moment(last), Step: stepWords(step)}
	for i := range p.Peers {
		b := &v.Bars[min(max(int(p.Peers[i].First.Sub(first)/step), 0), n-1)]
		if p.Peers[i].Contact == Exchanged {
			b.Exchanged++
		} else {
			b.Probed++
		}
	}
	v.scale(first, step, p.moment)
	return v
}

// scale gives the bars their places.
func (v *timelineView) scale(first time.Time, step time.Duration, moment func(time.Time) string) {
	for _, b := range v.Bars {
		v.Most = max(v.Most, b.Exchanged+b.Probed)
	}
	high := func(n uint64) int {
		if n == 0 {
			return 0
		}
		return max(int(n*timelineHeight/v.Most), 2)
	}
	for i := range v.Bars {
		b := &v.Bars[i]
		b.X = i * timelineWidth / len(v.Bars)
		b.Width = max((i+1)*timelineWidth/len(v.Bars)-b.X-2, 1)
		b.ExchangedHigh, b.ProbedHigh = high(b.Exchanged), high(b.Probed)
		b.ExchangedTop = timelineHeight - b.ExchangedHigh
		b.Top = max(b.ExchangedTop-b.ProbedHigh, 0)
		b.Label = moment(first.Add(time.Duration(i) * step))
		if b.Exchanged+b.Probed > 0 {
			v.Rows = append(v.Rows, *b)
		}
	}
}

// roundStep is the next span that people count in.
func roundStep(d time.Duration) time.Duration {
	for _, s := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
		2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if d <= s {
			return s
		}
	}
	const day = 24 * time.Hour
	return (d + day - 1) / day * day
}

func stepWords(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return counted(uint64(d/(24*time.Hour)), "day", "days")
	case d >= time.Hour:
		return counted(uint64(d/time.Hour), "hour", "hours")
	case d >= time.Minute:
		return counted(uint64(d/time.Minute), "minute", "minutes")
	case d >= time.Second:
		return counted(uint64(d/time.Second), "second", "seconds")
	}
	return counted(uint64(d/time.Millisecond), "millisecond", "milliseconds")
}
