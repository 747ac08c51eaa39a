package pipeline

import (
	"testing"
	"time"
)

// A watch that waits for half of the time works alone; one that hardly waits has others help, and
// both are found out within paceTime.
func TestPace(t *testing.T) {
	tests := []struct {
		name   string
		waited time.Duration // of paceTime
		want   bool
	}{
		{"never waits", 0, false},
		{"waits a little", paceTime / 10, false},
		{"waits half of the time", paceTime / 2, true},
		{"nothing comes", paceTime, true},
	}
	now := time.Unix(1000, 0)
	p := pace{begun: now}
	if p.spares(now) {
		t.Error("spare time from the start")
	}
	for _, tt := range tests {
		before := p.spare
		p.waited += tt.waited
		if now = now.Add(paceTime / 2); p.spares(now) != before {
			t.Errorf("%s: another answer before the time is over", tt.name)
		}
		if now = now.Add(paceTime / 2); p.spares(now) != tt.want || p.waited != 0 {
			t.Errorf("%s: %v, %v carried on", tt.name, p.spare, p.waited)
		}
	}
}
