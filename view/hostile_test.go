package view

import (
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// nasty is text as hostile traffic, a hostile process or a careless database might have it.
var nasty = []string{
	"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m",
	"a\r\nb\tc\x00d\x7f\x9b31m",
	"\u202egnp.exe\u2066x\u2069\u200b\u200d\ufeff",
	"wide 国立情報学研究所 and 한국어",
	"e\u0301\u0302\u0303\u0304\u0305\u0306\u0307 stacked",
	"👍🏽 👨‍👩‍👧 🇩🇪 ❤️ हिन्दी",
	"\u1160\u11a8 \u0301lonely",
	"\xff\xfe\xc3(",
	"שלום ﷺ مرحبا",
	strings.Repeat("long", 100),
	strings.Repeat("国", 300),
	"<script>alert(1)</script>=cmd|' /C calc'!A0",
	"\u2028line\u2029paragraph\u0085next",
}

// hostileLook has nasty text wherever a look has text that does not come from this program.
func hostileLook(text string) *report.Look {
	sc := live()
	l := sc.look(2*time.Second, 1000, office()...)
	s := l.Summary
	for i := range s.Peers {
		s.Peers[i].Name, s.Peers[i].ASOrg, s.Peers[i].NameSource = text, text, "dns"
		s.Peers[i].Families = []string{text}
	}
	for i := range s.Hosts {
		s.Hosts[i].Name, s.Hosts[i].NameSource = text, "mdns"
		s.Hosts[i].Families = []report.Share{{Family: text, Number: 3}}
		s.Hosts[i].Account = []report.Line{{Claim: text, Group: text, Bits: 3, Counted: 3, Detail: text}}
		for k := range s.Hosts[i].Sockets {
			s.Hosts[i].Sockets[k].Family = text
			s.Hosts[i].Sockets[k].Reasons = []report.Reason{{Claim: text, Bits: 3, Detail: text}}
		}
	}
	for i := range s.Countries {
		s.Countries[i].Networks = []report.Network{{ASN: 1, Org: text, Peers: 3}}
		s.Countries[i].Families = []report.Share{{Family: text, Number: 3}}
	}
	s.Warnings = []string{text}
	s.Coverage.NotFlows = []report.Count{{Reason: text, Number: 3}}
	s.Coverage.Damaged = []report.Damage{{Input: text, Problem: text, Lost: []report.Count{{Reason: text, Number: 1}}}}
	s.Databases = []report.Database{{Name: text, Kind: text, Attribution: text}}
	for i := range l.News {
		n := &l.News[i]
		n.Owner = [2]report.Owner{{PID: 1, Name: text, User: text}, {PID: 1, Name: text, User: text}}
		v := &n.Record.Verdict
		v.Family, v.Service = text, text
		v.Name = [2]classify.Name{{Text: text, Source: classify.FromDNS}, {Text: text, Source: classify.FromSNI, ECH: true}}
		v.Evidence = []classify.Evidence{{Claim: text, Group: text, Bits: 3, Counted: 1.5, Detail: text, Packets: []uint32{1, 2}}}
		n.Record.Location = [2]geo.Location{{Country: "BR", ASN: 1, ASOrg: text}, {Country: "BR", ASN: 2, ASOrg: text}}
	}
	l.Interfaces[0].Name = text
	l.Sandbox = text
	return l
}

// checkClean fails unless a screen holds what it may: printable characters, and colours.
func checkClean(t *testing.T, what, raw string) {
	t.Helper()
	for _, r := range ansi.Strip(raw) {
		if r != '\n' && (!unicode.IsPrint(r) || unicode.In(r, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point)) {
			t.Fatalf("%s: %U is shown", what, r)
		}
	}
	for rest := raw; ; {
		_, after, found := strings.Cut(rest, "\x1b")
		if !found {
			return
		}
		end := strings.IndexFunc(after, unicode.IsLetter)
		if !strings.HasPrefix(after, "[") || end < 0 || after[end] != 'm' {
			t.Fatalf("%s: escape sequence %.20q", what, after)
		}
		rest = after
	}
}

func TestHostileText(t *testing.T) {
	for _, text := range nasty {
		for _, locale := range []string{"LANG=C.UTF-8", "LANG=C"} {
			s := newScreens(t, 200, 60, func(o *Options) {
				o.Program, o.Inputs, o.Environ = text, []string{text}, []string{"TERM=xterm", locale}
			})
			s.tell(hostileLook(text))
			for _, keys := range [][]string{nil, {"1", "down", "enter"}, {"esc", "2", "down", "enter"}, {"esc", "3", "down", "enter"}, {"esc", "4", "down", "enter"},
				{"esc", "4"}, {"5"}, {"3", "s", "s", "z"}} {
				s.press(keys...)
				for _, width := range []int{200, 80, 40} {
					s.Update(tea.WindowSizeMsg{Width: width, Height: 60})
					checkClean(t, strings.Join(keys, " "), s.View().Content)
					s.text()
					if title := s.View().WindowTitle; strings.ContainsFunc(title, unicode.IsControl) {
						t.Errorf("window title %q", title)
					}
					if locale == "LANG=C" {
						for _, r := range s.text() {
							if r > unicode.MaxASCII {
								t.Fatalf("%q after %v: %c is not ASCII:\n%s", text, keys, r, s.text())
							}
						}
					}
				}
			}
			s.press("text /")
			s.Update(tea.PasteMsg{Content: text})
			checkClean(t, "pasted", s.View().Content)
			s.press("enter")
			checkClean(t, "filtered", s.View().Content)
			s.text()
		}
	}
}

// What is beside hostile text stays in its column.
func TestHostileTextKeepsColumns(t *testing.T) {
	for _, text := range nasty {
		s := newScreens(t, 220, 40)
		s.tell(hostileLook(text))
		s.press("3", "z")
		lines := strings.Split(ansi.Strip(s.View().Content), "\n")
		head := lineNumber(strings.Join(lines, "\n"), "NEWEST")
		at := strings.Index(lines[head], "path")
		for _, l := range lines[head+1 : head+10] {
			for _, measure := range []func(string, int, string) string{ansi.Truncate, ansi.TruncateWc} {
				rest := strings.TrimPrefix(l, measure(l, at, ""))
				if !strings.HasPrefix(rest, "direct") && !strings.HasPrefix(rest, "probe") && !strings.HasPrefix(rest, "relayed") {
					t.Fatalf("%q moves the columns:\n%s\n%s", text, lines[head], l)
				}
			}
		}
	}
}

func FuzzFit(f *testing.F) {
	for _, s := range nasty {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = max(min(most, 300), -1)
		for _, g := range []*glyphs{&unicodeGlyphs, &asciiGlyphs} {
			got := g.fit(s, most)
			if w := ansi.StringWidth(got); w > max(most, 0) || w != ansi.StringWidthWc(got) || w != report.Columns(got) {
				t.Errorf("%q in %d columns: %q takes %d, %d, %d", s, most, got, w, ansi.StringWidthWc(got), report.Columns(got))
			}
			checkClean(t, "fit", got)
			if strings.ContainsRune(got, '\n') || g.ascii && !asciiOnly(got) {
				t.Errorf("%q: %q", s, got)
			}
		}
	})
}
