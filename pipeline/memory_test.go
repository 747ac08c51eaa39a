package pipeline

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/report"
)

// What a flow costs all told when most is held: while the first is written, with table, claims,
// sockets, hosts and what the judge has of them. The rest of the program is taken off as the same
// street with hardly any flows has it.
func TestMemoryOfAFlow(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 200,000 flows")
	}
	base := heldBy(t, 100, false)
	for _, tcp := range []bool{true, false} {
		const n = 200_000
		each := (heldBy(t, n, tcp) - base) / n
		t.Logf("tcp %v: %d octets a flow", tcp, each)
		if most := int64(256); each > most {
			t.Errorf("tcp %v: %d octets a flow, more than %d", tcp, each, most)
		}
	}
}

// heldBy is what the heap holds when a street with so many forged flows writes its first record.
func heldBy(t *testing.T, forged int, tcp bool) (octets int64) {
	t.Helper()
	mixed, _ := flooded(packetsIn(t, "../testdata/wireguard.pcap"), forged, tcp)
	raw := pcapngOf(mixed, 1, 0, 0)
	mixed = nil
	before := heap()
	source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(raw)})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	home, _ := geo.ParseHome(nil)
	_, err = Run(context.Background(), source, Options{Home: home, Brief: true, Write: func(*report.Record) error {
		if octets == 0 {
			octets = heap() - before
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(raw)
	return octets
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
