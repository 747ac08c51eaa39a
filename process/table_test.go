package process

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"peeratlas/capture/packet"
)

// line is a row as one line of text.
func (r Row) line() string {
	return fmt.Sprintf("%d %s %s %q %d %q %q", r.Protocol, r.Local, r.Remote, r.State, r.PID, r.Name, r.User)
}

// The samples of Linux were printed by the tools themselves, of sockets that testdata/samples.py
// opened; those of Windows and of macOS were written after the descriptions of netstat and tasklist.
var samples = []struct {
	file   string
	rows   []string
	unread []string
	other  int
}{
	{file: "windows-ano.txt", rows: []string{
		`6 0.0.0.0:135 0.0.0.0:0 "LISTENING" 1132 "" ""`,
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 4711 "" ""`,
		`6 192.0.2.10:51236 198.51.100.9:443 "TIME_WAIT" 0 "" ""`,
		`6 [::]:135 [::]:0 "LISTENING" 1132 "" ""`,
		`6 [2001:db8::10]:51235 [2001:db8::7]:8443 "CLOSE_WAIT" 4711 "" ""`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 4711 "" ""`,
		`17 192.0.2.10:137 0.0.0.0:0 "" 4 "" ""`,
		`17 [::]:500 [::]:0 "" 3456 "" ""`,
		`17 [fe80::1c2d:3e4f:5061:7283]:1900 [::]:0 "" 2040 "" ""`,
	}},
	{file: "windows-nob-german.txt", rows: []string{
		`6 0.0.0.0:135 0.0.0.0:0 "ABHÖREN" 1132 "svchost.exe" ""`,
		`6 192.0.2.10:51234 198.51.100.7:443 "HERGESTELLT" 4711 "Phone Program.exe" ""`,
		`17 0.0.0.0:5050 0.0.0.0:0 "" 2040 "" ""`,
	}},
	{file: "windows-ano-tasklist.txt", rows: []string{
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 4711 "Phone Program.exe" ""`,
		`6 192.0.2.10:51236 198.51.100.9:443 "TIME_WAIT" 0 "" ""`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 4711 "Phone Program.exe" ""`,
		`17 0.0.0.0:5353 0.0.0.0:0 "" 2040 "M\x81ller.exe" ""`, // of code page 850
	}},
	{file: "macos-anv.txt", rows: []string{
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 4711 "" ""`,
		`6 [2001:db8::10]:51235 [2001:db8::7]:8443 "CLOSE_WAIT" 4711 "" ""`,
		`6 [::]:22 [::]:0 "LISTEN" 1 "" ""`,
		`6 127.0.0.1:631 0.0.0.0:0 "LISTEN" 335 "" ""`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 4711 "" ""`,
		`17 [fe80::1]:5353 [::]:0 "" 212 "" ""`,
		`17 0.0.0.0:0 0.0.0.0:0 "" 212 "" ""`,
	}, unread: []string{"5: the address may be cut: take netstat -anvl (macOS) or -W"}, other: 6},
	{file: "macos-anvl-named.txt", rows: []string{
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 4711 "Phone Program" ""`,
		`6 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 [2001:db8::7]:8443 "ESTABLISHED" 4712 "a:9 b" ""`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 4711 "Phone Program" ""`,
	}, unread: []string{"6: the columns are not those of the heading"}},
	{file: "netstat-nop.txt", rows: []string{
		`6 198.51.100.7:443 192.0.2.10:51234 "ESTABLISHED" 0 "" ""`,
		`6 198.51.100.7:443 198.51.100.7:51388 "ESTABLISHED" 0 "" ""`,
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 49 "python3" ""`,
		`6 198.51.100.7:51388 198.51.100.7:443 "ESTABLISHED" 49 "python3" ""`,
		`17 192.0.2.10:51604 198.51.100.7:3478 "ESTABLISHED" 49 "python3" ""`,
	}, unread: []string{"6: the address may be cut: take netstat -W", "7: the address may be cut: take netstat -W"}},
	{file: "netstat-tunap.txt", rows: []string{
		`6 198.51.100.7:443 0.0.0.0:0 "LISTEN" 48 "python3" ""`,
		`6 198.51.100.7:443 192.0.2.10:51234 "ESTABLISHED" 0 "" ""`,
		`6 198.51.100.7:443 198.51.100.7:51388 "ESTABLISHED" 0 "" ""`,
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 49 "python3" ""`,
		`6 [2001:db8::7]:8443 [::]:0 "LISTEN" 48 "python3" ""`,
		`6 [::]:22 [::]:0 "LISTEN" 48 "python3" ""`,
		`6 198.51.100.7:51388 198.51.100.7:443 "ESTABLISHED" 49 "python3" ""`,
		`17 192.0.2.10:51604 198.51.100.7:3478 "ESTABLISHED" 49 "python3" ""`,
		`17 127.0.0.1:4500 0.0.0.0:0 "" 50 "python3" ""`,
		`17 0.0.0.0:5353 0.0.0.0:0 "" 49 "python3" ""`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 49 "python3" ""`,
		`17 [::]:3478 [::]:0 "" 48 "python3" ""`,
	}, unread: []string{"9: the address may be cut: take netstat -W", "10: the address may be cut: take netstat -W"}},
	{file: "netstat-tunape-wide.txt", rows: []string{
		`6 198.51.100.7:443 0.0.0.0:0 "LISTEN" 48 "python3" "0"`,
		`6 198.51.100.7:443 192.0.2.10:51234 "ESTABLISHED" 0 "" "0"`,
		`6 198.51.100.7:443 198.51.100.7:51388 "ESTABLISHED" 0 "" "0"`,
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 49 "python3" "0"`,
		`6 [2001:db8::7]:8443 [::]:0 "LISTEN" 48 "python3" "0"`,
		`6 [::]:22 [::]:0 "LISTEN" 48 "python3" "0"`,
		`6 [2001:db8::7]:8443 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 "ESTABLISHED" 0 "" "0"`,
		`6 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 [2001:db8::7]:8443 "ESTABLISHED" 49 "python3" "0"`,
		`6 198.51.100.7:51388 198.51.100.7:443 "ESTABLISHED" 49 "python3" "0"`,
		`17 192.0.2.10:51604 198.51.100.7:3478 "ESTABLISHED" 49 "python3" "0"`,
		`17 127.0.0.1:4500 0.0.0.0:0 "" 50 "python3" "0"`,
		`17 0.0.0.0:5353 0.0.0.0:0 "" 49 "python3" "0"`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 49 "python3" "0"`,
		`17 [::]:3478 [::]:0 "" 48 "python3" "0"`,
	}},
	{file: "ss-tunap.txt", rows: ssRows},
	{file: "ss-tunapeo.txt", rows: ssRows},
	{file: "ss-tnp.txt", unread: []string{
		"2: the protocol is missing: take ss -tunp, of TCP and UDP together", "3: the protocol is missing: take ss -tunp, of TCP and UDP together",
		"4: the protocol is missing: take ss -tunp, of TCP and UDP together", "5: the protocol is missing: take ss -tunp, of TCP and UDP together",
		"6: the protocol is missing: take ss -tunp, of TCP and UDP together", "7: the protocol is missing: take ss -tunp, of TCP and UDP together",
	}},
	{file: "lsof-i-n-P.txt", rows: lsofRows("turn s")},
	{file: "lsof-wide-names.txt", rows: lsofRows("turn server")},
}

var ssRows = []string{
	`17 192.0.2.10:51604 198.51.100.7:3478 "ESTAB" 49 "a\"b" ""`,
	`17 127.0.0.1:4500 0.0.0.0:0 "UNCONN" 50 "worker" ""`,
	`17 127.0.0.1:4500 0.0.0.0:0 "UNCONN" 51 "worker" ""`,
	`17 0.0.0.0:5353 0.0.0.0:0 "UNCONN" 49 "a\"b" ""`,
	`17 0.0.0.0:24816 0.0.0.0:0 "UNCONN" 49 "a\"b" ""`,
	`17 [::]:3478 [::]:0 "UNCONN" 48 "turn server" ""`,
	`6 198.51.100.7:443 0.0.0.0:0 "LISTEN" 48 "turn server" ""`,
	`6 198.51.100.7:443 192.0.2.10:51234 "ESTAB" 0 "" ""`,
	`6 198.51.100.7:443 198.51.100.7:51388 "ESTAB" 0 "" ""`,
	`6 192.0.2.10:51234 198.51.100.7:443 "ESTAB" 49 "a\"b" ""`,
	`6 [2001:db8::7]:8443 [::]:0 "LISTEN" 48 "turn server" ""`,
	`6 [::]:22 [::]:0 "LISTEN" 48 "turn server" ""`,
	`6 [2001:db8::7]:8443 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 "ESTAB" 0 "" ""`,
	`6 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 [2001:db8::7]:8443 "ESTAB" 49 "a\"b" ""`,
	`6 198.51.100.7:51388 198.51.100.7:443 "ESTAB" 49 "a\"b" ""`,
}

func lsofRows(name string) []string {
	return []string{
		`6 198.51.100.7:443 0.0.0.0:0 "LISTEN" 48 "` + name + `" "daemon"`,
		`6 [2001:db8::7]:8443 [::]:0 "LISTEN" 48 "` + name + `" "daemon"`,
		`17 [::]:3478 [::]:0 "" 48 "` + name + `" "daemon"`,
		`6 [::]:22 [::]:0 "LISTEN" 48 "` + name + `" "daemon"`,
		`6 192.0.2.10:51234 198.51.100.7:443 "ESTABLISHED" 49 "a\"b" "nobody"`,
		`6 [2001:db8:1234:5678:9abc:def0:1234:5678]:51235 [2001:db8::7]:8443 "ESTABLISHED" 49 "a\"b" "nobody"`,
		`17 0.0.0.0:24816 0.0.0.0:0 "" 49 "a\"b" "nobody"`,
		`17 192.0.2.10:51604 198.51.100.7:3478 "" 49 "a\"b" "nobody"`,
		`6 198.51.100.7:51388 198.51.100.7:443 "ESTABLISHED" 49 "a\"b" "nobody"`,
		`17 0.0.0.0:5353 0.0.0.0:0 "" 49 "a\"b" "nobody"`,
		`17 127.0.0.1:4500 0.0.0.0:0 "" 50 "worker" "root"`,
		`17 127.0.0.1:4500 0.0.0.0:0 "" 51 "worker" "root"`,
	}
}

func TestParseTable(t *testing.T) {
	for _, tt := range samples {
		t.Run(tt.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			table, err := ParseTable(text)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, table, tt.rows, tt.unread, tt.other)
		})
	}
}

func compare(t *testing.T, table *Table, rows, unread []string, other int) {
	t.Helper()
	var got, left []string
	for _, r := range table.Rows {
		got = append(got, r.line())
	}
	for _, u := range table.Unread {
		left = append(left, fmt.Sprintf("%d: %s", u.Line, u.Why))
	}
	if !slices.Equal(got, rows) {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
	if !slices.Equal(left, unread) {
		t.Errorf("unread %q, want %q", left, unread)
	}
	if table.Other != other {
		t.Errorf("%d others, want %d", table.Other, other)
	}
}

// Lines by themselves: what is near to a row and is none, and shapes that the samples lack.
func TestParseLine(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"empty", "", "heading"},
		{"prompt", `C:\Users\a>netstat -ano`, "heading"},
		{"sentence with numbers", "I saw 3 connections", "no row of netstat, ss or lsof"},
		{"Windows, name for an address", "  TCP    pc:51234  phone.example:https  ESTABLISHED  4711", `"pc:51234" is no address and port in numbers`},
		{"Windows, foreign name", "  TCP    192.0.2.10:1  phone.example:443  ESTABLISHED  4711", `"phone.example:443" is no address and port in numbers`},
		{"Windows, an old code page", "  TCP    192.0.2.10:135  0.0.0.0:0  ABH\x99REN  1132", `6 192.0.2.10:135 0.0.0.0:0 "ABH\x99REN" 1132 "" ""`},
		{"Windows, no process", "  TCP    192.0.2.10:1  198.51.100.7:443  ESTABLISHED", `6 192.0.2.10:1 198.51.100.7:443 "ESTABLISHED" 0 "" ""`},
		{"Windows, state of two words", "  TCP    192.0.2.10:1  198.51.100.7:443  EN ATTENTE 7", `6 192.0.2.10:1 198.51.100.7:443 "EN ATTENTE" 7 "" ""`},
		{"Windows, no state", "  TCP    192.0.2.10:1  198.51.100.7:443  7", "TCP has a state and UDP has none"},
		{"Windows, UDP with state", "  UDP    192.0.2.10:1  *:*  LISTENING 7", "TCP has a state and UDP has none"},
		{"Windows, port too large", "  UDP    192.0.2.10:65536  *:*   7", `"192.0.2.10:65536" is no address and port in numbers`},
		{"Windows, process too large", "  UDP    192.0.2.10:1  *:*   99999999999", "the number of the process is too large"},
		{"Windows, cut", "  TCP    192.0.2.10:1", "the row ends early"},
		{"netstat, name with spaces and timer", "tcp        0      0 192.0.2.10:1      198.51.100.7:443     ESTABLISHED 48/Web Content on (  off (0.00/0/0)", `6 192.0.2.10:1 198.51.100.7:443 "ESTABLISHED" 48 "Web Content on (" ""`},
		{"netstat, user by name", "udp        0      0 192.0.2.10:1      0.0.0.0:*           systemd-network 1234 48/networkd", `17 192.0.2.10:1 0.0.0.0:0 "" 48 "networkd" "systemd-network"`},
		{"netstat, without process", "tcp        0      0 192.0.2.10:1      198.51.100.7:443     ESTABLISHED", `6 192.0.2.10:1 198.51.100.7:443 "ESTABLISHED" 0 "" ""`},
		{"netstat, timer alone", "tcp        0      0 192.0.2.10:1      198.51.100.7:443     ESTABLISHED off (0.00/0/0)", `6 192.0.2.10:1 198.51.100.7:443 "ESTABLISHED" 0 "" ""`},
		{"netstat, name for a port", "tcp        0      0 192.0.2.10:1      198.51.100.7:https   ESTABLISHED 48/a", `"198.51.100.7:https" is no address and port in numbers`},
		{"netstat, slash in the name", "tcp        0      0 192.0.2.10:1      198.51.100.7:443     ESTABLISHED 48/kworker/0:1", `6 192.0.2.10:1 198.51.100.7:443 "ESTABLISHED" 48 "kworker/0:1" ""`},
		{"netstat, TCP without state", "tcp        0      0 192.0.2.10:1      198.51.100.7:443", "TCP has a state"},
		{"netstat, raw", "raw        0      0 0.0.0.0:1               0.0.0.0:*               7           -", "other"},
		{"netstat, unix", "unix  3      [ ]         STREAM     CONNECTED     1057     -", "other"},
		{"ss, link-local", "udp UNCONN 0 0 [fe80::1]%eth0:546 [::]:* users:((\"a\",pid=7,fd=1))", `17 [fe80::1]:546 [::]:0 "UNCONN" 7 "a" ""`},
		{"ss, a name that forges a process", "udp UNCONN 0 0 0.0.0.0:1 0.0.0.0:* users:((\"\",pid=1,fd=3)) \",pid=49,fd=7))", `17 0.0.0.0:1 0.0.0.0:0 "UNCONN" 49 "\",pid=1,fd=3)) " ""`},
		{"ss, a name like a process", "udp UNCONN 0 0 0.0.0.0:1 0.0.0.0:* users:((\"x\",pid=1,fd=3\",pid=49,fd=7))", `17 0.0.0.0:1 0.0.0.0:0 "UNCONN" 49 "x\",pid=1,fd=3" ""`},
		{"ss, one process twice", "udp UNCONN 0 0 0.0.0.0:1 0.0.0.0:* users:((\"a\",pid=7,fd=3),(\"a\",pid=7,fd=4))", `17 0.0.0.0:1 0.0.0.0:0 "UNCONN" 7 "a" ""`},
		{"BSD, no heading", "udp4 0 0 192.0.2.10.24816 *.* 786896 9216 4711 0 00100 00000000", `17 192.0.2.10:24816 0.0.0.0:0 "" 0 "" ""`},
		{"BSD, name for a port", "tcp4 0 0 192.0.2.10.1 198.51.100.7.https ESTABLISHED", `"192.0.2.10.1" is no address and port in numbers`},
		{"BSD, TCP without state", "tcp4 0 0 192.0.2.10.1 198.51.100.7.443", "TCP has a state"},
		{"tasklist, CSV", `"Phone.exe","4711","Console","1","81,204 K"`, "heading"},
		{"tasklist, French", "Phone.exe   4711 Console   1   81\u00a0204 Ko", "heading"},
		{"ss, no such state", "tcp FOO 0 0 192.0.2.10:1 198.51.100.7:443", `"FOO" is no state`},
		{"ss, process cut", "tcp ESTAB 0 0 192.0.2.10:1 198.51.100.7:443 users:((\"a\",pid=", `6 192.0.2.10:1 198.51.100.7:443 "ESTAB" 0 "" ""`},
		{"ss, mptcp", "mptcp ESTAB 0 0 192.0.2.10:1 198.51.100.7:443", "other"},
		{"ss, name for a port", "tcp ESTAB 0 0 192.0.2.10:ssh 198.51.100.7:443", `"192.0.2.10:ssh" is no address and port in numbers`},
		{"lsof, name for a port", "sshd 48 root 3u IPv4 1 0t0 TCP *:ssh (LISTEN)", `"0.0.0.0:ssh" is no address and port in numbers`},
		{"lsof, raw", "ping 48 root 3u IPv4 1 0t0 ICMP 00000000:0001->00000000:0000", "other"},
		{"lsof, macOS", "identity 401 u 9u IPv6 0x5f2c 0t0 TCP [fe80:f::1]:1024->[fe80:f::2]:1024 (ESTABLISHED)", `6 [fe80:f::1]:1024 [fe80:f::2]:1024 "ESTABLISHED" 401 "identity" "u"`},
		{"lsof, no process", "a x u 9u IPv4 1 0t0 TCP 192.0.2.10:1 (LISTEN)", "the row ends early"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := ParseTable([]byte(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			got := "heading"
			switch {
			case len(table.Rows) == 1:
				got = table.Rows[0].line()
			case len(table.Unread) == 1:
				got = table.Unread[0].Why
			case table.Other == 1:
				got = "other"
			}
			if got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// PowerShell redirects as UTF-16 with a mark.
func TestParseUTF16(t *testing.T) {
	text, err := os.ReadFile("testdata/windows-nob-german.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, encode := range map[string]func(uint16) []byte{
		"little": func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} },
		"big":    func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} },
	} {
		wide := encode(0xfeff)
		for _, u := range utf16.Encode([]rune(string(text))) {
			wide = append(wide, encode(u)...)
		}
		table, err := ParseTable(append(wide, 0))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, table, samples[1].rows, nil, 0)
		bare, err := ParseTable(wide[2:])
		if err != nil || len(bare.Rows) != len(table.Rows) {
			t.Errorf("%s end first, without a mark: %v, %d rows", name, err, len(bare.Rows))
		}
	}
	table, _ := ParseTable(append([]byte("\xef\xbb\xbf"), text...))
	compare(t, table, samples[1].rows, nil, 0)
}

func TestParseBounds(t *testing.T) {
	if _, err := ParseTable([]byte(strings.Repeat("1 strange line\n", maxUnread+1))); err == nil || !strings.Contains(err.Error(), "is this the output of netstat") {
		t.Errorf("strange lines: %v", err)
	}
	row := "tcp 0 0 192.0.2.1:1 192.0.2.2:2 LISTEN\n"
	if _, err := ParseTable([]byte(strings.Repeat(row, maxRows+1))); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("many rows: %v", err)
	}
}

func FuzzParseTable(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.txt")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for line := range strings.Lines(string(text)) {
			f.Add([]byte(line))
		}
	}
	f.Add([]byte("\xff\xfeT\x00C\x00P\x00"))
	f.Add([]byte("udp UNCONN 0 0 0.0.0.0:1 0.0.0.0:* users:((\"\",pid=1,fd=3)) \",pid=49,fd=7),(\"b\",pid=50,fd=7))"))
	f.Fuzz(func(t *testing.T, text []byte) {
		table, _ := ParseTable(text)
		lines := 1 + strings.Count(decodeText(text), "\n")
		if n := len(table.Rows) + len(table.Unread) + table.Other; n > lines+strings.Count(decodeText(text), "pid=") {
			t.Fatalf("%d of %d lines", n, lines)
		}
		for _, r := range table.Rows {
			if r.Protocol != packet.TCP && r.Protocol != packet.UDP || !r.Local.IsValid() || !r.Remote.IsValid() || r.PID < 0 ||
				r.Local.Addr().Zone() != "" || r.Local.Addr().Is4In6() || r.Local.Addr() == (netip.Addr{}) {
				t.Fatalf("row %+v", r)
			}
		}
		last := 0
		for _, u := range table.Unread {
			if u.Line <= last || u.Line > lines || u.Why == "" {
				t.Fatalf("unread %+v after %d of %d", u, last, lines)
			}
			last = u.Line
		}
	})
}
