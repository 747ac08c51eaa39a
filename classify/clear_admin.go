package classify

import "peeratlas/capture/packet"

// Directories, authentication, management and what routers tell each other.
var clearAdminUDP = clearDetector("admin", packet.UDP, []clearRow{
	{service: "ntp", least: 8, check: ntp, ports: []uint16{123}, source: "RFC 5905, section 7.3; RFC 9327, section 2"},
	{service: "snmp", opens: "\x30", least: 10, check: snmp, source: "RFC 1157, section 4; RFC 3416, section 3; RFC 3412, section 6"},
	{service: "ldap", opens: "\x30", least: 9, check: ldap, source: "RFC 4511, section 4.1.1; [MS-ADTS] 6.3.3 (over UDP)"},
	{service: "kerberos", first: "\x6a\x6b\x6c\x6d\x6e\x6f\x7e", check: kerberos(0), source: "RFC 4120, sections 5.4 and 7.2"},
	{service: "radius", first: "\x01\x02\x03\x04\x05\x0b\x0c\x0d\x28\x29\x2a\x2b\x2c\x2d", least: 20, check: radius, source: "RFC 2865, section 3"},
	{service: "tftp", opens: "\x00\x01", check: tftpRequest, source: "RFC 1350, section 5"},
	{service: "tftp", opens: "\x00\x02", check: tftpRequest, source: "RFC 1350, section 5"},
	{service: "tftp", opens: "\x00\x06", check: all(printableName, holds("size\x00")), source: "RFC 2347, section 2; RFC 2348"},
	{service: "netflow", opens: "\x00\x05", least: 48, check: netflow5, source: "Cisco, NetFlow export datagram format, version 5"},
	{service: "netflow", opens: "\x00\x09", least: 24, check: flowSets(20, 0), source: "RFC 3954, section 5"},
	{service: "ipfix", opens: "\x00\x0a", least: 20, check: all(sized(2, 2, bigEndian, 0), flowSets(16, 2)), source: "RFC 7011, section 3"},
	{service: "sflow", opens: "\x00\x00\x00\x05\x00\x00\x00", check: within(7, 1, 2), source: "sFlow version 5, section 5"},
	{service: "bfd", opens: "\x20", mask: "\xe0", least: 24, check: bfd, ports: []uint16{3784, 3785, 4784, 6784}, source: "RFC 5880, section 4.1"},
	{service: "ipmi", opens: "\x06\x00", check: all(within(3, 6, 7), rmcp), ports: []uint16{623, 664}, source: "DMTF DSP0136, section 3.2.2.2; IPMI 2.0, section 13"},
	{service: "nfs-rpc", opens: "\x00\x00\x00\x00\x00\x00\x00\x02\x00", at: 4, least: 24, check: rpcOver(0), source: "RFC 5531, section 9"},
	{service: "nfs-rpc", opens: "\x00\x00\x00\x01\x00\x00\x00", at: 4, least: 24, check: rpcOver(0), ports: []uint16{111, 635, 2049, 4045}, source: "RFC 5531, section 9"},
	{service: "capwap", opens: "\x01\x00\x00\x00\x16\xfe", source: "RFC 5415, sections 4.2 and 4.4"},
	{service: "capwap", opens: "\x00", least: 16, check: capwap, ports: []uint16{5246}, source: "RFC 5415, section 4.5.1"},
	{service: "gtp-c", opens: "\x40", mask: "\xe0", least: 8, check: sized(2, 2, bigEndian, 4), ports: []uint16{2123}, source: "3GPP TS 29.274, section 5.1"},
	{service: "gtp-c", opens: "\x30", mask: "\xf0", least: 8, check: sized(2, 2, bigEndian, 8), ports: []uint16{2123}, source: "3GPP TS 29.060, section 6"},
	{service: "gtp-u", opens: "\x30", mask: "\xf8", least: 8, check: sized(2, 2, bigEndian, 8), ports: []uint16{2152}, source: "3GPP TS 29.281, section 5.1"},
	{service: "gtp-prime", opens: "\x0e", mask: "\x1e", least: 6, check: all(gtpPrime, within(1, 1, 241)), ports: []uint16{3386}, source: "3GPP TS 32.295, section 6.1"},
	{service: "pfcp", opens: "\x20", mask: "\xe0", least: 8, check: sized(2, 2, bigEndian, 4), ports: []uint16{8805}, source: "3GPP TS 29.244, section 7.2.2"},
	{service: "vxlan", opens: "\x08\x00\x00\x00", least: 22, check: within(7, 0, 0), ports: []uint16{4789, 8472}, source: "RFC 7348, section 5"},
	{service: "sctp-udp", least: 28, check: sctpChunks, ports: []uint16{9899}, source: "RFC 6951, section 5.2; RFC 9260, section 3"},
	{service: "collectd", opens: "\x00\x00\x00", least: 10, check: collectd, source: "collectd, binary protocol: host part first"},
	{service: "dcerpc", opens: "\x04", least: 80, check: dcerpcDatagram, source: "The Open Group C706, chapter 12, connectionless PDU"},
	{service: "roughtime", opens: "ROUGHTIM", source: "draft-ietf-ntp-roughtime-08, section 5"},
	{service: "ayiya", opens: "\x41\x10\x52", mask: "\xff\xff\xff", ports: []uint16{5072}, source: "draft-massar-v6ops-ayiya-02, section 3"},
})

var clearAdminTCP = clearDetector("admin", packet.TCP, []clearRow{
	{service: "ldap", opens: "\x30", least: 9, check: ldap, source: "RFC 4511, section 4.1.1"},
	{service: "kerberos", opens: "\x00\x00", check: kerberos(4), source: "RFC 4120, section 7.2.2"},
	{service: "tacacs", opens: "\xc0", mask: "\xfe", least: 12, check: all(within(1, 1, 3), sized(8, 4, bigEndian, 12)), source: "RFC 8907, section 4.1"},
	{service: "bgp", opens: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", least: 19, check: within(18, 1, 5), source: "RFC 4271, section 4.1"},
	{service: "diameter", opens: "\x01", least: 20, check: all(diameter, sized(1, 3, bigEndian, 0)), source: "RFC 6733, section 3"},
	{service: "ldp", opens: "\x00\x01", least: 10, check: all(sized(2, 2, bigEndian, 4), within(8, 0, 0), within(9, 0, 0)), source: "RFC 5036, section 3.1"},
	{service: "dcerpc", opens: "\x05\x00", least: 16, check: dcerpc, source: "The Open Group C706, section 12.6.3"},
	{service: "x11", opens: "l\x00\x0b\x00\x00\x00", source: "X Window System protocol 11.7, chapter 8"},
	{service: "x11", opens: "B\x00\x00\x0b\x00\x00", source: "X Window System protocol 11.7, chapter 8"},
	{service: "citrix", opens: "\x7f\x7fICA\x00", source: "Citrix ICA, greeting, as Wireshark's reader has it (facts only)"},
	{service: "citrix", opens: "\x1aCGP/01", source: "Citrix Common Gateway Protocol, greeting (facts only)"},
	{service: "openflow", least: 8, check: all(within(0, 1, 6), within(1, 0, 1), sized(2, 2, bigEndian, 0)), ports: []uint16{6633, 6653}, source: "OpenFlow 1.3.5, section A.1"},
})

// ntp checks version, mode and length: 48 octets, perhaps extension fields and a MAC behind
// them, with a stratum, poll interval and precision that clocks have; or a control or private
// message.
func ntp(o *Observation) bool {
	p := o.Payload
	version, mode := p[0]>>3&7, p[0]&7
	if version == 0 || version > 5 {
		return false
	}
	if mode == 6 { // section 2: offset and count of data
		return len(p) >= 12 && int(be16(p[8:])) == 0 && o.Length >= 12+int(be16(p[10:])) && o.Length <= 12+(int(be16(p[10:]))+3)&^3+24
	}
	if mode == 7 {
		items := int(be16(p[4:])&0xfff) * int(be16(p[6:])&0xfff)
		return (p[2] == 0 || p[2] == 2 || p[2] == 3) && p[3] <= 42 && p[6]>>4 == 0 && (o.Length == 8+items || items == 0 && (o.Length == 48 || o.Length == 192))
	}
	if len(p) < 48 || o.Length%4 != 0 || mode == 0 && version > 1 {
		return false
	}
	precision := int8(p[3])
	return p[1] <= 16 && (p[2] <= 17 || p[2] == 0xfa) && precision <= 0 && precision >= -32 && p[4] == 0
}

// ldap checks an LDAPMessage: its length, a message id, and an operation whose length fits.
func ldap(o *Observation) bool {
	rest, message, whole := derValue(o.Payload, 0x30)
	if !whole && o.Length < 1000 || whole && len(rest) > 0 && rest[0] != 0x30 {
		return false
	}
	if len(message) < 5 || message[0] != 2 || message[1] == 0 || message[1] > 4 {
		return false
	}
	operation, _, whole := derValue(message, 2)
	if !whole || len(operation) < 2 {
		return false
	}
	tag := operation[0]
	if tag>>5 != 3 && tag != 0x42 && tag != 0x4a && tag != 0x50 || tag&0x1f > 25 {
		return false
	}
	_, _, whole = derValue(operation, tag)
	return whole || o.Length >= 1000 || tag == 0x42
}

// snmp checks the version, and in versions 1 and 2c the community and the PDU's length, in
// version 3 the global data.
func snmp(o *Observation) bool {
	rest, message, whole := derValue(o.Payload, 0x30)
	if !whole && !o.Cut() || len(rest) > 0 || len(message) < 6 || message[0] != 2 || message[1] != 1 {
		return false
	}
	version := message[2]
	message = message[3:]
	if version == 3 {
		_, global, whole := derValue(message, 0x30)
		return whole && len(global) >= 2 && global[0] == 2 && global[1] >= 1 && global[1] <= 4
	}
	if version > 2 {
		return false
	}
	message, community, whole := derValue(message, 4)
	if !whole || !printable(community) || len(message) < 2 || message[0] < 0xa0 || message[0] > 0xa8 {
		return false
	}
	rest, _, whole = derValue(message, message[0])
	return whole && len(rest) == 0 || o.Cut()
}

// kerberos returns a check of a Kerberos message behind skip octets of length: an application
// tag, and the protocol version 5 as first or second field.
func kerberos(skip int) func(*Observation) bool {
	return func(o *Observation) bool {
		p := o.Payload
		if len(p) < skip+16 || skip == 4 && unsigned(p[:4], bigEndian)+4 != o.Length && o.Length < 1000 {
			return false
		}
		p = p[skip:]
		if t := p[0]; (t < 0x6a || t > 0x6f) && t != 0x7e {
			return false
		}
		rest, sequence, whole := derValue(p, p[0])
		if !whole && o.Length < 1000 && !o.Cut() || len(rest) > 0 {
			return false
		}
		_, fields, _ := derValue(sequence, 0x30)
		return len(fields) > 5 && (fields[0] == 0xa0 || fields[0] == 0xa1) && string(fields[1:5]) == "\x03\x02\x01\x05"
	}
}

// radius checks code, length, and that the attributes end where the packet does.
func radius(o *Observation) bool {
	p := o.Payload
	switch c := p[0]; {
	case c >= 1 && c <= 5, c >= 11 && c <= 13, c >= 40 && c <= 45:
	default:
		return false
	}
	if int(be16(p[2:])) != o.Length || o.Length > 4096 || o.Cut() {
		return false
	}
	at, n := 20, 0
	for at+2 <= len(p) && p[at+1] >= 2 && p[at] > 0 && p[at] < 193 {
		at += int(p[at+1])
		n++
	}
	return at == len(p) && (n >= 3 || o.onPort(1812, 1813, 1645, 1646, 3799))
}

// tftpRequest checks a file name and one of the three modes, each with a zero behind it.
func tftpRequest(o *Observation) bool {
	p := o.Payload[2:]
	end := zero(p)
	if end < 1 || !printable(p[:end]) {
		return false
	}
	p = p[end+1:]
	end = zero(p)
	return end > 0 && (containsFold(p[:end], []byte("octet")) || containsFold(p[:end], []byte("netascii")) || containsFold(p[:end], []byte("mail")))
}

// printableName checks that an option's name stands first.
func printableName(o *Observation) bool {
	end := zero(o.Payload[2:])
	return end >= 4 && printable(o.Payload[2:2+end])
}

// zero is the offset of the first zero octet, -1 if there is none.
func zero(p []byte) int {
	for i, b := range p {
		if b == 0 {
			return i
		}
	}
	return -1
}

// netflow5 checks that the number of records of 48 octets fits.
func netflow5(o *Observation) bool {
	n := int(be16(o.Payload[2:]))
	return n >= 1 && n <= 30 && o.Length == 24+48*n
}

// flowSets returns a check of the chain of sets from offset at: identifiers 0 and 1 (NetFlow 9,
// low 0) or 2 and 3 (IPFIX, low 2), or 256 and above, and lengths to the end.
func flowSets(at int, low uint16) func(*Observation) bool {
	return func(o *Observation) bool {
		p, at := o.Payload, at
		if o.Cut() {
			return false
		}
		for at+4 <= len(p) {
			id, n := be16(p[at:]), int(be16(p[at+2:]))
			if id != low && id != low+1 && id < 256 || n < 4 {
				return false
			}
			at += n
		}
		return at == len(p)
	}
}

// bfd checks the length: 24, or more behind an authentication section.
func bfd(o *Observation) bool {
	p := o.Payload
	return int(p[3]) == o.Length && (o.Length == 24 || p[1]&4 != 0 && o.Length <= 52) && p[2] != 0 &&
		be32(p[12:]) < 1<<27 && be32(p[16:]) < 1<<27 // intervals in microseconds
}

// rmcp checks an ASF or IPMI class message's length, as far as it shows.
func rmcp(o *Observation) bool {
	p := o.Payload
	if len(p) < 12 {
		return len(p) == 4 // acknowledgement
	}
	if p[3]&0x1f == 6 {
		return be32(p[4:]) == 4542 // IANA enterprise number of ASF
	}
	return p[4] <= 6
}

// capwap checks a clear control message: preamble, header length, a message type of the IETF.
func capwap(o *Observation) bool {
	p := o.Payload
	header := int(p[1]>>3) * 4
	if header < 8 || len(p) < header+8 {
		return false
	}
	kind := be32(p[header:])
	return kind >= 1 && kind <= 26 && header+8+int(be16(p[header+5:]))-3 == o.Length
}

// gtpPrime checks the version 0 to 2 header's length: 6 or 20 octets before it.
func gtpPrime(o *Observation) bool {
	n := int(be16(o.Payload[2:]))
	return n+6 == o.Length || n+20 == o.Length
}

// sctpChunks checks that chunks of known types fill what is behind the common header.
func sctpChunks(o *Observation) bool {
	p, at := o.Payload, 12
	for at+4 <= len(p) && p[at] <= 14 && be16(p[at+2:]) >= 4 {
		at += (int(be16(p[at+2:])) + 3) &^ 3
	}
	return at == o.Length
}

// collectd checks the chain of parts to the end; the first is the host's name, with a zero behind.
func collectd(o *Observation) bool {
	p := o.Payload
	host := int(be16(p[2:]))
	if o.Cut() || host < 6 || host > len(p) || !printable(p[4:host-1]) || p[host-1] != 0 {
		return false
	}
	at := host
	for at+4 <= len(p) && be16(p[at:]) <= 0x0210 && be16(p[at+2:]) > 4 {
		at += int(be16(p[at+2:]))
	}
	return at == len(p)
}

// dcerpc checks type, data representation and fragment length of a connection-oriented PDU.
func dcerpc(o *Observation) bool {
	p := o.Payload
	if p[2] > 20 || p[4]&0xee != 0 || p[5] > 3 || p[6]|p[7] != 0 {
		return false
	}
	n := int(le16(p[8:]))
	if p[4]&0x10 == 0 {
		n = int(be16(p[8:]))
	}
	return n >= 16 && (n == o.Length || n < o.Length && p[0] == 5 || n > o.Length && o.Length >= 1000)
}

// dcerpcDatagram is the same of a connectionless PDU.
func dcerpcDatagram(o *Observation) bool {
	p := o.Payload
	if p[1] > 10 || p[4]&0xee != 0 || p[5] > 3 || p[6] != 0 {
		return false
	}
	n := int(le16(p[74:]))
	if p[4]&0x10 == 0 {
		n = int(be16(p[74:]))
	}
	return 80+n == o.Length
}

// diameter checks the flags' reserved bits and that the first attribute fits.
func diameter(o *Observation) bool {
	p := o.Payload
	return p[4]&0x0f == 0 && p[5] <= 1 && o.Length%4 == 0
}
