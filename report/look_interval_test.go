package report

import (
	"strings"
	"testing"
	"time"
)

func TestIntervals(t *testing.T) {
	began := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	look := func(after time.Duration, packets, dropped, evicted, unseen uint64, last bool) *Look {
		return &Look{Began: began, Time: began.Add(after), Last: last, Load: Load{Evicted: evicted},
			Gaps:       Gaps{Acks: 10 * packets, Unseen: unseen, Octets: 1000 * packets, UnseenOctets: 100 * unseen},
			Interfaces: []InterfaceCount{{Name: "eth\x1b1", Up: true, Received: packets, DroppedByKernel: dropped}}}
	}
	i := Intervals{Every: time.Minute}
	if _, ends := i.Look(look(30*time.Second, 10, 0, 0, 0, false)); ends {
		t.Error("an interval ends early")
	}
	first, ends := i.Look(look(61*time.Second, 100, 5, 2, 10, false))
	if c := first.Interfaces[0]; !ends || first.Seconds != 61 || c.Received != 100 || c.DroppedByKernel != 5 || first.Evicted != 2 || first.Gaps.Unseen != 10 {
		t.Errorf("%v %+v", ends, first)
	}
	if words := first.Words(); !strings.Contains(words, "100 packets, dropped 5 by the kernel and 0 by the interface") ||
		!strings.Contains(words, "2 flows evicted; mirror gaps: about 1 % of octets") || strings.Contains(words, "\x1b") {
		t.Errorf("%q", words)
	}
	if _, ends := i.Look(look(62*time.Second, 101, 5, 2, 10, false)); ends {
		t.Error("an interval of a second")
	}
	second, ends := i.Look(look(70*time.Second, 150, 5, 2, 8, true))
	if c := second.Interfaces[0]; !ends || second.Seconds != 9 || c.Received != 50 || c.DroppedByKernel != 0 || second.Evicted != 0 || second.Gaps.Unseen != 0 {
		t.Errorf("the last look ends one: %v %+v", ends, second)
	}
	if words := second.Words(); !strings.Contains(words, "0 flows evicted; mirror complete by 500 acknowledgements") {
		t.Errorf("%q", words)
	}
	if _, ends := (&Intervals{}).Look(look(time.Hour, 1, 0, 0, 0, true)); ends {
		t.Error("an interval that nobody asked for")
	}
}
