package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// uTP, BitTorrent's transport over UDP.
//
//	| type 4 bits, version 4 bits (1) | extension 1 | connection id 2 | time 4 | time difference 4 | window 4 | seq 2 | ack 2 |
//	  types: 0 data, 1 fin, 2 state, 3 reset, 4 syn
//	  extension: a chain of | next 1 | length 1 | octets |
//
// The header is always in clear. The answer to a SYN bears its connection id and acknowledges
// its sequence number; afterwards the ids of the two directions differ by exactly one, and each
// acknowledges near what the other sent. That is 28 bits or more, and makes it uTP. Where only
// one direction is seen, its time tells: microseconds that advance as the capture's do, under
// one connection id.
//
// What is inside decides. A clear peer begins with the BitTorrent handshake and sends messages
// behind their length; an obfuscated one (MSE) begins with a random key of 96 octets. Data from
// the middle of a clear transfer looks random too (it is compressed files), so later packets
// count only when they are short: a clear peer's short packets are requests and notices.
//
// The DHT shares socket and five-tuple and often speaks first, so a flow that begins with it
// is observed for longer.
var utp = Detector{
	Name:       "bittorrent-utp",
	Transport:  packet.UDP,
	References: []string{"BEP 29, header format and connection setup", "BEP 3, peer protocol", "Message Stream Encryption 1.0, handshake"},
	Proves:     "Two peers have a uTP connection; whether what they say is in clear.",
	Not:        "Which program it is: other peers' programs use uTP too.",
	Claims:     []ClaimID{claimUTPSyn, claimUTP, claimUTPHidden, claimUTPShort, claimUTPLong, claimUTPClear},
	Opens:      func(b byte) bool { return b&15 == 1 && b>>4 <= 4 || b == 'd' },
	Detect:     detectUTP,
}

// Types of uTP packets.
const (
	utpData = 0
	utpSyn  = 4
)

const utpHeader = 20

// Payloads to observe of a flow that begins with the DHT, and of a uTP connection.
const (
	watchDHT = 64
	watchUTP = 96
)

// utpBody returns where the body of a uTP packet of length octets begins, 0 if p is none.
// At most three extensions are followed: two are defined.
func utpBody(p []byte, length int) int {
	if len(p) < utpHeader || p[0]&15 != 1 || p[0]>>4 > 4 || be32(p[4:]) == 0 {
		return 0
	}
	at, kind := utpHeader, p[1]
	for range 3 {
		if kind == 0 {
			break
		}
		if kind > 3 || at+2 > len(p) {
			return 0
		}
		kind, at = p[at], at+2+int(p[at+1])
	}
	if kind != 0 || at > length {
		return 0
	}
	if empty := at == length; empty == (p[0]>>4 == utpData) {
		return 0 // data has a body, all else has none
	}
	return at
}

func detectUTP(o *Observation) {
	p := o.Payload
	if len(p) > 2 && p[0] == 'd' && (p[1] == '1' || p[1] == '2') && p[2] == ':' {
		o.Watch(watchDHT) // a dictionary of KRPC (BEP 5)
		return
	}
	body := utpBody(p, o.Length)
	if body == 0 {
		return
	}
	if p[0]>>4 == utpSyn && be32(p[8:]) == 0 {
		o.Claim(claimUTPSyn, uint32(be16(p[2:])), 0)
		return
	}
	sawSyn, firstData := false, true
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			break
		}
		if b.prefix[0]&15 != 1 || b.prefix[0]>>4 > 4 || b.length < utpHeader {
			continue
		}
		sawSyn = sawSyn || b.prefix[0]>>4 == utpSyn
		if b.dir == o.Dir {
			firstData = firstData && b.prefix[0]>>4 != utpData
		}
		if b.dir == o.Dir && o.utpClock(p, b) || b.dir != o.Dir && utpLinked(p, b) {
			o.Claim(claimUTP, uint32(be16(p[2:])), uint32(be16(b.prefix[2:])))
		}
	}
	if p[0]>>4 == utpData && o.Claimed(claimUTP) != 0 && body < len(p) {
		o.Watch(watchUTP)
		o.utpInside(p[body:], o.Length-body, sawSyn && firstData)
	}
}

// utpLinked tells whether packet p belongs to the connection of b, which came the other way.
func utpLinked(p []byte, b *digest) bool {
	mine, other := be16(p[2:]), be16(b.prefix[2:])
	if b.prefix[0]>>4 == utpSyn && p[0]>>4 == 2 {
		return mine == other && be16(p[18:]) == be16(b.prefix[16:])
	}
	if be32(p[16:]) == 0 || be32(b.prefix[16:]) == 0 {
		return false // numbers begin with 1; zeros are another protocol's
	}
	const near = 16 // packets under way at once, early in a connection
	ahead, behind := be16(b.prefix[16:])-be16(p[18:])+near, be16(p[16:])-be16(b.prefix[18:])+near
	return (mine-other == 1 || other-mine == 1) && (ahead <= 2*near || behind <= 2*near)
}

// utpClock tells whether packet p belongs to the connection of b, which went the same way
// before, by sequence and time. The id of a SYN is one less than that of what follows it.
func (o *Observation) utpClock(p []byte, b *digest) bool {
	const near, late = 64, 5000 // packets, microseconds
	id := be16(p[2:]) - be16(b.prefix[2:])
	if b.prefix[0]>>4 == utpSyn {
		id--
	}
	passed := uint32((o.Time-o.Flow.Start)/1000) - b.after
	drift := be32(p[4:]) - be32(b.prefix[4:]) - passed + late
	return id == 0 && passed > 0 && drift < 2*late && be16(p[16:])-be16(b.prefix[16:]) < near && be32(p[16:]) != 0
}

// utpInside judges a body of length octets; first tells that a direction begins with it.
func (o *Observation) utpInside(body []byte, length int, first bool) {
	if torrentMessages(body, length) {
		o.Claim(claimUTPClear, uint32(length), 0)
		return
	}
	if len(body) < 14 || !noise(body) {
		return
	}
	switch {
	case first && length >= 32:
		o.Claim(claimUTPHidden, uint32(length), 0)
	case length <= 200 && len(body) == length:
		o.Claim(claimUTPShort, uint32(length), 0)
	case len(body) < length || o.Claimed(claimUTPHidden)|o.Claimed(claimUTPClear) != 0:
	case bytes.Contains(body, blockHead):
		o.Claim(claimUTPClear, uint32(length), 0)
	default:
		sum := uint32(length)
		if n := o.classifier.find(o.state, claimUTPLong); n != nil {
			sum += n.a
		}
		o.Claim(claimUTPLong, sum, 0)
	}
}

// blockHead is how a message with a block begins: its length of 9 and 16384, and id 7 (BEP 3;
// programs ask for blocks of 2^14 octets).
var blockHead = []byte{0, 0, 0x40, 9, 7}

// torrentMessages tells whether body, of length octets, begins with a BitTorrent handshake or
// with a message that fits: length 4, id 1 (BEP 3; BEP 6 and BEP 10 use ids up to 20).
func torrentMessages(body []byte, length int) bool {
	const hello = "\x13BitTorrent protocol"
	if len(body) >= len(hello) && string(body[:len(hello)]) == hello {
		return true
	}
	if len(body) < 5 {
		return length == 4 && len(body) == 4 && be32(body) == 0 // keep-alive
	}
	n := be32(body)
	return n <= 1<<17 && (n == 0 || body[4] <= 23)
}
