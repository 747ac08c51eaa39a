package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
)

// The page of a diff is a frame around one section, which can stand in another page: its classes
// begin with "diff", and its colours are the frame's --ink, --paper, --line, --accent and --warn.
var (
	//go:embed diff_html.tmpl
	diffTemplate string
	//go:embed diff.css
	diffStyle string

	diffPages = template.Must(template.New("diff").Parse(diffTemplate))
)

// WriteDiffHTML writes d as one page of HTML that asks nothing of anybody: no script, no file, no
// font. Program is the name and version that stands at its end, "" for none. It writes once.
func WriteDiffHTML(w io.Writer, d *Diff, program string) error {
	section, err := diffSection(d)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = diffPages.ExecuteTemplate(&b, "page", struct {
		Style   template.CSS
		Finding string
		Section template.HTML
		Program string
	}{template.CSS(diffStyle), d.Finding, section, Clean(program, 0)})
	if err != nil {
		return fmt.Errorf("diff as HTML: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// diffSection is d as a section of a page, without the style.
func diffSection(d *Diff) (template.HTML, error) {
	var b bytes.Buffer
	if err := diffPages.ExecuteTemplate(&b, "section", diffPageOf(d)); err != nil {
		return "", fmt.Errorf("diff as HTML: %w", err)
	}
	return template.HTML(b.String()), nil // of a template that escapes
}

// diffPage is a Diff in words, all of them clean.
type diffPage struct {
	Finding, Warning, Same, Joined string
	Windows                        []windowPage
	Hosts                          []hostPage
	MoreHosts                      string
}

type windowPage struct{ Label, Words, Input, Looked, Missed string }

// hostPage is one host of the page.
type hostPage struct {
	Addr, Summary, Noise string
	News                 bool
	Groups               []diffGroup
	Gained, Lost         []countryShare
}

// diffGroup are the rows of one kind: what is gained, gone and kept.
type diffGroup struct {
	Name        string
	Row         []diffRow
	More        string // what the page leaves out
	Note        string
	Began, Went int
}

// diffRow is one line of the table: what was there before and after.
type diffRow struct {
	Change        string // Gained, Lost or Kept
	Word          string
	Before, After string // "" is nothing
	About         string
}

// countryShare is a country and how many of the host's peers are there.
type countryShare struct {
	Name  string
	Peers string
}

// What a page shows; JSON has all.
const (
	pageHosts = 50
	pagePeers = 60 // of one change
	pageKept  = 10 // of what stayed, peers and sockets
)

func diffPageOf(d *Diff) *diffPage {
	p := &diffPage{Finding: d.Finding, Warning: Clean(d.Warning, 0)}
	for i, w := range []*DiffWindow{&d.Before, &d.After} {
		p.Windows = append(p.Windows, windowPageOf([...]string{"Before", "After"}[i], w))
	}
	if d.Same > 0 {
		p.Same = counted(d.Same, "host with peers", "hosts with peers") + " did not change."
	}
	if d.Joined != nil {
		p.Joined = d.Joined.Words() + "."
	}
	for i := range d.Hosts[:min(len(d.Hosts), pageHosts)] {
		p.Hosts = append(p.Hosts, hostPageOf(&d.Hosts[i], d))
	}
	if n := len(d.Hosts) - pageHosts; n > 0 {
		p.MoreHosts = counted(uint64(n), "more host", "more hosts") + " changed; --format json has them."
	}
	return p
}

func windowPageOf(label string, w *DiffWindow) windowPage {
	p := windowPage{Label: label, Words: counted(w.Flows, "peer-to-peer flow", "peer-to-peer flows"), Input: Clean(inputName(w.Input), 0)}
	if when := period(w.First, w.Last); when != "" {
		p.Words += ", " + when
	}
	if c := w.Coverage; c != nil {
		p.Looked = lookedAt(&Summary{Coverage: *c})
		p.Missed = notSeen(c)
		for _, line := range c.LossLines() {
			if p.Missed != "" {
				p.Missed += "; "
			}
			p.Missed += Clean(line, 0)
		}
	}
	return p
}

func hostPageOf(h *HostDiff, d *Diff) hostPage {
	p := hostPage{Addr: h.Addr.String(), News: h.News, Noise: h.noiseWords(d),
		Summary: counted(uint64(len(h.Gained)), "new peer", "new peers") + ", " + grouped(uint64(len(h.Lost))) + " gone, " + grouped(h.Kept) + " stayed"}
	p.Groups = append(p.Groups, socketGroup(h))
	if d.Joined != nil {
		p.Groups = append(p.Groups, wordGroup("Processes", &h.Processes))
	}
	countries := countryGroup(h)
	p.Groups = append(p.Groups, wordGroup("Families", &h.Families), countries, peerGroup(h))
	for _, r := range countries.Row {
		switch r.Change {
		case Gained:
			p.Gained = append(p.Gained, countryShare{r.Word, r.After})
		case Lost:
			p.Lost = append(p.Lost, countryShare{r.Word, r.Before})
		}
	}
	return p
}

// noiseWords say how many new peers churn would bring, and what follows.
func (h *HostDiff) noiseWords(d *Diff) string {
	half := shortly(d.Before.length() / 2)
	text := "In the second half of the window before (" + half + "), " + counted(h.Noise.Churn, "peer was", "peers were") +
		" new. At that rate, with half a peer for what was too rare to be seen, the window after (" + shortly(d.After.length()) +
		") would bring " + strconv.FormatFloat(h.Noise.Expected, 'f', 1, 64) + ". "
	switch {
	case len(h.Gained) == 0:
		return text + "It brought none."
	case h.Noise.Chance < noiseChance:
		return text + "It brought " + grouped(uint64(len(h.Gained))) + ", which churn alone does with a probability " + under(h.Noise.Chance) + ": this is news."
	case h.News:
		return text + "It brought " + grouped(uint64(len(h.Gained))) + ", which churn explains, but of a family that was not there: this is news."
	}
	return text + "It brought " + grouped(uint64(len(h.Gained))) + ", which churn alone does with a probability of " + probability(h.Noise.Chance) + ": within the noise."
}

func under(p float64) string {
	if p < 0.0001 {
		return "under 0.0001"
	}
	return "of " + probability(p)
}
