package policy

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// contact is one host's having to do with one peer in one flow, ready to be held against rules.
type contact struct {
	record     *report.Record
	hostEnd    int
	peerEnd    int
	host, peer netip.Addr
	row        string // of the peer: a country, or a word
	name, org  string // of the peer, in lower case
	reached    string // report.Exchanged or report.Probed
	began      string // report.SideHost or report.SidePeer
}

func newContact(r *report.Record, c report.Contact) contact {
	k := &r.Flow.Key
	x := contact{record: r, hostEnd: c.Host, peerEnd: c.Peer, host: k.Addr[c.Host].Netip(), peer: k.Addr[c.Peer].Netip(),
		row: r.RowOf(c.Peer), reached: report.Probed, began: report.SidePeer}
	if r.Exchanged() {
		x.reached = report.Exchanged
	}
	if int(r.Flow.Initiator&1) == c.Host {
		x.began = report.SideHost
	}
	x.name = strings.TrimSuffix(strings.ToLower(r.Verdict.Name[c.Peer].Text), ".")
	x.org = strings.ToLower(r.Location[c.Peer].ASOrg)
	return x
}

// counts tells whether the flow is held against the policy at all.
func (o *Consider) counts(r *report.Record) bool {
	v := &r.Verdict
	least := classify.P2P
	if o.Likely {
		least = classify.Likely
	}
	return v.Judgement >= least && v.Probability >= o.Probability && (o.Probed || r.Exchanged())
}

// fit is how a contact fits conditions, and what that rests on.
type fit struct {
	fits  bool
	peer  bool // who or where the peer is made the difference
	place bool // its country did
}

// fit holds c against all conditions.
func (m *Match) fit(c *contact) (f fit) {
	if !m.fitsFlow(c) {
		return f
	}
	f.peer = m.ofPeer()
	if m.hasPeers() && !m.fitsPeer(c) || m.ASNs != nil && !m.ASNs[c.location().ASN] || m.ASOrgs != nil && !fitsAny(m.ASOrgs, c.org) {
		return f
	}
	f.place = m.Countries != nil
	f.fits = !f.place || m.fitsPlace(c)
	return f
}

// any holds c against each condition: f.fits if one of them fits.
func (m *Match) any(c *contact) (f fit) {
	if m.Empty() {
		return f
	}
	if m.Hosts != nil && m.Hosts.Contains(c.host) || m.Families[c.family()] || m.Paths[c.path()] || m.Contact[c.reached] || m.Began[c.began] ||
		m.P2P && c.record.Verdict.Judgement == classify.P2P || m.Probability > 0 && c.record.Verdict.Probability >= m.Probability {
		return fit{fits: true}
	}
	f.peer = m.ofPeer()
	if m.fitsPeer(c) || m.ASNs[c.location().ASN] || fitsAny(m.ASOrgs, c.org) {
		f.fits = true
		return f
	}
	f.place = m.Countries != nil
	f.fits = m.fitsPlace(c)
	return f
}

// fitsFlow holds c against what is no matter of the peer.
func (m *Match) fitsFlow(c *contact) bool {
	v := &c.record.Verdict
	return (m.Hosts == nil || m.Hosts.Contains(c.host)) &&
		(m.Families == nil || m.Families[c.family()]) &&
		(m.Paths == nil || m.Paths[c.path()]) &&
		(m.Contact == nil || m.Contact[c.reached]) &&
		(m.Began == nil || m.Began[c.began]) &&
		(!m.P2P || v.Judgement == classify.P2P) && v.Probability >= m.Probability
}

func (m *Match) fitsPeer(c *contact) bool {
	return m.Peers != nil && m.Peers.Contains(c.peer) || c.name != "" && fitsAny(m.PeerNames, c.name)
}

func (m *Match) fitsPlace(c *contact) bool {
	return m.Countries[c.row] || m.Countries[Hosting] && c.location().Hosting
}

func fitsAny(patterns []string, text string) bool {
	return text != "" && slices.ContainsFunc(patterns, func(p string) bool { return fits(p, text) })
}

func (c *contact) location() *geo.Location { return &c.record.Location[c.peerEnd] }
func (c *contact) path() string            { return c.record.Verdict.Path.String() }

func (c *contact) family() string {
	if f := c.record.Verdict.Family; f != "" {
		return f
	}
	return "unknown"
}

// doubts says why the country may not be where the peer is.
func (c *contact) doubts() []string {
	l := c.location()
	if c.row == geo.Private || c.row == geo.Multicast {
		return nil
	}
	var d []string
	if c.record.Verdict.Path == classify.Relayed {
		d = append(d, "relayed")
	}
	if l.Anycast {
		d = append(d, "anycast")
	}
	if l.Hosting {
		d = append(d, "hosting")
	}
	if c.row == geo.Unknown {
		d = append(d, "unknown")
	} else if c.peer.Is6() {
		d = append(d, "ipv6")
	}
	return d
}

// why says what of c the conditions that are set in m found, and for whom.
func (m *Match) why(c *contact) string {
	var words []string
	add := func(set bool, text string) {
		if set {
			words = append(words, text)
		}
	}
	l := c.location()
	add(m.Countries != nil, c.place(m.Countries[Hosting] && l.Hosting && !m.Countries[c.row]))
	add(m.ASNs != nil, "AS"+strconv.FormatUint(uint64(l.ASN), 10))
	add(m.ASOrgs != nil, "AS organisation "+l.ASOrg)
	if m.hasPeers() {
		if m.Peers != nil && m.Peers.Contains(c.peer) {
			words = append(words, "peer "+c.peer.String())
		} else {
			words = append(words, "peer named "+c.name)
		}
	}
	add(m.Families != nil, "family "+c.family())
	add(m.Paths != nil, "path "+c.path())
	add(m.Contact != nil, "contact "+c.reached)
	add(m.Began != nil, "begun by the "+c.began)
	if len(words) == 0 {
		words = append(words, "a peer-to-peer contact of this host")
	}
	return strings.Join(words, ", ")
}

// place is where the peer is, in words.
func (c *contact) place(hosting bool) string {
	switch {
	case hosting:
		return "peer at a hosting provider"
	case isCountry(c.row):
		return "peer in " + c.row + " " + geo.CountryName(c.row)
	case c.row == report.Anycast:
		return "peer at an anycast address"
	case c.row == geo.Unknown:
		return "peer in no known country"
	}
	return "peer at a " + c.row + " address"
}
