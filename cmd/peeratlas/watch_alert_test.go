package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"peeratlas/alert"
	"peeratlas/report"
)

func alertFlags(t *testing.T, args ...string) *alerting {
	t.Helper()
	a, f := new(alerting), pflag.NewFlagSet("watch", pflag.ContinueOnError)
	a.addFlags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAlertFlags(t *testing.T) {
	dir := t.TempDir()
	a := alertFlags(t, "--alerts", "--alert-state", dir+"/state", "--log", dir+"/contacts.ndjson")
	a.breaches = func(*report.Look) []alert.Breach { return []alert.Breach{{Rule: "quota"}} }
	if n := a.needs(); len(n.folders) != 2 || n.folders[0] != dir || n.network || n.runs || !a.on() {
		t.Errorf("%+v", n)
	}
	var out, words bytes.Buffer
	teller, err := a.open(&out, &words)
	if err != nil {
		t.Fatal(err)
	}
	if err := teller.Look(&report.Look{Number: 1}); err != nil {
		t.Error(err)
	}
	if err := teller.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), `"kind":"policy_breach"`) || !strings.HasPrefix(words.String(), "peeratlas: log of contacts: file 1 is whole: 0 lines") {
		t.Errorf("%s\n%s", out.String(), words.String())
	}
	if status, text, _ := peeratlas(t, nil, "log", "verify", dir); status != exitDone || !strings.Contains(text, "whole: files 1 to 1") {
		t.Errorf("%d %s", status, text)
	}
	name := filepath.Join(dir, "contacts.ndjson")
	octets, _ := os.ReadFile(name)
	os.WriteFile(name, bytes.Replace(octets, []byte(`"lines":0`), []byte(`"lines":1`), 1), 0o600)
	if status, text, _ := peeratlas(t, nil, "log", "verify", dir); status != exitDamaged || !strings.Contains(text, "DAMAGED") || !strings.Contains(text, "line 2: ") {
		t.Errorf("%d %s", status, text)
	}
	if status, _, _ := peeratlas(t, nil, "log", "verify", t.TempDir()); status != exitError {
		t.Errorf("%d of a folder without a log", status)
	}
}

func TestAlertFlagsNeeds(t *testing.T) {
	for _, test := range []struct {
		args          []string
		network, runs bool
	}{
		{[]string{"--syslog", "udp://127.0.0.1"}, true, false}, {[]string{"--syslog", "unix:///dev/log"}, false, false},
		{[]string{"--webhook", "https://127.0.0.1/"}, true, false}, {[]string{"--alert-command", "true"}, false, true}, {nil, false, false},
	} {
		if n := alertFlags(t, test.args...).needs(); n.network != test.network || n.runs != test.runs {
			t.Errorf("%v: %+v", test.args, n)
		}
	}
}

func TestAlertFlagsThatAreWrong(t *testing.T) {
	for words, args := range map[string][]string{
		"--alert-severity": {"--alert-severity", "loud"}, "--alert-countries": {"--alert-countries", "all"}, "--alert-queue": {"--alert-queue", "0"},
		"nobody is told": {"--alert-state", "x"}, "name that too": {"--webhook-token-file", "x"}, "--syslog": {"--syslog", "x"},
		"--webhook:": {"--webhook", "x"}, "--alert-command": {"--alert-command", "/none"}, "--log:": {"--log", "/none/x"},
		"--log-keep": {"--log-keep", "-1"}, "token: ": {"--webhook", "https://127.0.0.1/", "--webhook-token-file", "/none"},
	} {
		if _, err := alertFlags(t, args...).open(new(bytes.Buffer), new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v: %v", args, err)
		}
	}
	a := alertFlags(t)
	a.getenv = func(string) string { return "from the environment" }
	if token, err := a.readToken(); token != "from the environment" || err != nil {
		t.Error(token, err)
	}
}

// With alerts on standard output there is nothing else: what is for people is on standard error.
// What a policy only warns of is told, and no breach.
func TestWatchAlertsAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "warn.yaml")
	if err := os.WriteFile(file, []byte("version: 1\ndefault: warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, words := peeratlas(t, nil, "watch", "-r", testdata+"office.pcapng", "--speed", "0", "--alerts", "--policy", file)
	if status != exitDone || !strings.Contains(words, "PEERS BY COUNTRY") || !strings.Contains(words, " p2p skype ") {
		t.Errorf("status %d: %s", status, words)
	}
	kinds := map[string]int{}
	for line := range strings.Lines(out) {
		var a struct {
			Kind     string
			Severity string
			Breach   struct{ Rule string }
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Kind == "" {
			t.Fatalf("%v: %s", err, line)
		}
		if a.Kind == "policy_warning" && (a.Severity != "warning" || a.Breach.Rule != "default") {
			t.Errorf("%s", line)
		}
		kinds[a.Kind]++
	}
	if kinds["policy_warning"] == 0 || kinds["first_p2p_host"] == 0 || kinds["policy_breach"] > 0 {
		t.Errorf("%v", kinds)
	}
}
