package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"peeratlas/report"
)

// Bounds of what a policy's file may ask for. A file of MaxOctets that is one list takes a second
// to read (2026-11-25, FuzzParse's seeds).
const (
	MaxOctets = 256 << 10
	maxDepth  = 12  // a policy has 5
	maxText   = 500 // octets of a name, an owner or a reason
)

// reader turns the nodes of YAML into values, strictly, and notes all that is wrong with its place.
type reader struct {
	problems []Problem
	more     int
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.failAt(n.Line, n.Column, format, args...)
}

func (r *reader) failAt(line, column int, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, Problem{line, column, fmt.Sprintf(format, args...)})
}

// document returns the one node of a file that holds one document without aliases, anchors and tags; nil
// if there is none, which it noted.
func (r *reader) document(octets []byte) *yaml.Node {
	if len(octets) > MaxOctets {
		r.failAt(0, 0, "larger than %d octets, which no policy needs; put networks together", MaxOctets)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(octets), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthFunc(
		func(depth int, _ *yaml.DepthContext) error {
			if depth > maxDepth {
				return errors.New("nested too deep for a policy")
			}
			return nil
		}))))
	if err != nil {
		r.failAt(0, 0, "%v", err)
		return nil
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			r.failAt(1, 1, "the file is empty; peeratlas policy example prints a policy to begin with")
			return nil
		}
		r.syntax(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		r.fail(&second, "a second document begins here; a policy is one: put it into a file of its own")
		return nil
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.failAt(1, 1, "the file is empty; peeratlas policy example prints a policy to begin with")
		return nil
	}
	if !r.plain(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

// syntax notes an error of the YAML reader.
func (r *reader) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		r.failAt(0, 0, "this is no YAML: %v", err)
		return
	}
	r.failAt(e.Mark.Line, max(e.Mark.Column, 1), "this is no YAML: %s; look at the indentation, brackets and quotes here and above", e.Message)
}

// plain refuses what a policy has no use for, and hostile files do: it reports whether n is free of it.
func (r *reader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.fail(n, "an alias (*%s) is not allowed in a policy; write the value itself, or name a group of countries", n.Value)
		return false
	case n.Anchor != "":
		r.fail(n, "an anchor (&%s) is not allowed in a policy; remove it", n.Anchor)
		return false
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, "a tag (%s) is not allowed in a policy; put text into quotes", n.Tag)
		return false
	}
	for _, c := range n.Content {
		if !r.plain(c) {
			return false
		}
	}
	return true
}

// object hands each key of a mapping to handle, in the order of the file. Keys that the kind does
// not have, have been before, or are missing, are noted.
func (r *reader) object(n *yaml.Node, kind string, handle func(key string, value *yaml.Node)) {
	k := kinds[kind]
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s is %s; it has keys: %s", k.article, what(n), strings.Join(k.keys, ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch first, again := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key of %s is %s; keys are words", k.article, what(key))
		case again:
			r.fail(key, "key %q again: it stands in line %d already; keep one", key.Value, first)
		case !slices.Contains(k.keys, key.Value):
			seen[key.Value] = key.Line
			r.fail(key, "unknown key %q in %s; %s", key.Value, k.article, suggest(key.Value, k.keys))
		default:
			seen[key.Value] = key.Line
			handle(key.Value, value)
		}
	}
	for _, key := range k.required {
		if seen[key] == 0 {
			r.fail(n, "%s has no %s; %s", k.article, key, needs[key])
		}
	}
}

// what describes a node to who wrote it.
func what(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	case n.Tag == "!!str" || n.Tag == "!!timestamp":
		return fmt.Sprintf("the text %q", shorten(n.Value))
	}
	return shorten(n.Value)
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// items hands each element of a list to handle.
func (r *reader) items(n *yaml.Node, key, example string, handle func(*yaml.Node)) {
	switch {
	case n.Kind != yaml.SequenceNode:
		r.fail(n, "%s is %s; write a list, such as %s", key, what(n), example)
	case len(n.Content) == 0:
		r.fail(n, "%s is an empty list, which fits nothing; remove the key, or write such as %s", key, example)
	default:
		for _, c := range n.Content {
			handle(c)
		}
	}
}

// words are the elements of a list of words. Their YAML type does not matter: NO is Norway, and no
// boolean; 8075 is a word too.
func (r *reader) words(n *yaml.Node, key, example string, handle func(n *yaml.Node, word string)) {
	r.items(n, key, example, func(c *yaml.Node) {
		if c.Kind != yaml.ScalarNode || c.Tag == "!!null" || c.Value == "" {
			r.fail(c, "%s holds %s; write words, such as %s", key, what(c), example)
			return
		}
		handle(c, c.Value)
	})
}

// word is one of those that are known; "" after it noted that it is not.
func (r *reader) word(n *yaml.Node, key string, known ...string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s is %s; write one of %s", key, what(n), strings.Join(known, ", "))
		return ""
	}
	if !slices.Contains(known, n.Value) {
		r.fail(n, "%s is %q; %s", key, shorten(n.Value), suggest(n.Value, known))
		return ""
	}
	return n.Value
}

// text is free text for people.
func (r *reader) text(n *yaml.Node, key string) string {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "":
		r.fail(n, "%s is %s; write some words", key, what(n))
	case n.Tag != "!!str":
		r.fail(n, "%s is %s, which YAML takes for no text; put it into quotes", key, shorten(n.Value))
	case len(n.Value) > maxText:
		r.fail(n, "%s is longer than %d octets; say it shorter", key, maxText)
	case report.Clean(n.Value, 0) != n.Value:
		r.fail(n, "%s holds characters that cannot be shown on one line (%s); remove them", key, shorten(report.Clean(n.Value, 0)))
	default:
		return n.Value
	}
	return ""
}

// name is what a rule and the like is called.
func (r *reader) name(n *yaml.Node) string {
	const more = "._-"
	ok := n.Kind == yaml.ScalarNode && n.Value != "" && len(n.Value) <= 64 && n.Tag != "!!null"
	for _, c := range []byte(n.Value) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(more, c) >= 0)
	}
	if !ok {
		r.fail(n, "name is %s; write up to 64 letters, digits, dots, dashes and underscores, such as no-relays", what(n))
		return ""
	}
	return n.Value
}

func (r *reader) boolean(n *yaml.Node, key string) bool {
	if n.Kind != yaml.ScalarNode || n.Style != 0 || n.Value != "true" && n.Value != "false" {
		r.fail(n, "%s is %s; write true or false", key, what(n))
	}
	return n.Value == "true"
}

// number is a whole number, with a unit of octets if units are given.
func (r *reader) number(n *yaml.Node, key string, units map[string]uint64) uint64 {
	digits := strings.TrimRight(n.Value, "kMGTiB")
	unit, known := uint64(1), n.Value == digits
	if units != nil && !known {
		unit, known = units[n.Value[len(digits):]]
	}
	v, err := strconv.ParseUint(digits, 10, 63)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || err != nil || !known || v > (1<<63-1)/unit {
		example := "such as 20"
		if units != nil {
			example = "such as 500000, 500kB, 20MB or 1GiB"
		}
		r.fail(n, "%s is %s; write a whole number, %s", key, what(n), example)
		return 0
	}
	return v * unit
}

// octetUnits are IEC 80000-13's.
var octetUnits = map[string]uint64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "kiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

func (r *reader) probability(n *yaml.Node) float64 {
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(v >= 0 && v <= 1) {
		r.fail(n, "probability is %s; write a number from 0 to 1, such as 0.99", what(n))
		return 0
	}
	return v
}
