package report

import (
	"strings"
	"testing"
)

// The live map shows what the map of the report shows.
func TestPeerMapIsTheReports(t *testing.T) {
	s := busy().summary()
	m, page := NewPeerMap(s.Countries), htmlOf(t, s, HTMLOptions{})
	if len(m.Areas) == 0 || len(m.Places) == 0 || len(m.Wide) == 0 {
		t.Fatalf("%d areas, %d places, %d labels", len(m.Areas), len(m.Places), len(m.Wide))
	}
	for _, a := range m.Areas {
		if !strings.Contains(page, a.Name+": "+a.Words) {
			t.Errorf("the report does not say %s: %s", a.Name, a.Words)
		}
	}
	live, err := Live()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range m.Areas {
		if !strings.Contains(string(live.World), `id="m-`+a.Code+`"`) {
			t.Errorf("%s has no element", a.Code)
		}
	}
	for _, p := range m.Places {
		if !strings.Contains(page, "<strong>"+p.Name+"</strong>") {
			t.Errorf("the report has no place %s", p.Name)
		}
	}
}
