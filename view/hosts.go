package view

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"peeratlas/report"
)

// hosts is the table of hosts with peers.
type hosts struct {
	rows []report.Host
	now  time.Time
	head []column
}

// Columns of hosts.
const (
	hostAddr = iota
	hostName
	hostVerdict
	hostFamilies
	hostSockets
	hostExchanged
	hostPeers
	hostCountries
	hostFlows
	hostSent
	hostReceived
	hostNewest
)

func (t *hosts) set(l *report.Look) {
	t.rows, t.now = l.Summary.Hosts, l.Time
	named := false
	for i := range t.rows {
		named = named || t.rows[i].Name != ""
	}
	t.head = []column{
		hostAddr:      {head: "HOST", least: 15, rank: 0},
		hostName:      {head: "name", least: 12, rank: 8, hide: !named},
		hostVerdict:   {head: "verdict", down: true, rank: 1},
		hostFamilies:  {head: "families", least: 15, rank: 3},
		hostSockets:   {head: "sockets", least: 12, rank: 5},
		hostExchanged: {head: "exchanged", right: true, down: true, rank: 7},
		hostPeers:     {head: "peers", right: true, down: true, rank: 2},
		hostCountries: {head: "countries", right: true, down: true, rank: 4},
		hostFlows:     {head: "flows", right: true, down: true, rank: 11},
		hostSent:      {head: "sent", right: true, down: true, rank: 9},
		hostReceived:  {head: "received", right: true, down: true, rank: 10},
		hostNewest:    {head: "newest", down: true, rank: 6},
	}
}

func (t *hosts) columns() []column { return t.head }
func (t *hosts) len() int          { return len(t.rows) }
func (t *hosts) id(i int) any      { return t.rows[i].Addr }
func (t *hosts) faint(i int) bool  { return t.rows[i].P2P.Flows == 0 }

func (t *hosts) index(id any) int {
	a, _ := id.(netip.Addr)
	for i := range t.rows {
		if t.rows[i].Addr == a {
			return i
		}
	}
	return -1
}

func (t *hosts) all(i int) report.Tally {
	h := &t.rows[i]
	return report.Tally{Exchanged: h.P2P.Exchanged + h.Likely.Exchanged, Probed: h.P2P.Probed + h.Likely.Probed,
		Flows: h.P2P.Flows + h.Likely.Flows, OctetsOut: h.P2P.OctetsOut + h.Likely.OctetsOut, OctetsIn: h.P2P.OctetsIn + h.Likely.OctetsIn}
}

func (t *hosts) cell(i, column int) string {
	h, all := &t.rows[i], t.all(i)
	switch column {
	case hostAddr:
		if !h.Home {
			return h.Addr.String() + " (outside)"
		}
		return h.Addr.String()
	case hostName:
		return h.Name
	case hostVerdict:
		return h.Verdict
	case hostFamilies:
		return families(h.Families)
	case hostSockets:
		return sockets(h)
	case hostExchanged:
		return number(all.Exchanged)
	case hostPeers:
		return number(all.Peers())
	case hostCountries:
		return number(h.Countries)
	case hostFlows:
		return number(all.Flows)
	case hostSent:
		return octets(all.OctetsOut)
	case hostReceived:
		return octets(all.OctetsIn)
	case hostNewest:
		return clock(h.Last, t.now)
	}
	return ""
}

// sockets names the busiest socket, and says how many more there are.
func sockets(h *report.Host) string {
	if len(h.Sockets) == 0 {
		return "-"
	}
	k := &h.Sockets[0]
	s := k.Protocol + "/" + strconv.Itoa(int(k.Port))
	if more := uint64(len(h.Sockets)) - 1 + h.MoreSockets; more > 0 {
		s += " +" + report.Grouped(more)
	}
	return s
}

func (t *hosts) compare(i, j, column int) int {
	a, b := &t.rows[i], &t.rows[j]
	x, y := t.all(i), t.all(j)
	switch column {
	case hostAddr:
		return a.Addr.Compare(b.Addr)
	case hostVerdict:
		return cmp.Compare(a.Probability, b.Probability)
	case hostSockets:
		return cmp.Compare(uint64(len(a.Sockets))+a.MoreSockets, uint64(len(b.Sockets))+b.MoreSockets)
	case hostExchanged:
		return cmp.Compare(x.Exchanged, y.Exchanged)
	case hostPeers:
		return cmp.Compare(x.Peers(), y.Peers())
	case hostCountries:
		return cmp.Compare(a.Countries, b.Countries)
	case hostFlows:
		return cmp.Compare(x.Flows, y.Flows)
	case hostSent:
		return cmp.Compare(x.OctetsOut, y.OctetsOut)
	case hostReceived:
		return cmp.Compare(x.OctetsIn, y.OctetsIn)
	case hostNewest:
		return a.Last.Compare(b.Last)
	}
	return strings.Compare(t.cell(i, column), t.cell(j, column))
}

func (t *hosts) field(i int, key string, yield func(string) bool) bool {
	h := &t.rows[i]
	switch key {
	case "host":
		_ = yield(h.Addr.String()) && yield(h.Name)
	case "name":
		yield(h.Name)
	case "verdict":
		yield(h.Verdict)
	case "family":
		for _, f := range h.Families {
			if !yield(f.Family) {
				break
			}
		}
	case "port":
		for s := range h.Sockets {
			if !yield(strconv.Itoa(int(h.Sockets[s].Port))) {
				break
			}
		}
	default:
		return false
	}
	return true
}

func (t *hosts) any(i int, yield func(string) bool) {
	for _, column := range [...]int{hostAddr, hostName, hostVerdict, hostFamilies, hostSockets} {
		if !yield(t.cell(i, column)) {
			return
		}
	}
}
