package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const testdata = "../../testdata/"

// peeratlas runs the command in this process.
func peeratlas(t *testing.T, stdin []byte, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(context.Background(), args, bytes.NewReader(stdin), &out, &err)
	return status, out.String(), err.String()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// version and stale lines change with the build and the day; goldens hold neither.
var passing = regexp.MustCompile(`(?m)^.*(days old|The capture is of|peeratlas \d|embedded 20).*\n`)

func TestGoldens(t *testing.T) {
	tests := []struct {
		name string
		args []string
	}{
		{"report", []string{"report", testdata + "office.pcapng"}},
		{"report-md", []string{"report", "--format", "md", testdata + "office.pcapng"}},
		{"report-csv", []string{"report", "--format", "csv", testdata + "office.pcapng"}},
		{"report-plain", []string{"report", testdata + "plain.pcap"}},
		{"flows-sample", []string{"flows", testdata + "sample.pcap"}},
		{"explain-sample", []string{"explain", testdata + "sample.pcap"}},
		{"explain-host", []string{"explain", testdata + "wireguard.pcap", "192.168.30.5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, stderr := peeratlas(t, nil, tt.args...)
			if status != exitDone {
				t.Fatalf("status %d: %s", status, stderr)
			}
			got := passing.ReplaceAllString(out, "")
			golden := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(read(t, golden)); got != want {
				t.Errorf("differs from %s; if that is meant, go test ./cmd/peeratlas -update\n%s", golden, firstDifference(got, want))
			}
			if _, again, _ := peeratlas(t, nil, tt.args...); again != out {
				t.Error("a second run gave other octets")
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: got  %s\n        want %s", i+1, g[i], append(w, "")[min(i, len(w))])
		}
	}
	return "shorter"
}

func TestReportFitsAScreen(t *testing.T) {
	_, out, _ := peeratlas(t, nil, "report", testdata+"office.pcapng")
	if n := strings.Count(out, "\n"); n > 25 {
		t.Errorf("%d lines, want at most 25:\n%s", n, out)
	}
}

func TestExitStatus(t *testing.T) {
	dir := t.TempDir()
	empty, text := filepath.Join(dir, "empty.pcap"), filepath.Join(dir, "notes.txt")
	for path, data := range map[string]string{empty: "", text: "these are notes, no capture at all"} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sample := testdata + "sample.pcap"
	tests := []struct {
		name string
		args []string
		want int
		says string // on standard error
	}{
		{"whole capture", []string{"report", sample}, 0, ""},
		{"damaged capture", []string{"report", testdata + "damaged.pcapng"}, 3, "damaged.pcapng is damaged or incomplete: last packet cut short by the end of the file (1), damaged places (1)"},
		{"damaged capture, flows", []string{"flows", testdata + "damaged.pcapng"}, 3, "octets skipped ("},
		{"cut capture", []string{"report", testdata + "cut60.pcap"}, 3, "cut short by the snap length"},
		{"missing file", []string{"report", dir + "/none.pcap"}, 2, "none.pcap"},
		{"missing file names both readings", []string{"report", sample, "smaple.pcap"}, 2, "neither a capture"},
		{"empty file", []string{"report", empty}, 2, "empty"},
		{"not a capture", []string{"report", text}, 2, "not a capture"},
		{"no capture", []string{"report"}, 2, "no capture given"},
		{"unknown flag", []string{"report", "--nope", sample}, 2, "--help"},
		{"unknown command", []string{"reprot", sample}, 2, "did you mean report?"},
		{"unknown command with help", []string{"nothing", "--help"}, 2, "no command \"nothing\""},
		{"help of an unknown command", []string{"help", "nothing"}, 2, "no command \"nothing\""},
		{"a capture for a command", []string{sample}, 2, "peeratlas report " + sample},
		{"unknown shell", []string{"completion", "nosh"}, 2, "nosh"},
		{"missing file by -r", []string{"report", "-r", dir + "/none.pcap"}, 2, "check the spelling"},
		{"interface", []string{"report", "-i", "eth0"}, 2, "tcpdump -i INTERFACE -w - | peeratlas report -"},
		{"snap length", []string{"report", "-s", "0", sample}, 2, "when the capture was made"},
		{"too many words", []string{"version", "x"}, 2, "takes no words"},
		{"geo build without an output", []string{"geo", "build", text}, 2, "and then the file to write"},
		{"geo build keeps what is there", []string{"geo", "build", "--no-overwrite", text, empty}, 2, "exists"},
		{"output to a folder", []string{"report", "-o", dir, sample}, 2, "name a file in it"},
		{"hostile file name", []string{"report", "-o", dir + "/\x1b[31m/x", sample}, 2, `\x1b[31m`},
		{"hostile flag", []string{"report", "--format", "\x1b]0;x\a", sample}, 2, `\x1b]0;x\x07`},
		{"hostile word", []string{"detectors", "\x1b[2J"}, 2, `\x1b[2J`},
		{"unknown format", []string{"report", "--format", "pdf", sample}, 2, "choose"},
		{"bad filter", []string{"report", "-f", "udp and and", sample}, 2, "filter expression"},
		{"trailing filter", []string{"report", sample, "udp", "and", "not", "port", "53"}, 0, ""},
		{"filter in one word", []string{"flows", sample, "udp or tcp"}, 0, ""},
		{"memory", []string{"report", "--memory", "96MiB", sample}, 0, ""},
		{"memory without a unit", []string{"report", "--memory", "96", sample}, 0, ""},
		{"memory that overflows", []string{"report", "--memory", "999999999999999", sample}, 2, "96MiB"},
		{"negative timeout", []string{"report", "--idle-timeout", "-5s", sample}, 2, "negative"},
		{"geo database missing", []string{"report", "--geo-db", dir + "/none.mmdb", sample}, 2, "none.mmdb"},
		{"geo database wrong", []string{"report", "--geo-db", text, sample}, 2, "notes.txt"},
		{"home network wrong", []string{"report", "--home-net", "300.1.1.0/24", sample}, 2, "300.1.1.0"},
		{"a resolver that is none", []string{"report", "--resolve=dns.example", sample}, 2, "no address of a resolver"},
		{"names or no names", []string{"report", "-n", "--resolve", sample}, 2, "choose one"},
		{"a resolver that does not answer", []string{"report", "--resolve=127.0.0.1:9", sample}, 0, "resolver 127.0.0.1:9: asked for"},
		{"unwritable output", []string{"report", "-o", dir + "/no/such/folder.txt", sample}, 2, "folder"},
		{"unknown subject", []string{"explain", sample, "203.0.113.77"}, 2, "no flow of 203.0.113.77"},
		{"unknown subject, filtered", []string{"explain", sample, "udp", "203.0.113.77"}, 2, "without it"},
		{"subject of a capture by -r", []string{"explain", "-r", sample, "203.0.113.77"}, 2, "no flow of 203.0.113.77"},
		{"bad subject", []string{"explain", sample, "not-an-address"}, 2, "no address"},
		{"detectors", []string{"detectors"}, 0, ""},
		{"no such detector", []string{"detectors", "nothing"}, 2, "nothing"},
		{"version", []string{"version"}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, stderr := peeratlas(t, nil, tt.args...)
			if status != tt.want || !strings.Contains(stderr, tt.says) {
				t.Errorf("status %d, want %d; stderr %q, want %q in it", status, tt.want, stderr, tt.says)
			}
			if tt.want == exitError && (out != "" || strings.Count(stderr, "\n") != 1) {
				t.Errorf("an error is one line on standard error and nothing else: stdout %q, stderr %q", out, stderr)
			}
			if strings.ContainsFunc(strings.TrimSuffix(stderr, "\n"), func(r rune) bool { return r != '\n' && r < ' ' }) {
				t.Errorf("control characters on standard error: %q", stderr)
			}
			if tt.want == exitDamaged && out == "" {
				t.Error("no report was written")
			}
		})
	}
}

func TestEveryHelpShowsExamplesAndStatus(t *testing.T) {
	root := newRoot()
	addCompletion(root)
	for _, c := range append(root.Commands(), root) {
		args := []string{"--help"}
		if c.HasParent() {
			args = []string{c.Name(), "--help"}
		}
		status, out, stderr := peeratlas(t, nil, args...)
		if status != 0 || stderr != "" || !strings.HasSuffix(strings.TrimSpace(out), "130  interrupted: totals so far were written") {
			t.Errorf("%v: status %d, stderr %q, help does not end with its exit statuses:\n%s", args, status, stderr, out)
		}
		if c.Name() != "help" && !strings.Contains(out, "Examples:") {
			t.Errorf("%v: help shows no example", args)
		}
		flags := out[strings.Index(out, "Flags:"):strings.Index(out, "EXIT STATUS")]
		for line := range strings.Lines(flags) {
			if len(line) > helpColumns+1 && strings.HasPrefix(line, " ") || strings.Contains(line, "=true") {
				t.Errorf("%v: %q", args, line)
			}
		}
	}
}

// A flag whose value may be left out is shown as it is typed.
func TestHelpOfOptionalValue(t *testing.T) {
	for flag, want := range map[string]string{
		`      --resolve address[="system"]`: "      --resolve[=address]",
		"      --geo-db file":                "      --geo-db file",
		"  -c, --count n":                    "  -c, --count n",
	} {
		if got := optional(flag); got != want {
			t.Errorf("%q is shown as %q, want %q", flag, got, want)
		}
	}
}

// Standard input, gzip and a folder give the same flows as the file.
func TestSameFlowsFromEverywhere(t *testing.T) {
	sample := read(t, testdata+"sample.pcap")
	_, want, _ := peeratlas(t, nil, "flows", testdata+"sample.pcap")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(sample)
	z.Close()
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/a.pcap", sample, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]func() (int, string, string){
		"standard input":         func() (int, string, string) { return peeratlas(t, sample, "flows", "-") },
		"gzip on standard input": func() (int, string, string) { return peeratlas(t, zipped.Bytes(), "flows", "-") },
		"folder":                 func() (int, string, string) { return peeratlas(t, nil, "flows", folder) },
		"-r":                     func() (int, string, string) { return peeratlas(t, nil, "flows", "-r", testdata+"sample.pcap") },
	} {
		if status, out, stderr := got(); status != 0 || out != want {
			t.Errorf("%s: status %d, %s, other flows than from the file", name, status, stderr)
		}
	}
	if strings.Count(want, "\n") < 5 {
		t.Fatalf("only %d flows", strings.Count(want, "\n"))
	}
}

func TestFlowsAreJSON(t *testing.T) {
	_, out, _ := peeratlas(t, nil, "flows", testdata+"office.pcapng")
	_, p2p, _ := peeratlas(t, nil, "flows", "--p2p", testdata+"office.pcapng")
	want := 0
	for line := range strings.Lines(out) {
		var r struct {
			P2P     bool   `json:"p2p"`
			Verdict string `json:"verdict"`
			SrcIP   string `json:"src_ip"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.SrcIP == "" || r.P2P != (r.Verdict == "p2p") {
			t.Fatalf("%v: %s", err, line)
		}
		if r.P2P {
			want++
		}
	}
	if got := strings.Count(p2p, "\n"); got != want || want == 0 {
		t.Errorf("--p2p wrote %d flows, want %d", got, want)
	}
}

func TestOutputAppearsWhole(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/report.json"
	if status, _, stderr := peeratlas(t, nil, "report", "--format", "json", "-o", path, testdata+"office.pcapng"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if !json.Valid(read(t, path)) {
		t.Error("the report is no JSON")
	}
	if status, _, _ := peeratlas(t, nil, "report", "-o", dir+"/x.txt", dir+"/none.pcap"); status != exitError {
		t.Errorf("status %d", status)
	}
	left, _ := filepath.Glob(dir + "/*")
	hidden, _ := filepath.Glob(dir + "/.*")
	if len(left) != 1 || len(hidden) != 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}
