package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/classify"
)

// Filter is a Wireshark display filter for all packets of the socket of host a.
func (s *Socket) Filter(a netip.Addr) string {
	return socketFilter(&classify.Socket{Host: a, Protocol: s.Protocol, Port: s.Port})
}

// WriteHost tells of one host of a summary: its account for and against, and its sockets with what
// speaks for each and a filter to look for oneself. It writes once.
func WriteHost(w io.Writer, h *Host, o TextOptions) error {
	p := newPage(o)
	p.text(Clean(fmt.Sprintf("Host %s: %s, probability %s", h.Addr, h.Verdict, probability(h.Probability)), 0), bold)
	if h.Name != "" {
		p.labelled("Name", Clean(h.Name, 80)+" by "+h.NameSource, margin, 2, plain)
	}
	if !h.Home {
		p.labelled("Place", "outside the home networks, "+placeName(h.Country), margin, 2, plain)
	}
	all := h.P2P
	all.add(h.Likely)
	peers := fmt.Sprintf("%s in %s: %s exchanged data, %s only probed", counted(all.Peers(), "peer", "peers"),
		counted(h.Countries, "country", "countries"), grouped(all.Exchanged), grouped(all.Probed))
	if n := h.Likely.Peers(); n > 0 {
		peers += "; of these, " + grouped(n) + " only likely"
	}
	p.labelled("Peers", peers, margin, 3, plain)
	p.labelled("Flows", counted(all.Flows, "flow", "flows")+", "+strings.Join(shareWords(h.Families), ", ")+"; sent "+
		octets(all.OctetsOut)+", received "+octets(all.OctetsIn)+"; "+period(h.First, h.Last), margin, 3, plain)
	if len(h.Account) > 0 {
		p.WriteByte('\n')
		p.balance(h.Prior, fmt.Sprintf("prior: one host in %.0f runs encrypted peer-to-peer", 1+math.Exp2(-h.Prior)), evidenceOf(h.Account))
	} else if len(h.Sockets) == 0 {
		p.why(h.Reasons)
	}
	for i := range h.Sockets {
		p.WriteByte('\n')
		p.hostSocket(h, &h.Sockets[i])
	}
	if h.MoreSockets > 0 {
		p.line("and "+counted(h.MoreSockets, "more socket", "more sockets"), dim)
	}
	_, err := w.Write(p.Bytes())
	return err
}

func (p *page) hostSocket(h *Host, s *Socket) {
	p.text(Clean("Socket "+s.Protocol+"/"+strconv.Itoa(int(s.Port))+": "+cmp.Or(s.Family, "unknown"), 0), bold)
	p.labelled("Flows", fmt.Sprintf("%s, %s judged p2p; to %s in %s; %s answered", counted(s.Flows, "flow", "flows"), grouped(s.P2PFlows),
		counted(s.Peers, "peer", "peers"), counted(s.Networks, "network", "networks"), grouped(s.Answered)), margin, 2, plain)
	p.why(s.Reasons)
	p.labelled("Filter", s.Filter(h.Addr), margin, 2, cyan)
}

// why lists what speaks for a verdict, with the packets that show it.
func (p *page) why(reasons []Reason) {
	for i := range reasons {
		r := &reasons[i]
		label := ""
		if i == 0 {
			label = "Why"
		}
		p.labelled(label, signed(r.Bits)+" bits  "+Clean(cmp.Or(r.Detail, r.Claim), 0)+packetWords(r.Packets), margin, 3, plain)
	}
}

// packetWords names the packets that show a claim.
func packetWords(packets []uint32) string {
	switch len(packets) {
	case 0:
		return ""
	case 1:
		return ", packet " + frameList(packets)
	}
	return ", packets " + frameList(packets)
}

// evidenceOf turns lines back into what they were written from.
func evidenceOf(lines []Line) []classify.Evidence {
	out := make([]classify.Evidence, len(lines))
	for i, l := range lines {
		out[i] = classify.Evidence{Claim: l.Claim, Group: l.Group, Bits: l.Bits, Counted: l.Counted, Detail: l.Detail, Packets: l.Packets}
	}
	return out
}

// WritePeer tells of one peer of a summary. It writes once.
func WritePeer(w io.Writer, e *Peer, o TextOptions) error {
	p := newPage(o)
	p.text(Clean(fmt.Sprintf("Peer %s: %s, probability %s", e.Addr, e.Verdict, probability(e.Probability)), 0), bold)
	place := placeName(e.Country)
	if e.ASN != 0 {
		place += ", " + networkName(e.ASN, Clean(e.ASOrg, 60))
	}
	if e.Anycast {
		place += ", anycast: announced from many places"
	}
	if e.Hosting {
		place += ", hosting provider"
	}
	p.labelled("Place", place, margin, 2, plain)
	if e.Name != "" {
		name := Clean(e.Name, 80) + " by " + e.NameSource
		if e.NameECH {
			name += " (with ECH: may be the outer name)"
		}
		p.labelled("Name", name, margin, 2, plain)
	}
	p.labelled("Contact", e.Contact+"; "+counted(e.Flows, "flow", "flows")+" over "+list(e.Protocols, 2)+", "+Clean(list(e.Families, 4), 0)+", "+
		list(e.Paths, 3), margin, 2, plain)
	p.labelled("Octets", "sent "+octets(e.OctetsOut)+", received "+octets(e.OctetsIn)+"; "+period(e.First, e.Last), margin, 2, plain)
	var hosts []string
	for _, h := range e.Hosts {
		hosts = append(hosts, h.String())
	}
	if e.MoreHosts > 0 {
		hosts = append(hosts, grouped(e.MoreHosts)+" more")
	}
	if len(hosts) > 0 {
		p.labelled("Hosts", list(hosts, len(hosts)), margin, 4, plain)
	}
	p.labelled("Filter", addressTerm(e.Addr), margin, 1, cyan)
	_, err := w.Write(p.Bytes())
	return err
}

// WriteCountry tells of one row of peers by country. It writes once.
func WriteCountry(w io.Writer, c *Country, o TextOptions) error {
	p := newPage(o)
	name := c.Name
	if c.IsCountry() {
		name = c.Code + " " + c.Name
	}
	p.text(Clean(name, 0), bold)
	peers := grouped(c.P2P.Exchanged) + " exchanged data, " + grouped(c.P2P.Probed) + " only probed"
	for _, more := range [...]struct {
		n     uint64
		words string
	}{{c.Likely.Peers(), " only likely"}, {c.Relayed, " stood in for others"}, {c.Hosting, " at hosting providers"}} {
		if more.n > 0 {
			peers += "; " + grouped(more.n) + more.words
		}
	}
	p.labelled("Peers", peers, margin, 3, plain)
	if c.Reported > 0 {
		p.labelled("Told of", counted(c.Reported, "address", "addresses")+" in signalling", margin, 2, plain)
	}
	all := c.P2P
	all.add(c.Likely)
	if all.Flows == 0 {
		p.labelled("Flows", "none", margin, 1, plain)
	} else {
		p.labelled("Flows", fmt.Sprintf("%s of %s; sent %s, received %s; %s", counted(all.Flows, "flow", "flows"), counted(c.Hosts, "host", "hosts"),
			octets(all.OctetsOut), octets(all.OctetsIn), period(c.First, c.Last)), margin, 3, plain)
		p.labelled("Families", strings.Join(shareWords(c.Families), ", "), margin, 3, plain)
	}
	for i, n := range c.Networks {
		label := ""
		if i == 0 {
			label = "Networks"
		}
		p.labelled(label, networkName(n.ASN, Clean(n.Org, 60))+": "+counted(n.Peers, "peer", "peers"), margin, 2, plain)
	}
	if c.Relayed > 0 {
		p.labelled("Note", "Behind a relay the country is the relay's, not the peer's.", margin, 2, dim)
	}
	_, err := w.Write(p.Bytes())
	return err
}

// placeName is a country in words, or what stands for one.
func placeName(code string) string {
	if isCountry(code) {
		return code + " " + rowName(code)
	}
	return strings.ToLower(rowName(code))
}

// shareWords writes each family with its number.
func shareWords(shares []Share) []string {
	var words []string
	for _, f := range shares {
		words = append(words, Clean(f.Family, 0)+" ("+grouped(f.Number)+")")
	}
	return words
}
