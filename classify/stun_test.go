package classify

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Messages of one side of a call.
var (
	checkMessage  = stunOf(stunBindingRequest, attrUsername, attrPriority, attrControlling, attrIntegrity)
	serverCheck   = stunOf(stunBindingRequest, attr(0x0006, []byte("Tw5XmGABTU55u6F2:31e58bb6")...), attrPriority, attrIntegrity)
	keyedMessage  = stunOf(stunBindingRequest, attrIntegrity)
	plainBinding  = stunOf(stunBindingRequest)
	bindingAnswer = stunOf(stunBindingSuccess, attrMapped)
	allocate      = stunOf(turnAllocate, attr(0x0019, 17, 0, 0, 0))
)

// channelOf returns ChannelData of channel 0x4001.
func channelOf(data []byte) []byte {
	return joined([]byte{0x40, 0x01, byte(len(data) >> 8), byte(len(data))}, data)
}

// multiplexed returns data in the framing of Microsoft's relays.
func multiplexed(data []byte) []byte {
	return joined(binary.BigEndian.AppendUint16([]byte{0xff, 0x10}, uint16(8+len(data))), noiseOf(1, 8), data)
}

// clientHello returns a DTLS ClientHello, with use_srtp if asked.
func clientHello(srtp bool) []byte {
	extensions := []byte{0, 23, 0, 0}
	if srtp {
		extensions = append(extensions, 0, 14, 0, 5, 0, 2, 0, 1, 0)
	}
	body := joined([]byte{0xfe, 0xfd}, noiseOf(2, 32), []byte{0, 0, 0, 2, 0xc0, 0x2b, 1, 0, byte(len(extensions) >> 8), byte(len(extensions))}, extensions)
	n := byte(len(body))
	handshake := joined([]byte{1, 0, 0, n, 0, 0, 0, 0, 0, 0, 0, n}, body)
	return joined([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(len(handshake))}, handshake)
}

func TestStunUDP(t *testing.T) {
	forged := withFingerprint(joined(checkMessage), crc32.IEEETable)
	forged[stunHeader+4] ^= 1
	send := func(data []byte) []byte {
		return stunOf(turnSendIndication, xorAddress(0x0012, "203.0.113.99:5000"), attr(0x0013, data...))
	}
	quicShort := joined([]byte{0x41}, noiseOf(3, 60))
	checkSheet(t, stunUDP, []sheetRow{
		{name: "plain Binding", turns: []turn{{dir: 0, payload: plainBinding}}, want: []string{"stun.binding"}, least: 20},
		{name: "plain Binding, answered", turns: []turn{{dir: 0, payload: plainBinding}, {dir: 1, payload: bindingAnswer}}, want: []string{"stun.binding", "stun.answer"}, least: 20},
		{name: "cut before its credentials", turns: []turn{{dir: 0, payload: checkMessage[:30], length: len(checkMessage)}}},
		{name: "NAT discovery", turns: []turn{{dir: 0, payload: stunOf(stunBindingRequest, attr(0x0003, 0, 0, 0, 6))}}, want: []string{"stun.binding", "stun.server"}},
		{name: "a server's address of origin", turns: []turn{{dir: 1, payload: stunOf(stunBindingSuccess, attrMapped, plainAddress(0x802b, "192.0.2.1:3478"))}}, want: []string{"stun.answer", "stun.server"}},
		{name: "check", turns: []turn{{dir: 0, payload: checkMessage}}, want: []string{"ice.check"}},
		{name: "check that nominates", turns: []turn{{dir: 0, payload: stunOf(stunBindingRequest, attrUsername, attrPriority, attrUse)}}, want: []string{"ice.check", "ice.nominated"}},
		{name: "check before RFC 5245: credentials, no priority", turns: []turn{{dir: 0, payload: stunOf(stunBindingRequest, attrUsername, attrIntegrity)}}, want: []string{"ice.check"}},
		{name: "libwebrtc's ping", turns: []turn{{dir: 0, payload: stunOf(googlePing, attr(0xc060, 1, 2, 3, 4))}}, want: []string{"ice.check"}},
		{name: "libwebrtc's ping without its key", turns: []turn{{dir: 0, payload: stunOf(googlePing)}}},
		{name: "check between unlike programs", turns: []turn{{dir: 0, payload: serverCheck}}, want: []string{"ice.check", "ice.unlike_agents"}},
		{name: "check between two browsers", turns: []turn{{dir: 0, payload: stunOf(stunBindingRequest, attr(0x0006, []byte("abcd:12345678")...), attrPriority)}}, want: []string{"ice.check"}},
		{name: "check answered", turns: []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: bindingAnswer}}, want: []string{"ice.check", "ice.answer"}},
		{name: "answer of its own direction", turns: []turn{{dir: 0, payload: checkMessage}, {dir: 0, payload: bindingAnswer}}, want: []string{"ice.check", "stun.answer"}},
		{name: "keyed, as WhatsApp's", turns: []turn{{dir: 0, payload: keyedMessage}}, want: []string{"stun.keyed"}},
		{name: "keyed and answered", turns: []turn{{dir: 0, payload: keyedMessage}, {dir: 1, payload: stunOf(stunBindingSuccess, attrIntegrity)}}, want: []string{"stun.keyed", "ice.answer"}},
		{name: "indication", turns: []turn{{dir: 0, payload: stunOf(stunBindingIndicate)}}},
		{name: "fingerprint", turns: []turn{{dir: 0, payload: withFingerprint(joined(plainBinding), crc32.IEEETable)}}, want: []string{"stun.binding", "stun.fingerprint"}, least: 28},
		{name: "forged fingerprint", turns: []turn{{dir: 0, payload: forged}}},
		{name: "one octet too many", turns: []turn{{dir: 0, payload: append(joined(checkMessage), 0)}}},
		{name: "cookie one bit off, attributes of no classic type", turns: []turn{{dir: 0, payload: joined(checkMessage[:4], []byte{0x20}, checkMessage[5:])}}, want: []string{"ice.check"}},
		{name: "allocation", turns: []turn{{dir: 0, payload: allocate}, {dir: 1, payload: stunOf(turnAllocateSuccess, xorAddress(0x0016, "192.0.2.1:49152"))}}, want: []string{"turn.control"}},
		{name: "permission for a private candidate", turns: []turn{{dir: 0, payload: stunOf(turnPermission, xorAddress(0x0012, "192.168.7.7:5000"))}}, want: []string{"turn.control", "turn.private_peer"}},
		{name: "sent data", turns: []turn{{dir: 0, payload: send(noiseOf(4, 30))}}, want: []string{"turn.control", "turn.data"}},
		{name: "sent check", turns: []turn{{dir: 0, payload: send(checkMessage)}}, want: []string{"turn.control", "turn.peer_check"}},
		{name: "answer through the relay", turns: []turn{{dir: 1, payload: send(bindingAnswer)}}, want: []string{"turn.control", "turn.peer_answer"}},
		{name: "media keys through the relay", turns: []turn{{dir: 0, payload: send(clientHello(true))}}, want: []string{"turn.control", "turn.data", "dtls.use_srtp"}},
		{name: "a plain Binding through the relay", turns: []turn{{dir: 0, payload: send(plainBinding)}}, want: []string{"turn.control"}},
		{name: "no data", turns: []turn{{dir: 0, payload: send(nil)}}, want: []string{"turn.control"}},
		{name: "channel", turns: []turn{{dir: 0, payload: allocate}, {dir: 1, payload: channelOf(noiseOf(5, 50))}}, want: []string{"turn.control", "turn.data"}},
		{name: "channel, padded", turns: []turn{{dir: 0, payload: allocate}, {dir: 1, payload: append(channelOf(noiseOf(5, 50)), 0, 0)}}, want: []string{"turn.control", "turn.data"}},
		{name: "channel, four octets too many", turns: []turn{{dir: 0, payload: allocate}, {dir: 1, payload: append(channelOf(noiseOf(5, 50)), 0, 0, 0, 0)}}, want: []string{"turn.control"}},
		{name: "channel from both ends, set up before the capture", turns: []turn{{dir: 0, payload: channelOf(noiseOf(5, 50))}, {dir: 1, payload: channelOf(noiseOf(6, 70))}}, want: []string{"turn.data", "turn.channel"}, least: 4},
		{name: "channel from one end", turns: []turn{{dir: 0, payload: channelOf(noiseOf(5, 50))}, {dir: 0, payload: channelOf(noiseOf(6, 70))}}, want: []string{"turn.data", "turn.channel"}, least: 4},
		{name: "channel from one end, one length", turns: []turn{{dir: 0, payload: channelOf(noiseOf(5, 50))}, {dir: 0, payload: channelOf(noiseOf(6, 50))}}},
		{name: "channel from one end, another number", turns: []turn{{dir: 0, payload: channelOf(noiseOf(5, 50))}, {dir: 0, payload: joined([]byte{0x40, 2}, channelOf(noiseOf(6, 70))[2:])}}},
		{name: "QUIC short headers", turns: []turn{{dir: 0, payload: quicShort}, {dir: 1, payload: joined(quicShort[:2], noiseOf(7, 80))}}},
		{name: "Microsoft's framing", turns: []turn{{dir: 0, payload: multiplexed(noiseOf(8, 60))}}, want: []string{"turn.data", "stun.microsoft_relay"}, least: 12},
		{name: "Microsoft's framing, one octet short", turns: []turn{{dir: 0, payload: multiplexed(noiseOf(8, 60))[:71]}}},
		{name: "Microsoft's session id in a check", turns: []turn{{dir: 1, payload: stunOf(stunBindingRequest, attrUsername, attrPriority, attr(0x8095, 1, 2, 3, 4, 5, 6, 7, 8))}}, want: []string{"ice.check", "stun.microsoft", "stun.microsoft_relay"}},
		{name: "MS-TURN's send request", turns: []turn{{dir: 0, payload: classicOf(turnRefresh, attrMsCookie, plainAddress(0x0012, "203.0.113.99:5000"), attr(0x0013, checkMessage...))}}, want: []string{"stun.microsoft", "turn.control", "turn.peer_check"}},
		{name: "WhatsApp's relay", turns: []turn{{dir: 0, payload: stunOf(0x0804, attr(0x4007, 0, 1))}}, want: []string{"stun.whatsapp"}},
		{name: "type behind WhatsApp's", turns: []turn{{dir: 0, payload: stunOf(0x0806)}}},
		{name: "Zoom's", turns: []turn{{dir: 1, payload: stunOf(stunBindingSuccess, attr(0x0101, 1, 2, 3, 4))}}, want: []string{"stun.zoom", "stun.answer"}},
		{name: "Webex's software", turns: []turn{{dir: 1, payload: stunOf(stunBindingSuccess, attr(0x8022, []byte("Cisco-Spark")...))}}, want: []string{"stun.answer", "stun.webex"}},
		{name: "realms", turns: []turn{{dir: 1, payload: stunOf(turnAllocateError, attr(0x0014, []byte("signal.org")...))}, {dir: 1, payload: stunOf(turnAllocateError, attr(0x0014, []byte("telegram.org")...))},
			{dir: 1, payload: stunOf(turnAllocateError, attr(0x0014, []byte("viber.com")...))}, {dir: 1, payload: stunOf(turnAllocateError, attr(0x8022, []byte("facebook")...))}},
			want: []string{"turn.control", "stun.realm_signal", "stun.realm_telegram", "stun.realm_viber", "stun.realm_facebook"}},
	})
}

func TestStunReports(t *testing.T) {
	for _, r := range []struct {
		name, want, by string
		message        []byte
	}{
		{"RFC", "203.0.113.99:5000", "stun.xor_peer_address", stunOf(turnPermission, xorAddress(0x0012, "203.0.113.99:5000"))},
		{"Microsoft", "203.0.113.99:5000", "ms_turn.remote_address", classicOf(msDataIndication, attrMsCookie, plainAddress(0x0012, "203.0.113.99:5000"))},
	} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{50000, 3478})
			k.say(0, r.message)
			v := NewJudge(k.classifier, k.flows).Verdict(0)
			if len(v.Reported) != 1 || v.Reported[0].Addr.String() != r.want || v.Reported[0].By != r.by {
				t.Errorf("reported %v, want %s by %s", v.Reported, r.want, r.by)
			}
		})
	}
}

func TestStunTCP(t *testing.T) {
	framed := func(p []byte) []byte { return joined(binary.BigEndian.AppendUint16(nil, uint16(len(p))), p) }
	msFramed := func(kind byte, p []byte) []byte {
		return joined(binary.BigEndian.AppendUint16([]byte{kind, 0}, uint16(len(p))), p)
	}
	msAllocate := classicOf(turnAllocate, attrMsCookie, attr(0x8008, 0, 0, 0, 3))
	checkSheet(t, stunTCP, []sheetRow{
		{name: "check", turns: []turn{{dir: 0, payload: checkMessage}}, want: []string{"ice.check"}},
		{name: "two messages in one segment", turns: []turn{{dir: 0, payload: joined(allocate, checkMessage)}}, want: []string{"turn.control", "ice.check"}},
		{name: "nine messages in one segment: the ninth is not read", turns: []turn{{dir: 0, payload: joined(bytes.Repeat(plainBinding, stunFrames), checkMessage)}}, want: []string{"stun.binding"}},
		{name: "framed (RFC 4571)", turns: []turn{{dir: 0, payload: framed(checkMessage)}}, want: []string{"ice.check"}},
		{name: "framed, length one off", turns: []turn{{dir: 0, payload: joined([]byte{0, byte(len(checkMessage) + 1)}, checkMessage)}}},
		{name: "two frames", turns: []turn{{dir: 0, payload: joined(framed(checkMessage), framed(bindingAnswer))}}, want: []string{"ice.check", "stun.answer"}},
		{name: "split before its credentials", turns: []turn{{dir: 0, payload: checkMessage[:24]}, {dir: 0, payload: checkMessage[24:]}}},
		{name: "split: the rest is not misread", turns: []turn{{dir: 0, payload: checkMessage[:60]}, {dir: 0, payload: checkMessage[60:]}}, want: []string{"ice.check"}},
		{name: "split in its head", turns: []turn{{dir: 0, payload: checkMessage[:12]}, {dir: 0, payload: checkMessage[12:]}}},
		{name: "channel behind an allocation, padded", turns: []turn{{dir: 0, payload: allocate}, {dir: 0, payload: joined(channelOf(noiseOf(1, 30)), []byte{0, 0}, plainBinding)}}, want: []string{"turn.control", "turn.data", "stun.binding"}},
		{name: "channel without one", turns: []turn{{dir: 0, payload: channelOf(noiseOf(1, 30))}}},
		{name: "MS-TURN control", turns: []turn{{dir: 0, payload: msFramed(2, msAllocate)}}, want: []string{"stun.microsoft", "turn.control"}},
		{name: "MS-TURN data", turns: []turn{{dir: 0, payload: msFramed(2, msAllocate)}, {dir: 1, payload: msFramed(3, noiseOf(2, 60))}}, want: []string{"stun.microsoft", "turn.control", "stun.microsoft_relay", "turn.data"}, least: 4},
		{name: "MS-TURN data, no control before", turns: []turn{{dir: 1, payload: msFramed(3, noiseOf(2, 60))}}},
		{name: "TLS", turns: []turn{{dir: 0, payload: joined([]byte{22, 3, 1, 0, 60}, noiseOf(3, 60))}}},
	})
}

// TestICE asserts who is taken for a peer, by the verdict on the flow alone.
func TestICE(t *testing.T) {
	srtp := rtpOf(111, 1, noiseOf(9, 80))
	relayed := func(data []byte) []byte {
		return stunOf(turnDataIndication, xorAddress(0x0012, "203.0.113.99:5000"), attr(0x0013, data...))
	}
	for _, r := range []struct {
		name  string
		port  uint16 // of the far end; 0 is 41000
		turns []turn
		want  Judgement
		path  Path
	}{
		{"checks from both ends", 0, []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}}, P2P, Direct},
		{"checks from both ends, one of them a server's program", 0, []turn{{dir: 0, payload: serverCheck}, {dir: 1, payload: serverCheck}, {dir: 0, payload: clientHello(true)}}, Likely, Direct},
		{"checks from both ends, of Webex's software", 0, []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: stunOf(stunBindingRequest, attrUsername, attrPriority, attr(0x8022, []byte("Cisco-Spark")...))}}, Other, NoPath},
		{"keyed from both ends", 0, []turn{{dir: 0, payload: keyedMessage}, {dir: 1, payload: keyedMessage}}, P2P, Direct},
		{"plain Bindings from both ends", 0, []turn{{dir: 0, payload: plainBinding}, {dir: 1, payload: plainBinding}}, P2P, Direct},
		{"the far end asks", 0, []turn{{dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer}}, P2P, Direct},
		{"a lite agent at home", 0, []turn{{dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer}, {dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer},
			{dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer}, {dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer}}, Other, NoPath},
		{"Microsoft's relay asks, answered in its framing", 3479, []turn{{dir: 1, payload: stunOf(stunBindingRequest, attrUsername, attrPriority, attr(0x8095, 1, 2, 3, 4, 5, 6, 7, 8))}, {dir: 0, payload: multiplexed(bindingAnswer)}}, P2P, Relayed},
		{"data both ways, of one captured", 3478, repeated(turn{dir: 0, payload: channelOf(noiseOf(5, 50))}, turn{dir: 0, payload: channelOf(noiseOf(6, 70))}, 5), P2P, Relayed},
		{"checks that nobody answers", 0, []turn{{dir: 0, payload: checkMessage}, {dir: 0, payload: checkMessage}}, P2P, Probe},
		{"keyed requests that nobody answers", 0, []turn{{dir: 0, payload: keyedMessage}, {dir: 0, payload: keyedMessage}}, P2P, Probe},
		{"answered by a lite agent", 0, []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: bindingAnswer}, {dir: 0, payload: checkMessage}, {dir: 1, payload: bindingAnswer},
			{dir: 0, payload: clientHello(true)}, {dir: 0, payload: srtp}, {dir: 1, payload: srtp}}, Other, NoPath},
		{"one direction captured", 0, []turn{{dir: 0, payload: checkMessage}, {dir: 0, payload: clientHello(true)}}, Likely, Probe},
		{"a public server", 3478, []turn{{dir: 0, payload: plainBinding}, {dir: 1, payload: bindingAnswer}}, Other, NoPath},
		{"allocation alone", 3478, []turn{{dir: 0, payload: allocate}, {dir: 1, payload: stunOf(turnAllocateSuccess)}}, Other, NoPath},
		{"allocation and a peer's check", 3478, []turn{{dir: 0, payload: allocate}, {dir: 1, payload: relayed(checkMessage)}}, P2P, Relayed},
		{"allocation and data both ways", 3478, []turn{{dir: 0, payload: allocate}, {dir: 0, payload: relayed(noiseOf(1, 60))}, {dir: 1, payload: relayed(noiseOf(2, 60))}}, P2P, Relayed},
		{"a lite agent behind the relay", 3478, []turn{{dir: 0, payload: allocate}, {dir: 0, payload: relayed(checkMessage)}, {dir: 1, payload: relayed(bindingAnswer)}, {dir: 1, payload: relayed(bindingAnswer)},
			{dir: 0, payload: relayed(noiseOf(1, 60))}, {dir: 1, payload: relayed(noiseOf(2, 60))}}, Likely, Relayed},
		{"a relay that answers as coturn does", 3478, []turn{{dir: 0, payload: allocate}, {dir: 1, payload: stunOf(stunBindingSuccess, plainAddress(0x802b, "192.0.2.1:3478"))}, {dir: 1, payload: relayed(checkMessage)}}, P2P, Relayed},
		{"WhatsApp's relay with media", 3478, []turn{{dir: 0, payload: stunOf(turnAllocate, attr(0x4000, 1, 2, 3, 4))}, {dir: 1, payload: rtpOf(120, 1, noiseOf(1, 60))}, {dir: 1, payload: rtpOf(120, 2, noiseOf(2, 60))},
			{dir: 1, payload: rtpOf(120, 3, noiseOf(3, 60))}, {dir: 1, payload: rtpOf(120, 4, noiseOf(4, 60))}}, P2P, Relayed},
	} {
		t.Run(r.name, func(t *testing.T) {
			port := r.port
			if port == 0 {
				port = 41000
			}
			k := newTalk(packet.UDP, [2]uint16{40000, port})
			for _, u := range r.turns {
				k.turn(u)
			}
			v := NewJudge(k.classifier, []*flow.Flow{k.flow}).Verdict(0)
			if v.Judgement != r.want || v.Path != r.path {
				t.Errorf("%s (%.3f), path %q; want %s, %q; evidence %v", v.Judgement, v.Probability, v.Path, r.want, r.path, v.Evidence)
			}
		})
	}
}

// repeated returns the two turns n times.
func repeated(a, b turn, n int) []turn {
	turns := []turn{}
	for range n {
		turns = append(turns, a, b)
	}
	return turns
}

// BenchmarkStunUDP measures one connectivity check.
func BenchmarkStunUDP(b *testing.B) {
	k := newTalkOf(packet.UDP, [2]uint16{40000, 41000}, []Detector{stunUDP})
	k.say(0, checkMessage)
	o := &k.classifier.o
	o.Payload, o.Length = checkMessage, len(checkMessage)
	b.ReportAllocs()
	for b.Loop() {
		detectStunUDP(o)
	}
}

func TestFragments(t *testing.T) {
	for _, r := range []struct {
		username string
		a, b     int
	}{
		{"abcd:efgh", 4, 4}, {"abcdefgh:ef", 8, 2}, {"", 0, 0}, {":", 0, 0}, {"abcd", 0, 0}, {"abcd:", 0, 0}, {":abcd", 0, 0}, {"a:b:c", 1, 3},
	} {
		t.Run(r.username, func(t *testing.T) {
			if a, b := fragments([]byte(r.username)); a != r.a || b != r.b {
				t.Errorf("%d and %d, want %d and %d", a, b, r.a, r.b)
			}
		})
	}
}
