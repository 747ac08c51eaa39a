package view

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func officeScreens(t testing.TB, width, height int) (*screens, *scene) {
	s, sc := newScreens(t, width, height), live()
	s.tell(sc.look(2*time.Second, 0), sc.look(55*time.Second, 500_000, office()...))
	return s, sc
}

func TestPanesTurn(t *testing.T) {
	s, _ := officeScreens(t, 80, 24)
	for _, k := range []struct{ keys, want string }{
		{"2", "[2 Hosts 3]"}, {"tab", "[3 Newest 9]"}, {"tab", "[4 Peers 8]"}, {"tab", "[5 Capture]"}, {"tab", "[1 Countries 7]"},
		{"shift+tab", "[5 Capture]"}, {"4", "[4 Peers 8]"}, {"1", "[1 Countries 7]"},
	} {
		s.press(k.keys)
		if s.line(k.want) == "" {
			t.Errorf("after %s, no %s:\n%s", k.keys, k.want, s.text())
		}
	}
}

func TestQuitAsksTheWatch(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		asked := make(chan bool, 2)
		s := newScreens(t, 80, 24, func(o *Options) { o.Quit = func() { asked <- true } })
		cmd := s.press(key)
		if cmd == nil {
			t.Fatalf("%s does nothing", key)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%s does not end the program", key)
		}
		s.press(key)
		<-asked
		select {
		case <-asked:
			t.Error("asked twice")
		case <-time.After(20 * time.Millisecond):
		}
	}
	s, _ := officeScreens(t, 80, 24)
	if s.press("?"); s.page == nil {
		t.Fatal("no help")
	}
	if cmd := s.press("q"); cmd != nil || s.page != nil {
		t.Error("q on a page does not just go back")
	}
	if s.press("?"); s.press("ctrl+c") == nil {
		t.Error("ctrl+c on a page does not quit")
	}
	if s.press("text /"); s.press("q") != nil || s.typed != "" && s.typed != "q" {
		t.Errorf("q while typing: %q", s.typed)
	}
}

// The selection follows its thing, on its line of the screen, when rows move.
func TestSelectionFollows(t *testing.T) {
	s, sc := officeScreens(t, 80, 24)
	s.press("3", "down", "down", "down")
	was := s.line("> 09:00:42")
	row := lineNumber(s.text(), "> 09:00:42")
	if was == "" {
		t.Fatalf("nothing is selected:\n%s", s.text())
	}
	for i := range 30 {
		more := office()[0]
		more.src, more.at = "192.168.10.23:"+string(rune('1'+i%9))+"000", time.Minute+time.Duration(i)*time.Second
		s.tell(sc.look(time.Second, 100, more))
		if got := s.line("> 09:00:42"); strings.TrimSpace(got[2:]) != strings.TrimSpace(was[2:]) {
			t.Fatalf("after %d more rows the selection is at %q, was at %q:\n%s", i+1, s.line(">"), was, s.text())
		}
	}
	if now := lineNumber(s.text(), "> 09:00:42"); now != row {
		t.Errorf("the selection is on line %d, was on %d", now, row)
	}
	s.press("enter")
	if s.line("udp 192.168.10.31:50212 -> 198.51.100.6:3478") == "" {
		t.Errorf("another flow was opened:\n%s", s.text())
	}
	s.press("esc", "esc")
	if lineNumber("\n"+s.text(), "\n> ") >= 0 || s.panes[paneNewest].selected != nil || !strings.Contains(s.line("09:01:29"), "09:01:29") {
		t.Errorf("esc does not go back to the newest:\n%s", s.text())
	}
}

func lineNumber(text, part string) int {
	for i, l := range strings.Split(text, "\n") {
		if strings.Contains(l, part) {
			return i
		}
	}
	return -1
}

// With nothing selected, what is newest stays in sight.
func TestNewestStaysInSight(t *testing.T) {
	s, sc := officeScreens(t, 80, 24)
	for _, d := range crowd(2000)[1000:] {
		d.at += time.Hour
		s.flowsOnly(sc, d)
	}
	first := s.line("NEWEST")
	lines := strings.Split(s.text(), "\n")
	if at := lineNumber(s.text(), first); !strings.Contains(lines[at+1], "11.0.7.207") {
		t.Errorf("the newest flow is not on top:\n%s", s.text())
	}
}

// flowsOnly tells of one more flow, with the summary as it was.
func (s *screens) flowsOnly(sc *scene, d told) {
	l := *s.latest
	l.News = nil
	l.News = append(l.News, d.sighting())
	l.Number++
	s.tell(&l)
}

func TestSelectedThingGone(t *testing.T) {
	s, _ := officeScreens(t, 80, 24)
	s.press("1", "down", "down", "down") // CZ
	if s.line("> CZ") == "" {
		t.Fatalf("no selection:\n%s", s.text())
	}
	l := *s.latest
	sum := *l.Summary
	l.Summary = &sum
	sum.Countries = append(sum.Countries[:2:2], sum.Countries[3:]...)
	s.tell(&l)
	if s.line("> DE") == "" {
		t.Errorf("what took the place is not selected:\n%s", s.text())
	}
	sum.Countries = nil
	s.tell(&l)
	s.text()
	s.press("down", "enter", "home", "end", "pgdown", "s", "S", "f")
	s.text()
}

func TestMovesAndPages(t *testing.T) {
	s := newScreens(t, 80, 24)
	sc := live()
	s.tell(sc.look(time.Second, 1000, crowd(300)...))
	s.press("4", "end")
	p := s.panes[panePeers]
	s.text()
	if p.at != 299 || p.top != 300-p.height {
		t.Errorf("end: at %d, top %d", p.at, p.top)
	}
	s.press("pgup")
	s.text()
	if p.at != 299-(p.height-1) {
		t.Errorf("pgup: at %d", p.at)
	}
	s.press("home")
	s.text()
	if p.at != 0 || p.top != 0 {
		t.Errorf("home: at %d, top %d", p.at, p.top)
	}
	s.press("k", "k", "j", "G", "g")
	if s.text(); p.at != 0 {
		t.Errorf("g: at %d", p.at)
	}
}

func TestSort(t *testing.T) {
	s, _ := officeScreens(t, 80, 24)
	s.press("1")
	first := func() string {
		lines := strings.Split(s.text(), "\n")
		return strings.Join(strings.Fields(lines[lineNumber(s.text(), "COUNTRY")+1])[:4], " ")
	}
	was := first()
	s.text()
	s.press("s") // by name
	if s.line("COUNTRY▲") == "" || !strings.Contains(first(), "Unknown") && !strings.Contains(first(), "Anycast") {
		t.Errorf("by name:\n%s", s.text())
	}
	s.press("s", "s") // exchanged, probed
	if s.line("▼probed") == "" || !strings.Contains(first(), "BR") {
		t.Errorf("by probed:\n%s", s.text())
	}
	s.press("s", "s")
	if s.line("▼sent") == "" || !strings.Contains(first(), "US") {
		t.Errorf("by sent:\n%s", s.text())
	}
	s.press("S")
	if s.line("▲sent") == "" || !strings.Contains(first(), "Unknown") {
		t.Errorf("reversed:\n%s", s.text())
	}
	for range 20 {
		if s.panes[paneCountries].sorted < 0 {
			break
		}
		s.press("s")
		s.text()
	}
	if first() != was {
		t.Errorf("sorting does not come round:\n%s", s.text())
	}
	for pane := range numPanes - 1 {
		s.press(string(rune('1' + pane)))
		for range 40 {
			s.press("s", "S")
			s.text()
		}
	}
}

func TestPause(t *testing.T) {
	s, sc := officeScreens(t, 100, 24)
	s.press("3", "p")
	more := office()[0]
	more.at = 2 * time.Minute
	s.tell(sc.look(2*time.Second, 1000, more), sc.look(2*time.Second, 1000))
	if s.line("PAUSED at 09:00:57, 2 looks wait") == "" || s.line("NEWEST", "09:02:00") != "" || s.line("09:02:00") != "" {
		t.Errorf("it does not pause:\n%s", s.text())
	}
	if s.line("502,000 packets") == "" {
		t.Errorf("the head does not go on:\n%s", s.text())
	}
	s.press("p")
	if s.line("PAUSED") != "" || s.line("09:02:00") == "" {
		t.Errorf("it does not go on:\n%s", s.text())
	}
}

func TestResize(t *testing.T) {
	s, _ := officeScreens(t, 80, 24)
	pages := [][]string{{"1", "down"}, {"2", "down"}, {"3", "down"}, {"4", "down"}, {"5"}, {"?"}, {"esc", "3", "enter"}, {"esc", "2", "enter"}, {"esc", "1", "enter"},
		{"esc", "4", "enter"}, {"esc", "text /", "text country:DE"}}
	for _, keys := range pages {
		s.press(keys...)
		for _, w := range []int{1, 2, 7, 20, 40, 59, 60, 80, 150, 200, 400} {
			for _, h := range []int{1, 2, 3, 4, 5, 6, 11, 12, 17, 18, 19, 20, 21, 50} {
				s.Update(tea.WindowSizeMsg{Width: w, Height: h})
				s.text() // checks its sizes
			}
		}
		s.Update(tea.WindowSizeMsg{Width: 0, Height: 0})
		if s.View().Content != "" {
			t.Error("something is drawn on nothing")
		}
	}
}

func TestCopy(t *testing.T) {
	s, _ := officeScreens(t, 80, 24)
	s.press("3", "down", "enter")
	if s.press("y") == nil || s.line("clipboard") == "" {
		t.Errorf("y does not copy:\n%s", s.text())
	}
	if want := "ip"; !strings.HasPrefix(s.page.copy, want) || !strings.Contains(s.page.copy, "udp.port == 50301") {
		t.Errorf("copies %q", s.page.copy)
	}
	s.press("down")
	if s.line("clipboard") != "" {
		t.Error("the message stays")
	}
}
