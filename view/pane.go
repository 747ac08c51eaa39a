package view

import (
	"cmp"
	"slices"
	"strings"

	"peeratlas/report"
)

// column is one column of a pane.
type column struct {
	head  string
	right bool // numbers
	down  bool // sorted with the greatest first
	least int  // columns that it may be shortened to; 0 is never shortened
	rank  int  // the column of the lowest rank stays longest when the screen is narrow
	hide  bool // there is nothing to show in it
}

// table is what a pane shows: rows as they were found, by number.
type table interface {
	fields
	columns() []column
	len() int
	// id names the thing in row i, whatever row it is in next time. It is comparable.
	id(i int) any
	// index is the row of a thing, -1 if it is gone.
	index(id any) int
	// cell is what stands in a column, as the wire and the databases gave it.
	cell(i, column int) string
	compare(i, j, column int) int
	// faint tells that a row matters less.
	faint(i int) bool
}

// pane is a table with what the user does to it. Only rows that are seen are formatted.
type pane struct {
	table    table
	rows     []int32 // of the table, that pass the filter, in order
	sorted   int     // column, -1 as the table has them
	reversed bool
	selected any // the id of a thing; nil if nothing is
	at       int // the place of the selected thing in rows
	top      int // the first of rows that is seen
	height   int // rows that were seen last
	widest   []int
	shown    []int // columns that were seen last
}

func newPane(t table) *pane { return &pane{table: t, sorted: -1} }

// arrange picks and orders the rows anew. The selection follows its thing, and stays on its line
// of the screen as far as there are rows.
func (p *pane) arrange(passes func(i int) bool) {
	p.rows = p.rows[:0]
	for i := range p.table.len() {
		if passes == nil || passes(i) {
			p.rows = append(p.rows, int32(i))
		}
	}
	p.order()
	p.follow()
}

func (p *pane) order() {
	if p.sorted < 0 {
		if p.reversed {
			slices.Reverse(p.rows)
		}
		return
	}
	sign := 1
	if p.table.columns()[p.sorted].down != p.reversed {
		sign = -1
	}
	slices.SortFunc(p.rows, func(a, b int32) int {
		return cmp.Or(sign*p.table.compare(int(a), int(b), p.sorted), cmp.Compare(a, b))
	})
}

// follow finds the selected thing again. If it is gone, what is in its place is selected.
func (p *pane) follow() {
	if p.selected == nil {
		return
	}
	if len(p.rows) == 0 {
		p.selected, p.at, p.top = nil, 0, 0
		return
	}
	at := -1
	if i := p.table.index(p.selected); i >= 0 {
		at = slices.Index(p.rows, int32(i))
	}
	if at < 0 {
		p.choose(min(p.at, len(p.rows)-1))
		return
	}
	p.top += at - p.at
	p.at = at
}

// choose selects a place of rows.
func (p *pane) choose(at int) {
	if len(p.rows) == 0 {
		return
	}
	p.at = max(0, min(at, len(p.rows)-1))
	p.selected = p.table.id(int(p.rows[p.at]))
}

// move changes the selection by so many rows. The first move selects the first row that is seen.
func (p *pane) move(by int) {
	if p.selected == nil {
		if at := p.top; by > 1 || by < -1 {
			p.choose(at + by)
		} else {
			p.choose(at)
		}
		return
	}
	p.choose(p.at + by)
}

// unselect lets the pane show what comes first again.
func (p *pane) unselect() { p.selected, p.at, p.top = nil, 0, 0 }

// nextSort sorts by the next column that is seen, and after the last as the table has it.
func (p *pane) nextSort() {
	next := -1
	for _, c := range p.shown {
		if c > p.sorted {
			next = c
			break
		}
	}
	p.sorted, p.reversed = next, false
}

// scroll brings the selection into sight, in so many rows.
func (p *pane) scroll(rows int) {
	p.height = max(rows, 1)
	if p.selected != nil {
		if p.at < p.top {
			p.top = p.at
		}
		if p.at >= p.top+p.height {
			p.top = p.at - p.height + 1
		}
	}
	p.top = max(0, min(p.top, len(p.rows)-p.height))
}

const (
	gap    = 2 // columns between columns
	marked = 2 // columns before the first: for the mark of the selection
)

// draw returns the head and the rows in sight, height lines at most of so many columns.
func (p *pane) draw(s *palette, width, height int, focused bool) []string {
	if height < 1 {
		return nil
	}
	p.scroll(height - 1)
	seen := p.rows[p.top:min(p.top+height-1, len(p.rows))]
	columns := p.table.columns()
	cells := make([][]string, len(seen))
	for n, i := range seen {
		cells[n] = make([]string, len(columns))
		for c := range columns {
			if !columns[c].hide {
				cells[n][c] = s.glyphs.fit(p.table.cell(int(i), c), width)
			}
		}
	}
	widths := p.widths(columns, cells, width-marked)
	lines := make([]string, 0, height)
	lines = append(lines, p.head(s, columns, widths, width, focused))
	for n, i := range seen {
		text := format(s, columns, widths, cells[n])
		switch selected := p.selected != nil && p.top+n == p.at; {
		case selected && focused:
			lines = append(lines, s.selected.Render(pad(s.glyphs.selection+" "+text, width, false)))
		case selected:
			lines = append(lines, s.bold.Render(s.glyphs.selection+" "+text))
		case p.table.faint(int(i)):
			lines = append(lines, s.faint.Render("  "+text))
		default:
			lines = append(lines, "  "+text)
		}
	}
	return lines
}

// head names the columns, marks the one that is sorted by, and the pane that the keys go to.
func (p *pane) head(s *palette, columns []column, widths []int, width int, focused bool) string {
	text := "  "
	for c, w := range widths {
		if w == 0 {
			continue
		}
		head, mark := s.glyphs.fit(columns[c].head, w), " "
		if c == p.sorted {
			mark = s.glyphs.rising
			if columns[c].down != p.reversed {
				mark = s.glyphs.falling
			}
		}
		switch { // the mark stands in the gap before a number's head or after a word's: nothing moves
		case columns[c].right:
			text += strings.Repeat(" ", w-len(head))
			text = text[:len(text)-1] + mark + head + "  "
		default:
			text += pad(head+mark, w+gap, false)
		}
	}
	text = pad(strings.TrimRight(text, " "), width, false)
	if focused {
		return s.headFocused.Render(text)
	}
	return s.head.Render(text)
}

// format puts cells into their columns, without trailing blanks.
func format(s *palette, columns []column, widths []int, cells []string) string {
	var b strings.Builder
	for c, w := range widths {
		if w == 0 {
			continue
		}
		b.WriteString(pad(s.glyphs.fit(cells[c], w), w, columns[c].right))
		b.WriteString("  ")
	}
	return strings.TrimRight(b.String(), " ")
}

// widths chooses the columns that fit, and how wide each is; 0 leaves one out. Columns do not
// shrink again when wide rows go out of sight, so that nothing jumps.
func (p *pane) widths(columns []column, cells [][]string, most int) []int {
	if len(p.widest) != len(columns) {
		p.widest = make([]int, len(columns))
	}
	order := make([]int, 0, len(columns))
	for c := range columns {
		w := report.Columns(columns[c].head)
		for _, r := range cells {
			w = max(w, report.Columns(r[c]))
		}
		p.widest[c] = max(p.widest[c], w)
		if !columns[c].hide {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return columns[a].rank - columns[b].rank })
	out := make([]int, len(columns))
	left := most + gap
	for n, c := range order {
		w := p.widest[c]
		if l := columns[c].least; l > 0 {
			w = min(w, max(l, report.Columns(columns[c].head)))
		}
		if n > 0 && w+gap > left {
			continue
		}
		out[c] = max(min(w, left-gap), 1)
		left -= out[c] + gap
	}
	for _, enough := range [...]int{28, 1 << 30} { // nobody takes all before each has something
		for _, c := range order {
			if out[c] > 0 && left > 0 {
				more := max(min(p.widest[c]-out[c], enough-out[c], left), 0)
				out[c] += more
				left -= more
			}
		}
	}
	p.shown = p.shown[:0]
	for c := range out {
		if out[c] > 0 {
			p.shown = append(p.shown, c)
		}
	}
	return out
}
