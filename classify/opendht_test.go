package classify

import "testing"

func TestOpenDHT(t *testing.T) {
	ask := []byte("\x85\xa1a\x81\xa2id\xc4\x14aaaaaaaaaaaaaaaaaaaa\xa1q\xa4ping\xa1t\xce\x01\x02\x03\x04\xa1y\xa1q\xa1v\xa4RNG1")
	answer := []byte("\x84\xa1r\x82\xa2id\xc4\x14bbbbbbbbbbbbbbbbbbbb\xa2sa\xc4\x04\x0a\x00\x00\x01\xa1t\xce\x01\x02\x03\x04\xa1y\xa1r\xa1v\xa4RNG1")
	checkSheet(t, openDHT, []sheetRow{
		{name: "question", turns: []turn{{payload: ask}}, want: []string{"opendht"}, least: 47},
		{name: "answer", turns: []turn{{payload: answer}}, want: []string{"opendht"}, least: 47},
		{name: "no kind", turns: []turn{{payload: ask[:40]}}},
		{name: "other map", turns: []turn{{payload: []byte("\x83\xa2ab\x01\xa2cd\x02\xa2ef\x03 and more octets")}}},
		{name: "noise", turns: []turn{{payload: noiseOf(1, 200)}}},
	})
}
