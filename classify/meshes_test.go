package classify

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// meshRow is one conversation that detectors of meshes, file sharing and remote desktops see.
type meshRow struct {
	name      string
	transport packet.Protocol
	ports     [2]uint16 // 0, 0: 40000 and 40001
	turns     []turn
	want      []string // claims that must be made
	never     []string // claims that must not be made; each name stands for all that begin so
	judgement Judgement
	path      Path
	family    string
	service   string
}

// checkMeshRows runs all rows: claims, verdict, no allocation by d, and no panic and no claim of
// the row's own at any cut of the last payload below whole octets.
func checkMeshRows(t *testing.T, ds []Detector, rows []meshRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if r.transport == 0 {
				r.transport = packet.UDP
			}
			if r.ports == [2]uint16{} {
				r.ports = [2]uint16{40000, 40001}
			}
			k := newTalk(r.transport, r.ports)
			for _, u := range r.turns {
				k.turn(u)
			}
			got := k.claims()
			for _, name := range r.want {
				if got[name] == 0 {
					t.Errorf("no claim %s among %v", name, got)
				}
			}
			for name := range got {
				for _, never := range r.never {
					if strings.HasPrefix(name, never) {
						t.Errorf("claim %s is made", name)
					}
				}
			}
			checkMeshVerdict(t, k.verdict(), &r)
			for _, d := range ds {
				if d.Transport == r.transport {
					checkNoAllocs(t, d, r.ports, r.turns)
				}
			}
			if n := len(r.turns); n > 0 && len(r.turns[n-1].payload) <= 400 { // longer ones differ in nothing
				eachCut(r.transport, r.ports, r.turns, func(*talk, int, bool) {})
			}
		})
	}
}

func checkMeshVerdict(t *testing.T, v Verdict, r *meshRow) {
	t.Helper()
	if r.judgement != Unknown && v.Judgement != r.judgement {
		t.Errorf("judged %v (%.3f), want %v: %v", v.Judgement, v.Probability, r.judgement, v.Evidence)
	}
	if r.path != NoPath && v.Path != r.path {
		t.Errorf("path %v, want %v", v.Path, r.path)
	}
	if v.Family != r.family && r.family != "" {
		t.Errorf("family %q, want %q", v.Family, r.family)
	}
	if v.Service != r.service && r.service != "" {
		t.Errorf("service %q, want %q", v.Service, r.service)
	}
}

// wired puts octets together: strings as they are, numbers as one octet, slices.
func wired(parts ...any) []byte {
	var p []byte
	for _, x := range parts {
		switch x := x.(type) {
		case string:
			p = append(p, x...)
		case int:
			p = append(p, byte(x))
		case []byte:
			p = append(p, x...)
		default:
			panic("wired: neither string, int nor octets")
		}
	}
	return p
}

func be16Octets(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func be32Octets(v int) []byte    { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
func be64Octets(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }
func le16Octets(v int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(v)) }
func le32Octets(v int) []byte    { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }
func le64Octets(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// hexOctets are octets written in hexadecimal; spaces are for the eye.
func hexOctets(text string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return p
}

// changed is p with one octet changed.
func changed(p []byte, at int, to byte) []byte {
	p = slices.Clone(p)
	p[at] = to
	return p
}

// meshHello is a ClientHello record with a server name and a protocol, either may be "".
func meshHello(sni, alpn string) []byte {
	var extensions []byte
	if sni != "" {
		name := wired(be16Octets(len(sni)+3), 0, be16Octets(len(sni)), sni)
		extensions = wired(extensions, be16Octets(0), be16Octets(len(name)), name)
	}
	if alpn != "" {
		list := wired(be16Octets(len(alpn)+1), len(alpn), alpn)
		extensions = wired(extensions, be16Octets(16), be16Octets(len(list)), list)
	}
	body := wired(be16Octets(0x0303), randomOctets(77, 32), 0, be16Octets(4), hexOctets("1301 1302"), 1, 0, be16Octets(len(extensions)), extensions)
	message := wired(1, 0, be16Octets(len(body)), body)
	return wired(hexOctets("16 0301"), be16Octets(len(message)), message)
}

// end is an address and port in text.
func end(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }
