package view

import (
	"strconv"
	"strings"

	"peeratlas/report"
)

// captureBody tells of interfaces, of what was not seen, and of what the program uses.
func (m *model) captureBody(height int) []string {
	lines := m.captureLines()
	m.scrolled = max(0, min(m.scrolled, len(lines)-height))
	return lines[m.scrolled:min(m.scrolled+height, len(lines))]
}

func (m *model) captureLines() []string {
	var lines []string
	if len(m.latest.Interfaces) > 0 {
		p := newPane(&interfaces{rows: m.latest.Interfaces, lanes: m.tracker.lanes})
		p.arrange(nil)
		lines = append(p.draw(m.palette, m.width, len(p.rows)+1, true), "")
	}
	add := func(word, text string) {
		if text == "" {
			return
		}
		text = m.palette.glyphs.fit(text, mostText)
		for _, l := range report.Wrap(text, max(m.width-12, 20)) {
			lines = append(lines, m.palette.bold.Render(pad(word, 11, false))+" "+l)
			word = ""
		}
	}
	c := &m.latest.Summary.Coverage
	add("Loss", m.lossWords())
	add("Mirror", m.mirrorWords())
	if len(m.latest.Interfaces) > 0 {
		for _, l := range c.LossLines() {
			add("Damage", l)
		}
	}
	add("Packets", report.Counted(c.Packets, "packet", "packets")+" ("+octets(c.WireOctets)+"), "+report.Grouped(c.InFlows)+" of them in "+
		report.Counted(c.Flows, "flow", "flows")+"; "+report.Counted(c.OneWay, "flow was", "flows were")+" seen one way only")
	add("No flow", counts(c.NotFlows))
	add("Tunnels", counts(c.Tunnelled))
	add("Held", m.loadWords())
	add("View", m.viewWords())
	add("Sandbox", m.sandboxText())
	add("Home", strings.Join(m.latest.Summary.Home, ", "))
	for _, d := range m.latest.Summary.Databases {
		text := d.Name + " of " + d.Date.Format("2006-01-02") + " (" + d.Kind + ")"
		if d.Attribution != "" {
			text += "; " + d.Attribution
		}
		if d.Stale {
			text += "; it is old: holders may have changed"
		}
		add("Geo", text)
	}
	for _, w := range m.latest.Summary.Warnings {
		add("Warning", w)
	}
	return lines
}

// mirrorWords explain the estimate of what the mirror lost.
func (m *model) mirrorWords() string {
	g := &m.latest.Gaps
	if g.Acks == 0 {
		return "no estimate yet of what the mirror itself loses: it takes acknowledged TCP"
	}
	return report.Grouped(g.Unseen) + " of " + report.Counted(g.Acks, "acknowledgement was", "acknowledgements were") +
		" of octets that never came by (" + share(g.Unseen, g.Acks) + "), in " + report.Counted(g.Sampled, "flow", "flows")
}

func (m *model) loadWords() string {
	l := &m.latest.Load
	text := report.Counted(l.Flows, "flow", "flows")
	if l.MaxFlows > 0 {
		text += " of at most " + report.Grouped(l.MaxFlows)
	}
	text += "; " + report.Grouped(l.Evicted) + " pushed out early by the memory bound"
	if l.Evicted == 0 {
		text = strings.Replace(text, "; 0 ", "; none ", 1)
	}
	text += "; " + report.Grouped(l.Forgotten) + " let go after their end"
	if l.Memory > 0 {
		text += "; " + report.Octets(l.Memory) + " of memory"
	}
	if l.Judging > 0 {
		text += "; the last look took " + strconv.FormatInt(l.Judging.Milliseconds(), 10) + " ms"
	}
	return text
}

// viewWords say what this view leaves out.
func (m *model) viewWords() string {
	text := report.Counted(m.latest.Number, "look", "looks") + ", " + report.Grouped(m.inbox.passedOver()) + " never drawn because newer ones had come"
	text += "; the newest " + report.Grouped(uint64(len(m.sightings.list))) + " flows are listed"
	if gone := m.sightings.gone + m.missed; gone > 0 {
		text += ", " + report.Grouped(gone) + " older ones are not"
	}
	return text
}

func (m *model) sandboxText() string {
	if m.latest.Sandbox == "" {
		return "none: the process may do all that its user may"
	}
	return m.latest.Sandbox
}

// counts writes each count as a reason and its number.
func counts(all []report.Count) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.Reason + " (" + report.Grouped(c.Number) + ")"
	}
	return strings.Join(words, ", ")
}

// interfaces is the table of what came by which interface.
type interfaces struct {
	rows  []report.InterfaceCount
	lanes []lane
}

func (t *interfaces) columns() []column {
	return []column{
		{head: "INTERFACE", least: 9, rank: 0}, {head: "state", rank: 1},
		{head: "packets/s", right: true, rank: 2}, {head: "rate", right: true, rank: 3},
		{head: "packets", right: true, rank: 4}, {head: "kernel lost", right: true, rank: 5},
		{head: "interface lost", right: true, rank: 6}, {head: "undecodable", right: true, rank: 7},
		{head: "octets", right: true, rank: 9}, {head: "cut", right: true, rank: 8},
	}
}

func (t *interfaces) cell(i, column int) string {
	r := &t.rows[i]
	var now lane
	if i < len(t.lanes) {
		now = t.lanes[i]
	}
	switch column {
	case 0:
		return r.Name
	case 1:
		if r.Up {
			return "up"
		}
		return "DOWN"
	case 2:
		return report.Grouped(uint64(now.packets + 0.5))
	case 3:
		return bits(now.bits)
	case 4:
		return number(r.Received)
	case 5:
		return number(r.DroppedByKernel)
	case 6:
		return number(r.DroppedByInterface)
	case 7:
		return number(r.Undecodable)
	case 8:
		return octets(r.Octets)
	}
	return number(r.Cut)
}

func (t *interfaces) len() int                                  { return len(t.rows) }
func (t *interfaces) id(i int) any                              { return i }
func (t *interfaces) index(id any) int                          { return id.(int) }
func (t *interfaces) compare(_, _, _ int) int                   { return 0 }
func (t *interfaces) faint(int) bool                            { return false }
func (t *interfaces) field(int, string, func(string) bool) bool { return false }
func (t *interfaces) any(i int, yield func(string) bool)        { yield(t.rows[i].Name) }
