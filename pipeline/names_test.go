package pipeline

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"peeratlas/classify"
)

// ip4 is an IPv4 packet without options.
func ip4(protocol byte, src, dst [4]byte, payload []byte) []byte {
	p := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(p[2:], uint16(20+len(payload)))
	p = append(append(p, src[:]...), dst[:]...)
	return append(p, payload...)
}

func udp(src, dst uint16, payload []byte) []byte {
	p := binary.BigEndian.AppendUint16(nil, src)
	p = binary.BigEndian.AppendUint16(p, dst)
	p = binary.BigEndian.AppendUint16(p, uint16(8+len(payload)))
	return append(append(p, 0, 0), payload...)
}

func ethernet(payload []byte) []byte {
	return append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, payload...)
}

// writePcap writes Ethernet frames, one a second.
func writePcap(t *testing.T, frames ...[]byte) string {
	t.Helper()
	p := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0}
	for i, f := range frames {
		p = binary.LittleEndian.AppendUint32(p, uint32(1_700_000_000+i))
		p = binary.LittleEndian.AppendUint32(p, 0)
		p = binary.LittleEndian.AppendUint32(p, uint32(len(f)))
		p = append(binary.LittleEndian.AppendUint32(p, uint32(len(f))), f...)
	}
	path := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(path, p, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNamesInTunnels: a DNS answer inside a tunnel names the address that is met inside it.
func TestNamesInTunnels(t *testing.T) {
	host, resolver, far := [4]byte{10, 0, 0, 2}, [4]byte{10, 0, 0, 53}, [4]byte{198, 51, 100, 7}
	outer := func(protocol byte, payload []byte) []byte {
		return ethernet(ip4(protocol, [4]byte{192, 0, 2, 1}, [4]byte{192, 0, 2, 2}, payload))
	}
	answer := []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc6\x33\x64\x07")
	inner := [][]byte{ip4(17, resolver, host, udp(53, 50000, answer)), ip4(17, host, far, udp(40000, 8000, []byte("hello, world, hello")))}
	for name, wrap := range map[string]func([]byte) []byte{
		"none": ethernet,
		"VLAN": func(p []byte) []byte {
			return append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8, 0}, p...)
		},
		"IP":  func(p []byte) []byte { return outer(4, p) },
		"GRE": func(p []byte) []byte { return outer(47, append([]byte{0, 0, 8, 0}, p...)) },
		"VXLAN": func(p []byte) []byte {
			return outer(17, udp(50505, 4789, append([]byte{8, 0, 0, 0, 0, 0, 9, 0}, ethernet(p)...)))
		},
		"GTP-U": func(p []byte) []byte {
			return outer(17, udp(2152, 2152, append([]byte{0x30, 0xff, byte(len(p) >> 8), byte(len(p)), 0, 0, 0, 1}, p...)))
		},
		"MPLS": func(p []byte) []byte {
			return append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x47, 0, 1, 1, 64}, p...)
		},
		"PPPoE": func(p []byte) []byte {
			return append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x64, 0x11, 0, 0, 1, byte((len(p) + 2) >> 8), byte(len(p) + 2), 0, 0x21}, p...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			all, _ := records(t, writePcap(t, wrap(inner[0]), wrap(inner[1])), Options{})
			if len(all) != 2 {
				t.Fatalf("%d flows", len(all))
			}
			r := &all[1]
			if n := r.Verdict.Name[1]; n.Text != "a.example" || n.Source != classify.FromDNS || n.Time != 1_700_000_000e9 {
				t.Errorf("called %+v", r.Verdict.Name)
			}
		})
	}
}

// TestNamesEvictedAreCounted: the bound on names is kept and told.
func TestNamesEvictedAreCounted(t *testing.T) {
	var frames [][]byte
	for i := range 50 {
		answer := []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc6\x33\x64")
		frames = append(frames, ethernet(ip4(17, [4]byte{10, 0, 0, 53}, [4]byte{10, 0, 0, 2}, udp(53, 50000, append(answer, byte(i))))))
	}
	path := writePcap(t, frames...)
	if _, result := records(t, path, Options{MaxNames: 20}); result.Coverage.NamesEvicted != 30 {
		t.Errorf("%d evicted", result.Coverage.NamesEvicted)
	}
	if _, result := records(t, path, Options{}); result.Coverage.NamesEvicted != 0 {
		t.Errorf("%d evicted without need", result.Coverage.NamesEvicted)
	}
}
