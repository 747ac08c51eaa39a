package classify

import (
	"os"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// fuzzPorts are what a conversation may take place on: none of a service, and those that
// detectors ask for.
var fuzzPorts = [32]uint16{
	40001, 53, 67, 69, 80, 88, 123, 137, 138, 161, 389, 443, 500, 546, 1701, 1812, 2123, 2427, 3389, 3478, 3544, 3784, 4500, 4569, 5222, 5351, 5353,
	5683, 6881, 8333, 9600, 64738,
}

// conversationOf reads a conversation: an octet whose bit 0 chooses TCP, bit 1 that it was
// joined later, bits 3 to 7 the port; then payloads, each an octet of direction (bit 0), of a
// pause of a minute (bit 2) and of a snap length (bit 1: 100 octets more were on the wire), two
// octets of length, and its octets.
func conversationOf(octets []byte) (transport packet.Protocol, ports [2]uint16, joined bool, turns []turn) {
	if len(octets) < 1 {
		return
	}
	transport = packet.UDP
	if octets[0]&1 != 0 {
		transport = packet.TCP
	}
	ports = [2]uint16{40000, fuzzPorts[octets[0]>>3]}
	for p := octets[1:]; len(p) >= 3 && len(turns) < 40; {
		n := min(int(be16(p[1:])), len(p)-3)
		u := turn{dir: int(p[0] & 1), payload: p[3 : 3+n : 3+n]}
		if p[0]&2 != 0 {
			u.length = n + 100
		}
		if n > 0 {
			turns = append(turns, u)
		}
		p = p[3+n:]
	}
	return transport, ports, octets[0]&2 != 0, turns
}

// octetsOfConversation is the reverse of conversationOf.
func octetsOfConversation(transport packet.Protocol, port uint16, turns []turn) []byte {
	first := byte(0)
	if transport == packet.TCP {
		first = 1
	}
	for i, p := range fuzzPorts {
		if p == port {
			first |= byte(i) << 3
		}
	}
	out := []byte{first}
	for _, u := range turns {
		out = append(out, byte(u.dir), byte(len(u.payload)>>8), byte(len(u.payload)))
		out = append(out, u.payload...)
	}
	return out
}

// fuzzSeeds are conversations to begin with.
func fuzzSeeds(t testing.TB) [][]byte {
	seeds := [][]byte{
		octetsOfConversation(packet.UDP, 3478, []turn{{0, []byte("\x00\x01\x00\x00\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"), 0}}),
		octetsOfConversation(packet.UDP, 40001, []turn{{0, rtpOf(96, 1, []byte{1, 2, 3}), 0}, {0, rtpOf(96, 2, []byte{1, 2, 3}), 0}}),
		octetsOfConversation(packet.TCP, 443, []turn{{0, tlsRecord(0x16, helloOf("a.example", "h2", 0)), 0}}),
		octetsOfConversation(packet.UDP, 443, []turn{{0, initialOf(t, 1, 0, map[int][]byte{0: helloOf("a.example", "h3", 0)}), 0}}),
	}
	seeds = append(seeds,
		octetsOfConversation(packet.UDP, 40001, jfkOf(1, 240, 360, 900, 700)),
		octetsOfConversation(packet.UDP, 40001, []turn{{0, enetOf(enetSend(0x86, sealedOf(1, 12))), 0}, {1, enetOf(enetSend(0x86, sealedOf(0, 12))), 0}}),
		octetsOfConversation(packet.UDP, 40001, []turn{{0, steamPlayOf(0x81, 1, 0, 0xc7, 0x3d, 0x8f, 0x3c), 0}, {1, steamPlayOf(0x82, 2, 1, 0, 0, 0, 0), 0}}),
		octetsOfConversation(packet.TCP, 40001, []turn{{0, locoOf(256, 16, 3), 0}}),
		octetsOfConversation(packet.UDP, 443, []turn{{0, initialOf(t, 1, 0, map[int][]byte{0: helloOf("a.addlive.io", "h3", 0)}), 0}, {0, rtpOf(96, 1, []byte{1}), 0}, {0, rtpOf(96, 2, []byte{1}), 0}}),
	)
	for _, s := range clearSamples {
		if len(s.payload) < 400 {
			seeds = append(seeds, octetsOfConversation(s.over, s.port, []turn{{0, []byte(s.payload), 0}, {1, []byte(s.payload), 0}}))
		}
	}
	for _, name := range []string{"plain", "skype-classic", "wireguard", "unknown-p2p"} {
		for _, k := range capturedTalks(t, "../testdata/"+name+".pcap", 25) {
			seeds = append(seeds, octetsOfConversation(k.transport, k.ports[1], k.turns))
		}
	}
	return seeds
}

// capturedTalk is the beginning of one flow of a capture.
type capturedTalk struct {
	transport packet.Protocol
	ports     [2]uint16
	turns     []turn
}

// capturedTalks reads the first payloads of the first flows of a little-endian pcap file
// (draft-ietf-opsawg-pcap-04, sections 4 and 5).
func capturedTalks(t testing.TB, path string, flows int) []*capturedTalk {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil || len(file) < 24 || le32(file) != 0xa1b2c3d4 {
		t.Fatalf("%s: %v", path, err)
	}
	link := packet.LinkType(le32(file[20:]))
	decoder := packet.NewDecoder()
	byKey := map[flow.Key]*capturedTalk{}
	begun := map[flow.Key]flow.Direction{}
	var talks []*capturedTalk
	for p := file[24:]; len(p) >= 16; {
		n := int(le32(p[8:]))
		if n > len(p)-16 {
			break
		}
		var h packet.Headers
		frame := p[16 : 16+n]
		p = p[16+n:]
		if decoder.Decode(link, frame, n, &h) != packet.OK || h.PayloadCaptured == 0 {
			continue
		}
		key, dir := flow.KeyOf(&h)
		k := byKey[key]
		if k == nil {
			if len(talks) == flows {
				continue
			}
			k = &capturedTalk{transport: h.Protocol, ports: [2]uint16{h.SrcPort, h.DstPort}}
			byKey[key], begun[key] = k, dir
			talks = append(talks, k)
		}
		if len(k.turns) < 8 {
			k.turns = append(k.turns, turn{dir: int(dir ^ begun[key]), payload: frame[h.PayloadStart : h.PayloadStart+h.PayloadCaptured]})
		}
	}
	return talks
}

// TestDetectorsOverSeeds lets each detector alone hear every seed, whole and with every payload
// cut short. It must bear that, and claim nothing that its fact sheet does not list.
func TestDetectorsOverSeeds(t *testing.T) {
	seeds := fuzzSeeds(t)
	for _, d := range Detectors() {
		t.Run(d.Name, func(t *testing.T) {
			listed := map[string]bool{}
			for _, id := range d.Claims {
				listed[weights[id].name] = true
			}
			s := newStageOf([]Detector{d})
			port := uint16(10000)
			for _, seed := range seeds {
				transport, ports, joined, turns := conversationOf(seed)
				if transport != d.Transport {
					continue
				}
				for _, cut := range [...]int{1 << 16, 70, 33, 13, 5, 1} {
					port++
					k := s.talk(transport, homeAt(port), farAt(ports[1]))
					k.joined = joined
					for _, u := range turns {
						k.cut(u.dir, u.payload, min(cut, len(u.payload)))
						if cut == 13 || cut == 33 {
							k.say(u.dir, u.payload[:min(cut, len(u.payload))])
						}
					}
					for name := range k.claims() {
						if !listed[name] {
							t.Errorf("%s is claimed, but its sheet does not list it", name)
							listed[name] = true
						}
					}
				}
			}
		})
	}
}

// TestDetectorsAreWhole asserts that every detector is a fact sheet.
func TestDetectorsAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, d := range Detectors() {
		t.Run(d.Name, func(t *testing.T) {
			if d.Name == "" || d.Detect == nil || d.Proves == "" || len(d.References) == 0 {
				t.Error("name, function, references or what it proves is missing")
			}
			key := d.Name
			if d.Transport == packet.TCP {
				key += "/tcp"
			}
			if names[key] {
				t.Errorf("two detectors are called %s", key)
			}
			names[key] = true
			for _, id := range d.Claims {
				if id == noClaim || id >= numClaims || weights[id].name == "" {
					t.Errorf("claim %d has no weight", id)
				}
			}
		})
	}
}
