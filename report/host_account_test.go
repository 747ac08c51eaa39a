package report

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"peeratlas/classify"
)

// judgedHosts are two hosts of the busy scene: one as likely as its best flow, one likelier.
func judgedHosts() []classify.Host {
	return []classify.Host{
		{Addr: netip.MustParseAddr(a23), Judgement: classify.P2P, Probability: 0.99999, Prior: -4.25, Family: "skype",
			P2P: 5, Peers: 4, Networks: 1, Evidence: []classify.Evidence{
				{Claim: "host.flows", Group: "socket", Family: "skype", Bits: 18.5, Counted: 18.5, Packets: []uint32{98},
					Detail: "skype: judged p2p 5, likely 0; the best of these flows has probability 0.9999"},
				{Claim: "host.failures", Group: "host", Bits: 1, Counted: 1, Detail: "4 of 12 contacts that nothing explains failed"},
				{Claim: "host.named", Group: "address", Detail: "4 of 4 far ends in likely flows were named by DNS answers"},
			}},
		{Addr: netip.MustParseAddr(a31), Judgement: classify.P2P, Probability: 0.99998, Prior: -4.25, Family: "webrtc",
			P2P: 3, Likely: 1, Relayed: 1, Peers: 4, Networks: 2, Evidence: []classify.Evidence{
				{Claim: "host.flows", Group: "socket", Family: "webrtc", Bits: 18.9, Counted: 18.9, Packets: []uint32{7},
					Detail: "webrtc: judged p2p 3, likely 1; the best of these flows has probability 0.9999"},
				{Claim: "host.relay_and_direct", Group: "host", Bits: 1, Counted: 1, Detail: "flows through relays: 1, direct: 3; calls try both"},
			}},
	}
}

func TestHostVerdict(t *testing.T) {
	s := busy()
	s.hosts = []classify.Host{
		{Addr: netip.MustParseAddr(a31), Judgement: classify.Likely, Probability: 0.6},
		{Addr: netip.MustParseAddr("10.1.1.1"), Judgement: classify.P2P, Probability: 1},
	}
	for _, h := range s.summary().Hosts {
		if h.Addr.String() == a31 && (h.Verdict != "p2p" || h.Probability < 0.95) {
			t.Errorf("a verdict below that of the best flow stands: %s %v", h.Verdict, h.Probability)
		}
		if h.Account == nil || h.Addr.String() == "10.1.1.1" {
			t.Errorf("%v: account %v", h.Addr, h.Account)
		}
	}
	likely := busy().only(func(r *Record) bool { return r.Verdict.Judgement == classify.Likely })
	likely.hosts = []classify.Host{{Addr: netip.MustParseAddr(a31), Judgement: classify.P2P, Probability: 0.97}}
	if h := likely.summary().Hosts[0]; h.Verdict != "p2p" || h.Probability != 0.97 {
		t.Errorf("together the flows say more than the best: %s %v", h.Verdict, h.Probability)
	}
}

func TestExplainHosts(t *testing.T) {
	var b bytes.Buffer
	if err := WriteExplainHosts(&b, judgedHosts(), TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain-hosts.txt", b.Bytes())
	b.Reset()
	if err := WriteExplainHosts(&b, nil, TextOptions{}); err != nil || b.Len() != 0 {
		t.Errorf("no hosts: %q, %v", b.String(), err)
	}
	if err := WriteExplainHosts(failing{}, judgedHosts(), TextOptions{}); err == nil {
		t.Error("no error")
	}
	evil := judgedHosts()[:1]
	evil[0].Family, evil[0].Evidence[0].Detail = "\x1b[31mx", "a\x1b]0;b\x07\nc"
	b.Reset()
	if err := WriteExplainHosts(&b, evil, TextOptions{Width: 100}); err != nil || strings.ContainsAny(b.String(), "\x1b\x07") {
		t.Errorf("control characters pass: %q, %v", b.String(), err)
	}
}
