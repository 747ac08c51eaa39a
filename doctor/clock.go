package doctor

import (
	"fmt"
	"math"
	"time"

	"peeratlas/capture/packet"
)

// Limits of time.
const (
	// Where several queues or interfaces are captured, packets swap places by microseconds; a clock
	// that is set moves by more.
	setBack = int64(time.Second)
	// A flow ends after five minutes of silence: such a step tears flows apart or glues them together.
	tearing = int64(5 * time.Minute)
	// A silence counts as a jump of the clock, or a capture that stood still, if it is much longer
	// than any before and the same conversations go on after it as if nothing was.
	leastSilence   = int64(10 * time.Second)
	silenceFactor  = 20
	resumedWithin  = int64(time.Second)
	resumedPackets = 64
	leastResumed   = 2 // conversations, and at least as many as begin then

	coarse      = int64(time.Millisecond)
	leastTimes  = 100
	batchShare  = 0.5 // packets that share their time with the one before
	batchLength = 8   // and come in runs of so many
)

// The year 2000 is before any capture in use, and far from clocks that start at 1970 or 1980.
var tooEarly = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

// clock looks at timestamps.
type clock struct {
	packets       uint64
	first, latest int64 // least and greatest timestamp
	last          int64 // of the packet before

	swapped      uint64 // steps back of less than setBack
	swappedMost  int64
	back         uint64 // steps back of more
	backMost     int64
	backAt       uint64 // packet number
	silence      int64  // the longest
	silenceAt    uint64
	forward      int64 // the longest silence that is a jump
	forwardAt    uint64
	equal        uint64 // packets with the time of the one before
	run, longest uint64
	ticks        [4]uint64 // timestamps that are not whole seconds, milliseconds, ten of them, microseconds
	pending      int       // packets after a silence that are still looked at
	resumed      int       // conversations among these that went on
	begun        int       // and that began or had been silent for long
	pendingGap   int64
	pendingAt    uint64
	pendingTime  int64 // of the last packet before the silence
}

func (c *clock) add(f *frame) {
	c.packets++
	t := f.time
	if t%1e9 != 0 {
		c.fraction(t)
	}
	if c.packets == 1 {
		c.first, c.latest, c.last = t, t, t
		return
	}
	c.first, c.latest = min(c.first, t), max(c.latest, t)
	step := difference(t, c.last)
	switch {
	case step == 0:
		c.equal++
		c.run++
		c.longest = max(c.longest, c.run)
	case step < 0:
		c.backwards(-step, f.number)
	case step >= leastSilence && step > silenceFactor*c.silence && c.packets > leastTimes:
		c.pending, c.resumed, c.begun = resumedPackets, 0, 0
		c.pendingGap, c.pendingAt, c.pendingTime = step, f.number, c.last
	}
	if step > c.silence {
		c.silence, c.silenceAt = step, f.number
	}
	if step != 0 {
		c.run = 0
	}
	if c.pending > 0 {
		c.after(f)
	}
	c.last = t
}

// difference is a-b, as far as 64 bits go.
func difference(a, b int64) int64 {
	d := a - b
	switch {
	case a >= b && d < 0:
		return math.MaxInt64
	case a < b && d >= 0:
		return -math.MaxInt64
	}
	return max(d, -math.MaxInt64)
}

func (c *clock) fraction(t int64) {
	c.ticks[0]++
	if t%10e6 != 0 {
		c.ticks[1]++
	}
	if t%1e6 != 0 {
		c.ticks[2]++
	}
	if t%1e3 != 0 {
		c.ticks[3]++
	}
}

func (c *clock) backwards(by int64, number uint64) {
	if by < setBack {
		c.swapped++
		c.swappedMost = max(c.swappedMost, by)
		return
	}
	c.back++
	if by > c.backMost {
		c.backMost, c.backAt = by, number
	}
}

// after looks at a packet after a long silence: does its conversation go on?
func (c *clock) after(f *frame) {
	c.pending--
	switch {
	case f.before > c.pendingTime: // it was counted
	case f.before > noTime && difference(c.pendingTime, f.before) <= resumedWithin:
		c.resumed++
	case f.outcome == packet.OK:
		c.begun++
	}
	if c.pending > 0 {
		return
	}
	if c.resumed >= leastResumed && c.resumed >= c.begun && c.pendingGap > c.forward {
		c.forward, c.forwardAt = c.pendingGap, c.pendingAt
	}
}

// resolution is the step in which the clock counts, as far as its times tell.
func (c *clock) resolution() int64 {
	switch {
	case c.ticks[3] > 0:
		return 1
	case c.ticks[2] > 0:
		return 1e3
	case c.ticks[1] > 0:
		return 1e6
	case c.ticks[0] > 0:
		return 10e6
	}
	return 1e9
}

func (c *clock) finding(now time.Time) Finding {
	f := Finding{Check: "clock", Limit: "a step back of 1 s is a hint, of 5 min a problem: flows end after 5 min of silence. A coarse clock (1 ms) is a hint"}
	f.figure("steps_back", c.back)
	f.figure("swapped", c.swapped)
	f.figure("equal_times", c.equal)
	f.figure("resolution_ns", uint64(c.resolution()))
	f.figure("longest_silence_ns", uint64(max(c.silence, 0)))
	if c.packets < 2 {
		f.Measured = "too few packets to tell"
		f.Severity = Unknown
		return f
	}
	f.Measured = "in order"
	if c.back+c.swapped > 0 {
		f.Measured = of(c.back+c.swapped, c.packets, "packets are earlier than the one before") + ", by " + span(max(c.swappedMost, c.backMost)) + " at most"
	}
	switch {
	case c.back > 0:
		severity := Hint
		if c.backMost >= tearing {
			severity = Problem
		}
		f.Measured += fmt.Sprintf(" (packet %s)", grouped(c.backAt))
		f.is(severity, "The clock was set back, or captures were joined out of order: durations, silences and the age of names are wrong around it.",
			"Let the clock of the capturing machine follow NTP or PTP without steps; merge captures by time (mergecap), not end to end.")
	case c.early() != "":
		f.Measured = c.early()
		f.is(Hint, "Verdicts hold; the dates in reports and the comparison with geo data are wrong.", "Set the clock of the capturing machine (NTP).")
	case !now.IsZero() && time.Unix(0, c.latest).After(now.Add(24*time.Hour)):
		f.Measured = "the last packet is of the future, " + time.Unix(0, c.latest).UTC().Format("2006-01-02 15:04")
		f.is(Hint, "Verdicts hold; the dates in reports are wrong.", "Set the clock of the capturing machine (NTP), or this one's.")
	case c.forward > 0:
		f.Measured += fmt.Sprintf("; nothing for %s before packet %s, then the same conversations go on", span(c.forward), grouped(c.forwardAt))
		f.is(Hint, "The clock was set forward, or the capture stood still: flows are cut in two, and what happened meanwhile is not seen.",
			"Let the clock follow NTP or PTP without steps; see whether mirror, disk or machine paused then.")
	default:
		c.steps(&f)
	}
	return f
}

// early is in words that the clock was never set; empty if it was.
func (c *clock) early() string {
	switch {
	case c.first == c.latest && c.packets >= leastTimes:
		return "all packets have the same time, " + time.Unix(0, c.first).UTC().Format("2006-01-02 15:04:05")
	case c.first < tooEarly:
		return "the first packet is of " + time.Unix(0, c.first).UTC().Format("2006-01-02") + ": the clock was not set"
	}
	return ""
}

// steps judges how finely the clock counts.
func (c *clock) steps(f *Finding) {
	step := c.resolution()
	f.Measured += ", in steps of " + span(step)
	switch {
	case c.packets < leastTimes:
	case step >= coarse:
		f.is(Hint, "Verdicts hold; rates, delays and the order of packets of several interfaces are rough.",
			"Capture with microseconds or better: a current capture library, timestamps of the kernel or the network card.")
	case share(c.equal, c.packets) >= batchShare && c.longest >= batchLength:
		f.Measured += "; " + of(c.equal, c.packets, "share the time of the one before") + fmt.Sprintf(", up to %d in a row", c.longest+1)
		f.is(Hint, "Packets were stamped in batches: rates over short times and delays are rough.",
			"Let the kernel or the network card stamp packets as they come, not the program when it reads them.")
	default:
		if c.silence >= int64(time.Minute) {
			f.Measured += fmt.Sprintf("; longest silence %s, before packet %s", span(c.silence), grouped(c.silenceAt))
		}
	}
}
