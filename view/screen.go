package view

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"peeratlas/report"
)

// Heights at which the screen shows more.
const (
	fullHead  = 18  // the whole head
	someHead  = 12  // two lines of it
	stacked   = 20  // several panes
	sideWidth = 150 // countries and hosts beside each other
	narrow    = 60  // words are left out
)

// screen draws everything: exactly as many lines as the terminal has, none wider than it.
func (m *model) screen() string {
	if m.width < 1 || m.height < 1 {
		return ""
	}
	lines := m.headLines()
	foot := m.foot()
	room := m.height - len(lines) - 1
	if m.page != nil {
		text := m.page.draw(m, m.width, max(room-1, 0))
		lines = append(append(lines, m.pageTitle()), text...)
	} else {
		lines = append(lines, m.tabs())
		lines = append(lines, m.body(max(room-1, 0))...)
	}
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	lines = append(lines[:m.height-1], foot)
	for i := range lines {
		if ansi.StringWidth(lines[i]) > m.width {
			lines[i] = ansi.Truncate(lines[i], m.width, "")
		}
	}
	return strings.Join(lines, "\n")
}

// headLines are those above the panes, as many as the height has room for.
func (m *model) headLines() []string {
	lines := []string{m.titleLine()}
	switch {
	case m.height >= fullHead:
		return append(lines, m.findingLine(), m.rateLine(), m.lossLine())
	case m.height >= someHead:
		return append(lines, m.findingLine(), m.lossLine())
	case m.height >= 6 && m.troubled():
		return append(lines, m.lossLine())
	case m.height >= 6:
		return append(lines, m.findingLine())
	}
	return lines
}

// tabs names the panes, which of them the keys go to, and the filter.
func (m *model) tabs() string {
	var b strings.Builder
	used := 0
	for i, name := range paneNames {
		text := string(rune('1'+i)) + " " + name
		if p := m.panes[i]; p != nil && m.shown != nil && m.width >= narrow {
			text += " " + report.Grouped(uint64(p.table.len()))
		}
		if m.width < narrow && i != m.focus {
			text = text[:1]
		}
		if i == m.focus {
			text = "[" + text + "]"
			b.WriteString(m.palette.title.Render(text))
		} else {
			text = " " + text + " "
			b.WriteString(text)
		}
		used += len(text)
	}
	if room := m.width - used - 1; !m.filter.empty() && room > 10 {
		b.WriteString(" " + m.palette.accent.Render(m.palette.glyphs.fit("/"+m.filter.text, room)))
	}
	return b.String()
}

func (m *model) pageTitle() string {
	n := ""
	if total := len(m.page.lines); total > 0 {
		n = "  line " + report.Grouped(uint64(m.page.top+1)) + " of " + report.Grouped(uint64(total))
	}
	return m.palette.title.Render("["+m.page.title+"]") + m.palette.faint.Render(n)
}

// body draws the panes into so many lines.
func (m *model) body(height int) []string {
	if m.shown == nil {
		return m.words(height, m.waitingWords()...)
	}
	if m.focus == paneCapture {
		return m.captureBody(height)
	}
	if m.alone || m.height < stacked || m.focus == panePeers {
		return m.drawPane(m.focus, m.width, height, true)
	}
	if m.width >= sideWidth {
		return m.sideBySide(height)
	}
	return m.stack(height)
}

// drawPane draws one pane, or says why there is nothing in it.
func (m *model) drawPane(which, width, height int, only bool) []string {
	p := m.fresh(which)
	lines := p.draw(m.palette, width, height, which == m.focus)
	if len(p.rows) > 0 || height < 2 {
		return lines
	}
	for _, text := range m.emptyWords(which, only) {
		for _, l := range report.Wrap(m.palette.glyphs.fit(text, 400), width-2) {
			lines = append(lines, "  "+m.palette.faint.Render(l))
		}
	}
	return lines[:min(len(lines), height)]
}

// stack puts the three panes above each other. What one does not need, the next ones get.
func (m *model) stack(height int) []string {
	c, h := m.need(paneCountries), m.need(paneHosts)
	countries := min(c, max(height*3/10, 3))
	hosts := min(h, max(height*3/10, 3))
	rest := height - countries - hosts - 2
	if n := m.need(paneNewest); n < rest { // the newest need less
		countries = min(c, countries+rest-n)
		hosts = min(h, height-countries-n-2)
		rest = height - countries - hosts - 2
	}
	lines := make([]string, 0, height)
	add := func(which, height int) {
		drawn := m.drawPane(which, m.width, height, false)
		for len(drawn) < height {
			drawn = append(drawn, "")
		}
		lines = append(lines, drawn...)
	}
	add(paneCountries, countries)
	lines = append(lines, "")
	add(paneHosts, hosts)
	lines = append(lines, "")
	add(paneNewest, rest)
	return lines
}

// need is how many lines a pane could fill, with its head.
func (m *model) need(which int) int {
	if n := len(m.fresh(which).rows); n > 0 {
		return max(n, 2) + 1
	}
	return 4 // it is said why
}

const between = 3 // columns between panes

// sideBySide puts countries and hosts beside each other, and the newest flows below them.
func (m *model) sideBySide(height int) []string {
	upper := min(max(m.need(paneCountries), m.need(paneHosts)), max(height/2, 3))
	if n := m.need(paneNewest); n < height-upper-1 {
		upper = max(min(max(m.need(paneCountries), m.need(paneHosts)), height-n-1), upper)
	}
	left := (m.width - between) * 42 / 100
	a := m.drawPane(paneCountries, left, upper, false)
	b := m.drawPane(paneHosts, m.width-between-left, upper, false)
	lines := make([]string, 0, height)
	for i := range upper {
		line := ""
		if i < len(a) {
			line = a[i]
		}
		if i < len(b) {
			line += strings.Repeat(" ", max(left-ansi.StringWidth(line), 0)+between) + b[i]
		}
		lines = append(lines, line)
	}
	lines = append(lines, "")
	return append(lines, m.drawPane(paneNewest, m.width, height-upper-1, false)...)
}

// words writes sentences where a pane has no rows.
func (m *model) words(height int, sentences ...string) []string {
	lines := []string{""}
	for _, s := range sentences {
		for _, l := range report.Wrap(m.palette.glyphs.fit(s, 400), max(m.width-4, 8)) {
			lines = append(lines, "  "+l)
		}
	}
	return lines[:min(len(lines), height)]
}
