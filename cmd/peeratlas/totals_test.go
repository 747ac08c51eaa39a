package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/export"
	"peeratlas/report"
)

// realCaptures is where real captures are, if they are beside the checkout.
const realCaptures = "../../../shared/corpus/open"

// lineOf is what the totals take of one flow, as any format has it.
type lineOf struct {
	ip              [2]string // source, destination
	packets, octets [2]uint64
	verdict, peer   string
	home            [2]bool
	row             [2]string // of a report: country, or the word for what is none
}

// figures are what all formats must agree on.
type figures struct {
	flows, p2p      uint64
	packets, octets [2]uint64         // of sources, of destinations
	out, in         uint64            // octets sent to P2P peers, received from them
	likely          [2]uint64         // the same of peers that are only likely
	peers           map[string]uint64 // P2P peers by row
}

// add counts flows as a report does: the peer that docs/record.md names, and of two on one side only
// those to which something was sent.
func add(lines []lineOf) figures {
	f := figures{peers: map[string]uint64{}}
	proven, rows := map[string]bool{}, map[string]string{}
	for _, l := range lines {
		f.flows++
		for e := range 2 {
			f.packets[e] += l.packets[e]
			f.octets[e] += l.octets[e]
		}
		if l.verdict == "p2p" {
			f.p2p++
			for e, is := range l.peers() {
				if is {
					proven[l.ip[e]], rows[l.ip[e]] = true, l.row[e]
				}
			}
		}
	}
	for _, l := range lines {
		if l.verdict != "p2p" && l.verdict != "likely" {
			continue
		}
		for e, is := range l.peers() {
			switch {
			case is && proven[l.ip[e]]:
				f.out += l.octets[1-e]
				f.in += l.octets[e]
			case is:
				f.likely[0] += l.octets[1-e]
				f.likely[1] += l.octets[e]
			}
		}
	}
	for ip := range proven {
		f.peers[rows[ip]]++
	}
	return f
}

func (l *lineOf) peers() (is [2]bool) {
	is = [2]bool{l.peer == "src" || l.peer == "both", l.peer != "src"}
	if is[0] && is[1] {
		for e := range is {
			is[e] = !(l.home[1-e] && l.packets[1-e] == 0)
		}
	}
	return is
}

func (f figures) equal(g figures) bool {
	return f.flows == g.flows && f.p2p == g.p2p && f.packets == g.packets && f.octets == g.octets && f.out == g.out && f.in == g.in &&
		f.likely == g.likely && maps.Equal(f.peers, g.peers)
}

// The flows of all formats add up to the same, and so do the reports of all formats.
func TestSameTotalsInAllFormats(t *testing.T) {
	found := uint64(0)
	for _, path := range captures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			reports, flows := map[string][]byte{}, map[string][]byte{}
			for name, args := range commands() {
				status, out, stderr := peeratlas(t, nil, append(args, path)...)
				if status != exitDone && status != exitDamaged {
					t.Fatalf("%s: status %d: %s", name, status, stderr)
				}
				if args[0] == "report" {
					reports[args[2]] = []byte(out)
				} else {
					flows[args[2]] = []byte(out)
				}
			}
			found += compareTotals(t, reports, flows).p2p
		})
	}
	if found < 100 {
		t.Errorf("only %d P2P flows in all captures: what was compared?", found)
	}
}

// commands are all ways to write what a capture holds.
func commands() map[string][]string {
	out := map[string][]string{}
	for _, f := range []string{"text", "json", "csv", "md"} {
		out["report "+f] = []string{"report", "--format", f}
	}
	for _, f := range export.Names() {
		out["flows "+f] = []string{"flows", "--format", f}
	}
	return out
}

// The same of real captures, each read once.
func TestSameTotalsOfRealCaptures(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all real captures")
	}
	if _, err := os.Stat(realCaptures); err != nil {
		t.Skipf("no real captures beside the checkout (%s)", realCaptures)
	}
	var paths []string
	for _, ending := range []string{"*cap", "*.pcapng"} {
		found, _ := filepath.Glob(filepath.Join(realCaptures, ending))
		paths = append(paths, found...)
	}
	sum := figures{}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f := compareTotals(t, fanned(t, path, "text", "json", "csv", "md"), fanned(t, path, export.Names()...))
			sum.flows, sum.p2p = sum.flows+f.flows, sum.p2p+f.p2p
		})
	}
	if sum.p2p < 300 {
		t.Errorf("only %d P2P flows in %d captures", sum.p2p, len(paths))
	}
	t.Logf("%d captures, %d flows, %d P2P flows", len(paths), sum.flows, sum.p2p)
}

// fanned reads a capture once and writes it in several formats, of reports or of flows.
func fanned(t *testing.T, path string, formats ...string) map[string][]byte {
	t.Helper()
	in, cmd := new(input), newReport()
	in.addFlags(pflag.NewFlagSet("", pflag.ContinueOnError)) // for the defaults
	cmd.SetContext(context.Background())
	s, err := in.open(cmd, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	buffers, writers := map[string]*bytes.Buffer{}, map[string]export.Writer{}
	for _, f := range formats {
		buffers[f] = new(bytes.Buffer)
		if slices.Contains(export.Names(), f) && formats[0] == "ndjson" {
			writers[f], _ = export.New(f, buffers[f], "peeratlas 1")
		}
	}
	b := report.NewBuilder(report.Options{Program: "peeratlas 1", Now: time.Now(), Home: s.home, Inputs: s.words})
	result, err := s.run(func(r *report.Record) error {
		b.Add(r)
		for _, w := range writers {
			if err := w.Write(r, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range writers {
		err = w.Close()
	}
	if len(writers) == 0 {
		b.Judge(result.Hosts)
		sum := b.Finish(result.Sockets, result.Coverage, s.geo.Sources())
		err = report.WriteJSON(buffers["json"], sum)
		report.WriteText(buffers["text"], sum, report.TextOptions{Width: 100})
		report.WriteCSV(buffers["csv"], sum)
		report.WriteMarkdown(buffers["md"], sum)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for f, b := range buffers {
		out[f] = b.Bytes()
	}
	return out
}

// compareTotals returns what all formats agree on.
func compareTotals(t *testing.T, reports, flows map[string][]byte) figures {
	t.Helper()
	want := add(ndjsonLines(t, flows["ndjson"]))
	for format, read := range map[string]func(*testing.T, []byte) []lineOf{"json": jsonLines, "csv": csvLines, "zeek": zeekLines,
		"eve": eveLines, "ecs": ecsLines, "parquet": parquetLines} {
		if got := add(read(t, flows[format])); !got.equal(want) {
			t.Errorf("flows --format %s adds up to\n%+v, ndjson to\n%+v", format, got, want)
		}
	}
	for format, differs := range map[string]func(*testing.T, string, figures) error{"text": textDiffers, "json": jsonDiffers, "csv": csvDiffers,
		"md": markdownDiffers} {
		if err := differs(t, string(reports[format]), want); err != nil {
			t.Errorf("report --format %s: %v, the flows add up to\n%+v", format, err, want)
		}
	}
	return want
}

// unequal is an error if two figures differ.
func unequal(what string, got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("%s: %v, not %v", what, got, want)
	}
	return nil
}
