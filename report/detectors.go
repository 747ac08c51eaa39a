package report

import (
	"fmt"
	"io"
	"strings"
)

// Sheet is the fact sheet of a detector, in the words of the code that detects.
type Sheet struct {
	Name       string       // of the protocol or application
	Transport  string       // "tcp" or "udp"
	References []string     // specification and section
	Proves     string       // what a claim proves
	Not        string       // what it does not prove, and what is not looked for
	Claims     []ClaimSheet // what it may claim
}

// ClaimSheet is what one claim is worth.
type ClaimSheet struct {
	Claim  string  // stable identifier
	Group  string  // of lines that are not independent: the best counts whole, the second half
	Family string  // that it speaks for; "" is none
	Bits   float64 // log2 P(seen | encrypted P2P) / P(seen | other)
	Detail string  // what was seen, as records word it
}

// WriteDetectors prints fact sheets, in the order given. It writes once.
func WriteDetectors(w io.Writer, sheets []Sheet, o TextOptions) error {
	p := newPage(o)
	for i := range sheets {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.sheet(&sheets[i])
	}
	_, err := w.Write(p.Bytes())
	return err
}

func (p *page) sheet(s *Sheet) {
	p.line(Clean(s.Name+" ("+s.Transport+")", p.columns), bold)
	p.fact("proves", s.Proves)
	p.fact("not", s.Not)
	p.fact("after", strings.Join(s.References, "; "))
	margin := 0
	for i := range s.Claims {
		margin = max(margin, columns(Clean(s.Claims[i].Claim, mostClaim)))
	}
	for i := range s.Claims {
		c := &s.Claims[i]
		text := Clean(c.Detail+" ["+c.Group+"]", 0)
		if c.Family != "" {
			text = Clean(c.Detail+" ["+c.Group+"; for "+c.Family+"]", 0)
		}
		label := fmt.Sprintf("  %6s  %s", signed(c.Bits), Clean(c.Claim, mostClaim))
		p.labelled(label, text, margin+12, sheetLines, plain)
	}
}

// sheetLines is so many that no sheet is cut at an ordinary width.
const sheetLines = 20

func (p *page) fact(label, text string) {
	if text != "" {
		p.labelled("  "+label, Clean(text, 0), 10, sheetLines, plain)
	}
}
