package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPage makes the HTML report of a capture, twice.
func TestPage(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1773500000")
	var texts [2]string
	for i := range texts {
		path := filepath.Join(t.TempDir(), "report.html")
		status, out, stderr := peeratlas(t, nil, "report", "--format", "html", "-o", path, "--title", "Line <7>", "--time-zone", "Europe/Berlin",
			"--diff-at", "2025-03-12 09:03:00", testdata+"office.pcapng")
		if status != exitDone || out != "" {
			t.Fatalf("status %d: %s%s", status, out, stderr)
		}
		texts[i] = string(read(t, path))
	}
	if texts[0] != texts[1] {
		t.Error("a second run gave other octets")
	}
	sum := sha256.Sum256(read(t, testdata+"office.pcapng"))
	for _, want := range []string{"2 hosts make encrypted peer-to-peer connections", "Line &lt;7&gt;", hex.EncodeToString(sum[:]), "2025-03-12 10:00:00",
		"Europe/Berlin", "Content-Security-Policy", `id="diff"`, "192.168.10.31", "Look-alikes ruled out: 31 flows are something else: dns (10)",
		"2026-03-14 15:53:20"} {
		if !strings.Contains(texts[0], want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// The page has the totals of the JSON.
	_, out, _ := peeratlas(t, nil, "report", "--format", "json", testdata+"office.pcapng")
	var s struct{ Finding string }
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Finding == "" || !strings.Contains(texts[0], s.Finding) {
		t.Errorf("finding %q is not on the page (%v)", s.Finding, err)
	}
}

func TestPageFromPipe(t *testing.T) {
	status, out, stderr := peeratlas(t, read(t, testdata+"sample.pcap"), "report", "--format", "html", "--sections", "evidence,peers", "-")
	if status != exitDone || !strings.Contains(out, "read from a pipe: not kept") || strings.Contains(out, `id="map"`) {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestPageUsage(t *testing.T) {
	short := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(short, []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--title is for --format html":                                           {"--title", "x"},
		"--top is for --format html":                                             {"--top", "3", "--format", "csv"},
		"--top cannot be negative":                                               {"--top", "-3", "--format", "html"},
		"--sections maps: choose of map, countries":                              {"--sections", "maps", "--format", "html"},
		`--time-zone "Nowhere/Land": no such zone`:                               {"--time-zone", "Nowhere/Land", "--format", "html"},
		"--diff-at noon: write it as":                                            {"--diff-at", "noon", "--format", "html"},
		"--diff-at 2020-01-01 00:00: the capture runs from 2025-03-12T09:00:00Z": {"--diff-at", "2020-01-01 00:00", "--format", "html"},
		"9 octets could be tried out; write 16 random ones at least":             {"--redact-key-file", short},
		"--redact-key-file: open nowhere: no such file":                          {"--redact-key-file", "nowhere"},
		"choose text, json, csv, md or html":                                     {"--format", "pdf"},
	} {
		status, out, stderr := peeratlas(t, nil, append([]string{"report", testdata + "office.pcapng"}, args...)...)
		if status != exitError || out != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q; want %q", args, status, stderr, want)
		}
	}
}

// TestRedacted looks for every home address of captures in every format.
func TestRedacted(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("thirty-two octets of a test's key"), 0o600); err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	_, example, _ := peeratlas(t, nil, "policy", "example")
	if err := os.WriteFile(policy, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, capture := range []string{"office.pcapng", "ice-call.pcapng", "wireguard.pcap", "unknown-p2p.pcap", "tunnels.pcap"} {
		secrets := homeAddresses(t, testdata+capture)
		for _, format := range []string{"text", "json", "csv", "md", "html"} {
			_, out, stderr := peeratlas(t, nil, "report", "--redact-key-file", key, "--policy", policy, "--format", format, testdata+capture)
			if len(out) < 100 {
				t.Fatalf("%s as %s: %s", capture, format, stderr)
			}
			for _, s := range secrets {
				if at := strings.Index(out, s); at >= 0 {
					t.Errorf("%s as %s holds %s: %q", capture, format, s, out[max(at-60, 0):at+40])
				}
			}
			if len(secrets) > 0 && !strings.Contains(out, "host-") {
				t.Errorf("%s as %s has no pseudonym", capture, format)
			}
		}
	}
}

// homeAddresses are the addresses of hosts, and of peers inside, as an open report tells them.
func homeAddresses(t *testing.T, path string) []string {
	t.Helper()
	_, out, _ := peeratlas(t, nil, "report", "--format", "json", path)
	var s struct {
		Hosts []struct{ Address string }
		Peers []struct {
			Address netip.Addr
			Hosts   []string
		}
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, h := range s.Hosts {
		list = append(list, h.Address)
	}
	for _, p := range s.Peers {
		list = append(list, p.Hosts...)
		if p.Address.IsPrivate() {
			list = append(list, p.Address.String())
		}
	}
	return list
}
