package packet

// extensionsRows are IPv6 extension headers.
var extensionsRows = []row{
	{
		name: "IPv6 hop-by-hop",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 14 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 20, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 01 04 00 00 00 00 # hop-by-hop: PadN
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 60, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 all extension headers",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 70 00 40 20 01 0d b8 00 00 00 00 # IPv6: payload 112, next header 0
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 01 04 00 00 00 00 # hop-by-hop: PadN
			2b 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # destination options: PadN
			33 02 04 00 00 00 00 00 20 01 0d b8 00 00 00 00 # routing: segment routing, no segment left
			00 00 00 00 00 00 00 03
			3c 04 00 00 00 00 00 01 00 00 00 01 ab ab ab ab # AH: 24 octets
			ab ab ab ab ab ab ab ab
			06 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # destination options: PadN
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 152, PayloadStart: 162, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 atomic fragment",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 14 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 20, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 00 11 22 33 44 # fragment: offset 0, more 0
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 60, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv4 AH",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 38 12 34 00 00 40 33 54 5d 0a 00 00 01 # IPv4: 56 octets, protocol 51
			0a 00 00 02
			11 04 00 00 00 00 00 01 00 00 00 01 ab ab ab ab # AH: 24 octets
			ab ab ab ab ab ab ab ab
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 56, PayloadStart: 66, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IPv6 ESP after destination options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 3c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 60
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			32 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # destination options: PadN
			00 00 00 01 00 00 00 01 cc cc cc cc cc cc cc cc # ESP`,
		want:    OtherTransport,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 50, Octets: 72, PayloadStart: 70, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "IPv6 extension header beyond the packet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 14 3c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 20, next header 60
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 c8 01 04 00 00 00 00 # destination options: 1608 octets
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 extension header without room",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 03 3c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 3, next header 60
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 01 # 3 octets`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 extension headers without end",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 01 14 3c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 276, next header 60
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00 # 33 destination options
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00 3c 00 01 04 00 00 00 00
			3c 00 01 04 00 00 00 00
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
}

// fragmentsRows are fragments of IPv4 and IPv6.
var fragmentsRows = []row{
	{
		name: "IPv4 first fragment",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 11 34 8b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: FirstFragment, Octets: 44, PayloadStart: 42, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "IPv4 later fragment",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 11 34 8b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 03 40 11 54 88 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 middle fragment, padding",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 11 34 8b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1c 12 34 20 03 40 11 34 98 0a 00 00 01 # IPv4: offset 24, more 1
			0a 00 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 # octets 24 to 32 of the packet
			00 00 00 00 # padding`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: LaterFragment, Octets: 28, PayloadStart: 42, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 later fragment before its first",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 03 40 11 54 88 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 later fragment of another identification",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 11 34 8b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 35 00 03 40 11 54 87 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 later fragment of another protocol",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 11 34 8b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 03 40 06 54 93 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: TCP, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv6 first fragment",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: FirstFragment, Octets: 72, PayloadStart: 70, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "IPv6 later fragment",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 18 11 22 33 44 # fragment: offset 24, more 0
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: LaterFragment, Octets: 72, PayloadStart: 86, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv6 later fragment before its first",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 18 11 22 33 44 # fragment: offset 24, more 0
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 72, PayloadStart: 86, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv6 first fragment with destination options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 28 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 40, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			11 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # octets 0 to 32 of the packet
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: FirstFragment, Octets: 80, PayloadStart: 86, PayloadCaptured: 8, PayloadOctets: 8},
	},
	{
		name: "IPv6 later fragment, protocol known from the first",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 28 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 40, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			11 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # octets 0 to 32 of the packet
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 28 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 40, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 00 20 11 22 33 44 # fragment: offset 32, more 0
			d8 d9 da db dc dd de df e0 e1 e2 e3 e4 e5 e6 e7 # octets 32 to 64 of the packet
			e8 e9 ea eb ec ed ee ef f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: LaterFragment, Octets: 80, PayloadStart: 94, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "ICMP later fragment",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 01 34 9b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			08 00 00 00 00 01 00 01 7a 7a 7a 7a 7a 7a 7a 7a # octets 0 to 24 of the packet
			7a 7a 7a 7a 7a 7a 7a 7a`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 03 40 01 54 98 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a # octets 24 to 48 of the packet
			7a 7a 7a 7a 7a 7a 7a 7a`,
		want:    ICMPMessage,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMP, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "ESP later fragment",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 32 34 6a 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			08 00 00 00 00 01 00 01 7a 7a 7a 7a 7a 7a 7a 7a # octets 0 to 24 of the packet
			7a 7a 7a 7a 7a 7a 7a 7a`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 03 40 32 54 67 0a 00 00 01 # IPv4: offset 24, more 0
			0a 00 00 02
			7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a # octets 24 to 48 of the packet
			7a 7a 7a 7a 7a 7a 7a 7a`,
		want:    OtherTransport,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 50, Flags: LaterFragment, Octets: 44, PayloadStart: 58, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "TCP first fragment",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 06 34 96 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # octets 0 to 24 of the packet
			00 00 00 00 d0 d1 d2 d3`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: FirstFragment, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 54, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "TCP tiny first fragment (RFC 1858, section 3)",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1c 12 34 20 00 40 06 34 a6 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 00 50 01 02 03 04 # octets 0 to 8 of the packet`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 TCP tiny first fragment",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 18 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			06 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # octets 0 to 16 of the packet`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 first fragment without transport header (RFC 7112)",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 18 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			3c 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			11 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 # octets 0 to 16 of the packet`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP fragment over the header of the first (RFC 1858, section 4)",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 20 00 40 06 34 96 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # octets 0 to 24 of the packet
			00 00 00 00 d0 d1 d2 d3`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 01 40 06 54 95 0a 00 00 01 # IPv4: offset 8, more 0
			0a 00 00 02
			05 06 07 08 50 18 20 00 00 00 00 00 d0 d1 d2 d3 # octets 8 to 32 of the packet
			d4 d5 d6 d7 d8 d9 da db`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "TCP fragment at offset 8 without a first (RFC 3128)",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 01 40 06 54 95 0a 00 00 01 # IPv4: offset 8, more 0
			0a 00 00 02
			05 06 07 08 50 18 20 00 00 00 00 00 d0 d1 d2 d3 # octets 8 to 32 of the packet
			d4 d5 d6 d7 d8 d9 da db`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 TCP fragment over the header of the first",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			06 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # octets 0 to 24 of the packet
			00 00 00 00 d0 d1 d2 d3`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			06 00 00 10 11 22 33 44 # fragment: offset 16, more 0
			00 00 00 00 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db # octets 16 to 40 of the packet
			dc dd de df e0 e1 e2 e3`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 fragment that ends at 65,535 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1f 12 34 1f fc 40 11 34 9c 0a 00 00 01 # IPv4: offset 65504
			0a 00 00 02
			dd dd dd dd dd dd dd dd dd dd dd # payload
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 # padding`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 31, PayloadStart: 45, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv4 fragment that ends at 65,536 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 20 12 34 1f fc 40 11 34 9b 0a 00 00 01 # IPv4: offset 65504
			0a 00 00 02
			dd dd dd dd dd dd dd dd dd dd dd dd # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 fragment that ends at 65,535 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet
			60 00 00 00 00 0f 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 15, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 ff f8 11 22 33 44 # fragment: offset 65528, more 0
			dd dd dd dd dd dd dd # payload`,
		want:    LaterFragmentUnknown,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 55, PayloadStart: 69, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "IPv6 fragment that ends at 65,536 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet
			60 00 00 00 00 10 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 16, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 ff f8 11 22 33 44 # fragment: offset 65528, more 0
			dd dd dd dd dd dd dd dd # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv4 fragment beyond 65,535 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 1f ff 40 11 34 8c 0a 00 00 01 # IPv4: offset 65528
			0a 00 00 02
			dd dd dd dd dd dd dd dd dd dd dd dd dd dd dd dd # payload
			dd dd dd dd dd dd dd dd`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 fragment beyond 65,535 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 20 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 32, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 ff f8 11 22 33 44 # fragment: offset 65528, more 0
			dd dd dd dd dd dd dd dd dd dd dd dd dd dd dd dd # payload
			dd dd dd dd dd dd dd dd`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "IPv6 first fragment not of whole 8 octets (RFC 8200, section 4.5)",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 1f 2c 40 20 01 0d b8 00 00 00 00 # IPv6: payload 31, next header 44
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			11 00 00 01 11 22 33 44 # fragment: offset 0, more 1
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 23 of the packet
			d8 d9 da db dc dd de`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "UDP first fragment of 8 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 1c 12 34 20 00 40 11 34 9b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			03 e8 07 d0 00 30 00 00 # octets 0 to 8 of the packet`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Flags: FirstFragment, Octets: 28, PayloadStart: 42, PayloadCaptured: 0, PayloadOctets: 0},
	},
}
