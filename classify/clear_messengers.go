package classify

import "peeratlas/capture/packet"

// Messengers, as they chat with their servers. Calls are another matter: these are the
// connections that stand all day.
var clearMessengersTCP = clearDetector("messengers", packet.TCP, []clearRow{
	{service: "whatsapp-chat", opens: "ED\x00\x01", claim: claimMessenger, source: "WhatsApp Web's Noise framing, edge routing header (whatsmeow, socket package)"},
	{service: "whatsapp-chat", opens: "WA", least: 7, check: whatsappHello, claim: claimMessenger, source: "WhatsApp Web's Noise framing, connection header (whatsmeow, socket package)"},
	{service: "wechat-mmtls", opens: "\x16\xf1", least: 5, check: mmtls, claim: claimMessenger, source: "mmtls record layer, as published by WeChat's engineers, 2016"},
	{service: "wechat-mmtls", opens: "\x19\xf1", least: 5, check: mmtls, claim: claimMessenger, source: "mmtls record layer, as published by WeChat's engineers, 2016"},
	{service: "wechat-mmtls", opens: "\x17\xf1", least: 5, check: mmtls, claim: claimMessenger, source: "mmtls record layer, as published by WeChat's engineers, 2016"},
	{service: "viber-chat", least: 11, check: sized(0, 2, littleEndian, 0), ports: []uint16{4244, 5242, 5243, 7985, 9785}, claim: claimMessenger, twice: true, source: "Viber's framing as captures show it; ports: Viber support, firewall settings"},
	{service: "telegram-chat", opens: "\xef", least: 41, check: mtprotoAbridged, claim: claimMessenger, source: "core.telegram.org/mtproto/mtproto-transports, abridged"},
	{service: "telegram-chat", opens: "\xef", least: 41, check: mtprotoWords, ports: []uint16{80, 443, 5222}, claim: claimMessenger, twice: true, source: "core.telegram.org/mtproto/mtproto-transports, abridged"},
	{service: "telegram-chat", opens: "\xee\xee\xee\xee", least: 48, claim: claimMessenger, source: "core.telegram.org/mtproto/mtproto-transports, intermediate"},
	{service: "telegram-chat", opens: "\xdd\xdd\xdd\xdd", least: 48, claim: claimMessenger, source: "core.telegram.org/mtproto/mtproto-transports, padded intermediate"},
	{service: "telegram-chat", opens: "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", at: 2, least: 32, check: mtprotoFull, claim: claimMessenger, source: "core.telegram.org/mtproto/mtproto-transports, full"},
	{service: "oscar", opens: "\x2a", least: 6, check: all(within(1, 1, 5), sized(4, 2, bigEndian, 6)), claim: claimMessenger, source: "OSCAR, FLAP header, as Pidgin's libpurple has it"},
	{service: "ymsg", opens: "YMSG", least: 20, claim: claimMessenger, source: "Yahoo messenger protocol, header, as libyahoo2 has it"},
	{service: "msnp", opens: "VER ", check: holds("MSNP"), claim: claimMessenger, source: "draft-movva-msn-messenger-protocol-00, section 7.1"},
	{service: "kakaotalk-loco", opens: "\x00\x00", at: 4, least: 22, check: loco, claim: claimMessenger, source: "LOCO packet header, as captures show it"},
})

var clearMessengersUDP = clearDetector("messengers", packet.UDP, []clearRow{
	{service: "qq", opens: "\x02", least: 10, check: oicq, ports: []uint16{8000, 8080, 443, 4000, 4001, 4002}, claim: claimMessenger, twice: true, source: "OICQ framing, as Wireshark's reader has it (facts only)"},
})

// whatsappHello checks the version, and that the first node or Noise message fits behind it.
func whatsappHello(o *Observation) bool {
	p := o.Payload
	return p[2] <= 8 && p[3] <= 16 && p[4] == 0 && 7+int(be16(p[5:])) <= o.Length
}

// mmtls checks that records (kind 15 to 19, version f103 or f104, length) fill the segment.
func mmtls(o *Observation) bool {
	p, at := o.Payload, 0
	for at+5 <= len(p) {
		if p[at] < 0x15 || p[at] > 0x19 || p[at+1] != 0xf1 || p[at+2] != 3 && p[at+2] != 4 {
			return false
		}
		at += 5 + int(be16(p[at+3:]))
	}
	return at == o.Length || at > o.Length && o.Length >= 1000
}

// mtprotoAbridged checks the length in words of the first message, which is not encrypted: its
// key id is zero and its message id has a time of this century in the upper half.
func mtprotoAbridged(o *Observation) bool {
	p := o.Payload
	return int(p[1])*4+2 == o.Length && be64(p[2:]) == 0
}

// mtprotoWords is the same of a connection whose key was agreed on before.
func mtprotoWords(o *Observation) bool {
	p := o.Payload
	return int(p[1])*4+2 == o.Length || p[1] == 0x7f && unsigned(p[2:5], littleEndian)*4+5 == o.Length
}

// mtprotoFull checks the length of the first message: sequence and key id are zero.
func mtprotoFull(o *Observation) bool {
	return unsigned(o.Payload[:4], littleEndian) == o.Length
}

// loco checks a command's name in capitals, padded with zeros, a body type and length.
func loco(o *Observation) bool {
	p := o.Payload
	n := 0
	for n < 11 && (p[6+n] >= 'A' && p[6+n] <= 'Z') {
		n++
	}
	for i := n; i < 11; i++ {
		if p[6+i] != 0 {
			return false
		}
	}
	return n >= 3 && p[17] == 0 && unsigned(p[18:22], littleEndian)+22 == o.Length
}

// oicq checks the last octet and that the version's upper octet is small.
func oicq(o *Observation) bool {
	p := o.Payload
	return !o.Cut() && p[len(p)-1] == 3 && p[1] < 0x40 && p[3] == 0
}
