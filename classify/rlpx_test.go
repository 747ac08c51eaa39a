package classify

import (
	"encoding/binary"
	"testing"
)

// rlpxMessage is a handshake message since EIP-8 of length octets with the point of seed.
func rlpxMessage(seed int64, length int) []byte {
	p := noiseOf(seed, length)
	binary.BigEndian.PutUint16(p, uint16(length-2))
	p[2] = 4
	copy(p[3:], curvePoint(seed))
	return p
}

// rlpxOld is one of before EIP-8.
func rlpxOld(seed int64, length int) []byte {
	p := noiseOf(seed, length)
	p[0] = 4
	copy(p[1:], curvePoint(seed))
	return p
}

func TestRLPx(t *testing.T) {
	auth, ack := rlpxMessage(1, 450), rlpxMessage(2, 403)
	offCurve := rlpxMessage(3, 450)
	offCurve[66] ^= 1
	compressed := rlpxMessage(4, 450)
	compressed[2] = 3
	checkSheet(t, rlpx, []sheetRow{
		{name: "auth", turns: []turn{{payload: auth}}, want: []string{"rlpx.auth"}, least: 67},
		{name: "auth and ack", turns: []turn{{payload: auth}, {dir: 1, payload: ack}}, want: []string{"rlpx.auth", "rlpx.ack"}, least: 67},
		{name: "only the ack was captured", turns: []turn{{dir: 1, payload: ack}}, want: []string{"rlpx.ack"}, least: 67},
		{name: "split auth", turns: []turn{{payload: auth[:120]}, {payload: auth[120:]}}, want: []string{"rlpx.auth"}},
		{name: "ack with the first frame", turns: []turn{{payload: auth}, {dir: 1, payload: joined(ack, noiseOf(9, 64))}}, want: []string{"rlpx.auth", "rlpx.ack"}, least: 67},
		{name: "before EIP-8", turns: []turn{{payload: rlpxOld(5, 307)}, {dir: 1, payload: rlpxOld(6, 210)}}, want: []string{"rlpx.auth", "rlpx.ack"}, least: 65},
		{name: "before EIP-8, one octet longer", turns: []turn{{payload: rlpxOld(5, 308)}}},
		{name: "before EIP-8, lengths of the other end", turns: []turn{{payload: rlpxOld(5, 210)}, {dir: 1, payload: rlpxOld(6, 307)}}},
		{name: "snapped before the point", turns: []turn{{payload: auth[:40], length: len(auth)}}, want: []string{"rlpx.shape"}, least: 3},
		{name: "snapped, size of another length", turns: []turn{{payload: auth[:40], length: len(auth) + 1}}},
		{name: "not on the curve", turns: []turn{{payload: offCurve}}},
		{name: "compressed point", turns: []turn{{payload: compressed}}},
		{name: "size too small", turns: []turn{{payload: rlpxMessage(7, 200)}}},
		{name: "second segment of a direction", turns: []turn{{payload: noiseOf(8, 30)}, {payload: auth}}},
		{name: "DNS over TCP", turns: []turn{{payload: joined([]byte{0, 220, 4, 0x12, 1, 0, 0, 1}, make([]byte, 214))}}},
	})
}

func TestRLPxVerdict(t *testing.T) {
	k := newTalk(6, [2]uint16{51000, 30303})
	k.say(0, rlpxMessage(1, 450))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "ethereum" {
		t.Errorf("an auth alone is %v %q", v.Judgement, v.Family)
	}
}
