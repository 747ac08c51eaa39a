package capture

import (
	"bufio"
	"io"
	"os"
	"testing"

	"github.com/google/gopacket/pcapgo"
)

// repeats makes a file long enough that opening it does not count.
const repeats = 25

// largest is the largest pcap of the corpus, many times over, and its packets as pcapng.
func largest(b *testing.B) (pcap, ng []byte) {
	b.Helper()
	for _, path := range corpus(b) {
		octets, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if len(octets) > len(pcap) && octets[0] == 0xd4 {
			pcap = octets
		}
	}
	f, err := fromStdin(pcap)
	if err != nil {
		b.Fatal(err)
	}
	packets, _ := drain(b, f, 256)
	v, w := newPcap(littleEndian, magicMicroseconds, 1), newPcapng(littleEndian).iface(1, 0, nil)
	for range repeats {
		for _, p := range packets {
			v.record(uint32(p.Timestamp/second), uint32(p.Timestamp%second/1000), p.Data, int(p.OriginalLength))
			w.enhanced(0, uint64(p.Timestamp/1000), p.Data, int(p.OriginalLength))
		}
	}
	return v.b, w.b
}

// BenchmarkReadBatch reads the largest pcap of the corpus (1,467 octets a packet), many times over.
func BenchmarkReadBatch(b *testing.B) {
	pcap, ng := largest(b)
	dir := b.TempDir()
	for _, test := range []struct {
		name   string
		octets []byte
	}{
		{"pcap", pcap}, {"pcapng", ng}, {"pcap,gzip", gzipped(b, pcap)}, {"pcap,zstd", zstandard(b, pcap)},
	} {
		path := store(b, dir, test.name, test.octets)
		b.Run(test.name, func(b *testing.B) {
			dst := make([]Packet, 256)
			packets := 0
			b.ReportAllocs()
			b.SetBytes(int64(len(test.octets)))
			for range b.N {
				f, err := Open([]string{path}, Options{})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					var n int
					n, err = f.ReadBatch(dst)
					packets += n
				}
				f.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
		})
	}
}

// BenchmarkPcapgo is pcapgo alone on the same file: what the guard and the batch cost.
func BenchmarkPcapgo(b *testing.B) {
	pcap, _ := largest(b)
	path := store(b, b.TempDir(), "x", pcap)
	buf := bufio.NewReaderSize(nil, bufferSize)
	b.ResetTimer()
	packets := 0
	b.ReportAllocs()
	for range b.N {
		file, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		buf.Reset(file)
		r, err := pcapgo.NewReader(buf)
		for err == nil {
			_, _, err = r.ZeroCopyReadPacketData()
			packets++
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		file.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
