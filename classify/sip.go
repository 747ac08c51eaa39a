package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// SIP, and the media that its SDP bodies announce.
//
//	METHOD sip:user@host SIP/2.0 CRLF ...        SIP/2.0 200 OK CRLF ...
//	v=0 ... c=IN IP4 192.0.2.1 ... m=audio 49170 RTP/AVP 0 8 ... a=crypto: ...
//
// A flow to or from an address and port that clear signalling announced for RTP/AVP is a
// telephone call without encryption, whoever the far end is. The secure profiles (RTP/SAVP and
// its kin), and AVP with keys or ZRTP beside it, are not noted: of those the signalling says
// nothing about the peer.
var sipUDP = Detector{
	Name:      "sip",
	Transport: packet.UDP,
	References: []string{
		"RFC 3261, sections 7.1 and 7.2", "RFC 8866, sections 5.7 and 5.14", "RFC 3551, section 6",
		"RFC 4568, section 9.1 (a=crypto)", "RFC 6189, section 8 (a=zrtp-hash)",
	},
	Proves: "Telephone signalling in clear; where it expects media in clear.",
	Not:    "Anything of media that it announces as encrypted.",
	Claims: []ClaimID{claimClear},
	Opens:  func(b byte) bool { return b >= 'A' && b <= 'Z' || digit(b) },
	Gates: []Gate{
		{Octets: []octetGate{octet(0, sipOctets(0)...), octet(1, sipOctets(1)...)}},
		{Follows: []ClaimID{claimClear}},
	},
	Detect: detectSIP,
}

var sipTCP = Detector{
	Name:       "sip-tcp",
	Transport:  packet.TCP,
	References: sipUDP.References,
	Proves:     sipUDP.Proves,
	Not:        sipUDP.Not,
	Claims:     sipUDP.Claims,
	Opens:      sipUDP.Opens,
	Gates:      sipUDP.Gates,
	Detect:     detectSIP,
}

var serviceSIP = serviceNumber("sip")

func detectSIP(o *Observation) {
	p := o.Payload
	switch {
	case sipMessage(p):
		o.recognise(claimClear, serviceSIP)
	case o.Claimed(claimClear) != 0 && bytes.Contains(p[:min(len(p), 512)], []byte("\nm=")):
		// MGCP and others that carry SDP, recognised by their row
	default:
		return
	}
	o.announcedMedia(p)
}

// sipObserve is how many payloads of signalling are read for where media is expected.
const sipObserve = 128

// sipMethods are the methods of RFC 3261 and its extensions (IANA, SIP Parameters, Methods).
var sipMethods = [...]string{
	"INVITE ", "ACK ", "BYE ", "CANCEL ", "REGISTER ", "OPTIONS ", "PRACK ", "SUBSCRIBE ", "NOTIFY ",
	"PUBLISH ", "INFO ", "REFER ", "MESSAGE ", "UPDATE ",
}

// sipOctets are the octets that messages have at an offset.
func sipOctets(at int) []byte {
	list := []byte{"SIP/2.0 "[at]}
	for _, m := range sipMethods {
		list = append(list, m[at])
	}
	return list
}

// sipMessage tells whether p begins with a status line, or a method and a SIP or tel address.
func sipMessage(p []byte) bool {
	if bytes.HasPrefix(p, []byte("SIP/2.0 ")) {
		return len(p) >= 11 && digit(p[8])
	}
	for _, m := range sipMethods {
		if len(p) > len(m)+4 && string(p[:len(m)]) == m {
			target := p[len(m):]
			return bytes.HasPrefix(target, []byte("sip:")) || bytes.HasPrefix(target, []byte("sips:")) || bytes.HasPrefix(target, []byte("tel:"))
		}
	}
	return false
}

// announcedMedia notes where an SDP body in p expects RTP without encryption.
func (o *Observation) announcedMedia(p []byte) {
	o.Watch(sipObserve) // calls come and go in one flow
	body := p[:min(len(p), 4096)]
	if bytes.Contains(body, []byte("a=crypto:")) || bytes.Contains(body, []byte("a=zrtp-hash:")) ||
		bytes.Contains(body, []byte("a=fingerprint:")) || bytes.Contains(body, []byte("a=key-mgmt:")) {
		return
	}
	at := bytes.Index(body, []byte("\nc=IN IP"))
	if at < 0 {
		return
	}
	addr, ok := sdpAddress(body[at+len("\nc=IN IP"):])
	if !ok {
		return
	}
	for n := 0; n < 4; n++ { // media lines
		at := bytes.Index(body, []byte("\nm="))
		if at < 0 {
			return
		}
		body = body[at+3:]
		if port := sdpPlainPort(body); port != 0 {
			o.tells(word{kind: wordAnnounce, of: addr, port: port}, nil)
		}
	}
}

// sdpAddress reads "4 192.0.2.1" or "6 2001:db8::1" at the start of p.
func sdpAddress(p []byte) (packet.Addr, bool) {
	if len(p) < 4 || p[0] != '4' && p[0] != '6' || p[1] != ' ' {
		return packet.Addr{}, false
	}
	p = p[2:]
	end := bytes.IndexAny(p[:min(len(p), 48)], "\r\n/ ")
	if end <= 0 {
		return packet.Addr{}, false
	}
	return parseAddr(p[:end])
}

// sdpPlainPort reads "audio 49170 RTP/AVP ..." and returns the port, 0 if the line is not of
// plain RTP or is turned off.
func sdpPlainPort(p []byte) uint16 {
	line := p[:min(len(p), 64)]
	if end := bytes.IndexByte(line, '\r'); end >= 0 {
		line = line[:end]
	}
	at := bytes.IndexByte(line, ' ')
	if at < 0 {
		return 0
	}
	port := 0
	for line = line[at+1:]; len(line) > 0 && digit(line[0]) && port <= 0xffff; line = line[1:] {
		port = port*10 + int(line[0]-'0')
	}
	if port > 0xffff || !bytes.HasPrefix(line, []byte(" RTP/AVP")) {
		return 0
	}
	return uint16(port)
}
