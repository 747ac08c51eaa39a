package report

import (
	"testing"

	"peeratlas/classify"
)

// Contacts are those that the summary counts.
func TestContacts(t *testing.T) {
	for name, s := range scenes() {
		s.options.MaxPeers, s.options.MaxHosts = 0, 0
		want := map[[2]string]bool{}
		for _, p := range s.summary().Peers {
			for _, h := range p.Hosts {
				want[[2]string{h.String(), p.Addr.String()}] = true
			}
		}
		got := map[[2]string]bool{}
		for _, r := range s.records {
			if r.Verdict.Judgement < classify.Likely {
				continue
			}
			for _, c := range r.Contacts(nil) {
				if c.Exchanged != (r.Flow.Payloads[0] > 0 && r.Flow.Payloads[1] > 0) {
					t.Errorf("%s: exchanged %v with payloads %v", name, c.Exchanged, r.Flow.Payloads)
				}
				got[[2]string{r.Flow.Key.Addr[c.Host].Netip().String(), r.Flow.Key.Addr[c.Peer].Netip().String()}] = true
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d contacts, the summary has %d", name, len(got), len(want))
		}
		for k := range want {
			if !got[k] {
				t.Errorf("%s: no contact of host %s with peer %s", name, k[0], k[1])
			}
		}
	}
}

func TestAppendJSON(t *testing.T) {
	if got := string(AppendJSON(nil, "a\"\n\x1b\u202e<\xff")); got != `"a\"\n\u001b\u202e\u003c\ufffd"` {
		t.Error(got)
	}
}
