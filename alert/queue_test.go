package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/geo"
)

// fake is a sink that does what the test says.
type fake struct {
	mutex sync.Mutex
	send  func(n int, m *Message) error // n counts calls from 1
	calls int
	got   []*Message
}

func (f *fake) Name() string { return "fake" }

func (f *fake) Send(ctx context.Context, m *Message) error {
	f.mutex.Lock()
	f.calls++
	n := f.calls
	f.mutex.Unlock()
	var err error
	if f.send != nil {
		err = f.send(n, m)
	}
	if err == nil {
		f.mutex.Lock()
		f.got = append(f.got, m)
		f.mutex.Unlock()
	}
	return err
}

func (f *fake) Close(context.Context) error { return nil }

func (f *fake) count() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.got)
}

// hosts are looks that each give one alert: an unknown place is no country.
func hostLook(n int) far {
	return far{host: fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255), peer: p1, location: geo.Location{Country: geo.Unknown}}
}

var quick = &patience{first: time.Millisecond, most: 5 * time.Millisecond}

func teller(t *testing.T, o Options) *Teller {
	t.Helper()
	n, err := NewTeller(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// A sink that never returns delays nobody, and Close no more than it may.
func TestDeadSinkDelaysNobody(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	dead := &fake{send: func(int, *Message) error { <-stuck; return nil }}
	alive := &fake{}
	n := teller(t, Options{Sinks: []Sink{dead, alive}, Queue: 10})
	n.within = 500 * time.Millisecond
	worst := time.Duration(0)
	for i := range 200 {
		start := time.Now()
		n.Look(look(i, hostLook(i)))
		worst = max(worst, time.Since(start))
		eventually(t, "the sink that works", func() bool { return alive.count() == i+1 })
	}
	if worst > time.Second {
		t.Errorf("a look took %v", worst)
	}
	start := time.Now()
	err := n.Close()
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	// One is in the sink's hands; 10 wait; the rest had no room.
	if err == nil || !strings.Contains(err.Error(), "fake: it did not end in time: 199 alerts were not told") {
		t.Error(err)
	}
	if c := n.Counts(); c[0] != (Count{"fake", 0, 189, 10}) || c[1] != (Count{"fake", 200, 0, 0}) {
		t.Errorf("%+v", c)
	}
}

// What was dropped is told as soon as it can be.
func TestDroppedIsTold(t *testing.T) {
	gate := make(chan struct{})
	sink := &fake{send: func(int, *Message) error { <-gate; return nil }}
	n := teller(t, Options{Sinks: []Sink{sink}, Queue: 2})
	n.Look(look(0, hostLook(0)))
	eventually(t, "the first to be taken", func() bool { return n.Counts()[0].Waiting == 0 })
	for i := 1; i < 8; i++ {
		n.Look(look(i, hostLook(i)))
	}
	close(gate)
	eventually(t, "all", func() bool { return sink.count() == 4 })
	if err := n.Close(); err == nil || err.Error() != "fake: 5 alerts were not told" {
		t.Error(err)
	}
	var got []string
	for _, m := range sink.got {
		got = append(got, string(m.Alert.Kind))
		if !json.Valid(m.Line) {
			t.Errorf("%s", m.Line)
		}
		if m.Alert.Kind == AlertsDropped && m.Alert.Number != 5 {
			t.Errorf("%d told as dropped", m.Alert.Number)
		}
	}
	if s := strings.Join(got, " "); s != "first_p2p_host alerts_dropped first_p2p_host first_p2p_host" {
		t.Error(s)
	}
}

func TestQueueTriesAgain(t *testing.T) {
	var words told
	sink := &fake{send: func(n int, _ *Message) error {
		if n < 4 {
			return errors.New("no route\nto host")
		}
		return nil
	}}
	n := teller(t, Options{Sinks: []Sink{sink}, Tell: words.tell, patience: quick})
	n.Look(look(1, hostLook(1)))
	words.has(t, "fake takes alerts again")
	if want := "fake: no route\\x0ato host\nfake takes alerts again"; words.all() != want {
		t.Errorf("%q", words.all())
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestQueueGivesUp(t *testing.T) {
	sink := &fake{send: func(n int, m *Message) error {
		switch {
		case m.Alert.host().String() == "10.0.0.1":
			return refused{errors.New("no")}
		case m.Alert.host().String() == "10.0.0.2":
			return errors.New("later")
		}
		return nil
	}}
	n := teller(t, Options{Sinks: []Sink{sink}, patience: &patience{tries: 3, first: time.Millisecond, most: time.Millisecond}})
	for i := 1; i <= 3; i++ {
		n.Look(look(i, hostLook(i)))
	}
	eventually(t, "the third", func() bool { return sink.count() == 2 }) // it, and that two were dropped
	if sink.calls != 1+3+2 || sink.got[1].Alert.Number != 2 {
		t.Errorf("%d calls, %d told as dropped", sink.calls, sink.got[1].Alert.Number)
	}
}

// Who closes does not wait for a pause: each sink is tried once more.
func TestCloseEndsPauses(t *testing.T) {
	sink := &fake{send: func(int, *Message) error { return errors.New("down") }}
	n := teller(t, Options{Sinks: []Sink{sink}, patience: &patience{first: time.Hour, most: time.Hour}})
	for i := range 5 {
		n.Look(look(i, hostLook(i)))
	}
	eventually(t, "the first try", func() bool { sink.mutex.Lock(); defer sink.mutex.Unlock(); return sink.calls == 1 })
	start := time.Now()
	err := n.Close()
	if took := time.Since(start); took > 3*time.Second || sink.calls != 2 {
		t.Errorf("took %v, %d calls", took, sink.calls)
	}
	if err == nil || err.Error() != "fake: 5 alerts were not told" {
		t.Error(err)
	}
}

func TestPatience(t *testing.T) {
	p := patience{first: time.Second, most: time.Minute}
	seen := map[time.Duration]bool{}
	for n := 1; n < 100; n++ {
		want := time.Minute
		if n <= 6 {
			want = time.Second << (n - 1)
		}
		if d := p.wait(n); d < want/2 || d > want {
			t.Errorf("after failure %d a pause of %v", n, d)
		} else {
			seen[d] = true
		}
	}
	if len(seen) < 50 {
		t.Error("there is no jitter")
	}
}

func TestLeastSeverity(t *testing.T) {
	sink := &fake{}
	n := teller(t, Options{Sinks: []Sink{sink}, Least: Warning})
	n.Look(look(1, far{host: h1, peer: p1, country: "BR"})) // a warning, and the probe, which is info
	n.Close()
	if len(sink.got) != 1 || sink.got[0].Alert.Kind != FirstHost {
		t.Errorf("%d told", len(sink.got))
	}
}

// After a restart nothing is first again; without a state file it is.
func TestRestart(t *testing.T) {
	state := t.TempDir() + "/state"
	for i, want := range []int{2, 0, 1, 0} {
		sink := &fake{}
		n := teller(t, Options{Sinks: []Sink{sink}, State: state})
		if i < 2 {
			n.Look(look(1, far{host: h1, peer: p1, country: "BR"}))
		} else {
			n.Look(look(1, far{host: h1, peer: p1, country: "BR", answered: true}))
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if len(sink.got) != want {
			t.Errorf("start %d: %d alerts, want %d", i, len(sink.got), want)
		}
	}
}

func TestLookAfterClose(t *testing.T) {
	n := teller(t, Options{Sinks: []Sink{&fake{}}})
	for range 2 {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	if n.Look(look(1, hostLook(1))) != nil {
		t.Error("it does not stay closed")
	}
	n.Rotate()
}

func TestStateThatCannotBeWritten(t *testing.T) {
	if _, err := NewTeller(Options{State: t.TempDir() + "/none/state"}); err == nil || !strings.Contains(err.Error(), "--alert-state") {
		t.Error(err)
	}
}
