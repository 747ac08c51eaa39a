package view

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/report"
)

// screenBuffer is a terminal that remembers what it was sent.
type screenBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screenBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screenBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor waits until out shows what is wanted.
func waitFor(t *testing.T, out *screenBuffer, want string) {
	t.Helper()
	for range 1000 {
		if strings.Contains(out.String(), want) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q is never shown: %q", want, out.String())
}

func testOptions(in io.Reader, out io.Writer) Options {
	return Options{In: in, Out: out, Environ: []string{"TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1", "SSH_TTY=x"}, Program: "peeratlas 1.0",
		Inputs: []string{"eth1"}, width: 100, height: 30}
}

// Run draws, obeys keys, and leaves the terminal as it was.
func TestRun(t *testing.T) {
	in, keys := io.Pipe()
	out := &screenBuffer{}
	o := testOptions(in, out)
	asked := make(chan bool, 1)
	o.Quit = func() { asked <- true }
	v := New(o)
	sc := live()
	_ = v.Look(sc.look(2*time.Second, 0))
	ended := make(chan error, 1)
	go func() { ended <- v.Run(context.Background()) }()
	waitFor(t, out, "No packet came by eth1 yet")
	_ = v.Look(sc.look(2*time.Second, 1000, office()...))
	waitFor(t, out, "Brazil")
	_, _ = keys.Write([]byte("q"))
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-asked
	_ = v.Look(sc.look(2*time.Second, 1000)) // nobody looks any more
	got := out.String()
	for _, pair := range [][2]string{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"}} {
		if on, off := strings.LastIndex(got, pair[0]), strings.LastIndex(got, pair[1]); on < 0 || off < on {
			t.Errorf("%q is not taken back by %q", pair[0], pair[1])
		}
	}
	for _, colour := range []string{"\x1b[31", "\x1b[36", "\x1b[1;3", ";36m"} {
		if strings.Contains(got, colour) {
			t.Errorf("NO_COLOR, and %q", colour)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	in, _ := io.Pipe()
	out := &screenBuffer{}
	v := New(testOptions(in, out))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	waitFor(t, out, "Waiting for the first look")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "\x1b[?1049l") {
		t.Error("the terminal is not left")
	}
}

// stuck takes no output after its first octets, as a terminal does after control-S.
type stuck struct{ until chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.until
	return len(p), nil
}

// A terminal that is stuck holds back neither the looks nor the end.
func TestStuckTerminal(t *testing.T) {
	in, _ := io.Pipe()
	until := make(chan struct{})
	defer close(until)
	o := testOptions(in, stuck{until})
	o.MaxFlows, o.leaving = 100, 100*time.Millisecond
	v := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	sc := live()
	looks := []*report.Look{sc.look(time.Second, 1000, office()...), sc.look(time.Second, 1000, crowd(50)...)}
	begun := time.Now()
	for range 1000 {
		for _, l := range looks {
			_ = v.Look(l)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("2,000 looks took %v", took)
	}
	if n := len(v.inbox.news); n > 2*100 {
		t.Errorf("%d news are kept, of at most 100 or so", n)
	}
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, ErrStuck) {
			t.Errorf("got %v, want %v", err, ErrStuck)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

// News of looks that were passed over are kept, in order, and what gave way is counted.
func TestNewsArePassedOn(t *testing.T) {
	s, sc := newScreens(t, 100, 30, func(o *Options) { o.MaxFlows = 40 }), live()
	for _, d := range office() {
		s.inbox.put(sc.look(time.Second, 10, d))
	}
	s.Update(looked{})
	if got := len(s.sightings.list); got != 9 || s.inbox.skipped != 8 {
		t.Errorf("%d flows, %d looks passed over", got, s.inbox.skipped)
	}
	for _, d := range crowd(100) {
		d.at += time.Hour
		s.inbox.put(sc.look(time.Second, 10, d))
	}
	s.Update(looked{})
	if got := len(s.sightings.list); got != 40 || s.sightings.gone+s.missed != 69 {
		t.Errorf("%d flows are listed, %d+%d are not", got, s.sightings.gone, s.missed)
	}
	if got := len(s.sightings.of); got != 40 {
		t.Errorf("%d flows are known by name", got)
	}
	if s.press("5"); s.line("69 older ones are not") == "" {
		t.Errorf("\n%s", s.text())
	}
}

func TestPossible(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    string
	}{
		{[]string{"TERM=dumb"}, `TERM is "dumb"`}, {[]string{"TERM=xterm", "TERM=dumb"}, `TERM is "dumb"`}, {[]string{"TERM=xterm"}, "must be a terminal"},
	} {
		err := Possible(strings.NewReader(""), &bytes.Buffer{}, c.environ)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.environ, err)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := New(Options{In: r, Out: w, Environ: []string{"TERM=xterm"}}).Run(context.Background()); err == nil {
		t.Error("a view on a pipe")
	}
}
