package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"peeratlas/capture/packet"
)

// direct reads a capture by pcapgo alone.
func direct(t *testing.T, path string) []Packet {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	magic := make([]byte, 4)
	if _, err := file.ReadAt(magic, 0); err != nil {
		t.Fatal(err)
	}
	var source gopacket.PacketDataSource
	var link func(gopacket.CaptureInfo) packet.LinkType
	if bytes.Equal(magic, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		r, err := pcapgo.NewNgReader(file, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			t.Fatal(err)
		}
		source = r
		link = func(ci gopacket.CaptureInfo) packet.LinkType {
			i, _ := r.Interface(ci.InterfaceIndex)
			return packet.LinkType(i.LinkType)
		}
	} else {
		r, err := pcapgo.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		source = r
		link = func(gopacket.CaptureInfo) packet.LinkType { return packet.LinkType(r.LinkType()) }
	}
	var all []Packet
	for {
		data, ci, err := source.ReadPacketData()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("pcapgo: packet %d: %v", len(all), err)
		}
		all = append(all, Packet{
			Data: data, Timestamp: ci.Timestamp.UnixNano(), OriginalLength: uint32(ci.Length),
			Interface: uint32(ci.InterfaceIndex), LinkType: link(ci),
		})
	}
}

// TestCorpusAgainstPcapgo: the guard changes nothing of a sound capture.
func TestCorpusAgainstPcapgo(t *testing.T) {
	for _, path := range corpus(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := Open([]string{path}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, s := drain(t, f, 256)
			if s.Lost.Any() {
				t.Errorf("lost %v", s.Lost.List())
			}
			equalPackets(t, got, direct(t, path))
		})
	}
}

// TestCorpusCompressed: compression changes nothing either.
func TestCorpusCompressed(t *testing.T) {
	for _, path := range corpus(t)[:12] {
		octets, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := read(t, octets)
		for _, packed := range [][]byte{gzipped(t, octets), zstandard(t, octets)} {
			got, s := read(t, packed)
			equalPackets(t, got, want)
			if s.Lost.Any() {
				t.Errorf("%s: lost %v", path, s.Lost.List())
			}
		}
	}
}

// TestCorpusMerged: all captures together are all packets, in order but where one is not.
func TestCorpusMerged(t *testing.T) {
	paths := corpus(t)
	apart := map[string]uint64{}
	for _, path := range paths {
		f, err := Open([]string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, s := drain(t, f, 256)
		apart[path] = s.Packets
	}
	f, err := Open(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 256)
	for _, in := range s.Inputs {
		if in.Packets != apart[in.Path] {
			t.Errorf("%s: %d packets, %d alone", in.Path, in.Packets, apart[in.Path])
		}
	}
	back := uint64(0)
	for i := 1; i < len(got); i++ {
		if got[i].Timestamp < got[i-1].Timestamp {
			back++
		}
	}
	if back > s.Backwards {
		t.Errorf("%d steps back in the merged stream, %d in the inputs", back, s.Backwards)
	}
}

// TestCorpusAgainstCapinfos compares counts and times with Wireshark's.
func TestCorpusAgainstCapinfos(t *testing.T) {
	paths := corpus(t)
	if _, err := exec.LookPath("capinfos"); err != nil {
		t.Skip("capinfos is not installed (package wireshark-common)")
	}
	// Table without header, tab-separated: packets, octets of data, first and last time, in seconds.
	out, err := exec.Command("capinfos", append([]string{"-T", "-r", "-M", "-c", "-d", "-S", "-a", "-e"}, paths...)...).Output()
	if err != nil {
		t.Fatalf("capinfos: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(paths) {
		t.Fatalf("capinfos: %d lines for %d captures", len(lines), len(paths))
	}
	for i, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := Open([]string{path}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, s := drain(t, f, 256)
			first, last := got[0].Timestamp, got[0].Timestamp
			for _, p := range got {
				first, last = min(first, p.Timestamp), max(last, p.Timestamp)
			}
			want := strings.Split(lines[i], "\t")
			have := fmt.Sprintf("%d %d %d %d", s.Packets, s.WireOctets, first/1000, last/1000)
			if have != fmt.Sprintf("%s %s %d %d", want[1], want[2], micros(t, want[3]), micros(t, want[4])) {
				t.Errorf("have %s, capinfos has %q", have, want)
			}
		})
	}
}

// micros reads seconds with a fraction as microseconds, the least that all captures keep.
func micros(t *testing.T, s string) int64 {
	t.Helper()
	whole, fraction, _ := strings.Cut(s, ".")
	us, err := strconv.ParseInt(whole+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		t.Fatalf("capinfos time %q: %v", s, err)
	}
	return us
}

// TestAgainstTshark gives tshark captures of our own making with all that pcapng has.
func TestAgainstTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	ng := newPcapng(bigEndian)
	ng.iface(1, 96, ng.in().option(optionResolution, []byte{9}).b)
	ng.iface(1, 0, ng.in().option(optionResolution, []byte{0x80 | 20}).option64(optionOffset, 1_600_000_000).b)
	for i := range 20 {
		ng.enhanced(uint32(i%2), uint64(i)*123_456_789, frame(i, 60+i), 90+i)
	}
	ng.order = littleEndian
	ng.section(1, 0).iface(1, 70, nil).block(blockNames, make([]byte, 4))
	for i := range 20 {
		ng.obsolete(0, 0, 1_700_000_000_000_000+uint64(i), frame(i, 60+i), 90)
	}
	for name, octets := range map[string][]byte{
		"pcap nanosecond": samplePcap(true, magicNanoseconds), "pcap modified": samplePcap(true, magicKuznetzov),
		"pcapng": ng.b, "pcapng, gzip": gzipped(t, ng.b),
	} {
		t.Run(name, func(t *testing.T) {
			path := store(t, t.TempDir(), "x", octets)
			out, err := exec.Command("tshark", "-n", "-r", path, "-T", "fields",
				"-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len").Output()
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				t.Fatalf("tshark: %v: %s", err, exit.Stderr)
			}
			got, _ := read(t, octets)
			var have strings.Builder
			for _, p := range got {
				fmt.Fprintf(&have, "%d.%09d\t%d\t%d\n", p.Timestamp/second, p.Timestamp%second, len(p.Data), p.OriginalLength)
			}
			if have.String() != string(out) {
				t.Errorf("have\n%stshark has\n%s", have.String(), out)
			}
		})
	}
}
