package pipeline

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keptNames gives files their names: the time in the place of "%Y" and its like, and a number
// behind the name where that is not new, as tcpdump does. With a count the numbers have as many
// digits as it needs and begin anew behind the last, so that the oldest file is written over.
type keptNames struct {
	pattern string
	count   int
	digits  int        // of numbers; 0: the first file has none
	text    string     // the last name without its number
	number  int        // that it has
	made    []string   // files that were begun and not given up since, at most count
	latest  time.Time  // at which one was given
	newest  string     // text of then
	used    []usedText // the last one behind
}

// usedText is a name without its number, and the last number that it had.
type usedText struct {
	text   string
	number int
}

// mostUsedTexts bounds the names that are known when the time goes back: 1,024 files.
const mostUsedTexts = 1 << 10

func newKeptNames(pattern string, count int, many bool) (keptNames, error) {
	n := keptNames{pattern: pattern, count: count}
	switch {
	case pattern == "" || pattern == "-":
		return n, errors.New("evidence needs the name of a file; standard output is for what is told")
	case count < 0:
		return n, errors.New("the number of files cannot be negative")
	}
	if _, err := strftime(pattern, time.Unix(0, 0)); err != nil {
		return n, err
	}
	if count > 1 && many && !n.timed() {
		n.digits = len(strconv.Itoa(count - 1))
	}
	return n, nil
}

// timed tells whether the name holds the time.
func (n *keptNames) timed() bool {
	return strings.Contains(strings.ReplaceAll(n.pattern, "%%", ""), "%")
}

// next is the name of the file that is begun at this time, and that of one that is to go.
func (n *keptNames) next(at time.Time) (name, gone string) {
	text, _ := strftime(n.pattern, at)
	switch {
	case text != n.text:
		n.text, n.number = text, n.firstNumber(text, at)
	case n.movedAway():
		// Whoever rotates logs has taken the file away, and wants another under its name.
	default:
		n.number++
	}
	if n.count > 0 && !n.timed() {
		n.number %= n.count
	}
	n.use(at)
	name = n.last()
	if n.count > 0 {
		n.made = slices.DeleteFunc(n.made, func(old string) bool { return old == name })
		if n.made = append(n.made, name); len(n.made) > n.count {
			gone = n.made[0]
			n.made = slices.Delete(n.made, 0, 1)
		}
	}
	return name, gone
}

// firstNumber is 0 where the time has gone on to another name: one that comes again then ("%H" on
// the next day) is to be written over. Where the time went back, or has only caught up, no file of
// this run is: clocks are set, and the first file is begun by this machine's, before any packet.
func (n *keptNames) firstNumber(text string, at time.Time) int {
	if !at.After(n.latest) || text == n.newest {
		for _, u := range n.used {
			if u.text == text {
				return u.number + 1
			}
		}
	}
	return 0
}

// use remembers the name that is given now.
func (n *keptNames) use(at time.Time) {
	if at.After(n.latest) {
		n.latest, n.newest = at, n.text
	}
	n.used = slices.DeleteFunc(n.used, func(u usedText) bool { return u.text == n.text })
	if len(n.used) >= mostUsedTexts {
		n.used = slices.Delete(n.used, 0, 1)
	}
	n.used = append(n.used, usedText{n.text, n.number})
}

// movedAway tells whether the last file is not under its name any more.
func (n *keptNames) movedAway() bool {
	_, err := os.Lstat(n.last())
	return errors.Is(err, os.ErrNotExist)
}

// last is the name that was given last.
func (n *keptNames) last() string {
	if n.number > 0 || n.digits > 0 {
		return n.text + fmt.Sprintf("%0*d", n.digits, n.number)
	}
	return n.text
}
