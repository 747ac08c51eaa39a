package view

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScreens(t *testing.T) {
	sizes := []struct{ width, height int }{{80, 24}, {200, 50}, {120, 30}, {40, 10}, {100, 16}}
	for _, size := range sizes {
		name := fmt.Sprintf("%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := newScreens(t, size.width, size.height)
			golden(t, "waiting-"+name+".txt", s.text())
			sc := live()
			s.tell(sc.look(2*time.Second, 0))
			golden(t, "no-packets-"+name+".txt", s.text())
			s.tell(sc.look(2*time.Second, 24_000))
			golden(t, "no-peers-"+name+".txt", s.text())
			s.tell(sc.look(2*time.Second, 30_000, office()[:5]...), sc.look(50*time.Second, 500_000, office()[5:]...))
			golden(t, "office-"+name+".txt", s.text())
		})
	}
}

// The colours, with a selection and a loss that goes on.
func TestColours(t *testing.T) {
	s, sc := officeScreens(t, 80, 24)
	sc.interfaces[0].DroppedByKernel = 100
	s.tell(sc.look(2*time.Second, 1000))
	s.press("2", "down", "down", "text /", "text country:BR", "enter")
	golden(t, "colours-80x24.txt", strings.ReplaceAll(s.View().Content, "\x1b", "^[")+"\n")
}

// A look that lacks its summary, as none should, is shown as one that found nothing.
func TestLookWithoutSummary(t *testing.T) {
	s, sc := newScreens(t, 80, 24), live()
	l := sc.look(time.Second, 10)
	l.Summary = nil
	s.tell(l)
	s.inbox.put(nil)
	s.Update(looked{})
	for _, k := range []string{"1", "2", "3", "4", "5"} {
		s.press(k)
		s.text()
	}
}
