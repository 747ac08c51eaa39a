package view

import (
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// key does what a key says, and returns what the program is to do.
func (m *model) key(k tea.Key) tea.Cmd {
	name := k.String()
	if name == "ctrl+c" {
		return m.leave()
	}
	if m.typing {
		m.typeKey(name, k.Text)
		return nil
	}
	switch name {
	case "q":
		if m.page != nil { // as in a pager, and nobody ends a watch by mistake
			m.page = nil
			return nil
		}
		return m.leave()
	case "p":
		m.pause()
		return nil
	case "?", "f1":
		m.open(helpPage())
		return nil
	case "ctrl+l":
		return tea.ClearScreen
	}
	if m.page != nil {
		return m.pageKey(name)
	}
	m.paneKey(name)
	return nil
}

// leave ends the view, and asks the watch to end.
func (m *model) leave() tea.Cmd {
	if !m.quit && m.options.Quit != nil {
		go m.options.Quit() // it may take a while, or wait for this view
	}
	m.quit = true
	return tea.Quit
}

// pause holds the tables as they are, or lets them go on.
func (m *model) pause() {
	m.paused = !m.paused
	m.pausedAt = m.now()
	if !m.paused {
		m.look()
	}
}

func (m *model) paneKey(name string) {
	switch name {
	case "tab", "right", "l":
		m.turn((m.focus + 1) % numPanes)
	case "shift+tab", "left", "h":
		m.turn((m.focus + numPanes - 1) % numPanes)
	case "1", "2", "3", "4", "5":
		m.turn(int(name[0] - '1'))
	case "/":
		m.typing, m.typed, m.before = true, m.filter.text, m.filter
		if m.typed != "" {
			m.typed += " "
		}
	case "z":
		m.alone = !m.alone
	case "esc":
		m.back()
	default:
		m.rowKey(name)
	}
}

func (m *model) turn(focus int) { m.focus = focus }

// back undoes one thing: the filter, or else the selection, or else the whole screen of a pane.
func (m *model) back() {
	p := m.panes[m.focus]
	switch {
	case !m.filter.empty():
		m.setFilter(filter{})
	case p != nil && p.selected != nil:
		p.unselect()
	default:
		m.alone = false
	}
}

// rowKey moves within the pane in focus.
func (m *model) rowKey(name string) {
	p := m.fresh(m.focus)
	if p == nil {
		m.scrolled = scrollBy(m.scrolled, name, m.height)
		return
	}
	switch name {
	case "up", "k":
		p.move(-1)
	case "down", "j":
		p.move(1)
	case "pgup", "ctrl+b":
		p.move(-max(p.height-1, 2))
	case "pgdown", "ctrl+f", "space":
		p.move(max(p.height-1, 2))
	case "home", "g":
		p.choose(0)
	case "end", "G":
		p.choose(len(p.rows) - 1)
	case "s":
		p.nextSort()
		m.resort(p)
	case "S":
		p.reversed = !p.reversed
		m.resort(p)
	case "enter":
		m.enter(p)
	case "f":
		m.narrow(p)
	}
}

func (m *model) resort(p *pane) {
	p.arrange(m.passes(m.focus))
	if p.selected == nil {
		p.top = 0
	}
}

// scrollBy moves a text.
func scrollBy(at int, name string, page int) int {
	switch name {
	case "up", "k":
		at--
	case "down", "j":
		at++
	case "pgup", "ctrl+b":
		at -= max(page-4, 1)
	case "pgdown", "ctrl+f", "space":
		at += max(page-4, 1)
	case "home", "g":
		at = 0
	case "end", "G":
		at = 1 << 30
	}
	return max(at, 0)
}

func (m *model) pageKey(name string) tea.Cmd {
	switch name {
	case "esc", "backspace", "enter", "left", "h":
		m.page = nil
	case "y", "c":
		if m.page.copy != "" {
			m.flash = "The display filter was sent to the terminal's clipboard."
			return tea.SetClipboard(m.page.copy)
		}
	default:
		m.page.top = scrollBy(m.page.top, name, m.height)
	}
	return nil
}

// typeKey edits the filter. The panes follow as it is typed.
func (m *model) typeKey(name, text string) {
	switch name {
	case "enter":
		m.typing = false
		m.setFilter(parseFilter(m.typed))
		return
	case "esc":
		m.typing = false
		m.setFilter(m.before)
		return
	case "backspace":
		_, n := utf8.DecodeLastRuneInString(m.typed)
		m.typed = m.typed[:len(m.typed)-n]
	case "ctrl+u":
		m.typed = ""
	case "ctrl+w":
		for len(m.typed) > 0 && m.typed[len(m.typed)-1] == ' ' {
			m.typed = m.typed[:len(m.typed)-1]
		}
		for len(m.typed) > 0 && m.typed[len(m.typed)-1] != ' ' {
			m.typed = m.typed[:len(m.typed)-1]
		}
	default:
		m.insert(text)
		return
	}
	m.setFilter(parseFilter(m.typed))
}

// insert adds what was typed or pasted, as far as it is text.
func (m *model) insert(text string) {
	for _, r := range text {
		if unicode.IsPrint(r) && len(m.typed)+utf8.RuneLen(r) <= mostFilter {
			m.typed += string(r)
		}
	}
	m.setFilter(parseFilter(m.typed))
}
