package classify

import (
	"encoding/binary"
	"testing"
)

// coinMessage is a message of a currency with a body of n octets.
func coinMessage(magic uint32, command string, n int) []byte {
	p := make([]byte, 24+n)
	binary.BigEndian.PutUint32(p, magic)
	copy(p[4:16], command)
	binary.LittleEndian.PutUint32(p[16:], uint32(n))
	copy(p[20:24], noiseOf(1, 4))
	return p
}

func TestCoins(t *testing.T) {
	long := coinMessage(0xf9beb4d9, "version", 40)
	binary.LittleEndian.PutUint32(long[16:], coinMost+1)
	gap := coinMessage(0xf9beb4d9, "version", 40)
	gap[14] = 'x'
	stellar := joined([]byte{0x80, 0, 0, 60}, make([]byte, 12), []byte{0, 0, 0, 13}, noiseOf(7, 44))
	checkSheet(t, coins, []sheetRow{
		{name: "Bitcoin", turns: []turn{{payload: coinMessage(0xf9beb4d9, "version", 102)}}, want: []string{"coin.gossip"}, least: 16},
		{name: "Litecoin", turns: []turn{{payload: coinMessage(0xfbc0b6db, "inv", 37)}}, want: []string{"coin.gossip"}, least: 16},
		{name: "Zcash, verack", turns: []turn{{payload: coinMessage(0x24e92764, "verack", 0)}}, want: []string{"coin.gossip"}, least: 16},
		{name: "addrv2", turns: []turn{{payload: coinMessage(0xf9beb4d9, "addrv2", 20)}}, want: []string{"coin.gossip"}},
		{name: "Monero", turns: []turn{{payload: joined(levin, make([]byte, 25))}}, want: []string{"coin.levin"}, least: 8},
		{name: "Stellar", turns: []turn{{payload: stellar}}, want: []string{"coin.stellar"}, least: 20},
		{name: "Stellar, length off", turns: []turn{{payload: append(append([]byte{}, stellar...), 0)}}},
		{name: "upper case", turns: []turn{{payload: coinMessage(0xf9beb4d9, "Version", 40)}}},
		{name: "one letter", turns: []turn{{payload: coinMessage(0xf9beb4d9, "v", 40)}}},
		{name: "no NUL", turns: []turn{{payload: coinMessage(0xf9beb4d9, "abcdefghijkl", 40)}}},
		{name: "letter behind the NULs", turns: []turn{{payload: gap}}},
		{name: "length of 32 MiB and one", turns: []turn{{payload: long}}},
		{name: "one octet off levin", turns: []turn{{payload: []byte{1, 0x21, 1, 1, 1, 1, 1, 2, 0, 0}}}},
		{name: "HTTP", turns: []turn{{payload: []byte("GET index HTTP/1.1\r\n")}}},
	})
}

func TestCoinsVerdict(t *testing.T) {
	for name, p := range map[string][]byte{"bitcoin": coinMessage(0xf9beb4d9, "version", 102), "monero": joined(levin, noiseOf(3, 200))} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(6, [2]uint16{51000, 18333})
			k.say(0, p)
			k.say(1, p)
			if v := k.verdict(); v.Judgement != Other || v.Service == "" {
				t.Errorf("%v, service %q", v.Judgement, v.Service)
			}
		})
	}
}
