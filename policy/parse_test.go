package policy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const head = "version: 1\ndefault: allow\n"

// rule is a policy of one rule with more lines, which begin in line 6.
func rule(lines string) string { return head + "rules:\n  - name: x\n    action: deny\n" + lines }

func TestParseProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "office.yaml:1:1: the file is empty; peeratlas policy example prints a policy to begin with"},
		{"comments alone", "# x\n", "office.yaml:1:1: the file is empty"},
		{"a list", "- a\n", "office.yaml:1:1: a policy is a list; it has keys: version, name"},
		{"a word", "deny\n", `office.yaml:1:1: a policy is the text "deny"`},
		{"unknown key", head + "ruels: []\n", `office.yaml:3:1: unknown key "ruels" in a policy; did you mean rules?`},
		{"unknown key in a rule", rule("    contries: [DE]\n"), `office.yaml:6:5: unknown key "contries" in a rule; did you mean countries?`},
		{"unknown key, nothing near", rule("    xyzzy: [DE]\n"), `office.yaml:6:5: unknown key "xyzzy" in a rule; known are name, action`},
		{"a key twice", head + "default: deny\n", `office.yaml:3:1: key "default" again: it stands in line 2 already; keep one`},
		{"a key twice in a rule", rule("    action: deny\n"), `office.yaml:6:5: key "action" again: it stands in line 5 already`},
		{"a key that is no word", "[a]: 1\n" + head, "office.yaml:1:1: a key of a policy is a list; keys are words"},
		{"no version", "default: allow\n", "office.yaml:1:1: a policy has no version; write version: 1"},
		{"another version", "version: 2\ndefault: allow\n", "office.yaml:1:10: version is 2; this program reads version 1"},
		{"no default", "version: 1\n", "office.yaml:1:1: a policy has no default; write default: allow, warn or deny"},
		{"default that is none", "version: 1\ndefault: refuse\n", `office.yaml:2:10: default is "refuse"; known are allow, warn, deny`},
		{"default nearly", "version: 1\ndefault: dney\n", `office.yaml:2:10: default is "dney"; did you mean deny?`},
		{"default is a list", "version: 1\ndefault: [deny]\n", "office.yaml:2:10: default is a list; write one of allow, warn, deny"},
		{"name is a number", head + "name: 12\n", "office.yaml:3:7: name is 12, which YAML takes for no text; put it into quotes"},
		{"name is empty", head + "name:\n", "office.yaml:3:6: name is empty; write some words"},
		{"name with an escape", head + `name: "a\e[2J"` + "\n", `office.yaml:3:7: name holds characters that cannot be shown on one line (a\x1b[2J); remove them`},
		{"name that is long", head + "name: " + strings.Repeat("x", 501) + "\n", "office.yaml:3:7: name is longer than 500 octets"},
		{"rules is a mapping", head + "rules: {a: b}\n", "office.yaml:3:8: rules is a mapping; write a list, such as - name: ..."},
		{"rules is empty", head + "rules: []\n", "office.yaml:3:8: rules is an empty list"},
		{"a rule is a word", head + "rules: [x]\n", `office.yaml:3:9: a rule is the text "x"; it has keys: name, action`},
		{"a rule without a name", head + "rules:\n  - action: deny\n", "office.yaml:4:5: a rule has no name; give it one"},
		{"a rule without an action", head + "rules:\n  - name: x\n", "office.yaml:4:5: a rule has no action; write action: allow, warn or deny"},
		{"a name with blanks", head + "rules:\n  - name: no relays\n    action: deny\n", `office.yaml:4:11: name is the text "no relays"; write up to 64 letters`},
		{"the default's name", head + "rules:\n  - name: default\n    action: deny\n", `office.yaml:4:11: name is "default", which stands for the policy's default`},
		{"a name twice", rule("  - name: x\n    action: allow\n"), `office.yaml:6:11: name "x" again: line 4 has it already`},
		{"a limit of a rule's name", rule("limits:\n  - name: x\n    most: {peers: 2}\n"), `office.yaml:7:11: name "x" again: line 4 has it already`},
		{"countries is a word", rule("    countries: DE\n"), `office.yaml:6:16: countries is the text "DE"; write a list, such as [DE, EEA, private]`},
		{"countries is empty", rule("    countries: []\n"), "office.yaml:6:16: countries is an empty list, which fits nothing"},
		{"a country that is none", rule("    countries: [DE, QQ]\n"), `office.yaml:6:21: countries: "QQ" is no country, group or word for places; write the two letters of ISO 3166-1`},
		{"a country in small letters", rule("    countries: [de]\n"), `office.yaml:6:17: countries: "de" is no country, group or word for places; codes are in capitals: DE`},
		{"a code that is meant for another", rule("    countries: [UK]\n"), `ISO 3166-1 has GB United Kingdom`},
		{"a word for places, nearly", rule("    countries: [privat]\n"), "did you mean private?"},
		{"a group that is none", rule("    countries: [nordic]\n"), `"nordic" is no country, group or word`},
		{"a country that is a list", rule("    countries: [[DE]]\n"), "office.yaml:6:17: countries holds a list; write words"},
		{"a country that is null", rule("    countries: [~]\n"), "office.yaml:6:17: countries holds empty; write words"},
		{"group that is built in", head + "groups:\n  EU: [DE]\n", "office.yaml:4:3: group EU is built in"},
		{"group twice", head + "groups:\n  here: [DE]\n  here: [FR]\n", "office.yaml:5:3: group here again: it stands in line 4 already"},
		{"group with a country's name", head + "groups:\n  de: [DE]\n", "office.yaml:4:3: group de has the name of a country"},
		{"group with a word's name", head + "groups:\n  hosting: [DE]\n", "office.yaml:4:3: group hosting has the name of a country or a word"},
		{"group of a later one", head + "groups:\n  a1: [b1]\n  b1: [DE]\n", `office.yaml:4:8: group a1: "b1" is no country`},
		{"group of itself", head + "groups:\n  a1: [a1]\n", `office.yaml:4:8: group a1: "a1" is no country`},
		{"groups is a list", head + "groups: [DE]\n", "office.yaml:3:9: groups is a list; write a name and a list for each"},
		{"a host that is none", rule("    hosts: [office]\n"), `office.yaml:6:13: hosts: "office" is no network: write such as 192.0.2.0/24`},
		{"a prefix too long", rule("    hosts: [192.0.2.0/33]\n"), `hosts: "192.0.2.0/33" is no network`},
		{"a prefix with host bits", rule("    hosts: [192.0.2.7/24]\n"), "it has bits beyond its length; write 192.0.2.0/24, or the one address 192.0.2.7"},
		{"an address with a zone", rule("    hosts: [\"fe80::1%eth0\"]\n"), "write the address without %eth0"},
		{"a peer that is a bad prefix", rule("    peers: [203.0.113.0/99]\n"), `peers: "203.0.113.0/99" is no network`},
		{"a peer of stars", rule("    peers: [\"*\"]\n"), `office.yaml:6:13: peers: "*" fits every name`},
		{"an AS that is none", rule("    asns: [AS0]\n"), `office.yaml:6:12: asns: "AS0" is no number of an autonomous system`},
		{"an AS that is too large", rule("    asns: [4294967296]\n"), "is no number of an autonomous system"},
		{"a family that is none", rule("    families: [skpye]\n"), `office.yaml:6:16: families: "skpye" is not known; did you mean skype?`},
		{"a family far from all", rule("    families: [qqqqqqqq]\n"), `families: "qqqqqqqq" is not known; known are anydesk, bitcoin`},
		{"a path that is none", rule("    paths: [relay]\n"), `office.yaml:6:13: paths: "relay" is not known; did you mean relayed?`},
		{"a contact that is none", rule("    contact: [probe]\n"), "did you mean probed?"},
		{"who began is none", rule("    began: [me]\n"), `began: "me" is not known; known are host, peer`},
		{"a verdict that is none", rule("    verdict: other\n"), `verdict is "other"; known are p2p, likely`},
		{"a probability beyond one", rule("    probability: 99\n"), "office.yaml:6:18: probability is 99; write a number from 0 to 1"},
		{"a probability that is none", rule("    probability: .nan\n"), "probability is .nan; write a number from 0 to 1"},
		{"unless is empty", rule("    unless: {}\n"), "office.yaml:6:13: unless has no condition; remove it"},
		{"unless with an action", rule("    unless:\n      action: deny\n"), `office.yaml:7:7: unknown key "action" in unless`},
		{"probed is a word", head + "consider: {probed: yes}\n", `office.yaml:3:20: probed is the text "yes"; write true or false`},
		{"probed is text", head + "consider: {probed: \"true\"}\n", "office.yaml:3:20: probed is the text \"true\"; write true or false"},
		{"a limit of nothing", head + "limits:\n  - name: l\n    most: {}\n", "office.yaml:5:11: most bounds nothing"},
		{"a limit without most", head + "limits:\n  - name: l\n", "office.yaml:4:5: a limit has no most; say what it bounds"},
		{"a limit that allows", head + "limits:\n  - name: l\n    action: allow\n    most: {peers: 1}\n", "office.yaml:5:13: a limit cannot allow; write deny or warn"},
		{"a limit below nothing", head + "limits:\n  - name: l\n    most: {peers: -1}\n", "office.yaml:5:19: peers is -1; write a whole number, such as 20"},
		{"peers with a unit", head + "limits:\n  - name: l\n    most: {peers: 20MB}\n", "write a whole number, such as 20"},
		{"octets with a strange unit", head + "limits:\n  - name: l\n    most: {bytes_out: 20Mb}\n", "such as 500000, 500kB, 20MB or 1GiB"},
		{"octets beyond all", head + "limits:\n  - name: l\n    most: {bytes_out: 9999999999TB}\n", "bytes_out is the text \"9999999999TB\""},
		{"an exception without anything", rule("exceptions:\n  - hosts: [192.0.2.1]\n"), "office.yaml:7:5: an exception has no name"},
		{"an exception without an end", rule("exceptions:\n  - {name: a, rules: [x], owner: b, reason: c}\n"), "an exception has no expires; write the last day"},
		{"a day that is none", rule("exceptions:\n  - {name: a, rules: [x], owner: b, reason: c, expires: 2026-02-30}\n"), `expires is the text "2026-02-30"; write the last day on which it counts, such as 2026-12-31`},
		{"a day written otherwise", rule("exceptions:\n  - {name: a, rules: [x], owner: b, reason: c, expires: 31.12.2026}\n"), "write the last day on which it counts"},
		{"a day with a time", rule("exceptions:\n  - {name: a, rules: [x], owner: b, reason: c, expires: 2026-12-31T00:00:00Z}\n"), "write the last day on which it counts"},
		{"an exception to nothing", rule("exceptions:\n  - {name: a, rules: [xs], owner: b, reason: c, expires: 2026-12-31}\n"), `rules: there is no rule or limit "xs"; did you mean x?`},
		{"an anchor", "version: &v 1\ndefault: allow\n", "office.yaml:1:10: an anchor (&v) is not allowed in a policy; remove it"},
		{"an alias that leads nowhere", "version: 1\ndefault: *a\n", "office.yaml:2:10: this is no YAML: unknown anchor"},
		{"a merge", "version: 1\n<<: {default: allow}\n", `office.yaml:2:1: unknown key "<<" in a policy`},
		{"a tag", "version: !!int 1\ndefault: allow\n", "office.yaml:1:10: a tag (!!int) is not allowed in a policy"},
		{"two documents", head + "---\n" + head, "office.yaml:3:1: a second document begins here"},
		{"a bracket that is open", head + "rules: [\n", "office.yaml:"},
		{"a tab", head + "rules:\n\t- x\n", "office.yaml:4:1: this is no YAML: found character that cannot start any token"},
		{"an indentation that does not fit", head + "rules:\n  - name: x\n   action: deny\n", "this is no YAML"},
		{"an octet that is no UTF-8", head + "name: \xff\n", "this is no YAML"},
		{"a control character", head + "name: \x01\n", "this is no YAML"},
		{"too deep", head + "rules: " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\n", "nested too deep for a policy"},
		{"deep without end", strings.Repeat("[", MaxOctets), "nested too deep for a policy"},
		{"deep in blocks", strings.Repeat("- ", 100_000), "nested too deep for a policy"},
		{"deep in keys", strings.Repeat("? ", 100_000), "nested too deep for a policy"},
		{"too large", strings.Repeat("#", MaxOctets+1), "office.yaml: larger than 262144 octets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("office.yaml", []byte(tt.text))
			var e *Error
			if !errors.As(err, &e) || p != nil {
				t.Fatalf("no *Error: %v", err)
			}
			if text := strings.Join(e.Lines(), "\n"); !strings.Contains(text, tt.want) {
				t.Errorf("got\n%s\nwant %s", text, tt.want)
			}
		})
	}
}

// TestAliasBomb: aliases that grow without bound when they are followed are refused unfollowed.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "rules:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 25 {
		c := string(rune('a' + i))
		b.WriteString("  - &" + c + "1 [" + strings.Repeat("*a0, ", 9) + "]\n")
	}
	began := time.Now()
	_, err := Parse("bomb.yaml", []byte(b.String()))
	if err == nil || !strings.Contains(err.Error(), "an anchor (&a0) is not allowed") {
		t.Errorf("got %v", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestManyProblems: they come in the order of the file, the first in the error, and not without end.
func TestManyProblems(t *testing.T) {
	_, err := Parse("office.yaml", []byte("x: 1\n"+head+"limits:\n  - name: a b\nrules:\n"+strings.Repeat("  - y: 1\n", 30)))
	e := err.(*Error)
	if len(e.Problems) != maxProblems || e.More == 0 {
		t.Errorf("%d problems and %d more", len(e.Problems), e.More)
	}
	if want := `office.yaml:1:1: unknown key "x" in a policy; known are version`; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %s", err)
	}
	if !strings.Contains(err.Error(), "more: peeratlas policy check office.yaml)") {
		t.Errorf("got %s", err)
	}
	for i := 1; i < len(e.Problems); i++ {
		if e.Problems[i].Line < e.Problems[i-1].Line {
			t.Errorf("line %d after %d", e.Problems[i].Line, e.Problems[i-1].Line)
		}
	}
}

// TestNorway: YAML 1.1 takes NO for false. Here it is a country, as are ON-like codes and numbers.
func TestNorway(t *testing.T) {
	p := parsed(t, rule("    countries: [NO, SE]\n    asns: [AS64500, 64501]\n"))
	m := p.Rules[0].Match
	if !m.Countries["NO"] || !m.Countries["SE"] || len(m.Countries) != 2 {
		t.Errorf("got %v", m.Countries)
	}
	if !m.ASNs[64500] || !m.ASNs[64501] {
		t.Errorf("got %v", m.ASNs)
	}
}

func TestGroups(t *testing.T) {
	p := parsed(t, head+"groups:\n  near: [EEA, CH]\n  nearer: [near, private]\nrules:\n  - {name: x, action: deny, countries: [nearer]}\n")
	m := p.Rules[0].Match.Countries
	if len(m) != 32 || !m["NO"] || !m["CH"] || !m["private"] || !m["LI"] || m["GB"] {
		t.Errorf("got %d: %v", len(m), sortedKeys(m))
	}
	for _, g := range builtin {
		for _, c := range g.Countries {
			if !isCountry(c) {
				t.Errorf("%s holds %q", g.Name, c)
			}
		}
	}
	if n := [3]int{len(builtin[0].Countries), len(builtin[1].Countries), len(builtin[2].Countries)}; n != [3]int{27, 30, 4} {
		t.Errorf("groups have %v members", n)
	}
}

func TestSizes(t *testing.T) {
	p := parsed(t, head+"limits:\n  - {name: a, most: {bytes_out: 500kB, relayed_bytes: 2GiB}}\n  - {name: b, action: warn, most: {peers: 0, countries: 3}}\n")
	if got := p.Limits[0].Bounds; got != [NumBounds]uint64{None, None, 500_000, 2 << 30} {
		t.Errorf("got %v", got)
	}
	if got := p.Limits[1].Bounds; got != [NumBounds]uint64{0, 3, None, None} || p.Limits[1].Action != Warn || p.Limits[0].Action != Deny {
		t.Errorf("got %v", got)
	}
}

// TestExample: the example is a policy that needs no care, and the one of the documentation.
func TestExample(t *testing.T) {
	p := parsed(t, string(Example))
	if notes := p.Review(now); len(notes) > 0 {
		t.Errorf("the example needs care: %q", notes)
	}
	document, err := os.ReadFile("../docs/policy-example.yaml")
	if err != nil || !bytes.Equal(document, Example) {
		t.Errorf("docs/policy-example.yaml is not policy/example.yaml (%v)", err)
	}
	var b bytes.Buffer
	if err := p.WriteWords(&b, now); err != nil {
		t.Fatal(err)
	}
	golden(t, "example.txt", b.Bytes())
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(filepath.Join(dir, "none.yaml")); err == nil || !strings.Contains(err.Error(), "no such file or directory; name a file") {
		t.Errorf("got %v", err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "name a file that exists and can be read") {
		t.Errorf("got %v", err)
	}
	name := filepath.Join(dir, "x.yaml")
	if err := os.WriteFile(name, Example, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Read(name)
	if err != nil || p.File != name || len(p.SHA256) != 64 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example)
	f.Add([]byte(head))
	f.Add([]byte(rule("    countries: [NO, EEA, private]\n    unless: {hosts: [192.0.2.0/24], peers: [\"*.example\"]}\n")))
	f.Add([]byte(head + "limits:\n  - {name: a, most: {bytes_out: 500kB, peers: 2}, families: [skype]}\n"))
	f.Add([]byte("version: &a [*a]\n"))
	f.Add([]byte("a: [" + strings.Repeat("1,", 5000) + "1]"))
	f.Add([]byte("\xff\xfea\x00:\x001\x00"))
	f.Add([]byte("? {a: b}\n: !!binary x\n--- |\n  x\n"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		p, err := Parse("f\x1b.yaml", octets)
		if (p == nil) == (err == nil) {
			t.Fatalf("both or none: %v, %v", p, err)
		}
		if err != nil {
			for _, l := range err.(*Error).Lines() {
				if strings.ContainsAny(l, "\x1b\n\r") {
					t.Fatalf("line %q", l)
				}
			}
			return
		}
		var b bytes.Buffer
		if err := p.WriteWords(&b, now); err != nil || strings.ContainsAny(b.String(), "\x1b\r") {
			t.Fatalf("%v: %q", err, b.String())
		}
		e := NewEvaluator(p, Options{Now: now})
		e.Add(one{}.record())
		e.Add(one{silent: true, peer: "2001:db8::1", name: "x.example"}.record())
		e.Finish()
	})
}
