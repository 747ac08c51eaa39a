package process

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"peeratlas/capture/packet"
)

// passes tells whether a line belongs to a list of other things, which macOS' netstat has behind
// those of sockets; its title says so.
func (t *Table) passes(line string) bool {
	if strings.HasPrefix(line, "Active ") || strings.HasPrefix(line, "Registered ") {
		t.passing = strings.Contains(line, "LOCAL (UNIX)") || strings.Contains(line, "Multipath") || strings.Contains(line, "kernel")
		return false
	}
	return t.passing
}

// mostBSD is how many columns behind the state are known by their heading.
const mostBSD = 32

// bsdColumns are the columns behind the state that a heading of macOS' netstat names, else held.
//
//	Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)      rhiwat  shiwat    pid   epid state options
func bsdColumns(heading, held []string) []string {
	at := slices.Index(heading, "(state)")
	if at < 0 || len(heading)-at > mostBSD {
		return held
	}
	return slices.Clone(heading[at+1:])
}

// bsdLine reads a row of BSD's and macOS' netstat, whose ports stand behind a dot: protocol, two
// queues, local, foreign, a state for TCP, and with -v what the heading said, among which macOS
// tells the process: "pid", or, since version 14, "process:pid". ok tells whether it is such a row.
//
//	udp4       0      0  192.0.2.10.24816       *.*                                 786896   9216   4711      0 00100 00000004
//	tcp4       0      0  192.0.2.10.51234       198.51.100.7.443       ESTABLISHED  131072 131768 Phone Program:4711  00102 00000000
func bsdLine(f, columns []string) (r Row, kind lineKind, why string, ok bool) {
	if len(f) < 5 || !digits(f[2]) {
		return r, isUnread, "", false
	}
	r.Protocol = transport(f[0])
	local, one := dotted(f[3], f[0])
	remote, two := dotted(f[4], f[0])
	if cutBSD(f[3]) || cutBSD(f[4]) {
		return r, isUnread, "the address may be cut: take netstat -anvl (macOS) or -W", true
	}
	if !one || !two {
		return r, isUnread, "", false
	}
	r.Local, r.Remote = local, remote
	rest := f[5:]
	if len(rest) > 0 && strings.Trim(rest[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" && !digits(rest[0]) {
		r.State, rest = rest[0], rest[1:]
	} else if r.Protocol == packet.TCP && f[4] != "*.*" {
		return r, isUnread, "TCP has a state", true
	}
	if why := r.bsdProcess(rest, columns); why != "" {
		return r, isUnread, why, true
	}
	return r, isRow, "", true
}

// bsdProcess reads the process, where the heading says that it stands.
func (r *Row) bsdProcess(rest, columns []string) (why string) {
	at := slices.Index(columns, "pid")
	named := at < 0
	if named {
		at = slices.Index(columns, "process:pid")
	}
	if at < 0 {
		return "" // without -v, or on another system, none is told
	}
	// A name may have blanks: what follows it is counted from the end.
	last := len(rest) - (len(columns) - at)
	if last < at || !named && last != at {
		return "the columns are not those of the heading"
	}
	name, number := "", rest[last]
	if named {
		words := strings.Join(rest[at:last+1], " ")
		colon := strings.LastIndexByte(words, ':')
		if colon < 0 {
			return "the columns are not those of the heading"
		}
		name, number = words[:colon], words[colon+1:]
	}
	pid, ok := processID(number)
	if !ok {
		return "the columns are not those of the heading"
	}
	r.PID, r.Name = pid, name
	return ""
}

// dotted reads "192.0.2.1.80", "2001:db8::1.80", "fe80::1%en0.80", "*.80" and "*.*" of a protocol.
func dotted(s, protocol string) (netip.AddrPort, bool) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 {
		return netip.AddrPort{}, false
	}
	host, service := s[:dot], s[dot+1:]
	if host == "*" && strings.HasSuffix(protocol, "4") {
		host = "0.0.0.0"
	}
	if strings.ContainsAny(host, "[]") {
		return netip.AddrPort{}, false
	}
	return endpoint("[" + host + "]:" + service)
}

// What macOS' netstat leaves of an address of IPv6 without -l: 16 octets, and with the port 22.
const (
	cutBSDHost = 16
	cutBSDEnd  = 22
)

// cutBSD tells whether an end may be the beginning of a longer one.
func cutBSD(s string) bool {
	dot := max(strings.LastIndexByte(s, '.'), 0)
	host, service := s[:dot], strings.TrimPrefix(s[dot:], ".")
	if service != "*" && !digits(service) {
		return false
	}
	return strings.Contains(host, ":") && (len(host) == cutBSDHost || len(s) == cutBSDEnd)
}

// What a row of tasklist is: the name, the number of the process, the session's name and number,
// and the memory in kilobytes, in the language of the system.
//
//	Phone Program.exe             4711 Console                    1     81,204 K
//	"Phone Program.exe","4711","Console","1","81,204 K"
var (
	taskRow = regexp.MustCompile(`^(\S.*?) +(\d+) (\S+) +(\d+) +[\d.,'\x{a0}\x{202f}\x{fffd}]+ (?:K|Ko|KB|Kb|kB|КБ)$`)
	taskCSV = regexp.MustCompile(`^"([^"]+)","(\d+)","[^"]*","\d+","[^"]*"$`)
)

// image keeps a row of tasklist, and tells whether it is one.
func (t *Table) image(line string) bool {
	found := taskCSV.FindStringSubmatch(line)
	if found == nil {
		found = taskRow.FindStringSubmatch(line)
	}
	if found == nil {
		return false
	}
	if pid, ok := processID(found[2]); ok && len(t.images) < maxRows {
		if t.images == nil {
			t.images = map[int]string{}
		}
		t.images[pid] = found[1]
	}
	return true
}
