package classify

import "testing"

// clientID is a CID: 192 bits in base 32.
const clientID = "LLVRMQPUNVHQRKDMMBR6HBEHXTMXQTCBSXMJ2QI"

func TestDirectConnect(t *testing.T) {
	say := func(text string) []turn { return []turn{{payload: []byte(text)}} }
	checkSheet(t, directConnect, []sheetRow{
		{name: "hub", turns: []turn{{dir: 1, payload: []byte("$Lock EXTENDEDPROTOCOL_hub Pk=version|")}}, want: []string{"directconnect.clear"}, least: 30},
		{name: "client", turns: say("$MyNick one|$Lock EXTENDED Pk=x|"), want: []string{"directconnect.clear"}, least: 12},
		{name: "ADC hub", turns: say("HSUP ADBAS0 ADBASE\n"), want: []string{"directconnect.clear"}, least: 7},
		{name: "ADC client", turns: say("CSUP ADBAS0 ADBASE\n"), want: []string{"directconnect.clear"}, least: 7},
		{name: "no key", turns: say("$Lock something|")},
		{name: "no end", turns: say("$MyNick one")},
		{name: "another letter", turns: say("ISUP ADBAS0\n")},
		{name: "later", turns: []turn{{payload: []byte("GET / HTTP/1.1\r\n")}, {payload: []byte("HSUP ADBAS0\n")}}},
	})
	checkSheet(t, directConnectUDP, []sheetRow{
		{name: "result", turns: say("$SR nick file\x05123 1/2\x05TTH:AAAA (10.0.0.1:411)|"), want: []string{"directconnect.clear"}, least: 20},
		{name: "ADC result", turns: say("URES " + clientID + " FNname\n"), want: []string{"directconnect.clear"}, least: 45},
		{name: "no tree hash", turns: say("$SR nick file|")},
		{name: "no CID", turns: say("URES lower-case-is-no-base-thirty-two-text--- FNname\n")},
	})
}
