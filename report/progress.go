package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress shows on one line of a terminal how far a long job is. It prints at most ten times a
// second by the caller's clock, and nothing in the first half second: short jobs stay silent. The zero
// Progress is not ready: use NewProgress. One goroutine uses it.
type Progress struct {
	w       io.Writer
	columns int
	start   time.Time
	shown   time.Time
	printed int // columns of the line on the terminal
}

const (
	progressSilence = 500 * time.Millisecond
	progressEvery   = 100 * time.Millisecond
)

// NewProgress returns a Progress that prints to w, a terminal of so many columns, for a job that
// begins now.
func NewProgress(w io.Writer, columns int, now time.Time) *Progress {
	if columns <= 0 {
		columns = 80
	}
	return &Progress{w: w, columns: max(columns, 20), start: now}
}

// Update tells that done of total octets are read, which held so many packets. total is 0 if it
// is not known. An error of writing is not reported: the job matters more than its progress.
func (p *Progress) Update(now time.Time, done, total int64, packets uint64) {
	if now.Sub(p.start) < progressSilence || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	p.print(p.text(now.Sub(p.start), max(done, 0), total, packets))
}

func (p *Progress) text(elapsed time.Duration, done, total int64, packets uint64) string {
	rate := uint64(float64(packets) / elapsed.Seconds())
	tail := fmt.Sprintf("%s packets, %s/s", grouped(packets), grouped(rate))
	if total <= 0 {
		return Clean("  "+octets(uint64(done))+" read, "+tail, p.columns-1)
	}
	done = min(done, total)
	share := float64(done) / float64(total)
	tail = fmt.Sprintf(" %3d%%  %s", int(share*100), tail)
	if share > 0.01 {
		left := time.Duration(float64(elapsed) * (1 - share) / share).Round(time.Second)
		tail += ", " + left.String() + " left"
	}
	room := min(p.columns-3-len(tail), 30)
	if room < 8 {
		return Clean(tail, p.columns-1)
	}
	full := int(share * float64(room))
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", room-full) + "]" + tail
}

// print overwrites the line. Blanks erase what is left of the one before: every terminal knows them.
func (p *Progress) print(text string) {
	n := columns(text)
	fmt.Fprint(p.w, "\r"+text+strings.Repeat(" ", max(p.printed-n, 0)))
	p.printed = n
}

// Erase erases the line, for other words or at the end. An Update shows it again.
func (p *Progress) Erase() {
	if p.printed > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.printed)+"\r")
		p.printed = 0
	}
}
