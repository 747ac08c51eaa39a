package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// counts are what a flow's packets must add up to.
type counts struct {
	packets [2]uint32
	octets  [2]uint64
	first   int64
}

// judgedFlows runs captures and returns the flows that are p2p and the reading's result; note may
// be nil.
func judgedFlows(t testing.TB, filter *capture.Filter, note func(*report.Record), paths ...string) (map[flow.Key][]counts, *Result) {
	t.Helper()
	source, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	home, _ := geo.ParseHome(nil)
	flows := map[flow.Key][]counts{}
	result, err := Run(context.Background(), source, Options{Home: home, Filter: filter, Write: func(r *report.Record) error {
		if note != nil {
			note(r)
		}
		if f := &r.Flow; r.Verdict.Judgement == classify.P2P {
			flows[f.Key] = append(flows[f.Key], counts{f.Packets, [2]uint64{f.Octets(0), f.Octets(1)}, f.Start})
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return flows, result
}

// evidenceOf writes the evidence of captures to a file and returns its name and their p2p flows.
func evidenceOf(t testing.TB, filter *capture.Filter, paths ...string) (string, EvidenceResult, map[flow.Key][]counts) {
	t.Helper()
	e := Evidence{Program: "peeratlas test"}
	want, first := judgedFlows(t, filter, e.Note, paths...)
	again, err := capture.Open(paths, capture.Options{Describe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var out bytes.Buffer
	done, err := e.Copy(context.Background(), again, filter, first.Coverage.Packets, &out)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "evidence.pcapng")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name, done, want
}

// Evidence of a capture, read again, has the same peer-to-peer flows with the same packets and
// octets: also of several captures, of other link types, compressed, damaged, tunnelled, tagged,
// fragmented ones.
func TestEvidenceHasTheSameFlows(t *testing.T) {
	all, err := filepath.Glob("../testdata/*.pcap*")
	if err != nil || len(all) < 15 {
		t.Fatal(all, err)
	}
	tests := [][]string{all}
	for _, path := range all {
		tests = append(tests, []string{path})
	}
	flows := 0
	for _, paths := range tests {
		name, done, want := evidenceOf(t, nil, paths...)
		got, result := judgedFlows(t, nil, nil, name)
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %d p2p flows in the evidence, want %d", paths, len(got), len(want))
			for k, c := range want {
				if !slices.Equal(got[k], c) {
					t.Logf("%v %v: got %+v, want %+v", k.Addr, k.Port, got[k], c)
				}
			}
		}
		if done.Missing != 0 || done.Beyond != 0 || done.Packets != result.Coverage.Packets || result.Damaged && result.Coverage.Dropped > 0 {
			t.Errorf("%s: %+v, and %d packets are read of it (%v)", paths, done, result.Coverage.Packets, result.Coverage.Lost)
		}
		flows += len(want)
	}
	if flows < 200 {
		t.Errorf("only %d flows were compared", flows)
	}
}

// On captures of other projects no packet may be missing either. Whether the verdicts are the same
// cannot be held: what is not peer-to-peer is evidence too, and not in the file.
func TestEvidenceOnCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("88 captures: not in a short run")
	}
	var same, all, captures int
	filepath.WalkDir(needCorpus(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Base(path), ".pcap") || strings.HasSuffix(path, ".csv") {
			return err
		}
		captures++
		name, done, want := evidenceOf(t, nil, path)
		if done.Missing != 0 {
			t.Errorf("%s: %+v", path, done)
		}
		got, _ := judgedFlows(t, nil, nil, name)
		for k := range want {
			all++
			if slices.Equal(got[k], want[k]) {
				same++
			} else {
				t.Logf("%s: %v %v is not p2p in its evidence", filepath.Base(path), k.Addr, k.Port)
			}
		}
		for k := range got {
			if want[k] == nil {
				t.Errorf("%s: %v is p2p in the evidence only", path, k)
			}
		}
		return nil
	})
	t.Logf("%d of %d flows of %d captures are p2p in their evidence, too", same, all, captures)
	if all == 0 || same*1000 < all*990 {
		t.Errorf("only %d of %d", same, all)
	}
}

func TestEvidenceWithFilter(t *testing.T) {
	filter, err := capture.ParseFilter("udp and host 192.168.10.23")
	if err != nil {
		t.Fatal(err)
	}
	name, _, want := evidenceOf(t, filter, "../testdata/office.pcapng")
	if got, _ := judgedFlows(t, nil, nil, name); len(want) == 0 || !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%d flows, want %d", len(got), len(want))
	}
}

// Each comment leads back to its packet: the named packet of the named file has the same octets.
func TestEvidenceCommentsLeadBack(t *testing.T) {
	paths := []string{"../testdata/office.pcapng", "../testdata/nano.pcap.gz", "../testdata/wireguard.pcap"}
	originals := map[string][][]byte{}
	for _, path := range paths {
		originals[filepath.Base(path)] = octetsOf(t, path)
	}
	name, done, _ := evidenceOf(t, nil, paths...)
	comments := commentsOf(t, name)
	packets := octetsOf(t, name)
	if len(packets) != len(comments) || uint64(len(packets)) != done.Packets {
		t.Fatalf("%d packets, %d comments, want %d", len(packets), len(comments), done.Packets)
	}
	verdicts, files := 0, map[string]bool{}
	for i, c := range comments {
		lines := strings.Split(c, "\n")
		if strings.HasPrefix(c, "peeratlas: p2p, probability") && strings.Contains(c, "Community ID 1:") {
			verdicts++
		}
		last := lines[len(lines)-1]
		file, number := last[:strings.IndexByte(last, ' ')], 0
		if _, err := fmt.Sscanf(last[len(file):], " packet %d", &number); err != nil || number < 1 || number > len(originals[file]) {
			t.Fatalf("packet %d leads to %q", i, last)
		}
		files[file] = true
		if !bytes.Equal(packets[i], originals[file][number-1]) {
			t.Fatalf("packet %d is not %q", i, last)
		}
	}
	if uint64(verdicts) != done.Flows || len(files) != len(paths) {
		t.Errorf("%d comments with a verdict of %d flows, packets of %d files", verdicts, done.Flows, len(files))
	}
}

// octetsOf are the packets of a capture.
func octetsOf(t testing.TB, path string) (all [][]byte) {
	t.Helper()
	f, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	batch := make([]capture.Packet, 64)
	for {
		n, err := f.ReadBatch(batch)
		for _, p := range batch[:n] {
			all = append(all, bytes.Clone(p.Data))
		}
		if err != nil {
			return all
		}
	}
}

// commentsOf are the first comments of the enhanced packet blocks of a little-endian pcapng file of ours.
func commentsOf(t testing.TB, path string) (all []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	u32 := func(b []byte) int { return int(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) }
	for len(b) >= 12 {
		length := u32(b[4:])
		if u32(b) == 6 {
			comment := ""
			o := b[28+(u32(b[20:])+3)&^3 : length-4]
			if len(o) >= 4 && u32(o)&0xffff == 1 {
				comment = string(o[4 : 4+u32(o)>>16])
			}
			all = append(all, comment)
		}
		b = b[length:]
	}
	return all
}

// A capture that grew between the readings adds nothing, and one that lost packets is told of.
func TestEvidenceOfAChangedCapture(t *testing.T) {
	b, err := os.ReadFile("../testdata/wireguard.pcap")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var e Evidence
	want, first := judgedFlows(t, nil, e.Note, path)
	for _, tt := range []struct {
		name string
		data []byte
	}{{"grown", append(bytes.Clone(b), b[24:]...)}, {"cut", b[:len(b)*3/4]}} {
		e := e
		if err := os.WriteFile(path, tt.data, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := capture.Open([]string{path}, capture.Options{Describe: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, spans := range e.spans {
			for i := range spans {
				spans[i].found = 0
			}
		}
		done, err := e.Copy(context.Background(), again, nil, first.Coverage.Packets, io.Discard)
		again.Close()
		if grown := tt.name == "grown"; err != nil || len(want) == 0 || grown != (done.Missing == 0) {
			t.Errorf("%s: %+v, %v", tt.name, done, err)
		}
	}
}

// Flows beyond the bound of memory are counted, and those within it whole.
func TestEvidenceBoundsItsMemory(t *testing.T) {
	const path = "../testdata/office.pcapng"
	e := Evidence{Memory: 2 * 10 * spanOctets}
	want, first := judgedFlows(t, nil, e.Note, path)
	again, err := capture.Open([]string{path}, capture.Options{Describe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	done, err := e.Copy(context.Background(), again, nil, first.Coverage.Packets, io.Discard)
	if err != nil || done.Flows != 10 || done.Beyond != uint64(len(want)-10) || done.Missing != 0 {
		t.Errorf("%+v of %d flows, %v", done, len(want), err)
	}
}

func TestRereadable(t *testing.T) {
	if err := Rereadable([]string{"../testdata", "../testdata/office.pcapng", "no such file"}); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"-", os.DevNull} {
		if err := Rereadable([]string{path}); err == nil {
			t.Errorf("%s passes for a file that can be read twice", path)
		}
	}
}

func TestInputNames(t *testing.T) {
	if got := inputNames([]string{"a/x.pcap", "b/y.pcap"}); !slices.Equal(got, []string{"x.pcap", "y.pcap"}) {
		t.Error(got)
	}
	if got := inputNames([]string{"a/x.pcap", "b/x.pcap", "c/\x1bz"}); !slices.Equal(got, []string{"a/x.pcap", "b/x.pcap", `c/\x1bz`}) {
		t.Error(got)
	}
}
