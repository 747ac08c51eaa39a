package capture

import (
	"fmt"
	"strings"

	"peeratlas/capture/packet"
)

const (
	// maxExpression bounds the octets of an expression, and so the length of its program.
	maxExpression = 64 << 10
	// maxDepth bounds parentheses and negations within each other: each costs the parser a call.
	maxDepth = 100
)

// FilterError says where an expression is wrong, and what could stand there.
type FilterError struct {
	Expression string
	Offset     int    // of Word in Expression, in octets
	Word       string // the word that is wrong; empty is the end
	Reason     string
}

// Error points at the word, in one line.
func (e *FilterError) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("filter: at its end: %s", e.Reason)
	}
	return fmt.Sprintf("filter: %q (column %d): %s", e.Word, e.Offset+1, e.Reason)
}

// ParseFilter compiles an expression in tcpdump's language (pcap-filter(7)), of which it knows:
//
//	host ADDRESS                  net 10.0.0.0/8, net 10, net 192.168, net ADDRESS mask MASK
//	port N, portrange N-M         tcp, udp, icmp, icmp6, ip, ip6, vlan, vlan N
//	src, dst, src or dst, src and dst before host, net, port, portrange
//	ip, ip6 before host and net; tcp, udp before port and portrange
//	and &&, or ||, not !, parentheses
//
// As there, "and" and "or" bind equally, from left to right; "not" binds to the next term
// only; "port 80 or 443" is "port 80 or port 443"; "src ADDRESS" is "src host ADDRESS".
// N is a number or a usual service name, which stands for the number with TCP and UDP.
// Names of hosts are not looked up: nothing is sent. An empty expression matches all.
//
// An error is a *FilterError.
func ParseFilter(expression string) (*Filter, error) {
	p := parser{expression: expression}
	if len(expression) > maxExpression {
		return nil, p.fail(fmt.Sprintf("more than %d octets", maxExpression))
	}
	p.scan()
	f := new(Filter)
	if p.word().text == "" {
		return f, nil
	}
	t, err := p.expr(nil, 0)
	if err != nil {
		return nil, err
	}
	if p.word().text != "" {
		return nil, p.fail("expected \"and\", \"or\" or the end")
	}
	f.entry = f.compile(t, accept, reject)
	return f, nil
}

// word is a token of an expression.
type word struct {
	text   string // lower case; "and", "or", "not" also for &&, ||, !
	offset int
	length int
}

// parser reads an expression from left to right, one word ahead.
type parser struct {
	expression string
	words      []word
	at         int
}

// qualifiers are the words before an identifier. Those of the last one hold for
// identifiers that follow "and" or "or" without any.
type qualifiers struct {
	protocol packet.Protocol // TCP or UDP; 0 is either
	version  uint8           // 4 or 6; 0 is either
	prefix   string          // the word for the two above
	side     side
	kind     string // "host", "net", "port", "portrange"; "vlan"
}

// scan cuts the expression into words.
func (p *parser) scan() {
	s := p.expression
	for i := 0; i < len(s); {
		n := 1
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case strings.HasPrefix(s[i:], "&&") || strings.HasPrefix(s[i:], "||"):
			n = 2
		case !strings.ContainsRune("()!&|", rune(c)):
			n = strings.IndexAny(s[i:], " \t\n\r()!&|")
			if n < 0 {
				n = len(s) - i
			}
		}
		p.words = append(p.words, word{plain(s[i : i+n]), i, n})
		i += n
	}
}

// plain maps the ways to write one word.
func plain(s string) string {
	switch s {
	case "&&":
		return "and"
	case "||":
		return "or"
	case "!":
		return "not"
	}
	return strings.ToLower(s)
}

// word returns the word that is due; at the end it is empty.
func (p *parser) word() word { return p.ahead(0) }

func (p *parser) ahead(n int) word {
	if p.at+n >= len(p.words) {
		return word{offset: len(p.expression)}
	}
	return p.words[p.at+n]
}

// take passes the word that is due if it is one of these, and returns it; else "".
func (p *parser) take(texts ...string) string {
	due := p.word().text
	for _, text := range texts {
		if due == text {
			p.at++
			return text
		}
	}
	return ""
}

// fail makes the error for the word that is due.
func (p *parser) fail(reason string) error {
	w := p.word()
	return &FilterError{p.expression, w.offset, p.expression[w.offset : w.offset+w.length], reason}
}

// expr reads terms joined by and and or. last are the qualifiers that hold for a
// bare identifier at its beginning; nil is none.
func (p *parser) expr(last *qualifiers, depth int) (*term, error) {
	left, last, err := p.operand(last, depth)
	for err == nil {
		operator := isAnd
		switch p.take("and", "or") {
		case "":
			return left, nil
		case "or":
			operator = isOr
		}
		var right *term
		if right, last, err = p.operand(last, depth); err == nil {
			left = &term{operator: operator, left: left, right: right}
		}
	}
	return nil, err
}

// operand reads one term, with the negations before it, and returns the
// qualifiers that hold for identifiers behind it.
func (p *parser) operand(last *qualifiers, depth int) (*term, *qualifiers, error) {
	if depth > maxDepth {
		return nil, nil, p.fail("too many parentheses and negations within each other")
	}
	switch {
	case p.take("not") != "":
		t, last, err := p.operand(last, depth+1)
		return &term{operator: isNot, left: t}, last, err
	case p.take("(") != "":
		t, err := p.expr(last, depth+1)
		if err == nil && p.take(")") == "" {
			err = p.fail("expected \")\", \"and\" or \"or\"")
		}
		return t, last, err
	case last != nil && p.isIdentifier():
		t, err := p.identifier(last)
		return t, last, err
	}
	return p.primitive(depth)
}

// primitive reads qualifiers and what they qualify.
func (p *parser) primitive(depth int) (*term, *qualifiers, error) {
	q := new(qualifiers)
	if q.kind = p.take("vlan"); q.kind != "" {
		if p.isIdentifier() {
			t, err := p.identifier(q)
			return t, q, err
		}
		return &term{leaf: step{test: testVLAN}}, nil, nil
	}
	q.prefix = p.take("ip", "ip6", "tcp", "udp", "icmp", "icmp6")
	leaf := protocols[q.prefix]
	q.protocol, q.version = leaf.protocol, leaf.version
	sided := p.side(q)
	q.kind = p.take("host", "net", "port", "portrange")
	switch {
	case q.kind == "" && !sided && q.prefix != "":
		if p.isIdentifier() {
			return nil, nil, p.fail(fmt.Sprintf("expected \"and\", \"or\", or %s between %q and this", kindsAfter(q.prefix), q.prefix))
		}
		return &term{leaf: leaf}, nil, nil
	case q.kind == "" && !sided:
		return nil, nil, p.fail(p.stray())
	case q.kind == "":
		q.kind = "host"
	}
	if err := p.agree(q); err != nil {
		return nil, nil, err
	}
	// "host (a or b)" is a list of identifiers.
	if w := p.word().text; w == "(" || w == "not" {
		return p.operand(q, depth+1)
	}
	t, err := p.identifier(q)
	return t, q, err
}

// side reads "src", "dst", and the two joined by and or or.
func (p *parser) side(q *qualifiers) bool {
	first := p.take("src", "dst")
	if first == "" {
		return false
	}
	q.side = srcSide
	if first == "dst" {
		q.side = dstSide
	}
	second := p.ahead(1).text
	if join := p.word().text; (join == "and" || join == "or") && (second == "src" || second == "dst") && second != first {
		q.side = eitherSide
		if join == "and" {
			q.side = bothSides
		}
		p.at += 2
	}
	return true
}

// agree checks that the protocol can have what it qualifies.
func (p *parser) agree(q *qualifiers) error {
	ports := q.kind == "port" || q.kind == "portrange"
	transport := q.prefix == "tcp" || q.prefix == "udp"
	network := q.prefix == "ip" || q.prefix == "ip6"
	if q.prefix == "" || ports && transport || !ports && network {
		return nil
	}
	p.at-- // at the word that does not fit
	return p.fail(fmt.Sprintf("%q has no %s; expected %s", q.prefix, q.kind, kindsAfter(q.prefix)))
}

// kindsAfter are the words that may follow a protocol.
func kindsAfter(prefix string) string {
	switch prefix {
	case "tcp", "udp":
		return "\"port\" or \"portrange\""
	case "ip", "ip6":
		return "\"host\" or \"net\""
	}
	return "no other word"
}

// isIdentifier tells whether the word that is due can be an address, number or name.
func (p *parser) isIdentifier() bool {
	text := p.word().text
	return text != "" && !reserved[text]
}

// stray says what could stand in place of a word that begins no term.
func (p *parser) stray() string {
	text := p.word().text
	const terms = "host, net, port, portrange, src, dst, tcp, udp, icmp, icmp6, ip, ip6, vlan, not or \"(\""
	switch {
	case text == "":
		return "expected " + terms
	case unsupported[text]:
		return "not one of the words known here: " + terms + "; select by it with tcpdump -r IN -w OUT first"
	case isAddress(text):
		return fmt.Sprintf("expected a word before the address: write \"host %s\"", text)
	}
	return "expected " + terms
}
