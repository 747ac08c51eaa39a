package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// finalFlows are the last events of flows that are likely at least: by key, the record as it was told.
func finalFlows(t *testing.T, events string) map[string]string {
	t.Helper()
	last := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(events), "\n") {
		var e struct {
			Event string          `json:"event"`
			Flow  json.RawMessage `json:"flow"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Event == "flow" {
			keep(t, last, e.Flow)
		}
	}
	return last
}

// keep notes a record by its flow, if it is likely at least.
func keep(t *testing.T, into map[string]string, record []byte) {
	t.Helper()
	var r struct {
		Verdict string `json:"verdict"`
		ID      string `json:"community_id"`
		Start   string `json:"start"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		t.Fatalf("%v: %s", err, record)
	}
	delete(into, r.ID+r.Start)
	if r.Verdict == "p2p" || r.Verdict == "likely" {
		into[r.ID+r.Start] = strings.TrimSpace(string(record))
	}
}

// What a watch says of an interface is what the packets that it wrote say when they are read from
// the file, whole records with their evidence.
func TestWatchSaysWhatTheFileSays(t *testing.T) {
	for _, name := range []string{"office.pcapng", "skype-classic.pcap", "wireguard.pcap", "unknown-p2p.pcap"} {
		t.Run(name, func(t *testing.T) {
			inOwnNetwork(t)
			saysWhatTheFileSays(t, frames(t, testdata+name))
		})
	}
}

// The same of frames with tags, which the kernel takes out of the first of them: they are put back
// as they were.
func TestWatchTags(t *testing.T) {
	for name, tags := range map[string][]byte{
		"802.1Q":         {0x81, 0, 0x20, 10},
		"priority alone": {0x81, 0, 0xe0, 0},
		"802.1ad":        {0x88, 0xa8, 0, 100, 0x81, 0, 0, 10},
		"QinQ of old":    {0x81, 0, 0, 100, 0x81, 0, 0, 10},
		"three":          {0x88, 0xa8, 0, 1, 0x88, 0xa8, 0, 2, 0x81, 0, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			inOwnNetwork(t)
			list := frames(t, testdata+"skype-classic.pcap")
			for i, f := range list {
				list[i] = slices.Concat(f[:12], tags, f[12:])
			}
			saysWhatTheFileSays(t, list)
		})
	}
}

func saysWhatTheFileSays(t *testing.T, list [][]byte) {
	t.Helper()
	file := filepath.Join(outputs(t), "all.pcapng")
	w := watching(t, "--format", "json", "-w", file, "--keep", "all", "--look", "200ms")
	newWire(t).send(t, list, 2000)
	time.Sleep(500 * time.Millisecond)
	status, took := w.end(t, syscall.SIGTERM)
	if status != exitInterrupted || took > 5*time.Second {
		t.Fatalf("status %d after %v: %s", status, took, w.said())
	}
	got := finalFlows(t, w.printed())
	status, out, words := peeratlas(t, nil, "flows", file)
	if status != exitDone {
		t.Fatalf("status %d: %s", status, words)
	}
	want, all := map[string]string{}, 0
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); all++ {
		keep(t, want, s.Bytes())
	}
	if len(want) == 0 {
		t.Fatal("nothing was found in the file: this compares nothing")
	}
	for id, record := range want {
		if got[id] != record {
			t.Errorf("the file says %s\nthe watch  %s", record, got[id])
		}
	}
	if len(got) != len(want) {
		t.Errorf("the watch tells of %d flows, the file of %d", len(got), len(want))
	}
	t.Logf("%d packets, %d flows, %d told alike", len(list), all, len(want))
	kept := frames(t, file)
	for i := range list {
		if i >= len(kept) || !bytes.Equal(kept[i], list[i]) {
			t.Fatalf("%d packets of %d are in the file, and from number %d they are others", len(kept), len(list), i+1)
		}
	}
}
