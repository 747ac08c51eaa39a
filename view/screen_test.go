package view

import (
	"fmt"
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
