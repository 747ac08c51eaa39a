package classify

import (
	"math/rand"
	"testing"
)

func TestTor(t *testing.T) {
	answer := func(name, issuer, subject string) []turn {
		return []turn{{payload: helloFor(name)}, {dir: 1, payload: serverFlight(certificateOf(t, issuer, subject))}}
	}
	checkSheet(t, tor, []sheetRow{
		{name: "name", turns: []turn{{payload: helloFor("www.q3xk7vtz5wb.com")}}, want: []string{"tor.random_name"}, least: 70},
		{name: "certificate", turns: answer("", "www.2kvx7ybq5tz.com", "www.r4mwd6nkpz3h.net"), want: []string{"tor.link_certificate"}, least: 100},
		{name: "certificate of before 2012", turns: answer("", "www.2kvx7ybq5tz.net", "www.r4mwd6nkpz3h.net"), want: []string{"tor.link_certificate"}, least: 100},
		{name: "both", turns: answer("www.q3xk7vtz5wb.com", "www.2kvx7ybq5tz.com", "www.r4mwd6nkpz3h.net"), want: []string{"tor.random_name", "tor.link_certificate"}, least: 100},
		{name: "cell", turns: []turn{{payload: joined([]byte{0x17, 3, 3, 2, 0x1a}, noiseOf(1, 538))}}, want: []string{"tor.cell"}, least: 11},
		{name: "cell of TLS 1.3", turns: []turn{{payload: joined([]byte{0x17, 3, 3, 2, 0x13}, noiseOf(1, 531))}}, want: []string{"tor.cell"}, least: 11},
		{name: "record of 539", turns: []turn{{payload: joined([]byte{0x17, 3, 3, 2, 0x1b}, noiseOf(1, 539))}}},
		{name: "two records", turns: []turn{{payload: joined([]byte{0x17, 3, 3, 2, 0x1a}, noiseOf(1, 540))}}},
		{name: "chosen name", turns: []turn{{payload: helloFor("www.example.com")}}},
		{name: "digits at the end", turns: []turn{{payload: helloFor("www.office365.com")}}},
		{name: "one digit inside", turns: []turn{{payload: helloFor("www.way2sms.com")}}},
		{name: "digit 8", turns: []turn{{payload: helloFor("www.q3xk8vtz5wb.com")}}},
		{name: "another suffix", turns: []turn{{payload: helloFor("www.q3xk7vtz5wb.org")}}},
		{name: "three characters", turns: []turn{{payload: helloFor("www.q3x.com")}}},
		{name: "26 characters", turns: []turn{{payload: helloFor("www.q3xk7vtz5wbq3xk7vtz5wbabcd.com")}}},
		{name: "self-signed", turns: answer("", "www.r4mwd6nkpz3h.net", "www.r4mwd6nkpz3h.net")},
		{name: "an authority", turns: answer("", "An Authority", "www.r4mwd6nkpz3h.net")},
		{name: "chosen names", turns: answer("", "www.exampleca.com", "www.examples.net")},
	})
}

// TestRandomName asserts how many of Tor's names are told from people's.
func TestRandomName(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	random, found := rand.New(rand.NewSource(1)), 0
	for range 1000 {
		label := make([]byte, 8+random.Intn(13))
		for i := range label {
			label[i] = letters[random.Intn(32)]
		}
		if randomName(label) {
			found++
		}
	}
	if found < 600 {
		t.Errorf("%d of 1000 random names are told", found)
	}
	for _, name := range []string{
		"google", "facebook", "office365", "b2bportal", "24hourfitness", "web2print", "h2o4life", "microsoftonline", "xn4ever",
		"stackoverflow", "mp3tunes", "xbox", "amazon", "jquery", "zappos", "quizlet", "mozilla", "netflix",
	} {
		if randomName([]byte(name)) {
			t.Errorf("%s is taken for random", name)
		}
	}
}

func TestTorVerdict(t *testing.T) {
	cell := func(seed int64) []byte { return joined([]byte{0x17, 3, 3, 2, 0x1a}, noiseOf(seed, 538)) }
	k := newTalk(6, [2]uint16{50000, 443})
	k.joined = true
	for n := range int64(4) {
		if v := k.verdict; n > 0 && v().Service == "tor" {
			t.Errorf("%d cells are called Tor", n)
		}
		k.say(int(n%2), cell(n))
	}
	if v := k.verdict(); v.Service != "tor" || v.Judgement == P2P {
		t.Errorf("four cells are %v, service %q", v.Judgement, v.Service)
	}
	k = newTalk(6, [2]uint16{50000, 443})
	k.say(0, helloFor("www.example.com"))
	for n := range int64(6) {
		k.say(int(n%2), cell(n))
	}
	if v := k.verdict(); v.Service != "tls" {
		t.Errorf("records of one length to a named server are %q", v.Service)
	}
}
