package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Peers that do not encrypt. They speak against encrypted peer-to-peer, though they are peers:
// anybody on the path reads who asks for what.
var clearPeersTCP = clearDetector("clear peers", packet.TCP, []clearRow{
	{service: "bittorrent", opens: "\x13BitTorrent protocol", claim: claimClearPeer, source: "BEP 3, peer protocol"},
	{service: "gnutella", opens: "GNUTELLA CONNECT/", claim: claimGnutella, source: "Gnutella 0.6, section 2.1"},
	{service: "gnutella", opens: "GNUTELLA/0.", claim: claimGnutella, source: "Gnutella 0.6, section 2.1"},
	{service: "gnutella", opens: "GNUTELLA", least: 12, claim: claimGnutella, source: "Gnutella 0.6, section 2.1"},
})

var clearPeersUDP = clearDetector("clear peers", packet.UDP, []clearRow{
	{service: "bittorrent-dht", opens: "d1:", least: 12, check: krpc, claim: claimBitTorrentDHT, source: "BEP 5, KRPC protocol"},
	{service: "bittorrent-dht", opens: "d2:ip", least: 20, claim: claimBitTorrentDHT, source: "BEP 42, DHT security extension"},
	{service: "bittorrent-lsd", opens: "BT-SEARCH * HTTP/1.1", claim: claimClearPeer, source: "BEP 14"},
	{service: "bittorrent-tracker", opens: "\x00\x00\x04\x17\x27\x10\x19\x80", least: 16, source: "BEP 15, connect"},
	{service: "gnutella", opens: "GND", least: 8, check: gnutella2, claim: claimClearPeer, source: "Gnutella 2, UDP transceiver"},
	{service: "gnutella", opens: "GTA", least: 8, check: gnutella2, claim: claimClearPeer, source: "gtk-gnutella, src/core/udp_reliable.h: the same framing for Gnutella 0.6"},
})

// krpc checks a bencoded dictionary whose first key is a query's arguments, an answer or an
// error; every message has a transaction (t) and a type (y).
func krpc(o *Observation) bool {
	p := o.Payload
	switch p[3] {
	case 'a', 'r':
		return p[4] == 'd' && digit(p[5])
	case 'e':
		return p[4] == 'l' && bytes.Contains(p[:min(len(p), 128)], []byte("1:y1:e"))
	}
	return false
}

// gnutella2 checks flags (deflated, acknowledge; gtk-gnutella adds extended acknowledgements),
// part number and part count of a UDP packet of Gnutella 2. An acknowledgement counts no parts.
func gnutella2(o *Observation) bool {
	p := o.Payload
	return p[3]&0xec == 0 && p[6] >= 1 && (p[7] == 0 || p[6] <= p[7])
}
