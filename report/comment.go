package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"peeratlas/classify"
)

// mostCommented is how many lines of evidence a comment has: who opens the packet in another
// program wants the reason, not the account.
const mostCommented = 4

// mostCommentLine bounds a line of a comment, in columns.
const mostCommentLine = 160

// Comment tells of a flow in a few lines, for the comment of a packet: the verdict, the ends, what
// weighs most for and against it, and its Community ID. It is safe to show, as all text of this
// package. owner are the processes at the flow's ends, as far as they are known.
func Comment(r *Record, owner [2]Owner) string {
	v, f := &r.Verdict, &r.Flow
	lines := []string{"peeratlas: " + verdictLine(v), flowName(f)}
	for e := range f.Key.Addr {
		if o := &owner[e]; o.PID != 0 {
			words := fmt.Sprintf("process %s (pid %d", Clean(o.Name, 60), o.PID)
			if o.User != "" {
				words += ", user " + Clean(o.User, 40)
			}
			lines = append(lines, words+") at "+f.Key.Addr[e].Netip().String())
		}
	}
	for _, e := range weightiest(v.Account()) {
		lines = append(lines, signed(e.Counted)+" bits: "+Clean(e.Detail, mostCommentLine)+" ["+Clean(e.Claim, mostClaim)+"]")
	}
	return strings.Join(append(lines, "Community ID "+f.Key.CommunityID()), "\n")
}

// weightiest are the lines that count most, in that order.
func weightiest(evidence []classify.Evidence) []*classify.Evidence {
	var lines []*classify.Evidence
	for i := range evidence {
		if c := finite(evidence[i].Counted); c != 0 {
			lines = append(lines, &evidence[i])
		}
	}
	slices.SortStableFunc(lines, func(a, b *classify.Evidence) int {
		return cmp.Compare(math.Abs(b.Counted), math.Abs(a.Counted))
	})
	return lines[:min(len(lines), mostCommented)]
}
