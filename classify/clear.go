package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Protocols that say in clear what they are.
//
// A row is a pattern that a payload opens with. A pattern of 32 bits or more stands alone; a
// shorter one also wants the port that IANA registered, which alone decides nothing. All of
// them speak against encrypted peer-to-peer: they are servers' protocols, or peers' that do
// not encrypt.
type clearRow struct {
	service   string
	transport packet.Protocol
	at        int    // offset of the pattern
	pattern   string // octets that stand there
	mask      string // "" compares whole octets
	least     int    // octets that the payload has at least
	port      uint16 // 0: any
	claim     ClaimID
	source    string
}

var clearRows = []clearRow{
	{"ssh", packet.TCP, 0, "SSH-", "", 8, 0, claimClear, "RFC 4253, section 4.2"},
	{"http", packet.TCP, 0, "GET ", "", 12, 0, claimClear, "RFC 9112, section 3"},
	{"http", packet.TCP, 0, "POST ", "", 12, 0, claimClear, "RFC 9112, section 3"},
	{"http", packet.TCP, 0, "HEAD ", "", 12, 0, claimClear, "RFC 9112, section 3"},
	{"http", packet.TCP, 0, "PUT ", "", 12, 0, claimClear, "RFC 9112, section 3"},
	{"http", packet.TCP, 0, "OPTIONS ", "", 12, 0, claimClear, "RFC 9112, section 3"},
	{"http-connect", packet.TCP, 0, "CONNECT ", "", 12, 0, claimClear, "RFC 9110, section 9.3.6"},
	{"http", packet.TCP, 0, "HTTP/1.", "", 12, 0, claimClear, "RFC 9112, section 4"},
	{"http", packet.TCP, 0, "PRI * HTTP/2.0", "", 14, 0, claimClear, "RFC 9113, section 3.4"},
	{"sip", packet.TCP, 0, "SIP/2.0 ", "", 8, 0, claimClear, "RFC 3261, section 7.2"},
	{"sip", packet.UDP, 0, "SIP/2.0 ", "", 8, 0, claimClear, "RFC 3261, section 7.2"},
	{"sip", packet.UDP, 0, "INVITE sip", "", 10, 0, claimClear, "RFC 3261, section 7.1"},
	{"sip", packet.UDP, 0, "REGISTER sip", "", 12, 0, claimClear, "RFC 3261, section 7.1"},
	{"sip", packet.UDP, 0, "OPTIONS sip", "", 11, 0, claimClear, "RFC 3261, section 7.1"},
	{"ssdp", packet.UDP, 0, "M-SEARCH * HTTP/1.1", "", 19, 0, claimClear, "UPnP Device Architecture 2.0, section 1.3.2"},
	{"ssdp", packet.UDP, 0, "NOTIFY * HTTP/1.1", "", 17, 0, claimClear, "UPnP Device Architecture 2.0, section 1.2.2"},
	{"ssdp", packet.UDP, 0, "HTTP/1.1 200 OK", "", 15, 0, claimClear, "UPnP Device Architecture 2.0, section 1.3.3"},
	{"bittorrent", packet.TCP, 0, "\x13BitTorrent protocol", "", 20, 0, claimClearPeer, "BEP 3, peer protocol"},
	{"bittorrent-dht", packet.UDP, 0, "d1:ad2:id20:", "", 12, 0, claimBitTorrentDHT, "BEP 5, KRPC protocol"},
	{"bittorrent-dht", packet.UDP, 0, "d1:rd2:id20:", "", 12, 0, claimBitTorrentDHT, "BEP 5, KRPC protocol"},
	{"bittorrent-dht", packet.UDP, 0, "d2:ip", "", 20, 0, claimBitTorrentDHT, "BEP 42"},
	{"bittorrent-dht", packet.UDP, 0, "d1:e", "", 20, 0, claimBitTorrentDHT, "BEP 5, errors"},
	{"bittorrent-tracker", packet.UDP, 0, "\x00\x00\x04\x17\x27\x10\x19\x80", "", 16, 0, claimClear, "BEP 15, connect"},
	{"ntp", packet.UDP, 0, "\x00", "\xc0", 48, 123, claimClear, "RFC 5905, section 7.3"},
	{"raknet", packet.UDP, 1, "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", "", 17, 0, claimClear, "RakNet, offline message id"},
	{"raknet", packet.UDP, 9, "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", "", 25, 0, claimClear, "RakNet, offline message id"},
	{"raknet", packet.UDP, 17, "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", "", 33, 0, claimClear, "RakNet, offline message id"},
	{"source-engine", packet.UDP, 0, "\xff\xff\xff\xff", "", 5, 0, claimClear, "Valve developer wiki, Server queries"},
	{"dnscrypt", packet.UDP, 0, "r6fnvWj8", "", 32, 0, claimClear, "DNSCrypt version 2 protocol, section 12"},
	{"dnscrypt", packet.TCP, 2, "r6fnvWj8", "", 32, 0, claimClear, "DNSCrypt version 2 protocol, section 12"},
	{"ike", packet.UDP, 17, "\x10", "\xf0", 28, 500, claimClear, "RFC 7296, section 3.1"},
	{"ike", packet.UDP, 17, "\x20", "\xf0", 28, 500, claimClear, "RFC 7296, section 3.1"},
	{"ipsec", packet.UDP, 0, "", "", 1, 4500, claimClear, "RFC 3948, section 2"},
	{"snmp", packet.UDP, 0, "\x30", "", 20, 161, claimClear, "RFC 1157, section 4"},
	{"snmp", packet.UDP, 0, "\x30", "", 20, 162, claimClear, "RFC 1157, section 4"},
	{"dhcp", packet.UDP, 236, "\x63\x82\x53\x63", "", 240, 0, claimClear, "RFC 2131, section 3"},
	{"rdp", packet.TCP, 0, "\x03\x00\x00", "", 7, 3389, claimClear, "[MS-RDPBCGR] 2.2.1.1"},
	{"smtp", packet.TCP, 0, "220 ", "", 6, 0, claimClear, "RFC 5321, section 4.2"},
	{"imap", packet.TCP, 0, "* OK", "", 5, 0, claimClear, "RFC 9051, section 7.1"},
	{"pop3", packet.TCP, 0, "+OK", "", 5, 110, claimClear, "RFC 1939, section 3"},
	{"ftp", packet.TCP, 0, "USER ", "", 7, 0, claimClear, "RFC 959, section 4.1"},
	{"gnutella", packet.TCP, 0, "GNUTELLA", "", 12, 0, claimGnutella, "Gnutella 0.6, section 2.1"},
	{"gnutella", packet.UDP, 0, "GND", "", 8, 0, claimClearPeer, "Gnutella 2, UDP transceiver"},
	{"memcached", packet.UDP, 4, "\x00\x01\x00\x00", "", 10, 11211, claimClear, "memcached, doc/protocol.txt, UDP protocol"},
	{"teredo", packet.UDP, 0, "", "", 1, 3544, claimClear, "RFC 4380, section 5.1.1"},
	{"nat-pmp", packet.UDP, 0, "\x00", "", 2, 5351, claimClear, "RFC 6886, section 3"},
	{"nat-pmp", packet.UDP, 0, "\x02", "", 2, 5351, claimClear, "RFC 6887, section 7"},
	{"stun-nat", packet.UDP, 0, "\x05\xca\x7f\x16\x9c\x11\xf9\x89", "", 8, 0, claimClear, "Mikrotik neighbour discovery"},
	{"dropbox-lan", packet.UDP, 0, "{\"host_int\"", "", 20, 0, claimClear, "Dropbox LAN sync discovery"},
	{"netbios", packet.UDP, 0, "", "", 12, 137, claimClear, "RFC 1002, section 4.2"},
	{"netbios", packet.UDP, 0, "", "", 12, 138, claimClear, "RFC 1002, section 4.4"},
	{"kademlia", packet.UDP, 0, "\xe4", "", 2, 4672, claimClearPeer, "eMule Kad"},
	{"radius", packet.UDP, 0, "", "", 20, 1812, claimClear, "RFC 2865, section 3"},
	{"radius", packet.UDP, 0, "", "", 20, 1813, claimClear, "RFC 2866, section 3"},
	{"l2tp", packet.UDP, 0, "", "", 8, 1701, claimClear, "RFC 2661, section 3.1"},
	{"bitcoin", packet.TCP, 0, "\xf9\xbe\xb4\xd9", "", 24, 0, claimClearPeer, "Bitcoin protocol, message header"},
}

// clear matches the rows of one transport.
func clearDetector(transport packet.Protocol, name string) Detector {
	var rows []clearRow
	var opens [256]bool
	for _, r := range clearRows {
		if r.transport != transport {
			continue
		}
		rows = append(rows, r)
		for b := range 256 {
			if r.at > 0 || r.pattern == "" || r.mask == "" && byte(b) == r.pattern[0] || r.mask != "" && byte(b)&r.mask[0] == r.pattern[0] {
				opens[b] = true
			}
		}
	}
	return Detector{
		Name:      name,
		Transport: transport,
		References: []string{
			"the specification that stands in each row",
		},
		Proves: "The flow speaks a protocol that does not hide itself.",
		Not:    "That nothing else is hidden inside it.",
		Claims: []ClaimID{claimClear, claimClearPeer, claimBitTorrentDHT, claimGnutella},
		Opens:  func(b byte) bool { return opens[b] },
		Detect: func(o *Observation) {
			for i := range rows {
				if rows[i].match(o) {
					o.Claim(rows[i].claim, uint32(clearIndex(rows[i].service)), 0)
					return
				}
			}
		},
	}
}

func (r *clearRow) match(o *Observation) bool {
	p := o.Payload
	if len(p) < r.least || len(p) < r.at+len(r.pattern) {
		return false
	}
	if r.port != 0 && o.Flow.Key.Port[0] != r.port && o.Flow.Key.Port[1] != r.port {
		return false
	}
	if r.mask != "" {
		return p[r.at]&r.mask[0] == r.pattern[0]
	}
	return bytes.Equal(p[r.at:r.at+len(r.pattern)], []byte(r.pattern))
}

// clearIndex numbers the services of the rows, so that a claim can hold one.
func clearIndex(service string) int {
	for i := range clearRows {
		if clearRows[i].service == service {
			return i
		}
	}
	return 0
}
