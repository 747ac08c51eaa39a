package report

import (
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// breached is busy, held against a policy that it breaches.
func breached() *scene {
	s := busy()
	a := netip.MustParseAddr
	s.policy = &Policy{File: "office.yaml", Name: "Example office", SHA256: strings.Repeat("5a", 32), Result: Fail, Flows: 9, Excepted: 1,
		Breaches: []Breach{
			{Rule: "no-super-node", Line: 40, Action: Deny, Side: SideHost, Addr: a(a23), Why: "4 peers, of at most 2 peers", Host: a(a23), HostName: "desk.local",
				Limit:   &Exceeded{Counts: "peers", Most: 2, Found: 4, AtLeast: true},
				Contact: Exchanged, Verdict: "p2p", Probability: 0.99998, Family: "skype", Path: "direct", Began: "host", CommunityID: "1:x+y=", Protocol: "udp", HostPort: 24816, PeerPort: 17187,
				Reasons: []Reason{}, Flows: 5, OctetsOut: 64562, OctetsIn: 64090, First: begin.Add(20 * time.Second), Last: begin.Add(280 * time.Second), Near: []string{}},
			{Rule: "default", Line: 3, Action: Deny, Side: SidePeer, Addr: a("198.51.100.1"), Why: "no rule fits: peer in BR Brazil", Host: a(a23), Peer: a("198.51.100.1"),
				Row: "BR", Country: "BR", CountryBy: "DB-IP IP to Country Lite of 2026-02-12", ASN: 28571, ASOrg: "UNIVERSIDADE DE SAO PAULO",
				Contact: Exchanged, Verdict: "p2p", Probability: 0.99998, Family: "skype", Path: "direct", Began: "host", CommunityID: "1:x+y=", Protocol: "udp", HostPort: 24816, PeerPort: 17187,
				Reasons: []Reason{{"skype.id_step2", 20, "message ids rise by 2", []uint32{98, 99}}}, Flows: 2, OctetsOut: 63850, OctetsIn: 63504,
				First: begin.Add(26 * time.Second), Last: begin.Add(280 * time.Second), Near: []string{"exception sales ended 2026-03-01 (owner Ada Example)"}},
			{Rule: "default", Line: 3, Action: Deny, Side: SidePeer, Addr: a("198.51.100.99"), Why: "no rule fits: peer in US United States", Host: a(a31), Peer: a("198.51.100.99"),
				PeerName: "turn.example.net", PeerSource: "dns", Row: "US", Country: "US", Doubt: []string{"relayed", "hosting"},
				Contact: Exchanged, Verdict: "p2p", Probability: 0.99, Family: "webrtc", Path: "relayed", Began: "host", CommunityID: "1:z=", Protocol: "tcp", HostPort: 50218, PeerPort: 443,
				Reasons: []Reason{}, Flows: 1, OctetsOut: 1, OctetsIn: 2, First: begin, Last: begin, Near: []string{}},
		},
		Warnings: []Breach{{Rule: "tries", Line: 20, Action: Warn, Side: SideHost, Addr: a(a23), Why: "contact probed", Host: a(a23), Peer: a("198.51.100.2"),
			Row: "BR", Country: "BR", Contact: Probed, Verdict: "p2p", Probability: 0.97, Family: "skype", Path: "probe", Began: "host", CommunityID: "1:w=", Protocol: "udp", HostPort: 24816, PeerPort: 49806,
			Reasons: []Reason{}, Flows: 1, OctetsOut: 113, First: begin, Last: begin, Near: []string{}}},
		Beyond: PolicyBeyond{BreachFlows: 7, WarningFlows: 1, Counts: 2},
		Rules: []RuleUse{{"inside", "rule", 10, Allow, 0}, {"tries", "rule", 20, Warn, 1}, {"no-super-node", "limit", 40, Deny, 1},
			{"default", "default", 3, Deny, 3}},
		Excepts: []ExceptionUse{{"sales", 50, "Ada Example", "a branch", "2026-03-01", ExceptionExpired, 0, 2}, {"lab", 58, "Bo Example", "tests", "2026-03-20", ExceptionSoon, 1, 0}},
		Notes:   []string{"Exception sales (line 50, owner Ada Example) ended 2026-03-01: renew it with its owner, or remove it."},
	}
	return s
}

// passed is busy, held against a policy that it does not breach.
func passed() *scene {
	s := busy()
	s.policy = &Policy{File: "office.yaml", SHA256: strings.Repeat("5a", 32), Result: Pass, Flows: 9,
		Breaches: []Breach{}, Warnings: []Breach{}, Rules: []RuleUse{{"default", "default", 3, Allow, 9}}, Excepts: []ExceptionUse{}, Notes: []string{}}
	return s
}

// hostilePolicy bears hostile text wherever a policy has text.
func hostilePolicy() *Policy {
	p := breached().policy
	p.File, p.Name, p.SHA256 = hostileText, hostileText, hostileText
	p.Notes = []string{hostileText}
	for _, list := range [][]Breach{p.Breaches, p.Warnings} {
		for i := range list {
			b := &list[i]
			b.Rule, b.Why, b.HostName, b.CountryBy, b.ASOrg, b.Family = hostileText, hostileText, hostileText, hostileText, hostileText, hostileText
			b.Near, b.Doubt = []string{hostileText}, []string{hostileText}
			b.Reasons = []Reason{{hostileText, 1, hostileText, []uint32{1}}}
			if b.Peer.IsValid() {
				b.PeerName, b.PeerSource, b.Row, b.Country, b.ASN = hostileText, hostileText, "US", "US", 1
			}
		}
	}
	for i := range p.Rules {
		p.Rules[i].Name = hostileText
	}
	for i := range p.Excepts {
		p.Excepts[i].Name, p.Excepts[i].Owner, p.Excepts[i].Reason = hostileText, hostileText, hostileText
	}
	return p
}

// TestBreachInEveryFormat: the result, the rules, who broke them, and the exception that was near.
func TestBreachInEveryFormat(t *testing.T) {
	for name, write := range formats {
		text := written(t, write, breached().summary())
		want := []string{"198.51.100.1", "default", "no-super-node"}
		switch name {
		case "json":
			want = append(want, `"result": "fail"`, "exception sales ended 2026-03-01", `"sha256": "5a5a`, `"community_id": "1:x+y="`, "tries")
		case "md":
			want = append(want, "**FAIL**", "exception sales ended 2026-03-01", "5a5a5a", "1:x+y=", "relayed, hosting", "Brazil", "message ids rise by 2", "packets 98, 99", "tries", "7 more flows")
		case "csv":
			want = append(want, "tries")
		default:
			want = []string{"Policy    FAIL: 3 breaches by 2 hosts (all: --format md)", "192.168.10.23: 4 peers, of at most 2 peers"}
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, text)
			}
		}
		if text := written(t, write, busy().summary()); strings.Contains(text, "Policy") || strings.Contains(text, `"policy"`) {
			t.Errorf("%s tells of a policy that nobody gave", name)
		}
	}
}

// TestBreachCSV: a listed peer's rules stand in its row; those of nobody's row have rows of their own,
// which count no flows.
func TestBreachCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, WriteCSV, breached().summary()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if head := strings.Join(rows[0], ","); !strings.HasPrefix(head, strings.Join(csvHead[:22], ",")) {
		t.Errorf("head %s", head)
	}
	got := map[string]string{}
	for _, r := range rows[1:] {
		if r[22]+r[23] != "" {
			got[r[2]+" "+r[3]+" "+r[6]+" "+r[10]] = r[22] + "|" + r[23]
		}
	}
	want := map[string]string{"198.51.100.1 exchanged 192.168.10.23 2": "default|", "198.51.100.2 probed 192.168.10.23 1": "|tries",
		" breach 192.168.10.23 ": "no-super-node|", "198.51.100.99 breach 192.168.10.31 ": "default|"}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%q has %q, want %q", k, got[k], v)
		}
	}
}

func TestHeadline(t *testing.T) {
	if got, want := breached().policy.Headline(), "3 breaches by 2 hosts, 7 more flows in no list, 1 warning, 1 flow excepted, 1 exception has ended, 1 exception ends soon (office.yaml)"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := passed().policy.Headline(), "no breach in 9 flows (office.yaml)"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestAppendFlags(t *testing.T) {
	line := AppendRecord(nil, busy().records[0])
	if got := AppendFlags(line, nil); string(got) != string(line) {
		t.Errorf("got %s", got)
	}
	var m struct{ Breach []Flag }
	line = AppendFlags(line, []Flag{{"a", Deny}, {"b", Warn}})
	if err := json.Unmarshal(line, &m); err != nil || len(m.Breach) != 2 || m.Breach[1] != (Flag{"b", Warn}) || line[len(line)-1] != '\n' {
		t.Errorf("%v: %s", err, line)
	}
}
