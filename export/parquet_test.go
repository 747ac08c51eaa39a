package export

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// varied is a record that no dictionary makes small.
func varied(i int) *report.Record {
	r := record(fmt.Sprintf("host-%d.example.net", i))
	r.Flow.Key.Addr[1] = packet.AddrFrom(netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}))
	r.Flow.Start += int64(i) * 1e6
	r.Flow.End, r.Flow.FirstFrame = r.Flow.Start+1e9, uint32(i+1)
	for range 4 {
		r.Verdict.Evidence = append(r.Verdict.Evidence, r.Verdict.Evidence[0])
	}
	return r
}

// Row groups are written as they fill up, so memory does not follow the number of flows.
func TestParquetMemory(t *testing.T) {
	w := newParquet(io.Discard, "peeratlas 1")
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, most := heap(), int64(0)
	for i := range 10 * groupRows {
		if err := w.Write(varied(i), nil); err != nil {
			t.Fatal(err)
		}
		if i%(groupRows/2) == groupRows/2-1 {
			most = max(most, heap()-before)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MiB at most over %d rows", float64(most)/(1<<20), 10*groupRows)
	if most > 48<<20 {
		t.Errorf("%d MiB for %d rows", most>>20, 10*groupRows)
	}
}

func TestParquetGroups(t *testing.T) {
	var b bytes.Buffer
	w := newParquet(&b, "peeratlas 1.2.3")
	for i := range groupRows + 10 {
		if err := w.Write(varied(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.RowGroups()); n != 2 || f.NumRows() != groupRows+10 {
		t.Errorf("%d groups, %d rows", n, f.NumRows())
	}
	types := map[string]string{"start": "TIMESTAMP(isAdjustedToUTC=true,unit=NANOS)", "src_port": "INT(16,false)", "src_bytes": "INT(64,false)",
		"probability": "DOUBLE", "p2p": "BOOLEAN", "verdict": "STRING"}
	for name, want := range types {
		leaf, ok := f.Schema().Lookup(name)
		if !ok || leaf.Node.Type().String() != want {
			t.Errorf("%s: %v, not %s", name, leaf.Node, want)
		}
	}
	for _, path := range [][]string{{"evidence", "list", "element", "packets", "list", "element"}, {"dst", "asn"}, {"reported_peers", "list", "element", "ip"}} {
		if _, ok := f.Schema().Lookup(path...); !ok {
			t.Errorf("no column %v in %v", path, f.Schema())
		}
	}
	if v, _ := f.Lookup("schema"); v != "peeratlas-flow/1" {
		t.Errorf("schema %q", v)
	}
}

func BenchmarkWriters(b *testing.B) {
	for _, format := range Names() {
		b.Run(format, func(b *testing.B) {
			w, err := New(format, io.Discard, "peeratlas 1")
			if err != nil {
				b.Fatal(err)
			}
			r := varied(1)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(r, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
