package report

import (
	"fmt"
	"strings"
	"testing"
)

// onMap is the map of a summary of such countries.
func onMap(list ...Country) *mapView {
	for i := range list {
		list[i].Name = rowName(list[i].Code)
	}
	return newHTMLPage(&Summary{Countries: list, Totals: Totals{Relayed: 2, Hosting: 3, Reported: 4}}, HTMLOptions{}, htmlPage()).Map()
}

func TestMapFills(t *testing.T) {
	for n, want := range map[uint64]string{0: "x0", 1: "x1", 2: "x2", 9: "x2", 10: "x3", 99: "x3", 100: "x4", 1e6: "x4"} {
		m := onMap(Country{Code: "BR", P2P: Tally{Exchanged: n, Probed: 1000}})
		if len(m.Areas) != 1 || m.Areas[0].Class != want || m.Areas[0].Peers != n+1000 {
			t.Errorf("%d peers: %+v, want %s", n, m.Areas, want)
		}
	}
}

// TestMapPlaces: what is in no country has a place of its own, and nothing is hidden.
func TestMapPlaces(t *testing.T) {
	one := Tally{Exchanged: 1}
	m := onMap(Country{Code: "SG", P2P: one}, Country{Code: "GF", Likely: one}, Country{Code: "BR", Reported: 1}, Country{Code: "private", P2P: one},
		Country{Code: "unknown", P2P: one}, Country{Code: Anycast, P2P: one}, Country{Code: "multicast", P2P: one}, Country{Code: "QQ", P2P: one})
	if len(m.Marks) != 1 || m.Marks[0].Code != "SG" || len(m.Areas) != 1 || m.Areas[0].Code != "GF" || m.Areas[0].Class != "x0" {
		t.Errorf("areas %v, marks %v", m.Areas, m.Marks)
	}
	var got []string
	for _, p := range m.Places {
		got = append(got, fmt.Sprint(p.Number, " ", p.Name))
	}
	want := "1 Private network, 1 Unknown, 1 Anycast networks, 1 Multicast, 1 QQ, 2 Relays, 3 Hosting providers, 4 Told of in signalling"
	if strings.Join(got, ", ") != want {
		t.Errorf("places %s, want %s", strings.Join(got, ", "), want)
	}
}

// TestMapLabels: numbers never lie over one another, and the largest stand.
func TestMapLabels(t *testing.T) {
	var all []Country
	for i, a := range world() {
		if len(a.Code) == 2 {
			all = append(all, Country{Code: a.Code, P2P: Tally{Exchanged: uint64(i * i)}})
		}
	}
	m := onMap(all...)
	for size, list := range map[int][]mapLabel{24: m.Wide, 46: m.Narrow} {
		if len(list) < 40 {
			t.Errorf("%d labels of size %d", len(list), size)
		}
		for i, a := range list {
			for _, b := range list[:i] {
				wide := (len(a.Text) + len(b.Text)) * size * 6 / 20
				if abs(a.X-b.X) < wide && abs(a.Y-b.Y) < size {
					t.Errorf("%s and %s of size %d overlap", a.Text, b.Text, size)
				}
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func TestHTMLRest(t *testing.T) {
	s := busy().summary()
	var rest Tally
	for _, p := range s.Peers[3:] {
		one := Tally{Probed: 1, Flows: p.Flows, OctetsOut: p.OctetsOut, OctetsIn: p.OctetsIn}
		if p.Contact == Exchanged {
			one.Exchanged, one.Probed = 1, 0
		}
		rest.add(one)
	}
	want := fmt.Sprintf("Together: %d exchanged data, %d only probed; %d flows, %s out, %s in.", rest.Exchanged, rest.Probed, rest.Flows, octets(rest.OctetsOut), octets(rest.OctetsIn))
	if text := htmlOf(t, s, HTMLOptions{Top: 3}); !strings.Contains(text, want) {
		t.Errorf("the page lacks %q", want)
	}
}
