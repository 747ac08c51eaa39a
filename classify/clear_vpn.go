package classify

import "peeratlas/capture/packet"

// Tunnels between a client and its server, by what they say before they encrypt. OpenVPN,
// IPsec, DNSCrypt and SOCKS need state: openvpn.go, ipsec.go, dnscrypt.go, socks.go.
//
// Some cannot be told from noise and are not looked for: Shadowsocks (its first octets are a
// salt), VMess, obfs4, obfuscated SSH of Psiphon, and OpenVPN behind a proxy of that kind.
// They dial one server by TCP; nothing that a socket does makes peers of them.
var clearVPNUDP = clearDetector("tunnels", packet.UDP, []clearRow{
	{service: "l2tp", opens: "\xc8\x02", mask: "\xfa\xff", least: 12, check: sized(2, 2, bigEndian, 0), claim: claimTunnel, source: "RFC 2661, section 3.1"},
	{service: "l2tp", opens: "\xc8\x03", mask: "\xfa\xff", least: 12, check: sized(2, 2, bigEndian, 0), claim: claimTunnel, source: "RFC 3931, section 3.2.1"},
	{service: "l2tp", opens: "\x40\x02", mask: "\xf0\xff", least: 8, check: sized(2, 2, bigEndian, 0), claim: claimTunnel, ports: []uint16{1701}, source: "RFC 2661, section 3.1"},
	{service: "l2tp", opens: "\x00\x02", mask: "\xf0\xff", least: 8, claim: claimTunnel, ports: []uint16{1701}, twice: true, source: "RFC 2661, section 3.1"},
	{service: "softether", opens: "IP=", check: holds(",PORT="), claim: claimTunnel, source: "nDPI src/lib/protocols/softether.c (facts only)"},
	{service: "hotspot-shield", opens: "HYDRA", least: 12, claim: claimTunnel, source: "Hydra transport greeting (facts only)"},
	{service: "fortinet-dtls", opens: "GFtype\x00", at: 2, claim: claimTunnel, source: "OpenConnect, fortinet.c"},
	{service: "ciscovpn", opens: "\x14\x01\x00\x00", mask: "\xfc\xff\xff\xff", least: 13, check: sized(11, 2, bigEndian, 13), claim: claimTunnel, source: "OpenSSL, DTLS1_BAD_VER: pre-standard DTLS of AnyConnect; OpenConnect, dtls.c"},
	{service: "ciscovpn", opens: "\x16\x01\x00\x00\x00", least: 25, check: sized(11, 2, bigEndian, 13), claim: claimTunnel, source: "OpenSSL, DTLS1_BAD_VER: pre-standard DTLS of AnyConnect; OpenConnect, dtls.c"},
})

var clearVPNTCP = clearDetector("tunnels", packet.TCP, []clearRow{
	{service: "pptp", opens: "\x1a\x2b\x3c\x4d", at: 4, least: 12, check: all(sized(0, 2, bigEndian, 0), within(2, 0, 0), within(3, 1, 2)), claim: claimTunnel, source: "RFC 2637, section 2"},
	{service: "fortinet", opens: "\x50\x50", at: 2, least: 6, check: all(sized(0, 2, bigEndian, 0), sized(4, 2, bigEndian, 6)), claim: claimTunnel, source: "OpenConnect, ppp.c, Fortinet encapsulation"},
})
