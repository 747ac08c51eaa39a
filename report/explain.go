package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// Log odds, in bits, at which a judgement changes: those of the probabilities that
// classify.Judgement names.
var (
	p2pOdds    = math.Log2(classify.P2PProbability / (1 - classify.P2PProbability))
	likelyOdds = 0.0
)

// Bounds of an explanation of many flows.
const (
	explainFlows   = 20 // in the table
	explainSockets = 8
	explainInFull  = 1 // accounts
)

// WriteExplain tells how verdicts came about. One record is told in full: its ends, the account of
// its evidence, what would change the verdict, and display filters to look for oneself. Of many,
// such as all of a host or of a socket, it tells of the sockets, then of the flows that weigh most,
// and of the first of these in full. records are in order of first packet; sockets may
// be of other hosts too: only those of the records are told of. It writes once.
func WriteExplain(w io.Writer, records []*Record, sockets []classify.Socket, o TextOptions) error {
	p := newPage(o)
	switch len(records) {
	case 0:
		p.text("No flow of the capture matches.", bold)
	case 1:
		p.account(records[0])
	default:
		p.manyFlows(records, socketsOf(records, sockets))
	}
	_, err := w.Write(p.Bytes())
	return err
}

// socketsOf picks the sockets that any of the records belongs to.
func socketsOf(records []*Record, sockets []classify.Socket) []classify.Socket {
	ends := map[string]bool{}
	for _, r := range records {
		k := &r.Flow.Key
		for e := range k.Addr {
			ends[socketName(k.Addr[e].Netip().String(), protocol(k.Protocol), k.Port[e])] = true
		}
	}
	var out []classify.Socket
	for _, s := range sockets {
		if ends[socketName(s.Host.Unmap().String(), s.Protocol, s.Port)] {
			out = append(out, s)
		}
	}
	return out
}

func socketName(host, proto string, port uint16) string {
	return fmt.Sprintf("%s %s/%d", host, proto, port)
}

// account tells one flow in full.
func (p *page) account(r *Record) {
	f, v := &r.Flow, &r.Verdict
	src := f.Initiator & 1
	p.text(Clean(flowName(f), 0), bold)
	p.labelled("Verdict", verdictLine(v), margin, 2, bold)
	p.labelled("Flow", flowLine(f), margin, 3, plain)
	p.labelled("From", endLine(r, int(src)), margin, 3, plain)
	p.labelled("To", endLine(r, int(1-src)), margin, 3, plain)
	for i := range v.Reported {
		if i == maxReasons {
			p.labelled("", "and "+counted(uint64(len(v.Reported)-i), "more address", "more addresses")+" told of", margin, 1, plain)
			break
		}
		p.labelled("Told of", reportedLine(r, i), margin, 2, plain)
	}
	p.WriteByte('\n')
	sum := p.evidence(v)
	p.change(v, sum)
	p.WriteByte('\n')
	p.text("To look for yourself, with Wireshark's display filters:", dim)
	p.line("  "+flowFilter(&f.Key), cyan) // never wrapped: it is to be copied
	if frames := frameFilter(v.Evidence); frames != "" {
		p.line("  "+frames, cyan)
	}
}

func flowName(f *flow.Flow) string {
	src := f.Initiator & 1
	return fmt.Sprintf("%s %s -> %s", protocol(f.Key.Protocol), endName(f, src), endName(f, 1-src))
}

func endName(f *flow.Flow, e flow.Direction) string {
	a := f.Key.Addr[e].Netip()
	if a.Is4() {
		return fmt.Sprintf("%s:%d", a, f.Key.Port[e])
	}
	return fmt.Sprintf("[%s]:%d", a, f.Key.Port[e])
}

// verdictLine says the judgement, how sure it is, and what the flow is taken for.
func verdictLine(v *classify.Verdict) string {
	words := []string{v.Judgement.String() + ", probability " + probability(v.Probability)}
	if v.Family != "" {
		words = append(words, "family "+Clean(v.Family, 0))
	}
	if v.Path != classify.NoPath {
		words = append(words, "path "+v.Path.String())
	}
	if v.Service != "" {
		words = append(words, "recognised as "+Clean(v.Service, 0))
	}
	if v.Judgement == classify.Unknown {
		words = append(words, "no payload was seen, so there is nothing to judge by")
	}
	return strings.Join(words, ", ")
}

func flowLine(f *flow.Flow) string {
	src := f.Initiator & 1
	words := []string{period(at(f.Start), at(f.End)),
		fmt.Sprintf("%s (%s) there, %s (%s) back", counted(uint64(f.Packets[src]), "packet", "packets"), octets(f.Octets(src)),
			counted(uint64(f.Packets[1-src]), "packet", "packets"), octets(f.Octets(1-src)))}
	if f.FirstFrame != 0 {
		words = append(words, "first packet "+grouped(uint64(f.FirstFrame)))
	}
	if f.Cut() {
		words = append(words, "payload cut by the snap length")
	}
	if t := f.Tunnel.String(); t != "" {
		words = append(words, "inside "+t)
	}
	if f.VLAN() != 0 {
		words = append(words, fmt.Sprintf("VLAN %d", f.VLAN()))
	}
	words = append(words, "Community ID "+f.Key.CommunityID())
	return strings.Join(words, "; ")
}

// endLine says who one end is, as far as anybody told.
func endLine(r *Record, e int) string {
	words := []string{r.Flow.Key.Addr[e].Netip().String()}
	if r.Home[e] {
		words = append(words, "home network")
	}
	l := &r.Location[e]
	words = append(words, placeWords(l)...)
	if n := r.Verdict.Name[e]; n.Source != classify.NoName && n.Text != "" {
		name := "named " + Clean(n.Text, 80) + " by " + nameSource(n.Source)
		if n.ECH {
			name += " (with ECH: may be the outer name)"
		}
		if n.Time != 0 {
			name += " at " + at(n.Time).Format(timeOnly)
		}
		words = append(words, name)
	}
	if r.Verdict.Peer[e] {
		words = append(words, "peer")
	}
	return strings.Join(words, ", ")
}

func placeWords(l *geo.Location) []string {
	words := []string{}
	switch c := country(l); {
	case isCountry(c):
		words = append(words, c+" "+geo.CountryName(c))
	case c == geo.Unknown:
		words = append(words, "country unknown")
	default:
		words = append(words, strings.ToLower(geo.CountryName(c)))
	}
	if l.ASN != 0 {
		words = append(words, networkName(l.ASN, Clean(l.ASOrg, 60)))
	}
	if l.Anycast {
		words = append(words, "anycast")
	}
	if l.Hosting {
		words = append(words, "hosting provider")
	}
	return words
}

func nameSource(s classify.NameSource) string {
	switch s {
	case classify.FromDNS:
		return "DNS"
	case classify.FromSNI:
		return "SNI"
	case classify.FromCertificate:
		return "its certificate"
	case classify.FromPTR:
		return "reverse DNS"
	case classify.FromMDNS:
		return "its own mDNS"
	case classify.FromLLMNR:
		return "its own LLMNR"
	case classify.FromResolver:
		return "the resolver, not the traffic"
	}
	return s.String()
}

func reportedLine(r *Record, i int) string {
	p, l := r.Verdict.Reported[i], r.reported(i)
	words := append([]string{p.Addr.String()}, placeWords(&l)...)
	return Clean(strings.Join(append(words, "by "+p.By), ", "), 0)
}
