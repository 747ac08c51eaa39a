package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/gopacket/pcapgo"

	"peeratlas/capture/packet"
)

// written is a file of ours with two interfaces, n packets and all kinds of blocks.
func written(t testing.TB, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, WriterOptions{Application: "peeratlas test", System: "linux", Hardware: "amd64", Comment: "two\nlines"})
	if err != nil {
		t.Fatal(err)
	}
	infos := []InterfaceInfo{
		{Name: "eth1", Description: "mirror", Filter: "ip or ip6", LinkType: packet.LinkEthernet, SnapLength: 262144},
		{Name: "any", LinkType: packet.LinkLinuxSLL2},
	}
	for i, info := range infos {
		if id, err := w.AddInterface(info); err != nil || id != uint32(i) {
			t.Fatal(id, err)
		}
	}
	for i := range n {
		p := writtenPacket(i)
		comment := ""
		if i%3 == 0 {
			comment = fmt.Sprintf("packet %d", i)
		}
		if err := w.WritePacket(uint32(i%2), &p, uint32(i%4)<<2, comment); err != nil {
			t.Fatal(err)
		}
	}
	w.WriteNames([]HostName{{packet.Addr{10: 0xff, 0xff, 192, 0, 2, 1}, "four.example"}, {packet.Addr{0x20, 1, 0xd, 0xb8, 15: 1}, "six.example"}, {}})
	w.WriteTotals(0, &InterfaceTotals{Start: 1, End: 1_700_000_000_000_000_000, Received: 10, DroppedByInterface: 3, DroppedBySystem: 4, Delivered: 6, Comment: "kept"})
	w.WriteTotals(1, &InterfaceTotals{Start: 1, End: 2})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if w.Octets() != int64(out.Len()) || w.Written() != uint64(n) || w.Lost() != 0 {
		t.Errorf("counts %d octets, %d written, %d lost of %d octets, %d packets", w.Octets(), w.Written(), w.Lost(), out.Len(), n)
	}
	return out.Bytes()
}

func writtenPacket(i int) Packet {
	return Packet{Data: frame(i, 60+i%5), Timestamp: 1_700_000_000_123_456_789 + int64(i), OriginalLength: uint32(60 + i%5 + 10*(i%2))}
}

func TestWriterIsReadByOurReader(t *testing.T) {
	f, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(written(t, 5000)), Describe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	batch, i := make([]Packet, 256), 0
	for err == nil {
		var n int
		n, err = f.ReadBatch(batch)
		for _, p := range batch[:n] {
			want := writtenPacket(i)
			if !bytes.Equal(p.Data, want.Data) || p.Timestamp != want.Timestamp || p.OriginalLength != want.OriginalLength || p.Interface != uint32(i%2) {
				t.Fatalf("packet %d: got %+v, want %+v", i, p, want)
			}
			i++
		}
	}
	s := f.Stats()
	if i != 5000 || s.Lost.Any() || s.DroppedByInterface != 3 || s.DroppedBySystem != 4 {
		t.Errorf("%d packets, %+v", i, s)
	}
	info, input, known := f.Interface(0)
	if want := (InterfaceInfo{"eth1", "mirror", "ip or ip6", packet.LinkEthernet, 262144}); info != want || input != 0 || !known {
		t.Errorf("got %+v of input %d, want %+v", info, input, want)
	}
	if _, _, known := f.Interface(2); known {
		t.Error("an interface is known that nobody described")
	}
}

func TestWriterIsReadByPcapgo(t *testing.T) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(written(t, 50)), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		data, ci, err := r.ReadPacketData()
		want := writtenPacket(i)
		if err != nil || !bytes.Equal(data, want.Data) || ci.Timestamp.UnixNano() != want.Timestamp || ci.Length != int(want.OriginalLength) || ci.InterfaceIndex != i%2 {
			t.Fatalf("packet %d: %v %+v, want %+v", i, err, ci, want)
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if got := r.SectionInfo(); got.Application != "peeratlas test" || got.OS != "linux" || got.Hardware != "amd64" || got.Comment != "two\nlines" {
		t.Errorf("section %+v", got)
	}
	i, err := r.Interface(0)
	if err != nil || i.Name != "eth1" || i.Filter != "ip or ip6" || i.TimestampResolution != 9 || i.Statistics.PacketsDropped != 3 || i.Statistics.PacketsReceived != 10 {
		t.Errorf("interface %+v, %v", i, err)
	}
}

// wireshark runs one of its tools; a machine without them says so.
func wireshark(t *testing.T, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("%s is not installed: what it reads of our files is not compared", tool)
	}
	var out, words bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v: %s", tool, args, err, &words)
	}
	return out.String()
}

func TestWriterIsReadByWireshark(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.pcapng")
	if err := os.WriteFile(name, written(t, 40), 0o600); err != nil {
		t.Fatal(err)
	}
	out := wireshark(t, "tshark", "-n", "-r", name, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len",
		"-e", "frame.interface_name", "-e", "frame.comment", "-e", "frame.packet_flags_reception_type")
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != 40 {
		t.Fatalf("%d lines:\n%s", len(lines), out)
	}
	if want := "1700000000.123456792\t73\t63\tany\tpacket 3\t3"; lines[3] != want {
		t.Errorf("got %q, want %q", lines[3], want)
	}
	out = wireshark(t, "capinfos", "-M", name)
	for _, want := range []string{"peeratlas test", "linux", "amd64", "eth1", "ip or ip6", "Number of stat entries = 1", "nanosecond"} {
		if !strings.Contains(out, want) {
			t.Errorf("capinfos does not tell %q:\n%s", want, out)
		}
	}
}

func TestCleanComment(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "plain text\nof two lines", "plain text\nof two lines"},
		{"letters", "Zürich 東京", "Zürich 東京"},
		{"terminal", "a\x1b[31mb\a", "a�[31mb�"},
		{"not UTF-8", "a\xff\xfeb", "a��b"},
		{"surrogate", "\xed\xa0\x80", "���"},
		{"bidirectional", "a\u202eb", "a�b"},
		{"C1", "a\u0085b", "a�b"},
		{"nul", "a\x00b", "a�b"},
	}
	for _, tt := range tests {
		if got := cleanComment(tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := cleanComment(strings.Repeat("é", mostText)); len(got) > mostText || !utf8.ValidString(got) {
		t.Errorf("%d octets, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestReceptionFlags(t *testing.T) {
	tests := []struct {
		name  string
		link  packet.LinkType
		frame []byte
		want  uint32
	}{
		{"unicast", packet.LinkEthernet, []byte{2, 0, 0, 0, 0, 1}, 0},
		{"multicast", packet.LinkEthernet, []byte{1, 0, 0x5e, 0, 0, 1}, FlagMulticast},
		{"broadcast", packet.LinkEthernet, []byte{255, 255, 255, 255, 255, 255}, FlagBroadcast},
		{"cut", packet.LinkEthernet, []byte{255, 255, 255, 255, 255}, 0},
		{"no Ethernet", packet.LinkRaw, []byte{255, 255, 255, 255, 255, 255}, 0},
	}
	for _, tt := range tests {
		if got := ReceptionFlags(tt.link, tt.frame); got != tt.want {
			t.Errorf("%s: got %#x, want %#x", tt.name, got, tt.want)
		}
	}
}

// failing takes so many writes, and then none.
type failing struct {
	bytes.Buffer
	good int
}

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if f.good--; f.good < 0 {
		return 0, errFull
	}
	return f.Buffer.Write(p)
}

// What could not be written is counted, and what comes later is whole again.
func TestWriterCountsWhatWasLost(t *testing.T) {
	out := &failing{good: 2}
	w, err := NewWriter(out, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface(InterfaceInfo{LinkType: packet.LinkEthernet}); err != nil {
		t.Fatal(err)
	}
	p := writtenPacket(1)
	for range 3 {
		w.WritePacket(0, &p, 0, "")
	}
	if err := w.Flush(); !errors.Is(err, errFull) || w.Lost() != 3 || w.Written() != 0 {
		t.Errorf("%v, %d lost, %d written", err, w.Lost(), w.Written())
	}
	if _, err := w.AddInterface(InterfaceInfo{}); !errors.Is(err, errFull) {
		t.Errorf("the description of an interface was lost without a word: %v", err)
	}
	if err := w.WritePacket(1, &p, 0, ""); err == nil {
		t.Error("a packet of an interface that is not in the file was taken")
	}
	out.good = 10
	w.WritePacket(0, &p, 0, "")
	if err := w.Flush(); err != nil || w.Written() != 1 {
		t.Error(err, w.Written())
	}
	if err := w.WritePacket(7, &p, 0, ""); err == nil {
		t.Error("a packet of no interface was taken")
	}
}

func TestWritePacketAllocatesNothing(t *testing.T) {
	w, _ := NewWriter(io.Discard, WriterOptions{})
	w.AddInterface(InterfaceInfo{LinkType: packet.LinkEthernet})
	p := Packet{Data: make([]byte, 1500), Timestamp: 1, OriginalLength: 1500}
	if n := testing.AllocsPerRun(1000, func() { w.WritePacket(0, &p, FlagMulticast, "a comment") }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzWriter holds that whatever packets and texts are given, our reader gets the packets back.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("payload"), "comment", "eth0", uint16(1), int64(1e18), uint32(100), uint32(8))
	f.Add([]byte{}, "\xff\x1b", "\x00", uint16(276), int64(-5), uint32(0), ^uint32(0))
	f.Add(make([]byte, 70000), strings.Repeat("x", 70000), "", uint16(0xffff), int64(1<<63-1), ^uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, data []byte, comment, name string, link uint16, ts int64, original, flags uint32) {
		var out bytes.Buffer
		w, err := NewWriter(&out, WriterOptions{Comment: comment, Application: name})
		if err != nil {
			t.Fatal(err)
		}
		w.AddInterface(InterfaceInfo{Name: name, Filter: comment, LinkType: packet.LinkType(link)})
		p := Packet{Data: data, Timestamp: ts, OriginalLength: original}
		w.WritePacket(0, &p, flags, comment)
		w.WriteNames([]HostName{{Name: name}})
		w.WriteTotals(0, &InterfaceTotals{Comment: comment, Received: uint64(ts)})
		w.Flush()
		r, err := Open([]string{"-"}, Options{Stdin: &out, Describe: true})
		if err != nil {
			t.Fatal(err)
		}
		var got [2]Packet
		n, _ := r.ReadBatch(got[:])
		want := data[:min(len(data), MaxCaptured)]
		if s := r.Stats(); n != 1 || !bytes.Equal(got[0].Data, want) || got[0].Timestamp != max(ts, 0) || s.Lost.Any() {
			t.Errorf("%d packets, %d octets at %d, want %d at %d; %+v", n, len(got[0].Data), got[0].Timestamp, len(want), ts, s.Lost)
		}
	})
}

func BenchmarkWritePacket(b *testing.B) {
	for _, comment := range []string{"", "office.pcapng packet 12345"} {
		b.Run(fmt.Sprint(len(comment)), func(b *testing.B) {
			w, _ := NewWriter(io.Discard, WriterOptions{})
			w.AddInterface(InterfaceInfo{LinkType: packet.LinkEthernet})
			p := Packet{Data: make([]byte, 400), Timestamp: 1, OriginalLength: 400}
			b.ReportAllocs()
			for b.Loop() {
				w.WritePacket(0, &p, 0, comment)
			}
		})
	}
}
