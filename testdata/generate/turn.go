package main

import (
	"net/netip"
	"time"
)

// turn is a client's session with a TURN server (RFC 8656), over any transport.
type turn struct {
	scene   *scene
	say     func(at time.Duration, fromA bool, message []byte)
	rtt     time.Duration
	user    string
	realm   string
	nonce   []byte
	key     []byte
	relayed netip.AddrPort
	mapped  netip.AddrPort
}

func (s *scene) turnClient(say func(time.Duration, bool, []byte), mapped, relayed netip.AddrPort) *turn {
	const user, realm = "1741860000:call", "turn.example.net"
	return &turn{
		scene: s, say: say, rtt: s.spread(20*ms, 60*ms), user: user, realm: realm,
		nonce: s.octetsAsHex(8), key: longTermKey(user, realm, "shared by the signalling"),
		relayed: relayed, mapped: mapped,
	}
}

const hexDigits = "0123456789abcdef"

// octetsAsHex returns 2n digits: nonces must be quoted text (RFC 8489, section 14.10).
func (s *scene) octetsAsHex(n int) []byte {
	var text []byte
	for _, b := range s.octets(n) {
		text = append(text, hexDigits[b>>4], hexDigits[b&15])
	}
	return text
}

// credentials adds what a long-term request carries (RFC 8489, section 9.2.3).
func (t *turn) credentials(m *stun) *stun {
	return m.add(attrUsername, []byte(t.user)).add(attrRealm, []byte(t.realm)).add(attrNonce, t.nonce)
}

// request sends a request that succeeds, and returns the time of its answer.
func (t *turn) request(at time.Duration, m *stun, answer func(*stun) *stun) time.Duration {
	request := t.credentials(m).sealed(t.key)
	t.say(at, true, request)
	at += t.rtt
	t.say(at, false, answer(reply(request, stunSuccess)).sealed(t.key))
	return at
}

func plainSuccess(m *stun) *stun { return m }

// allocate is refused once for want of credentials, then granted (RFC 8656, section 7).
func (t *turn) allocate(at time.Duration) time.Duration {
	udp := []byte{protocolUDP, 0, 0, 0}
	first := t.scene.stunMessage(stunAllocate).add(attrTransport, udp).sealed(nil)
	t.say(at, true, first)
	at += t.rtt
	refusal := reply(first, stunError).add(attrErrorCode, join([]byte{0, 0, 4, 1}, []byte("Unauthorized")))
	t.say(at, false, refusal.add(attrRealm, []byte(t.realm)).add(attrNonce, t.nonce).sealed(nil))
	return t.request(at+ms, t.scene.stunMessage(stunAllocate).add(attrTransport, udp), func(m *stun) *stun {
		return m.address(attrRelayed, t.relayed).address(attrMapped, t.mapped).add(attrLifetime, u32(600))
	})
}

// release gives the allocation back: a Refresh with lifetime 0.
func (t *turn) release(at time.Duration) time.Duration {
	return t.request(at, t.scene.stunMessage(stunRefresh).add(attrLifetime, u32(0)), func(m *stun) *stun {
		return m.add(attrLifetime, u32(0))
	})
}

// permit lets the peer's address through (RFC 8656, section 9).
func (t *turn) permit(at time.Duration, peer netip.AddrPort) time.Duration {
	return t.request(at, t.scene.stunMessage(stunPermission).address(attrPeer, peer), plainSuccess)
}

// bind binds a channel to the peer (RFC 8656, section 12).
func (t *turn) bind(at time.Duration, channel int, peer netip.AddrPort) time.Duration {
	m := t.scene.stunMessage(stunChannel).add(attrChannel, join(u16(channel), u16(0))).address(attrPeer, peer)
	return t.request(at, m, plainSuccess)
}

// indicate carries data to or from the peer in a Send or Data indication.
func (t *turn) indicate(at time.Duration, fromA bool, peer netip.AddrPort, data []byte) {
	kind := stunData
	if fromA {
		kind = stunSend
	}
	t.say(at, fromA, t.scene.stunMessage(kind).address(attrPeer, peer).add(attrData, data).sealed(nil))
}

// channelData frames data for a channel (RFC 8656, section 12.4). Over TCP it is padded to
// a multiple of four, which its length does not count.
func channelData(channel int, data []byte, padded bool) []byte {
	b := join(u16(channel), vec16(data))
	if padded {
		return pad4(b)
	}
	return b
}

// relayedCall checks through the relay with indications, then speaks over a channel.
func (t *turn) relayedCall(at time.Duration, c *call, peer netip.AddrPort, lasting, interval time.Duration, padded bool) time.Duration {
	s := t.scene
	const channel = 0x4001
	at = t.permit(at, peer)
	ours := s.check(c.a, c.b, 0, false) // a relayed candidate has type preference 0
	t.indicate(at+ms, true, peer, ours)
	t.indicate(at+ms+2*t.rtt, false, peer, success(ours, c.b, t.relayed))
	theirs := s.check(c.b, c.a, preferReflexive, false)
	t.indicate(at+2*ms+2*t.rtt, false, peer, theirs)
	t.indicate(at+3*ms+2*t.rtt, true, peer, success(theirs, c.a, peer))
	nomination := s.check(c.a, c.b, 0, true)
	at += 4*ms + 3*t.rtt
	t.indicate(at, true, peer, nomination)
	t.indicate(at+2*t.rtt, false, peer, success(nomination, c.b, t.relayed))
	at = t.bind(at+3*t.rtt, channel, peer)
	end := at + lasting
	s.media(at+10*ms, end, interval, 60, 120, func(at time.Duration, fromA bool, packet []byte) {
		t.say(at, fromA, channelData(channel, packet, padded))
	})
	return t.release(end + 50*ms)
}
