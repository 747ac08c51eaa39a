package policy

import (
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// excepted is a policy with one exception, to rule x, that ends on that day.
func excepted(day string) string {
	return rule("    countries: [BR]\nexceptions:\n  - {name: sales, rules: [x], hosts: [192.168.10.23], owner: Ada, reason: a branch, expires: " + day + "}\n")
}

// TestException: the contact's own time decides whether the exception counts; the last day is whole.
func TestException(t *testing.T) {
	lastSecond := time.Date(2026, 3, 12, 23, 59, 59, 0, time.UTC)
	tests := []struct {
		name, day, breaches, near string
		flow                      one
		state                     string
		flows, late               uint64
	}{
		{"long yet", "2099-12-31", "", "", one{}, report.ExceptionActive, 1, 0},
		{"the day itself", "2026-03-12", "", "", one{start: lastSecond}, report.ExceptionExpired, 1, 0},
		{"the day after", "2026-03-12", "x ", "exception sales ended 2026-03-12 (owner Ada)", one{start: lastSecond.Add(time.Second)}, report.ExceptionExpired, 0, 1},
		{"ended long ago", "2020-01-01", "x ", "exception sales ended 2020-01-01 (owner Ada)", one{}, report.ExceptionExpired, 0, 1},
		{"soon ends", "2026-12-20", "", "", one{}, report.ExceptionSoon, 1, 0},
		{"not so soon", "2026-12-26", "", "", one{}, report.ExceptionActive, 1, 0},
		{"another host", "2099-12-31", "x ", "", one{host: "192.168.10.24"}, report.ExceptionActive, 0, 0},
		{"what breaks no rule", "2099-12-31", "", "", one{location: geo.Location{Country: "CL"}}, report.ExceptionActive, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := held(t, excepted(tt.day), tt.flow)
			if got := rules(p); got != tt.breaches || p.Breached() != (tt.breaches != "") {
				t.Errorf("got %q, %s", got, p.Result)
			}
			near := ""
			for _, b := range p.Breaches {
				near += strings.Join(b.Near, "; ")
			}
			if near != tt.near {
				t.Errorf("near %q, want %q", near, tt.near)
			}
			want := report.ExceptionUse{Name: "sales", Line: 8, Owner: "Ada", Reason: "a branch", Expires: tt.day, State: tt.state, Flows: tt.flows, Late: tt.late}
			if p.Excepts[0] != want || p.Excepted != tt.flows {
				t.Errorf("got %+v, %d excepted", p.Excepts[0], p.Excepted)
			}
			notes := strings.Join(p.Notes, " ")
			for state, words := range map[string]string{report.ExceptionExpired: "ended", report.ExceptionSoon: "ends soon"} {
				if got := strings.Contains(notes, "Exception sales (line 8, owner Ada) "+words); got != (state == tt.state) {
					t.Errorf("notes %q", notes)
				}
			}
			if got := strings.Contains(notes, "was not needed"); got != (tt.flows == 0 && tt.state != report.ExceptionExpired) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// TestExceptionToDefault: by the name default, and only for the rules that it names.
func TestExceptionToDefault(t *testing.T) {
	const x = "exceptions:\n  - {name: e, rules: [%], owner: Ada, reason: r, expires: 2099-12-31}\n"
	text := "version: 1\ndefault: deny\nrules:\n  - {name: d, action: deny, families: [skype]}\n" + x
	for name, want := range map[string]string{"default": "d ", "d": "default "} {
		p := held(t, strings.ReplaceAll(text, "%", name), one{}, one{family: "webrtc"})
		if got := rules(p); got != want {
			t.Errorf("exception to %s: got %q, want %q", name, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	three := []one{{out: 100, in: 1000}, {peer: "198.51.100.2", out: 100, location: geo.Location{Country: "CL"}},
		{peer: "198.51.100.3", out: 100, silent: true, path: classify.Relayed, location: geo.Location{Country: geo.Private}},
		{out: 5, path: classify.Relayed, in: 7}, {host: "192.168.10.99", out: 1}}
	tests := []struct{ limit, want string }{
		{"most: {peers: 3}", ""},
		{"most: {peers: 2}", "3 peers, of at most 2 peers"},
		{"most: {peers: 2}\n    contact: [exchanged]", ""},
		{"most: {peers: 1}\n    unless: {countries: [private]}", "2 peers, of at most 1 peer"},
		{"most: {peers: 2}\n    hosts: [192.168.10.99]", ""},
		{"most: {countries: 2}", ""},
		{"most: {countries: 1}", "peers in 2 countries, of at most peers in 1 country"},
		{"most: {bytes_out: 305}", ""},
		{"most: {bytes_out: 304}", "305 B sent to peers, of at most 304 B sent to peers"},
		{"most: {relayed_bytes: 112}", ""},
		{"most: {relayed_bytes: 111}", "112 B over relays, of at most 111 B over relays"},
		{"most: {peers: 2, countries: 1}", "3 peers, of at most 2 peers|peers in 2 countries, of at most peers in 1 country"},
		{"most: {peers: 0}\n    families: [webrtc]", ""},
	}
	for _, tt := range tests {
		p := held(t, head+"limits:\n  - name: l\n    "+tt.limit+"\n", three...)
		var got []string
		for _, b := range p.Breaches {
			if b.Limit == nil || b.Rule != "l" || b.Line != 4 || b.Side != report.SideHost || b.Addr != b.Host || b.Peer.IsValid() || len(b.Reasons) == 0 {
				t.Errorf("%s: %+v", tt.limit, b)
			}
			if b.Host.String() == "192.168.10.23" {
				got = append(got, b.Why)
			}
		}
		if text := strings.Join(got, "|"); text != tt.want {
			t.Errorf("%s: got %q, want %q", tt.limit, text, tt.want)
		}
	}
}

// TestLimitWarns, and an exception to it does not count what it lets pass.
func TestLimitExceptions(t *testing.T) {
	text := head + "limits:\n  - {name: l, action: warn, most: {peers: 1}}\n"
	two := []one{{}, {peer: "198.51.100.2"}}
	if got := rules(held(t, text, two...)); got != "l! " {
		t.Errorf("got %q", got)
	}
	x := "exceptions:\n  - {name: e, rules: [l], peers: [198.51.100.2], owner: Ada, reason: r, expires: %}\n"
	if p := held(t, text+strings.ReplaceAll(x, "%", "2099-12-31"), two...); rules(p) != "" || p.Excepts[0].Flows != 1 {
		t.Errorf("got %q, %+v", rules(p), p.Excepts)
	}
	p := held(t, text+strings.ReplaceAll(x, "%", "2020-01-01"), two...)
	if rules(p) != "l! " || len(p.Warnings[0].Near) != 1 || p.Excepts[0].Late != 1 {
		t.Errorf("got %+v, %+v", p.Warnings, p.Excepts)
	}
}

func TestReview(t *testing.T) {
	owner := "owner: Ada, reason: r, expires: "
	tests := []struct{ name, text, want string }{
		{"nothing", rule("    countries: [BR]\n"), ""},
		{"an exception that has ended", excepted("2020-01-01"), "Exception sales (line 8, owner Ada) ended 2020-01-01: renew it with its owner, or remove it."},
		{"an exception that soon ends", excepted("2026-12-01"), "Exception sales (line 8, owner Ada) ends soon, on 2026-12-01."},
		{"all before", rule("  - {name: y, action: deny, countries: [BR]}\n"), "Rule y (line 6) can never decide: rule x (line 4, deny) fits all that it fits and comes first."},
		{"a contradiction", rule("    countries: [EEA]\n  - {name: y, action: allow, countries: [DE, FR], families: [skype]}\n"),
			"Rule y (line 7) contradicts an earlier one and can never decide: rule x (line 4, deny) fits all that it fits and comes first."},
		{"networks within", rule("    hosts: [192.168.0.0/16]\n  - {name: y, action: deny, hosts: [192.168.4.0/24]}\n"), "Rule y (line 7) can never decide"},
		{"networks not within", rule("    hosts: [192.168.4.0/24]\n  - {name: y, action: deny, hosts: [192.168.0.0/16]}\n"), ""},
		{"the earlier has unless", rule("    unless: {families: [skype]}\n  - {name: y, action: deny, families: [skype]}\n"), ""},
		{"peers and countries", rule("    peers: [192.0.2.1]\n  - {name: y, action: deny, countries: [DE]}\n"), ""},
		{"unless takes all", rule("    countries: [DE]\n    unless: {countries: [EEA]}\n"), "Rule x (line 4) can never decide: unless takes away all its countries."},
		{"unless takes all families", rule("    families: [skype]\n    unless: {families: [skype, webrtc]}\n"), "Rule x (line 4) can never decide: unless takes away all that it fits."},
		{"allowed by name", head + "rules:\n  - {name: x, action: allow, peers: [\"*.example.net\"]}\n  - {name: y, action: deny}\n", "Rule x (line 4) allows peers by name."},
		{"probability below all", rule("    probability: 0.7\n"), "has a probability that every flow judged p2p exceeds"},
		{"probed, not considered", "consider: {probed: false}\n" + rule("    contact: [probed]\n"), "Rule x (line 5) can never decide: probed contacts are not considered."},
		{"exception to what allows", head + "exceptions:\n  - {name: e, rules: [default], hosts: [192.0.2.1], " + owner + "2099-01-01}\nrules:\n  - {name: y, action: deny}\n",
			"Exception e (line 4) is one to default, which allows: it is never needed."},
		{"exception for everybody", rule("exceptions:\n  - {name: e, rules: [x], " + owner + "2099-01-01}\n"), "Exception e (line 7) has no condition: until it ends, x lets everybody pass."},
		{"exception within another", rule("exceptions:\n  - {name: e, rules: [x], hosts: [192.0.2.0/24], " + owner + "2099-01-01}\n  - {name: f, rules: [x], hosts: [192.0.2.1], " + owner + "2098-01-01}\n"),
			"Exception f (line 8) is never needed: exception e (line 7) lets the same pass, and as long."},
		{"a group without use", "groups: {a1: [DE]}\n" + rule(""), "Group a1 (line 1) is named nowhere."},
		{"nothing is denied", head, "Nothing can breach this policy"},
		{"all is denied", "version: 1\ndefault: deny\n", "Every peer-to-peer contact breaches this policy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(parsed(t, tt.text).Review(now), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
