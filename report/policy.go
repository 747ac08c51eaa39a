package report

import (
	"net/netip"
	"time"
)

// Words of a Policy.
const (
	Pass = "pass"
	Fail = "fail"

	Deny  = "deny"
	Warn  = "warn"
	Allow = "allow"

	SideHost = "host" // what the host does breaks the rule
	SidePeer = "peer" // what the peer is, or where, breaks the rule

	ExceptionActive  = "active"
	ExceptionSoon    = "ends soon"
	ExceptionExpired = "expired"
)

// Policy is what a policy says of the flows that a Summary adds up. Its strings are as the policy's
// file, the wire and the databases gave them.
type Policy struct {
	File     string         `json:"file"`
	Name     string         `json:"name,omitempty"`
	SHA256   string         `json:"sha256"` // of the file
	Result   string         `json:"result"` // Pass or Fail
	Flows    uint64         `json:"flows"`  // held against it
	Excepted uint64         `json:"excepted_flows"`
	Breaches []Breach       `json:"breaches"` // the gravest first; any makes the result Fail
	Warnings []Breach       `json:"warnings"` // that are told only
	Beyond   PolicyBeyond   `json:"beyond"`
	Rules    []RuleUse      `json:"rules"`      // in order, then limits, then the default
	Excepts  []ExceptionUse `json:"exceptions"` // in order
	Notes    []string       `json:"notes"`      // what of the policy itself needs care, in sentences
}

// Breach is what one rule says against one host's contact with one peer, or one limit against
// one host.
type Breach struct {
	Rule   string     `json:"rule"`
	Line   int        `json:"line"`    // of the rule in the policy's file
	Action string     `json:"action"`  // Deny or Warn
	Side   string     `json:"side"`    // SideHost or SidePeer
	Addr   netip.Addr `json:"address"` // of that side
	Why    string     `json:"why"`     // what the rule found, in words

	Host       netip.Addr `json:"host"`
	HostName   string     `json:"host_name,omitempty"`
	Peer       netip.Addr `json:"peer,omitzero"` // none if a limit is breached
	PeerName   string     `json:"peer_name,omitempty"`
	PeerSource string     `json:"peer_name_source,omitempty"`
	Row        string     `json:"row,omitempty"`     // as of Peer.Row
	Country    string     `json:"country,omitempty"` // as registered, also if it is anycast
	CountryBy  string     `json:"country_by,omitempty"`
	ASN        uint32     `json:"asn,omitempty"`
	ASOrg      string     `json:"as_org,omitempty"`
	Doubt      []string   `json:"doubt,omitempty"` // why the country may not be the peer's, if the breach rests on it
	Limit      *Exceeded  `json:"limit,omitempty"`

	Contact     string    `json:"contact"` // Exchanged or Probed: the best of its flows
	Verdict     string    `json:"verdict"` // likewise
	Probability float64   `json:"probability"`
	Family      string    `json:"family"` // of the likeliest flow, as all that follows it
	Path        string    `json:"path"`
	Began       string    `json:"began"` // "host" or "peer": who began it
	CommunityID string    `json:"community_id"`
	Protocol    string    `json:"proto"`
	HostPort    uint16    `json:"host_port"`
	PeerPort    uint16    `json:"peer_port"`
	Reasons     []Reason  `json:"reasons"`
	Flows       uint64    `json:"flows"`
	OctetsOut   uint64    `json:"bytes_out"` // IP octets sent by the host
	OctetsIn    uint64    `json:"bytes_in"`
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
	Near        []string  `json:"near"` // exceptions that would have let it pass, had they not ended
}

// Exceeded is how much of what a limit bounds there was.
type Exceeded struct {
	Counts  string `json:"counts"` // peers, countries, bytes_out or relayed_bytes
	Most    uint64 `json:"most"`
	Found   uint64 `json:"found"`
	AtLeast bool   `json:"at_least,omitempty"` // there may be more, which the bounds of memory left out
}

// RuleUse is a rule, a limit or the default, and how often it decided.
type RuleUse struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // "rule", "limit" or "default"
	Line   int    `json:"line"`
	Action string `json:"action"`
	Flows  uint64 `json:"flows"` // that it decided on; of a limit, hosts that are beyond it
}

// ExceptionUse is an exception and how often it counted.
type ExceptionUse struct {
	Name    string `json:"name"`
	Line    int    `json:"line"`
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"` // the last day on which it counts, UTC
	State   string `json:"state"`   // by the time of the report
	Flows   uint64 `json:"flows"`   // that it let pass
	Late    uint64 `json:"late"`    // flows that it would have let pass, had they not begun after its end
}

// PolicyBeyond counts what is in no list for want of room.
type PolicyBeyond struct {
	BreachFlows  uint64 `json:"breach_flows"`
	WarningFlows uint64 `json:"warning_flows"`
	Counts       uint64 `json:"limit_flows"` // that a limit did not count whole: what it found is a lower bound
}

// Breached tells whether the policy is breached.
func (p *Policy) Breached() bool { return p != nil && p.Result == Fail }

// Words says what was counted, and what there may be at most.
func (x *Exceeded) Words() string {
	least := ""
	if x.AtLeast {
		least = "at least "
	}
	return least + x.amount(x.Found) + ", of at most " + x.amount(x.Most)
}

// MostWords says what there may be at most.
func (x *Exceeded) MostWords() string { return "at most " + x.amount(x.Most) }

func (x *Exceeded) amount(n uint64) string {
	switch x.Counts {
	case "bytes_out":
		return octets(n) + " sent to peers"
	case "relayed_bytes":
		return octets(n) + " over relays"
	case "countries":
		return "peers in " + counted(n, "country", "countries")
	}
	return counted(n, "peer", "peers")
}
