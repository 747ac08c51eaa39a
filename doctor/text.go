package doctor

import (
	"io"
	"strings"
	"unicode/utf8"

	"peeratlas/report"
)

// mostLines is what people read of a diagnosis: a screen.
const mostLines = 40

// margin is where the text begins beside severity and check.
const margin = 22

// How much is told of a finding, from most to least.
const (
	tellAll     = iota
	tellNoLimit // not the limits of hints
	tellRemedy  // of hints only what was measured and what to do
	tellShort   // of problems, too
	tellNames   // of what is sane, only the names
	numDetails
)

// WriteText writes r for people, in 40 lines at most.
func WriteText(w io.Writer, r *Report, o report.TextOptions) error {
	var lines []string
	for detail := range numDetails {
		lines = r.lines(o, detail)
		if len(lines) <= mostLines {
			break
		}
	}
	if len(lines) > mostLines {
		lines = append(lines[:mostLines-1], "more: --format json")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func (r *Report) lines(o report.TextOptions, detail int) []string {
	p := printer{columns: max(o.Width, 60), colour: o.Colour}
	if o.Width == 0 {
		p.columns = 80
	}
	p.wrapped("", r.sentence(), "1")
	p.wrapped("", r.source(), "")
	p.lines = append(p.lines, "")
	for _, s := range [...]Severity{Problem, Hint, Unknown, OK} {
		p.all(r, s, detail)
	}
	return p.lines
}

// sentence is the diagnosis in one sentence.
func (r *Report) sentence() string {
	problems, hints := r.number(Problem), r.number(Hint)
	parts := []string{}
	if problems > 0 {
		parts = append(parts, counted(uint64(problems), "problem", "problems"))
	}
	if hints > 0 {
		parts = append(parts, counted(uint64(hints), "hint", "hints"))
	}
	switch {
	case r.Packets == 0:
		return "Nothing came: there is nothing to examine."
	case problems > 0:
		return strings.Join(parts, " and ") + ": repair this before you trust verdicts from here."
	case r.Severity == Unknown:
		return strings.Join(append([]string{"Too little traffic to call this mirror port sane or not"}, parts...), "; ") + "."
	case hints > 0:
		return "Sane, with " + parts[0] + "."
	}
	return "Sane: nothing is wrong with how packets come."
}

func (r *Report) source() string {
	text := report.Clean(r.Input, 200)
	if r.Packets > 0 {
		text += ": " + counted(r.Packets, "packet", "packets") + " (" + octets(r.Octets) + "), " + r.First.Format("2006-01-02 15:04:05") + " to "
		if r.Last.Format("2006-01-02") == r.First.Format("2006-01-02") {
			text += r.Last.Format("15:04:05") + " UTC"
		} else {
			text += r.Last.Format("2006-01-02 15:04:05") + " UTC"
		}
	}
	if r.Interrupted {
		text += ", interrupted"
	}
	return text
}

// printer lays lines out.
type printer struct {
	lines   []string
	columns int
	colour  bool
}

// all prints the findings of one severity.
func (p *printer) all(r *Report, s Severity, detail int) {
	var names []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Severity != s {
			continue
		}
		if names = append(names, f.Check); s <= Unknown && detail >= tellNames {
			continue
		}
		p.finding(f, detail)
	}
	if s <= Unknown && detail >= tellNames && len(names) > 0 {
		p.wrapped(p.label(s, ""), strings.Join(names, ", "), "")
	}
}

var severityColours = [...]string{OK: "32", Unknown: "2", Hint: "33", Problem: "1;31"}

func (p *printer) label(s Severity, check string) string {
	word := s.String()
	if s == Problem {
		word = "PROBLEM"
	}
	return p.painted(word, severityColours[s]) + strings.Repeat(" ", 9-len(word)) + check + strings.Repeat(" ", margin-9-len(check))
}

func (p *printer) finding(f *Finding, detail int) {
	p.wrapped(p.label(f.Severity, f.Check), f.Measured, "")
	if f.Severity < Hint && f.Check != amountCheck {
		return
	}
	aside := strings.Repeat(" ", 9)
	tell := func(word, text, style string) {
		if text != "" {
			p.wrapped(aside+p.painted(word, "2")+strings.Repeat(" ", margin-9-len(word)), text, style)
		}
	}
	if f.Severity >= Unknown && (detail == tellAll || detail == tellNoLimit && f.Severity == Problem) {
		tell("limit", f.Limit, "2")
	}
	if detail < tellRemedy || detail < tellShort && f.Severity == Problem {
		tell("means", f.Means, "")
	}
	tell("do", f.Do, "")
}

func (p *printer) painted(s, style string) string {
	if !p.colour || style == "" || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// wrapped prints text beside a label that takes the margin, or from the first column without one.
func (p *printer) wrapped(label, text, style string) {
	blank := ""
	if label != "" {
		blank = strings.Repeat(" ", margin)
	}
	line := ""
	flush := func() {
		p.lines = append(p.lines, label+p.painted(line, style))
		label, line = blank, ""
	}
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > p.columns-len(blank) {
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	flush()
}
