package classify

import (
	"cmp"
	"slices"
)

// Lines are few, and mostly in order already: both sorts here are by insertion.

// sortLines sorts lines by their ids, which differ.
func sortLines(lines []line) {
	for n := 1; n < len(lines); n++ {
		if lines[n-1].id < lines[n].id {
			continue
		}
		l, at := lines[n], n
		for ; at > 0 && lines[at-1].id > l.id; at-- {
			lines[at] = lines[at-1]
		}
		lines[at] = l
	}
}

// maxInserted is up to how many lines insertion is the faster.
const maxInserted = 32

// orderLines sorts lines by what they could count, the greatest first, and then by their ids. Of
// equals the first stays first.
func orderLines(lines []line) {
	if len(lines) > maxInserted {
		orderLinesStable(lines)
		return
	}
	var worth [maxInserted]float64
	for n := range lines {
		w, id := lines[n].order(), lines[n].id
		at := n
		for at > 0 && (worth[at-1] < w || worth[at-1] == w && lines[at-1].id > id) {
			at--
		}
		if at < n {
			l := lines[n]
			copy(lines[at+1:n+1], lines[at:n])
			copy(worth[at+1:n+1], worth[at:n])
			lines[at] = l
		}
		worth[at] = w
	}
}

// orderLinesStable is orderLines for any number.
func orderLinesStable(lines []line) {
	slices.SortStableFunc(lines, func(x, y line) int {
		return cmp.Or(cmp.Compare(y.order(), x.order()), cmp.Compare(x.id, y.id))
	})
}
