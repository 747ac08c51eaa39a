package capture

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"peeratlas/capture/packet"
)

// vm runs a program as the kernel would.
func vm(t testing.TB, program []bpf.RawInstruction) *bpf.VM {
	t.Helper()
	is, known := bpf.Disassemble(program)
	if !known {
		t.Fatal("unknown instructions")
	}
	m, err := bpf.NewVM(is)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tagged puts octets between the addresses of a frame and what follows.
func tagged(frame []byte, tags ...byte) []byte {
	return append(append(append([]byte{}, frame[:12]...), tags...), frame[12:]...)
}

// etherFrame is 60 octets of that type.
func etherFrame(t uint16, payload ...byte) []byte {
	f := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, byte(t >> 8), byte(t)}, payload...)
	return append(f, make([]byte, max(0, 60-len(f)))...)
}

func TestDefaultProgram(t *testing.T) {
	m := vm(t, ethernetProgram(1000))
	ip, arp := etherFrame(0x0800, 0x45), etherFrame(0x0806, 0, 1)
	c, s, old := []byte{0x81, 0, 0, 5}, []byte{0x88, 0xa8, 0, 6}, []byte{0x91, 0, 0, 7}
	for _, row := range []struct {
		name  string
		frame []byte
		pass  bool
	}{
		{"IPv4", ip, true},
		{"IPv6", etherFrame(0x86dd, 0x60), true},
		{"ARP", arp, false},
		{"LLDP", etherFrame(0x88cc), false},
		{"MACsec", etherFrame(0x88e5), false},
		{"loopback keepalive", etherFrame(0x9000), false},
		{"PPPoE session", etherFrame(0x8864, 0x11), true},
		{"PPPoE discovery", etherFrame(0x8863, 0x11), false},
		{"MPLS", etherFrame(0x8847), true},
		{"MPLS multicast", etherFrame(0x8848), true},
		{"VN-Tag", etherFrame(0x8926), true},
		{"E-tag", etherFrame(0x893f), true},
		{"one tag", tagged(ip, c...), true},
		{"an old tag", tagged(ip, old...), true},
		{"two tags", tagged(tagged(ip, c...), s...), true},
		{"three tags", tagged(tagged(tagged(ip, c...), s...), old...), true},
		{"ARP under a tag", tagged(arp, c...), false},
		{"ARP under two", tagged(tagged(arp, c...), s...), false},
		{"PPPoE under two", tagged(tagged(etherFrame(0x8864, 0x11), c...), s...), true},
		{"IP by 802.2", etherFrame(46, 6, 6, 3, 0x45), true},
		{"IP by SNAP", etherFrame(46, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45), true},
		{"IP by SNAP under a tag", tagged(etherFrame(46, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45), c...), true},
		{"spanning tree", etherFrame(38, 0x42, 0x42, 3), false},
		{"spanning tree under two tags", tagged(tagged(etherFrame(38, 0x42, 0x42, 3), c...), s...), false},
		{"length 1500", etherFrame(1500, 6, 6, 3, 0x45), true},
		{"no length and no type", etherFrame(1501, 6, 6, 3, 0x45), false},
		{"no EtherType", ip[:13], false},
		{"cut in a tag", tagged(ip, c...)[:17], false},
		{"nothing", nil, false},
	} {
		n, err := m.Run(row.frame)
		if err != nil || (n > 0) != row.pass || n > 1000 {
			t.Errorf("%s: %d octets pass (%v), want pass %v", row.name, n, err, row.pass)
		}
	}
}

// What the decoder finds IP in, the default program lets pass: on all captures at hand.
func TestDefaultProgramAgainstDecoder(t *testing.T) {
	m := vm(t, ethernetProgram(defaultSnapLength))
	paths, _ := filepath.Glob("../testdata/*.pcap*")
	more, _ := filepath.Glob(filepath.Join(corpusDir, "*.pcap*"))
	frames, dropped := 0, 0
	for _, path := range append(paths, more...) {
		f, err := Open([]string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := packet.NewDecoder()
		var h packet.Headers
		dst := make([]Packet, 256)
		for n := 1; n > 0; {
			n, _ = f.ReadBatch(dst)
			for _, p := range dst[:n] {
				if p.LinkType != packet.LinkEthernet {
					continue
				}
				frames++
				o := d.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h)
				switch pass, _ := m.Run(p.Data); {
				case pass > 0:
				case o == packet.NotIP || o == packet.HeaderCut || o == packet.BadHeader:
					dropped++
				default:
					t.Fatalf("%s: a frame is %v, and the program drops it: % x", path, o, p.Data[:min(len(p.Data), 32)])
				}
			}
		}
		f.Close()
	}
	if dropped == 0 || dropped*2 > frames {
		t.Errorf("%d of %d frames are dropped: is this the right program?", dropped, frames)
	}
	t.Logf("%d frames, %d dropped", frames, dropped)
}

func TestProtocolProgram(t *testing.T) {
	is, known := bpf.Disassemble(protocolProgram(500))
	if !known || len(is) != 3+len(passedTypes)+len(tagTypes) {
		t.Fatalf("%v", is)
	}
	if is[0] != (bpf.LoadExtension{Num: bpf.ExtProto}) || is[len(is)-1] != (bpf.RetConstant{Val: 500}) {
		t.Errorf("%v", is)
	}
}

func TestSnapped(t *testing.T) {
	in := []bpf.RawInstruction{{Op: opReturn, K: 0}, {Op: opReturn, K: 262144}, {Op: opReturn, K: 10}, {Op: opReturnA}}
	out := snapped(in, 96)
	if out[0].K != 0 || out[1].K != 96 || out[2].K != 10 || in[1].K != 262144 {
		t.Errorf("%v of %v", out, in)
	}
}

const ipOrIP6 = "5\n40 0 0 12\n21 1 0 2048\n21 0 1 34525\n6 0 0 262144\n6 0 0 0\n"

func TestParseRawProgram(t *testing.T) {
	for _, text := range []string{ipOrIP6, strings.ReplaceAll(ipOrIP6, "\n", ","), "\n " + strings.ReplaceAll(ipOrIP6, "\n", " \r\n")} {
		program, err := ParseRawProgram(text)
		if err != nil || len(program) != 5 || program[2] != (bpf.RawInstruction{Op: 21, Jt: 0, Jf: 1, K: 34525}) {
			t.Fatalf("%v, %v", program, err)
		}
		m := vm(t, program)
		if n, _ := m.Run(etherFrame(0x0800)); n == 0 {
			t.Error("IPv4 does not pass")
		}
		if n, _ := m.Run(etherFrame(0x0806)); n != 0 {
			t.Error("ARP passes")
		}
	}
}

func TestParseRawProgramRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "it is empty",
		" \n\t":                            "it is empty",
		"ip or ip6":                        `its first line is "ip or ip6", not the number`,
		"-1\n6 0 0 0":                      "not the number",
		"99999\n6 0 0 0":                   "not the number",
		"0":                                "0 instructions",
		"5000\n6 0 0 0":                    "5000 instructions",
		"2\n6 0 0 0":                       "2 instructions are announced, and 1 follow",
		"1\n6 0 0 0\n6 0 0 0":              "1 instructions are announced, and 2 follow",
		"1\n6 0 0":                         "has 3 numbers, not 4",
		"1\n6 0 0 0 0":                     "has 5 numbers, not 4",
		"1\n6 0 0 0x10":                    `"0x10" is no number from 0 to 4294967295`,
		"1\n6 0 0 4294967296":              "is no number from 0 to 4294967295",
		"1\n6 256 0 0":                     `"256" is no number from 0 to 255`,
		"1\n65536 0 0 0":                   "is no number from 0 to 65535",
		"1\n6 0 0 -1":                      "is no number",
		"1\n6 0 0 +1":                      "is no number",
		"2\n255 0 0 0\n6 0 0 0":            "there is no operation 255",
		"2\n21 1 0 2048\n6 0 0 0":          "instruction 0 jumps back or beyond the end",
		"2\n21 0 255 2048\n6 0 0 0":        "instruction 0 jumps back or beyond the end",
		"2\n5 0 0 1\n6 0 0 0":              "instruction 0 jumps back or beyond the end",
		"2\n5 0 0 4294967295\n6 0 0 0":     "instruction 0 jumps back or beyond the end",
		"1\n40 0 0 12":                     "its last instruction is no return",
		"(000) ldh [12]\n(001) ret #65535": "not the number",
		"1\n" + strings.Repeat("7", 5000):  "...\" has 1 numbers",
	} {
		program, err := ParseRawProgram(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "tcpdump -i") {
			t.Errorf("%.40q: %v, %v; want %q", text, program, err, want)
		}
	}
}

// The real tcpdump's programs are taken.
func TestParseRawProgramOfTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("there is no tcpdump here")
	}
	for _, expression := range []string{"", "ip or ip6", "udp and not port 53", "vlan 5 and tcp[13] & 2 != 0", "net 10.0.0.0/8 and greater 100"} {
		text, err := exec.Command("tcpdump", "-y", "EN10MB", "-ddd", expression).Output()
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		program, err := ParseRawProgram(string(text))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		var b strings.Builder
		fmt.Fprintln(&b, len(program))
		for _, in := range program {
			fmt.Fprintln(&b, in.Op, in.Jt, in.Jf, in.K)
		}
		if b.String() != string(text) {
			t.Errorf("%s: got\n%swant\n%s", expression, b.String(), text)
		}
	}
}

func FuzzRawProgram(f *testing.F) {
	f.Add(ipOrIP6)
	f.Add("1\n6 0 0 0")
	f.Add("2\n5 0 0 4294967295\n6 0 0 0")
	f.Fuzz(func(t *testing.T, text string) {
		program, err := ParseRawProgram(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("%q", err)
			}
			return
		}
		is, _ := bpf.Disassemble(program)
		if m, err := bpf.NewVM(is); err == nil {
			m.Run(etherFrame(0x0800))
		}
	})
}
