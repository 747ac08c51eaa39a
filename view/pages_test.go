package view

import (
	"strings"
	"testing"
	"time"

	"peeratlas/report"
)

func TestPages(t *testing.T) {
	for name, keys := range map[string][]string{
		"country": {"1", "down", "enter"}, "host": {"2", "down", "enter"}, "flow": {"3", "end", "enter"}, "peer": {"4", "down", "enter"},
		"capture": {"5"}, "help": {"?"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := officeScreens(t, 80, 60)
			s.press(keys...)
			golden(t, "page-"+name+".txt", s.text())
		})
	}
}

// Where it is narrow, words of the help hang below their keys, and none is lost.
func TestHelpIsNarrow(t *testing.T) {
	for _, width := range []int{1, 8, 20, 40, 59, 60, 78, 200} {
		s, _ := officeScreens(t, width, 200)
		s.press("?")
		if text := strings.Join(strings.Fields(s.text()), ""); !strings.Contains(text, "ifoneoftheirpeerspasses.") && width >= 8 {
			t.Errorf("%d columns:\n%s", width, s.text())
		}
		if width == 40 {
			golden(t, "page-help-40.txt", s.text())
		}
	}
}

// A page follows its thing, and keeps what was told of one that is gone.
func TestPageFollows(t *testing.T) {
	s, sc := officeScreens(t, 100, 40)
	s.press("3", "down", "enter")
	if s.line("The flow goes on") == "" {
		t.Fatalf("\n%s", s.text())
	}
	l := sc.look(time.Second, 10)
	ended := office()[8].sighting()
	ended.News = report.Ended
	l.News = append(l.News, ended)
	s.tell(l)
	if s.line("this is final") == "" {
		t.Errorf("the page does not follow:\n%s", s.text())
	}
	if n := len(s.sightings.list); n != 9 {
		t.Errorf("%d flows are held: one was told of twice", n)
	}
	s.sightings.of, s.sightings.list = map[sighted]*sighting{}, nil
	s.tell(sc.look(time.Second, 10))
	if s.line("It is not held any more; this is as of 09:00:58.") == "" || s.line("[fd00:10::31]:50300 -> [2001:db8:9::1]:50301") == "" {
		t.Errorf("what was told is lost:\n%s", s.text())
	}
}
