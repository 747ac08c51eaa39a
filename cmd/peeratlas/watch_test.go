package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/jail"
	"peeratlas/pipeline"
)

// afterwards is what a watch prints behind its lines.
func afterwards(out string) string {
	for rest := out; ; {
		line, after, found := strings.Cut(rest, "\n")
		if !found || !strings.Contains(line, " -> ") || !strings.HasPrefix(line, "20") {
			return rest
		}
		rest = after
	}
}

// A capture that is replayed ends with what report prints of it.
func TestWatchEndsWithReport(t *testing.T) {
	for _, name := range []string{"office.pcapng", "plain.pcap", "wireguard.pcap"} {
		path := testdata + name
		_, want, _ := peeratlas(t, nil, "report", path)
		// Nothing is final before the end, so that no flow is judged without what came later.
		status, out, words := peeratlas(t, nil, "watch", "-r", path, "--speed", "0", "--idle-timeout", "5m", "--look", "1h")
		if status != exitDone || words != "" {
			t.Fatalf("%s: status %d, %s", name, status, words)
		}
		if got := afterwards(out); got != want {
			t.Errorf("%s: %s", name, firstDifference(got, want))
		}
		if lines := strings.Count(out, "\n") - strings.Count(want, "\n"); (lines > 0) == strings.Contains(want, "No encrypted peer-to-peer") {
			t.Errorf("%s: %d lines before\n%s", name, lines, out)
		}
	}
}

func TestWatchWritesEvents(t *testing.T) {
	status, out, words := peeratlas(t, nil, "watch", "-r", testdata+"office.pcapng", "--speed", "0", "--format", "json")
	if status != exitDone {
		t.Fatalf("status %d: %s", status, words)
	}
	appeared, last := 0, ""
	for line := range strings.Lines(out) {
		var event struct {
			Event string
			News  []string
			Since struct {
				Flows int
				P2P   int `json:"p2p_flows"`
			}
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if slices.Contains(event.News, "appeared") {
			appeared++
		}
		if last = event.Event; last == "end" && (event.Since.Flows != 72 || event.Since.P2P != 38) {
			t.Errorf("%s", line)
		}
	}
	if appeared != 39 || last != "end" {
		t.Errorf("%d flows appeared, the last event is %q", appeared, last)
	}
}

func TestWatchUsage(t *testing.T) {
	sample := testdata + "sample.pcap"
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{}, "name an interface"},
		{[]string{"-r", sample, sample}, "give each its own -r"},
		{[]string{"-r", sample, "eth0"}, "start two"},
		{[]string{"-r", sample, "--format", "csv"}, "choose text or json"},
		{[]string{"eth0", "--look", "-1s"}, "negative"},
		{[]string{"eth0", "--bpf", "udp"}, "--method libpcap"},
		{[]string{"eth0", "--bpf-raw", "no-such-file"}, "--bpf-raw"},
		{[]string{"-r", sample, "-f", "nonsense here"}, "filter expression"},
		{[]string{"-r", sample, "--geo-db", sample}, "geo database"},
		{[]string{"-r", "no-such-file"}, "no-such-file"},
	} {
		status, out, words := peeratlas(t, nil, append([]string{"watch"}, tt.args...)...)
		if status != exitError || out != "" || !strings.Contains(words, tt.says) {
			t.Errorf("%v: status %d, %q, %q; want %q", tt.args, status, out, words, tt.says)
		}
	}
}

// silence is an interface on which a capture's packets come, and then nothing.
type silence struct{ *capture.Files }

func (s silence) ReadBatch(dst []capture.Packet) (int, error) {
	n, err := s.Files.ReadBatch(dst)
	if err == io.EOF {
		time.Sleep(5 * time.Millisecond)
		err = nil
	}
	return n, err
}

// anInterface stands in for what opens interfaces, and notes what it was asked for.
func anInterface(t *testing.T, name string) *capture.LiveOptions {
	t.Helper()
	asked, live, enter := new(capture.LiveOptions), openLive, enterJail
	enterJail = func(jail.Options) (jail.Report, error) { return jail.Report{}, nil }
	openLive = func(o capture.LiveOptions) (pipeline.Source, error) {
		*asked = o
		files, err := capture.Open([]string{testdata + name}, capture.Options{})
		return silence{files}, err
	}
	t.Cleanup(func() { openLive, enterJail = live, enter })
	return asked
}

// The end of --duration and of -c is no interruption; ^C is, and all is told.
func TestWatchIsEnded(t *testing.T) {
	_, want, _ := peeratlas(t, nil, "report", testdata+"office.pcapng")
	finding, _, _ := strings.Cut(want, "\n\n")
	_, covered, _ := strings.Cut(want, "Looked at")
	covered, _, _ = strings.Cut(covered, "\n")
	for _, tt := range []struct {
		args   []string
		status int
		whole  bool
	}{
		{[]string{"--duration", "500ms"}, exitDone, true},
		{[]string{"-c", "100"}, exitDone, false},
		{nil, exitInterrupted, true},
	} {
		anInterface(t, "office.pcapng")
		ctx, cancel := context.WithCancel(context.Background())
		if tt.status == exitInterrupted {
			time.AfterFunc(time.Second, cancel)
		}
		var out, words bytes.Buffer
		began := time.Now()
		status := run(ctx, append([]string{"watch", "eth9", "--look", "1h"}, tt.args...), nil, &out, &words)
		cancel()
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("%v: it took %v", tt.args, took)
		}
		if status != tt.status {
			t.Errorf("%v: status %d, want %d: %s", tt.args, status, tt.status, words.String())
		}
		// The line of the command to try next is another country's here.
		if got := afterwards(out.String()); tt.whole && (!strings.HasPrefix(got, finding) || !strings.Contains(got, "Looked at"+covered) || strings.Contains(got, "\nTry")) {
			t.Errorf("%v: %s", tt.args, got)
		}
	}
}

func TestWatchAsksForInterfaces(t *testing.T) {
	asked := anInterface(t, "plain.pcap")
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, []byte("1\n6 0 0 0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, words := peeratlas(t, nil, "watch", "eth2", "-i", "eth1", "-c", "10", "-s", "200", "-p", "--ring", "8MiB", "--rings", "2", "--method", "ring", "--bpf-raw", raw)
	if o := asked; status != exitDone || !slices.Equal(o.Interfaces, []string{"eth1", "eth2"}) || o.SnapLength != 200 || !o.NotPromiscuous || o.RingOctets != 8<<20 ||
		o.Rings != 2 || o.Method != "ring" || len(o.Program) != 1 {
		t.Errorf("status %d, %s, %+v", status, words, asked)
	}
}

// SIGHUP reads the databases anew; one that cannot be read leaves the one before.
func TestWatchReloadsDatabases(t *testing.T) {
	var words bytes.Buffer
	w := &watch{geoFiles: []string{"no-such-file"}}
	w.parts.words = &heldBack{w: &words}
	if err := w.reloadGeo(); err == nil || w.geo.Load() != nil {
		t.Errorf("%v", err)
	}
	w.again = append(w.again, w.reloadGeo)
	w.hangup()
	if !strings.Contains(words.String(), "no-such-file") || !strings.Contains(words.String(), "going on") {
		t.Errorf("%q", words.String())
	}
}
