// Package policy reads a policy, which says who may have encrypted peer-to-peer flows with whom,
// and tells what breaches it.
//
// It only reads records: no verdict rests on a policy. A policy's file is a user's, and hostile all
// the same: whatever it holds is an error with its place, or a policy. docs/policy.md describes it.
package policy

import (
	"time"

	"go4.org/netipx"
)

// Action is what is done about a contact that a rule fits.
type Action uint8

// The actions.
const (
	Allow Action = iota
	Warn
	Deny
)

func (a Action) String() string { return [...]string{"allow", "warn", "deny"}[a] }

// Policy is a policy that was read. It is never changed, so any goroutine may read it.
type Policy struct {
	File       string // as its user named it
	SHA256     string // of its octets, in hexadecimal digits
	Name       string
	Default    Action // for what no rule fits
	DefaultAt  int    // line
	OnDoubt    Action // what Deny becomes where it rests on a doubtful country
	Consider   Consider
	Groups     []Group
	Rules      []Rule // the first that fits decides
	Limits     []Limit
	Exceptions []Exception
}

// Consider says which flows are held against a policy at all.
type Consider struct {
	Likely      bool    // flows judged likely, and not only those judged p2p
	Probability float64 // at least
	Probed      bool    // flows that exchanged nothing, too
}

// Group is a name for countries.
type Group struct {
	Name      string
	Line      int
	Countries []string // as Match.Countries holds them
	used      bool
}

// Rule decides on the contacts that fit Match, unless they fit any condition of Unless.
type Rule struct {
	Name    string
	Line    int
	Action  Action
	OnDoubt Action
	Match   Match
	Unless  Match
}

// Limit bounds what one host may have of the contacts that fit. None stands for no bound.
type Limit struct {
	Name   string
	Line   int
	Action Action // Deny or Warn
	Match  Match
	Unless Match
	Bounds [NumBounds]uint64
}

// Bound is what a limit counts.
type Bound int

// What limits count, of one host.
const (
	Peers         Bound = iota // distinct addresses
	Countries                  // distinct; words such as private are none
	OctetsOut                  // IP octets that the host sent
	RelayedOctets              // IP octets sent and received over relays
)

// NumBounds is how many bounds a limit may have.
const NumBounds = int(RelayedOctets) + 1

// None is the value of a bound that is not set.
const None = ^uint64(0)

func (b Bound) String() string {
	return [...]string{"peers", "countries", "bytes_out", "relayed_bytes"}[b]
}

// Exception lets pass what rules and limits are against, until it ends.
type Exception struct {
	Name    string
	Line    int
	Rules   []string // names of rules and limits, or DefaultRule
	Match   Match
	Owner   string
	Reason  string
	Expires time.Time // the first moment at which it does not count any more
}

// Day is the last day on which the exception counts, as it is written.
func (x *Exception) Day() string { return x.Expires.AddDate(0, 0, -1).Format(time.DateOnly) }

// DefaultRule is the name by which exceptions and breaches know the default.
const DefaultRule = "default"

// Match is a set of conditions: a contact fits if it fits every condition that is set. The zero
// Match fits every contact.
type Match struct {
	Hosts       *netipx.IPSet
	Peers       *netipx.IPSet
	PeerNames   []string // patterns; Peers or one of them must fit
	Countries   map[string]bool
	ASNs        map[uint32]bool
	ASOrgs      []string // patterns
	Families    map[string]bool
	Paths       map[string]bool
	Contact     map[string]bool // report.Exchanged, report.Probed
	Began       map[string]bool // report.SideHost, report.SidePeer
	P2P         bool            // judged p2p, not only likely
	Probability float64         // at least

	words []string // what the conditions say, for people, in the order of the file
}

// Empty tells whether m has no condition.
func (m *Match) Empty() bool {
	return m.Hosts == nil && !m.ofPeer() && m.Families == nil && m.Paths == nil && m.Contact == nil &&
		m.Began == nil && !m.P2P && m.Probability == 0
}

// ofPeer tells whether m asks who the peer is, or where.
func (m *Match) ofPeer() bool {
	return m.hasPeers() || m.Countries != nil || m.ASNs != nil || m.ASOrgs != nil
}

func (m *Match) hasPeers() bool { return m.Peers != nil || m.PeerNames != nil }
