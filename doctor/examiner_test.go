package doctor

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// broken is wrong in as many ways as go together.
func broken() []capture.Packet {
	p := change(doubled(office(), time.Millisecond, 30, routedOn), func(i int, p *capture.Packet) bool {
		if p.Data[23] == byte(packet.TCP) && !inside(p) && binary.BigEndian.Uint16(p.Data[36:])%2 == 0 {
			return false
		}
		if i%8 == 0 {
			spoil(p.Data)
		}
		if i > 900 {
			p.Timestamp -= int64(time.Hour)
		}
		if i%7 == 0 {
			p.Data[20], p.Data[21] = 0, 100
		}
		if i%3 == 0 {
			p.Data = p.Data[:min(len(p.Data), 120)]
		}
		return true
	})
	return append(p, esp()...)
}

func TestGoldens(t *testing.T) {
	saved, stats := saved(t, "office.pcapng")
	e := New(Options{})
	e.Look(saved)
	for _, tt := range []struct {
		name   string
		report *Report
	}{
		{"sane", e.Finish(Input{Name: "office.pcapng", Stats: stats})},
		{"broken", examine(broken(), Options{ExpectTags: true})},
		{"nothing", examine(nil, Options{Own: []packet.MAC{router}})},
	} {
		var text, object bytes.Buffer
		if err := WriteText(&text, tt.report, report.TextOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		if err := WriteJSON(&object, tt.report); err != nil {
			t.Fatal(err)
		}
		for suffix, got := range map[string][]byte{".txt": text.Bytes(), ".json": object.Bytes()} {
			path := filepath.Join("testdata", tt.name+suffix)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
				t.Errorf("differs from %s (%v); if that is meant, go test ./doctor -update\n%s", path, err, got)
			}
		}
	}
}

// However much is wrong, the text fits a screen, no line is wider than it may be, and nothing of the
// input's name reaches the terminal as it is.
func TestTextFits(t *testing.T) {
	const name = "evil\x1b[31m\n\u202e.pcap"
	for _, packets := range [][]capture.Packet{broken(), office(), nil} {
		r := examine(packets, Options{ExpectTags: true})
		r.Input = name
		for _, width := range []int{0, 20, 60, 80, 100, 200} {
			var plain, coloured bytes.Buffer
			if err := WriteText(&plain, r, report.TextOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
			if len(lines) > mostLines {
				t.Errorf("width %d: %d lines", width, len(lines))
			}
			for _, l := range lines {
				if n := utf8.RuneCountInString(l); n > max(width, 60) && width > 0 {
					t.Errorf("width %d: %d columns: %s", width, n, l)
				}
			}
			if strings.ContainsAny(plain.String(), "\x1b\u202e") {
				t.Errorf("escapes without colour:\n%q", plain.String())
			}
			if err := WriteText(&coloured, r, report.TextOptions{Width: width, Colour: true}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(coloured.String(), "\x1b[31mevil") || len(packets) > 0 && !strings.Contains(coloured.String(), "\x1b[") {
				t.Errorf("colours:\n%q", coloured.String())
			}
		}
		var object bytes.Buffer
		if err := WriteJSON(&object, r); err != nil {
			t.Fatal(err)
		}
		var back struct{ Schema, Input, Severity string }
		if err := json.Unmarshal(object.Bytes(), &back); err != nil || back.Input != name || back.Schema != Schema || back.Severity != r.Severity.String() {
			t.Errorf("JSON read back: %+v, %v", back, err)
		}
		for _, b := range object.Bytes() {
			if b >= 0x7f || b < ' ' && b != '\n' {
				t.Fatalf("JSON holds octet %#x", b)
			}
		}
	}
}

func TestSentence(t *testing.T) {
	for _, tt := range []struct {
		packets []capture.Packet
		want    string
		worst   Severity
	}{
		{nil, "Nothing came", Unknown},
		{office()[:30], "Too little traffic", Unknown},
		{office(), "Sane: nothing is wrong", OK},
		{doubled(office(), time.Millisecond, 2, nil), "Sane, with 1 hint.", Hint},
		{doubled(office(), time.Millisecond, 100, nil), "1 problem: repair this", Problem},
	} {
		r := examine(tt.packets, Options{})
		if s := r.sentence(); !strings.HasPrefix(s, tt.want) || r.Severity != tt.worst {
			t.Errorf("%s, %q, want %s, %q", r.Severity, s, tt.worst, tt.want)
		}
	}
}

func TestLookAllocatesNothing(t *testing.T) {
	packets := append(broken(), append(everybody(), synScan()...)...)
	e := New(Options{})
	if n := testing.AllocsPerRun(3, func() { e.Look(packets) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// flows are conversations of two packets, of which one in so many TCP ones is heard one way.
func flows(e *Examiner, number, oneWay int) {
	s := newScene()
	for n := range number {
		h := s.host(n%60000, uint16(1024+n/60000))
		w := s.server(1, 443)
		s.packets = s.packets[:0]
		s.tcp(h, w, packet.SYN, 1, 0, nil, nil)
		if n%oneWay != 0 {
			s.tcp(w, h, packet.SYN|packet.ACK, 9, 2, nil, nil)
		}
		s.tcp(h, w, packet.ACK, 2, 10, nil, nil)
		s.tcp(h, w, packet.ACK, 2, 11, nil, []byte("x"))
		s.pause(time.Microsecond)
		e.Look(s.packets)
	}
}

// Of more conversations than are held a share is known within the error that is told.
func TestSample(t *testing.T) {
	for _, every := range []int{2, 10, 1000} {
		e := New(Options{})
		flows(e, 50_000, every)
		c := e.conversations.count()
		if c.halved == 0 || c.sampled < mostConversations/4 || c.sampled > mostConversations {
			t.Fatalf("%d conversations, halved %d times", c.sampled, c.halved)
		}
		got, want := share(c.unheard, c.both+c.unheard), 1/float64(every)
		told := 3 * math.Sqrt(want*(1-want)/float64(c.sampled)) // three standard errors: what is told holds 95%
		if math.Abs(got-want) > told {
			t.Errorf("one of %d: %.4f, want %.4f ±%.4f", every, got, want, told)
		}
		if all := c.all(); all < 45_000 || all > 55_000 {
			t.Errorf("about %d conversations, want 50,000", all)
		}
		if s := c.error(c.unheard, c.both+c.unheard); !strings.Contains(s, "of a sample of one in") {
			t.Errorf("error: %q", s)
		}
	}
}

// The tables are all that an Examiner has.
func TestMemory(t *testing.T) {
	var e Examiner
	size := unsafe.Sizeof(e) + unsafe.Sizeof(packet.Decoder{}) + 2*conversationSlots*unsafe.Sizeof(conversation{}) + copySlots*unsafe.Sizeof(sent{})
	if size > 9<<20 {
		t.Errorf("%d octets", size)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	made := New(Options{})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 9<<20 {
		t.Errorf("New allocates %d octets", n)
	}
	runtime.KeepAlive(made)
}

// slowSum is RFC 1071 as it is written: 16 bits after 16 bits.
func slowSum(b []byte) uint16 {
	sum := uint32(0)
	for i := range b {
		if i%2 == 0 {
			sum += uint32(b[i]) << 8
		} else {
			sum += uint32(b[i])
		}
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

func TestOnes(t *testing.T) {
	b := newScene().octets(1501)
	for n := range b {
		if got, want := folded(ones(0, b[:n])), slowSum(b[:n]); got != want {
			t.Fatalf("%d octets: %#x, want %#x", n, got, want)
		}
	}
}

// What captures of the project show when they are damaged in passing, as a port would damage them.
func TestDamagedCaptures(t *testing.T) {
	for _, tt := range []struct {
		name, check string
		alter       func([]capture.Packet) []capture.Packet
	}{
		{"one way", "directions", func(p []capture.Packet) []capture.Packet {
			return change(p, func(_ int, p *capture.Packet) bool { return p.Data[12] == 8 && p.Data[26] == 192 })
		}},
		{"twice", "copies", func(p []capture.Packet) []capture.Packet { return doubled(p, 300*time.Microsecond, 100, nil) }},
		{"twice and routed", "copies", func(p []capture.Packet) []capture.Packet {
			return doubled(p, 300*time.Microsecond, 100, func(p *capture.Packet) {
				if p.Data[12] == 8 && p.Data[13] == 0 {
					p.Data[22]--
				}
			})
		}},
		{"cut", "cut packets", func(p []capture.Packet) []capture.Packet { return change(p, snap(96)) }},
		{"set back", "clock", func(p []capture.Packet) []capture.Packet {
			return change(p, func(i int, q *capture.Packet) bool {
				if i > len(p)/2 {
					q.Timestamp -= int64(2 * time.Hour)
				}
				return true
			})
		}},
	} {
		packets, _ := saved(t, "office.pcapng")
		if f := examine(packets, Options{}).of(t, tt.check); f.Severity >= Hint {
			t.Errorf("%s: untouched it is %s: %s", tt.name, f.Severity, f.Measured)
		}
		if f := examine(tt.alter(packets), Options{}).of(t, tt.check); f.Severity != Problem {
			t.Errorf("%s: %s: %s", tt.name, f.Severity, f.Measured)
		}
	}
}

func TestSpan(t *testing.T) {
	for n, want := range map[int64]string{0: "0 ns", 1500: "1.5 µs", 65536: "65.5 µs", 2e6: "2 ms", 90e9: "90 s", 3600e9: "60 min", 36000e9: "10.0 h",
		365 * 86400e9: "365 days", math.MinInt64: "106752 days", math.MaxInt64: "106752 days"} {
		if got := span(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// FuzzExamine shows frames of any kind at any time: nothing may panic, and what is said must fit.
func FuzzExamine(f *testing.F) {
	for _, packets := range [][]capture.Packet{office()[:20], everybody()[:5], tagged()[:10], resends6()[:20], merged()[300:310]} {
		var b []byte
		for _, p := range packets {
			b = append(b, byte(p.LinkType), byte(p.Timestamp), byte(p.OriginalLength>>8), byte(p.OriginalLength))
			b = binary.BigEndian.AppendUint16(b, uint16(len(p.Data)))
			b = append(b, p.Data...)
		}
		f.Add(b)
	}
	o := Options{ExpectTags: true, ExpectVLANs: []uint16{5, 65535}, Own: []packet.MAC{router}, Now: time.Unix(1e9, 0)}
	f.Fuzz(func(t *testing.T, b []byte) {
		e := New(o) // what was seen before must not decide what is found now
		e.Look(framed(b))
		for _, live := range []bool{true, false} {
			r := e.Finish(Input{Name: string(b[:min(len(b), 9)]), Live: live})
			var text bytes.Buffer
			if err := WriteText(&text, r, report.TextOptions{Width: 80}); err != nil || bytes.Count(text.Bytes(), []byte("\n")) > mostLines {
				t.Fatalf("%v\n%s", err, text.String())
			}
			if err := WriteJSON(&text, r); err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings {
				if strings.Contains(f.Measured, "%!") || strings.Contains(fmt.Sprint(f), "NaN") {
					t.Fatalf("%+v", f)
				}
			}
		}
	})
}

// framed makes packets of any octets: link type, time, length on the wire, length, data.
func framed(b []byte) []capture.Packet {
	var out []capture.Packet
	now := sceneBegan
	for len(b) >= 6 {
		n := min(int(binary.BigEndian.Uint16(b[4:])), len(b)-6)
		now += (int64(int8(b[1])) * int64(1)) << (b[1] % 62)
		out = append(out, capture.Packet{Data: b[6 : 6+n : 6+n], Timestamp: now, LinkType: packet.LinkType(b[0]),
			OriginalLength: uint32(binary.BigEndian.Uint16(b[2:])), Interface: uint32(b[1])})
		b = b[6+n:]
	}
	return out
}

func BenchmarkLook(b *testing.B) {
	packets := office()
	e := New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		e.Look(packets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(packets)), "ns/packet")
}
