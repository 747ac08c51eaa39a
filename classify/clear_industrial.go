package classify

import "peeratlas/capture/packet"

// Plants, buildings, vehicles and laboratories: protocols without encryption that run between
// few hosts for years, and that statistics of traffic mistook for Skype (nDPI issues 2158 and
// 2166, Omron FINS).
var clearIndustrialTCP = clearDetector("industrial", packet.TCP, []clearRow{
	{service: "dicom", opens: "\x01\x00", least: 26, check: all(sized(2, 4, bigEndian, 6), dicom), source: "DICOM PS3.8, section 9.3.2"},
	{service: "modbus", opens: "\x00\x00", at: 2, least: 8, check: all(sized(4, 2, bigEndian, 6), modbusFunction), source: "Modbus messaging on TCP/IP implementation guide 1.0b, section 3.1.3"},
	{service: "dnp3", opens: "\x05\x64", least: 10, check: dnp3, source: "IEEE 1815-2012, section 9.2"},
	{service: "opc-ua", first: "HAERMOC", least: 8, check: opcUA, source: "OPC 10000-6, section 7.1.2.2"},
	{service: "s7comm", opens: "\x03\x00", least: 10, check: tpkt(s7comm), source: "RFC 2126, section 4.3; Siemens S7, as Wireshark's reader has it (facts only)"},
	{service: "rdp", opens: "\x03\x00", least: 7, check: tpkt(rdp), source: "[MS-RDPBCGR] 2.2.1.1 and 2.2.1.2"},
	{service: "h323", opens: "\x03\x00", least: 7, check: tpkt(q931), source: "ITU-T H.225.0, appendix IV; Q.931, section 4.2"},
	{service: "iso-tsap", opens: "\x03\x00", least: 7, check: tpkt(cotp), source: "RFC 2126, section 4.3; ITU-T X.224, section 13"},
	{service: "ethernet-ip", first: "\x00\x04\x63\x64\x65\x66\x6f\x70", opens: "\x00", at: 1, least: 24, check: encapsulation, source: "ODVA, CIP volume 2, section 2-3"},
	{service: "omron-fins", opens: "FINS\x00\x00", least: 16, check: sized(4, 4, bigEndian, 8), source: "Omron W421, section 7-4, FINS/TCP header"},
	{service: "iec-104", opens: "\x68", least: 6, check: iec104, source: "IEC 60870-5-104, section 5"},
	{service: "beckhoff-ads", opens: "\x00\x00", least: 38, check: sized(2, 4, littleEndian, 6), source: "Beckhoff, AMS/TCP header"},
	{service: "ether-s-bus", opens: "\x00\x00", least: 11, check: etherSBus, ports: []uint16{5050}, source: "Saia Burgess, Ether-S-Bus, as Wireshark's reader has it (facts only)"},
	{service: "melsec", opens: "\x50\x00", least: 11, check: melsec, source: "Mitsubishi SH-080008, MC protocol 3E frame"},
	{service: "melsec", opens: "\xd0\x00", least: 11, check: melsec, source: "Mitsubishi SH-080008, MC protocol 3E frame"},
	{service: "hart-ip", opens: "\x01", least: 8, check: hartIP, ports: []uint16{5094}, source: "FieldComm HCF_SPEC-085, HART-IP header"},
	{service: "someip", opens: "\x01", at: 12, least: 16, check: someIP, source: "AUTOSAR PRS_SOMEIPProtocol, section 4.1.2"},
	{service: "doip", opens: "\x02\xfd", least: 8, check: sized(4, 4, bigEndian, 8), source: "ISO 13400-2, section 9.2"},
	{service: "doip", opens: "\x03\xfc", least: 8, check: sized(4, 4, bigEndian, 8), source: "ISO 13400-2, section 9.2"},
	{service: "c37.118", opens: "\xaa", least: 16, check: synchrophasor, source: "IEEE C37.118.2-2011, section 6.2"},
})

var clearIndustrialUDP = clearDetector("industrial", packet.UDP, []clearRow{
	{service: "modbus", opens: "\x00\x00", at: 2, least: 8, check: all(sized(4, 2, bigEndian, 6), modbusFunction), source: "Modbus messaging on TCP/IP implementation guide 1.0b, section 3.1.3"},
	{service: "dnp3", opens: "\x05\x64", least: 10, check: dnp3, source: "IEEE 1815-2012, section 9.2"},
	{service: "ethernet-ip", first: "\x00\x04\x63\x64\x65\x66\x6f\x70", opens: "\x00", at: 1, least: 24, check: encapsulation, source: "ODVA, CIP volume 2, section 2-3"},
	{service: "cip-io", opens: "\x02\x00\x02\x80\x08\x00", least: 20, check: cipIO, source: "ODVA, CIP volume 2, section 2-6"},
	{service: "bacnet", opens: "\x81", least: 4, check: all(sized(2, 2, bigEndian, 0), bacnet), source: "ASHRAE 135, annex J.2"},
	{service: "knxnet-ip", opens: "\x06\x10", least: 6, check: sized(4, 2, bigEndian, 0), source: "ISO 22510, KNXnet/IP header"},
	{service: "omron-fins", opens: "\x00", at: 1, least: 12, check: fins, ports: []uint16{9600}, source: "Omron W227, section 3-1, FINS header"},
	{service: "hart-ip", opens: "\x01", least: 8, check: hartIP, ports: []uint16{5094}, source: "FieldComm HCF_SPEC-085, HART-IP header"},
	{service: "someip", opens: "\x01", at: 12, least: 16, check: someIP, source: "AUTOSAR PRS_SOMEIPProtocol, section 4.1.2"},
	{service: "doip", opens: "\x02\xfd", least: 8, check: sized(4, 4, bigEndian, 8), source: "ISO 13400-2, section 9.2"},
	{service: "c37.118", opens: "\xaa", least: 16, check: synchrophasor, source: "IEEE C37.118.2-2011, section 6.2"},
	{service: "rtps", opens: "RTPS", least: 20, check: within(4, 1, 2), source: "OMG DDSI-RTPS 2.5, section 8.3.3.1"},
	{service: "trdp", opens: "\x01", at: 4, least: 28, check: trdp, source: "IEC 61375-2-3, annex A"},
	{service: "ether-s-bus", opens: "\x00\x00", least: 11, check: etherSBus, source: "Saia Burgess, Ether-S-Bus, as Wireshark's reader has it (facts only)"},
	{service: "melsec", opens: "\x50\x00", least: 11, check: melsec, source: "Mitsubishi SH-080008, MC protocol 3E frame"},
	{service: "melsec", opens: "\xd0\x00", least: 11, check: melsec, source: "Mitsubishi SH-080008, MC protocol 3E frame"},
	{service: "gige-vision", opens: "\x42", least: 8, check: sized(4, 2, bigEndian, 8), ports: []uint16{3956}, source: "AIA, GigE Vision 2.0, section 14, GVCP header"},
	{service: "gige-vision", opens: "\x00\x00", least: 8, check: all(sized(4, 2, bigEndian, 8), within(2, 0, 0)), ports: []uint16{3956}, source: "AIA, GigE Vision 2.0, section 14, GVCP header"},
})

// dicom checks the protocol version 1 of an association's request, and the title asked for.
func dicom(o *Observation) bool {
	p := o.Payload
	return be32(p[6:]) == 1<<16 && printable(p[10:12])
}

// modbusFunction checks the function code, and that unit and code are there.
func modbusFunction(o *Observation) bool {
	p := o.Payload
	return be16(p[4:]) >= 2 && be16(p[4:]) <= 254 && p[7]&0x7f >= 1 && p[7]&0x7f <= 0x5b
}

// dnp3 checks the CRC of the link header (generator 3d65, reflected, complemented).
func dnp3(o *Observation) bool {
	p := o.Payload
	crc := uint16(0)
	for _, b := range p[:8] {
		crc ^= uint16(b)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xa6bc
			} else {
				crc >>= 1
			}
		}
	}
	return p[2] >= 5 && ^crc == le16(p[8:])
}

// opcUA checks a message type of the connection protocol, the chunk mark and the size.
func opcUA(o *Observation) bool {
	p := o.Payload
	switch string(p[:3]) {
	case "HEL", "ACK", "ERR", "RHE", "OPN", "MSG", "CLO":
		return (p[3] == 'F' || p[3] == 'C' || p[3] == 'A') && (unsigned(p[4:8], littleEndian) == o.Length || o.Length >= 1000)
	}
	return false
}

// tpkt returns a check of an ISO transport packet that fills the segment (a second may follow,
// or its rest), whose content passes inner.
func tpkt(inner func(o *Observation, p []byte) bool) func(*Observation) bool {
	return func(o *Observation) bool {
		p := o.Payload
		n := int(be16(p[2:]))
		if n < 7 || n != o.Length && (o.Length < 1000 || n < o.Length) && (n > o.Length || len(p) < n+2 || string(p[n:n+2]) != "\x03\x00") {
			return false
		}
		return inner(o, p[4:])
	}
}

// cotp checks an X.224 header: length indicator, and a code for connect, confirm, data or
// disconnect.
func cotp(o *Observation, p []byte) bool {
	if len(p) < 3 || int(p[0])+5 > o.Length {
		return false
	}
	switch p[1] {
	case 0xe0, 0xd0, 0x80, 0xc0:
		return p[0] >= 6
	case 0xf0:
		return p[0] == 2
	}
	return false
}

// s7comm checks the protocol octet behind a data header: 32 classic, 72 S7comm-plus.
func s7comm(o *Observation, p []byte) bool {
	return len(p) >= 4 && p[0] == 2 && p[1] == 0xf0 && (p[3] == 0x32 || p[3] == 0x72)
}

// rdp checks a connection request with a cookie or a negotiation request, or the answer to it.
func rdp(o *Observation, p []byte) bool {
	if !cotp(o, p) || p[1] != 0xe0 && p[1] != 0xd0 || len(p) < 7 {
		return false
	}
	p = p[7:]
	if len(p) >= 8 && string(p[:8]) == "Cookie: " {
		return true
	}
	if len(p) >= 8 && p[0] >= 1 && p[0] <= 3 && p[2] == 8 && p[3] == 0 {
		return true
	}
	return len(p) == 0 && o.onPort(3389)
}

// q931 checks Q.931's protocol discriminator, call reference length, and a message type of
// call control.
func q931(o *Observation, p []byte) bool {
	if len(p) < 5 || p[0] != 8 || p[1] != 2 {
		return false
	}
	switch p[4] {
	case 0x01, 0x02, 0x03, 0x05, 0x07, 0x0d, 0x0f, 0x5a, 0x62, 0x6e, 0x75, 0x7b, 0x7d:
		return true
	}
	return false
}

// encapsulation checks command, length, status and options of EtherNet/IP.
func encapsulation(o *Observation) bool {
	p := o.Payload
	switch le16(p) {
	case 0x0000, 0x0004, 0x0063, 0x0064, 0x0065, 0x0066, 0x006f, 0x0070:
	default:
		return false
	}
	return int(le16(p[2:]))+24 == o.Length && le32(p[8:]) <= 0x69 && le32(p[20:]) == 0
}

// cipIO checks the address item's tail and the data item's length.
func cipIO(o *Observation) bool {
	p := o.Payload
	return le16(p[14:]) == 0xb1 && int(le16(p[16:]))+18 == o.Length
}

// bacnet checks the function, and the network layer's version behind it.
func bacnet(o *Observation) bool {
	p := o.Payload
	switch {
	case p[1] == 0x0a || p[1] == 0x0b || p[1] == 0x09:
		return len(p) >= 6 && p[4] == 1
	case p[1] == 4:
		return len(p) >= 12 && p[10] == 1
	}
	return p[1] <= 0x0c && o.Length <= 300 && (o.onPort(47808) || o.Length <= 10)
}

// fins checks the fixed fields of a command or response: ICF, gateway count, networks and
// units that are small, and a command group.
func fins(o *Observation) bool {
	p := o.Payload
	return p[0]&0x3e == 0 && p[0]&0x80 != 0 && p[2] <= 7 && p[3] <= 0x7f && p[6] <= 0x7f && p[10] <= 0x26 && p[5] <= 0xfe
}

// iec104 checks that frames fill the segment: start, length, and a control field of one of the
// three formats.
func iec104(o *Observation) bool {
	p, at := o.Payload, 0
	for at+6 <= len(p) {
		if p[at] != 0x68 || p[at+1] < 4 || p[at+1] > 253 {
			return false
		}
		switch c := p[at+2]; {
		case c&1 == 0: // numbered information
			if p[at+4]&1 != 0 || p[at+1] < 10 {
				return false
			}
		case p[at+1] != 4 || p[at+4]&1 != 0:
			return false
		case c&3 == 3 && (p[at+3] != 0 || p[at+4] != 0 || p[at+5] != 0):
			return false
		case c&3 == 1 && (c != 1 || p[at+3] != 0):
			return false
		}
		at += 2 + int(p[at+1])
	}
	return at == o.Length
}

// etherSBus checks length, version and protocol of a telegram.
func etherSBus(o *Observation) bool {
	p := o.Payload
	return unsigned(p[:4], bigEndian) == o.Length && p[4] <= 1 && p[5] == 0 && p[8] <= 2
}

// melsec checks the access route to the station itself and the length.
func melsec(o *Observation) bool {
	p := o.Payload
	return p[2] == 0 && p[3] == 0xff && be16(p[4:]) == 0xff03 && int(le16(p[7:]))+9 == o.Length
}

// hartIP checks message type, id and length.
func hartIP(o *Observation) bool {
	p := o.Payload
	return (p[1] <= 2 || p[1] == 15) && p[2] <= 5 && int(be16(p[6:])) == o.Length
}

// someIP checks length, protocol version, message type and return code.
func someIP(o *Observation) bool {
	p := o.Payload
	switch p[14] &^ 0x20 {
	case 0, 1, 2, 0x80, 0x81:
	default:
		return false
	}
	n := unsigned(p[4:8], bigEndian)
	return p[12] == 1 && p[15] <= 0x5e && n >= 8 && n+8 <= o.Length && (n+8 == o.Length || o.Length-n >= 24)
}

// synchrophasor checks frame type, version, size and the CRC-CCITT at the end.
func synchrophasor(o *Observation) bool {
	p := o.Payload
	if p[1]&0x8f > 2 || p[1]&0x8f == 0 || p[1]>>4 > 5 || int(be16(p[2:])) != o.Length || o.Cut() {
		return false
	}
	crc := uint16(0xffff)
	for _, b := range p[:len(p)-2] {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc == be16(p[len(p)-2:])
}

// trdp checks protocol version 1.x and the message type of process or message data.
func trdp(o *Observation) bool {
	p := o.Payload
	if p[5] > 1 || p[6] != 'P' && p[6] != 'M' {
		return false
	}
	switch p[7] {
	case 'r', 'p', 'd', 'e', 'n', 'q', 'c':
		n := unsigned(p[20:24], bigEndian)
		return n+40 <= o.Length && n+48 > o.Length || n+116 <= o.Length && n+124 > o.Length
	}
	return false
}
