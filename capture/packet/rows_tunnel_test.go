package packet

// tunnelsRows are IP in IP, GRE and ERSPAN.
var tunnelsRows = []row{
	{
		name: "IP in IP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 34 12 34 00 00 40 04 54 90 0a 00 00 01 # IPv4: 52 octets, protocol 4
			0a 00 00 02
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: IPIP, Depth: 1, Octets: 32, PayloadStart: 62, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 in IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 04 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 4
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("2001:db8::1"), OuterDst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: IPIP, Depth: 1, Octets: 32, PayloadStart: 82, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 in IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 40 29 40 20 01 0d b8 00 00 00 00 # IPv6: payload 64, next header 41
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			60 00 00 00 00 18 06 40 20 01 0d b8 00 01 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 01 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8:1::1"), Dst: addr("2001:db8:1::2"), OuterSrc: addr("2001:db8::1"), OuterDst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: IPIP, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 114, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "6in4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 54 12 34 00 00 40 29 54 4b 0a 00 00 01 # IPv4: 84 octets, protocol 41
			0a 00 00 02
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: SixInFour, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 94, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "6in4 of ICMPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 29 54 5b 0a 00 00 01 # IPv4: 68 octets, protocol 41
			0a 00 00 02
			60 00 00 00 00 08 3a 40 20 01 0d b8 00 00 00 00 # IPv6: payload 8, next header 58
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			80 00 00 00 00 01 00 01 # ICMPv6: echo request`,
		want:    ICMPMessage,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMPv6, Tunnel: SixInFour, Depth: 1, Octets: 48, PayloadStart: 74, PayloadCaptured: 8, PayloadOctets: 8},
	},
	{
		name: "6in4 of nonsense",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 29 54 5b 0a 00 00 01 # IPv4: 68 octets, protocol 41
			0a 00 00 02
			11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 # nonsense
			11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11
			11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11`,
		want:    BadHeader,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 41, Octets: 68},
	},
	{
		name: "IP in IP, inner length beyond the outer",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 34 12 34 00 00 40 04 54 90 0a 00 00 01 # IPv4: 52 octets, protocol 4
			0a 00 00 02
			45 00 00 21 12 34 00 00 40 11 e7 44 c0 a8 00 01 # IPv4: 33 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 4, Octets: 52},
	},
	{
		name: "GRE IPv4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 38 12 34 00 00 40 2f 54 61 0a 00 00 01 # IPv4: 56 octets, protocol 47
			0a 00 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Octets: 32, PayloadStart: 66, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GRE IPv6, checksum, key and sequence",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 64 12 34 00 00 40 2f 54 35 0a 00 00 01 # IPv4: 100 octets, protocol 47
			0a 00 00 02
			b0 00 86 dd 00 00 00 00 00 00 00 2a 00 00 00 01 # GRE: flags b000, protocol 86dd
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: GRE, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 110, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GRE over IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 24 2f 40 20 01 0d b8 00 00 00 00 # IPv6: payload 36, next header 47
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("2001:db8::1"), OuterDst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Octets: 32, PayloadStart: 86, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "NVGRE",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4a 12 34 00 00 40 2f 54 4f 0a 00 00 01 # IPv4: 74 octets, protocol 47
			0a 00 00 02
			20 00 65 58 00 13 88 00 # GRE: flags 2000, protocol 6558
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Octets: 32, PayloadStart: 84, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GRE transparent Ethernet with tag",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4a 12 34 00 00 40 2f 54 4f 0a 00 00 01 # IPv4: 74 octets, protocol 47
			0a 00 00 02
			00 00 65 58 # GRE: flags 0000, protocol 6558
			02 00 00 00 00 04 02 00 00 00 00 03 81 00 # inner Ethernet
			00 37 08 00 # VID 55, IPv4
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, VLAN: 55, Protocol: UDP, Tunnel: GRE, Depth: 1, Octets: 32, PayloadStart: 84, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GRE MPLS",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 3c 12 34 00 00 40 2f 54 5d 0a 00 00 01 # IPv4: 60 octets, protocol 47
			0a 00 00 02
			00 00 88 47 # GRE: flags 0000, protocol 8847
			00 01 01 40 # label 16, bottom
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Octets: 32, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPTP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 54 12 34 00 00 40 2f 54 45 0a 00 00 01 # IPv4: 84 octets, protocol 47
			0a 00 00 02
			30 81 88 0b 00 30 00 09 00 00 00 01 00 00 00 01 # GRE: flags 3081, protocol 880b
			ff 03 00 21 # PPP: IPv4
			45 00 00 2c 12 34 00 00 40 06 e7 44 c0 a8 00 01 # IPv4: 44 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: GRE, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 94, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPTP without acknowledgement, compressed protocol",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4d 12 34 00 00 40 2f 54 4c 0a 00 00 01 # IPv4: 77 octets, protocol 47
			0a 00 00 02
			30 01 88 0b 00 2d 00 09 00 00 00 01 # GRE: flags 3001, protocol 880b
			21 # PPP: IPv4
			45 00 00 2c 12 34 00 00 40 06 e7 44 c0 a8 00 01 # IPv4: 44 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: GRE, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 87, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPTP bare acknowledgement",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 00 00 40 2f 54 79 0a 00 00 01 # IPv4: 32 octets, protocol 47
			0a 00 00 02
			20 81 88 0b 00 00 00 09 00 00 00 01 # GRE: flags 2081, protocol 880b`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 32, PayloadStart: 34, PayloadCaptured: 12, PayloadOctets: 12},
	},
	{
		name: "enhanced GRE of something but PPP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4c 12 34 00 00 40 2f 54 4d 0a 00 00 01 # IPv4: 76 octets, protocol 47
			0a 00 00 02
			30 01 08 00 00 2c 00 09 00 00 00 01 # GRE: flags 3001, protocol 0800
			45 00 00 2c 12 34 00 00 40 06 e7 44 c0 a8 00 01 # IPv4: 44 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 76, PayloadStart: 34, PayloadCaptured: 56, PayloadOctets: 56},
	},
	{
		name: "PPTP encrypted",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 38 12 34 00 00 40 2f 54 61 0a 00 00 01 # IPv4: 56 octets, protocol 47
			0a 00 00 02
			30 01 88 0b 00 18 00 09 00 00 00 01 # GRE: flags 3001, protocol 880b
			00 fd 90 01 cc cc cc cc cc cc cc cc cc cc cc cc # PPP: compressed or encrypted
			cc cc cc cc cc cc cc cc`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 56, PayloadStart: 34, PayloadCaptured: 36, PayloadOctets: 36},
	},
	{
		name: "GRE keepalive",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 18 12 34 00 00 40 2f 54 81 0a 00 00 01 # IPv4: 24 octets, protocol 47
			0a 00 00 02
			00 00 00 00 # GRE: flags 0000, protocol 0000`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 24, PayloadStart: 34, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GRE source route",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 40 12 34 00 00 40 2f 54 59 0a 00 00 01 # IPv4: 64 octets, protocol 47
			0a 00 00 02
			40 00 08 00 # GRE: flags 4000, protocol 0800
			00 00 00 00 00 00 00 00 # checksum, offset, end of routes
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 64, PayloadStart: 34, PayloadCaptured: 44, PayloadOctets: 44},
	},
	{
		name: "GRE version 2",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 38 12 34 00 00 40 2f 54 61 0a 00 00 01 # IPv4: 56 octets, protocol 47
			0a 00 00 02
			00 02 08 00 # GRE: flags 0002, protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 56, PayloadStart: 34, PayloadCaptured: 36, PayloadOctets: 36},
	},
	{
		name: "GRE of LLDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 31 12 34 00 00 40 2f 54 68 0a 00 00 01 # IPv4: 49 octets, protocol 47
			0a 00 00 02
			00 00 65 58 # GRE: flags 0000, protocol 6558
			02 00 00 00 00 04 02 00 00 00 00 03 88 cc # inner Ethernet
			02 07 04 02 00 00 00 00 01 00 00 # LLDP`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 49, PayloadStart: 34, PayloadCaptured: 29, PayloadOctets: 29},
	},
	{
		name: "ERSPAN type I",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 46 12 34 00 00 40 2f 54 53 0a 00 00 01 # IPv4: 70 octets, protocol 47
			0a 00 00 02
			00 00 88 be # GRE: flags 0000, protocol 88be
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: ERSPAN, Depth: 1, Octets: 32, PayloadStart: 80, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "ERSPAN type II",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 62 12 34 00 00 40 2f 54 37 0a 00 00 01 # IPv4: 98 octets, protocol 47
			0a 00 00 02
			10 00 88 be 00 00 00 01 # GRE: flags 1000, protocol 88be
			10 64 00 01 00 00 00 00 # ERSPAN II: VLAN 100, session 1
			02 00 00 00 00 04 02 00 00 00 00 03 81 00 # inner Ethernet
			00 64 08 00 # VID 100, IPv4
			45 00 00 2c 12 34 00 00 40 06 e7 44 c0 a8 00 01 # IPv4: 44 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, VLAN: 100, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: ERSPAN, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 108, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "ERSPAN type III",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 56 12 34 00 00 40 2f 54 43 0a 00 00 01 # IPv4: 86 octets, protocol 47
			0a 00 00 02
			10 00 22 eb 00 00 00 01 # GRE: flags 1000, protocol 22eb
			20 64 00 01 12 34 56 78 00 00 00 00 # ERSPAN III: VLAN 100, session 1
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: ERSPAN, Depth: 1, Octets: 32, PayloadStart: 96, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "ERSPAN type III with subheader",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 72 12 34 00 00 40 2f 54 27 0a 00 00 01 # IPv4: 114 octets, protocol 47
			0a 00 00 02
			10 00 22 eb 00 00 00 01 # GRE: flags 1000, protocol 22eb
			20 64 00 01 12 34 56 78 00 00 00 01 10 00 00 00 # ERSPAN III: VLAN 100, session 1
			00 00 00 00
			02 00 00 00 00 04 02 00 00 00 00 03 86 dd # inner Ethernet
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: ERSPAN, Depth: 1, Octets: 52, PayloadStart: 124, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "ERSPAN type III, frame type not Ethernet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 56 12 34 00 00 40 2f 54 43 0a 00 00 01 # IPv4: 86 octets, protocol 47
			0a 00 00 02
			10 00 22 eb 00 00 00 01 # GRE: flags 1000, protocol 22eb
			20 64 00 01 12 34 56 78 00 00 04 00 # ERSPAN III: VLAN 100, session 1
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 86, PayloadStart: 34, PayloadCaptured: 66, PayloadOctets: 66},
	},
	{
		name: "ERSPAN unknown version",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 2f 54 47 0a 00 00 01 # IPv4: 82 octets, protocol 47
			0a 00 00 02
			10 00 88 be 00 00 00 01 # GRE: flags 1000, protocol 88be
			30 64 00 01 00 00 00 00 # ERSPAN version 3
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 47, Octets: 82, PayloadStart: 34, PayloadCaptured: 62, PayloadOctets: 62},
	},
	{
		name: "ERSPAN that truncates",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5e 12 34 00 00 40 2f 54 3b 0a 00 00 01 # IPv4: 94 octets, protocol 47
			0a 00 00 02
			10 00 88 be 00 00 00 01 # GRE: flags 1000, protocol 88be
			10 64 00 01 00 00 00 00 # ERSPAN II: VLAN 100, session 1
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 05 dc 12 34 00 00 40 06 e1 94 c0 a8 00 01 # IPv4: 1500 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: ERSPAN, Depth: 1, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 1500, PayloadStart: 104, PayloadCaptured: 4, PayloadOctets: 1460},
	},
}
