package report

import (
	"fmt"
	"io"
	"math"

	"peeratlas/capture/packet"
	"peeratlas/classify"
)

// Line is one line of an account: a claim with what it is worth, and what entered the sum.
type Line struct {
	Claim   string   `json:"claim"`
	Group   string   `json:"group"`
	Bits    float64  `json:"bits"`
	Counted float64  `json:"counted"`
	Detail  string   `json:"detail"`
	Packets []uint32 `json:"packets"`
}

// Judge gives the Builder the verdicts of hosts, before Finish. A host that is in none keeps that
// of its best flow.
func (b *Builder) Judge(hosts []classify.Host) {
	b.judged = map[packet.Addr]*classify.Host{}
	for i := range hosts {
		b.judged[packet.AddrFrom(hosts[i].Addr)] = &hosts[i]
	}
}

// judge puts the verdict of the host beside what its flows add up to. A host is at least what
// its best flow is.
func (h *Host) judge(v *classify.Host) {
	h.Account = []Line{}
	if v == nil {
		return
	}
	if p := finite(v.Probability); p > h.Probability {
		h.Verdict, h.Probability = v.Judgement.String(), p
	}
	h.Prior = finite(v.Prior)
	for i := range v.Evidence {
		e := &v.Evidence[i]
		h.Account = append(h.Account, Line{e.Claim, e.Group, finite(e.Bits), finite(e.Counted), e.Detail, append([]uint32{}, e.Packets...)})
	}
}

// WriteExplainHosts gives the account of hosts, for and against: what all flows of each say together.
// It writes once, and nothing if there are none.
func WriteExplainHosts(w io.Writer, hosts []classify.Host, o TextOptions) error {
	p := newPage(o)
	for i := range hosts {
		p.hostAccount(&hosts[i])
		p.WriteByte('\n')
	}
	_, err := w.Write(p.Bytes())
	return err
}

func (p *page) hostAccount(h *classify.Host) {
	p.text(Clean(fmt.Sprintf("Host %s: %s, probability %s, family %s", h.Addr.Unmap(), h.Judgement, probability(h.Probability),
		Clean(h.Family, 0)), 0), bold)
	p.labelled("Flows", fmt.Sprintf("%d p2p and %d likely, %d of them relayed; to %s in %s", h.P2P, h.Likely, h.Relayed,
		counted(uint64(h.Peers), "far end", "far ends"), counted(uint64(h.Networks), "network", "networks")), margin, 2, plain)
	p.balance(finite(h.Prior), fmt.Sprintf("prior: one host in %.0f runs encrypted peer-to-peer", 1+math.Exp2(-finite(h.Prior))), h.Evidence)
}
