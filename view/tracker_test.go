package view

import (
	"strings"
	"testing"
	"time"

	"peeratlas/report"
)

// TestLoss tells a loss when it begins, while it goes on, and when it is over; red only meanwhile.
func TestLoss(t *testing.T) {
	s := newScreens(t, 160, 24)
	sc := live()
	lossLine := func() string { return strings.TrimSpace(strings.Split(s.text(), "\n")[3]) }
	red := func() bool { return strings.Contains(strings.Split(s.View().Content, "\n")[3], "\x1b[1;31m") }
	for _, step := range []struct {
		after               time.Duration
		kernel, byInterface uint64
		want                string
		alarm               bool
	}{
		{2 * time.Second, 0, 0, "Loss   none by kernel or interface", false},
		{2 * time.Second, 100, 0, "LOSS   going on since 09:00:02: 100 packets (9.1 %) by the kernel, its ring was full", true},
		{2 * time.Second, 100, 50, "LOSS   going on since 09:00:02: 250 packets (11.1 %): 200 by the kernel, 50 by the interface", true},
		{4 * time.Second, 0, 0, "LOSS   going on since 09:00:02: 250 packets (7.7 %): 200 by the kernel, 50 by the interface", true},
		{6 * time.Second, 0, 0, "Loss   over: 09:00:02 to 09:00:06, 250 packets (5.9 %): 200 by the kernel, 50 by the interface", false},
		{time.Minute, 0, 0, "Loss   over: 09:00:02 to 09:00:06, 250 packets (5.9 %): 200 by the kernel, 50 by the interface", false},
		{2 * time.Second, 0, 9, "LOSS   going on since 09:01:16: 9 packets (0.89 %) by the interface; 2 times, 3.6 % in all", true},
	} {
		sc.interfaces[0].DroppedByKernel += step.kernel
		sc.interfaces[0].DroppedByInterface += step.byInterface
		s.tell(sc.look(step.after, 1000))
		if got := lossLine(); got != step.want {
			t.Errorf("got  %s\nwant %s", got, step.want)
		}
		if red() != step.alarm {
			t.Errorf("red is %v at %s", red(), lossLine())
		}
	}
	sc.gaps = report.Gaps{Acks: 1000, Unseen: 12, Octets: 1e6, UnseenOctets: 12e3, Sampled: 7}
	sc.interfaces[0].Undecodable = 1234
	sc.last = true
	s.tell(sc.look(time.Second, 10))
	if got := lossLine(); red() || !strings.HasSuffix(got, "mirror gaps: about 1.2 % of octets; 1,234 undecodable") {
		t.Errorf("%s", got)
	}
}

// Losses in looks that nobody draws are told all the same, with their times.
func TestLossWhilePassedOver(t *testing.T) {
	s, sc := newScreens(t, 120, 24), live()
	s.tell(sc.look(2*time.Second, 1000))
	var looks []*report.Look
	for i := range 20 {
		if i == 3 {
			sc.interfaces[0].DroppedByKernel += 77
		}
		looks = append(looks, sc.look(2*time.Second, 1000))
	}
	for _, l := range looks {
		s.inbox.put(l)
	}
	s.now = looks[19].Time
	s.Update(looked{})
	if s.line("Loss   over: 09:00:08 to 09:00:10, 77 packets") == "" {
		t.Errorf("\n%s", s.text())
	}
	if s.press("5"); s.line("21 looks, 19 never drawn") == "" {
		t.Errorf("\n%s", s.text())
	}
}

func TestInterfaceDown(t *testing.T) {
	s, sc := newScreens(t, 120, 24), live()
	sc.interfaces = append(sc.interfaces, report.InterfaceCount{Name: "eth2", Up: true})
	s.tell(sc.look(2*time.Second, 1000))
	sc.interfaces[1].Up = false
	s.tell(sc.look(2*time.Second, 1000), sc.look(2*time.Second, 1000))
	if s.line("LOSS   eth2 is down since 09:00:04; none by kernel or interface") == "" {
		t.Errorf("\n%s", s.text())
	}
	sc.interfaces[1] = report.InterfaceCount{Name: "eth2", Up: true} // its counters began anew
	s.tell(sc.look(2*time.Second, 1000))
	if s.line("Loss   none") == "" || s.line("500 packets/s") == "" {
		t.Errorf("\n%s", s.text())
	}
}

func TestRates(t *testing.T) {
	s, sc := newScreens(t, 120, 24), live()
	s.tell(sc.look(2*time.Second, 0))
	for _, n := range []uint64{2000, 4000, 0, 8000, 16000} {
		s.tell(sc.look(2*time.Second, n))
	}
	if s.line("8,000 packets/s  32.0 Mbit/s    ▁▂ ▄█ 10 s") == "" {
		t.Errorf("\n%s", s.text())
	}
	for range 300 {
		s.tell(sc.look(2*time.Second, 1000))
	}
	if got := s.tracker.rated; got != 305 {
		t.Errorf("%d rates", got)
	}
	s.now = s.now.Add(time.Minute)
	if s.line("no news for 1 min 0 s") == "" || !s.troubled() {
		t.Errorf("\n%s", s.text())
	}
}

// A file has no interfaces: its own losses are told.
func TestReplay(t *testing.T) {
	s := newScreens(t, 120, 24, func(o *Options) { o.Inputs = []string{"office.pcapng"} })
	sc := &scene{}
	sc.coverage.Cut = 3
	s.tell(sc.look(2*time.Second, 1000))
	if s.line("office.pcapng · reading") == "" || s.line("Loss   3 of 1,000 packets cut short") == "" {
		t.Errorf("\n%s", s.text())
	}
	sc.last = true
	s.tell(sc.look(2*time.Second, 3000, office()...))
	if s.line("office.pcapng · read to its end") == "" || s.line("1,500 packets/s") == "" {
		t.Errorf("\n%s", s.text())
	}
	s.press("5")
	s.text()
}
