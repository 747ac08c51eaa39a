package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"peeratlas/classify"
)

// hostileText is a name that would do harm in every format at once.
const hostileText = "=cmd|' /C calc'!A0\x1b]0;pwned\x07\r\n\u202e\u2028\u009b2J\xff|`**<script>alert(1)</script>[x](javascript:x)www.evil.example,\"\\x"

// hostile is a scene in which all text of the wire, of the databases and of file names is hostile.
func hostile() *Summary {
	s := busy()
	for _, first := range []string{"", "=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"} {
		r := busy().records[0]
		r.Verdict.Name[1] = classify.Name{Text: first + hostileText, Source: classify.FromSNI}
		r.Verdict.Name[0] = r.Verdict.Name[1]
		r.Location[0].ASOrg, r.Location[1].ASOrg = first+hostileText, first+hostileText
		r.Location[0].ASN, r.Location[1].ASN = 1, 1
		r.Flow.Key.Addr[1][13] ^= byte(len(first) + 7*len(s.records))
		r.Verdict.Family = hostileText
		r.Verdict.Evidence[0].Detail, r.Verdict.Evidence[0].Claim, r.Verdict.Evidence[4].Group = hostileText, hostileText, hostileText
		r.Verdict.Probability = 1
		r.Verdict.Reported = []classify.Reported{{Addr: busy().records[5].Verdict.Reported[0].Addr, By: hostileText}}
		r.Location[0].Country = hostileText[:1]
		s.records = append(s.records, r)
	}
	s.sockets[0].Family, s.sockets[0].Protocol = hostileText, hostileText
	s.sockets[0].Evidence[0].Detail = hostileText
	s.policy = hostilePolicy()
	out := s.summary()
	out.Program = hostileText
	out.Coverage.Inputs = []string{hostileText}
	out.Coverage.NotFlows = []Count{{hostileText, 1}}
	out.Coverage.Tunnelled = []Count{{hostileText, 1}}
	out.Databases[0].Name, out.Databases[0].Attribution, out.Databases[0].Path = hostileText, hostileText, hostileText
	out.Databases[0].Kind, out.Databases[0].Link = hostileText, hostileText
	out.Warnings = append(out.Warnings, hostileText)
	out.Home = append(out.Home, hostileText)
	out.Next = []string{"peeratlas", hostileText}
	return out
}

func TestHostileText(t *testing.T) {
	s := hostile()
	allowed := map[string]string{"csv": "\r\n"}
	for ending, write := range formats {
		t.Run(ending, func(t *testing.T) {
			text := written(t, write, s)
			if r, bad := unsafe(text, "\n"+allowed[ending]); bad {
				t.Errorf("holds %U", r)
			}
			switch ending {
			case "json":
				hostileJSON(t, text)
			case "csv":
				hostileCSV(t, text)
			case "md":
				hostileMarkdown(t, text)
			}
		})
	}
	t.Run("record", func(t *testing.T) {
		line := AppendFlags(AppendRecord(nil, busy().records[0]), []Flag{{hostileText, hostileText}, {hostileText, Deny}})
		if c, bad := unsafe(string(line), "\n"); bad || !json.Valid(line) {
			t.Errorf("holds %U: %s", c, line)
		}
	})
	t.Run("explain", func(t *testing.T) {
		r := busy().records[0]
		r.Verdict.Name[1] = classify.Name{Text: hostileText, Source: classify.FromSNI}
		r.Location[1].ASOrg, r.Location[1].ASN = hostileText, 1
		r.Verdict.Family, r.Verdict.Evidence[0].Detail, r.Verdict.Evidence[0].Claim = hostileText, hostileText, hostileText
		r.Verdict.Evidence[4].Group = hostileText
		r.Verdict.Reported = []classify.Reported{{By: hostileText}, {By: hostileText}}
		for _, records := range [][]*Record{{r}, {r, r}} {
			var b bytes.Buffer
			if err := WriteExplain(&b, records, busy().sockets, TextOptions{Width: 80}); err != nil {
				t.Fatal(err)
			}
			if c, bad := unsafe(b.String(), "\n"); bad {
				t.Errorf("holds %U", c)
			}
		}
	})
	t.Run("detectors", func(t *testing.T) {
		var b bytes.Buffer
		sheet := Sheet{hostileText, hostileText, []string{hostileText}, hostileText, hostileText, []ClaimSheet{{hostileText, hostileText, hostileText, 1, hostileText}}}
		if err := WriteDetectors(&b, []Sheet{sheet}, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if c, bad := unsafe(b.String(), "\n"); bad {
			t.Errorf("holds %U", c)
		}
	})
}

// hostileJSON: a reader gets the name back as it was, but for octets that are no UTF-8.
func hostileJSON(t *testing.T, text string) {
	var s struct{ Peers []struct{ Name string } }
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	want := strings.ToValidUTF8(hostileText, "\ufffd")
	for _, p := range s.Peers {
		if p.Name == want {
			return
		}
	}
	t.Errorf("no peer is called %q: %q", want, s.Peers)
}

func hostileCSV(t *testing.T, text string) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range rows {
		for _, c := range r {
			found = found || strings.HasPrefix(c, "'=cmd")
			if t2 := strings.TrimLeft(c, " "); t2 != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(t2)[0]) {
				t.Errorf("formula %q", c)
			}
		}
	}
	if !found {
		t.Error("the hostile name is missing")
	}
}

// codeSpan is a span as package report writes it: nothing in it is markup.
var codeSpan = regexp.MustCompile("(^|[^\\\\])`[^`]*`")

func hostileMarkdown(t *testing.T, text string) {
	outside := codeSpan.ReplaceAllString(text, "")
	for _, bad := range []string{"<script", "](javascript", "\n|`", "**<", "www.evil"} {
		if strings.Contains(strings.ReplaceAll(outside, `\]`, ""), bad) {
			t.Errorf("markup of the wire: %q in %s", bad, outside)
		}
	}
	if strings.Contains(text, "<script") {
		t.Error("HTML of the wire inside a code span: not every renderer escapes it")
	}
	if strings.Contains(text, "cmd|") || !strings.Contains(text, `cmd\x7c`) {
		t.Error("a bar of the wire is not escaped")
	}
	cells := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells != 0 && n != cells {
			t.Errorf("%d bars instead of %d: %s", n, cells, line)
		}
		cells = n
		if strings.Count(strings.ReplaceAll(line, "\\`", ""), "`")%2 != 0 {
			t.Errorf("odd number of backticks: %s", line)
		}
	}
}
