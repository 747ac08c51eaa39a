package pipeline

import (
	"fmt"
	"net/netip"
	"strings"

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
	return Subject{}, fmt.Errorf("%q is no address (192.0.2.1), address with port (192.0.2.1:443, [2001:db8::1]:443) or Community ID (1:...=)", s)
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
