package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Tox over UDP.
//
//	| kind | sender's DHT key 32 | nonce 24 | encrypted ... |   kinds 00, 01, 02, 04, 18
//	  00 ping 82, 01 its answer 82 | 02 nodes request 113, 04 its answer 82 + 39 or 51 a node
//	  18 cookie request 145        | 19 | nonce 24 | ... | cookie response 161
//	| 1a | cookie 112 | nonce 24 | encrypted 248 |          handshake 385, from both ends
//	| 1b | low octets of a counted nonce 2 | encrypted ... | data
//
// Kind and length belong together exactly, and all that follows the kind is noise. A request
// and an answer tie the directions; the sender's key, which is noise too, comes again in each
// of its packets, to every peer: that ties packets of one flow here, and flows of one socket in
// host_overlay.go.
//
// Not looked for: the onion's kinds (80 to 8e), whose lengths vary. Relays over TCP: tox_relay.go.
var tox = Detector{
	Name:      "tox",
	Transport: packet.UDP,
	References: []string{
		"Tox protocol specification, sections Protocol Packet, DHT Packet, Ping Service, Nodes Service",
		"Tox protocol specification, section Net crypto (cookies, handshake, data)",
	},
	Proves: "A Tox node speaks to another; all but the key of the sender is encrypted.",
	Not:    "Whether the other is a friend or any node of the DHT.",
	Claims: []ClaimID{claimToxShape, claimToxExchange, claimToxKey, claimToxData},
	Opens:  func(b byte) bool { return b <= 4 && b != 3 || b >= 0x18 && b <= 0x1b },
	Gates: []Gate{
		{Opens: opens(0, 1), Length: lengths(82), Least: 1 + 32},
		{Opens: opens(2), Length: lengths(113), Least: 1 + 32},
		{Opens: opens(4), Length: func(n int) bool { return toxShape(4, n) }, Least: 1 + 32},
		{Opens: opens(0x18, 0x19, 0x1a), Length: lengths(145, 161, 385), Least: 1 + 32},
		{Opens: opens(0x1b), Least: 1 + 32, After: 1},
	},
	Detect: detectTox,
}

func detectTox(o *Observation) {
	p := o.Payload
	if len(p) < 1+32 {
		return
	}
	if p[0] == 0x1b {
		o.toxData(p)
		return
	}
	if !toxShape(p[0], o.Length) || !noise(p[1:]) {
		return
	}
	o.Claim(claimToxShape, uint32(p[0]), uint32(o.Length))
	if b := o.LastFrom(1 - o.Dir); b != nil && toxAnswers(b.prefix[0], p[0]) && toxShape(b.prefix[0], int(b.length)) {
		o.Claim(claimToxExchange, uint32(b.prefix[0]), uint32(p[0]))
	}
	for k := 0; toxKeyed(p[0]); k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir == o.Dir && toxKeyed(b.prefix[0]) && toxShape(b.prefix[0], int(b.length)) && bytes.Equal(b.prefix[1:], p[1:digestPrefix]) {
			o.Claim(claimToxKey, be32(p[1:]), 0)
			return
		}
	}
}

// toxShape tells whether a packet of the kind has that length.
func toxShape(kind byte, length int) bool {
	switch kind {
	case 0x00, 0x01:
		return length == 82
	case 0x02:
		return length == 113
	case 0x04: // up to four nodes, of 39 octets (IPv4) or 51 (IPv6)
		for six := range 5 {
			if n := length - 82 - 51*six; n >= 0 && n%39 == 0 && n/39+six <= 4 {
				return true
			}
		}
		return false
	case 0x18:
		return length == 145
	case 0x19:
		return length == 161
	case 0x1a:
		return length == 385
	}
	return false
}

// toxKeyed tells the kinds that bear the sender's DHT key behind the kind.
func toxKeyed(kind byte) bool { return kind <= 2 || kind == 4 || kind == 0x18 }

// toxAnswers tells whether answer follows request.
func toxAnswers(request, answer byte) bool {
	switch answer {
	case 0x01:
		return request == 0x00
	case 0x04:
		return request == 0x02
	case 0x19:
		return request == 0x18
	case 0x1a:
		return request == 0x19 || request == 0x1a
	}
	return false
}

// toxData follows the counter of a direction: its low two octets rise by one.
func (o *Observation) toxData(p []byte) {
	b := o.LastFrom(o.Dir)
	if b != nil && b.prefix[0] == 0x1b && be16(p[1:])-be16(b.prefix[1:]) == 1 && noise(p[3:]) {
		o.Claim(claimToxData, uint32(be16(p[1:])), 0)
	}
}
