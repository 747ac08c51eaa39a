package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/geo"
	"peeratlas/report"
)

// outcome runs a street over data and returns all that it says.
func outcome(t *testing.T, source Source, o Options) string {
	t.Helper()
	var out bytes.Buffer
	o.Home, _ = geo.ParseHome(nil)
	o.Write = func(r *report.Record) error {
		r.Verdict.Account()
		_, err := fmt.Fprintf(&out, "%+v %+v %v %v\n", r.Flow.Key, r.Flow.Packets, r.Verdict.Account(), r.Verdict)
		return err
	}
	res, err := Run(context.Background(), source, o)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%+v\n", *res)
	return out.String()
}

// TestCoresChangeNothing asserts that the outcome is the same whatever the number of processors,
// byte for byte, with and without a bound that evicts.
func TestCoresChangeNothing(t *testing.T) {
	captures, err := filepath.Glob("../testdata/*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatal("no captures in testdata", err)
	}
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, o := range []Options{{}, {MaxFlows: manyFlows}, {MaxFlows: 20}, {Brief: true}} {
		run := func(procs int) string {
			runtime.GOMAXPROCS(procs)
			source, err := capture.Open(captures, capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			return outcome(t, source, o)
		}
		want := run(1)
		for _, procs := range []int{2, 3, 8} {
			if got := run(procs); got != want {
				t.Errorf("%+v: %d processors say otherwise than one", o, procs)
			}
		}
	}
}

// A flood that evicts in all lanes, with names that are told meanwhile.
func TestCoresChangeNoEviction(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	office, err := os.ReadFile("../testdata/office.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	var want string
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		inner, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(office)})
		if err != nil {
			t.Fatal(err)
		}
		got := outcome(t, &amidStrangers{Source: inner, random: rand.New(rand.NewPCG(1, 2)), left: 40_000}, Options{MaxFlows: manyFlows})
		inner.Close()
		if want == "" {
			want = got
		} else if got != want {
			t.Errorf("%d processors say otherwise than one", procs)
		}
	}
}

// amidStrangers puts datagrams of strangers between the packets of a source.
type amidStrangers struct {
	Source
	random *rand.Rand
	left   int
}

func (f *amidStrangers) ReadBatch(dst []capture.Packet) (n int, err error) {
	n, err = f.Source.ReadBatch(dst[:len(dst)/3])
	last := int64(1.7e18)
	if n > 0 {
		last = dst[n-1].Timestamp
	}
	for ; f.left > 0 && n < len(dst); n++ {
		f.left--
		h := packet.Headers{SrcPort: uint16(f.random.Uint32()), DstPort: uint16(f.random.Uint32())}
		h.Src = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: byte(f.random.Uint32()), 14: byte(f.random.Uint32()), 15: 7}
		h.Dst = packet.Addr{10: 0xff, 11: 0xff, 12: 203, 13: byte(f.random.Uint32()), 14: byte(f.random.Uint32()), 15: 9}
		data := udpFrame(&h, "noise or not, who knows")
		dst[n] = capture.Packet{Data: data, Timestamp: last, OriginalLength: uint32(len(data)), LinkType: 1}
	}
	if f.left > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// TestPipeBatches asserts that it does not matter in which portions a pipe delivers.
func TestPipeBatches(t *testing.T) {
	for _, name := range []string{"office.pcapng", "skype-classic.pcap"} {
		data, err := os.ReadFile("../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		run := func(r io.Reader) string {
			source, err := capture.Open([]string{"-"}, capture.Options{Stdin: r})
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			return outcome(t, source, Options{MaxFlows: 16})
		}
		want := run(bytes.NewReader(data))
		random := rand.New(rand.NewPCG(3, 4))
		if got := run(&dribble{data, random}); got != want {
			t.Errorf("%s: portions of a pipe change the outcome", name)
		}
	}
}

// dribble delivers a few hundred octets at a time.
type dribble struct {
	rest   []byte
	random *rand.Rand
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+d.random.IntN(900))], d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// TestLaneIsSymmetric asserts that both directions of a flow meet in one lane, and that lanes are
// used evenly.
func TestLaneIsSymmetric(t *testing.T) {
	s := newStreet(nil, Options{})
	random := rand.New(rand.NewPCG(5, 6))
	counts := make([]int, len(s.lanes))
	const flows = 80_000
	for range flows {
		h := packet.Headers{SrcPort: uint16(random.Uint32()), DstPort: 443}
		h.Src = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 14: byte(random.IntN(4)), 15: byte(random.Uint32())}
		h.Dst = packet.Addr{10: 0xff, 11: 0xff, 12: 203, 13: byte(random.Uint32()), 14: byte(random.Uint32()), 15: 9}
		back := packet.Headers{Src: h.Dst, Dst: h.Src, SrcPort: h.DstPort, DstPort: h.SrcPort}
		if a, b := s.laneOf(&h), s.laneOf(&back); a != b {
			t.Fatalf("%v goes to lane %d, its answer to %d", h, a, b)
		}
		counts[s.laneOf(&h)]++
	}
	for i, n := range counts {
		if share := flows / len(counts); n < share*9/10 || n > share*11/10 {
			t.Errorf("lane %d gets %d of %d flows", i, n, flows)
		}
	}
}
