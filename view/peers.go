package view

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"peeratlas/geo"
	"peeratlas/report"
)

// peers is the table of peers, one row an address.
type peers struct {
	rows []report.Peer
	now  time.Time
	head []column
}

// Columns of peers.
const (
	peerAddr = iota
	peerCountry
	peerVerdict
	peerContact
	peerFamilies
	peerPaths
	peerSent
	peerReceived
	peerFlows
	peerHosts
	peerFirst
	peerNewest
	peerNetwork
	peerName
)

func (t *peers) set(l *report.Look) {
	t.rows, t.now = l.Summary.Peers, l.Time
	if t.head == nil {
		t.head = []column{
			peerAddr:     {head: "PEER", least: 15, rank: 0},
			peerCountry:  {head: "country", least: 7, rank: 1},
			peerVerdict:  {head: "verdict", down: true, rank: 3},
			peerContact:  {head: "contact", rank: 2},
			peerFamilies: {head: "families", least: 8, rank: 4},
			peerPaths:    {head: "paths", least: 7, rank: 9},
			peerSent:     {head: "sent", right: true, down: true, rank: 5},
			peerReceived: {head: "received", right: true, down: true, rank: 6},
			peerFlows:    {head: "flows", right: true, down: true, rank: 11},
			peerHosts:    {head: "hosts", right: true, down: true, rank: 8},
			peerFirst:    {head: "first", down: true, rank: 12},
			peerNewest:   {head: "newest", down: true, rank: 7},
			peerNetwork:  {head: "network", least: 20, rank: 10},
			peerName:     {head: "name", least: 16, rank: 13},
		}
	}
}

func (t *peers) columns() []column { return t.head }
func (t *peers) len() int          { return len(t.rows) }
func (t *peers) id(i int) any      { return t.rows[i].Addr }
func (t *peers) faint(i int) bool  { return t.rows[i].Contact == report.Probed }

func (t *peers) index(id any) int {
	a, _ := id.(netip.Addr)
	for i := range t.rows {
		if t.rows[i].Addr == a {
			return i
		}
	}
	return -1
}

func (t *peers) cell(i, column int) string {
	p := &t.rows[i]
	switch column {
	case peerAddr:
		return p.Addr.String()
	case peerCountry:
		return p.Row
	case peerVerdict:
		return p.Verdict
	case peerContact:
		return p.Contact
	case peerFamilies:
		return strings.Join(p.Families, ", ")
	case peerPaths:
		return strings.Join(p.Paths, ", ")
	case peerSent:
		return octets(p.OctetsOut)
	case peerReceived:
		return octets(p.OctetsIn)
	case peerFlows:
		return number(p.Flows)
	case peerHosts:
		return number(uint64(len(p.Hosts)) + p.MoreHosts)
	case peerFirst:
		return clock(p.First, t.now)
	case peerNewest:
		return clock(p.Last, t.now)
	case peerNetwork:
		return network(p.ASN, p.ASOrg)
	case peerName:
		return p.Name
	}
	return ""
}

func (t *peers) compare(i, j, column int) int {
	a, b := &t.rows[i], &t.rows[j]
	switch column {
	case peerAddr:
		return a.Addr.Compare(b.Addr)
	case peerVerdict:
		return cmp.Compare(a.Probability, b.Probability)
	case peerSent:
		return cmp.Compare(a.OctetsOut, b.OctetsOut)
	case peerReceived:
		return cmp.Compare(a.OctetsIn, b.OctetsIn)
	case peerFlows:
		return cmp.Compare(a.Flows, b.Flows)
	case peerHosts:
		return cmp.Compare(uint64(len(a.Hosts))+a.MoreHosts, uint64(len(b.Hosts))+b.MoreHosts)
	case peerFirst:
		return a.First.Compare(b.First)
	case peerNewest:
		return a.Last.Compare(b.Last)
	case peerNetwork:
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), strings.Compare(a.ASOrg, b.ASOrg))
	}
	return strings.Compare(t.cell(i, column), t.cell(j, column))
}

func (t *peers) field(i int, key string, yield func(string) bool) bool {
	p := &t.rows[i]
	switch key {
	case "country":
		_ = yield(p.Row) && yield(p.Country) && yield(geo.CountryName(p.Country))
	case "host":
		for _, h := range p.Hosts {
			if !yield(h.String()) {
				break
			}
		}
	case "peer":
		_ = yield(p.Addr.String()) && yield(p.Name)
	case "family":
		each(p.Families, yield)
	case "path":
		each(p.Paths, yield)
	case "proto":
		each(p.Protocols, yield)
	case "verdict":
		yield(p.Verdict)
	case "contact":
		yield(p.Contact)
	case "as":
		yield(network(p.ASN, p.ASOrg))
	case "name":
		yield(p.Name)
	default:
		return false
	}
	return true
}

func each(values []string, yield func(string) bool) {
	for _, v := range values {
		if !yield(v) {
			return
		}
	}
}

func (t *peers) any(i int, yield func(string) bool) {
	p := &t.rows[i]
	if yield(p.Addr.String()) && yield(p.Row) && yield(geo.CountryName(p.Country)) && yield(p.Verdict) && yield(p.Contact) &&
		yield(network(p.ASN, p.ASOrg)) && yield(p.Name) {
		for _, column := range [...]int{peerFamilies, peerPaths} {
			if !yield(t.cell(i, column)) {
				return
			}
		}
	}
}

// network names an autonomous system.
func network(asn uint32, org string) string {
	if asn == 0 {
		return org
	}
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(asn), 10) + " " + org)
}
