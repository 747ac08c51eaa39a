package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

// TestTableAligns: cells of any script stand under their heads.
func TestTableAligns(t *testing.T) {
	tb := &table{column: []column{{head: "name", least: 6}, {head: "n", right: true, rank: 1}, {head: "more", rank: 2}}}
	tb.add(plain, "", "ascii", "1", "x")
	tb.add(plain, "a note below", "国立情報学研究所", "12,345", "x")
	tb.add(plain, "", "e\u0301a\u0308", "7", "x")
	p := newPage(TextOptions{Width: 40})
	p.table(tb, 0)
	want := "name                   n  more\n" +
		"ascii                  1  x\n" +
		"国立情報学研究所  12,345  x\n" +
		"  a note below\n" +
		"e\u0301a\u0308                     7  x\n"
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p = newPage(TextOptions{Width: 1})
	p.columns = 17
	p.table(tb, 0)
	want = "name            n\nascii           1\n国立情報…  12,345\n  a note below\ne\u0301a\u0308              7\n"
	if got := p.String(); got != want {
		t.Errorf("narrow, got\n%s\nwant\n%s", got, want)
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		in   string
		most int
		want string
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 100, "one two three"},
		{"  blanks   count once ", 100, "blanks count once"},
		{"abcdefghij", 4, "abcd|efgh|ij"},
		{"ab cdefghij", 4, "ab|cdef|ghij"},
		{"国立情報 学", 4, "国立|情報|学"},
		{"国", 1, "国"},
		{"", 10, ""},
	}
	for _, tt := range tests {
		if got := strings.Join(wrap(tt.in, tt.most), "|"); got != tt.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", math.MaxUint64: "18,446,744,073,709,551,615"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1049: "1.0 kB", 99_949: "99.9 kB", 99_950: "100 kB",
		999_499: "999 kB", 999_500: "1.0 MB", 1_000_000: "1.0 MB", 27_500_000_000: "27.5 GB", math.MaxUint64: "18.4 EB"} {
		if got := octets(n); got != want {
			t.Errorf("octets(%d) = %s, want %s", n, got, want)
		}
	}
	for b, want := range map[float64]string{0: "0.0", -0.01: "0.0", 17: "+17.0", -4: "-4.0", 1.25: "+1.2", math.Inf(1): "0.0"} {
		if got := signed(b); got != want {
			t.Errorf("signed(%v) = %s, want %s", b, got, want)
		}
	}
	for p, want := range map[float64]string{0.5: "0.5000", 1: "over 0.9999", 0.99995: "over 0.9999", 0: "under 0.0001", 0.95: "0.9500"} {
		if got := probability(p); got != want {
			t.Errorf("probability(%v) = %s, want %s", p, got, want)
		}
	}
	for _, tt := range []struct {
		words []string
		most  int
		want  string
	}{{nil, 3, ""}, {[]string{"a"}, 3, "a"}, {[]string{"a", "b"}, 3, "a and b"}, {[]string{"a", "b", "c"}, 3, "a, b and c"}, {[]string{"a", "b", "c", "d"}, 2, "a, b and 2 more"}} {
		if got := list(tt.words, tt.most); got != tt.want {
			t.Errorf("list(%q) = %q, want %q", tt.words, got, tt.want)
		}
	}
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	start := time.Unix(1000, 0)
	p := NewProgress(&b, 80, start)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	p.Update(at(499), 1, 10, 1)
	if b.Len() != 0 {
		t.Errorf("short jobs are not silent: %q", b.String())
	}
	p.Update(at(1000), 25_000_000, 100_000_000, 200_000)
	want := "\r[#######-----------------------]  25%  200,000 packets, 200,000/s, 3s left"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
	p.Update(at(1050), 30_000_000, 100_000_000, 300_000)
	if b.String() != want {
		t.Errorf("printed twice within a tenth of a second: %q", b.String())
	}
	b.Reset()
	p.Update(at(2000), 100_000_001, 100_000_000, 9)
	if got := b.String(); !strings.HasPrefix(got, "\r[##############################] 100%  9 packets, 4/s, 0s left ") || columns(got[1:]) != columns(want[1:]) {
		t.Errorf("%q", got)
	}
	b.Reset()
	p.Erase()
	if got := b.String(); got != "\r"+strings.Repeat(" ", p.printed+columns("[##############################] 100%  9 packets, 4/s, 0s left"))+"\r" {
		t.Errorf("%q", got)
	}
	b.Reset()
	p.Erase()
	if b.Len() != 0 {
		t.Errorf("erased twice: %q", b.String())
	}
}

func TestProgressWidths(t *testing.T) {
	for _, width := range []int{0, 1, 20, 40, 80, 300} {
		for _, total := range []int64{0, 1 << 40} {
			var b bytes.Buffer
			p := NewProgress(&b, width, time.Unix(0, 0))
			p.Update(time.Unix(3600, 0), 1<<39, total, 1<<40)
			if n, most := columns(b.String()[1:]), max(width, 20); width > 0 && n >= most {
				t.Errorf("width %d: %d columns %q", width, n, b.String())
			}
			if total == 0 && !strings.Contains(b.String(), "read") {
				t.Errorf("%q", b.String())
			}
		}
	}
}

func TestDetectorsGolden(t *testing.T) {
	sheets := []Sheet{
		{Name: "stun", Transport: "udp", References: []string{"RFC 8489", "RFC 8445, section 7"}, Proves: "Connectivity checks between two ICE agents, who are peers of each other.",
			Not: "Which application it is.", Claims: []ClaimSheet{
				{"ice.two_way_checks", "transaction", "webrtc", 17, "both ends sent connectivity checks: two ICE agents"},
				{"ice.lite", "address", "", -9, "the far end answers checks but never asks: a conference's or a server's agent"}}},
		{Name: "none", Transport: "tcp"},
	}
	for _, width := range []int{80, 120} {
		var b bytes.Buffer
		if err := WriteDetectors(&b, sheets, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if columns(strings.TrimSpace(line)) > width {
				t.Errorf("too wide: %s", line)
			}
		}
		if width == 80 {
			golden(t, "detectors.txt", b.Bytes())
		}
	}
}

// A page may be narrower than what stands in its margin.
func TestNarrowerThanItsLabels(t *testing.T) {
	p := newPage(TextOptions{Width: 40})
	p.labelled("a label of 32 columns, as a claim", "some words beside it", 44, 4, plain)
	if got, want := p.String(), "a label of 32 columns, as a claim\n           some words beside it\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := wrap("word 国", -3); len(got) != 5 {
		t.Errorf("%q", got)
	}
}
