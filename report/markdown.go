package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds of the tables of WriteMarkdown; JSON and CSV have all rows.
const (
	markdownHosts = 50
	markdownPeers = 100
)

// WriteMarkdown writes s as GitHub Flavored Markdown. Text of the wire stands in code spans, in
// which nothing is markup. It writes once.
func WriteMarkdown(w io.Writer, s *Summary) error {
	m := &markdown{}
	m.para("# Encrypted peer-to-peer traffic", markup(s.Finding))
	m.totals(s)
	m.policy(s.Policy)
	m.countries(s)
	m.hosts(s)
	m.families(s)
	m.peers(s)
	m.reported(s)
	m.coverage(s)
	_, err := w.Write(m.Bytes())
	return err
}

type markdown struct{ bytes.Buffer }

func (m *markdown) para(paragraphs ...string) {
	for _, p := range paragraphs {
		m.WriteString(p + "\n\n")
	}
}

// table writes a table; cells are markup already. A head that ends in a colon is set to the right.
func (m *markdown) table(heads []string, rows [][]string) {
	m.WriteByte('|')
	for _, h := range heads {
		m.WriteString(" " + strings.TrimSuffix(h, ":") + " |")
	}
	m.WriteString("\n|")
	for _, h := range heads {
		if strings.HasSuffix(h, ":") {
			m.WriteString("---:|")
		} else {
			m.WriteString("---|")
		}
	}
	m.WriteByte('\n')
	for _, r := range rows {
		m.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	m.WriteByte('\n')
}

// unlinked breaks what GitHub makes a link of without being asked.
var unlinked = strings.NewReplacer("://", `\://`, "www.", `www\.`)

// markup escapes plain text: what Markdown, HTML or the recognition of bare links would change.
func markup(s string) string {
	var b strings.Builder
	for _, r := range Clean(s, 0) {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '\\', '`', '*', '_', '[', ']', '#', '|', '~', '!', '$', '@':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return unlinked.Replace(b.String())
}

// code sets text of the wire as a code span. The few characters that could end it, or that a
// careless renderer could take for HTML or for the end of a cell, are shown as numbers.
func code(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	b.WriteByte('`')
	for _, r := range Clean(s, 0) {
		switch r {
		case '`', '|', '<', '>', '&', '$':
			b.WriteString(escape(string(r), r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('`')
	return b.String()
}

func (m *markdown) totals(s *Summary) {
	t := &s.Totals
	m.table([]string{"", "p2p:", "likely:"}, [][]string{
		{"flows", grouped(t.P2PFlows), grouped(t.LikelyFlows)},
		{"peers that exchanged data", grouped(t.P2P.Exchanged), grouped(t.Likely.Exchanged)},
		{"peers only probed", grouped(t.P2P.Probed), grouped(t.Likely.Probed)},
		{"countries", grouped(t.Countries), grouped(t.LikelyCountries)},
		{"hosts", grouped(t.Hosts), grouped(t.LikelyHosts)},
		{"bytes sent to peers", grouped(t.P2P.OctetsOut), grouped(t.Likely.OctetsOut)},
		{"bytes received from peers", grouped(t.P2P.OctetsIn), grouped(t.Likely.OctetsIn)},
	})
	for _, w := range s.Warnings {
		m.WriteString("- **Warning**: " + markup(w) + "\n")
	}
	if len(s.Warnings) > 0 {
		m.WriteByte('\n')
	}
}

func (m *markdown) countries(s *Summary) {
	if len(s.Countries) == 0 {
		return
	}
	m.para("## Peers by country", "A country is where an address is registered, not where a person is. Of a relay it is the relay's country.")
	var rows [][]string
	for i := range s.Countries {
		c := &s.Countries[i]
		code := c.Code
		if !c.IsCountry() {
			code = ""
		}
		var networks []string
		for _, n := range c.Networks {
			networks = append(networks, markup(networkName(n.ASN, n.Org)))
		}
		rows = append(rows, []string{markup(code), markup(c.Name), grouped(c.P2P.Exchanged), grouped(c.P2P.Probed),
			grouped(c.Likely.Peers()), grouped(c.Relayed), grouped(c.Reported), grouped(c.Hosts), grouped(c.P2P.Flows + c.Likely.Flows),
			grouped(c.P2P.OctetsOut + c.Likely.OctetsOut), grouped(c.P2P.OctetsIn + c.Likely.OctetsIn), moment(c.First), moment(c.Last),
			markup(shareNames(c.Families)), strings.Join(networks, "; ")})
	}
	m.table([]string{"", "country", "exchanged:", "probed:", "likely:", "relays:", "reported:", "hosts:", "flows:",
		"bytes sent:", "bytes received:", "first", "last", "families", "networks"}, rows)
}

func (m *markdown) hosts(s *Summary) {
	if len(s.Hosts) == 0 {
		return
	}
	m.para("## Hosts")
	var rows [][]string
	for i := range s.Hosts[:min(len(s.Hosts), markdownHosts)] {
		h := &s.Hosts[i]
		var sockets, why []string
		for _, k := range h.Sockets {
			sockets = append(sockets, markup(fmt.Sprintf("%s/%d (%s in %s, %s answered)", k.Protocol, k.Port,
				counted(k.Peers, "peer", "peers"), counted(k.Networks, "network", "networks"), percent(k.Answered, k.P2PFlows)))+ownerCell(", ", k.Owners))
		}
		if h.MoreSockets > 0 {
			sockets = append(sockets, grouped(h.MoreSockets)+" more")
		}
		for _, r := range h.Reasons {
			why = append(why, code(r.Detail)+" ("+markup(signed(r.Bits))+" bits)")
		}
		rows = append(rows, []string{h.Addr.String(), nameCell(h.Name, h.NameSource, h.NameTime, false), h.Verdict, markup(probability(h.Probability)), markup(shareNames(h.Families)),
			strings.Join(sockets, "<br>"), grouped(h.P2P.Exchanged), grouped(h.P2P.Probed), grouped(h.Likely.Peers()),
			grouped(h.P2P.OctetsOut + h.Likely.OctetsOut), grouped(h.P2P.OctetsIn + h.Likely.OctetsIn),
			moment(h.First), moment(h.Last), strings.Join(why, "<br>")})
	}
	m.table([]string{"host", "name", "verdict", "probability", "families", "sockets", "exchanged:", "probed:", "likely:",
		"bytes sent:", "bytes received:", "first", "last", "why"}, rows)
	m.more(len(s.Hosts)-markdownHosts, "hosts")
	m.processes(s)
}

func (m *markdown) more(n int, what string) {
	if n > 0 {
		m.para("and " + grouped(uint64(n)) + " more " + what)
	}
}

func (m *markdown) families(s *Summary) {
	if len(s.Families) == 0 {
		return
	}
	m.para("## Families")
	var rows [][]string
	for _, f := range s.Families {
		rows = append(rows, []string{markup(f.Name), grouped(f.P2PFlows), grouped(f.LikelyFlows), grouped(f.Relayed),
			grouped(f.Peers), grouped(f.Hosts), grouped(f.OctetsOut), grouped(f.OctetsIn)})
	}
	m.table([]string{"family", "p2p flows:", "likely flows:", "relayed flows:", "peers:", "hosts:", "bytes sent:", "bytes received:"}, rows)
}

func (m *markdown) peers(s *Summary) {
	if len(s.Peers) == 0 {
		return
	}
	m.para("## Peers")
	var rows [][]string
	for i := range s.Peers[:min(len(s.Peers), markdownPeers)] {
		p := &s.Peers[i]
		name, network := nameCell(p.Name, p.NameSource, p.NameTime, p.NameECH), ""
		if p.ASN != 0 {
			network = networkName(p.ASN, p.ASOrg)
		}
		rows = append(rows, []string{p.Addr.String(), markup(rowName(p.Row)), markup(network), name,
			p.Verdict, p.Contact, markup(strings.Join(p.Families, ", ")), strings.Join(p.Paths, ", "), strings.Join(p.Protocols, ", "),
			addresses(p.Hosts[:min(len(p.Hosts), maxTop)], p.MoreHosts+uint64(max(len(p.Hosts)-maxTop, 0))),
			grouped(p.Flows), grouped(p.OctetsOut), grouped(p.OctetsIn), moment(p.First), moment(p.Last)})
	}
	m.table([]string{"peer", "country", "network", "name", "verdict", "contact", "families", "paths", "protocols", "hosts",
		"flows:", "bytes sent:", "bytes received:", "first", "last"}, rows)
	m.more(len(s.Peers)-markdownPeers, "peers")
}

// nameCell is a name with its source and time.
func nameCell(name, source string, when time.Time, ech bool) string {
	if name == "" {
		return ""
	}
	cell := code(name) + " (" + source
	if ech {
		cell += ", may be the outer name"
	}
	if !when.IsZero() {
		cell += ", " + moment(when)
	}
	return cell + ")"
}

func (m *markdown) reported(s *Summary) {
	if len(s.Reported) == 0 {
		return
	}
	m.para("## Addresses that signalling told of")
	var rows [][]string
	for i := range s.Reported[:min(len(s.Reported), markdownPeers)] {
		r := &s.Reported[i]
		rows = append(rows, []string{r.Addr.String(), strconv.Itoa(int(r.Port)), markup(rowName(r.Row)), code(r.By),
			r.Host.String(), yes(r.Contacted), moment(r.First)})
	}
	m.table([]string{"address", "port:", "country", "told by", "to host", "also contacted", "first"}, rows)
	m.more(len(s.Reported)-markdownPeers, "addresses")
}

func (m *markdown) coverage(s *Summary) {
	c := &s.Coverage
	m.para("## What was looked at", markup(lookedAt(s)))
	for _, in := range c.Inputs {
		m.WriteString("- input " + code(in) + "\n")
	}
	for _, s := range c.Skipped {
		m.WriteString("- not read " + code(s.Input) + ": " + markup(s.Reason) + "\n")
	}
	for i := range c.Damaged {
		m.WriteString("- damage: " + markup(c.Damaged[i].line()) + "\n")
	}
	if text := notSeen(c); text != "" {
		m.WriteString("- not seen: " + markup(text) + "\n")
	}
	for _, t := range c.Tunnelled {
		m.WriteString("- inside " + markup(t.Reason) + ": " + counted(t.Number, "packet", "packets") + "\n")
	}
	if len(s.Home) > 0 {
		m.WriteString("- home networks: " + markup(strings.Join(s.Home, ", ")) + "\n")
	}
	for _, d := range s.Databases {
		m.WriteString("- geo database: " + markup(d.Name) + ", " + d.Date.Format(dayOnly))
		if d.Attribution != "" {
			m.WriteString("; " + markup(d.Attribution))
		}
		if d.Link != "" {
			m.WriteString(" (" + markup(d.Link) + ")")
		}
		m.WriteByte('\n')
	}
	if s.Joined != nil {
		m.WriteString("- netstat: " + markup(s.Joined.Words()) + "\n")
	}
	if s.Program != "" {
		m.WriteString("- made by " + markup(s.Program) + "\n")
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(dayTime)
}
