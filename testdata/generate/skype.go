package main

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// Message functions, low nibble of the third octet (Biondi and Desclaux 2006; Ehlert 2006).
const (
	skypeRequest = 0x02
	skypeResend  = 0x03
	skypeNAK     = 0x07
	skypeMedia   = 0x0d
)

// skype is the UDP socket of a classic client (2003 to 2014). Its message identifiers rise
// by 2 over all peers; payloads are obfuscated, so here they are random.
//
//	0        2    3           7           11
//	| ID     | fn | IV        | CRC       | obfuscated objects
type skype struct {
	scene *scene
	local endpoint
	id    uint16
	plan  []plan
}

// plan is something that takes an identifier, at its time.
type plan struct {
	at time.Duration
	do func()
}

func (s *scene) skype(local endpoint) *skype {
	return &skype{scene: s, local: local, id: uint16(s.between(0, 65535))}
}

// then plans something; run does all of it in order of time, so that identifiers rise on the
// wire, whatever the order in which the scene was written.
func (k *skype) then(at time.Duration, do func()) { k.plan = append(k.plan, plan{at, do}) }

func (k *skype) run() {
	slices.SortStableFunc(k.plan, func(a, b plan) int { return cmp.Compare(a.at, b.at) })
	for _, p := range k.plan {
		p.do()
	}
	k.plan = nil
}

// request is a new type 2 message of n octets.
func (k *skype) request(n int) []byte {
	k.id += 2
	return join(u16(int(k.id)), []byte{skypeRequest}, k.scene.octets(n-3))
}

// answer is a type 2 message of a peer, which counts its own identifiers.
func (k *skype) answer(n int) []byte {
	return join(k.scene.octets(2), []byte{skypeRequest}, k.scene.octets(n-3))
}

// again is a retransmission: all as before but the IV, octets 3 to 6, and with it the body.
func (k *skype) again(request []byte) []byte {
	return join(request[:3], k.scene.octets(4), request[7:11], k.scene.octets(len(request)-11))
}

// refuse is the peer's NAK: it asks for the payload again, tells the sender's public address
// and sets a challenge. The high nibble is noise.
func (k *skype) refuse(request []byte) []byte {
	noise := k.scene.octets(1)[0] & 0x70
	return join(request[:2], []byte{noise | skypeNAK}, k.scene.public.AsSlice(), k.scene.octets(4))
}

// resend answers a NAK: type 3, 5 octets longer than the request that was refused.
func (k *skype) resend(request, nak []byte, peer netip.Addr) []byte {
	return join(request[:2], []byte{skypeResend, 0x01}, nak[7:11], peer.AsSlice(), request[7:11],
		k.scene.octets(len(request)-11))
}

// What becomes of a probe.
type fate int

const (
	silent   fate = iota // no answer, no second try
	repeated             // no answer to three tries, 2 s and 4 s apart
	answered             // a type 2 answer
	refused              // NAK, resend, and acceptance (18 octets)
	turned               // NAK, resend, and refusal (51 octets)
	lost                 // ICMP port unreachable from the peer
)

// probe sends the first message to a peer and plays what becomes of it.
func (k *skype) probe(at time.Duration, peer endpoint, what fate, t truth) *conversation {
	c := k.scene.udp(k.local, peer, t)
	k.then(at, func() { k.play(at, c, what) })
	return c
}

func (k *skype) play(at time.Duration, c *conversation, what fate) {
	s, peer := k.scene, c.b
	rtt := s.spread(25*ms, 320*ms)
	first := k.request(s.between(18, 37))
	c.send(at, first)
	switch what {
	case repeated:
		c.send(at+2*second+s.spread(20*ms, 60*ms), k.again(first))
		c.send(at+6*second+s.spread(60*ms, 120*ms), k.again(first))
	case answered:
		c.answer(at+rtt, k.answer(s.between(18, 37)))
	case refused, turned:
		nak := k.refuse(first)
		c.answer(at+rtt, nak)
		c.send(at+rtt+3*ms, k.resend(first, nak, peer.host.ip))
		size := 18
		if what == turned {
			size = 51
		}
		c.answer(at+2*rtt+4*ms, k.answer(size))
	case lost:
		c.unreachable(at+rtt, peer.host, 3)
	}
}

// contact is a peer that a client starts up with.
type contact struct {
	peer  endpoint
	fate  fate
	truth truth
}

// startUp probes all contacts: groups of five at the same instant, groups about 1.01 s apart.
func (k *skype) startUp(at time.Duration, contacts []contact) map[endpoint]*conversation {
	open := map[endpoint]*conversation{}
	for i, c := range contacts {
		if i > 0 && i%5 == 0 {
			at += 1009*ms + k.scene.spread(0, 2*ms)
		}
		instant := time.Duration(i%5) * 30 * time.Microsecond
		open[c.peer] = k.probe(at+instant, c.peer, c.fate, c.truth)
	}
	return open
}

// keepAlive sends three octets each way every 20 s: type d without a body.
func (k *skype) keepAlive(c *conversation, from, to time.Duration) {
	for at := from; at < to; at += 20*second + k.scene.spread(0, 30*ms) {
		k.then(at, func() {
			k.id += 2
			c.send(at, join(u16(int(k.id)), []byte{skypeMedia}))
			c.answer(at+k.scene.spread(30*ms, 200*ms), join(k.scene.octets(2), []byte{skypeMedia}))
		})
	}
}

// talk is a voice call: 30 ms frames both ways, about 67 octets, no silence suppression.
// noise is the mask of the bits of the function octet that carry no meaning.
func (k *skype) talk(c *conversation, from, to time.Duration, noise byte) {
	s := k.scene
	k.then(from, func() { // the call is set up
		c.send(from, k.request(61))
		c.answer(from+90*ms, k.answer(44))
	})
	for at := from + 400*ms; at < to; at += 30 * ms {
		for side := range 2 {
			packet := s.octets(67 + s.between(-3, 3))
			for looksLikeRTCP(packet) {
				copy(packet, s.octets(2))
			}
			packet[2] = packet[2]&noise | skypeMedia
			c.say(at+time.Duration(side)*13*ms+s.spread(0, 2*ms), side == 0, packet)
		}
	}
	k.then(to+20*ms, func() { k.play(to+20*ms, c, refused) })
}

// looksLikeRTCP tells what dissectors take for RTCP by its first two octets: they would then
// show a good file as malformed. One identifier in 32 is drawn again for it.
func looksLikeRTCP(packet []byte) bool {
	return packet[0]>>6 == 2 && packet[1] >= 192 && packet[1] <= 223
}

// natPMP maps the client's port on the gateway (RFC 6886, sections 3.2 and 3.3).
func (k *skype) natPMP(at time.Duration, gateway string) {
	s := k.scene
	c := s.udp(s.ephemeral(k.local.host), s.at(gateway, 5351), negative("nat-pmp", "NAT-PMP to the gateway: asks for the client's port"))
	epoch := u32(86400)
	c.send(at, []byte{0, 0})
	c.answer(at+2*ms, join([]byte{0, 128, 0, 0}, epoch, s.public.AsSlice()))
	port := binary.BigEndian.AppendUint16(nil, k.local.port)
	c.send(at+10*ms, join([]byte{0, 1, 0, 0}, port, port, u32(3600)))
	c.answer(at+12*ms, join([]byte{0, 129, 0, 0}, epoch, port, port, u32(3600)))
}
