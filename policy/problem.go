package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"peeratlas/report"
)

// Problem is one thing that is wrong in a policy's file.
type Problem struct {
	Line, Column int // from 1; 0 if it is of no single place
	Text         string
}

// Error is what is wrong in a policy's file: at least one problem, in the order of the file.
type Error struct {
	File     string
	Problems []Problem
	More     int // problems beyond those that are listed
}

// maxProblems bounds those that are listed: a file that is no policy has one in every line.
const maxProblems = 20

// Error is the first problem, with how to see the others.
func (e *Error) Error() string {
	text := e.Lines()[0]
	if n := len(e.Problems) - 1 + e.More; n > 0 {
		text += fmt.Sprintf(" (and %d more: peeratlas policy check %s)", n, report.Clean(e.File, 0))
	}
	return text
}

// Count says how many problems there are.
func (e *Error) Count() string {
	if n := len(e.Problems) + e.More; n > 1 {
		return fmt.Sprintf("%d problems", n)
	}
	return "1 problem"
}

// Lines are the problems as FILE:LINE:COLUMN: TEXT, clean.
func (e *Error) Lines() []string {
	var lines []string
	for _, p := range e.Problems {
		place := report.Clean(e.File, 0)
		if p.Line > 0 {
			place += fmt.Sprintf(":%d:%d", p.Line, p.Column)
		}
		lines = append(lines, place+": "+report.Clean(p.Text, 0))
	}
	return lines
}

// nearest is the word that is most likely meant by one that is not known: "" if none is near.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if len(word) > 40 {
		return ""
	}
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if len(word) > 2 && strings.HasPrefix(strings.ToLower(k), word) {
			return k
		}
		if d := distance(word, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of octets to put in, take out, change, or swap with their neighbour, to
// make a of b (optimal string alignment).
func distance(a, b string) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		for j := range len(b) {
			d := last[j]
			if a[i] != b[j] {
				d++
			}
			d = min(d, last[j+1]+1, now[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			now[j+1] = d
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}

// suggest says what may be meant, or what there is to choose from.
func suggest(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	const most = 12
	if len(known) > most {
		return "known are " + strings.Join(known[:most], ", ") + " and more (docs/policy.md)"
	}
	return "known are " + strings.Join(known, ", ")
}

// ordered puts problems in the order of the file.
func ordered(problems []Problem) {
	slices.SortStableFunc(problems, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
}
