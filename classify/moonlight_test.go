package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

// sealedOf is GameStream's sealed control message with n octets inside.
func sealedOf(number uint32, n int) []byte {
	p := binary.LittleEndian.AppendUint16([]byte{1, 0}, uint16(4+16+n))
	return joined(binary.LittleEndian.AppendUint32(p, number), noiseOf(int64(number)+1, 16+n))
}

// enetOf is an ENet datagram of these commands.
func enetOf(commands ...[]byte) []byte {
	return joined([]byte{0x80, 0x00, 0x12, 0x34}, joined(commands...))
}

// enetSend is a command that sends data: 6 reliably, 7 unreliably, 9 without order.
func enetSend(command byte, data []byte) []byte {
	head := []byte{command, 0, 0, 7}
	if command&0x0f != 6 {
		head = append(head, 0, 3)
	}
	return joined(binary.BigEndian.AppendUint16(head, uint16(len(data))), data)
}

func TestMoonlight(t *testing.T) {
	say := func(dir int, p []byte) turn { return turn{dir: dir, payload: p} }
	one := func(n uint32) []byte { return enetOf(enetSend(0x86, sealedOf(n, 12))) }
	ack := []byte{0x01, 0, 0, 7, 0, 7, 0x12, 0x34}
	ping := []byte{0x85, 0xff, 0, 9}
	bent := func(at int, b byte) []byte {
		p := joined(one(2))
		p[at] = b
		return p
	}
	want := []string{"moonlight.control"}
	checkSheet(t, moonlight, []sheetRow{
		{name: "one message", turns: []turn{say(0, one(1))}},
		{name: "two of one end", turns: []turn{say(0, one(1)), say(0, one(2))}, want: want, least: 18},
		{name: "two of one end, some lost between", turns: []turn{say(0, one(1)), say(0, one(65))}, want: want, least: 18},
		{name: "two of one end, too many lost", turns: []turn{say(0, one(1)), say(0, one(66))}},
		{name: "the same again", turns: []turn{say(0, one(1)), say(0, one(1))}},
		{name: "one of each end", turns: []turn{say(0, one(9)), say(1, one(0))}, want: want, least: 18},
		{name: "behind an acknowledgement", turns: []turn{say(0, one(1)), say(1, enetOf(ack, enetSend(0x86, sealedOf(0, 12))))}, want: want, least: 26},
		{name: "remembered behind an acknowledgement", turns: []turn{say(1, enetOf(ack, enetSend(0x86, sealedOf(0, 12)))), say(0, one(1))}, want: want, least: 18},
		{name: "behind a ping", turns: []turn{say(0, one(1)), say(1, enetOf(ping, enetSend(0x86, sealedOf(0, 12))))}, want: want, least: 22},
		{name: "unreliable", turns: []turn{say(0, one(1)), say(0, enetOf(enetSend(0x07, sealedOf(2, 24))))}, want: want, least: 20},
		{name: "without order", turns: []turn{say(0, one(1)), say(0, enetOf(enetSend(0x49, sealedOf(2, 24))))}, want: want, least: 20},
		{name: "another command before", turns: []turn{say(0, one(1)), say(0, enetOf([]byte{0x8b, 0xff, 0, 1}, make([]byte, 12), enetSend(0x86, sealedOf(2, 12))))}},
		{name: "compressed", turns: []turn{say(0, one(1)), say(0, bent(0, 0xc0))}},
		{name: "without a time", turns: []turn{say(0, one(1)), say(0, bent(0, 0x00))}},
		{name: "another type", turns: []turn{say(0, one(1)), say(0, bent(10, 2))}},
		{name: "lengths one apart", turns: []turn{say(0, one(1)), say(0, bent(12, 33))}},
		{name: "number out of bounds", turns: []turn{say(0, one(1)), say(0, bent(17, 1))}},
		{name: "data longer than the datagram", turns: []turn{say(0, one(1)), say(0, one(2)[:40])}},
		{name: "nothing inside", turns: []turn{say(0, one(1)), say(0, enetOf(enetSend(0x86, sealedOf(2, 3))))}},
		{name: "a game's data", turns: []turn{say(0, enetOf(enetSend(0x86, noiseOf(1, 36)))), say(0, enetOf(enetSend(0x86, noiseOf(2, 36))))}},
	})
}

// TestMoonlightVerdict asserts that ENet's handshake, which is a game's else, does not stand in
// the way, and that it stays a game's with other data.
func TestMoonlightVerdict(t *testing.T) {
	connect := joined([]byte{0x8f, 0xff, 0, 1, 0x82, 0xff, 0, 1, 0, 0, 0xff, 0xff}, make([]byte, 40))
	verify := joined([]byte{0x80, 0, 0, 2, 0x83, 0xff, 0, 1}, make([]byte, 40))
	for _, r := range []struct {
		name   string
		data   func(n int) []byte
		want   Judgement
		family string
	}{
		{"sealed", func(n int) []byte { return sealedOf(uint32(n), 12) }, P2P, "moonlight"},
		{"a game's", func(n int) []byte { return noiseOf(int64(n), 36) }, Other, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{50000, 47999})
			k.say(0, connect)
			k.say(1, verify)
			for n := range 6 {
				k.say(n&1, enetOf(enetSend(0x86, r.data(n))))
			}
			if v := k.verdict(); v.Judgement != r.want || v.Family != r.family {
				t.Errorf("%s %s, want %s: %v", v.Judgement, v.Family, r.want, v.Evidence)
			}
		})
	}
}

func FuzzMoonlight(f *testing.F) {
	f.Add(enetOf(enetSend(0x86, sealedOf(1, 12))), 46)
	f.Add(enetOf([]byte{0x01, 0, 0, 7, 0, 7, 0x12, 0x34}, enetSend(0x49, sealedOf(2, 24))), 60)
	f.Fuzz(func(t *testing.T, p []byte, length int) {
		if n, ok := moonlightNumber(p, length); ok && (n >= moonlightNumbers || length < moonlightLeast) {
			t.Errorf("number %d of %d octets", n, length)
		}
	})
}
