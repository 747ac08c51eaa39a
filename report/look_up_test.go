package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// An interface that goes down and comes back is told once each, as a line and as an event.
func TestInterfaceDown(t *testing.T) {
	var words, events bytes.Buffer
	lines, e := NewLookLines(&bytes.Buffer{}, &words), NewLookEvents(&events)
	for n, up := range []bool{true, false, false, true, true} {
		l := &Look{Number: uint64(n + 1), Time: time.Unix(int64(n), 0), Interfaces: []InterfaceCount{{Name: "eth0", Up: true}, {Name: "eth\x1b1", Up: up}}}
		if err := lines.Look(l); err != nil {
			t.Fatal(err)
		}
		if err := e.Look(l); err != nil {
			t.Fatal(err)
		}
	}
	if got := words.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1 is down") || !strings.Contains(got, "1 is up again") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	if got := events.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"event":"interface"`) || !strings.Contains(got, `"up":false`) {
		t.Errorf("%q", got)
	}
}
