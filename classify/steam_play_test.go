package classify

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"peeratlas/capture/packet"
)

// steamPlayOf is a message of Steam's transport with a right CRC.
func steamPlayOf(kind, source, destination byte, body ...byte) []byte {
	p := joined([]byte{kind, 0, source, destination, 0, 0, 0, 0, 0, 1, 2, 3, 4}, body)
	return binary.LittleEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
}

func TestSteamPlay(t *testing.T) {
	ask := steamPlayOf(0x81, 0xa3, 0, 0xc7, 0x3d, 0x8f, 0x3c)
	answer := steamPlayOf(0x82, 0xd5, 0xa3, 9, 9, 9, 9)
	said := func(dir int, p []byte) turn { return turn{dir: dir, payload: p} }
	wrong := joined(ask)
	wrong[20] ^= 1
	const asked, taken = "steam_play.connect", "steam_play.connected"
	checkSheet(t, steamPlay, []sheetRow{
		{name: "request", turns: []turn{said(0, ask)}, want: []string{asked}, least: 21},
		{name: "request with a wrong CRC", turns: []turn{said(0, wrong)}},
		{name: "request with another body", turns: []turn{said(0, steamPlayOf(0x81, 0xa3, 0, 0xc7, 0x3d, 0x8f, 0x3d))}},
		{name: "request without a CRC's flag", turns: []turn{said(0, steamPlayOf(0x01, 0xa3, 0, 0xc7, 0x3d, 0x8f, 0x3c))}},
		{name: "request one octet longer", turns: []turn{said(0, steamPlayOf(0x81, 0xa3, 0, 0xc7, 0x3d, 0x8f, 0x3c, 0))}},
		{name: "request on another channel", turns: []turn{said(0, func() []byte {
			p := joined(ask[:17])
			p[4] = 1
			return binary.LittleEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
		}())}},
		{name: "answered", turns: []turn{said(0, ask), said(1, answer)}, want: []string{asked, taken}, least: 21},
		{name: "answered after other messages", turns: []turn{said(0, ask), said(0, noiseOf(1, 90)), said(1, answer)}, want: []string{asked, taken}, least: 21},
		{name: "answer to another id", turns: []turn{said(0, ask), said(1, steamPlayOf(0x82, 0xd5, 0xa4, 9, 9, 9, 9))}, want: []string{asked}},
		{name: "answer by the same end", turns: []turn{said(0, ask), said(0, answer)}, want: []string{asked}},
		{name: "answer alone", turns: []turn{said(1, answer)}},
		{name: "another kind", turns: []turn{said(0, ask), said(1, steamPlayOf(0x83, 0xd5, 0xa3, 9, 9, 9, 9))}, want: []string{asked}},
	})
	k := newTalk(packet.UDP, [2]uint16{50000, 27031})
	for _, u := range []turn{said(0, ask), said(1, answer), said(0, noiseOf(1, 90)), said(1, noiseOf(2, 900))} {
		k.turn(u)
	}
	if v := k.verdict(); v.Judgement != P2P || v.Family != "steam-remote-play" || v.Path != Direct {
		t.Errorf("%s %s %s: %v", v.Judgement, v.Family, v.Path, v.Evidence)
	}
}
