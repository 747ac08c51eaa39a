package report

import (
	"strings"
	"testing"

	"peeratlas/classify"
)

func TestComment(t *testing.T) {
	r := busy().records[0]
	r.Verdict.Evidence = []classify.Evidence{
		{Claim: "a.idle", Detail: "counts nothing"}, {Claim: "a.small", Detail: "weak", Counted: 1.25}, {Claim: "a.great", Detail: "strong", Counted: 20},
		{Claim: "a.against", Detail: "doubt", Counted: -4}, {Claim: "a.third", Detail: "third", Counted: 2}, {Claim: "a.last", Detail: "too weak to be told", Counted: 0.5},
	}
	got := Comment(r, [2]Owner{0: {PID: 17, Name: "phone\x1b[2J", User: "ann"}})
	lines := strings.Split(got, "\n")
	for i, want := range []string{"peeratlas: " + verdictLine(&r.Verdict), flowName(&r.Flow),
		`process phone\x1b[2J (pid 17, user ann) at ` + r.Flow.Key.Addr[0].Netip().String(),
		"+20.0 bits: strong [a.great]", "-4.0 bits: doubt [a.against]", "+2.0 bits: third [a.third]", "+1.2 bits: weak [a.small]",
		"Community ID " + r.Flow.Key.CommunityID()} {
		if i >= len(lines) || lines[i] != want {
			t.Errorf("line %d: want %q in\n%s", i, want, got)
		}
	}
	if len(lines) != 8 {
		t.Errorf("%d lines, want 8:\n%s", len(lines), got)
	}
}

func TestCommentHostile(t *testing.T) {
	r := busy().records[0]
	r.Verdict.Family, r.Verdict.Service = hostileText, hostileText
	r.Verdict.Evidence = []classify.Evidence{{Claim: hostileText, Detail: strings.Repeat(hostileText, 100), Counted: 1}}
	text := Comment(r, [2]Owner{{PID: 1, Name: hostileText, User: hostileText}, {PID: 2, Name: hostileText}})
	if c, bad := unsafe(text, "\n"); bad {
		t.Errorf("holds %U", c)
	}
	if n := strings.Count(text, "\n"); n != 5 || len(text) > 2000 {
		t.Errorf("%d line ends in %d octets:\n%s", n, len(text), text)
	}
}
