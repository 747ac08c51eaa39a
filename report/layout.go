package report

import (
	"bytes"
	"slices"
	"strings"
)

// TextOptions say what the reader's terminal can show. The caller knows; this package asks nobody.
type TextOptions struct {
	Width  int  // columns; default 80, at least 40
	Colour bool // ANSI colours (ECMA-48 SGR)
}

func (o TextOptions) width() int {
	if o.Width <= 0 {
		return 80
	}
	return max(o.Width, 40)
}

// page is text on its way to a terminal.
type page struct {
	bytes.Buffer
	columns int
	colour  bool
}

func newPage(o TextOptions) *page { return &page{columns: o.width(), colour: o.Colour} }

// style is an SGR parameter.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// paint returns clean text in a style. Its width does not change.
func (p *page) paint(s string, as style) string {
	if !p.colour || as == plain || s == "" {
		return s
	}
	return "\x1b[" + string(as) + "m" + s + "\x1b[0m"
}

func (p *page) line(s string, as style) {
	p.WriteString(p.paint(strings.TrimRight(s, " "), as))
	p.WriteByte('\n')
}

// leastBeside is how many columns text needs beside its label.
const leastBeside = 16

// text writes clean sentences on as many lines as they need.
func (p *page) text(s string, as style) {
	for _, l := range wrap(s, p.columns) {
		p.line(l, as)
	}
}

// usual is the width for which numbers of lines are meant: where it is narrower, text may take more.
const usual = 80

// labelled writes a label in a margin and text beside it, on at most so many lines of usual width.
func (p *page) labelled(label, text string, margin, lines int, as style) {
	if p.columns-margin < leastBeside { // too narrow for both: the text goes below
		p.line(Clean(label, p.columns), dim)
		label, margin = "", margin/4
	}
	room := p.columns - margin
	if p.columns < usual {
		lines = (lines*(usual-margin) + room - 1) / room
	}
	wrapped := wrap(text, room)
	if len(wrapped) > lines {
		rest := strings.Join(wrapped[lines-1:], " ")
		wrapped = append(wrapped[:lines-1], Clean(rest, room))
	}
	for i, w := range wrapped {
		if i > 0 {
			label = ""
		}
		p.WriteString(p.paint(label, dim) + strings.Repeat(" ", max(margin-columns(label), 0)))
		p.line(w, as)
	}
}

// wrap breaks clean text into lines of at most so many columns, between words where it can.
func wrap(s string, most int) []string {
	most = max(most, 1)
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(s) {
		w := columns(word)
		if used > 0 && used+1+w > most {
			lines = append(lines, line)
			line, used = "", 0
		}
		for w > most {
			head := breakAt(word, most)
			lines = append(lines, word[:head])
			word = word[head:]
			w = columns(word)
		}
		if word == "" {
			continue
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += w
	}
	if line == "" && len(lines) > 0 {
		return lines
	}
	return append(lines, line)
}

// breakAt is how many octets of a clean word fill so many columns; at least one character.
func breakAt(word string, most int) int {
	used := 0
	for i, r := range word {
		if used += width(r); used > most && i > 0 {
			return i
		}
	}
	return len(word)
}

// column is one column of a table.
type column struct {
	head  string
	right bool
	least int // columns that it may be shortened to; 0 is no less than its widest cell
	rank  int // the column of the lowest rank stays longest when the page is narrow
	empty bool
}

// table is laid out to the width of a page: columns that do not fit are left out.
type table struct {
	column []column
	row    [][]string // clean cells
	style  []style    // by row
	note   []string   // by row: a line below it, "" is none
}

func (t *table) add(as style, note string, cells ...string) {
	t.row, t.style, t.note = append(t.row, cells), append(t.style, as), append(t.note, note)
}

const gap = 2 // columns between columns

// widths chooses the columns that fit, and how wide each is; 0 leaves one out.
func (t *table) widths(most int) []int {
	natural := make([]int, len(t.column))
	order := make([]int, 0, len(t.column))
	for i, c := range t.column {
		natural[i] = columns(c.head)
		for _, r := range t.row {
			natural[i] = max(natural[i], columns(r[i]))
		}
		if !c.empty {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.column[a].rank - t.column[b].rank })
	out := make([]int, len(t.column))
	left := most + gap
	for n, i := range order {
		w := natural[i]
		if l := t.column[i].least; l > 0 {
			w = min(w, max(l, columns(t.column[i].head)))
		}
		if n > 0 && w+gap > left {
			continue
		}
		out[i] = w
		left -= w + gap
	}
	for _, i := range order {
		if out[i] > 0 && left > 0 {
			more := min(natural[i]-out[i], left)
			out[i] += more
			left -= more
		}
	}
	return out
}

// write prints the table under its head.
func (p *page) table(t *table, indent int) {
	widths := t.widths(p.columns - indent)
	heads := make([]string, len(t.column))
	for i, c := range t.column {
		heads[i] = c.head
	}
	p.line(t.format(heads, widths, indent), bold)
	for i, r := range t.row {
		p.line(t.format(r, widths, indent), t.style[i])
		if t.note[i] != "" {
			p.line(strings.Repeat(" ", indent+gap)+Clean(t.note[i], p.columns-indent-gap), dim)
		}
	}
}

func (t *table) format(cells []string, widths []int, indent int) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent))
	for i, c := range cells {
		if widths[i] == 0 {
			continue
		}
		c = Clean(c, widths[i])
		blank := strings.Repeat(" ", max(widths[i]-columns(c), 0))
		if t.column[i].right {
			c = blank + c
		} else {
			c += blank
		}
		b.WriteString(c + strings.Repeat(" ", gap))
	}
	return b.String()
}
