package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Mail, news, chat rooms, files and terminals: lines of text. The servers of many greet first,
// and alike, so a greeting is read further or wants its port.
var clearText = clearDetector("text", packet.TCP, []clearRow{
	{service: "ssh", opens: "SSH-2.0-", check: printableFrom(8), source: "RFC 4253, section 4.2"},
	{service: "ssh", opens: "SSH-1.", check: printableFrom(6), source: "RFC 4253, section 5"},
	{service: "ftp", opens: "220", check: all(greeting, words("ftp", 21)), source: "RFC 959, section 4.2"},
	{service: "smtp", opens: "220", check: all(greeting, words("smtp", 25, 587, 465, 2525)), source: "RFC 5321, section 4.2"},
	{service: "smtp", opens: "220", check: all(greeting, words("mail", 25)), source: "RFC 5321, section 4.2"},
	{service: "smtp", opens: "EHLO ", check: printableFrom(5), source: "RFC 5321, section 4.1"},
	{service: "smtp", opens: "HELO ", check: printableFrom(5), source: "RFC 5321, section 4.1"},
	{service: "text-server", opens: "220", check: greeting, twice: true, source: "RFC 959, section 4.2"},
	{service: "imap", opens: "* OK", check: printableFrom(4), source: "RFC 9051, section 7.1"},
	{service: "imap", opens: "* PREAUTH ", check: printableFrom(4), source: "RFC 9051, section 7.1"},
	{service: "pop3", opens: "+OK ", check: all(lineEnds, printableFrom(4)), ports: []uint16{110, 995, 1110}, source: "RFC 1939, section 3"},
	{service: "pop3", opens: "USER ", check: lineEnds, ports: []uint16{110}, source: "RFC 1939, section 7"},
	{service: "ftp", opens: "USER ", check: lineEnds, ports: []uint16{21}, source: "RFC 959, section 4.1"},
	{service: "ftp", opens: "AUTH TLS\r\n", source: "RFC 4217, section 4"},
	{service: "nntp", opens: "20", check: all(within(2, '0', '1'), words("nntp", 119)), source: "RFC 3977, section 5.1"},
	{service: "irc", opens: "NICK ", check: lineEnds, source: "RFC 2812, section 3.1.2"},
	{service: "irc", opens: "CAP LS", check: lineEnds, source: "IRCv3, capability negotiation"},
	{service: "irc", opens: "USER ", check: lineEnds, ports: []uint16{6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 7000}, source: "RFC 2812, section 3.1.3"},
	{service: "irc", opens: "PASS ", check: lineEnds, ports: []uint16{6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 7000}, source: "RFC 2812, section 3.1.1"},
	{service: "irc", opens: ":", check: all(holds(" NOTICE "), printableFrom(1)), source: "RFC 2812, section 2.3"},
	{service: "irc", opens: "NOTICE AUTH :", source: "RFC 2812, section 3.3.2"},
	{service: "irc", opens: "ERROR :", check: printableFrom(7), source: "RFC 2812, section 3.7.4"},
	{service: "xmpp", opens: "<stream:stream ", source: "RFC 6120, section 4.7"},
	{service: "xmpp", opens: "<?xml ", check: holds("stream:stream"), source: "RFC 6120, section 4.7"},
	{service: "xml", opens: "<?xml ", check: printableFrom(6), source: "W3C, XML 1.0, section 2.8"},
	{service: "telnet", opens: "\xff", check: telnetOptions, source: "RFC 854, TELNET command structure"},
	{service: "whois", check: all(lineEnds, printableFrom(0)), ports: []uint16{43}, source: "RFC 3912, section 2"},
	{service: "finger", check: all(lineEnds, printableFrom(0)), ports: []uint16{79}, source: "RFC 1288, section 2.3"},
	{service: "ident", check: all(lineEnds, printableFrom(0)), ports: []uint16{113}, source: "RFC 1413, section 4"},
	{service: "rlogin", opens: "\x00", check: rlogin, ports: []uint16{513}, source: "RFC 1282, section 1"},
	{service: "zabbix", opens: "ZBXD", check: within(4, 1, 7), source: "Zabbix manual, appendix on protocols, header"},
	{service: "munin", opens: "# munin node at ", source: "Munin, network protocol, server greeting"},
	{service: "checkmk", opens: "<<<check_mk>>>", source: "Checkmk manual, agent output"},
	{service: "stratum", opens: "{", check: holds("\"mining."), source: "Bitcoin wiki, Stratum mining protocol"},
	{service: "stratum", opens: "{", check: holds("\"eth_submit"), source: "EthereumStratum 1.0.0, eth-proxy dialect"},
	{service: "stratum", opens: "{", check: holds("\"eth_getWork\""), source: "Ethereum JSON-RPC, eth_getWork"},
	{service: "stratum", opens: "{", check: all(holds("\"login\""), holds("\"agent\"")), source: "CryptoNote stratum, login"},
	{service: "stratum", opens: "{", check: all(holds("\"submit\""), holds("\"nonce\"")), source: "CryptoNote stratum, submit"},
	{service: "stratum", opens: "{", check: all(holds("\"job_id\""), holds("\"target\"")), source: "CryptoNote stratum, job"},
	{service: "json", opens: "{\"", check: all(holds("\""), printableFrom(2)), source: "RFC 8259, section 4"},
	{service: "json", opens: "[{\"", check: printableFrom(3), source: "RFC 8259, section 5"},
	{service: "stomp", opens: "CONNECT\n", check: holds("accept-version:"), source: "STOMP 1.2, CONNECT"},
	{service: "stomp", opens: "STOMP\n", source: "STOMP 1.2, CONNECT"},
	{service: "stomp", opens: "CONNECTED\n", check: holds("version:"), source: "STOMP 1.2, CONNECTED"},
	{service: "nats", opens: "INFO {\"", source: "NATS client protocol, INFO"},
	{service: "hl7", opens: "\x0bMSH|", source: "HL7 version 2, appendix C, MLLP"},
	{service: "fix", opens: "8=FIX", check: within(5, '.', 'T'), source: "FIX session layer, section 4.2, BeginString"},
	{service: "vnc", opens: "RFB 00", check: all(within(6, '0', '9'), within(7, '.', '.')), source: "RFC 6143, section 7.1.1"},
	{service: "spice", opens: "REDQ\x02\x00\x00\x00", source: "SPICE protocol, section on link messages"},
	{service: "lpd", opens: "\x02", check: all(lineEnds, printableFrom(1)), ports: []uint16{515}, source: "RFC 1179, section 5"},
})

// greeting checks a three-digit reply line: a blank or a hyphen, then text.
func greeting(o *Observation) bool {
	p := o.Payload
	return len(p) > 4 && (p[3] == ' ' || p[3] == '-') && printable(p[4:min(len(p), 64)])
}

// words returns a check that the payload holds word in any case, or that an end has one of ports.
func words(word string, ports ...uint16) func(*Observation) bool {
	lower := []byte(word)
	return func(o *Observation) bool {
		return o.onPort(ports...) || containsFold(o.Payload[:min(len(o.Payload), 256)], lower)
	}
}

// containsFold tells whether word, which is in lower case, stands in p in any case.
func containsFold(p, word []byte) bool {
	for at := 0; at+len(word) <= len(p); at++ {
		i := 0
		for i < len(word) && p[at+i]|0x20 == word[i] {
			i++
		}
		if i == len(word) {
			return true
		}
	}
	return false
}

// lineEnds checks that what was captured is one or more whole lines of text.
func lineEnds(o *Observation) bool {
	p := o.Payload
	return len(p) > 2 && p[len(p)-1] == '\n' && bytes.IndexByte(p, 0) < 0 && printable(p[1:min(len(p), 64)])
}

// telnetOptions checks a chain of option commands: IAC (255), WILL to DONT (251-254), option.
// One alone is but 14 bits.
func telnetOptions(o *Observation) bool {
	p := o.Payload
	n := 0
	for len(p) >= 3 && p[0] == 0xff && p[1] >= 0xfb && p[1] <= 0xfe {
		p = p[3:]
		n++
	}
	return n >= 2 || n == 1 && o.onPort(23, 2323)
}

// rlogin checks the client's three strings and terminal speed, each with a zero behind it.
func rlogin(o *Observation) bool {
	p := o.Payload
	return len(p) > 4 && len(p) < 128 && p[len(p)-1] == 0 && bytes.Count(p, []byte{0}) == 4 && bytes.IndexByte(p, '/') > 0
}
