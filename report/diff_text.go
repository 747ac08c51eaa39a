package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// finding says in a sentence what changed. It holds no text of the wire.
func (d *Diff) finding() string {
	news, gained := uint64(0), uint64(0)
	for i := range d.Hosts {
		if d.Hosts[i].News {
			news++
			gained += uint64(len(d.Hosts[i].Gained))
		}
	}
	switch {
	case d.Before.Flows+d.After.Flows == 0:
		return "Neither window has encrypted peer-to-peer flows."
	case news > 0:
		return counted(news, "host has", "hosts have") + " more new than ordinary churn explains: " + counted(gained, "new peer", "new peers") + "."
	case len(d.Hosts) > 0:
		return "Nothing is new beyond ordinary churn; " + counted(uint64(len(d.Hosts)), "host", "hosts") + " changed within it."
	}
	return "Nothing changed."
}

// leastBefore is a window in which churn can hardly be seen.
const leastBefore = time.Minute

// warning says what weakens the comparison.
func (d *Diff) warning() string {
	switch {
	case d.After.First.Before(d.Before.First):
		return "The window after begins before the window before: are they given in that order?"
	case d.Before.length() < leastBefore:
		return "The window before is shorter than a minute: ordinary churn can hardly be told from it."
	case d.Beyond > 0:
		return counted(d.Beyond, "flow was", "flows were") + " not compared for want of memory: numbers are lower bounds."
	}
	return ""
}

// WriteDiffJSON writes d as one JSON object (RFC 8259) of printable characters. It writes once.
func WriteDiffJSON(w io.Writer, d *Diff) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(struct {
		Schema string `json:"schema"`
		*Diff
	}{DiffSchema, d}); err != nil {
		return fmt.Errorf("diff as JSON: %w", err)
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}

// What of a Diff a terminal shows.
const (
	diffHosts = 4
	diffPeers = 3
	diffWords = 12
)

// WriteDiff writes d for a terminal. It writes once.
func WriteDiff(w io.Writer, d *Diff, o TextOptions) error {
	p := newPage(o)
	p.text(d.Finding, bold)
	for i := range d.Hosts[:min(len(d.Hosts), diffHosts)] {
		p.WriteByte('\n')
		p.hostDiff(&d.Hosts[i])
	}
	if n := len(d.Hosts) - diffHosts; n > 0 {
		p.WriteByte('\n')
		p.text("and "+counted(uint64(n), "more host", "more hosts")+" (all: --format json)", dim)
	}
	p.WriteByte('\n')
	p.labelled("Before", d.Before.words(), margin, 3, plain)
	p.labelled("After", d.After.words(), margin, 3, plain)
	if d.Same > 0 {
		p.labelled("Same", counted(d.Same, "host", "hosts")+" with peers", margin, 1, plain)
	}
	if d.Joined != nil {
		p.labelled("Netstat", d.Joined.Words(), margin, 3, plain)
	}
	if d.Warning != "" {
		p.labelled("Warning", d.Warning, margin, 3, yellow)
	}
	_, err := w.Write(p.Bytes())
	return err
}

func (w *DiffWindow) words() string {
	text := counted(w.Flows, "peer-to-peer flow", "peer-to-peer flows") + " began"
	if when := period(w.First, w.Last); when != "" {
		text += ", " + when
	}
	return text + ", " + inputName(w.Input)
}

func (p *page) hostDiff(h *HostDiff) {
	text := h.Addr.String() + ": " + counted(uint64(len(h.Gained)), "new peer", "new peers") + ", " +
		grouped(uint64(len(h.Lost))) + " gone, " + grouped(h.Kept) + " stayed"
	if len(h.Gained) > 0 {
		text += "; churn would bring " + strconv.FormatFloat(h.Noise.Expected, 'f', 1, 64)
		switch {
		case h.Noise.Chance < noiseChance:
			text += ": this is news"
		case h.News:
			text += ", but the family is new"
		default:
			text += ": within it"
		}
	}
	as := plain
	if h.News {
		as = cyan
	}
	p.text(text, as)
	for _, g := range []struct {
		label string
		*Gains
	}{{"families", &h.Families}, {"sockets", h.ownedSockets()}, {"process", &h.Processes}, {"countries", &h.Countries}} {
		if g.any() {
			p.labelled("  "+g.label, g.words(), margin+2, 3, plain)
		}
	}
	for _, some := range []struct {
		sign  string
		peers []DiffPeer
	}{{"+ ", h.Gained}, {"- ", h.Lost}} {
		for i := range some.peers[:min(len(some.peers), diffPeers)] {
			p.labelled("", some.sign+some.peers[i].words(), margin+2, 1, plain)
		}
		if n := len(some.peers) - diffPeers; n > 0 {
			p.labelled("", some.sign+grouped(uint64(n))+" more", margin+2, 1, dim)
		}
	}
}

func (g *Gains) words() string {
	var parts []string
	if len(g.Gained) > 0 {
		parts = append(parts, "+ "+Clean(list(g.Gained, diffWords), 0))
	}
	if len(g.Lost) > 0 {
		parts = append(parts, "- "+Clean(list(g.Lost, diffWords), 0))
	}
	return strings.Join(parts, "  ")
}

// ownedSockets are the sockets that came and went, each with its process.
func (h *HostDiff) ownedSockets() *Gains {
	g := new(Gains)
	for i := range h.SocketList {
		s := &h.SocketList[i]
		words := strings.TrimRight(s.words()+" "+ownerWords(s.Owners, " or "), " ")
		switch {
		case s.Port == 0: // said of no window: it is another each time
		case s.Change == Gained:
			g.Gained = append(g.Gained, words)
		case s.Change == Lost:
			g.Lost = append(g.Lost, words)
		}
	}
	return g
}

func (q *DiffPeer) words() string {
	text := q.Addr.String() + " " + rowName(q.Row)
	if q.Name != "" {
		text += " " + q.Name
	}
	text += ", " + q.Family + ", " + q.Contact + ", " + octets(q.OctetsOut) + " sent, " + octets(q.OctetsIn) + " received"
	if len(q.Owners) > 0 {
		text += ", by " + ownerWords(q.Owners, " or ")
	}
	return Clean(text, 0)
}
