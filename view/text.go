package view

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"peeratlas/report"
)

// glyphs are the characters beyond ASCII that the view draws itself, and what stands in for them
// where the terminal's locale has none.
type glyphs struct {
	ascii              bool
	bars               [8]string // an eighth to the whole of a character cell
	rising, falling    string
	ellipsis, upDown   string
	separator, cursor  string
	nothing, selection string
}

var unicodeGlyphs = glyphs{bars: [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, rising: "▲", falling: "▼", ellipsis: "…",
	upDown: "↑↓", separator: " · ", cursor: "█", nothing: "-", selection: ">"}

var asciiGlyphs = glyphs{ascii: true, bars: [8]string{"_", ".", ":", "-", "=", "+", "*", "#"}, rising: "^", falling: "v", ellipsis: "~",
	upDown: "j/k", separator: ", ", cursor: "_", nothing: "-", selection: ">"}

// glyphsFor goes by the locale (POSIX.1-2024, section 8.2): a terminal that says nothing is taken
// to know UTF-8, as nearly all do.
func glyphsFor(environ []string) *glyphs {
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		v := strings.ToLower(lookup(environ, name))
		if v == "" {
			continue
		}
		if strings.Contains(v, "utf-8") || strings.Contains(v, "utf8") {
			return &unicodeGlyphs
		}
		return &asciiGlyphs
	}
	return &unicodeGlyphs
}

// lookup is the value of a variable in environ; the last one counts, as for os/exec.
func lookup(environ []string, name string) string {
	value := ""
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

// mostText bounds the octets of a text of the wire that is looked at: no cell shows more.
const mostText = 400

// fit makes text from anywhere safe to show in at most so many columns (report.Clean). Text that
// terminals measure differently, such as emoji in parts or Devanagari, would push what is beside
// it out of line: its characters beyond ASCII are shown as numbers.
func (g *glyphs) fit(s string, most int) string {
	if most <= 0 {
		return ""
	}
	if len(s) > mostText {
		s = s[:mostText]
	}
	c := report.Clean(s, most)
	if asciiOnly(c) {
		return c
	}
	if !g.ascii && certain(c) {
		return c
	}
	c = report.Clean(numbered(report.Clean(s, 0)), most)
	if g.ascii {
		return strings.ReplaceAll(c, "…", g.ellipsis)
	}
	return c
}

func asciiOnly(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// certain tells whether s takes the same columns by runes, by wcwidth(3) and by grapheme clusters
// (Unicode Standard Annex 29), also between other text.
func certain(s string) bool {
	n := report.Columns(s) + 2
	s = " " + s + " "
	return ansi.StringWidth(s) == n && ansi.StringWidthWc(s) == n
}

// numbered writes the characters of clean text beyond ASCII as their numbers.
func numbered(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		hex := strconv.FormatInt(int64(r), 16)
		b.WriteString(`\u` + strings.Repeat("0", max(4-len(hex), 0)) + hex)
	}
	return b.String()
}

// pad fills s with blanks up to so many columns, on its left if right is set.
func pad(s string, to int, right bool) string {
	n := to - report.Columns(s)
	if n <= 0 {
		return s
	}
	if right {
		return strings.Repeat(" ", n) + s
	}
	return s + strings.Repeat(" ", n)
}

// clock writes a time of day, or the day before it if it is not now's. Times are UTC, as in reports.
func clock(t, now time.Time) string {
	switch t, now = t.UTC(), now.UTC(); {
	case t.IsZero():
		return ""
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04:05")
	case t.Year() == now.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02")
}

// lasting writes a duration in its two greatest units.
func lasting(d time.Duration) string {
	s := max(int64(d/time.Second), 0)
	two := func(n int64, unit string) string { return strconv.FormatInt(n, 10) + " " + unit }
	switch {
	case s < 60:
		return two(s, "s")
	case s < 3600:
		return two(s/60, "min") + " " + two(s%60, "s")
	case s < 86400:
		return two(s/3600, "h") + " " + two(s%3600/60, "min")
	}
	return two(s/86400, "d") + " " + two(s%86400/3600, "h")
}

// bits writes a rate in decimal multiples.
func bits(perSecond float64) string {
	unit := 0
	for perSecond >= 999.5 && unit < 4 {
		perSecond /= 1000
		unit++
	}
	digits := 1
	if unit == 0 || perSecond >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(perSecond, 'f', digits, 64) + " " + [...]string{"", "k", "M", "G", "T"}[unit] + "bit/s"
}

// share writes part of whole in per cent, never as nothing or all if it is neither.
func share(part, whole uint64) string {
	switch {
	case part == 0 || whole == 0:
		return "0 %"
	case part >= whole:
		return "100 %"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case p < 0.01:
		return "under 0.01 %"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + " %"
	}
	return strconv.FormatFloat(min(p, 99.9), 'f', 1, 64) + " %"
}

// number writes n, and nothing as a dash, so that numbers stand out.
func number(n uint64) string {
	if n == 0 {
		return "-"
	}
	return report.Grouped(n)
}

func octets(n uint64) string {
	if n == 0 {
		return "-"
	}
	return report.Octets(n)
}

// line is fit for a whole line that was cleaned and coloured before.
func (g *glyphs) line(s string) string {
	switch {
	case asciiOnly(s):
		return s
	case g.ascii:
		return numbered(strings.ReplaceAll(s, "…", g.ellipsis))
	case ansi.StringWidth(s) != ansi.StringWidthWc(s):
		return numbered(s)
	}
	return s
}
