package classify

import (
	"encoding/binary"
	"math/bits"
	"testing"
)

func le(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// slskMessage puts the length before a body.
func slskMessage(body ...[]byte) []byte {
	b := joined(body...)
	return joined(le(uint32(len(b))), b)
}

// slskHide obfuscates a message under key.
func slskHide(key uint32, p []byte) []byte {
	out := joined(le(key), p)
	for i := range p {
		out[4+i] ^= byte(bits.RotateLeft32(key, 1+i/4) >> (8 * (i % 4)))
	}
	return out
}

func TestSoulseek(t *testing.T) {
	pierce := slskMessage([]byte{0}, le(0x1234))
	init := slskMessage([]byte{1}, le(6), []byte("friend"), le(1), []byte("P"), le(0))
	other := slskMessage([]byte{1}, le(6), []byte("friend"), le(1), []byte("Q"), le(0))
	login := slskMessage(le(1), le(4), []byte("user"), le(4), []byte("pass"), le(160), le(32), []byte("0123456789abcdef0123456789abcdef"), le(1))
	hidden := slskHide(0xdeadbeef, init)
	off := append([]byte{}, hidden...)
	off[4] ^= 1
	checkSheet(t, soulseek, []sheetRow{
		{name: "PierceFirewall", turns: []turn{{payload: pierce}}, want: []string{"soulseek.clear"}, least: 9},
		{name: "PeerInit", turns: []turn{{payload: init}}, want: []string{"soulseek.clear"}, least: len(init)},
		{name: "login", turns: []turn{{payload: login}}, want: []string{"soulseek.clear"}, least: len(login)},
		{name: "hidden PeerInit", turns: []turn{{payload: hidden}}, want: []string{"soulseek.obfuscated"}, least: len(hidden)},
		{name: "hidden PierceFirewall", turns: []turn{{payload: slskHide(7, pierce)}}, want: []string{"soulseek.obfuscated"}, least: 13},
		{name: "hidden, one octet off", turns: []turn{{payload: off}}},
		{name: "another type", turns: []turn{{payload: other}}},
		{name: "hidden, another type", turns: []turn{{payload: slskHide(7, other)}}},
		{name: "not first", turns: []turn{{payload: []byte("hello, world")}, {payload: init}}},
		{name: "noise", turns: []turn{{payload: noiseOf(1, 40)}}},
	})
}

func TestSoulseekVerdict(t *testing.T) {
	init := slskMessage([]byte{1}, le(6), []byte("friend"), le(1), []byte("P"), le(0))
	for name, row := range map[string]struct {
		payload []byte
		want    Judgement
	}{"clear": {init, Other}, "hidden": {slskHide(0xdeadbeef, init), P2P}} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(6, [2]uint16{51000, 2234})
			k.say(0, row.payload)
			if v := k.verdict(); v.Judgement != row.want {
				t.Errorf("%v, want %v", v.Judgement, row.want)
			}
		})
	}
}
