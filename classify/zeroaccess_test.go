package classify

import (
	"encoding/binary"
	"math/bits"
	"testing"
)

// zeroPacket hides a command under the fixed key, and n octets more.
func zeroPacket(command string, n int) []byte {
	p := joined(noiseOf(1, 4), []byte{command[3], command[2], command[1], command[0]}, make([]byte, 4), noiseOf(2, 4), noiseOf(3, n))
	key := uint32(0x66747032)
	for at := 0; at+4 <= len(p); at += 4 {
		binary.LittleEndian.PutUint32(p[at:], binary.LittleEndian.Uint32(p[at:])^key)
		key = bits.RotateLeft32(key, 1)
	}
	return p
}

func TestZeroAccess(t *testing.T) {
	get, ret := zeroPacket("getL", 0), zeroPacket("retL", 552)
	miss := append([]byte{}, get...)
	miss[7] ^= 1
	checkSheet(t, zeroAccess, []sheetRow{
		{name: "getL", turns: []turn{{payload: get}}, want: []string{"zeroaccess.command"}, least: 16},
		{name: "answered", turns: []turn{{payload: get}, {dir: 1, payload: ret}}, want: []string{"zeroaccess.command", "zeroaccess.answer"}, least: 16},
		{name: "newL", turns: []turn{{payload: zeroPacket("newL", 8)}}, want: []string{"zeroaccess.command"}, least: 16},
		{name: "getL of 17", turns: []turn{{payload: append(zeroPacket("getL", 0), 1)}}},
		{name: "one bit off", turns: []turn{{payload: miss}}},
		{name: "noise", turns: []turn{{payload: noiseOf(4, 16)}}},
	})
}
