// Package alert turns looks into alerts, carries them to where they are read, and keeps the log
// of contacts, chained by hash so that a gap shows.
//
// It decides nothing about flows: what is new is found by comparing a look with what was told
// before. Nobody here makes the capture wait: whatever may be slow has a bounded queue and a
// goroutine of its own, and what does not fit is counted and told. Nothing is sent anywhere
// unless a sink that does was asked for.
package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"time"

	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// Version is the `v` of the alert format, which docs/alerts.md describes. It rises when a key
// changes its meaning or goes away; keys and kinds may be added at any time.
const Version = 1

// Kind says what an alert is about.
type Kind string

// The kinds.
const (
	FirstHost      Kind = "first_p2p_host"  // a host had its first p2p verdict
	FirstCountry   Kind = "first_country"   // the first p2p contact with a country
	PolicyBreach   Kind = "policy_breach"   // a rule of the policy was breached
	PolicyWarning  Kind = "policy_warning"  // a rule that warns was met
	LossBegan      Kind = "loss_began"      // packets get lost
	LossEnded      Kind = "loss_ended"      // they do not any more
	VerdictChanged Kind = "verdict_changed" // a host is judged otherwise than was told
	AlertsDropped  Kind = "alerts_dropped"  // a sink could not be told of some alerts
)

// Severity is how much an alert asks of people.
type Severity uint8

// The severities, in rising order; the zero value is Info.
const (
	Info Severity = iota
	Notice
	Warning
	Critical
)

// severities are the words for them.
var severities = [...]string{"info", "notice", "warning", "critical"}

func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return severities[Critical]
}

// ParseSeverity reads a word that String writes.
func ParseSeverity(word string) (s Severity, ok bool) {
	for i, w := range severities {
		if w == word {
			return Severity(i), true
		}
	}
	return Info, false
}

// Scopes of a first contact with a country.
const (
	ScopeNetwork = "network" // no host had one before
	ScopeHost    = "host"    // others had, this host had not
)

// Breach is a rule of a policy that something broke.
type Breach struct {
	Rule   string // name of the rule
	Side   string // which side of the rule was broken, in the policy's word
	Detail string // in words, for people; may hold text of the wire
	// Subject is what broke it. A breach is told once for each Rule, Side and Subject. If it is
	// empty, the subject is the host and the peer of Sighting, or the whole network.
	Subject  string
	Sighting *report.Sighting // the flow that shows it; nil if none does
	Warns    bool             // the rule does not deny it, it only warns
}

// Loss is packets that were lost to a watch.
type Loss struct {
	Cause     string    // one of the causes below
	Interface string    // empty for CauseMirror
	Lost      uint64    // packets since Began; for CauseMirror acknowledgements of octets that were not seen
	Of        uint64    // packets since Began that came or were lost; for CauseMirror acknowledgements
	Began     time.Time // the look that first showed it
}

// Causes of loss.
const (
	CauseKernel    = "kernel"    // the ring was full: this machine is too slow
	CauseInterface = "interface" // as the interface itself counts
	CauseMirror    = "mirror"    // before any counter saw it, by TCP's acknowledgements
)

// Alert is one thing that is new. It is never changed after it was made.
type Alert struct {
	Time     time.Time
	Kind     Kind
	Severity Severity
	Scope    string // of FirstCountry
	// Record is the flow that shows it, and Contact says which end is the host's; nil if it is
	// about no flow. Owner is the process that has the host's end.
	Record  *report.Record
	Contact report.Contact
	Owner   report.Owner
	Host    netip.Addr // of VerdictChanged
	Before  string     // of VerdictChanged: what was told
	After   string     // of VerdictChanged: what holds now
	Breach  *Breach
	Loss    *Loss
	Number  uint64 // of AlertsDropped
}

// host and peer are the ends of the flow; the zero address if there is none.
func (a *Alert) host() netip.Addr {
	if a.Record == nil {
		return a.Host
	}
	return a.Record.Flow.Key.Addr[a.Contact.Host&1].Netip()
}

func (a *Alert) peer() netip.Addr {
	if a.Record == nil {
		return netip.Addr{}
	}
	return a.Record.Flow.Key.Addr[a.Contact.Peer&1].Netip()
}

func (a *Alert) peerLocation() *geo.Location {
	if a.Record == nil {
		return &geo.Location{}
	}
	return &a.Record.Location[a.Contact.Peer&1]
}

// contactWord is how far the peer was reached.
func (a *Alert) contactWord() string {
	if a.Contact.Exchanged {
		return report.Exchanged
	}
	return report.Probed
}

// id names an alert: the same again is the same, so that a receiver can tell a second delivery
// from a second alert. It is 32 hexadecimal digits.
func (a *Alert) id() string {
	b := append([]byte(a.Kind), 0)
	b = append(append(b, a.Scope...), 0)
	b = strconv.AppendInt(b, a.Time.UnixNano(), 10)
	b = append(b, 0)
	if a.Host.IsValid() {
		b = append(a.Host.AppendTo(b), 0)
	}
	if a.Record != nil {
		k := &a.Record.Flow.Key
		b = append(append(b, k.CommunityID()...), byte(a.Contact.Host), byte(a.Contact.Peer))
	}
	if a.Breach != nil {
		b = append(append(append(append(append(b, a.Breach.Rule...), 0), a.Breach.Side...), 0), a.Breach.Subject...)
	}
	if a.Loss != nil {
		b = append(append(append(b, a.Loss.Cause...), 0), a.Loss.Interface...)
	}
	b = strconv.AppendUint(append(b, 0), a.Number, 10)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// isCountry tells whether packets to l can be said to have gone to a country: not if it is
// private, multicast or unknown, nor if it is announced from many places.
func isCountry(l *geo.Location) bool { return len(l.Country) == 2 && !l.Anycast }

// ownerOf is the process at an end of a sighting.
func ownerOf(s *report.Sighting, end int) report.Owner { return s.Owner[flow.Direction(end)&1] }
