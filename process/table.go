package process

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"peeratlas/capture/packet"
)

// Table is what a pasted table of sockets held.
type Table struct {
	Rows   []Row
	Unread []Unread // lines that look like a row, or like nothing that is known
	Other  int      // lines of sockets that are neither TCP nor UDP

	windows bool           // the last row is of Windows' netstat
	bsd     []string       // columns behind the state, as macOS' netstat named them last
	also    []Row          // of the last line, beyond its first row
	images  map[int]string // names of processes, as tasklist told them
	passing bool           // what follows is a list of macOS that has no sockets of TCP and UDP
}

// Unread is a line that was not understood.
type Unread struct {
	Line int // from 1
	Text string
	Why  string
}

// The bounds of a table: beyond, it is no table of one machine.
const (
	maxRows   = 1 << 18
	maxUnread = 1000
	maxShared = 64 // processes of one socket
)

// ParseTable reads what one of these printed, with or without its headings:
//
//	netstat -ano           Windows; with -b too, in any language
//	tasklist               Windows: names for the numbers of netstat -ano; as a table or with /fo csv
//	netstat -nop, -tunp    Linux (net-tools); with -a, -e, -W too
//	netstat -anvl          macOS: with its heading, which tells where the process stands
//	ss -tunp               Linux (iproute2); with -a, -e, -o too
//	lsof -i -n -P          Linux, macOS, BSD
//
// Each line is judged by its own shape, so that tables may be joined. Names in place of numbers are
// not looked up: such a line is unread, as is what else is not understood. Text may be UTF-8, or
// UTF-16 as PowerShell writes it; octets that are neither, as of an old code page, stay in names as
// they are. A socket that several processes have takes as many rows.
func ParseTable(text []byte) (*Table, error) {
	t := new(Table)
	number := 0
	for line := range strings.Lines(decodeText(text)) {
		number++
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		row, kind, why := parseLine(line, t)
		switch kind {
		case isRow:
			if len(t.Rows)+len(t.also) >= maxRows {
				return t, fmt.Errorf("line %d: a table of sockets has at most %d rows", number, maxRows)
			}
			t.Rows = append(append(t.Rows, row), t.also...)
			t.also = t.also[:0]
			first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			t.windows = first == "TCP" || first == "UDP"
		case isOther:
			t.Other++
		case isUnread:
			if len(t.Unread) == maxUnread {
				return t, fmt.Errorf("line %d: %d lines were not understood: is this the output of netstat, ss or lsof?", number, maxUnread)
			}
			t.Unread = append(t.Unread, Unread{Line: number, Text: line, Why: why})
		}
	}
	t.nameByImage()
	return t, nil
}

// nameByImage gives rows that have but a number the name that the table itself has for it: in a row
// of tasklist, or in another row of netstat, if it has one name there.
func (t *Table) nameByImage() {
	names := map[int]string{}
	for _, r := range t.Rows {
		if r.PID == 0 || r.Name == "" {
			continue
		}
		if held, known := names[r.PID]; known && held != r.Name {
			names[r.PID] = ""
		} else {
			names[r.PID] = r.Name
		}
	}
	maps.Copy(names, t.images)
	for i := range t.Rows {
		if r := &t.Rows[i]; r.Name == "" && r.PID != 0 {
			r.Name = names[r.PID]
		}
	}
}

// lineKind is what a line is taken for.
type lineKind uint8

const (
	isUnread lineKind = iota
	isRow
	isHeading // nothing to read
	isOther   // a socket that has no ports of TCP or UDP
)

// parseLine reads a line by its shape. A name in brackets belongs to the rows before it.
func parseLine(line string, t *Table) (Row, lineKind, string) {
	f := strings.Fields(line)
	if len(f) == 0 {
		return Row{}, isHeading, ""
	}
	if t.passes(line) {
		return Row{}, isOther, ""
	}
	switch first := f[0]; {
	case first == "TCP" || first == "UDP":
		return windowsLine(f)
	case transport(first) != 0 && len(f) > 2 && digits(f[1]):
		if r, kind, why, ok := bsdLine(f, t.bsd); ok {
			return r, kind, why
		}
		return netstatLine(f, line)
	case transport(first) != 0 && len(f) > 1:
		return ssLine(f, line, t)
	case len(f) > 7 && (f[4] == "IPv4" || f[4] == "IPv6"):
		return lsofLine(f)
	case otherSockets[first] && len(f) > 3:
		return Row{}, isOther, ""
	case t.image(line):
		return Row{}, isHeading, ""
	case heading(f, line, len(t.Rows)):
		t.bsd = bsdColumns(f, t.bsd)
		return Row{}, isHeading, ""
	case windowsName(line, t):
		return Row{}, isHeading, ""
	case ssStates[first] && len(f) > 4:
		return Row{}, isUnread, "the protocol is missing: take ss -tunp, of TCP and UDP together"
	}
	return Row{}, isUnread, "no row of netstat, ss or lsof"
}

// otherSockets are the first words of rows of other sockets, as netstat and ss call them.
var otherSockets = map[string]bool{"unix": true, "raw": true, "raw6": true, "icmp": true, "icmp6": true, "ICMP6": true, "icm4": true, "icm6": true, "igm4": true, "sctp": true, "dccp": true, "mptcp": true,
	"udplite": true, "udpl": true, "udpl6": true, "udplite6": true, "nl": true, "p_raw": true, "p_dgr": true, "u_str": true, "u_dgr": true, "u_seq": true, "v_str": true, "v_dgr": true, "tipc": true, "xdp": true}

// ssStates are ss's words for states, with which a row begins that has no protocol.
var ssStates = map[string]bool{"ESTAB": true, "LISTEN": true, "UNCONN": true, "TIME-WAIT": true, "SYN-SENT": true, "SYN-RECV": true, "CLOSE-WAIT": true,
	"FIN-WAIT-1": true, "FIN-WAIT-2": true, "LAST-ACK": true, "CLOSING": true, "CLOSED": true}

// headings begin lines that say what follows; netstat has a note of processes not seen.
var headings = []string{"Proto ", "Netid ", "COMMAND ", "State ", "Active ", "Registered kernel ", "(Not all processes", "(No info could be read", "will not be shown", "you would have to be root"}

func heading(f []string, line string, rows int) bool {
	text := strings.Join(f, " ") + " "
	for _, h := range headings {
		if strings.HasPrefix(text, h) {
			return true
		}
	}
	// In other languages the title is another: it stands before all rows, and has no numbers. That
	// of tasklist has the word PID in all of them.
	return !strings.ContainsAny(line, "0123456789") && (rows == 0 || slices.Contains(f, "PID") || strings.Contains(line, `","PID","`)) ||
		strings.Trim(line, "= ") == ""
}

func transport(word string) packet.Protocol {
	switch word {
	case "tcp", "tcp6", "tcp4", "tcp46", "TCP":
		return packet.TCP
	case "udp", "udp6", "udp4", "udp46", "UDP":
		return packet.UDP
	}
	return 0
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// processID reads a decimal number of at most 32 bits; the others are not told.
func processID(s string) (int, bool) {
	if !digits(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil && n <= 1<<31-1
}

// endpoint reads "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1:80", "0.0.0.0%eth0:68", "*:22",
// ":::22" and "*:*". The zone is dropped, as packets carry none.
func endpoint(s string) (netip.AddrPort, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return netip.AddrPort{}, false
	}
	host, service := s[:colon], s[colon+1:]
	var port uint64
	if service != "*" {
		var err error
		if port, err = strconv.ParseUint(service, 10, 16); err != nil || !digits(service) {
			return netip.AddrPort{}, false
		}
	}
	if strings.HasPrefix(host, "[") != strings.Contains(host, "]") {
		return netip.AddrPort{}, false
	}
	host, _, _ = strings.Cut(host, "%") // "[fe80::1]%eth0" and "[fe80::1%eth0]" are both written
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "*" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// ends reads the two columns of addresses into row, or says why not.
func (r *Row) ends(local, remote string) (why string) {
	var ok bool
	if r.Local, ok = endpoint(local); !ok {
		return fmt.Sprintf("%q is no address and port in numbers", local)
	}
	if r.Remote, ok = endpoint(remote); !ok {
		return fmt.Sprintf("%q is no address and port in numbers", remote)
	}
	if r.Remote.Port() == 0 && r.Remote.Addr().IsUnspecified() && r.Local.Addr().Is4() {
		r.Remote = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	return ""
}

// decodeText makes UTF-8 of UTF-16, which a byte order mark shows, or else a first character that
// is ASCII; and drops marks.
func decodeText(b []byte) string {
	big := bytes.HasPrefix(b, []byte{0xfe, 0xff})
	switch {
	case big || bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		b = b[2:]
	case len(b) > 1 && (b[0] == 0) != (b[1] == 0):
		big = b[0] == 0
	default:
		return string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		low, high := b[i], b[i+1]
		if big {
			low, high = high, low
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return string(utf16.Decode(units))
}
