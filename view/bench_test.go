package view

import (
	"fmt"
	"testing"
	"time"

	"peeratlas/report"
)

// crowded is a screen with so many peers and flows.
func crowded(tb testing.TB, n int) *screens {
	s := newScreens(tb, 200, 50, func(o *Options) { o.MaxFlows = n })
	s.tell(crowdedLook(n))
	s.press("3")
	s.View()
	return s
}

func crowdedLook(n int) *report.Look { return live().look(2*time.Second, uint64(n)*3, crowd(n)...) }

// A frame costs what is seen of it, however many peers there are.
func TestFramesAreBounded(t *testing.T) {
	allocations := map[int]float64{}
	for _, n := range []int{100, 20_000} {
		s := crowded(t, n)
		for _, keys := range [][]string{{"3", "down"}, {"end", "down"}, {"4", "end"}} {
			s.press(keys...)
			allocations[n] = max(allocations[n], testing.AllocsPerRun(5, func() { s.View() }))
		}
	}
	if few, many := allocations[100], allocations[20_000]; many > 1.5*few || many > 8000 {
		t.Errorf("a frame takes %.0f allocations with 100 peers, %.0f with 20,000", few, many)
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprintf("peers=%d", n), func(b *testing.B) {
			s := crowded(b, n)
			b.ReportAllocs()
			for b.Loop() {
				s.View()
			}
		})
	}
}

// BenchmarkLook is a look of which every row is new to the panes, drawn once.
func BenchmarkLook(b *testing.B) {
	for _, filter := range []string{"", "country:BR", "skype"} {
		b.Run("peers=100000/filter="+filter, func(b *testing.B) {
			s := crowded(b, 100_000)
			s.setFilter(parseFilter(filter))
			l := *s.latest
			l.News = l.News[:100]
			for b.Loop() {
				s.tell(&l)
				s.press("4")
				s.View()
				s.press("3")
				s.View()
			}
		})
	}
}
