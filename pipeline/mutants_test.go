package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/report"
)

// mutants is how many mutants TestMutants makes; CONTRIBUTING.md tells of the long run.
var (
	mutants     = flag.Int("mutants", 0, "how many mutants of captures to read; 0 is some hundred")
	mutantsSeed = flag.Uint64("mutants.seed", 0, "number of the first mutant")
)

const (
	// mutantMemory is what a street may take in these tests; its flows must not go beyond, and
	// what it allocates over its whole life does not either.
	mutantMemory = 64 << 20
	// mutantFloor is granted to every mutant beside ten times the time of its original.
	mutantFloor = 100 * time.Millisecond
)

// TestMutants sends damaged and hostile variants of all captures down the whole street, from
// octets to reports. None may make it panic, hang, or take more memory than it was allowed, and
// every packet must be accounted for.
func TestMutants(t *testing.T) {
	n := *mutants
	if n == 0 {
		n = 800
	}
	originals := originalCaptures(t, *mutants == 0)
	times := make([]time.Duration, len(originals))
	db, err := geo.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	slowest := 0.0
	for i := range n {
		number := *mutantsSeed + uint64(i)
		k := int(number % uint64(len(originals)))
		o := &originals[k]
		if times[k] == 0 {
			times[k] = o.timed(db)
		}
		octets := o.mutant(rand.New(rand.NewPCG(number, 2026)))
		slow := 0.0
		for try := range 4 { // a collection of garbage may fall into one
			took, err := wholeStreet(octets, db, number%50 == 0)
			if err != nil {
				t.Fatalf("mutant %d, of %s: %v", number, o.path, err)
			}
			ratio := float64(took) / float64(10*times[k]+mutantFloor)
			if slow = ratio; try == 0 || ratio < slow {
				slow = ratio
			}
			if slow <= 1 {
				break
			}
		}
		if slow > 1 {
			t.Errorf("mutant %d, of %s: %.1f times what it may take (%v for the original)", number, o.path, slow, times[k])
		}
		slowest = max(slowest, slow)
		if *mutants != 0 && i%5000 == 4999 {
			t.Logf("%d mutants", i+1)
		}
	}
	t.Logf("%d mutants of %d captures, from %d on; the slowest took %.0f %% of what it may", n, len(originals), *mutantsSeed, slowest*100)
}

// original is a capture of which mutants are made.
type original struct {
	mould
	path string
}

// timed is the least time of three that the capture takes.
func (o *original) timed(db *geo.DB) time.Duration {
	least := time.Hour
	for range 3 {
		took, err := wholeStreet(o.octets, db, false)
		if err == nil {
			least = min(least, took)
		}
	}
	return least
}

// originalCaptures are testdata's, also without their compression, and the real ones beside the
// checkout, if there are any; short leaves out those above 128 KiB.
func originalCaptures(t *testing.T, short bool) []original {
	var all []original
	for _, pattern := range []string{"../testdata/*.pcap*", corpus + "/*cap*"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			octets, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(path, ".csv") || short && len(octets) > 128<<10 {
				continue
			}
			all = append(all, original{mouldOf(octets), path})
			if strings.HasSuffix(path, ".gz") {
				if inside, err := gzip.NewReader(bytes.NewReader(octets)); err == nil {
					octets, _ = io.ReadAll(inside)
					all = append(all, original{mouldOf(octets), path + ", inside"})
				}
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("%d captures found", len(all))
	}
	return all
}

// wholeStreet reads octets as the program does, and writes all kinds of output. The error tells
// what must not be; damage is none.
func wholeStreet(octets []byte, db *geo.DB, examine bool) (took time.Duration, err error) {
	begun, before := spent(), allocatedEver()
	source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(octets)})
	if errors.Is(err, capture.ErrNotCapture) || errors.Is(err, capture.ErrEmpty) {
		return spent() - begun, nil
	}
	if err != nil {
		return 0, err
	}
	defer source.Close()
	home, _ := geo.ParseHome(nil)
	b := report.NewBuilder(report.Options{Program: "test", Now: time.Unix(1_800_000_000, 0), Home: home})
	var line []byte
	var written uint64
	o := Options{Home: home, Locator: db, Memory: mutantMemory, Write: func(r *report.Record) error {
		b.Add(r)
		written += uint64(r.Flow.Packets[0]) + uint64(r.Flow.Packets[1])
		line = report.AppendRecord(line[:0], r)
		if examine && !json.Valid(line) {
			return fmt.Errorf("no JSON: %q", line)
		}
		return nil
	}}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	res, err := Run(ctx, source, o)
	if err != nil {
		return 0, err
	}
	c := &res.Coverage
	sum := c.InFlows + c.Filtered
	for _, n := range c.NotFlows {
		sum += n.Number
	}
	switch {
	case c.Panics > 0:
		return 0, fmt.Errorf("%d panics, the first at packet %d: %s", c.Panics, c.PanicFrame, c.Panic)
	case res.Interrupted:
		return 0, errors.New("more than a minute")
	case sum != c.Packets || written != c.InFlows:
		return 0, fmt.Errorf("%d packets, %d accounted for; %d went into flows, %d came out", c.Packets, sum, c.InFlows, written)
	}
	b.Judge(res.Hosts)
	s := b.Finish(res.Sockets, res.Coverage, db.Sources())
	if err := everyFormat(s, examine); err != nil {
		return 0, err
	}
	took = spent() - begun
	if used := allocatedEver() - before; used > mutantMemory {
		return 0, fmt.Errorf("%d octets allocated", used)
	}
	return took, nil
}

// everyFormat writes a report as people and programs read it.
func everyFormat(s *report.Summary, examine bool) error {
	var text bytes.Buffer
	if err := report.WriteJSON(&text, s); err != nil {
		return err
	}
	if examine && !json.Valid(text.Bytes()) {
		return fmt.Errorf("no JSON: %q", text.Bytes())
	}
	text.Reset()
	return errors.Join(report.WriteCSV(&text, s), report.WriteMarkdown(&text, s), report.WriteText(&text, s, report.TextOptions{Width: 100}))
}

// allocatedEver is how many octets this process has allocated so far.
func allocatedEver() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
