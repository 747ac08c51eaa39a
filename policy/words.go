package policy

import (
	"fmt"
	"io"
	"strings"
	"time"

	"peeratlas/report"
)

// WriteWords writes what p means in plain words, and then what Review says at now. All of it is
// clean. It writes once.
func (p *Policy) WriteWords(w io.Writer, now time.Time) error {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(report.Clean(fmt.Sprintf(format, args...), 0) + "\n") }
	title := p.File
	if p.Name != "" {
		title += " (" + p.Name + ")"
	}
	line("%s", title)
	line("sha256 %s", p.SHA256)
	line("")
	line("Held against it are %s.", p.Consider.words())
	line("Of these the first rule that fits decides:")
	for i := range p.Rules {
		r := &p.Rules[i]
		line("  line %-4d %-6s %s: %s", r.Line, strings.ToUpper(r.Action.String()), r.Name, r.words())
	}
	line("  line %-4d %-6s %s: whatever no rule above fits%s", p.DefaultAt, strings.ToUpper(p.Default.String()), DefaultRule, doubtWords(p.Default, p.OnDoubt))
	if len(p.Limits) > 0 {
		line("")
		line("Each host may have, of all that it does:")
		for i := range p.Limits {
			l := &p.Limits[i]
			line("  line %-4d %-6s %s: %s", l.Line, strings.ToUpper(l.Action.String()), l.Name, l.words())
		}
	}
	if len(p.Exceptions) > 0 {
		line("")
		line("Exceptions:")
		for i := range p.Exceptions {
			x := &p.Exceptions[i]
			line("  line %-4d %s: %s may pass %s through %s (%s); owner %s: %s", x.Line, x.Name, x.Match.contacts(), listed(x.Rules),
				x.Day(), x.state(now), x.Owner, x.Reason)
		}
	}
	if notes := p.Review(now); len(notes) > 0 {
		line("")
		for _, n := range notes {
			line("Warning: %s", n)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Consider) words() string {
	text := "flows judged p2p"
	if c.Likely {
		text = "flows judged p2p or likely"
	}
	if c.Probability > 0 {
		text += fmt.Sprintf(", of probability %g at least", c.Probability)
	}
	if c.Probed {
		return text + ", also those that the peer never answered"
	}
	return text + " that exchanged data"
}

func (r *Rule) words() string {
	return r.Match.contacts() + r.Unless.unlessWords() + doubtWords(r.Action, r.OnDoubt)
}

// doubtWords says what becomes of a breach of which the country is in doubt.
func doubtWords(a, onDoubt Action) string {
	if a != Deny || onDoubt == Deny {
		return ""
	}
	return "; where the country is in doubt, " + onDoubt.String()
}

// contacts says who may have to do with whom.
func (m *Match) contacts() string {
	who, whom := "any host with any peer", []string{}
	hosts := ""
	for _, w := range m.words {
		if rest, ok := strings.CutPrefix(w, "hosts "); ok {
			hosts = rest
		} else {
			whom = append(whom, w)
		}
	}
	if hosts != "" {
		who = "hosts " + hosts + " with any peer"
	}
	if len(whom) == 0 {
		return who
	}
	return strings.TrimSuffix(who, " any peer") + " peers of " + strings.Join(whom, " and ")
}

func (m *Match) unlessWords() string {
	if m.Empty() {
		return ""
	}
	return ", unless " + strings.Join(m.words, " or ")
}

func (l *Limit) words() string {
	var most []string
	for b := range Bound(NumBounds) {
		if l.Bounds[b] != None {
			x := report.Exceeded{Counts: b.String(), Most: l.Bounds[b]}
			most = append(most, x.MostWords())
		}
	}
	text := strings.Join(most, ", ")
	if !l.Match.Empty() {
		text += "; counted is " + l.Match.contacts()
	}
	return text + l.Unless.unlessWords()
}

func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
