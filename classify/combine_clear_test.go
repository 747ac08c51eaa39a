package classify

import (
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// TestCombineClear asserts what claims of clear protocols are worth beside others.
func TestCombineClear(t *testing.T) {
	short := func(n int) []turn {
		var turns []turn
		for i := range n {
			turns = append(turns, turn{dir: i % 2, payload: joined([]byte{0x41}, noiseOf(int64(i), 60))})
		}
		return turns
	}
	mqtt := []byte("\x30\x0a\x00\x05topicabc")
	tests := []struct {
		name      string
		transport packet.Protocol
		ports     [2]uint16
		turns     []turn
		claim     string
		bits      float64
		detail    string // that the claim's begins with
	}{
		{"three short headers", packet.UDP, [2]uint16{50000, 443}, short(3), "quic.short", 0, ""},
		{"four", packet.UDP, [2]uint16{50000, 443}, short(4), "quic.short", -4, ""},
		{"a hint", packet.TCP, [2]uint16{50000, 50001}, []turn{{0, mqtt, 0}}, "clear.once", -3, "mqtt: "},
		{"a hint that came true", packet.TCP, [2]uint16{50000, 50001}, []turn{{0, mqtt, 0}, {0, mqtt, 0}}, "clear.once", 0, ""},
		{"and what it became", packet.TCP, [2]uint16{50000, 50001}, []turn{{0, mqtt, 0}, {0, mqtt, 0}}, "clear", -20, "mqtt: "},
		{"the first service stands", packet.TCP, [2]uint16{50000, 21}, []turn{{1, []byte("220 ready\r\n"), 0}, {0, []byte("EHLO a\r\n"), 0}}, "clear", -20, "ftp: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalk(test.transport, test.ports)
			for _, u := range test.turns {
				k.turn(u)
			}
			for _, e := range k.verdict().Evidence {
				if e.Claim != test.claim {
					continue
				}
				if e.Bits != test.bits || !strings.HasPrefix(e.Detail, test.detail) {
					t.Errorf("%s has %v bits: %q", e.Claim, e.Bits, e.Detail)
				}
				return
			}
			t.Errorf("%s is not in the evidence", test.claim)
		})
	}
}

// TestServersOfNoise asserts that clients of servers that hide themselves are not called peers:
// nothing tells them from noise, so nothing may make peers of them.
func TestServersOfNoise(t *testing.T) {
	exchange := func(lengths ...int) []turn {
		var turns []turn
		for i, n := range lengths {
			turns = append(turns, turn{dir: i % 2, payload: noiseOf(int64(i+1), n)})
		}
		return turns
	}
	tests := []struct {
		name      string
		transport packet.Protocol
		port      uint16
		turns     []turn
	}{
		{"Shadowsocks", packet.TCP, 8388, exchange(105, 1448, 90, 1448)},
		{"MTProto, obfuscated", packet.TCP, 443, exchange(105, 189, 400, 150)},
		{"obfuscated SSH", packet.TCP, 554, exchange(1300, 900, 600, 700)},
		{"OpenVPN, scrambled, TCP", packet.TCP, 1195, exchange(88, 100, 377, 96)},
		{"OpenVPN, scrambled, UDP", packet.UDP, 1195, exchange(86, 98, 375, 94)},
		{"ESP on another port", packet.UDP, 10000, exchange(132, 132, 116, 1400)},
		{"Mumble's voice on another port", packet.UDP, 50000, exchange(85, 86, 85, 87)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if v := converseVerdict(test.transport, [2]uint16{50001, test.port}, test.turns); v.Judgement != Other {
				t.Errorf("%v (%.2f): %v", v.Judgement, v.Probability, v.Evidence)
			}
		})
	}
}
