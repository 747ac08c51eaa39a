//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// builtProgram runs the built program.
func builtProgram(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	c := exec.Command(program(t), args...)
	var out, words bytes.Buffer
	c.Stdout, c.Stderr = &out, &words
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), words.String()
}

// policyFile writes a policy.
func policyFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "office.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const (
	noSkype = "version: 1\ndefault: allow\nrules:\n  - name: no-skype\n    action: deny\n    families: [skype]\n"
	skypeX  = "exceptions:\n  - name: old-phone\n    rules: [no-skype]\n    hosts: [192.168.10.23, 192.168.10.31]\n    owner: Ada Example\n    reason: until the new one\n    expires: "
)

// TestPolicy: the built program holds captures against policies, and its exit status tells.
func TestPolicy(t *testing.T) {
	office := testdata + "office.pcapng"
	tests := []struct {
		name, policy, capture string
		status                int
		out, words            string
	}{
		{"pass", "version: 1\ndefault: allow\nrules:\n  - {name: no-tor, action: deny, families: [tor]}\n", office, exitDone, "Policy    PASS: no breach in ", ""},
		{"nothing found", noSkype, testdata + "plain.pcap", exitDone, "Policy    PASS: nothing to hold against it", ""},
		{"breach", noSkype, office, exitBreach, "Policy    FAIL: 31 breaches by 1 host (all: --format md)", "peeratlas: policy breached: 31 breaches by 1 host ("},
		{"excepted", noSkype + skypeX + "2099-12-31\n", office, exitDone, "Policy    PASS: no breach in ", ""},
		{"exception that has ended", noSkype + skypeX + "2025-03-11\n", office, exitBreach, "Policy    FAIL: ", "1 exception has ended"},
		{"exception of that day", noSkype + skypeX + "2025-03-12\n", office, exitDone, "1 exception has ended", ""},
		{"limit", "version: 1\ndefault: allow\nlimits:\n  - {name: few, most: {peers: 20}}\n", office, exitBreach, "192.168.10.23: 31 peers, of at most 20 peers [few, line 4]", ""},
		{"warning", strings.Replace(noSkype, "deny", "warn", 1), office, exitDone, "Policy    PASS: no breach in ", ""},
		{"damage too", "version: 1\ndefault: deny\n", testdata + "damaged.pcapng", exitBreach, "Policy    FAIL: ", "the input was cut, damaged or incomplete"},
		{"damage alone", "version: 1\ndefault: allow\n", testdata + "damaged.pcapng", exitDamaged, "Policy    PASS: ", ""},
		{"unknown key", noSkype + "    contries: [DE]\n", office, exitError, "", `office.yaml:7:5: unknown key "contries" in a rule; did you mean countries?`},
		{"unknown family", strings.Replace(noSkype, "[skype]", "[skpye]", 1), office, exitError, "", `office.yaml:6:16: families: "skpye" is not known; did you mean skype?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, words := builtProgram(t, "report", "--policy", policyFile(t, tt.policy), tt.capture)
			if status != tt.status || !strings.Contains(out, tt.out) || !strings.Contains(words, tt.words) || tt.out == "" && out != "" {
				t.Errorf("status %d, want %d\n%s\n%s", status, tt.status, out, words)
			}
			if status, _, _ = builtProgram(t, "flows", "--policy", policyFile(t, tt.policy), tt.capture); status != tt.status {
				t.Errorf("flows: status %d, want %d", status, tt.status)
			}
		})
	}
	if status, _, words := builtProgram(t, "report", "--policy", "no such file", office); status != exitError || !strings.Contains(words, "no such file or directory; name a file that exists") {
		t.Errorf("status %d: %s", status, words)
	}
}

// TestPolicyFormats: all formats tell of the same breaches, and flows of those of its lines.
func TestPolicyFormats(t *testing.T) {
	file := policyFile(t, noSkype+skypeX+"2025-03-11\n")
	office := testdata + "office.pcapng"
	_, out, _ := builtProgram(t, "report", "--policy", file, "--format", "json", office)
	var s struct {
		Policy struct {
			File, Result, SHA256 string
			Flows                uint64
			Breaches             []struct {
				Rule, Side, Host, Peer, Community_id string
				Line                                 int
				Flows                                uint64
				Reasons                              []struct{ Packets []uint32 }
				Near                                 []string
			}
			Exceptions []struct {
				State string
				Late  uint64
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	p := &s.Policy
	if p.File != file || p.Result != "fail" || len(p.Breaches) != 31 || p.Exceptions[0].State != "expired" {
		t.Fatalf("got %+v", p)
	}
	peers, flows, ids := map[string]bool{}, uint64(0), map[string]bool{}
	for _, b := range p.Breaches {
		if b.Rule != "no-skype" || b.Line != 4 || b.Side != "host" || len(b.Reasons) == 0 || len(b.Near) != 1 || !strings.Contains(b.Near[0], "exception old-phone ended 2025-03-11 (owner Ada Example)") {
			t.Errorf("got %+v", b)
		}
		peers[b.Peer] = true
		ids[b.Community_id] = true
		flows += b.Flows
	}
	if flows != p.Exceptions[0].Late {
		t.Errorf("breaches have %d flows, the exception would have let pass %d", flows, p.Exceptions[0].Late)
	}
	_, out, _ = builtProgram(t, "report", "--policy", file, "--format", "csv", office)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range rows[1:] {
		if r[22] == "no-skype" {
			n++
			if !peers[r[2]] {
				t.Errorf("CSV has %s", r[2])
			}
		}
	}
	if n != len(peers) {
		t.Errorf("CSV has %d peers, JSON %d", n, len(peers))
	}
	_, out, _ = builtProgram(t, "report", "--policy", file, "--format", "md", office)
	if n := strings.Count(out, "| `no-skype`, line 4 |"); n != len(p.Breaches) {
		t.Errorf("Markdown has %d breaches", n)
	}
	_, out, _ = builtProgram(t, "flows", "--policy", file, office)
	lines := uint64(0)
	for line := range strings.Lines(out) {
		var r struct {
			Community_id string
			Breach       []struct{ Rule, Action string }
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Breach) > 0 {
			lines++
			delete(ids, r.Community_id)
		}
	}
	if lines != flows || len(ids) > 0 {
		t.Errorf("%d lines of flows breach, want %d; without a line are %v", lines, flows, ids)
	}
}

// TestPolicyBounded: breaches beyond --max-breaches are counted.
func TestPolicyBounded(t *testing.T) {
	status, out, words := builtProgram(t, "report", "--policy", policyFile(t, noSkype), "--max-breaches", "4", testdata+"office.pcapng")
	if status != exitBreach || !strings.Contains(out, "FAIL: 4 breaches by ") || !strings.Contains(words, "more flows in no list") {
		t.Errorf("status %d\n%s\n%s", status, out, words)
	}
}

func TestPolicyCheck(t *testing.T) {
	status, out, words := builtProgram(t, "policy", "check", policyFile(t, noSkype+skypeX+"2020-01-31\n"))
	if status != exitDone || !strings.Contains(out, "DENY   no-skype: any host with peers of families skype") ||
		!strings.Contains(out, "Warning: Exception old-phone (line 8, owner Ada Example) ended 2020-01-31") {
		t.Errorf("status %d\n%s\n%s", status, out, words)
	}
	status, out, words = builtProgram(t, "policy", "check", policyFile(t, "x: 1\n"+noSkype+"    y: 2\n"))
	if status != exitError || out != "" || !strings.Contains(words, "office.yaml:1:1: unknown key") || !strings.Contains(words, "office.yaml:8:5: unknown key") ||
		!strings.Contains(words, "is no policy: 2 problems") {
		t.Errorf("status %d\n%s\n%s", status, out, words)
	}
	status, example, _ := builtProgram(t, "policy", "example")
	if status != exitDone {
		t.Errorf("status %d", status)
	}
	if status, out, words = builtProgram(t, "policy", "check", policyFile(t, example)); status != exitDone || strings.Contains(out, "Warning") {
		t.Errorf("the example: status %d\n%s\n%s", status, out, words)
	}
	for _, args := range [][]string{{"policy", "check"}, {"policy", "check", "a", "b"}, {"policy", "chekc"}, {"policy", "check", "no such file"}} {
		if status, _, words := builtProgram(t, args...); status != exitError || words == "" {
			t.Errorf("%v: status %d, %q", args, status, words)
		}
	}
}

// TestPolicyHostileNames: a capture with hostile names, held against a policy under a hostile name.
func TestPolicyHostileNames(t *testing.T) {
	dir := t.TempDir()
	capture, file := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "\x1b[2J<b>=1+1|`x`\npeeratlas: FORGED.yaml")
	if err := os.WriteFile(capture, hostileCapture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("version: 1\ndefault: deny\nconsider: {verdict: likely}\n"), 0o600); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	for _, format := range []string{"text", "json", "csv", "md"} {
		_, out, words := peeratlas(t, nil, "report", "--policy", file, "--format", format, capture)
		if format != "csv" && !strings.Contains(out, "FORGED.yaml") && format != "text" {
			t.Errorf("%s does not name the policy:\n%s", format, out)
		}
		harmless(t, format+" standard output", out)
		harmless(t, format+" standard error", words)
	}
	_, out, words := peeratlas(t, nil, "policy", "check", file)
	harmless(t, "check standard output", out)
	harmless(t, "check standard error", words)
	if err := os.WriteFile(file, []byte("version: \"\\e[2J\"\n\"\\e[2J\": 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, words = peeratlas(t, nil, "policy", "check", file)
	harmless(t, "check standard output", out)
	harmless(t, "check standard error", words)
}
