package view

import (
	"strings"
)

// A filter is a list of clauses that must all hold:
//
//	text        some column contains it
//	key:text    that column does; keys are those of filterKeys
//	-clause     the clause does not hold
//	"a b"       blanks inside of text, also key:"a b"
//
// Case does not matter. country: with two letters is a code and must be the whole of it; port:
// must be the whole number. What begins with no known key is text: fe80::1 is an address.
type filter struct {
	text    string // as typed
	clauses []clause
}

type clause struct {
	key  string // "" is any column
	text string // in lower case
	not  bool
}

// filterKeys are the keys, with the short forms that people try.
var filterKeys = map[string]string{
	"country": "country", "cc": "country", "host": "host", "src": "host", "peer": "peer", "dst": "peer", "family": "family", "verdict": "verdict",
	"path": "path", "as": "as", "asn": "as", "org": "as", "name": "name", "proto": "proto", "port": "port", "process": "process",
	"contact": "contact",
}

const mostFilter = 200 // octets of a filter

func parseFilter(text string) filter {
	f := filter{text: strings.TrimSpace(text)}
	for _, word := range words(f.text) {
		var t clause
		word, t.not = strings.CutPrefix(word, "-")
		key, rest, ok := strings.Cut(word, ":")
		if k, known := filterKeys[strings.ToLower(key)]; ok && known {
			t.key, word = k, rest
		}
		t.text = strings.ToLower(strings.ReplaceAll(word, `"`, ""))
		if t.text != "" { // half typed, it leaves all
			f.clauses = append(f.clauses, t)
		}
	}
	return f
}

// words splits at blanks that are not between quotes.
func words(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func (f *filter) empty() bool { return len(f.clauses) == 0 }

// fields is what a row of a table lets itself be filtered by.
type fields interface {
	// field is what the row has under a key; known is false if the table has no such column.
	// Values are handed to yield until it returns false.
	field(i int, key string, yield func(string) bool) (known bool)
	// any hands all that the row shows to yield.
	any(i int, yield func(string) bool)
}

// holds tells whether row i has what the clause asks for. known is false if the table has no such
// column: then the clause says nothing of it.
func (t *clause) holds(rows fields, i int) (holds, known bool) {
	match := func(value string) bool {
		holds = t.matches(value)
		return !holds
	}
	if t.key == "" {
		rows.any(i, match)
		return holds != t.not, true
	}
	known = rows.field(i, t.key, match)
	return holds != t.not, known
}

func (t *clause) matches(value string) bool {
	switch {
	case t.key == "country" && len(t.text) == 2 && len(value) == 2, t.key == "port":
		return strings.EqualFold(value, t.text)
	case t.key == "country" && len(t.text) == 2:
		return false
	}
	return contains(value, t.text)
}

// contains is strings.Contains on value in lower case. part is in lower case.
func contains(value, part string) bool {
	if asciiOnly(value) {
		for i := 0; i+len(part) <= len(value); i++ {
			if matchesAt(value[i:], part) {
				return true
			}
		}
		return false
	}
	return strings.Contains(strings.ToLower(value), part)
}

func matchesAt(value, part string) bool {
	for j := range len(part) {
		c := value[j]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != part[j] {
			return false
		}
	}
	return true
}
