package report

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func itoa(port uint16) string { return strconv.Itoa(int(port)) }

// whyView is the account of one host.
type whyView struct {
	*hostView
	Open               bool
	Prior              string
	PriorWords         string
	For, Against, Idle []whyLine
	Sum, Change        string
	Reasons            []whyLine // where there is no account
	AddressFilter      string
	Plain              bool // sockets and reasons alone
}

type whyLine struct{ Bits, Detail, Claim, Packets string }

// openAccounts is how many accounts of hosts are unfolded from the start.
const openAccounts = 3

// Accounts are what speaks for and against each host.
func (p *htmlView) Accounts() *htmlRows {
	first := 0
	return rows(p, "why-host", budgetWhy, p.Hosts, func(h *Host) any {
		first++
		return p.whyView(h, first <= openAccounts)
	})
}

func (p *htmlView) whyView(h *Host, open bool) *whyView {
	v := &whyView{hostView: p.hostView(h), Open: open, Plain: len(h.Account) == 0}
	if !isStandIn(h.Addr) {
		v.AddressFilter = addressTerm(h.Addr)
	}
	for i := range h.Reasons {
		v.Reasons = append(v.Reasons, lineOf(&h.Reasons[i]))
	}
	if v.Plain {
		return v
	}
	v.Prior, v.PriorWords = signed(h.Prior), "one host in "+grouped(uint64(math.Round(1+math.Exp2(-h.Prior))))+" runs encrypted peer-to-peer"
	sum := h.Prior
	for _, l := range h.Account {
		c := finite(l.Counted)
		sum += c
		line := lineOf(&Reason{l.Claim, c, l.Detail, l.Packets})
		switch {
		case c > 0:
			v.For = append(v.For, line)
		case c < 0:
			v.Against = append(v.Against, line)
		default:
			v.Idle = append(v.Idle, line)
		}
	}
	v.Sum, v.Change = signed(sum), changeWords(h, sum)
	return v
}

// lineOf is a line of evidence in words.
func lineOf(r *Reason) whyLine {
	return whyLine{Bits: signed(r.Bits), Detail: Clean(cmp.Or(r.Detail, r.Claim), 400), Claim: Clean(r.Claim, mostClaim), Packets: packetWords(r.Packets)}
}

// Bits of log odds at which verdicts begin: probabilities 0.95 and 0.5.
var oddsP2P = math.Log2(0.95 / 0.05)

// changeWords says what would change a verdict.
func changeWords(h *Host, sum float64) string {
	switch {
	case h.Verdict == "p2p" && sum >= oddsP2P:
		return "Evidence of " + bitsWords(sum-oddsP2P) + " against it would make it likely only, of " + bitsWords(sum) + " no peer-to-peer host."
	case h.Verdict == "p2p":
		return "The host is p2p for its best flow alone: its flows together do not add to that."
	case sum >= 0:
		return "Evidence of " + bitsWords(oddsP2P-sum) + " more for it would make it p2p, of " + bitsWords(sum) + " against it no peer-to-peer host."
	}
	return "The host is likely for its best flow alone: evidence of " + bitsWords(-sum) + " more would be needed to say so of the host."
}

func bitsWords(b float64) string { return strconv.FormatFloat(finite(b), 'f', 1, 64) + " bits" }

// riskView is the assessment of one host.
type riskView struct {
	Risk
	Address, NameText string
}

// RiskRows are the assessments, the gravest first.
func (p *htmlView) RiskRows() *htmlRows {
	if p.risks == nil {
		p.risks = Risks(p.Summary)
	}
	return rows(p, "risk-host", budgetRisk, p.risks, func(r *Risk) any {
		return &riskView{Risk: *r, Address: r.Host.Addr.String(), NameText: Clean(r.Host.Name, 80)}
	})
}

// RiskLevels counts the hosts of each level.
func (p *htmlView) RiskLevels() map[string]uint64 {
	if p.risks == nil {
		p.risks = Risks(p.Summary)
	}
	out := map[string]uint64{High: 0, Medium: 0, Low: 0}
	for i := range p.risks {
		out[p.risks[i].Level]++
	}
	return out
}

// LookAlikes are what flows were found to be that are no peer-to-peer, the most first.
func (p *htmlView) LookAlikes() string {
	var words []string
	for _, s := range p.Services {
		words = append(words, Clean(s.Family, 40)+" ("+grouped(s.Number)+")")
	}
	return list(words, 12)
}

// breachView is one breach or warning of the policy.
type breachView struct {
	*Breach
	Host, Peer, Place, Network, What, RuleText, Span, Filter, Sides string
	Doubts                                                          []string
	Nears                                                           []string
	Evidence                                                        []whyLine
}

// BreachRows and WarningRows are what a policy says against flows.
func (p *htmlView) BreachRows() *htmlRows  { return p.breachRows("breaches", p.Policy.Breaches) }
func (p *htmlView) WarningRows() *htmlRows { return p.breachRows("warnings", p.Policy.Warnings) }

func (p *htmlView) breachRows(label string, list []Breach) *htmlRows {
	out := rows(p, "breach", budgetPolicy, list, func(b *Breach) any {
		v := &breachView{Breach: b, Host: b.Host.String(), What: Clean(b.Why, 300), RuleText: Clean(b.Rule, 80), Span: p.Span(b.First, b.Last), Sides: b.Side}
		if b.HostName != "" {
			v.Host += " " + Clean(b.HostName, 80)
		}
		if b.Peer.IsValid() {
			v.Peer = b.Peer.String()
			v.Place = rowWords(b.Row)
			if b.PeerName != "" {
				v.Peer += " " + Clean(b.PeerName, 80)
			}
			v.Filter = breachFilter(b)
		}
		if b.ASN != 0 {
			v.Network = Clean(networkName(b.ASN, b.ASOrg), 60)
		}
		for _, d := range b.Doubt {
			v.Doubts = append(v.Doubts, Clean(d, 200))
		}
		for _, n := range b.Near {
			v.Nears = append(v.Nears, Clean(n, 200))
		}
		for i := range b.Reasons {
			v.Evidence = append(v.Evidence, lineOf(&b.Reasons[i]))
		}
		return v
	})
	out.Label = label
	return out
}

// breachFilter is a display filter for the contact; without the host where that has a pseudonym.
func breachFilter(b *Breach) string {
	var terms []string
	for _, a := range []netip.Addr{b.Host, b.Peer} {
		if !isStandIn(a) {
			terms = append(terms, addressTerm(a))
		}
	}
	return strings.Join(terms, " && ")
}

// diffView is what changed of one host.
type diffView struct {
	*HostDiff
	Gained, Lost          []diffPeerView
	MoreGained, MoreLost  int
	Sockets, Nations, Kin changeView
	Programs              changeView
	Odds                  string
	NewFamily             bool // beyond noise for that alone
}

type changeView struct{ Gained, Lost string }

type diffPeerView struct {
	*DiffPeer
	Place, Network, NameText, When string
}

// mostDiffPeers is how many peers of one host are listed for each window.
const mostDiffPeers = 100

// Change is what the moment changed, for the page's head of the section.
func (p *htmlView) Change() *Diff { return p.o.Diff }

// DiffRows are the hosts that changed.
func (p *htmlView) DiffRows() *htmlRows {
	return rows(p, "diff-host", budgetDiff, p.o.Diff.Hosts, func(h *HostDiff) any {
		v := &diffView{HostDiff: h, Odds: probability(h.Noise.Chance), NewFamily: h.News && h.Noise.Chance >= noiseChance}
		v.Gained, v.MoreGained = p.diffPeers(h.Gained)
		v.Lost, v.MoreLost = p.diffPeers(h.Lost)
		v.Sockets, v.Kin, v.Programs = changes(h.Sockets, 12), changes(h.Families, 12), changes(h.Processes, 12)
		nations := h.Countries
		nations.Gained, nations.Lost = placeNames(nations.Gained), placeNames(nations.Lost)
		v.Nations = changes(nations, 12)
		return v
	})
}

func (p *htmlView) diffPeers(list []DiffPeer) (out []diffPeerView, more int) {
	n := min(len(list), mostDiffPeers)
	if p.o.Top > 0 {
		n = min(n, p.o.Top)
	}
	for i := range list[:n] {
		d := &list[i]
		v := diffPeerView{DiffPeer: d, Place: rowWords(d.Row), NameText: Clean(d.Name, 80), When: p.moment(d.First)}
		if d.ASN != 0 {
			v.Network = Clean(networkName(d.ASN, d.ASOrg), 60)
		}
		out = append(out, v)
	}
	return out, len(list) - n
}

func changes(g Gains, most int) changeView {
	clean := func(words []string) string {
		out := make([]string, 0, len(words))
		for _, w := range words {
			out = append(out, Clean(w, 40))
		}
		return list(out, most)
	}
	return changeView{clean(g.Gained), clean(g.Lost)}
}

func placeNames(codes []string) []string {
	out := slices.Clone(codes)
	for i, c := range out {
		out[i] = rowWords(c)
	}
	return out
}

// inputView is one input of the evidence.
type inputView struct{ Name, Octets, SHA256, Problem string }

// InputRows are the inputs with their hashes.
func (p *htmlView) InputRows() *htmlRows {
	list := p.o.Inputs
	if len(list) == 0 {
		for _, name := range p.Coverage.Inputs {
			list = append(list, InputFile{Name: name, Octets: -1, Problem: "not reckoned"})
		}
	}
	return rows(p, "input", budgetCoverage, list, func(f *InputFile) any {
		v := &inputView{Name: Clean(inputName(f.Name), 300), SHA256: f.SHA256, Problem: Clean(f.Problem, 200)}
		if f.Octets >= 0 {
			v.Octets = grouped(uint64(f.Octets))
		}
		return v
	})
}

// Command is the command line that made the report.
func (p *htmlView) Command() string { return Clean(shellLine(p.o.Settings), 0) }

// Losses are what the inputs lost, in words.
func (p *htmlView) Losses() []string { return p.Coverage.LossLines() }
