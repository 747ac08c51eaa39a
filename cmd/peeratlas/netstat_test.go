package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// listing writes a listing of sockets to a file of its own.
func listing(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netstat.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Listings of testdata/office.pcapng's first host, in the words of several tools.
const (
	windowsOffice = "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse         Remoteadresse          Status           PID\r\n" +
		"  TCP    192.168.10.23:62749    111.221.74.31:443      HERGESTELLT     4711\r\n [Skype.exe]\r\n" +
		"  UDP    0.0.0.0:24816          *:*                                    4711\r\n [Skype.exe]\r\n"
	wildOffice  = "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nudp   UNCONN 0      0      0.0.0.0:24816      0.0.0.0:*         users:((\"skype\",pid=12,fd=3))\n"
	otherOffice = "udp   UNCONN 0      0      192.168.10.23:24816      0.0.0.0:*         users:((\"zoom\",pid=99,fd=3))\n"
)

func TestNetstat(t *testing.T) {
	office := testdata + "office.pcapng"
	windows, wild, other := listing(t, windowsOffice), listing(t, wildOffice), listing(t, otherOffice)
	var wide strings.Builder
	wide.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(windowsOffice)) {
		wide.Write([]byte{byte(u), byte(u >> 8)})
	}
	powershell, strange := listing(t, wide.String()), listing(t, wildOffice+strings.Repeat("what is this 1\n", 9))
	for _, tt := range []struct {
		name   string
		args   []string
		stdin  string
		status int
		want   []string // on either output
	}{
		{"Windows", []string{"report", "--netstat", windows, office}, "", exitDone,
			[]string{"Skype.exe (4711)", "2 of 5 sockets with an owner, 3 without; 1 socket is of other hosts; in ", "(2 rows of 192.168.10.23)"}},
		{"PowerShell", []string{"report", "--netstat", powershell, office}, "", exitDone, []string{"Skype.exe (4711)"}},
		{"standard input", []string{"report", "--netstat", "-", office}, windowsOffice, exitDone, []string{"Skype.exe (4711)", "in standard input (2 rows"}},
		{"Markdown", []string{"report", "--format", "md", "--netstat", windows, office}, "", exitDone, []string{"| 192.168.10.23 | `Skype.exe (4711)` |", "answered), `Skype.exe (4711)`"}},
		{"no address in it", []string{"report", "--netstat", wild, office}, "", exitError, []string{"say it: --netstat-host ADDRESS"}},
		{"the host is said", []string{"report", "--netstat", wild, "--netstat-host", "192.168.10.23", office}, "", exitDone, []string{"skype (12)"}},
		{"another host is said", []string{"report", "--netstat", wild, "--netstat-host", "192.0.2.1", office}, "", exitDone, []string{"no host of a listing has peer-to-peer sockets"}},
		{"two agree not", []string{"report", "--netstat", wild, "--netstat", windows, "--netstat-host", "192.168.10.23", office}, "", exitDone,
			[]string{"Skype.exe (4711), skyp", "1 may be of several processes"}},
		{"the address is surer than the port", []string{"report", "--netstat", wild, "--netstat", other, "--netstat-host", "192.168.10.23", office}, "", exitDone, []string{"zoom (99)"}},
		{"a diff", []string{"diff", "--netstat", windows, testdata + "plain.pcap", office}, "", exitDone, []string{"sockets   + udp/24816 Skype.exe (4711)", "process   + Skype.exe (4711)"}},
		{"a diff at a moment", []string{"diff", "--at", "2025-03-12 09:01:00", "--netstat", windows, office}, "", exitDone, []string{"2 of 5 sockets with an owner"}},
		{"a diff as a page", []string{"diff", "--format", "html", "--netstat", windows, testdata + "plain.pcap", office}, "", exitDone, []string{"<!DOCTYPE html>", "Skype.exe (4711)", "Countries gained"}},
		{"lines not understood", []string{"flows", "--netstat", strange, "--netstat-host", "192.168.10.23", office}, "", exitDone,
			[]string{"netstat.txt: line 3 was not understood: no row of netstat, ss or lsof", "netstat.txt: 9 lines in all were not understood", "1 of 5 sockets with an owner"}},
		{"no listing", []string{"report", "--netstat-host", "192.168.10.23", office}, "", exitError, []string{"there is none: --netstat FILE"}},
		{"no such file", []string{"report", "--netstat", "/nowhere/netstat.txt", office}, "", exitError, []string{"/nowhere/netstat.txt: no such file"}},
		{"no sockets in it", []string{"report", "--netstat", office, office}, "", exitError, []string{"is this the output of netstat, ss or lsof?"}},
		{"no address", []string{"report", "--netstat", wild, "--netstat-host", "desk", office}, "", exitError, []string{"--netstat-host desk: write addresses"}},
		{"too many hosts", []string{"report", "--netstat", wild, "--netstat-host", "192.0.2.1", "--netstat-host", "192.0.2.2", office}, "", exitError, []string{"once for all listings, or once for each"}},
		{"standard input twice", []string{"report", "--netstat", "-", "-"}, string(read(t, office)), exitError, []string{"standard input can be read but once"}},
		{"standard input twice as listings", []string{"diff", "--netstat", "-", "--netstat", "-", office, office}, "", exitError, []string{"standard input can be read but once"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out, words := peeratlas(t, []byte(tt.stdin), tt.args...)
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			for _, want := range tt.want {
				if plain := strings.Join(strings.Fields(out+words), " "); !strings.Contains(out+words, want) && !strings.Contains(plain, want) {
					t.Errorf("lacks %q:\n%s\n%s", want, out, words)
				}
			}
		})
	}
}

func TestNetstatFlows(t *testing.T) {
	_, out, words := peeratlas(t, nil, "flows", "--netstat", listing(t, windowsOffice), testdata+"office.pcapng")
	by := map[string]int{}
	for line := range strings.Lines(out) {
		var r struct {
			Src_ip, Dst_ip           string
			Src_process, Dst_process *struct {
				PID      int
				Name, By string
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		for ip, p := range map[string]*struct {
			PID      int
			Name, By string
		}{r.Src_ip: r.Src_process, r.Dst_ip: r.Dst_process} {
			if p == nil {
				continue
			}
			if by[p.By]++; ip != "192.168.10.23" || p.PID != 4711 || p.Name != "Skype.exe" {
				t.Errorf("%s has %+v", ip, p)
			}
		}
	}
	if by["connection"] != 1 || by["listener"] < 31 || len(by) != 2 {
		t.Errorf("found by %v", by)
	}
	if !strings.Contains(words, "2 of 5 sockets with an owner, 3 without") {
		t.Error(words)
	}
}

// Names in a listing are as hostile as those of the wire: its rows are what a program calls itself.
func TestHostileListing(t *testing.T) {
	var text strings.Builder
	for i, name := range hostile {
		name = strings.NewReplacer("\r", "", "\n", "").Replace(name)
		text.WriteString("udp UNCONN 0 0 192.168.10.23:24816 0.0.0.0:* users:((\"" + name + "\",pid=" + string(rune('1'+i)) + ",fd=3))\n")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "\x1b[2J<b>=1+1|`x`\npeeratlas: FORGED.txt")
	if err := os.WriteFile(path, []byte(text.String()+"\x1b[2J<script> 1\nudp \x1b 0 0 <b>:1 \x1b\n"), 0o600); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	office := testdata + "office.pcapng"
	for _, args := range [][]string{
		{"report"}, {"report", "--format", "json"}, {"report", "--format", "csv"}, {"report", "--format", "md"}, {"flows"},
		{"diff", "--format", "text", testdata + "plain.pcap"}, {"diff", "--format", "json", testdata + "plain.pcap"}, {"diff", "--format", "html", testdata + "plain.pcap"},
	} {
		status, out, words := peeratlas(t, nil, append(args, "--netstat", path, office)...)
		if status != exitDone || !strings.Contains(words, "line 9 was not understood") {
			t.Errorf("%v: status %d, %q", args, status, words)
		}
		harmless(t, strings.Join(args, " ")+" standard output", out)
		harmless(t, strings.Join(args, " ")+" standard error", words)
		if strings.Contains(out, "<script") || strings.Contains(out, "<b>") {
			if !(len(args) == 1) && args[2] != "csv" && args[2] != "text" { // these are no HTML
				t.Errorf("%v: a tag of the listing", args)
			}
		}
		if len(args) > 2 && args[2] == "csv" {
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, cell := range row {
					if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
						t.Errorf("a spreadsheet takes %q for a formula", cell)
					}
				}
			}
		}
		if all := len(args) == 3 && args[0] == "report" || args[0] == "flows"; all && !strings.Contains(strings.ToLower(out), "hyperlink") {
			t.Errorf("%v: the hostile names are not there", args)
		}
	}
}
