package pipeline

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// sumOf is how many packets a report accounts for.
func sumOf(c *report.Coverage) uint64 {
	sum := c.InFlows + c.Filtered
	for _, n := range c.NotFlows {
		sum += n.Number
	}
	return sum
}

// A table that fails costs the batch that it failed on; the next one is counted again.
func TestPanicOfTable(t *testing.T) {
	data, _ := markedCapture(t)
	got, res := judgedBy(t, data, Options{}, func(s *street) {
		evictions := 0
		l := s.lanes[0]
		s.lanes = s.lanes[:1]
		l.table = flow.NewTable(flow.Options{MaxFlows: 5}, func(f *flow.Flow) {
			if evictions++; evictions == 2 {
				panic("no room")
			}
			l.evicted(f)
		})
	})
	c := &res.Coverage
	if c.Panics != 1 || c.PanicFrame == 0 || !strings.HasPrefix(c.Panic, "counting: no room (guard_steps_test.go:") || !res.Damaged {
		t.Errorf("%d panics, the first at packet %d, %q, damaged %v", c.Panics, c.PanicFrame, c.Panic, res.Damaged)
	}
	if sum := sumOf(c); sum != c.Packets {
		t.Errorf("%d of %d packets accounted for", sum, c.Packets)
	}
	passed := uint64(0)
	for _, n := range c.NotFlows {
		if strings.Contains(n.Reason, "fault of this program") {
			passed = n.Number
		}
	}
	if passed == 0 || passed > flow.BatchSize || len(got) < 5 {
		t.Errorf("%d packets passed over, %d flows", passed, len(got))
	}
}

// A record that cannot be written costs that record; a panic of many tells the first one's place.
func TestPanicOfWriting(t *testing.T) {
	data, first := markedCapture(t)
	want, _ := judgedBy(t, data, Options{}, nil)
	for _, every := range []bool{false, true} {
		source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		written, begins := 0, first
		res, err := Run(context.Background(), source, Options{Write: func(r *report.Record) error {
			begins = min(begins, r.Flow.FirstFrame)
			if every || r.Flow.FirstFrame == first {
				panic("no ink")
			}
			written++
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		failed, at := 1, first
		if every {
			failed, at = len(want), begins
		}
		c := &res.Coverage
		if c.Panics != uint64(failed) || written != len(want)-failed || !strings.HasPrefix(c.Panic, "writing: no ink (guard_steps_test.go:") {
			t.Errorf("%d panics, %q, %d records of %d", c.Panics, c.Panic, written, len(want))
		}
		if c.PanicFrame != at || !res.Damaged || sumOf(c) != c.Packets {
			t.Errorf("at packet %d, want %d; damaged %v; %d of %d packets accounted for", c.PanicFrame, at, res.Damaged, sumOf(c), c.Packets)
		}
	}
}

// A flow that is pushed out and cannot be judged then is written without a verdict.
func TestPanicOfEviction(t *testing.T) {
	data, first := markedCapture(t)
	got, res := judgedBy(t, data, Options{MaxFlows: 3, detectors: onMark(func(o *classify.Observation) { o.Flow.State = 1<<32 - 1 })},
		func(s *street) { s.size = 1 })
	c := &res.Coverage
	if c.Panics == 0 || c.Panics > 4 || c.PanicFrame != first+1 || !res.Damaged || sumOf(c) != c.Packets {
		t.Errorf("%d panics, the first at packet %d, %q", c.Panics, c.PanicFrame, c.Panic)
	}
	if uint64(len(got)) != c.Flows {
		t.Errorf("%d flows written, %d counted", len(got), c.Flows)
	}
}

// A program that users build has no detector that fails.
func TestNoFaultsInPrograms(t *testing.T) {
	if len(faults) != 0 {
		t.Errorf("%d detectors that fail", len(faults))
	}
}
