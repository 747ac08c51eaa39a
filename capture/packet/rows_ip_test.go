package packet

// plainRows are one packet each of the common kinds.
var plainRows = []row{
	{
		name: "IPv4 UDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 42, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 TCP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 54, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 TCP with options, no payload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 30 12 34 00 00 40 06 54 92 0a 00 00 01 # IPv4: 48 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 70 c2 20 00 # TCP: 1000 to 80, flags c2
			00 00 00 00 02 04 05 b4 01 01 04 02`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: SYN | 0xc0, Seq: 0x01020304, Ack: 0x05060708, Octets: 48, PayloadStart: 62, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			46 00 00 24 12 34 00 00 40 11 bf 8e 0a 00 00 01 # IPv4: 36 octets, protocol 17
			0a 00 00 02 94 04 00 00
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 36, PayloadStart: 46, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 UDP without payload, Ethernet padding",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1c 12 34 00 00 40 11 54 9b 0a 00 00 01 # IPv4: 28 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 08 00 00 # UDP: 1000 to 2000, 8 octets
			ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee # padding
			ee ee`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 28, PayloadStart: 42, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 TCP payload, Ethernet padding",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2a 12 34 00 00 40 06 54 98 0a 00 00 01 # IPv4: 42 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 # payload
			ee ee ee ee # padding`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 42, PayloadStart: 54, PayloadCaptured: 2, PayloadOctets: 2},
	},
	{
		name: "UDP surplus after the UDP length",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 22 12 34 00 00 40 11 54 95 0a 00 00 01 # IPv4: 34 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload
			aa bb # UDP options`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 34, PayloadStart: 42, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 UDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 62, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 UDP, trailer of the frame",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload
			ee ee ee ee # trailer`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 62, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 TCP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 74, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "ICMP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 38 12 34 00 00 40 01 54 8f 0a 00 00 01 # IPv4: 56 octets, protocol 1
			0a 00 00 02
			03 03 00 00 00 00 00 00 45 00 00 1c 12 34 00 00 # ICMP: port unreachable, quoted headers
			40 11 54 9b 0a 00 00 01 0a 00 00 02 03 e8 07 d0
			00 08 00 00`,
		want:    ICMPMessage,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMP, Octets: 56, PayloadStart: 34, PayloadCaptured: 36, PayloadOctets: 36},
	},
	{
		name: "ICMPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 08 3a 40 20 01 0d b8 00 00 00 00 # IPv6: payload 8, next header 58
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			80 00 00 00 00 01 00 01 # ICMPv6: echo request`,
		want:    ICMPMessage,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMPv6, Octets: 48, PayloadStart: 54, PayloadCaptured: 8, PayloadOctets: 8},
	},
	{
		name: "SCTP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 84 54 24 0a 00 00 01 # IPv4: 32 octets, protocol 132
			0a 00 00 02
			03 e8 07 d0 00 00 00 00 00 00 00 00 # SCTP common header`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 132, Octets: 32, PayloadStart: 34, PayloadCaptured: 12, PayloadOctets: 12},
	},
	{
		name: "ESP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 00 40 32 54 6a 0a 00 00 01 # IPv4: 44 octets, protocol 50
			0a 00 00 02
			00 00 00 01 00 00 00 01 cc cc cc cc cc cc cc cc # ESP
			cc cc cc cc cc cc cc cc`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 50, Octets: 44, PayloadStart: 34, PayloadCaptured: 24, PayloadOctets: 24},
	},
	{
		name: "IPv4 header alone",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 14 12 34 00 00 40 32 54 82 0a 00 00 01 # IPv4: 20 octets, protocol 50
			0a 00 00 02`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 50, Octets: 20, PayloadStart: 34, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv6 without next header",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 3b 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 59
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02`,
		want:    OtherTransport,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 59, Octets: 40, PayloadStart: 54, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "ARP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 06 # Ethernet: ARP
			00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 # ARP request
			00 01 00 00 00 00 00 00 0a 00 00 02`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "Ethernet header alone",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 06 # Ethernet: ARP`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "LLDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 cc # Ethernet: LLDP
			02 07 04 02 00 00 00 00 01 00 00 # LLDP`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "spanning tree",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 00 07 # Ethernet: 802.3 length 7
			42 42 03 00 00 00 00 # LLC, BPDU
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 # padding
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00 00 00 00`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "unknown link type",
		link: LinkType(147),
		frame: `
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want: LinkUnsupported,
	},
	{
		name:  "empty frame",
		link:  LinkEthernet,
		frame: ``,
		want:  BadHeader,
	},
}

// lengthsRows are length fields that lie, and frames that were cut.
var lengthsRows = []row{
	{
		name: "TCP segmentation offload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 00 12 34 00 00 40 06 54 c2 0a 00 00 01 # IPv4: total length 0
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db dc dd de df # payload
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: NoIPLength, Seq: 0x01020304, Ack: 0x05060708, Octets: 72, PayloadStart: 54, PayloadCaptured: 32, PayloadOctets: 32},
	},
	{
		name: "UDP segmentation offload, both lengths 0",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 00 12 34 00 00 40 11 54 b7 0a 00 00 01 # IPv4: total length 0
			0a 00 00 02
			03 e8 07 d0 00 00 00 00 # UDP: 1000 to 2000, 0 octets
			d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db dc dd de df # payload
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: NoIPLength, Octets: 60, PayloadStart: 42, PayloadCaptured: 32, PayloadOctets: 32},
	},
	{
		name: "IPv6 segmentation offload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db dc dd de df # payload
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: NoIPLength, Seq: 0x01020304, Ack: 0x05060708, Octets: 92, PayloadStart: 74, PayloadCaptured: 32, PayloadOctets: 32},
	},
	{
		name: "mirror that truncates: total length beyond the frame",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 05 dc 12 34 00 00 40 06 4e e6 0a 00 00 01 # IPv4: 1500 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 1500, PayloadStart: 54, PayloadCaptured: 4, PayloadOctets: 1460},
	},
	{
		name: "snapped",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 05 dc 12 34 00 00 40 06 4e e6 0a 00 00 01 # IPv4: 1500 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		original: 1514,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 1500, PayloadStart: 54, PayloadCaptured: 4, PayloadOctets: 1460},
	},
	{
		name: "snapped IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 04 d8 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 1240, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 04 d8 00 00 # UDP: 1000 to 2000, 1240 octets
			d0 d1 d2 d3 # payload`,
		original: 1294,
		want:     OK,
		headers:  Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: Cut, Octets: 1280, PayloadStart: 62, PayloadCaptured: 4, PayloadOctets: 1232},
	},
	{
		name: "IPv6 jumbogram, UDP length 0",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 c2 04 00 01 38 80 # hop-by-hop: Jumbo Payload 80000
			03 e8 07 d0 00 00 00 00 # UDP: 1000 to 2000, 0 octets
			d0 d1 d2 d3 # payload`,
		original: 80054,
		want:     OK,
		headers:  Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: Cut, Octets: 80040, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 79984},
	},
	{
		name: "IPv6 jumbogram of TCP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			06 00 c2 04 00 01 86 a0 # hop-by-hop: Jumbo Payload 100000
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		original: 100054,
		want:     OK,
		headers:  Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 100040, PayloadStart: 82, PayloadCaptured: 4, PayloadOctets: 99972},
	},
	{
		name: "Jumbo Payload after padding",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			06 01 00 01 03 00 00 00 00 00 c2 04 00 01 86 a0 # hop-by-hop: Pad1, PadN, Jumbo Payload 100000
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		original: 100054,
		want:     OK,
		headers:  Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 100040, PayloadStart: 90, PayloadCaptured: 4, PayloadOctets: 99964},
	},
	{
		name: "Jumbo Payload that is none counts as segmentation offload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 c2 04 00 00 ff ff # hop-by-hop: Jumbo Payload 65535
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: NoIPLength, Octets: 60, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 version 5",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			55 00 00 20 12 34 00 00 40 11 44 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 header length 4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			44 00 00 34 12 34 00 00 40 01 55 93 0a 00 00 01 # IPv4: 52 octets, protocol 1
			0a 00 00 02
			08 00 00 00 00 01 00 01 7a 7a 7a 7a 7a 7a 7a 7a # ICMP echo request
			7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 total length below its header",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 13 12 34 00 00 40 01 54 b4 0a 00 00 01 # IPv4: 19 octets, protocol 1
			0a 00 00 02
			08 00 00 00 00 01 00 01 7a 7a 7a 7a 7a 7a 7a 7a # ICMP echo request
			7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 header longer than the packet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			49 00 00 20 12 34 00 00 40 11 50 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 header longer than the frame",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00 # Ethernet, 19 octets of IPv4
			00 20 12 34 00 00 40 11 54 97 0a 00 00 01 0a 00
			00`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 version 4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			40 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 from an IPv4-mapped address",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 0c 11 40 00 00 00 00 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 ff ff 0a 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 to an IPv4-mapped address",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00
			00 00 ff ff 0a 00 00 01
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "jumbogram beyond all frames",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 c2 04 7f ff ff ff # hop-by-hop: Jumbo Payload of 31 bits
			03 e8 07 d0 00 00 00 00 # UDP: 1000 to 2000, 0 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "UDP length 7",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 07 00 00 # UDP: 1000 to 2000, 7 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "UDP length 0 without a jumbogram",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 00 00 00 # UDP: 1000 to 2000, 0 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "UDP length beyond the IP payload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0d 00 00 # UDP: 1000 to 2000, 13 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 payload too short for UDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1b 12 34 00 00 40 11 54 9c 0a 00 00 01 # IPv4: 27 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 08 00 # 7 octets`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 payload too short for TCP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 27 12 34 00 00 40 06 54 9b 0a 00 00 01 # IPv4: 39 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # 19 octets of TCP
			00 00 00`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 TCP without room",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 00 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 0, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP data offset 4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 40 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP data offset beyond the IP payload",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 70 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP cut within the ports",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     HeaderCut,
		headers:  Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP cut after ports only",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: 0, Flags: Cut, Seq: 0, Ack: 0, Octets: 80, PayloadStart: 38, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "TCP cut after sequence number",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: 0, Flags: Cut, Seq: 0x01020304, Ack: 0, Octets: 80, PayloadStart: 42, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "TCP cut after acknowledgement number",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: 0, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 80, PayloadStart: 46, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "TCP cut after data offset",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: 0, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 80, PayloadStart: 47, PayloadCaptured: 0, PayloadOctets: 40},
	},
	{
		name: "TCP cut after flags",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 80, PayloadStart: 48, PayloadCaptured: 0, PayloadOctets: 40},
	},
	{
		name: "TCP cut within its options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 3c 12 34 00 00 40 06 54 86 0a 00 00 01 # IPv4: 60 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 80 18 20 00 # TCP: 1000 to 80, flags 18 (cut)
			00 00 00 00 01 01`,
		original: 74,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 60, PayloadStart: 56, PayloadCaptured: 0, PayloadOctets: 8},
	},
	{
		name: "TCP cut, data offset 2",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 50 12 34 00 00 40 06 54 72 0a 00 00 01 # IPv4: 80 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 20 18 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 94,
		want:     BadHeader,
		headers:  Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "UDP cut after ports",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 # UDP: 1000 to 2000, 48 octets (cut)`,
		original: 82,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: Cut, Octets: 68, PayloadStart: 38, PayloadCaptured: 0, PayloadOctets: 40},
	},
	{
		name: "UDP cut at 60 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 # UDP: 1000 to 2000, 48 octets
			d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db dc dd de df # payload (cut)
			e0 e1`,
		original: 82,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: Cut, Octets: 68, PayloadStart: 42, PayloadCaptured: 18, PayloadOctets: 40},
	},
	{
		name: "IPv6 TCP cut at 60 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 3c 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 60, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 # TCP: 1000 to 80, flags 18 (cut)`,
		original: 114,
		want:     OK,
		headers:  Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: 0, Flags: Cut, Seq: 0, Ack: 0, Octets: 100, PayloadStart: 60, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "ICMP cut",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 24 12 34 00 00 40 01 54 a3 0a 00 00 01 # IPv4: 36 octets, protocol 1
			0a 00 00 02
			08 00 00 00 # ICMP echo request (cut)`,
		original: 50,
		want:     ICMPMessage,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMP, Flags: Cut, Octets: 36, PayloadStart: 34, PayloadCaptured: 4, PayloadOctets: 16},
	},
	{
		name: "ICMP cut within the IPv4 options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			47 00 00 24 12 34 00 00 40 01 4e 9f 0a 00 00 01 # IPv4: 36 octets, protocol 1 (cut)
			0a 00 00 02 01 01`,
		original: 50,
		want:     ICMPMessage,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMP, Flags: Cut, Octets: 36, PayloadStart: 36, PayloadCaptured: 0, PayloadOctets: 8},
	},
}
