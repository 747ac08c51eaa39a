package packet

// overlaysRows are tunnels over UDP.
var overlaysRows = []row{
	{
		name: "VXLAN",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: VXLAN, Depth: 1, Octets: 32, PayloadStart: 92, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "VXLAN on the old port, IPv6 outside, TCP inside",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 86 dd # Ethernet: IPv6
			60 00 00 00 00 4a 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 74, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			c0 00 21 18 00 4a 00 00 # UDP: 49152 to 8472, 74 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 2c 12 34 00 00 40 06 e7 44 c0 a8 00 01 # IPv4: 44 octets, protocol 6
			c0 a8 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("2001:db8::1"), OuterDst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: VXLAN, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 124, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "VXLAN with group policy",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			88 48 12 34 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: VXLAN, Depth: 1, Octets: 32, PayloadStart: 92, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "VXLAN port, no valid VNI",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			00 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 82, PayloadStart: 42, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "VXLAN port, reserved octet set",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 01 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 82, PayloadStart: 42, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "VXLAN port, last octet set",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 00 00 13 88 01 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 82, PayloadStart: 42, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "VXLAN port, unknown flag of group policy",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			88 01 12 34 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 82, PayloadStart: 42, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "VXLAN of ARP stays with its carrier",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4e 12 34 00 00 40 11 54 69 0a 00 00 01 # IPv4: 78 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3a 00 00 # UDP: 49152 to 4789, 58 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 06 # inner Ethernet
			00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 # ARP request
			00 01 00 00 00 00 00 00 0a 00 00 02`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 78, PayloadStart: 42, PayloadCaptured: 50, PayloadOctets: 50},
	},
	{
		name: "VXLAN, inner length beyond the outer",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 21 12 34 00 00 40 11 e7 44 c0 a8 00 01 # IPv4: 33 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Octets: 82, PayloadStart: 42, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "VXLAN cut at 60 octets",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 52 12 34 00 00 40 11 54 65 0a 00 00 01 # IPv4: 82 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 # inner Ethernet (cut)`,
		original: 96,
		want:     OK,
		headers:  Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Flags: Cut, Octets: 82, PayloadStart: 42, PayloadCaptured: 18, PayloadOctets: 54},
	},
	{
		name: "GENEVE Ethernet with options",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5e 12 34 00 00 40 11 54 59 0a 00 00 01 # IPv4: 94 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 4a 00 00 # UDP: 49152 to 6081, 74 octets
			03 40 65 58 00 13 88 00 01 02 80 02 00 00 00 01 # GENEVE: protocol 6558
			00 00 00 02
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GENEVE, Depth: 1, Octets: 32, PayloadStart: 104, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GENEVE IPv4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			00 00 08 00 00 13 88 00 # GENEVE: protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GENEVE, Depth: 1, Octets: 32, PayloadStart: 78, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GENEVE IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 64 12 34 00 00 40 11 54 53 0a 00 00 01 # IPv4: 100 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 50 00 00 # UDP: 49152 to 6081, 80 octets
			00 00 86 dd 00 13 88 00 # GENEVE: protocol 86dd
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: GENEVE, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 110, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GENEVE port, version 1",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			40 00 08 00 00 13 88 00 # GENEVE: protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GENEVE port, control packet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			00 80 08 00 00 13 88 00 # GENEVE: protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GENEVE port, reserved bits",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			00 01 08 00 00 13 88 00 # GENEVE: protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GENEVE port, last octet set",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			00 00 08 00 00 13 88 01 # GENEVE: protocol 0800
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GENEVE port, protocol 0",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2c 12 34 00 00 40 11 54 8b 0a 00 00 01 # IPv4: 44 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 18 00 00 # UDP: 49152 to 6081, 24 octets
			00 00 00 00 00 13 88 00 # GENEVE: protocol 0000
			00 00 00 00 00 00 00 00 # zeros`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 44, PayloadStart: 42, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "GENEVE port, options beyond the packet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c0 00 17 c1 00 30 00 00 # UDP: 49152 to 6081, 48 octets
			3f 00 08 00 00 13 88 00 # GENEVE: 252 octets of options
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 6081, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GTP-U",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			30 ff 00 20 00 00 00 07 # GTP-U: flags 30
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GTPU, Depth: 1, Octets: 32, PayloadStart: 78, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GTP-U with sequence number, IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 68 12 34 00 00 40 11 54 4f 0a 00 00 01 # IPv4: 104 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 54 00 00 # UDP: 2152 to 2152, 84 octets
			32 ff 00 44 00 00 00 07 00 01 00 00 # GTP-U: flags 32
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: GTPU, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 114, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GTP-U with extension headers (5G)",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 54 12 34 00 00 40 11 54 63 0a 00 00 01 # IPv4: 84 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 40 00 00 # UDP: 2152 to 2152, 64 octets
			34 ff 00 30 00 00 00 07 00 00 00 85 01 10 01 40 # GTP-U: flags 34
			02 00 00 00 00 00 00 00
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GTPU, Depth: 1, Octets: 32, PayloadStart: 94, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "GTP-U port, echo request",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			30 01 00 20 00 00 00 07 # GTP-U: flags 30
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GTP-U port, GTP prime",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			20 ff 00 20 00 00 00 07 # GTP-U: flags 20
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GTP-U port, version 2",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			50 ff 00 20 00 00 00 07 # GTP-U: flags 50
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GTP-U port, length beyond the packet",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			30 ff 00 21 00 00 00 07 # GTP-U: flags 30
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "GTP-U port, extension of length 0",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 4c 12 34 00 00 40 11 54 6b 0a 00 00 01 # IPv4: 76 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 38 00 00 # UDP: 2152 to 2152, 56 octets
			34 ff 00 28 00 00 00 07 00 00 00 85 00 00 00 00 # GTP-U: flags 34
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 76, PayloadStart: 42, PayloadCaptured: 48, PayloadOctets: 48},
	},
	{
		name: "GTP-U port, inner version 5",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			08 68 08 68 00 30 00 00 # UDP: 2152 to 2152, 48 octets
			30 ff 00 20 00 00 00 07 # GTP-U: flags 30
			55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 # neither version
			55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 2152, DstPort: 2152, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "Teredo",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 00 00 40 11 54 5b 0a 00 00 01 # IPv4: 92 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 48 00 00 # UDP: 50000 to 3544, 72 octets
			60 00 00 00 00 18 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 24, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: Teredo, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 102, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Teredo with authentication and origin",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 76 12 34 00 00 40 11 54 41 0a 00 00 01 # IPv4: 118 octets, protocol 17
			0a 00 00 02
			0d d8 c3 50 00 62 00 00 # UDP: 3544 to 50000, 98 octets
			00 01 02 03 49 44 4b 45 59 4e 4e 4e 4e 4e 4e 4e # indicators
			4e 00 00 00 3c af 34 ff 8e f6
			60 00 00 00 00 18 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 24, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: Teredo, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 128, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Teredo between clients",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 00 00 40 11 54 5b 0a 00 00 01 # IPv4: 92 octets, protocol 17
			0a 00 00 02
			c3 50 c3 51 00 48 00 00 # UDP: 50000 to 50001, 72 octets
			60 00 00 00 00 18 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 24, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: Teredo, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 102, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Teredo between clients, address at the destination",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 58 12 34 00 00 40 11 54 5f 0a 00 00 01 # IPv4: 88 octets, protocol 17
			0a 00 00 02
			c3 50 c3 51 00 44 00 00 # UDP: 50000 to 50001, 68 octets
			00 00 3c af 34 ff 8e f6 # indicators
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 00 00 41 36 e3 78
			80 00 63 bf 3f ff fd d2
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: Teredo, Depth: 1, Octets: 52, PayloadStart: 98, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Teredo router solicitation",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5e 12 34 00 00 40 11 54 59 0a 00 00 01 # IPv4: 94 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 4a 00 00 # UDP: 50000 to 3544, 74 octets
			00 01 02 03 49 44 4b 45 59 4e 4e 4e 4e 4e 4e 4e # indicators
			4e 00
			60 00 00 00 00 08 3a 40 fe 80 00 00 00 00 00 00 # IPv6: payload 8, next header 58
			00 00 00 00 00 00 00 01 ff 02 00 00 00 00 00 00
			00 00 00 00 00 00 00 02
			85 00 00 00 00 00 00 00 # router solicitation`,
		want:    ICMPMessage,
		headers: Headers{Src: addr("fe80::1"), Dst: addr("ff02::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: ICMPv6, Tunnel: Teredo, Depth: 1, Octets: 48, PayloadStart: 100, PayloadCaptured: 8, PayloadOctets: 8},
	},
	{
		name: "Teredo bubble",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 11 54 73 0a 00 00 01 # IPv4: 68 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 30 00 00 # UDP: 50000 to 3544, 48 octets
			60 00 00 00 00 00 3b 40 20 01 00 00 41 36 e3 78 # IPv6: payload 0, next header 59
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 50000, DstPort: 3544, Protocol: UDP, Octets: 68, PayloadStart: 42, PayloadCaptured: 40, PayloadOctets: 40},
	},
	{
		name: "IPv6 in UDP without a Teredo address",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 00 00 40 11 54 5b 0a 00 00 01 # IPv4: 92 octets, protocol 17
			0a 00 00 02
			c3 50 c3 51 00 48 00 00 # UDP: 50000 to 50001, 72 octets
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 50000, DstPort: 50001, Protocol: UDP, Octets: 92, PayloadStart: 42, PayloadCaptured: 64, PayloadOctets: 64},
	},
	{
		name: "Teredo between clients, length does not fit",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5d 12 34 00 00 40 11 54 5a 0a 00 00 01 # IPv4: 93 octets, protocol 17
			0a 00 00 02
			c3 50 c3 51 00 49 00 00 # UDP: 50000 to 50001, 73 octets
			60 00 00 00 00 18 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 24, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload
			00 # one octet more`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 50000, DstPort: 50001, Protocol: UDP, Octets: 93, PayloadStart: 42, PayloadCaptured: 65, PayloadOctets: 65},
	},
	{
		name: "Teredo with trailer",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 62 12 34 00 00 40 11 54 55 0a 00 00 01 # IPv4: 98 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 4e 00 00 # UDP: 50000 to 3544, 78 octets
			60 00 00 00 00 18 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 24, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload
			04 04 00 00 00 01 # nonce trailer`,
		want:    OK,
		headers: Headers{Src: addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Tunnel: Teredo, Depth: 1, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 102, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Teredo, inner length beyond the outer",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 00 00 40 11 54 5b 0a 00 00 01 # IPv4: 92 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 48 00 00 # UDP: 50000 to 3544, 72 octets
			60 00 00 00 00 19 06 40 20 01 00 00 41 36 e3 78 # IPv6: payload 25, next header 6
			80 00 63 bf 3f ff fd d2 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 50000, DstPort: 3544, Protocol: UDP, Octets: 92, PayloadStart: 42, PayloadCaptured: 64, PayloadOctets: 64},
	},
	{
		name: "Teredo port, nonsense",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 00 00 40 11 54 5b 0a 00 00 01 # IPv4: 92 octets, protocol 17
			0a 00 00 02
			c3 50 0d d8 00 48 00 00 # UDP: 50000 to 3544, 72 octets
			00 01 ff ff 00 00 00 00 00 00 00 00 00 00 00 00 # authentication beyond the packet
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 50000, DstPort: 3544, Protocol: UDP, Octets: 92, PayloadStart: 42, PayloadCaptured: 64, PayloadOctets: 64},
	},
}

// nestedRows are tunnels in tunnels, and fragments of them.
var nestedRows = []row{
	{
		name: "ERSPAN of VXLAN of GRE of 6in4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 c4 12 34 00 00 40 2f 53 d5 0a 00 00 01 # IPv4: 196 octets, protocol 47
			0a 00 00 02
			10 00 88 be 00 00 00 01 # GRE: flags 1000, protocol 88be
			10 64 00 01 00 00 00 00 # ERSPAN II: VLAN 100, session 1
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 92 12 34 00 00 40 11 54 1f 0a 03 00 01 # IPv4: 146 octets, protocol 17
			0a 03 00 02
			c0 00 12 b5 00 7e 00 00 # UDP: 49152 to 4789, 126 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 60 12 34 00 00 40 2f 54 37 0a 01 00 01 # IPv4: 96 octets, protocol 47
			0a 01 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 48 12 34 00 00 40 29 54 53 0a 02 00 01 # IPv4: 72 octets, protocol 41
			0a 02 00 02
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: SixInFour, Depth: 4, Octets: 52, PayloadStart: 206, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IP in IP four times",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 70 12 34 00 00 40 04 54 54 0a 00 00 01 # IPv4: 112 octets, protocol 4
			0a 00 00 02
			45 00 00 5c 12 34 00 00 40 04 54 68 0a 00 00 01 # IPv4: 92 octets, protocol 4
			0a 00 00 02
			45 00 00 48 12 34 00 00 40 04 54 7c 0a 00 00 01 # IPv4: 72 octets, protocol 4
			0a 00 00 02
			45 00 00 34 12 34 00 00 40 04 54 90 0a 00 00 01 # IPv4: 52 octets, protocol 4
			0a 00 00 02
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: IPIP, Depth: 4, Octets: 32, PayloadStart: 122, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "IP in IP five times",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 84 12 34 00 00 40 04 54 40 0a 00 00 01 # IPv4: 132 octets, protocol 4
			0a 00 00 02
			45 00 00 70 12 34 00 00 40 04 54 54 0a 00 00 01 # IPv4: 112 octets, protocol 4
			0a 00 00 02
			45 00 00 5c 12 34 00 00 40 04 54 68 0a 00 00 01 # IPv4: 92 octets, protocol 4
			0a 00 00 02
			45 00 00 48 12 34 00 00 40 04 54 7c 0a 00 00 01 # IPv4: 72 octets, protocol 4
			0a 00 00 02
			45 00 00 34 12 34 00 00 40 04 54 90 0a 00 00 01 # IPv4: 52 octets, protocol 4
			0a 00 00 02
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    TooDeep,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: 4, Octets: 132},
	},
	{
		name: "VXLAN five times: the fifth is an ordinary flow",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 01 1a 12 34 00 00 40 11 53 9d 0a 00 00 01 # IPv4: 282 octets, protocol 17
			0a 00 00 02
			c0 00 12 b5 01 06 00 00 # UDP: 49152 to 4789, 262 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 e8 12 34 00 00 40 11 51 cf 0a 00 01 01 # IPv4: 232 octets, protocol 17
			0a 00 01 02
			c0 00 12 b5 00 d4 00 00 # UDP: 49152 to 4789, 212 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 b6 12 34 00 00 40 11 50 01 0a 00 02 01 # IPv4: 182 octets, protocol 17
			0a 00 02 02
			c0 00 12 b5 00 a2 00 00 # UDP: 49152 to 4789, 162 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 84 12 34 00 00 40 11 4e 33 0a 00 03 01 # IPv4: 132 octets, protocol 17
			0a 00 03 02
			c0 00 12 b5 00 70 00 00 # UDP: 49152 to 4789, 112 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 52 12 34 00 00 40 11 4c 65 0a 00 04 01 # IPv4: 82 octets, protocol 17
			0a 00 04 02
			c0 00 12 b5 00 3e 00 00 # UDP: 49152 to 4789, 62 octets
			08 00 00 00 00 13 88 00 # VXLAN
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 e7 45 c0 a8 00 01 # IPv4: 32 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.4.1"), Dst: addr("10.0.4.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 49152, DstPort: 4789, Protocol: UDP, Tunnel: VXLAN, Depth: 4, Octets: 82, PayloadStart: 242, PayloadCaptured: 54, PayloadOctets: 54},
	},
	{
		name: "first fragment of VXLAN",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 20 00 40 11 34 5b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			c0 00 12 b5 00 62 00 00 08 00 00 00 00 13 88 00 # octets 0 to 72 of the packet
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 45 00
			00 44 12 34 00 00 40 11 e7 21 c0 a8 00 01 c0 a8
			00 02 03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5
			d6 d7 d8 d9 da db dc dd`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: VXLAN, Depth: 1, Flags: Cut, Octets: 68, PayloadStart: 92, PayloadCaptured: 14, PayloadOctets: 40},
	},
	{
		name: "later fragment of VXLAN",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 5c 12 34 20 00 40 11 34 5b 0a 00 00 01 # IPv4: offset 0, more 1
			0a 00 00 02
			c0 00 12 b5 00 62 00 00 08 00 00 00 00 13 88 00 # octets 0 to 72 of the packet
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 45 00
			00 44 12 34 00 00 40 11 e7 21 c0 a8 00 01 c0 a8
			00 02 03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5
			d6 d7 d8 d9 da db dc dd`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 2e 12 34 00 09 40 11 54 80 0a 00 00 01 # IPv4: offset 72, more 0
			0a 00 00 02
			de df e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed # octets 72 to 98 of the packet
			ee ef f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    TunnelFragment,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, Protocol: UDP, Flags: LaterFragment, Octets: 46, PayloadStart: 60, PayloadCaptured: 0, PayloadOctets: 0},
	},
	{
		name: "first fragment inside GRE",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 2f 54 55 0a 00 00 01 # IPv4: 68 octets, protocol 47
			0a 00 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 2c 12 34 20 00 40 11 c7 39 c0 a8 00 01 # IPv4: 44 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Flags: FirstFragment, Octets: 44, PayloadStart: 66, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "later fragment inside GRE",
		link: LinkEthernet,
		before: []string{`
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 2f 54 55 0a 00 00 01 # IPv4: 68 octets, protocol 47
			0a 00 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 2c 12 34 20 00 40 11 c7 39 c0 a8 00 01 # IPv4: 44 octets, protocol 17
			c0 a8 00 02
			03 e8 07 d0 00 30 00 00 d0 d1 d2 d3 d4 d5 d6 d7 # octets 0 to 24 of the packet
			d8 d9 da db dc dd de df`},
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 08 00 # Ethernet: IPv4
			45 00 00 44 12 34 00 00 40 2f 54 55 0a 00 00 01 # IPv4: 68 octets, protocol 47
			0a 00 00 02
			00 00 08 00 # GRE: flags 0000, protocol 0800
			45 00 00 2c 12 34 00 03 40 11 e7 36 c0 a8 00 01 # IPv4: 44 octets, protocol 17
			c0 a8 00 02
			e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 ea eb ec ed ee ef # octets 24 to 48 of the packet
			f0 f1 f2 f3 f4 f5 f6 f7`,
		want:    OK,
		headers: Headers{Src: addr("192.168.0.1"), Dst: addr("192.168.0.2"), OuterSrc: addr("10.0.0.1"), OuterDst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Tunnel: GRE, Depth: 1, Flags: LaterFragment, Octets: 44, PayloadStart: 82, PayloadCaptured: 0, PayloadOctets: 0},
	},
}
