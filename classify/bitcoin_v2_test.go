package classify

import "testing"

func TestBitcoinV2(t *testing.T) {
	ports := [2]uint16{50000, 8333}
	checkSheet(t, bitcoinV2, []sheetRow{
		{name: "both ends", ports: ports, turns: []turn{{payload: noiseOf(1, 900)}, {dir: 1, payload: noiseOf(2, 300)}}, want: []string{"bitcoin.v2_port"}, least: 14},
		{name: "key alone", ports: ports, turns: []turn{{payload: noiseOf(1, 64)}}, want: []string{"bitcoin.v2_port"}, least: 14},
		{name: "63 octets", ports: ports, turns: []turn{{payload: noiseOf(1, 63)}}},
		{name: "another port", ports: [2]uint16{50000, 8332}, turns: []turn{{payload: noiseOf(1, 900)}}},
		{name: "the initiator's port", ports: [2]uint16{8333, 50000}, turns: []turn{{payload: noiseOf(1, 900)}}},
		{name: "version 1", ports: ports, turns: []turn{{payload: coinMessage(0xf9beb4d9, "version", 102)}}},
	})
}
