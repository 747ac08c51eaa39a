package alert

import (
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// maxWord bounds, in columns, each text of others that a message holds.
const maxWord = 64

// Message tells an alert in a sentence, for people. What came from the wire or from a database
// is clean in it: it is safe on a line of a terminal or of a log.
func (a *Alert) Message() string {
	switch a.Kind {
	case FirstHost:
		return "first encrypted peer-to-peer traffic (" + a.family() + ") of host " + a.host().String() + ": " + a.peerWords()
	case FirstCountry:
		return a.countryWords()
	case PolicyBreach, PolicyWarning:
		return a.breachWords()
	case LossBegan:
		return "packets get lost: " + a.Loss.words()
	case LossEnded:
		return "no packets get lost any more: " + a.Loss.words()
	case VerdictChanged:
		return "host " + a.host().String() + " is judged " + a.After + ", and was told to be " + a.Before
	case AlertsDropped:
		return strconv.FormatUint(a.Number, 10) + " alerts could not be told here"
	}
	return string(a.Kind)
}

func (a *Alert) family() string {
	if f := a.Record.Verdict.Family; f != "" {
		return f
	}
	return "unknown"
}

// peerWords names the peer, where it is, and how it was reached.
func (a *Alert) peerWords() string {
	verb := "exchanged data with "
	if !a.Contact.Exchanged {
		verb = "tried to reach "
	}
	if a.Record.Verdict.Path == classify.Relayed {
		verb += "relay "
	}
	k := &a.Record.Flow.Key
	s := verb + netip.AddrPortFrom(a.peer(), k.Port[a.Contact.Peer&1]).String() + "/" + protocol(k.Protocol)
	l := a.peerLocation()
	switch {
	case l.Anycast:
		s += " at an anycast address"
	case isCountry(l):
		s += " in " + countryName(l.Country)
	case l.Country == geo.Private:
		s += " at a private address"
	}
	if l.ASN != 0 {
		s += ", AS" + strconv.FormatUint(uint64(l.ASN), 10)
		if l.ASOrg != "" {
			s += " " + report.Clean(l.ASOrg, maxWord)
		}
	}
	return s + ownerWords(a.Owner)
}

func countryName(code string) string {
	if name := geo.CountryName(code); name != "" && name != code {
		return name + " (" + code + ")"
	}
	return code
}

func ownerWords(o report.Owner) string {
	if o.PID == 0 {
		return ""
	}
	s := ", process " + strconv.Itoa(o.PID)
	if o.Name != "" {
		s += " " + report.Clean(o.Name, maxWord)
	}
	if o.User != "" {
		s += " of user " + report.Clean(o.User, maxWord)
	}
	return s
}

func (a *Alert) countryWords() string {
	whose := "this network's first"
	if a.Scope == ScopeHost {
		whose = "this host's first"
	}
	kind := " peer-to-peer exchange with "
	if !a.Contact.Exchanged {
		kind = " peer-to-peer probe into "
	}
	return whose + kind + countryName(a.peerLocation().Country) + " (" + a.family() + "): host " + a.host().String() + " " + a.peerWords()
}

func (a *Alert) breachWords() string {
	s := "policy breached: "
	if a.Breach.Warns {
		s = "the policy warns: "
	}
	s += report.Clean(a.Breach.Rule, maxWord)
	if a.Breach.Side != "" {
		s += " (" + report.Clean(a.Breach.Side, maxWord) + ")"
	}
	if a.Breach.Detail != "" {
		s += ": " + report.Clean(a.Breach.Detail, 4*maxWord)
	}
	if a.Record != nil {
		s += ": host " + a.host().String() + " " + a.peerWords()
	}
	return s
}

// words tell how much was lost, of how much, and why.
func (l *Loss) words() string {
	share := "0"
	if l.Of > 0 {
		share = strconv.FormatFloat(100*float64(l.Lost)/float64(l.Of), 'f', 2, 64)
	}
	var b strings.Builder
	b.WriteString(strconv.FormatUint(l.Lost, 10) + " of " + strconv.FormatUint(l.Of, 10) + " (" + share + " %) ")
	switch l.Cause {
	case CauseKernel:
		b.WriteString("dropped by the kernel on ")
	case CauseInterface:
		b.WriteString("dropped by interface ")
	default:
		b.WriteString("acknowledgements are of octets that the mirror never showed")
	}
	b.WriteString(report.Clean(l.Interface, maxWord))
	b.WriteString(" since " + l.Began.UTC().Format("2006-01-02 15:04:05") + " UTC")
	return b.String()
}
