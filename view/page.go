package view

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"peeratlas/report"
)

// page is text that was opened over the panes: a thing with its evidence, or the help.
type page struct {
	title string
	copy  string // display filter for the clipboard; "" is none
	top   int
	lines []string // as drawn last; nil is to be written anew
	// write tells of the thing as of now. It returns false if the thing is gone: then what was
	// told before stays.
	write func(m *model, width int) (text string, ok bool)
	held  string    // what was written last
	as    time.Time // of which look
	gone  bool
}

func (m *model) open(p *page) { m.page = p }

// enter opens what is selected; with nothing selected, it selects what comes first.
func (m *model) enter(p *pane) {
	if p.selected == nil {
		p.move(1)
		return
	}
	switch id := p.selected.(type) {
	case string:
		m.open(m.countryPage(id))
	case netip.Addr:
		if m.focus == paneHosts {
			m.open(m.hostPage(id))
		} else {
			m.open(m.peerPage(id))
		}
	case sighted:
		m.open(m.flowPage(id))
	}
}

// narrow filters all panes by what is selected.
func (m *model) narrow(p *pane) {
	var text string
	switch id := p.selected.(type) {
	case string:
		text = "country:" + id
	case netip.Addr:
		text = "peer:" + id.String()
		if m.focus == paneHosts {
			text = "host:" + id.String()
		}
	case sighted:
		if s := m.sightings.of[id]; s != nil {
			text = "peer:" + s.addr(s.far).String()
		}
	}
	if text != "" {
		m.setFilter(parseFilter(text))
	}
}

// textOptions are the view's for what package report writes.
func textOptions(width int) report.TextOptions { return report.TextOptions{Width: width, Colour: true} }

func (m *model) hostPage(a netip.Addr) *page {
	return &page{title: "Host", copy: report.AddressFilter(a), write: func(m *model, width int) (string, bool) {
		i := m.hosts.index(a)
		if i < 0 {
			return "", false
		}
		var b bytes.Buffer
		_ = report.WriteHost(&b, &m.hosts.rows[i], textOptions(width))
		m.addFlows(&b, width, "Its newest flows, as far as they are held:", func(s *sighting) bool { return s.addr(0) == a || s.addr(1) == a })
		return b.String(), true
	}}
}

func (m *model) peerPage(a netip.Addr) *page {
	return &page{title: "Peer", copy: report.AddressFilter(a), write: func(m *model, width int) (string, bool) {
		i := m.peers.index(a)
		if i < 0 {
			return "", false
		}
		var b bytes.Buffer
		_ = report.WritePeer(&b, &m.peers.rows[i], textOptions(width))
		of := func(s *sighting) bool { return s.addr(s.far) == a }
		m.addFlows(&b, width, "Its newest flows, as far as they are held:", of)
		if best := m.best(of); best != nil {
			b.WriteString("\nThe evidence of that which is judged surest:\n\n")
			_ = report.WriteExplain(&b, []*report.Record{&best.Record}, nil, textOptions(width))
		}
		return b.String(), true
	}}
}

// best is the flow of the greatest probability that passes, the newest of equal ones.
func (m *model) best(pass func(*sighting) bool) *sighting {
	var best *sighting
	for _, s := range m.sightings.list {
		if pass(s) && (best == nil || s.Record.Verdict.Probability > best.Record.Verdict.Probability) {
			best = s
		}
	}
	return best
}

func (m *model) flowPage(id sighted) *page {
	return &page{title: "Flow", copy: report.FlowFilter(&id.key), write: func(m *model, width int) (string, bool) {
		s := m.sightings.of[id]
		if s == nil {
			return "", false
		}
		var b bytes.Buffer
		if o := s.owner(); o != (report.Owner{}) {
			b.WriteString("Process   " + m.palette.glyphs.fit(process(o)+", user "+o.User, max(width-10, 1)) + "\n")
		}
		_ = report.WriteExplain(&b, []*report.Record{&s.Record}, nil, textOptions(width))
		if s.News&report.Ended != 0 {
			b.WriteString("\nThe flow has ended: this is final.\n")
		} else {
			b.WriteString("\nThe flow goes on: the verdict may yet improve.\n")
		}
		return b.String(), true
	}}
}

func (m *model) countryPage(code string) *page {
	return &page{title: "Country", write: func(m *model, width int) (string, bool) {
		i := m.countries.index(code)
		if i < 0 {
			return "", false
		}
		var b bytes.Buffer
		_ = report.WriteCountry(&b, &m.countries.rows[i], textOptions(width))
		p := newPane(&m.peers)
		p.arrange(func(i int) bool { return m.peers.rows[i].Row == code })
		m.addTable(&b, p, width, "Its peers:", 20)
		m.addFlows(&b, width, "The newest flows, as far as they are held:", func(s *sighting) bool { return s.Record.Place(s.far) == code })
		return b.String(), true
	}}
}

const flowsOfPage = 12

// addFlows writes the newest flows that pass.
func (m *model) addFlows(b *bytes.Buffer, width int, words string, pass func(*sighting) bool) {
	t := &newest{}
	t.set(m.sightings.with(flowsOfPage, pass), m.shown)
	p := newPane(t)
	p.arrange(nil)
	m.addTable(b, p, width, words, flowsOfPage)
}

func (m *model) addTable(b *bytes.Buffer, p *pane, width int, words string, most int) {
	if len(p.rows) == 0 {
		return
	}
	b.WriteString("\n" + words + "\n")
	for _, line := range p.draw(m.palette, width, most+1, false) {
		b.WriteString(line + "\n")
	}
	if more := len(p.rows) - most; more > 0 {
		b.WriteString("  and " + report.Grouped(uint64(more)) + " more\n")
	}
}

// draw returns the lines of the page in sight.
func (p *page) draw(m *model, width, height int) []string {
	if p.lines == nil {
		if text, ok := p.write(m, width); ok {
			p.held, p.gone = text, false
			if m.shown != nil {
				p.as = m.shown.Time
			}
		} else {
			p.gone = true
		}
		p.lines = p.wrap(m, width)
	}
	p.top = max(0, min(p.top, len(p.lines)-height))
	return p.lines[p.top:min(p.top+height, len(p.lines))]
}

// wrap breaks lines that are to be copied and were not wrapped before.
func (p *page) wrap(m *model, width int) []string {
	lines := []string{}
	if p.gone {
		lines = append(lines, m.palette.bold.Render("It is not held any more; this is as of "+clock(p.as, m.now())+"."), "")
	}
	for line := range strings.SplitSeq(strings.TrimRight(p.held, "\n"), "\n") {
		line = m.palette.glyphs.line(line)
		if ansi.StringWidth(line) <= width {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, strings.Split(ansi.Wrap(line, width, ""), "\n")...)
	}
	return lines
}
