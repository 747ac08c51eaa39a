package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// What hosts of one network say to each other: finding printers, players and shares, getting
// an address, asking the router for a port. Most of it goes to group addresses, which speak
// for themselves; the answers do not.
var clearLAN = clearDetector("lan", packet.UDP, []clearRow{
	{service: "ssdp", opens: "M-SEARCH * HTTP/1.", source: "UPnP Device Architecture 2.0, section 1.3.2"},
	{service: "ssdp", opens: "NOTIFY * HTTP/1.", source: "UPnP Device Architecture 2.0, section 1.2.2"},
	{service: "ssdp", opens: "HTTP/1.1 200 OK", source: "UPnP Device Architecture 2.0, section 1.3.3"},
	{service: "ws-discovery", opens: "<", check: holds("ws/2005/04/discovery"), source: "OASIS WS-Discovery 1.1, section 4"},
	{service: "ws-discovery", opens: "<", check: holds("soap-envelope"), ports: []uint16{3702}, source: "OASIS WS-Discovery 1.1, section 2.4"},
	{service: "xml", opens: "<?xml ", check: printableFrom(6), source: "W3C, XML 1.0, section 2.8"},
	{service: "dhcp", opens: "\x63\x82\x53\x63", at: 236, check: within(0, 1, 2), source: "RFC 2131, section 3"},
	{service: "bootp", opens: "\x01\x06", at: 1, least: 236, check: all(within(0, 1, 2), bootp), ports: []uint16{67, 68}, source: "RFC 951, section 3"},
	{service: "dhcpv6", check: dhcpv6, ports: []uint16{546, 547}, source: "RFC 8415, sections 8 and 21.1"},
	{service: "nat-pmp", check: natPMP, ports: []uint16{5350, 5351}, source: "RFC 6886, section 3"},
	{service: "pcp", opens: "\x02", least: 24, check: pcp, ports: []uint16{5350, 5351}, source: "RFC 6887, section 7"},
	{service: "netbios-dgm", opens: "\x00\x8a", at: 8, check: all(within(0, 0x10, 0x16), netbiosDatagram), source: "RFC 1002, section 4.4"},
	{service: "dropbox-lan", opens: "{\"host_int\"", source: "Dropbox LAN sync, announcement as sent in 2012 to 2024"},
	{service: "spotify-connect", opens: "SpotUdp", source: "nDPI src/lib/protocols/spotify.c (facts only)"},
	{service: "mikrotik-discovery", check: mikrotik, ports: []uint16{5678}, source: "MikroTik RouterOS documentation, neighbor discovery"},
	{service: "bjnp", opens: "BJN", check: within(3, 'A', 'Z'), source: "CUPS backend cups-bjnp, bjnp-commands.h"},
	{service: "bjnp", opens: "MFNP", source: "SANE backend pixma, pixma_bjnp_private.h"},
	{service: "tplink-smart-home", opens: "\xd0\xf2\x81\xf8\x8b", source: "TP-Link smart home protocol: XOR with key 171, text {\"sys..."},
	{service: "lifx", opens: "\x14", at: 3, mask: "\x1f", check: all(sized(0, 2, littleEndian, 0), within(2, 0, 0)), ports: []uint16{56700}, source: "LIFX LAN protocol, header"},
	{service: "tuya", opens: "\x00\x00\x55\xaa\x00\x00", check: tuyaTail, source: "Tuya local protocol 3.3, as tinytuya documents it"},
	{service: "steam-remote-play", opens: "\xff\xff\xff\xff\x21\x4c\x5f\xa0", source: "Valve, in-home streaming discovery header"},
	{service: "syslog", opens: "<", check: syslog, source: "RFC 5424, section 6.2.1; RFC 3164, section 4.1.1"},
	{service: "teredo", check: teredo, ports: []uint16{3544}, source: "RFC 4380, section 5.1.1"},
	{service: "teredo", opens: "\x60", mask: "\xf0", least: 40, check: teredoBubble, source: "RFC 4380, section 2.8; RFC 4291, section 2.4"},
	{service: "json", opens: "{\"", check: all(holds("\":"), printableFrom(2)), source: "RFC 8259, section 4"},
	{service: "slp", opens: "\x02", check: all(within(1, 1, 11), slp), source: "RFC 2608, section 8"},
	{service: "xdmcp", opens: "\x00\x01\x00", check: all(within(3, 1, 13), sized(4, 2, bigEndian, 6)), ports: []uint16{177}, source: "X.Org, XDMCP 1.1, section 9"},
	{service: "wake-on-lan", opens: "\xff\xff\xff\xff\xff\xff", least: 102, check: magicPacket, source: "AMD, Magic Packet Technology, 1995"},
	{service: "rip", check: rip, ports: []uint16{520, 521}, source: "RFC 2453, section 4; RFC 2080, section 2.1"},
	{service: "hsrp", opens: "\x00", check: all(within(1, 0, 2), exactly(20)), ports: []uint16{1985}, twice: true, source: "RFC 2281, section 5.1"},
	{service: "ptp", check: ptp, ports: []uint16{319, 320}, source: "IEEE 1588-2019, section 13.3"},
	{service: "artnet", opens: "Art-Net\x00", source: "Artistic Licence, Art-Net 4, packet definitions"},
	{service: "crestron-discovery", opens: "\x14\x00\x00\x00\x01\x04\x00\x03\x00\x00", source: "Crestron autodiscovery, as Nmap's broadcast script asks"},
	{service: "ubiquiti-discovery", check: ubiquiti, ports: []uint16{10001}, source: "Ubiquiti device discovery, as Wireshark's and nDPI's readers have it (facts only)"},
	{service: "tivoconnect", opens: "TiVoConnect=", source: "TiVo Connect Automatic Machine Discovery, section 2"},
})

// bootp tells a message without DHCP's cookie: one with it is DHCP's.
func bootp(o *Observation) bool {
	p := o.Payload
	return len(p) < 240 || be32(p[236:]) != 0x63825363
}

// dhcpv6 checks the chain of options to the end.
func dhcpv6(o *Observation) bool {
	p := o.Payload
	if len(p) < 8 || p[0] == 0 || p[0] > 13 || o.Cut() {
		return false
	}
	at := 4
	if p[0] == 12 || p[0] == 13 {
		at = 34 // relay messages: hop count, two addresses
	}
	options := 0
	for at+4 <= len(p) && p[at] == 0 && p[at+1] > 0 {
		at += 4 + int(be16(p[at+2:]))
		options++
	}
	return at == len(p) && options > 0
}

// natPMP checks versions, opcodes and the length that goes with each.
func natPMP(o *Observation) bool {
	p := o.Payload
	if len(p) < 2 || p[0] != 0 {
		return false
	}
	switch p[1] {
	case 0:
		return o.Length == 2
	case 1, 2:
		return o.Length == 12
	case 128:
		return o.Length == 12 && len(p) >= 4 && p[2] == 0
	case 129, 130:
		return o.Length == 16 && len(p) >= 4 && p[2] == 0
	}
	return false
}

// pcp checks opcode and lengths; the client's address is IPv4-mapped or IPv6 in requests.
func pcp(o *Observation) bool {
	p := o.Payload
	return p[1]&0x7f <= 3 && p[2] == 0 && o.Length%4 == 0 && o.Length <= 1100
}

// netbiosDatagram checks the length of a datagram that carries a message.
func netbiosDatagram(o *Observation) bool {
	p := o.Payload
	if p[0] > 0x12 {
		return o.onPort(138)
	}
	return len(p) >= 14 && int(be16(p[10:]))+14 == o.Length
}

// mikrotik checks the chain of type, length, value to the end.
func mikrotik(o *Observation) bool {
	p := o.Payload
	if o.Length == 4 && len(p) == 4 {
		return be32(p) == 0 // asks for announcements
	}
	at, n := 4, 0
	for at+4 <= len(p) && p[at] == 0 {
		at += 4 + int(be16(p[at+2:]))
		n++
	}
	return at == len(p) && n >= 2
}

// tuyaTail checks the length and the mark at the end.
func tuyaTail(o *Observation) bool {
	p := o.Payload
	return len(p) >= 24 && int(be32(p[12:]))+16 == o.Length && (o.Cut() || be32(p[len(p)-4:]) == 0xaa55)
}

// syslog checks a priority of at most 191 in angle brackets, then text.
func syslog(o *Observation) bool {
	p := o.Payload
	end := bytes.IndexByte(p[:min(len(p), 5)], '>')
	if end < 2 || len(p) < end+8 {
		return false
	}
	priority := 0
	for _, b := range p[1:end] {
		if b < '0' || b > '9' {
			return false
		}
		priority = priority*10 + int(b-'0')
	}
	return priority <= 191 && printable(p[end+1:min(len(p), end+40)])
}

// teredo checks a bubble or packet: IPv6 whose length fits, perhaps behind an authentication
// and an origin header. What is whole, the packet decoder has undone.
func teredo(o *Observation) bool {
	p := o.Payload
	at := 0
	if len(p) >= 13 && p[0] == 0 && p[1] == 1 {
		at = 13 + int(p[2]) + int(p[3])
	}
	if len(p) >= at+8 && p[at] == 0 && p[at+1] == 0 {
		at += 8
	}
	return len(p) >= at+40 && p[at]>>4 == 6 && at+40+int(be16(p[at+4:])) == o.Length
}

// teredoBubble checks an IPv6 header with nothing behind it (next header 59) and an address of
// Teredo's prefix, on any port: peers send bubbles to each other.
func teredoBubble(o *Observation) bool {
	p := o.Payload
	return p[6] == 59 && (be32(p[8:]) == 0x20010000 || be32(p[24:]) == 0x20010000)
}

// slp checks the length of a Service Location Protocol message.
func slp(o *Observation) bool {
	p := o.Payload
	return len(p) >= 16 && int(p[2])<<16|int(be16(p[3:])) == o.Length && p[6] == 0
}

func magicPacket(o *Observation) bool {
	p := o.Payload
	return bytes.Equal(p[6:12], p[12:18]) && bytes.Equal(p[6:12], p[90:96])
}

// rip checks command, version and entries of 20 octets.
func rip(o *Observation) bool {
	p := o.Payload
	return len(p) >= 24 && (p[0] == 1 || p[0] == 2) && (p[1] == 1 || p[1] == 2) && p[2]|p[3] == 0 && (o.Length-4)%20 == 0
}

// ptp checks version and message length.
func ptp(o *Observation) bool {
	p := o.Payload
	return len(p) >= 34 && p[1]&0xf == 2 && int(be16(p[2:])) == o.Length && p[0]&0xf <= 13
}

// ubiquiti checks version, command and length of an announcement, or the request for one.
func ubiquiti(o *Observation) bool {
	p := o.Payload
	return len(p) >= 4 && (p[0] == 1 || p[0] == 2) && int(be16(p[2:]))+4 == o.Length
}

// clearShares are file shares and printers over TCP.
var clearShares = clearDetector("shares", packet.TCP, []clearRow{
	{service: "smb", opens: "\xffSMB", at: 4, check: within(0, 0, 0), source: "[MS-CIFS] 2.2.3.1"},
	{service: "smb", opens: "\xfeSMB", at: 4, check: within(0, 0, 0), source: "[MS-SMB2] 2.2.1"},
	{service: "smb", opens: "\xfdSMB", at: 4, check: within(0, 0, 0), source: "[MS-SMB2] 2.2.41"},
	{service: "smb", opens: "\xfcSMB", at: 4, check: within(0, 0, 0), source: "[MS-SMB2] 2.2.42"},
	{service: "netbios-ssn", opens: "\x81\x00\x00\x44\x20", source: "RFC 1002, section 4.3.2"},
	{service: "netbios-ssn", opens: "\x82\x00\x00\x00", check: exactly(4), ports: []uint16{139}, source: "RFC 1002, section 4.3.3"},
	{service: "netbios-ssn", opens: "\x83\x00\x00\x01", check: exactly(5), ports: []uint16{139}, source: "RFC 1002, section 4.3.4"},
	{service: "netbios-ssn", opens: "\x85\x00\x00\x00", check: exactly(4), ports: []uint16{139}, source: "RFC 1002, section 4.3.6"},
	{service: "afp", first: "\x00\x01", check: afp, source: "Apple, AppleTalk Filing Protocol over DSI, header"},
	{service: "nfs-rpc", opens: "\x80\x00", least: 28, check: rpcOver(4), source: "RFC 5531, sections 9 and 11"},
	{service: "iscsi", opens: "\x03", mask: "\x3f", least: 48, check: iscsi, ports: []uint16{3260, 860}, source: "RFC 7143, section 11.12"},
	{service: "dropbox-lan", opens: "{\"host_int\"", source: "Dropbox LAN sync, announcement as sent in 2012 to 2024"},
})

// afp checks a DSI header: kind, command 1 to 8, the length behind, four zeros at the end.
func afp(o *Observation) bool {
	p := o.Payload
	return len(p) >= 16 && p[0] <= 1 && p[1] >= 1 && p[1] <= 8 && be32(p[12:]) == 0 && unsigned(p[8:12], bigEndian)+16 == o.Length
}

// rpcOver returns a check of an ONC RPC message behind skip octets of record mark: a call of
// version 2 to a program of the assigned range, or an accepted reply without verifier.
func rpcOver(skip int) func(*Observation) bool {
	return func(o *Observation) bool {
		p := o.Payload
		if len(p) < skip+24 || skip == 4 && int(be32(p)&0x7fffffff)+4 != o.Length {
			return false
		}
		p = p[skip:]
		switch be32(p[4:]) {
		case 0:
			return be32(p[8:]) == 2 && be32(p[12:])>>16 <= 0x0f && be32(p[16:]) <= 16
		case 1:
			return be32(p[8:]) == 0 && be32(p[12:]) <= 6 && be32(p[16:]) <= 400 && be32(p[16:])%4 == 0 && (be32(p[16:]) > 0 || be32(p[20:]) <= 5)
		}
		return false
	}
}

// iscsi checks the zero version octets and the data length of a login request.
func iscsi(o *Observation) bool {
	p := o.Payload
	data := int(p[5])<<16 | int(be16(p[6:]))
	return p[2]|p[3] == 0 && 48+(data+3)&^3 == o.Length
}
