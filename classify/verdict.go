// Package classify judges which flows are encrypted peer-to-peer, and says on what evidence.
//
// A detector is a pure function and its fact sheet, one file each. Detectors do not know each
// other; a socket (one local port, many peers) is judged as a whole; what all of them claim is
// weighed in one place, evidence.go. The package knows octets and counts: it knows neither
// where an address is nor how a verdict is printed.
package classify

import (
	"net/netip"
	"slices"
)

// Judgement is the word for a flow's probability of being encrypted peer-to-peer.
type Judgement uint8

// The judgements.
const (
	Unknown Judgement = iota // no payload was seen: nothing to judge by
	Other                    // probability below 0.5
	Likely                   // at least 0.5
	P2P                      // at least 0.95
)

func (j Judgement) String() string {
	return [...]string{"unknown", "other", "likely", "p2p"}[j]
}

// Path says how a flow reaches the peer.
type Path uint8

// The paths. A flow that is not taken for peer-to-peer has none.
const (
	NoPath  Path = iota
	Direct       // the far address is the peer's own (or its NAT's)
	Relayed      // a TURN server, super-node or reflector stands in for the peer
	Probe        // never answered
)

func (p Path) String() string {
	return [...]string{"", "direct", "relayed", "probe"}[p]
}

// Evidence is one claim about a flow, its socket or its host, ready to be read.
type Evidence struct {
	Claim   string   // stable identifier, such as "ice.two_way_checks"
	Group   string   // lines of one group are not independent: the best counts whole, the second half
	Family  string   // family that it speaks for; "" speaks for none or against all
	Bits    float64  // log2 P(seen | encrypted P2P) / P(seen | other); negative speaks against
	Counted float64  // what entered the sum after grouping
	Detail  string   // values and thresholds, for people; may hold octets' text from the wire
	Packets []uint32 // numbers of frames that show it, at most four
}

// NameSource says where a name was read.
type NameSource uint8

// The sources of names.
const (
	NoName          NameSource = iota
	FromDNS                    // a DNS answer to the other end: the name that it had asked for
	FromSNI                    // what the flow's initiator asked for: TLS, DTLS or QUIC
	FromCertificate            // what the end's own certificate says
	FromPTR                    // a reverse DNS answer to the other end
	FromMDNS                   // what a host of the home networks says of itself on its link
	FromLLMNR                  // likewise
	FromResolver               // a resolver was asked when the report was made: never by this package, and no evidence
)

func (s NameSource) String() string {
	return [...]string{"", "dns", "sni", "certificate", "ptr", "mdns", "llmnr", "resolver"}[s]
}

// Name is what the traffic itself called an address. Text is printable ASCII in the notation of
// RFC 1035, section 5.1, but hostile all the same: it came from the wire.
type Name struct {
	Text   string
	Source NameSource
	Time   int64 // when it was seen first, nanoseconds since the Unix epoch
	// ECH tells that an encrypted_client_hello stood beside the name: then it may be the outer
	// name of many servers, and not the one that was asked for (RFC 9849, section 6.1).
	ECH bool
}

// nameRanks order sources by what they tell of who was meant; an outer name comes behind DNS.
var nameRanks = [...]uint8{NoName: 0, FromSNI: 8, FromDNS: 7, FromCertificate: 5, FromPTR: 4, FromMDNS: 3, FromLLMNR: 2, FromResolver: 1}

func (n *Name) rank() uint8 {
	if n.Source == FromSNI && n.ECH {
		return 6
	}
	return nameRanks[n.Source]
}

// Better tells whether n tells more than the other: a name that was asked for before one that
// the far end gave itself, and whatever the traffic told before a resolver's word.
func (n Name) Better(other Name) bool { return n.rank() > other.rank() }

// Reported is an address of a peer that was learnt inside signalling, not from packets to it.
type Reported struct {
	Addr netip.AddrPort
	By   string // such as "stun.xor_peer_address"
}

// Verdict is the weighed answer for one flow.
type Verdict struct {
	Judgement   Judgement
	Probability float64
	Prior       float64 // log odds before any evidence, in bits
	Family      string  // what a P2P flow is taken for ("unknown" if nothing names it); "" below Likely
	Service     string  // what a flow that is not P2P was recognised as, such as "dns"; "" if nothing
	Path        Path
	Peer        [2]bool // which end (index of Key) is a peer, that is, outside the home networks
	Evidence    []Evidence
	Reported    []Reported
	Name        [2]Name // by index of Key

	odds  float64 // of what is likely at least
	kind  flowKind
	lines []line // of the judge's scratch, where evidence is wanted only now and then
}

// Account is the verdict's evidence, rendered now if Options.Brief left it to be asked for. That
// must be before the judge is asked for another verdict.
func (v *Verdict) Account() []Evidence {
	if v.Evidence == nil && v.lines != nil {
		v.Evidence = account(v.lines)
	}
	return v.Evidence
}

// Keep makes the verdict last beyond the judge's next one.
func (v *Verdict) Keep() { v.lines = slices.Clone(v.lines) }

// Socket is the unit of P2P behaviour: one local (address, protocol, port) and all its peers.
type Socket struct {
	Host     netip.Addr
	Protocol string // "tcp" or "udp"
	Port     uint16
	Family   string // of its P2P flows; "" if it has none
	Flows    int    // all flows of the socket
	P2P      int    // of these, flows judged P2P
	Peers    int    // distinct far addresses of the P2P flows
	Networks int    // distinct /16 (IPv4) or /32 (IPv6) of those
	Answered int    // P2P flows in which the peer answered
	Evidence []Evidence
}
