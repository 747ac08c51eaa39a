package classify

import "peeratlas/capture/packet"

// Games, as they speak with their servers. Server browsers ask hundreds of servers from one
// socket, which a socket's fan-out alone would take for peer-to-peer.
var clearGamesUDP = clearDetector("games", packet.UDP, []clearRow{
	{service: "teamspeak3", opens: "TS3INIT1", source: "TeamSpeak 3 init packet, as ReSpeak's tsdeclarations describe it"},
	{service: "teamspeak3", opens: "\x05\xca\x7f\x16\x9c\x11\xf9\x89", source: "TeamSpeak 3, query of a server's version by UDP (facts only)"},
	{service: "teamspeak2", opens: "\xf4\xbe\x03\x00", source: "l7-filter protocols/teamspeak.pat (facts only)"},
	{service: "source-engine", opens: "\xff\xff\xff\xffTSource Engine Query\x00", claim: claimGame, source: "Valve developer wiki, Server queries, A2S_INFO"},
	{service: "source-engine", opens: "\xff\xff\xff\xff", least: 5, check: connectionless, claim: claimGame, source: "Valve developer wiki, Server queries; id Software, quake3 server/sv_main.c"},
	{service: "source-engine", opens: "\xfe\xff\xff\xff", least: 12, check: all(within(8, 1, 32), printableFrom(16)), claim: claimGame, source: "Valve developer wiki, Server queries, multi-packet response"},
	{service: "steam-client", opens: "VS01", claim: claimGame, source: "SteamKit2, UdpConnection, packet magic"},
	{service: "steam-relay", opens: "sdping", at: 2, claim: claimGame, source: "Steam Datagram Relay ping, as captures show it"},
	{service: "raknet", opens: rakNetMagic, at: 1, claim: claimGame, source: "RakNet 4.081, OFFLINE_MESSAGE_DATA_ID"},
	{service: "raknet", opens: rakNetMagic, at: 9, claim: claimGame, source: "RakNet 4.081, unconnected ping: a time before it"},
	{service: "raknet", opens: rakNetMagic, at: 17, claim: claimGame, source: "RakNet 4.081, unconnected pong: a time and a GUID before it"},
	{service: "raknet", opens: "\x84", mask: "\xf7", least: 7, check: rakNetFrames, claim: claimGame, twice: true, source: "RakNet 4.081, ReliabilityLayer.cpp, datagram and message headers; wiki.vg, RakNet protocol, frame set"},
	{service: "raknet", opens: "\xc0\x00", least: 7, check: rakNetAck, claim: claimGame, twice: true, source: "wiki.vg, RakNet protocol, acknowledgements"},
	{service: "enet", opens: "\x8f\xff", least: 48, check: enetConnect(4), claim: claimGame, source: "ENet, include/enet/protocol.h, connect command"},
	{service: "enet", opens: "\x80\x00", least: 8, check: enetVerify(4), claim: claimGame, source: "ENet, include/enet/protocol.h, verify-connect command"},
	{service: "quake", opens: "\x80\x00", least: 12, check: all(sized(2, 2, bigEndian, 0), quakeControl), claim: claimGame, source: "id Software, Quake net_dgrm.c, control packets"},
	{service: "gamespy", opens: "\\", check: gameSpy, claim: claimGame, source: "GameSpy query protocol, developer documentation 1999"},
	{service: "gamespy", opens: "\xfe\xfd", least: 7, check: gameSpyQuery, claim: claimGame, twice: true, source: "wiki.vg, Minecraft Query (GameSpy 4)"},
	{service: "samp", opens: "SAMP", least: 11, claim: claimGame, source: "SA-MP wiki, Query mechanism"},
	{service: "kcp", opens: "\x50", at: 4, mask: "\xf8", least: 24, check: kcpSegments(24), claim: claimClearOnce, source: "skywind3000/kcp, protocol.txt"},
	{service: "genshin-impact", opens: "\x50", at: 8, mask: "\xf8", least: 28, check: kcpSegments(28), claim: claimGame, source: "KCP with a token behind the conversation, as captures show it"},
	{service: "genshin-impact", opens: "\x00\x00\x00\xff", least: 20, check: genshinOpen, claim: claimGame, source: "nDPI src/lib/protocols/genshin_impact.c (facts only)"},
	{service: "genshin-impact", opens: "\x00\x00\x01\x45", least: 20, check: genshinAnswer, claim: claimGame, source: "nDPI src/lib/protocols/genshin_impact.c (facts only)"},
	{service: "teeworlds", opens: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", least: 14, claim: claimGame, source: "Teeworlds 0.6, mastersrv.h, connectionless packets"},
	{service: "armagetron", opens: "\x00\x0b\x00\x00", check: all(sized(4, 2, bigEndian, 8), exactly(14)), claim: claimGame, twice: true, source: "nDPI src/lib/protocols/armagetron.c (facts only)"},
	{service: "battlefield", opens: "battlefield2\x00", at: 5, claim: claimGame, source: "nDPI src/lib/protocols/battlefield.c (facts only)"},
	{service: "battlefield", opens: "\x11\x20\x00\x01\x00\x00\x50\xb9\x10\x11", claim: claimGame, source: "nDPI src/lib/protocols/battlefield.c (facts only)"},
	{service: "riot", least: 9, check: riotTail, claim: claimGame, source: "nDPI src/lib/protocols/riotgames.c (facts only)"},
	{service: "xonotic", opens: "\x00\x00\x00\x00QW", claim: claimGame, source: "DarkPlaces, netconn.c"},
})

var clearGamesTCP = clearDetector("games", packet.TCP, []clearRow{
	{service: "steam-client", opens: "VT01", at: 4, least: 8, claim: claimGame, source: "SteamKit2, TcpConnection, packet magic"},
	{service: "world-of-warcraft", opens: "\x00", check: wowLogon, claim: claimGame, source: "wowdev.wiki, CMD_AUTH_LOGON_CHALLENGE"},
	{service: "world-of-warcraft", opens: "WORLD OF WARCRAFT CONNECTION", claim: claimGame, source: "TrinityCore, WorldSocket.cpp, connection initialize"},
	{service: "world-of-warcraft", opens: "\x00\x30WORLD OF WARCRAFT", claim: claimGame, source: "TrinityCore, WorldSocket.cpp, connection initialize"},
	{service: "minecraft", opens: "\x00", at: 1, least: 6, check: minecraft, claim: claimGame, source: "Minecraft Java edition protocol, handshake"},
	{service: "minecraft", opens: "\xfe\x01\xfa\x00\x0b\x00M\x00C\x00|", claim: claimGame, source: "Minecraft Java edition protocol, legacy server list ping"},
	{service: "gamespy", opens: "\\", check: gameSpy, claim: claimGame, source: "GameSpy query protocol, developer documentation 1999"},
	{service: "dofus", opens: "HC", check: all(exactly(35), printableFrom(2)), claim: claimGame, source: "nDPI src/lib/protocols/dofus.c (facts only)"},
	{service: "dofus", opens: "Af", check: all(lineEnds, exactly(4)), claim: claimGame, twice: true, source: "nDPI src/lib/protocols/dofus.c (facts only)"},
})

const rakNetMagic = "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78"

// connectionless checks a letter or word behind four octets ff. RDP-UDP opens with ff too, but
// goes on with a window and flags.
func connectionless(o *Observation) bool {
	p := o.Payload[4:]
	if len(p) == 1 || len(p) == 5 {
		return p[0] >= 'A' && p[0] <= 'z' // a challenge, or a request with one
	}
	switch p[0] {
	case 'A', 'I', 'D', 'E', 'U', 'V', 'W', 'T', 'l', 'm', 'q':
		return true
	}
	return printable(p[:min(len(p), 6)])
}

// rakNetFrames checks that messages fill a datagram: flags (reliability 3 bits, split 1), length
// in bits, and the indexes that the reliability asks for. Datagrams that open with 80 alone are
// left to RTP, which has the same first octet.
func rakNetFrames(o *Observation) bool {
	p, at := o.Payload, 4
	for at+3 <= len(p) {
		flags, bits := p[at], int(be16(p[at+1:]))
		if flags&0x0f != 0 || bits == 0 {
			return false
		}
		at += 3 + (bits+7)/8
		reliability := flags >> 5
		if reliability >= 2 && reliability != 5 {
			at += 3 // reliable: message number
		}
		if reliability == 1 || reliability == 4 {
			at += 3 // sequenced: its index
		}
		if reliability == 1 || reliability == 3 || reliability == 4 || reliability == 7 {
			at += 4 // ordered: index and channel
		}
		if flags&0x10 != 0 {
			at += 10 // part of a longer message
		}
	}
	return at == o.Length
}

// rakNetAck checks that the count of ranges, each of one number or two, fills the datagram.
func rakNetAck(o *Observation) bool {
	p, at := o.Payload, 3
	for range be16(p[1:]) {
		if at >= len(p) || p[at] > 1 {
			return false
		}
		at += 7 - 3*int(p[at])
	}
	return at == o.Length && be16(p[1:]) > 0
}

// enetConnect returns a check of a connect command: peer not assigned yet, a time, the command
// with its acknowledge flag, channel ff, first sequence number, a session and sensible sizes.
// A checksum of four octets may stand before the command.
func enetConnect(at int) func(*Observation) bool {
	return func(o *Observation) bool {
		p := o.Payload
		return string(p[at:at+4]) == "\x82\xff\x00\x01" || string(p[at+4:at+8]) == "\x82\xff\x00\x01"
	}
}

// enetVerify is the same of the answer.
func enetVerify(at int) func(*Observation) bool {
	return func(o *Observation) bool {
		p := o.Payload
		return string(p[at:at+4]) == "\x83\xff\x00\x01" || len(p) >= at+8 && string(p[at+4:at+8]) == "\x83\xff\x00\x01"
	}
}

// quakeControl checks a request's or an answer's code, and the game's name in a request.
func quakeControl(o *Observation) bool {
	p := o.Payload
	if p[4] == 1 || p[4] == 2 {
		return string(p[5:11]) == "QUAKE\x00"
	}
	return p[4] >= 0x81 && p[4] <= 0x85
}

// gameSpy checks keys between backslashes.
func gameSpy(o *Observation) bool {
	p := o.Payload
	n := 0
	for _, b := range p[:min(len(p), 64)] {
		if b == '\\' {
			n++
		}
	}
	return n >= 2 && len(p) >= 8 && printable(p[:min(len(p), 64)])
}

// gameSpyQuery checks a handshake or a question.
func gameSpyQuery(o *Observation) bool {
	p := o.Payload
	return p[2] == 9 && o.Length == 7 || p[2] == 0 && (o.Length == 11 || o.Length == 15)
}

// kcpSegments returns a check that segments with headers of so many octets fill the datagram:
// conversation, command 81 to 84, fragment, window, time, numbers, little-endian length last.
func kcpSegments(header int) func(*Observation) bool {
	return func(o *Observation) bool {
		p, at, n := o.Payload, 0, 0
		for at+header <= len(p) {
			q := p[at:]
			if c := q[header-20]; c < 81 || c > 84 || le32(q) != le32(p) {
				return false
			}
			at += header + unsigned(q[header-4:header], littleEndian)
			n++
		}
		return at == o.Length && le32(p) != 0
	}
}

// genshinOpen and genshinAnswer check the first datagrams, which stand before KCP's.
func genshinOpen(o *Observation) bool {
	p := o.Payload
	return o.Length == 20 && be32(p[12:]) == 0x499602d2 && be32(p[16:]) == 0xffffffff
}

func genshinAnswer(o *Observation) bool {
	p := o.Payload
	return o.Length == 20 && be32(p[12:]) == 0x499602d2 && be32(p[16:]) == 0x14514545
}

// riotTail checks the last eight octets of a request or its answer.
func riotTail(o *Observation) bool {
	if o.Cut() {
		return false
	}
	p := o.Payload[len(o.Payload)-8:]
	return be64(p) == 0xaaaaaaaabbbbbbbb || o.Length == 53 && be64(p) == 0x3cb11f2dea23460c
}

// wowLogon checks a logon challenge: length, and the game's four letters.
func wowLogon(o *Observation) bool {
	p := o.Payload
	return len(p) >= 34 && int(le16(p[2:]))+4 == o.Length && (string(p[4:8]) == "WoW\x00" || string(p[4:8]) == "\x00WoW")
}

// minecraft checks a handshake: length, packet 0, a protocol version of up to three octets, a
// printable address, a port and the next state.
func minecraft(o *Observation) bool {
	p := o.Payload
	n := int(p[0])
	if n < 6 || n > 127 || n+1 > o.Length || len(p) < n+1 || p[1] != 0 {
		return false
	}
	at := 2
	for at < 6 && p[at] >= 0x80 {
		at++
	}
	at++
	if at > n {
		return false
	}
	address := int(p[at])
	end := at + 1 + address
	return address > 0 && end+3 == n+1 && printable(p[at+1:end]) && p[end+2] >= 1 && p[end+2] <= 3
}
