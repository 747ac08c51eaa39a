package view

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseFilter(t *testing.T) {
	for _, c := range []struct {
		text string
		want []clause
	}{
		{"", nil},
		{"   ", nil},
		{"Brazil", []clause{{"", "brazil", false}}},
		{"country:DE family:Skype", []clause{{"country", "de", false}, {"family", "skype", false}}},
		{"cc:de src:10.1 dst:9.9 asn:680", []clause{{"country", "de", false}, {"host", "10.1", false}, {"peer", "9.9", false}, {"as", "680", false}}},
		{"-path:probe -relayed", []clause{{"path", "probe", true}, {"", "relayed", true}}},
		{`org:"deutschen forsch" "two words"`, []clause{{"as", "deutschen forsch", false}, {"", "two words", false}}},
		{`name:"half open`, []clause{{"name", "half open", false}}},
		{"country: - x", []clause{{"", "x", false}}}, // half typed clauses leave all
		{"fe80::1", []clause{{"", "fe80::1", false}}},
		{"2001:db8:9::1", []clause{{"", "2001:db8:9::1", false}}},
		{"HOST:192.168.10.23", []clause{{"host", "192.168.10.23", false}}},
		{"nonsense:value", []clause{{"", "nonsense:value", false}}},
		{"port:443", []clause{{"port", "443", false}}},
	} {
		if got := parseFilter(c.text); !slices.Equal(got.clauses, c.want) {
			t.Errorf("%q: %+v, want %+v", c.text, got.clauses, c.want)
		}
	}
}

// TestFilter counts the rows of each pane that a filter leaves: countries, hosts, newest, peers.
func TestFilter(t *testing.T) {
	for _, c := range []struct {
		text string
		want [4]int
	}{
		{"", [4]int{7, 3, 9, 8}},
		{"country:BR", [4]int{1, 1, 3, 2}},
		{"country:br", [4]int{1, 1, 3, 2}},
		{"country:b", [4]int{1, 1, 3, 2}}, // of Brazil's name and code
		{"country:brazil", [4]int{1, 1, 3, 2}},
		{"country:XX", [4]int{0, 0, 0, 0}},
		{"-country:BR", [4]int{6, 3, 6, 6}},
		{"country:anycast", [4]int{1, 1, 1, 1}},
		{"family:skype", [4]int{3, 1, 5, 4}},
		{"family:webrtc", [4]int{3, 2, 3, 3}},
		{"host:192.168.10.23", [4]int{3, 1, 5, 4}},
		{"host:fd00:10::31", [4]int{1, 1, 1, 1}},
		{"peer:198.51.100.1", [4]int{1, 1, 2, 1}},
		{"path:probe", [4]int{2, 2, 2, 2}},
		{"path:relayed", [4]int{1, 1, 1, 1}},
		{"verdict:likely", [4]int{1, 0, 1, 1}},
		{"contact:probed", [4]int{2, 2, 2, 2}},
		{"as:680", [4]int{1, 1, 1, 1}},
		{"as:Deutschen", [4]int{1, 1, 1, 1}},
		{"name:turn", [4]int{1, 0, 1, 1}}, // hosts have names of their own
		{"proto:tcp", [4]int{2, 2, 2, 2}},
		{"port:24816", [4]int{7, 1, 4, 8}},    // countries and peers know no ports: it says nothing of them
		{"port:2481", [4]int{7, 0, 0, 8}},     // the whole number
		{"process:skype", [4]int{7, 3, 4, 8}}, // only flows have owners
		{"brazil", [4]int{1, 0, 3, 2}},
		{"BRAZIL skype", [4]int{1, 0, 3, 2}},
		{"brazil webrtc", [4]int{0, 0, 0, 0}},
		{"country:BR path:probe", [4]int{1, 1, 1, 1}},
		{"country:DE path:probe", [4]int{0, 0, 0, 0}}, // of one and the same peer
		{"24816", [4]int{0, 1, 4, 0}},
	} {
		s, _ := officeScreens(t, 100, 40)
		s.press("text /", "text "+c.text, "enter")
		for i, want := range c.want {
			if got := len(s.fresh(i).rows); got != want {
				t.Errorf("%q: %d rows of %s, want %d", c.text, got, paneNames[i], want)
			}
		}
		s.text()
	}
}

func TestFilterKeys(t *testing.T) {
	s, sc := officeScreens(t, 100, 30)
	s.press("3", "text /", "text country:BR")
	if s.line("/country:BR█") == "" || s.line("09:00:25") != "" {
		t.Errorf("the panes do not follow the typing:\n%s", s.text())
	}
	s.press("backspace", "backspace", "text JP", "enter")
	if s.line("5 Capture  /country:JP") == "" || len(s.fresh(paneNewest).rows) != 1 || s.typing {
		t.Errorf("enter does not keep it:\n%s", s.text())
	}
	// New rows are filtered too, and the filter may be typed on.
	more := office()[3]
	more.at = 2 * time.Minute
	s.tell(sc.look(time.Second, 1, more, office()[0]))
	if got := len(s.fresh(paneNewest).rows); got != 2 {
		t.Errorf("%d rows pass", got)
	}
	s.press("text /", "text path:probe")
	if s.filter.text != "country:JP path:probe" || s.line("None of 10 passes the filter") == "" {
		t.Errorf("%q:\n%s", s.filter.text, s.text())
	}
	s.press("esc")
	if s.filter.text != "country:JP" {
		t.Errorf("esc does not bring back what was: %q", s.filter.text)
	}
	s.press("esc")
	if !s.filter.empty() || len(s.fresh(paneNewest).rows) != 10 {
		t.Error("esc does not take the filter away")
	}
	s.press("text /", "text "+strings.Repeat("é", 300), "ctrl+u", "text x", "enter")
	if s.filter.text != "x" {
		t.Errorf("filter %q", s.filter.text)
	}
	s.press("esc", "2", "down", "f")
	if s.filter.text != "host:192.168.10.23" || s.line("> 192.168.10.23") == "" {
		t.Errorf("f: %q\n%s", s.filter.text, s.text())
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"country:DE -family:x", `"a b`, "-", "--:", "port:", "é:é", "host:\xff"} {
		f.Add(s, "Brazil É\xff")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		p := parseFilter(text)
		for i := range p.clauses {
			c := &p.clauses[i]
			if c.text == "" {
				t.Errorf("%q: an empty clause", text)
			}
			if c.key != "country" && c.key != "port" && c.matches(value) != strings.Contains(strings.ToLower(value), c.text) && utf8.ValidString(value) {
				t.Errorf("%q on %q: %v", text, value, c.matches(value))
			}
		}
	})
}
