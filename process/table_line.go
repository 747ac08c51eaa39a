package process

import (
	"regexp"
	"slices"
	"strings"

	"peeratlas/capture/packet"
)

// windowsLine reads a row of Windows' netstat: protocol, local, foreign, a state for TCP in the
// language of the system, and with -o the process. UDP has no state.
//
//	TCP    192.0.2.10:51234       198.51.100.7:443       ESTABLISHED     4711
//	UDP    [fe80::1%7]:1900       *:*                                    2040
func windowsLine(f []string) (Row, lineKind, string) {
	r := Row{Protocol: transport(f[0])}
	if len(f) < 3 {
		return r, isUnread, "the row ends early"
	}
	if why := r.ends(f[1], f[2]); why != "" {
		return r, isUnread, why
	}
	rest := f[3:]
	if n := len(rest); n > 0 {
		if pid, ok := processID(rest[n-1]); ok {
			r.PID, rest = pid, rest[:n-1]
		} else if digits(rest[n-1]) {
			return r, isUnread, "the number of the process is too large"
		}
	}
	if r.Protocol == packet.UDP && len(rest) > 0 || r.Protocol == packet.TCP && len(rest) == 0 {
		return r, isUnread, "TCP has a state and UDP has none"
	}
	r.State = strings.Join(rest, " ")
	r.Only6 = true // Windows lists a socket that takes both under 0.0.0.0, too
	return r, isRow, ""
}

// windowsName gives the rows before it the program that "netstat -b" names in a line of its own;
// the line of the service before that says less, and so does that nobody may tell.
//
//	 RpcSs
//	[svchost.exe]
func windowsName(line string, t *Table) bool {
	if !t.windows || !strings.HasPrefix(line, " ") {
		return false
	}
	text := strings.TrimSpace(line)
	if last := &t.Rows[len(t.Rows)-1]; last.Name == "" {
		name, opened := strings.CutPrefix(text, "[")
		if name, closed := strings.CutSuffix(name, "]"); opened && closed && name != "" {
			last.Name = name
			return true
		}
	}
	return !strings.ContainsAny(text, ":*")
}

// cutAt is how many octets an address and its port have in net-tools' netstat at most without -W.
// What has as many may be the beginning of a longer one of IPv6.
const cutAt = 23

// timer is what "netstat -o" ends a row with.
var timer = regexp.MustCompile(` (off|on|keepalive|timewait|probe|unkn-\d+) \([0-9./]+\)$`)

// netstatLine reads a row of net-tools' netstat: protocol, two queues, local, foreign, a state if
// there is one, with -e user and inode, with -p the process, with -o the timer.
//
//	tcp6       0      0 2001:db8::7:8443        :::*                    LISTEN      48/turn server       off (0.00/0/0)
func netstatLine(f []string, line string) (Row, lineKind, string) {
	r := Row{Protocol: transport(f[0])}
	if len(f) < 5 || !digits(f[2]) {
		return r, isUnread, "the row ends early"
	}
	if strings.HasSuffix(f[0], "6") && (len(f[3]) == cutAt && len(f[4]) <= cutAt || len(f[4]) == cutAt && len(f[3]) <= cutAt) {
		return r, isUnread, "the address may be cut: take netstat -W"
	}
	if why := r.ends(f[3], f[4]); why != "" {
		return r, isUnread, why
	}
	rest := f[5:]
	if len(rest) > 0 && strings.Trim(rest[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" && !digits(rest[0]) {
		r.State, rest = rest[0], rest[1:]
	} else if r.Protocol == packet.TCP {
		return r, isUnread, "TCP has a state"
	}
	// User and inode come before the process: a user's name has no slash.
	if len(rest) > 1 && digits(rest[1]) && !strings.Contains(rest[0], "/") {
		r.User, rest = rest[0], rest[2:]
	}
	if len(rest) == 0 || rest[0] == "-" {
		return r, isRow, ""
	}
	number, _, told := strings.Cut(rest[0], "/")
	pid, ok := processID(number)
	if !told || !ok {
		return r, isRow, "" // without -p the timer follows, or nothing
	}
	r.PID = pid
	// The name may have spaces, and is filled up with them: it is cut out of the line.
	name := line[strings.Index(line, rest[0])+len(number)+1:]
	if at := timer.FindStringIndex(name); at != nil {
		name = name[:at[0]]
	}
	r.Name = strings.TrimSpace(name)
	return r, isRow, ""
}

// ssAll is what "ss -p" writes of the processes that have a socket, and ssOne one of them. The kernel
// keeps 15 octets of a name, and ss writes them as they are: they are too few to forge the end of
// one process and the beginning of another.
var (
	ssAll = regexp.MustCompile(` users:\(\((".*",pid=\d+,fd=\d+)\)\)`)
	ssOne = regexp.MustCompile(`^"(.*?)",pid=(\d+),fd=\d+(?:\),\(|$)`)
)

// ssLine reads a row of iproute2's ss: protocol, state, two queues, local, peer, and with -p the
// processes that have the socket, in order of their numbers.
//
//	udp UNCONN 0 0 0.0.0.0%lo:5353 0.0.0.0:* users:(("worker",pid=51,fd=9),("worker",pid=50,fd=9))
func ssLine(f []string, line string, t *Table) (Row, lineKind, string) {
	r := Row{Protocol: transport(f[0])}
	if len(f) < 6 || !digits(f[2]) || !digits(f[3]) {
		return r, isUnread, "the row ends early"
	}
	if !ssStates[f[1]] {
		return r, isUnread, "\"" + f[1] + "\" is no state"
	}
	r.State = f[1]
	if why := r.ends(f[4], f[5]); why != "" {
		return r, isUnread, why
	}
	r.Only6 = strings.HasPrefix(f[4], "[::]:") // what takes both is written "*"
	all := ssUsers(line)
	for i, u := range all {
		row := r
		row.PID, row.Name = u.PID, u.Name
		if i == 0 {
			r = row
		} else {
			t.also = append(t.also, row)
		}
	}
	return r, isRow, ""
}

// ssUsers are the processes at the end of a row of ss, each once.
func ssUsers(line string) []Row {
	found := ssAll.FindStringSubmatch(line)
	if found == nil {
		return nil
	}
	var all []Row
	for rest := found[1]; rest != "" && len(all) < maxShared; {
		u := ssOne.FindStringSubmatch(rest)
		if u == nil {
			break
		}
		rest = rest[len(u[0]):]
		if pid, ok := processID(u[2]); ok && !slices.ContainsFunc(all, func(r Row) bool { return r.PID == pid && r.Name == u[1] }) {
			all = append(all, Row{PID: pid, Name: u[1]})
		}
	}
	slices.SortStableFunc(all, func(a, b Row) int { return a.PID - b.PID })
	return all
}

// lsofLine reads a row of lsof -i: command, process, user, descriptor, type, device, size, node,
// name. lsof writes what is odd in a command as \x20.
//
//	turn\x20s  48 daemon    5u  IPv4 636037      0t0  TCP 198.51.100.7:443 (LISTEN)
func lsofLine(f []string) (Row, lineKind, string) {
	r := Row{Protocol: transport(f[7])}
	if r.Protocol == 0 {
		return r, isOther, ""
	}
	pid, ok := processID(f[1])
	if !ok || len(f) < 9 {
		return r, isUnread, "the row ends early"
	}
	r.PID, r.User, r.Name = pid, f[2], unescapeCommand(f[0])
	local, remote, connected := strings.Cut(f[8], "->")
	if !connected {
		remote = "*:*"
	}
	if f[4] == "IPv4" && strings.HasPrefix(local, "*") {
		local = "0.0.0.0" + local[1:]
	}
	if why := r.ends(local, remote); why != "" {
		return r, isUnread, why
	}
	if len(f) > 9 {
		r.State = strings.Trim(f[9], "()")
	}
	return r, isRow, ""
}

// unescapeCommand undoes lsof's \xHH; a sequence that the column cut stays.
func unescapeCommand(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+3 < len(s) && s[i] == '\\' && s[i+1] == 'x' && hexDigit(s[i+2]) >= 0 && hexDigit(s[i+3]) >= 0 {
			b.WriteByte(byte(hexDigit(s[i+2])<<4 | hexDigit(s[i+3])))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hexDigit(c byte) int { return strings.IndexByte("0123456789abcdef", c) }
