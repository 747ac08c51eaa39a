package view

import (
	"strings"

	"peeratlas/report"
)

// foot is the line of help. Where it is narrow, the last hints go.
func (m *model) foot() string {
	g := m.palette.glyphs
	switch {
	case m.flash != "":
		return m.palette.accent.Render(g.fit(m.flash, m.width))
	case m.typing:
		text := "/" + m.typed
		hint := "  enter keeps it, esc drops it; country:DE family:skype -word"
		if over := len(text) + 1 - m.width; over > 0 {
			text = text[min(over, len(text)):]
		}
		return m.palette.bold.Render(g.fit(text, m.width)) + g.cursor + m.palette.faint.Render(g.fit(hint, m.width-report.Columns(text)-1))
	case m.page != nil && m.page.copy != "":
		return m.hints("esc back", g.upDown+" scroll", "y copy the display filter", "p pause", "? help")
	case m.page != nil:
		return m.hints("esc back", g.upDown+" scroll")
	case m.focus == paneCapture:
		return m.hints("q quit", "? help", "tab next pane", g.upDown+" scroll", "p pause")
	}
	esc := ""
	if !m.filter.empty() {
		esc = "esc no filter"
	}
	sort := "s sort"
	if p := m.panes[m.focus]; p.sorted >= 0 {
		sort = "s sort, S reverse"
	}
	return m.hints("q quit", "? help", "tab pane", g.upDown+" select", "enter open", "/ filter", esc, sort, m.pauseHint(), "f only this", "z whole screen")
}

func (m *model) pauseHint() string {
	if m.paused {
		return "p go on"
	}
	return "p pause"
}

// hints writes as many as there is room for, the keys apart from the words.
func (m *model) hints(all ...string) string {
	var b strings.Builder
	used := 0
	for _, h := range all {
		if h == "" || used+2+report.Columns(h) > m.width {
			continue
		}
		if used > 0 {
			b.WriteString("  ")
			used += 2
		}
		key, words, _ := strings.Cut(h, " ")
		b.WriteString(m.palette.title.Render(key) + " " + words)
		used += report.Columns(h)
	}
	return b.String()
}
