package view

import (
	"strconv"
	"strings"
	"time"

	"peeratlas/report"
)

// late is how old the last look may be before the head says so.
const late = 15 * time.Second

// fill puts left and right on one line. Where it is too narrow, the left is cut.
func (m *model) fill(left, right string) string {
	g := m.palette.glyphs
	right = g.fit(right, m.width)
	left = g.fit(left, max(m.width-report.Columns(right)-1, 0))
	return pad(left, m.width-report.Columns(right), false) + right
}

// titleLine says what is watched, since when, and what the process may do.
func (m *model) titleLine() string {
	g := m.palette.glyphs
	var words []string
	if m.width >= narrow {
		words = append(words, m.options.Program)
	}
	if inputs := strings.Join(m.options.Inputs, " "); inputs != "" {
		words = append(words, inputs)
	}
	right := ""
	if l := m.latest; l != nil {
		if l.Last {
			words = append(words, "ended after "+lasting(l.Time.Sub(l.Began)))
			if len(l.Interfaces) == 0 {
				words[len(words)-1] = "read to its end"
			}
		} else if len(l.Interfaces) > 0 {
			words = append(words, "running "+lasting(m.now().Sub(l.Began)))
		} else {
			words = append(words, "reading")
		}
		if m.width >= narrow {
			words = append(words, m.sandboxWords())
		}
		right = m.timeWords()
	}
	if m.paused {
		right = "PAUSED at " + clock(m.pausedAt, m.now())
		if m.waiting > 0 && m.width >= 60 {
			right += ", " + report.Counted(uint64(m.waiting), "look waits", "looks wait")
		}
	}
	return m.palette.marked.Render(m.fill(" "+strings.Join(words, g.separator), right+" "))
}

func (m *model) sandboxWords() string {
	if m.latest.Sandbox == "" {
		return "no sandbox"
	}
	if m.width < 120 {
		return "sandboxed"
	}
	return "sandbox: " + m.latest.Sandbox
}

// timeWords is the time of what is shown, and says if nothing newer comes.
func (m *model) timeWords() string {
	l := m.latest
	if age := m.now().Sub(m.arrived); age > late && !l.Last && len(l.Interfaces) > 0 {
		return "no news for " + lasting(age)
	}
	text := clock(l.Time, l.Time) + " UTC"
	if m.width >= 100 {
		text = l.Time.UTC().Format(time.DateOnly) + " " + text
	}
	return text
}

// findingLine says in numbers what was found.
func (m *model) findingLine() string {
	g := m.palette.glyphs
	if m.shown == nil {
		return m.palette.bold.Render(g.fit("Found  nothing yet", m.width))
	}
	t := &m.shown.Summary.Totals
	var text string
	switch {
	case t.P2P.Peers() > 0 && m.width < narrow:
		text = report.Counted(t.P2P.Peers(), "peer", "peers") + " in " + report.Counted(t.Countries, "country", "countries")
	case t.P2P.Peers() > 0:
		text = report.Counted(t.Hosts, "host", "hosts") + ", " + report.Counted(t.P2P.Peers(), "peer", "peers") + " in " +
			report.Counted(t.Countries, "country", "countries") + ": " + report.Grouped(t.P2P.Exchanged) + " exchanged, " +
			report.Grouped(t.P2P.Probed) + " probed"
		if t.LikelyFlows > 0 {
			text += "; " + report.Counted(t.LikelyFlows, "flow", "flows") + " likely"
		}
	case t.LikelyFlows > 0:
		text = report.Counted(t.LikelyFlows, "flow is", "flows are") + " likely peer-to-peer, none is certain"
	default:
		text = "no encrypted peer-to-peer so far, in " + report.Counted(t.Flows, "flow", "flows")
	}
	return g.label(m.palette, "Found  ", text, m.width)
}

// label writes a word in bold and text beside it.
func (g *glyphs) label(p *palette, word, text string, width int) string {
	return p.bold.Render(g.fit(word, width)) + g.fit(text, width-len(word))
}

// rateLine says how much there is to look at, now and over the last looks.
func (m *model) rateLine() string {
	g := m.palette.glyphs
	if m.latest == nil {
		return g.label(m.palette, "Rate   ", "no packet yet", m.width)
	}
	now := &m.tracker.now
	text := report.Grouped(uint64(now.packets+0.5)) + " packets/s  " + bits(now.bits)
	var packets uint64
	for i := range m.latest.Interfaces {
		packets += m.latest.Interfaces[i].Received
	}
	flows := m.latest.Summary.Totals.Flows
	packets = max(packets, m.latest.Summary.Coverage.Packets)
	text = pad(text, 30, false) + "  "
	room := m.width - len("Rate   ") - report.Columns(text)
	rates, span := m.tracker.recent(max(min(room-10, m.width/4), 0))
	if len(rates) > 1 {
		text += g.spark(rates) + " " + short(span) + "   "
	}
	tail := report.Counted(packets, "packet", "packets") + ", " + report.Counted(flows, "flow", "flows") + " held"
	if report.Columns(text)+report.Columns(tail)+len("Rate   ") <= m.width {
		text += tail
	}
	return g.label(m.palette, "Rate   ", text, m.width)
}

// short writes a span in its greatest unit.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return "under 1 s"
	case d < 2*time.Minute:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	}
	return strconv.Itoa(int(d.Round(time.Hour)/time.Hour)) + " h"
}

// spark draws rates as bars, the highest as the whole of a cell and nothing as a blank.
func (g *glyphs) spark(rates []float64) string {
	top := 0.0
	for _, r := range rates {
		top = max(top, r)
	}
	var b strings.Builder
	for _, r := range rates {
		if r <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(g.bars[max(0, min(int(r/top*8+0.5)-1, 7))])
	}
	return b.String()
}

// troubled tells whether something is going wrong now.
func (m *model) troubled() bool {
	return m.latest != nil && (m.tracker.loss.now || m.downWords() != "" || m.late())
}

func (m *model) late() bool {
	l := m.latest
	return l != nil && !l.Last && len(l.Interfaces) > 0 && m.now().Sub(l.Time) > late
}

// lossLine says what was not seen. It is red only while that goes on.
func (m *model) lossLine() string {
	g := m.palette.glyphs
	if m.latest == nil {
		return g.label(m.palette, "Loss   ", "none", m.width)
	}
	text := m.lossWords()
	if down := m.downWords(); down != "" {
		text = down + "; " + text
	}
	if m.troubled() {
		return m.palette.alarm.Render(g.fit("LOSS   "+text, m.width))
	}
	return g.label(m.palette, "Loss   ", text, m.width)
}

// downWords names interfaces that are down.
func (m *model) downWords() string {
	var words []string
	for i := range m.latest.Interfaces {
		if is := &m.latest.Interfaces[i]; !is.Up && !m.latest.Last {
			word := m.palette.glyphs.fit(is.Name, 20) + " is down"
			if i < len(m.tracker.down) && !m.tracker.down[i].IsZero() {
				word += " since " + clock(m.tracker.down[i], m.latest.Time)
			}
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// lossWords tells of losses in plain words, what matters most first: the end may be cut.
func (m *model) lossWords() string {
	l, t := m.latest, &m.tracker
	if len(l.Interfaces) == 0 {
		return m.fileLossWords()
	}
	var received, lost, undecodable uint64
	for i := range l.Interfaces {
		is := &l.Interfaces[i]
		received += is.Received
		lost += is.DroppedByKernel + is.DroppedByInterface
		undecodable += is.Undecodable
	}
	var text string
	switch {
	case t.loss.now:
		text = "going on since " + clock(t.loss.began, l.Time) + ": " + lostWords(&t.loss)
	case t.losses > 0:
		text = "over: " + clock(t.loss.began, l.Time) + " to " + clock(t.loss.ended, l.Time) + ", " + lostWords(&t.loss)
	default:
		text = "none by kernel or interface"
	}
	if t.losses > 1 {
		text += "; " + report.Grouped(uint64(t.losses)) + " times, " + share(lost, received+lost) + " in all"
	}
	if g := l.Gaps.Words(); g != "" {
		text += "; " + g
	}
	if undecodable > 0 {
		text += "; " + report.Grouped(undecodable) + " undecodable"
	}
	return text
}

func lostWords(l *loss) string {
	text := report.Counted(l.lost(), "packet", "packets") + " (" + share(l.lost(), l.received+l.lost()) + ") "
	switch {
	case l.byInterface == 0:
		return text + "by the kernel, its ring was full"
	case l.kernel == 0:
		return text + "by the interface"
	}
	return strings.TrimRight(text, " ") + ": " + report.Grouped(l.kernel) + " by the kernel, " + report.Grouped(l.byInterface) + " by the interface"
}

// fileLossWords tells of what a file lacks.
func (m *model) fileLossWords() string {
	text := "none"
	if lines := m.latest.Summary.Coverage.LossLines(); len(lines) > 0 {
		text = strings.Join(lines, "; ")
	}
	if g := m.latest.Gaps.Words(); g != "" {
		text += "; " + g
	}
	return text
}
