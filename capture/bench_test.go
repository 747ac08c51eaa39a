package capture

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket/pcapgo"
)

// benchPackets are enough that opening a file does not count.
const benchPackets = 100_000

// generated is a pcap of packets of 60 to 1,514 octets, 400 on average, and the same as pcapng.
func generated() (pcap, ng []byte) {
	v, w := newPcap(littleEndian, magicMicroseconds, 1), newPcapng(littleEndian).iface(1, 0, nil)
	for i := range uint64(benchPackets) {
		size := 60 + int(i*7919%192)
		if i%4 == 0 {
			size = 1134 + int(i*7919%380)
		}
		data := frame(int(i), size)
		v.record(uint32(i/1000), uint32(i%1000), data, size)
		w.enhanced(0, i/1000*1e6+i%1000, data, size)
	}
	return v.b, w.b
}

// BenchmarkRead is the stage "read": a generated capture in all formats, and the one that
// PEERATLAS_CAPTURE names.
func BenchmarkRead(b *testing.B) {
	pcap, ng := generated()
	dir := b.TempDir()
	for _, test := range []struct {
		name   string
		octets []byte
	}{
		{"pcap", pcap}, {"pcapng", ng}, {"pcap,gzip", gzipped(b, pcap)}, {"pcap,zstd", zstandard(b, pcap)},
	} {
		path := store(b, dir, test.name, test.octets)
		b.Run(test.name, func(b *testing.B) { benchRead(b, path, Options{}) })
	}
	b.Run("pcap by pcapgo", func(b *testing.B) { benchRead(b, filepath.Join(dir, "pcap"), Options{careful: true}) })
	if path := os.Getenv("PEERATLAS_CAPTURE"); path != "" {
		b.Run("capture", func(b *testing.B) { benchRead(b, path, Options{}) })
		b.Run("capture by pcapgo", func(b *testing.B) { benchRead(b, path, Options{careful: true}) })
	}
}

func benchRead(b *testing.B, path string, o Options) {
	dst := make([]Packet, 256)
	packets := 0
	b.ReportAllocs()
	for b.Loop() {
		f, err := Open([]string{path}, o)
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
}

// BenchmarkPcapgo is pcapgo alone, without guard and batches, on the same packets.
func BenchmarkPcapgo(b *testing.B) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		pcap, _ := generated()
		path = store(b, b.TempDir(), "x", pcap)
	}
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
