package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:generate go run ./generate

// HTMLOptions choose what WriteHTML writes. The zero value of a field means its default.
type HTMLOptions struct {
	Title    string         // default "Encrypted peer-to-peer traffic"
	Zone     *time.Location // of all times; default UTC
	Sections []string       // of HTMLSections, in any order; default all
	Top      int            // rows of each list; default DefaultTop; negative: as many as MaxHTML has room for
	Made     time.Time      // when the report was made; default: not told
	Diff     *Diff          // of a moment; default: the section is left out
	Inputs   []InputFile    // the evidence that the report rests on
	Settings []string       // words of the command line
	Redacted bool           // hosts have pseudonyms: filters leave them out
}

// InputFile is a capture as it lay there when the report was made.
type InputFile struct {
	Name    string
	Octets  int64
	SHA256  string // in hexadecimal, "" if it cannot be had
	Problem string // why not, "" if it can
}

// DefaultTop is how many rows each list of the HTML report has unless told otherwise.
const DefaultTop = 1000

// MaxHTML is the most octets that WriteHTML writes, whatever Top asks for. Rows that have no room are
// counted and added up in the page.
const MaxHTML = 10_000_000

// HTMLSections are the sections of the HTML report, in the order of the page.
func HTMLSections() []string {
	return []string{"map", "countries", "hosts", "timeline", "peers", "why", "diff", "policy", "risk", "coverage", "evidence"}
}

//go:embed html
var htmlFiles embed.FS

// htmlPage is the template with all that it embeds, made once.
var htmlPage = sync.OnceValue(func() *htmlParts {
	style := readParts("html/style.css", "html/tables.css", "html/map.css", "html/print.css")
	script := "'use strict';(function(){\n" + readParts("html/sort.js", "html/table.js", "html/map.js", "html/copy.js") + "})();\n"
	h := &htmlParts{style: style, script: script}
	h.page = template.Must(template.New("page").Funcs(htmlFuncs).ParseFS(htmlFiles, "html/*.tmpl"))
	h.policy = "default-src 'none'; img-src data:; style-src " + sourceHash(style) + "; script-src " + sourceHash(script) +
		"; base-uri 'none'; form-action 'none'"
	return h
})

type htmlParts struct {
	page                  *template.Template
	style, script, policy string
}

func readParts(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		text, err := htmlFiles.ReadFile(n)
		if err != nil {
			panic(err) // embedded: the program was built without it
		}
		b.Write(text)
	}
	return b.String()
}

// sourceHash names a style or script to a Content Security Policy (CSP level 3, section 2.3.1).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes s as one HTML page that needs nothing else: no request goes anywhere, and without
// its script all is still there to read. Text of the wire is shown as text. At most MaxHTML octets
// are written, at once.
func WriteHTML(w io.Writer, s *Summary, o HTMLOptions) error {
	for _, name := range o.Sections {
		if !slices.Contains(HTMLSections(), name) {
			return fmt.Errorf("report as HTML: there is no section %q: choose of %s", name, strings.Join(HTMLSections(), ", "))
		}
	}
	parts := htmlPage()
	p := newHTMLPage(s, o, parts)
	var b bytes.Buffer
	if err := parts.page.ExecuteTemplate(&b, "page", p); err != nil {
		return fmt.Errorf("report as HTML: %w", err)
	}
	if p.err != nil {
		return fmt.Errorf("report as HTML: %w", p.err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// htmlView is what the templates see. All its text is clean.
type htmlView struct {
	*Summary
	o      HTMLOptions
	parts  *htmlParts
	oneDay bool
	err    error
	risks  []Risk

	Style  template.CSS
	Script template.JS
	CSP    string
	Title  string
}

func newHTMLPage(s *Summary, o HTMLOptions, parts *htmlParts) *htmlView {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Top == 0 {
		o.Top = DefaultTop
	}
	p := &htmlView{Summary: s, o: o, parts: parts, Style: template.CSS(parts.style), Script: template.JS(parts.script), CSP: parts.policy,
		Title: Clean(o.Title, 200)}
	if p.Title == "" {
		p.Title = "Encrypted peer-to-peer traffic"
	}
	c := &s.Coverage
	p.oneDay = !c.First.IsZero() && sameDay(c.First.In(o.Zone), c.Last.In(o.Zone))
	return p
}

// Has tells whether the page has a section.
func (p *htmlView) Has(name string) bool {
	switch {
	case name == "diff" && p.o.Diff == nil, name == "policy" && p.Policy == nil && !slices.Contains(p.o.Sections, name):
		return false
	}
	return len(p.o.Sections) == 0 || slices.Contains(p.o.Sections, name)
}

// htmlRows is a list of which not all may be shown.
type htmlRows struct {
	Label string
	HTML  template.HTML // rows that were rendered
	Shown int
	All   int
	Rest  Tally // what the others add up to, of lists of peers
	Full  bool  // the page had no room for more
}

// Hidden is how many rows are not shown.
func (r *htmlRows) Hidden() int { return r.All - r.Shown }

// rows renders all of a list that --top and the page have room for. A row is a template.
func rows[T any](p *htmlView, name string, budget int, list []T, view func(*T) any) *htmlRows {
	out := &htmlRows{All: len(list)}
	var b bytes.Buffer
	for i := range list {
		if p.o.Top > 0 && i >= p.o.Top {
			break
		}
		before := b.Len()
		if err := p.parts.page.ExecuteTemplate(&b, name, view(&list[i])); err != nil {
			p.err = err
			return out
		}
		if b.Len() > budget {
			b.Truncate(before)
			out.Full = true
			break
		}
		out.Shown++
	}
	out.HTML = template.HTML(b.String()) // of a template, which escaped what is not ours
	return out
}

// Octets that lists of the page may take: with the rest, and the map, less than MaxHTML.
const (
	budgetPeers     = 4_500_000
	budgetHosts     = 800_000
	budgetWhy       = 1_200_000
	budgetRisk      = 1_000_000
	budgetDiff      = 700_000
	budgetPolicy    = 500_000 // breaches, and warnings: each
	budgetReported  = 200_000
	budgetCountries = 300_000
	budgetCoverage  = 100_000 // of each list
)
