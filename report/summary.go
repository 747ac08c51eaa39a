package report

import (
	"net/netip"
	"time"

	"peeratlas/geo"
)

// Anycast stands in a row's Code for addresses that are announced from many places: the country
// of their registration says nothing of where packets went. It is not in geo, because an
// address may be anycast and have a country.
const Anycast = "anycast"

// Words for how far a peer was reached.
const (
	Exchanged = "exchanged" // payload went both ways
	Probed    = "probed"    // contacted, never answered; or the other way round
)

// Summary is what a whole input showed, ready to be written in any format. All writers of this
// package print the same totals. Its strings are as the wire and the databases gave them: each
// writer escapes for its own format. Once finished it is only read.
type Summary struct {
	Program   string     `json:"program,omitempty"` // name and version
	Finding   string     `json:"finding"`           // one or two sentences for people; holds no text of the wire
	Totals    Totals     `json:"totals"`
	Countries []Country  `json:"countries"` // by peers; what is no country comes last
	Hosts     []Host     `json:"hosts"`     // by peers
	Families  []Family   `json:"families"`  // by flows
	Services  []Share    `json:"-"`         // what flows judged other were recognised as, the most first; none if the pipeline was brief
	Peers     []Peer     `json:"peers"`     // by octets
	Reported  []Reported `json:"reported"`  // in order of first mention
	Coverage  Coverage   `json:"coverage"`
	Databases []Database `json:"databases"`
	Home      []string   `json:"home"`              // home networks, the common private ranges in words
	Warnings  []string   `json:"warnings"`          // what weakens the verdicts; hold text of the inputs' names at most
	Next      []string   `json:"next"`              // words of the command to try next
	Beyond    Beyond     `json:"beyond"`            // what the bounds of memory left out of the lists above
	Policy    *Policy    `json:"policy,omitempty"`  // nil if the flows were held against none
	Joined    *Joined    `json:"netstat,omitempty"` // nil if no listing of sockets was joined
}

// Tally adds up peers and the flows with them. A flow whose two ends are both peers counts for
// both: its octets were sent to a peer and received from one.
type Tally struct {
	Exchanged uint64 `json:"peers_exchanged"` // payload went both ways
	Probed    uint64 `json:"peers_probed"`    // it did not
	Flows     uint64 `json:"flows"`           // judged p2p or likely
	OctetsOut uint64 `json:"bytes_out"`       // IP octets sent to the peers
	OctetsIn  uint64 `json:"bytes_in"`        // IP octets received from them
}

// Peers is how many peers t counts.
func (t *Tally) Peers() uint64 { return t.Exchanged + t.Probed }

func (t *Tally) add(other Tally) {
	t.Exchanged += other.Exchanged
	t.Probed += other.Probed
	t.Flows += other.Flows
	t.OctetsOut += other.OctetsOut
	t.OctetsIn += other.OctetsIn
}

// Totals are the numbers that every format prints. A peer is a P2P peer if one of its flows was
// judged p2p, and then all its likely flows go with it; else it is a likely one.
type Totals struct {
	Flows        uint64 `json:"flows"`
	P2PFlows     uint64 `json:"p2p_flows"`
	LikelyFlows  uint64 `json:"likely_flows"`
	OtherFlows   uint64 `json:"other_flows"`
	UnknownFlows uint64 `json:"unknown_flows"` // without payload: nothing to judge by

	P2P    Tally `json:"p2p"`    // of P2P peers
	Likely Tally `json:"likely"` // of peers that are only likely

	Hosts           uint64 `json:"p2p_hosts"`           // hosts with P2P peers
	LikelyHosts     uint64 `json:"likely_hosts"`        // hosts with likely peers alone
	Countries       uint64 `json:"countries"`           // of P2P peers; private, unknown, anycast and multicast are none
	CountriesData   uint64 `json:"countries_exchanged"` // of P2P peers that exchanged data
	LikelyCountries uint64 `json:"likely_countries"`    // of likely peers
	Relayed         uint64 `json:"peers_relayed"`       // P2P peers that stood in for another in one of their flows at least
	Hosting         uint64 `json:"peers_hosting"`       // P2P peers at hosting providers
	Reported        uint64 `json:"peers_reported"`      // addresses that signalling told of
}

// Country is one row of peers by country.
type Country struct {
	Code     string    `json:"country"` // ISO 3166-1 alpha-2, or Anycast, geo.Private, geo.Multicast, geo.Unknown
	Name     string    `json:"name"`
	P2P      Tally     `json:"p2p"`
	Likely   Tally     `json:"likely"`
	Relayed  uint64    `json:"peers_relayed"` // of the P2P peers: the country is the relay's, not the peer's behind it
	Hosting  uint64    `json:"peers_hosting"` // of the P2P peers
	Reported uint64    `json:"peers_reported"`
	Hosts    uint64    `json:"hosts"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Networks []Network `json:"networks"` // autonomous systems with most peers, at most maxTop
	Families []Share   `json:"families"` // by peers
}

// IsCountry tells whether the row is a country, and not one of the words.
func (c *Country) IsCountry() bool { return isCountry(c.Code) }

func isCountry(code string) bool { return len(code) == 2 }

// Network is an autonomous system.
type Network struct {
	ASN   uint32 `json:"asn"`
	Org   string `json:"as_org"`
	Peers uint64 `json:"peers"`
}

// Share is how many flows or peers were taken for a family.
type Share struct {
	Family string `json:"family"`
	Number uint64 `json:"number"`
}

// Host is an address inside the home networks with peers; or the end that began, where neither
// end of a flow is inside.
type Host struct {
	Addr        netip.Addr `json:"address"`
	Home        bool       `json:"home"` // inside the home networks
	Name        string     `json:"name,omitempty"`
	NameSource  string     `json:"name_source,omitempty"`
	NameTime    time.Time  `json:"name_time,omitzero"`
	Country     string     `json:"country"` // of its address, mostly geo.Private
	Verdict     string     `json:"verdict"` // "p2p" or "likely": of all its flows together, at least the best of them
	Probability float64    `json:"probability"`
	Prior       float64    `json:"prior"`   // log odds in bits before the account; 0 if there is no account
	Account     []Line     `json:"account"` // what its flows and sockets say together, for and against
	P2P         Tally      `json:"p2p"`
	Likely      Tally      `json:"likely"`
	Countries   uint64     `json:"countries"`
	First       time.Time  `json:"first,omitzero"`
	Last        time.Time  `json:"last,omitzero"`
	Families    []Share    `json:"families"` // by flows
	Sockets     []Socket   `json:"sockets"`  // with flows judged p2p, the busiest first, at most maxSockets
	MoreSockets uint64     `json:"more_sockets"`
	Processes   []Process  `json:"processes,omitempty"` // as a listing tells, the busiest first, at most maxOwners
	Reasons     []Reason   `json:"reasons"`             // what speaks most for the verdict of its best socket or flow
}

// Socket is one local port and what was judged of its flows.
type Socket struct {
	Protocol string   `json:"proto"`
	Port     uint16   `json:"port"`
	Family   string   `json:"family"`
	Flows    uint64   `json:"flows"`
	P2PFlows uint64   `json:"p2p_flows"`
	Peers    uint64   `json:"peers"`               // of the P2P flows
	Networks uint64   `json:"networks"`            // distinct /16 (IPv4) or /32 (IPv6) of those
	Answered uint64   `json:"answered"`            // P2P flows in which the peer answered
	Owners   []Owner  `json:"processes,omitempty"` // as a listing tells: several if it is one of them
	Reasons  []Reason `json:"reasons"`
}

// Reason is one line of evidence for a verdict.
type Reason struct {
	Claim   string   `json:"claim"`
	Bits    float64  `json:"bits"` // as counted
	Detail  string   `json:"detail"`
	Packets []uint32 `json:"packets"`
}

// Family is what P2P flows were taken for.
type Family struct {
	Name        string `json:"family"`
	P2PFlows    uint64 `json:"p2p_flows"`
	LikelyFlows uint64 `json:"likely_flows"`
	Relayed     uint64 `json:"relayed_flows"`
	Peers       uint64 `json:"peers"`
	Hosts       uint64 `json:"hosts"`
	OctetsOut   uint64 `json:"bytes_out"`
	OctetsIn    uint64 `json:"bytes_in"`
}

// Peer is the far end of P2P or likely flows.
type Peer struct {
	Addr        netip.Addr   `json:"address"`
	Row         string       `json:"row"`     // Code of its row among Countries
	Country     string       `json:"country"` // as registered, also if it is anycast
	ASN         uint32       `json:"asn,omitempty"`
	ASOrg       string       `json:"as_org,omitempty"`
	Anycast     bool         `json:"anycast,omitempty"`
	Hosting     bool         `json:"hosting,omitempty"`
	Name        string       `json:"name,omitempty"` // that the traffic told, or, if that told none, a resolver
	NameSource  string       `json:"name_source,omitempty"`
	NameTime    time.Time    `json:"name_time,omitzero"`
	NameECH     bool         `json:"name_ech,omitempty"` // it may be the outer name of an encrypted hello
	Contact     string       `json:"contact"`            // Exchanged or Probed
	Verdict     string       `json:"verdict"`            // "p2p" or "likely": the best of its flows
	Probability float64      `json:"probability"`
	Flows       uint64       `json:"flows"`
	OctetsOut   uint64       `json:"bytes_out"`
	OctetsIn    uint64       `json:"bytes_in"`
	First       time.Time    `json:"first"`
	Last        time.Time    `json:"last"`
	Hosts       []netip.Addr `json:"hosts"` // at most maxPeerHosts
	MoreHosts   uint64       `json:"more_hosts,omitempty"`
	Protocols   []string     `json:"protos"`
	Families    []string     `json:"families"`
	Paths       []string     `json:"paths"`
	Owners      []Owner      `json:"processes,omitempty"` // of the hosts' ends, as a listing tells
}

// Reported is an address that signalling told of. Packets to it may not exist.
type Reported struct {
	Addr      netip.Addr `json:"address"`
	Port      uint16     `json:"port"` // of the first mention
	By        string     `json:"by"`   // what told, such as "stun.xor_peer_address"
	Row       string     `json:"row"`
	Country   string     `json:"country"`
	ASN       uint32     `json:"asn,omitempty"`
	ASOrg     string     `json:"as_org,omitempty"`
	Host      netip.Addr `json:"host"`      // in whose flow
	Flows     uint64     `json:"flows"`     // that told of it
	Contacted bool       `json:"contacted"` // it is among Peers too
	First     time.Time  `json:"first"`
}

// Database is a geo database with what its licence asks to be printed.
type Database struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Date        time.Time `json:"date"`
	Path        string    `json:"path"`
	Licence     string    `json:"licence,omitempty"`
	Attribution string    `json:"attribution,omitempty"`
	Link        string    `json:"link,omitempty"`
	Stale       bool      `json:"stale"` // older than geo.StaleAfter when the report was made
}

// Beyond counts what the bounds of memory left out. Totals and rows include these flows, but not
// the peers and hosts that only they show: those numbers are then lower bounds.
type Beyond struct {
	PeerFlows uint64 `json:"peer_flows"` // flows whose peer is in no list
	HostFlows uint64 `json:"host_flows"` // flows whose host is in no list
	Reported  uint64 `json:"reported"`   // mentions whose address is in no list
}

// Any tells whether anything was left out.
func (b Beyond) Any() bool { return b != Beyond{} }

// Options of a Builder. The zero value of a field means its default.
type Options struct {
	Program string    // name and version, printed in the report; default none
	Now     time.Time // the time of the report, to tell old databases by; default: no age is judged
	Home    geo.Home  // the home networks that the verdicts went by
	Inputs  []string  // the captures as the user named them, for the command to try next; default Coverage.Inputs
	// Owner tells whose an end of a flow is, as Listings do; nil if nobody does.
	Owner    OwnerOf
	Listings []Listing
	// Reasons are those of the flow that AddStored was given by that ref; nil where nothing is merged.
	Reasons func(ref int64) []Reason
	// MaxPeers and MaxHosts bound the memory for distinct addresses: 348 octets a peer that one
	// host knows (TestBuilderMemory, 2026-11-23), as much again for names, about 1 kB a host.
	// Defaults 65,536 and 4,096.
	MaxPeers, MaxHosts int
	// Peers is about how many peers there will be, if that is known: room is made for them at once.
	Peers int
}

// Bounds of lists inside the rows.
const (
	maxTop       = 3
	maxReasons   = 4
	maxSockets   = 16
	maxPeerHosts = 16
	maxNameText  = 255 // octets of a name that are kept: RFC 1035, section 2.3.4
)
