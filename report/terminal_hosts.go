package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"peeratlas/geo"
)

// fittingHosts is the table of hosts in at most so many lines, if they suffice for one host.
// Reasons go first, then hosts.
func fittingHosts(s *Summary, lines int) *table {
	for hosts := mostHosts; hosts > leastHosts; hosts-- {
		for why := hosts; why > 0; why-- {
			if t := hostTable(s, hosts, why); t.lines() <= lines {
				return t
			}
		}
	}
	return hostTable(s, leastHosts, leastHosts)
}

// hostTable has a row for each socket of the first hosts; below those of so many hosts stands what
// speaks for them.
func hostTable(s *Summary, most, why int) *table {
	t := &table{column: []column{
		{head: "P2P HOSTS", rank: 0}, {head: "family", least: 8, rank: 2}, {head: "socket", rank: 1},
		{head: "peers", right: true, rank: 3}, {head: "networks", right: true, rank: 5},
		{head: "answered", right: true, rank: 4}, {head: "flows", right: true, rank: 6},
		{head: "sent", right: true, rank: 8}, {head: "received", right: true, rank: 8},
		{head: "countries", right: true, rank: 7}, {head: "verdict", rank: 9},
		{head: "first", rank: 10}, {head: "last", rank: 10}, {head: "name", least: 12, rank: 11}, {head: "process", least: 22, rank: 3}}}
	t.column[13].empty = !slices.ContainsFunc(s.Hosts, func(h Host) bool { return h.Name != "" })
	t.column[14].empty = s.Joined == nil
	if s.Totals.Hosts == 0 {
		t.column[0].head = "LIKELY HOSTS"
	}
	for i := range s.Hosts {
		if i == most {
			t.add(dim, "", "and "+counted(uint64(len(s.Hosts)-most), "more host", "more hosts"), "", "", "", "", "", "", "", "", "", "", "", "", "", "")
			break
		}
		hostRows(t, s, &s.Hosts[i], i < why)
	}
	return t
}

func hostRows(t *table, s *Summary, h *Host, why bool) {
	all := h.P2P
	all.add(h.Likely)
	verdict := h.Verdict + " (" + probability(h.Probability) + ")"
	name := h.Addr.String()
	if !h.Home {
		name += " (outside)"
	}
	row := []string{name, shareNames(h.Families), "", grouped(all.Peers()), "", "", grouped(all.Flows),
		octets(all.OctetsOut), octets(all.OctetsIn), grouped(h.Countries), verdict, clock(h.First, s), clock(h.Last, s), namedBy(h.Name, h.NameSource, h.NameTime, s), processWords(h.Processes)}
	row[5] = percent(all.Exchanged, all.Peers())
	if len(h.Sockets) == 0 {
		row[2] = "-"
		t.add(plain, because(h.Reasons, why), row...)
		return
	}
	more := uint64(len(h.Sockets)) + h.MoreSockets
	single := more == 1 && h.Sockets[0].Peers >= all.Peers()
	if !single {
		row[2] = "all"
		t.add(plain, "", row...)
		row = make([]string, len(row))
	}
	for i := range h.Sockets {
		k := &h.Sockets[i]
		if i == mostPerHost {
			t.add(dim, "", "", "", "and "+grouped(more-mostPerHost)+" more", "", "", "", "", "", "", "", "", "", "", "", "")
			break
		}
		row[1] = Clean(cmp.Or(k.Family, "unknown"), 0)
		row[2] = k.Protocol + "/" + strconv.Itoa(int(k.Port))
		row[3], row[4], row[5] = grouped(k.Peers), grouped(k.Networks), percent(k.Answered, k.P2PFlows)
		if !single {
			row[6], row[14] = grouped(k.P2PFlows), ownerWords(k.Owners, " or ")
		}
		t.add(plain, because(k.Reasons, why && i == 0), row...)
		row = make([]string, len(row)) // what concerns the host is not repeated
	}
}

// namedBy is a name with its source and time.
func namedBy(name, source string, when time.Time, s *Summary) string {
	if name == "" {
		return ""
	}
	return Clean(name, 60) + strings.TrimRight(" ("+source+" "+clock(when, s), " ") + ")"
}

// named tells what the peers are called, as far as lines are left: those with most octets first.
func (p *page) named(s *Summary, lines int) {
	var words []string
	for i := range s.Peers {
		if n := &s.Peers[i]; n.Name != "" {
			words = append(words, n.Addr.String()+" "+namedBy(n.Name, n.NameSource, n.NameTime, s))
		}
	}
	if lines > 0 && len(words) > 0 {
		p.labelled("Named", list(words, 3), margin, min(lines, 3), plain)
	}
}

// because writes the line of evidence that counts most.
func because(r []Reason, why bool) string {
	if len(r) == 0 || !why {
		return ""
	}
	text := Clean(r[0].Detail, 0)
	if text == "" {
		text = Clean(r[0].Claim, 0)
	}
	return "why: " + text + " (" + signed(r[0].Bits) + " bits)"
}

func percent(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatUint(part*100/whole, 10) + "%"
}

func shareNames(shares []Share) string {
	var names []string
	for _, f := range shares {
		names = append(names, Clean(f.Family, 0))
	}
	return strings.Join(names, ", ")
}

// facts writes what the verdicts rest on, what weakens them, and what to do next.
func (p *page) facts(s *Summary) {
	c := &s.Coverage
	// Numbers that are cut say something else: a narrow page gives them the lines that they need.
	few, many := 3, 8
	if p.columns < 80 {
		few = many
	}
	p.labelled("Looked at", lookedAt(s), margin, few, plain)
	if text := notSeen(c); text != "" {
		p.labelled("Not seen", text, margin, few, plain)
	}
	if len(s.Home) > 0 {
		p.labelled("Home", Clean(list(s.Home, 4), 0), margin, few, plain)
	}
	if text := databaseLine(s.Databases); text != "" {
		p.labelled("Geo", text, margin, many, plain) // credit is owed in full
	}
	for _, w := range s.Warnings {
		p.labelled("Warning", Clean(w, 0), margin, few, yellow)
	}
	if s.Joined != nil {
		p.labelled("Netstat", s.Joined.Words(), margin, few-1, plain)
	}
	// A command that is cut cannot be typed again.
	if len(s.Next) > 0 {
		p.labelled("Try", Clean(shellLine(s.Next), 0), margin, many, cyan)
	}
}

func lookedAt(s *Summary) string {
	c := &s.Coverage
	text := counted(c.Packets, "packet", "packets") + " (" + octets(c.WireOctets) + ") in " + counted(c.Flows, "flow", "flows")
	if when := period(c.First, c.Last); when != "" {
		text += ", " + when
	}
	if n := len(c.Inputs); n > 1 {
		text += ", from " + grouped(uint64(n)) + " inputs"
	}
	if n := len(c.Skipped); n > 0 {
		text += " (" + counted(uint64(n), "other file", "other files") + " not read)"
	}
	if words := countWords(c.Tunnelled); len(words) > 0 {
		text += "; tunnels undone: " + list(words, 3)
	}
	if c.Filtered > 0 {
		text += "; the filter left out " + counted(c.Filtered, "packet", "packets")
	}
	return text
}

// notSeen says which packets and flows told nothing.
func notSeen(c *Coverage) string {
	var short []Count
	for _, n := range c.NotFlows {
		reason, _, _ := strings.Cut(n.Reason, " (")
		short = append(short, Count{reason, n.Number})
	}
	var parts []string
	if len(short) > 0 {
		parts = append(parts, "packets: "+list(countWords(short), 4))
	}
	if c.OneWay > 0 {
		parts = append(parts, counted(c.OneWay, "one-way flow", "one-way flows"))
	}
	if c.CutFlows > 0 {
		parts = append(parts, counted(c.CutFlows, "flow", "flows")+" with cut payload")
	}
	return strings.Join(parts, "; ")
}

// databaseLine names the geo databases, their dates and whom to credit. The embedded ones have
// no other name here: their long ones are in the other formats.
func databaseLine(all []Database) string {
	var words, credits []string
	last := ""
	for _, d := range all {
		name := "embedded"
		if d.Path != geo.Embedded {
			name = Clean(d.Name, 40)
		}
		if words = append(words, name+" "+d.Date.Format(dayOnly)); name == last {
			words[len(words)-1] = d.Date.Format(dayOnly)
		}
		last = name
		if c := Clean(d.Attribution, 0); c != "" && !slices.Contains(credits, c) {
			credits = append(credits, c)
		}
	}
	return strings.Join(append([]string{list(words, 3)}, credits...), "; ")
}
