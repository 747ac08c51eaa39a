package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct {
		name, in string
		max      int
		want     string
	}{
		{"plain", "turn.example.net", 0, "turn.example.net"},
		{"empty", "", 0, ""},
		{"plain at the bound", "abcd", 4, "abcd"},
		{"plain over the bound", "abcde", 4, "abc…"},
		{"bound of one", "abcde", 1, "…"},
		{"terminal escape", "a\x1b]0;x\x07b", 0, `a\x1b]0;x\x07b`},
		{"line ends and tab", "a\r\n\tb", 0, `a\x0d\x0a\x09b`},
		{"delete", "a\x7f", 0, `a\x7f`},
		{"C1 control", "a\u009bb", 0, `a\u009bb`},
		{"C1 as one octet", "a\x9bb", 0, `a\x9bb`},
		{"invalid octets", "a\xff\xfe", 0, `a\xff\xfe`},
		{"cut character", "a\xe2\x82", 0, `a\xe2\x82`},
		{"replacement character itself", "a\ufffd", 0, "a\ufffd"},
		{"right-to-left override", "a\u202eb", 0, `a\u202eb`},
		{"isolate", "a\u2066b\u2069", 0, `a\u2066b\u2069`},
		{"zero width space", "a\u200bb", 0, `a\u200bb`},
		{"byte order mark", "\ufeffa", 0, `\ufeffa`},
		{"line separator", "a\u2028b", 0, `a\u2028b`},
		{"no-break space", "a\u00a0b", 0, `a\u00a0b`},
		{"tag character", "a\U000e0041", 0, `a\U000e0041`},
		{"variation selector", "a\ufe0f", 0, `a\ufe0f`},
		{"Hangul filler", "a\u3164", 0, `a\u3164`},
		{"braille blank", "a\u2800", 0, `a\u2800`},
		{"private use", "a\ue000", 0, `a\ue000`},
		{"accents stay", "Türkiye Åland", 0, "Türkiye Åland"},
		{"combining accents stay", "e\u0301", 0, "e\u0301"},
		{"stacked marks", "e" + strings.Repeat("\u0301", 6), 0, "e" + strings.Repeat("\u0301", 4) + `\u0301\u0301`},
		{"wide at the bound", "国立情報", 8, "国立情報"},
		{"wide over the bound", "国立情報", 7, "国立情…"},
		{"wide does not straddle", "a国立情報", 4, "a国…"},
		{"escape over the bound", "ab\x1bcd", 4, "ab…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Clean(tt.in, tt.max)
			if got != tt.want {
				t.Errorf("Clean(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
			}
			if tt.max > 0 && columns(got) > tt.max {
				t.Errorf("%q takes %d columns", got, columns(got))
			}
		})
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "Åland": 5, "e\u0301": 1, "国立": 4, "ﾃﾞ": 2, "한국": 4, "😀": 2, "…": 1, "ａ": 2} {
		if got := columns(s); got != want {
			t.Errorf("columns(%q) = %d, want %d", s, got, want)
		}
	}
}

// unsafe returns the first character of s that no format may print.
func unsafe(s string, allowed string) (rune, bool) {
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
			return r, true
		}
		if !visible(r) && !strings.ContainsRune(allowed, r) {
			return r, true
		}
	}
	return 0, false
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"turn.example.net", "\x1b[2J", "\u202egnp.exe", "国\xff", strings.Repeat("e\u0301", 9), "\u0301\u0301\u0301\u0301\u0301\u0301"} {
		f.Add(s, 0)
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Clean(s, max)
		if r, bad := unsafe(got, ""); bad {
			t.Fatalf("Clean(%q) = %q holds %U", s, got, r)
		}
		if max > 0 && columns(got) > max {
			t.Fatalf("Clean(%q, %d) = %q takes %d columns", s, max, got, columns(got))
		}
		if again := Clean(got, max); again != got {
			t.Fatalf("Clean(%q, %d) = %q, again %q", s, max, got, again)
		}
		text := appendJSON(nil, s)
		if r, bad := unsafe(string(text), ""); bad {
			t.Fatalf("JSON %q holds %U", text, r)
		}
		var back, slow string
		twin, _ := json.Marshal(s)
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if err := json.Unmarshal(twin, &slow); err != nil || back != slow {
			t.Fatalf("%q reads %q, encoding/json's reads %q", text, back, slow)
		}
		if err := json.Unmarshal(printable(twin), &back); err != nil || back != slow {
			t.Fatalf("%q: %v", printable(twin), err)
		}
		for _, cell := range neutral([]string{s}) {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", []rune(cell)[0]) {
				t.Fatalf("cell %q", cell)
			}
		}
		if c := code(s); strings.ContainsAny(strings.Trim(c, "`"), "`|<>\n") {
			t.Fatalf("code span %q", c)
		}
	})
}
