package classify

import (
	"slices"
	"strings"
	"sync"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// KakaoTalk: its chat, and by it its calls.
//
//	| 256, 4 octets | key's encryption 12 to 16, 4 | data's encryption 2 or 3, 4 | key, RSA-2048 256 |   LOCO's handshake, little-endian
//	| length 4 | IV 16 or nonce 12 | noise ...                                                         both ends, after it
//	| packet 4 | status 2 | "CHECKIN" and its like 11 | body 1 | length 4 | BSON ...                   LOCO without it (clear_messengers.go)
//
// The handshake is 92 fixed bits of 96. It goes to Kakao's chat servers, in the open or inside TLS,
// whose certificate then says Kakao.com; names that end in -loco.kakao.com are of these servers
// alone. The chat stands as long as the client runs.
//
// A call (observed 2015) is SRTP both ways between two even ports and SRTCP between the next two:
// no ICE, no DTLS, nothing of Kakao's own in it. rtp.go and rtcp.go find it, and nothing in the
// call names it. So the name is a guess by company: an encrypted call that shows no signalling,
// on a host whose chat with Kakao was seen within the hour, and that nothing else names.
var kakaoTalk = Detector{
	Name:      "kakaotalk",
	Transport: packet.TCP,
	References: []string{
		"storycraft/loco-protocol, secure client layer (facts only)", "openkakao, LOCO handshake constants, 2025 (facts only)",
		"nDPI src/lib/protocols/kakaotalk_voice.c and its test results for KakaoTalk_talk.pcap, 2015 (facts only)",
	},
	Proves: "A chat connection to Kakao's servers; beside it, whose an encrypted call without signalling probably is.",
	Not:    "That the call is KakaoTalk's and not another program's of the host; whether the far end is Kakao's relay or the peer.",
	Claims: []ClaimID{claimMessenger, claimKakaoTalk},
	First:  true,
	Least:  12,
	Opens:  func(b byte) bool { return b == 0 },
	Detect: detectKakaoTalk,
}

var serviceKakaoTalk = serviceNumber("kakaotalk-loco")

// locoKeyLength is what RSA-2048 makes of a key.
const locoKeyLength = 256

func detectKakaoTalk(o *Observation) {
	p := o.Payload
	if len(p) < 12 || !o.First() || !o.FromInitiator() || le32(p) != locoKeyLength || o.Length != 12 && o.Length < 12+locoKeyLength {
		return
	}
	key, data := le32(p[4:]), le32(p[8:])
	if key < 12 || key > 16 || data < 2 || data > 3 {
		return
	}
	o.recognise(claimMessenger, serviceKakaoTalk)
}

// kakaoName tells names of LOCO's servers, and the common name of their own certificate, from those
// of Kakao's web.
func kakaoName(n Name) bool {
	name := strings.ToLower(n.Text)
	return strings.HasSuffix(name, "-loco.kakao.com") || n.Source == FromCertificate && name == "kakao.com"
}

// kakaoChat tells whether flow i is a host's chat with Kakao.
func (j *Judge) kakaoChat(f *flow.Flow, near uint8) bool {
	if f.Key.Protocol != packet.TCP || f.State == 0 {
		return false
	}
	if m := j.c.claimed(f, claimMessenger); m != nil && m.a == serviceKakaoTalk {
		return true
	}
	return kakaoName(j.c.namesOf(f)[1-near])
}

// kakaoLines names an encrypted call that nothing else names after the chat of its host. The chats
// are looked for once there is such a call.
func (j *Judge) kakaoLines(i int, lines []line) []line {
	call := slices.IndexFunc(lines, func(l line) bool { return l.id == claimSRTPCall && l.bits > 0 })
	if call < 0 || bestFamily(lines) != "" {
		return lines
	}
	k := j.signalled.kakao
	k.once.Do(func() { k.find(j) })
	f := j.flows[i]
	chats := k.hosts[f.Key.Addr[j.facts[i].near]]
	if chats == nil || !chats.near(f) {
		return lines
	}
	return append(lines, derived(claimKakaoTalk, &lines[call]))
}

// kakaoChats are when hosts chatted with Kakao's servers. They are looked for when a verdict first
// asks; verdicts may be asked for by several goroutines.
type kakaoChats struct {
	once  sync.Once
	hosts map[packet.Addr]*spans
}

func (k *kakaoChats) find(j *Judge) {
	k.hosts = map[packet.Addr]*spans{}
	for n, f := range j.flows {
		x := &j.facts[n]
		if !x.far || !j.kakaoChat(f, x.near) {
			continue
		}
		host := f.Key.Addr[x.near]
		if k.hosts[host] == nil {
			k.hosts[host] = new(spans)
		}
		k.hosts[host].add(f)
	}
}
