package report

import (
	"fmt"
	"strings"
	"time"
)

// Interval is what came, and was lost, between two looks.
type Interval struct {
	V          int              `json:"v"`
	Event      string           `json:"event"` // "interval"
	Time       time.Time        `json:"time"`  // of its end
	Seconds    float64          `json:"seconds"`
	Interfaces []InterfaceCount `json:"interfaces"`
	Evicted    uint64           `json:"flows_evicted"`
	Gaps       Gaps             `json:"mirror_gaps"`
}

// Intervals makes one of looks every so often. It is used by one goroutine.
type Intervals struct {
	Every time.Duration
	last  *Look
}

// Look returns the interval that ends with l; false if it goes on. The last look ends one.
func (i *Intervals) Look(l *Look) (Interval, bool) {
	if i.last == nil {
		i.last = &Look{Time: l.Began}
	}
	passed := l.Time.Sub(i.last.Time)
	if i.Every <= 0 || passed < i.Every && !l.Last {
		return Interval{}, false
	}
	v := Interval{V: RecordVersion, Event: "interval", Time: l.Time.UTC(), Seconds: max(passed.Seconds(), 0),
		Interfaces: make([]InterfaceCount, len(l.Interfaces)), Evicted: l.Load.Evicted - i.last.Load.Evicted, Gaps: l.Gaps.since(i.last.Gaps)}
	for n := range l.Interfaces {
		v.Interfaces[n] = l.Interfaces[n]
		if n < len(i.last.Interfaces) {
			v.Interfaces[n].subtract(&i.last.Interfaces[n])
		}
	}
	i.last = &Look{Time: l.Time, Interfaces: l.Interfaces, Load: l.Load, Gaps: l.Gaps}
	return v, true
}

func (c *InterfaceCount) subtract(before *InterfaceCount) {
	c.Received -= before.Received
	c.Octets -= before.Octets
	c.DroppedByKernel -= before.DroppedByKernel
	c.DroppedByInterface -= before.DroppedByInterface
	c.Undecodable -= before.Undecodable
	c.Cut -= before.Cut
}

// since is what came after before. What is taken back, as an octet that comes late is, counts as none.
func (g Gaps) since(before Gaps) Gaps {
	less := func(a, b uint64) uint64 { return max(a, b) - b }
	return Gaps{Acks: less(g.Acks, before.Acks), Unseen: less(g.Unseen, before.Unseen), Octets: less(g.Octets, before.Octets),
		UnseenOctets: less(g.UnseenOctets, before.UnseenOctets), Sampled: less(g.Sampled, before.Sampled)}
}

// Words say what the mirror itself lost; "" where nothing tells.
func (g Gaps) Words() string {
	switch {
	case g.Acks == 0:
		return ""
	case g.Unseen == 0:
		return "mirror complete by " + counted(g.Acks, "acknowledgement", "acknowledgements")
	}
	return fmt.Sprintf("mirror gaps: about %.2g %% of octets", 100*g.Lost())
}

// Words are the interval in one line.
func (i *Interval) Words() string {
	var b strings.Builder
	lasted, unit := time.Duration(i.Seconds*1e9), time.Second
	if lasted < 10*unit {
		unit /= 10
	}
	fmt.Fprintf(&b, "%s the last %s: ", lookTime(i.Time), lasted.Round(unit))
	for n := range i.Interfaces {
		c := &i.Interfaces[n]
		fmt.Fprintf(&b, "%s: %s, dropped %s by the kernel and %s by the interface, %s undecodable; ", Clean(c.Name, 60),
			counted(c.Received, "packet", "packets"), grouped(c.DroppedByKernel), grouped(c.DroppedByInterface), grouped(c.Undecodable))
	}
	b.WriteString(counted(i.Evicted, "flow", "flows") + " evicted")
	if w := i.Gaps.Words(); w != "" {
		b.WriteString("; " + w)
	}
	return b.String()
}
