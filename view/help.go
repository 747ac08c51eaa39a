package view

import (
	"strings"

	"peeratlas/report"
)

// helpPart is a heading with what stands below it.
type helpPart struct {
	title string
	lines []helpLine
}

// helpLine is a key or a word, and what it does or means; without one it is a note.
type helpLine struct{ term, words string }

var help = []helpPart{
	{"Panes", []helpLine{
		{"tab, 1 to 5", "next pane, or the one of that number"},
		{"z", "the pane in focus takes the whole screen, or gives it back"},
	}},
	{"Rows", []helpLine{
		{"up down, j k", "select; the selection follows its thing when rows move"},
		{"PgUp PgDn", "a screenful; Home and End: the first, the last"},
		{"enter", "opens a country, host, peer or flow with its evidence"},
		{"f", "shows only what belongs to the selected one"},
		{"s, S", "sorts by the next column; reverses"},
		{"esc", "takes the filter away, then the selection"},
	}},
	{"Filter", []helpLine{
		{"/", "then text: rows of which some column contains it"},
		{"country:DE", "also host: peer: family: verdict: path: as: name: proto: port: process: contact:exchanged"},
		{"-family:webrtc", "rows of which that is not so"},
		{`"two words"`, "blanks inside of text"},
		{"", "All words must hold. Countries and hosts are shown if one of their peers passes."},
	}},
	{"Opened", []helpLine{
		{"y", "sends the Wireshark display filter to the clipboard (by the terminal: OSC 52)"},
		{"esc, q", "goes back"},
	}},
	{"Program", []helpLine{
		{"p", "pauses the tables; the head goes on"},
		{"ctrl+l", "draws the screen anew"},
		{"q, ctrl+c", "ends the watch"},
	}},
	{"Words", []helpLine{
		{"p2p", "probability 0.95 and above; likely: 0.5 and above"},
		{"exchanged", "payload went both ways; probed: it did not"},
		{"direct", "the address is the peer's own"},
		{"relayed", "something stands in for the peer: the country is the relay's"},
		{"probe", "never answered"},
		{"", "Faint rows are of peers that were only probed, or only likely. Times are UTC. Red is only what goes wrong now."},
	}},
}

// Columns of the help: the keys' and that of all, beyond which lines are hard to read. Where it is
// narrow, words stand below their keys.
const (
	helpTerms = 17
	helpWidth = 78
)

// writeHelp lays the help out.
func writeHelp(p *palette, width int) string {
	width = max(min(width, helpWidth), 8)
	var b strings.Builder
	for _, part := range help {
		b.WriteString(p.bold.Render(part.title) + "\n")
		for _, l := range part.lines {
			l.write(&b, width)
		}
	}
	return b.String()
}

func (l *helpLine) write(b *strings.Builder, width int) {
	words, first, indent := l.words, "  ", "  "
	switch {
	case l.term == "":
	case width >= narrow:
		first += pad(l.term, helpTerms, false)
		indent = strings.Repeat(" ", len(first))
	default: // in one with the words, which hang below it
		words, indent = l.term+" - "+words, "    "
	}
	for i, text := range report.Wrap(words, width-len(indent)) {
		if i == 0 {
			b.WriteString(first + text + "\n")
			continue
		}
		b.WriteString(indent + text + "\n")
	}
}

func helpPage() *page {
	return &page{title: "Help", write: func(m *model, width int) (string, bool) { return writeHelp(m.palette, width), true }}
}
