package classify

import "peeratlas/capture/packet"

// Telephone systems. What they announce for media is in sip.go.
var clearVoiceUDP = clearDetector("telephony", packet.UDP, []clearRow{
	{service: "mgcp", opens: "AUEP ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "AUCX ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "CRCX ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "MDCX ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "DLCX ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "RQNT ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "NTFY ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "RSIP ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", opens: "EPCF ", check: mgcp, source: "RFC 3435, section 3.2.1"},
	{service: "mgcp", check: mgcpReply, ports: []uint16{2427, 2727}, source: "RFC 3435, section 3.3"},
	{service: "megaco", opens: "MEGACO/", source: "RFC 3525, annex B.2"},
	{service: "megaco", opens: "!/1 [", source: "RFC 3525, annex B.2"},
	{service: "iax2", opens: "\x06", at: 10, least: 12, check: all(iax2, within(0, 0x80, 0xff)), ports: []uint16{4569}, source: "RFC 5456, section 8.1.1"},
	{service: "h323-ras", opens: "\x06\x00\x08\x91\x4a\x00", at: 3, least: 10, source: "ITU-T H.225.0, protocolIdentifier of RAS messages"},
	{service: "h323-ras", opens: "\x06\x00\x08\x91\x4a\x00", at: 4, least: 10, source: "ITU-T H.225.0, protocolIdentifier of RAS messages"},
	{service: "rtp-dtmf-cisco", opens: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00", least: 20, ports: []uint16{2427}, source: "Cisco MGCP backhaul keep-alive (facts only)"},
})

var clearVoiceTCP = clearDetector("telephony", packet.TCP, []clearRow{
	{service: "skinny", opens: "\x00\x00", at: 2, least: 12, check: skinny, source: "Cisco SCCP, message header, as Wireshark's reader has it (facts only)"},
	{service: "megaco", opens: "MEGACO/", source: "RFC 3525, annex B.2"},
	{service: "mgcp", opens: "RSIP ", check: mgcp, source: "RFC 3435, section 3.2.1"},
})

// mgcp checks the rest of a command line.
func mgcp(o *Observation) bool { return printableFrom(5)(o) && holds(" MGCP ")(o) }

// mgcpReply checks a code of three digits, a blank and a transaction number.
func mgcpReply(o *Observation) bool {
	p := o.Payload
	return len(p) >= 6 && digit(p[0]) && digit(p[1]) && digit(p[2]) && p[3] == ' ' && digit(p[4]) && printable(p[:min(len(p), 48)])
}

// iax2 checks a full frame of IAX control: a call number, a subclass, and information elements
// to the end.
func iax2(o *Observation) bool {
	p, at := o.Payload, 12
	if be16(p)&0x7fff == 0 || p[11] == 0 || p[11] > 40 || o.Cut() {
		return false
	}
	for at+2 <= len(p) && p[at] <= 0x38 {
		at += 2 + int(p[at+1])
	}
	return at == len(p)
}

// skinny checks length, header version and message number. Several messages may share a
// segment.
func skinny(o *Observation) bool {
	p := o.Payload
	n := unsigned(p[:4], littleEndian)
	if n < 4 || n+8 != o.Length && (n+8 > o.Length || len(p) < n+20 || p[n+10]|p[n+11] != 0) {
		return false
	}
	version, message := le32(p[4:]), le32(p[8:])
	return version <= 0x16 && message <= 0x8160 && (message < 0x200 || message >= 0x8000)
}
