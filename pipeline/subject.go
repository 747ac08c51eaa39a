package pipeline

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/report"
)

// Subject is what a person asks about: a host, an address with a port, or a flow by its
// Community ID. The zero Subject asks about all that is likely peer-to-peer.
type Subject struct {
	addr      netip.Addr
	port      uint16
	community string
}

// ParseSubject reads "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]:443" or "1:...=".
func ParseSubject(s string) (Subject, error) {
	if strings.HasPrefix(s, "1:") && strings.HasSuffix(s, "=") && len(s) == 30 {
		return Subject{community: s}, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return Subject{addr: a.Unmap().WithZone("")}, nil
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return Subject{addr: ap.Addr().Unmap().WithZone(""), port: ap.Port()}, nil
	}
	return Subject{}, fmt.Errorf("%q is no file, no filter expression, no address (192.0.2.1), address with port (192.0.2.1:443, [2001:db8::1]:443) or Community ID (1:...=)", s)
}

// operators are the words of a filter expression that an address may follow.
var operators = []string{"host", "net", "src", "dst", "and", "or", "not", "&&", "||", "!"}

// SplitSubject takes what is asked about off the end of a command's words: captures, then a
// filter expression, then the subject, each but the first optional. It may be of another kind
// only if it can be read as one: an address behind "host" belongs to the expression.
func SplitSubject(words []string) (Subject, []string, error) {
	n := len(words)
	if n == 0 {
		return Subject{}, nil, nil
	}
	last := words[n-1]
	s, err := ParseSubject(last)
	if err == nil && (n == 1 || !slices.Contains(operators, words[n-2])) {
		return s, words[:n-1], nil
	}
	if err == nil || n != 2 || last == "-" {
		return Subject{}, words, nil
	}
	if _, absent := os.Stat(last); absent == nil {
		return Subject{}, words, nil
	}
	if _, ferr := capture.ParseFilter(last); ferr == nil {
		return Subject{}, words, nil
	}
	return Subject{}, nil, err
}

// String returns s as it may be typed again.
func (s Subject) String() string {
	switch {
	case s.community != "":
		return s.community
	case s.port != 0:
		return netip.AddrPortFrom(s.addr, s.port).String()
	}
	return s.addr.String()
}

// Empty tells whether nothing was asked for by name.
func (s Subject) Empty() bool { return s == Subject{} }

// Match tells whether a record is of the subject.
func (s Subject) Match(r *report.Record) bool {
	switch {
	case s.Empty():
		return r.Verdict.Judgement >= classify.Likely
	case s.community != "":
		return r.Flow.Key.CommunityID() == s.community
	}
	for e, a := range r.Flow.Key.Addr {
		if a.Netip() == s.addr && (s.port == 0 || r.Flow.Key.Port[e] == s.port) {
			return true
		}
	}
	return false
}

// Sockets returns those of the subject.
func (s Subject) Sockets(all []classify.Socket) []classify.Socket {
	var mine []classify.Socket
	for _, k := range all {
		if s.Empty() || k.Host == s.addr && (s.port == 0 || k.Port == s.port) {
			mine = append(mine, k)
		}
	}
	return mine
}

// Hosts returns those that the subject asks about as hosts: by an address alone.
func (s Subject) Hosts(all []classify.Host) []classify.Host {
	var mine []classify.Host
	for _, h := range all {
		if s.addr.IsValid() && s.port == 0 && h.Addr == s.addr {
			mine = append(mine, h)
		}
	}
	return mine
}
