package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peeratlas/export"
)

// Every format goes to a file as it goes to standard output, whole, and standard error stays silent.
func TestFlowsToFile(t *testing.T) {
	for _, format := range export.Names() {
		name := filepath.Join(t.TempDir(), "flows")
		status, out, stderr := peeratlas(t, nil, "flows", "--format", format, testdata+"sample.pcap")
		if status != exitDone || out == "" || stderr != "" {
			t.Errorf("%s: status %d: %s", format, status, stderr)
		}
		if status, words, stderr := peeratlas(t, nil, "flows", "--format", format, "-o", name, testdata+"sample.pcap"); status != exitDone || words != "" {
			t.Errorf("%s: status %d: %s", format, status, stderr)
		}
		if !bytes.Equal(read(t, name), []byte(out)) {
			t.Errorf("%s: the file is another than standard output", format)
		}
	}
	_, ndjson, _ := peeratlas(t, nil, "flows", testdata+"sample.pcap")
	if _, out, _ := peeratlas(t, nil, "flows", "--format", "ndjson", testdata+"sample.pcap"); out != ndjson {
		t.Error("ndjson is not the default")
	}
}

func TestFlowsRefusesFormats(t *testing.T) {
	status, out, stderr := peeratlas(t, nil, "flows", "--format", "pcap", testdata+"sample.pcap")
	if status != exitError || out != "" || stderr != "peeratlas: --format pcap: choose ndjson, json, csv, zeek, eve, ecs or parquet\n" {
		t.Errorf("status %d: %q", status, stderr)
	}
}

// A damaged capture gives whole output and its status, a breach the rule in every format.
func TestFlowsOfDamageAndBreach(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "office.yaml")
	if err := os.WriteFile(policy, []byte("version: 1\ndefault: deny\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range export.Names() {
		status, out, _ := peeratlas(t, nil, "flows", "--format", format, testdata+"damaged.pcapng")
		if status != exitDamaged || out == "" {
			t.Errorf("%s: status %d, %d octets", format, status, len(out))
		}
		status, out, _ = peeratlas(t, nil, "flows", "--format", format, "--policy", policy, testdata+"office.pcapng")
		if status != exitBreach || !strings.Contains(out, "deny") {
			t.Errorf("%s: status %d, or no breach in it", format, status)
		}
	}
}
