package packet

// linksRows are every way into a frame.
var linksRows = []row{
	{
		name: "802.1Q",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 81 00 # Ethernet: 802.1Q
			60 64 08 00 # 802.1Q: VID 100, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, VLAN: 100, Protocol: UDP, Octets: 32, PayloadStart: 46, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.1Q priority tag",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 81 00 # Ethernet: 802.1Q
			e0 00 08 00 # 802.1Q: VID 0, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 46, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.1ad",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 a8 # Ethernet: 802.1ad
			00 c8 81 00 # S-tag: VID 200
			00 64 86 dd # C-tag: VID 100, IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, VLAN: 200, Protocol: UDP, Octets: 52, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "QinQ 0x9100 thrice",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 91 00 # Ethernet: 0x9100
			01 2c 91 00 # VID 300
			00 c8 81 00 # VID 200
			00 64 08 00 # VID 100, IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, VLAN: 300, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 66, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "as many tags as are read",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 81 00 # Ethernet: 802.1Q
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00 # 32 tags
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 08 00
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, VLAN: 1, Protocol: UDP, Octets: 32, PayloadStart: 170, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "too many tags",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 81 00 # Ethernet: 802.1Q
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00 # 33 tags
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 81 00 00 01 81 00 00 01 81 00 00 01 81 00
			00 01 08 00
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC, VLAN: 1},
	},
	{
		name: "VN-Tag",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 89 26 # Ethernet: VN-Tag
			80 01 00 05 08 00 # VN-Tag, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "E-TAG",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 89 3f # Ethernet: E-TAG
			00 01 10 02 00 00 08 00 # E-TAG, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 50, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS one label",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 01 40 # label 16, bottom
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 46, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS multicast, two labels, IPv6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 48 # Ethernet: MPLS
			00 01 00 40 # label 16
			00 00 21 40 # IPv6 explicit null, bottom
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 70, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS pseudowire with control word",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			00 00 00 01 # control word
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 64, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS pseudowire without control word, MAC begins with 0",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			02 00 00 00 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 60, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS pseudowire without control word, MAC begins with 4",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			45 d7 05 20 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 60, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS pseudowire without control word, MAC begins with 6",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			64 d7 05 ff 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 60, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS pseudowire without control word, MAC begins with a",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			a2 d7 05 ff 00 04 02 00 00 00 00 03 08 00 # inner Ethernet
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 60, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "MPLS over a mirror that truncates",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			45 00 05 dc 12 34 00 00 40 06 4e e6 0a 00 00 01 # IPv4: 1500 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Flags: Cut, Seq: 0x01020304, Ack: 0x05060708, Octets: 1500, PayloadStart: 58, PayloadCaptured: 4, PayloadOctets: 1460},
	},
	{
		name: "MPLS associated channel",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 00 d1 40 # GAL, bottom
			10 00 00 07 00 00 00 00 00 00 00 00 00 00 00 00 # G-ACh, BFD
			00 00 00 00 00 00 00 00 00 00 00 00`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "MPLS pseudowire of ARP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 11 40 # label 17, bottom
			00 00 00 01 # control word
			02 00 00 00 00 04 02 00 00 00 00 03 08 06 # inner Ethernet
			00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 # ARP request
			00 01 00 00 00 00 00 00 0a 00 00 02`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "too many labels",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40 # 33 labels
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 00 40 00 01 00 40 00 01 00 40 00 01 00 40
			00 01 01 40
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "PPPoE",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 64 # Ethernet: PPPoE session
			11 00 01 07 00 2e # PPPoE: session 263
			00 21 # PPP: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload
			00 00 00 00 # padding`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 44, PayloadStart: 62, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPPoE IPv6 in a VLAN",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 81 00 # Ethernet: 802.1Q
			00 07 88 64 # VID 7, PPPoE session
			11 00 01 07 00 36 # PPPoE: session 263
			00 57 # PPP: IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, VLAN: 7, Protocol: UDP, Octets: 52, PayloadStart: 74, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPPoE LCP echo",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 64 # Ethernet: PPPoE session
			11 00 01 07 00 0a # PPPoE: session 263
			c0 21 09 01 00 08 00 00 00 00 # PPP: LCP`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "PPPoE discovery",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 63 # Ethernet: PPPoE discovery
			11 09 00 00 00 04 01 01 00 00 # PADI`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "PPPoE discovery under the session type",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 64 # Ethernet: PPPoE session
			11 a7 01 07 00 2e # PPPoE: session 263
			00 21 # PPP: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "PPPoE version 2",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 64 # Ethernet: PPPoE session
			21 00 00 07 00 06 # PPPoE: version 2
			00 21 # PPP: IPv4
			45 00 00 2c 12 34 00 00 40 06 54 96 0a 00 00 01 # IPv4: 44 octets, protocol 6
			0a 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    BadHeader,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "PPP",
		link: LinkPPP,
		frame: `
			00 21 # PPP: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 30, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPP with address and control, IPv6",
		link: LinkPPP,
		frame: `
			ff 03 00 57 # PPP: IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPP with compressed protocol",
		link: LinkPPPHDLC,
		frame: `
			ff 03 21 # PPP: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 31, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPP MPLS",
		link: LinkPPP,
		frame: `
			02 81 # PPP: MPLS
			00 01 01 40 # label 16, bottom
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 34, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "PPP LCP",
		link: LinkPPP,
		frame: `
			ff 03 c0 21 09 01 00 08 00 00 00 00 # PPP: LCP`,
		want: NotIP,
	},
	{
		name: "PPPoE link",
		link: LinkPPPEther,
		frame: `
			11 00 01 07 00 22 # PPPoE: session 263
			00 21 # PPP: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 36, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.3 with SNAP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 00 28 # Ethernet: 802.3 length 40
			aa aa 03 00 00 00 08 00 # LLC and SNAP: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload
			00 00 00 00 00 00 # padding`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 50, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.3 with LLC, IP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 00 23 # Ethernet: 802.3 length 35
			06 06 03 # LLC: IP
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload
			00 00 00 00 00 00 00 00 00 00 00 # padding`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 45, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.3 length of 1500, cut by the mirror",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 05 dc # Ethernet: 802.3 length 1500
			06 06 03 # LLC: IP
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, DstMAC: dstMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 45, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "802.3 length of 1501",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 05 dd # Ethernet: neither length nor type
			06 06 03 # LLC: IP
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "CDP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 00 0c # Ethernet: 802.3 length 12
			aa aa 03 00 00 0c 20 00 # LLC and SNAP: Cisco
			02 b4 00 00 # CDP`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "802.3 length in SNAP",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 00 08 # Ethernet: 802.3 length 8
			aa aa 03 00 00 00 00 08 # LLC and SNAP: length 8`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "Linux cooked",
		link: LinkLinuxSLL,
		frame: `
			00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00 # SLL: Ethernet address, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 44, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Linux cooked with a tag",
		link: LinkLinuxSLL,
		frame: `
			00 00 00 01 00 06 02 00 00 00 00 01 00 00 81 00 # SLL: 802.1Q
			00 09 86 dd # VID 9, IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcMAC: srcMAC, SrcPort: 1000, DstPort: 2000, VLAN: 9, Protocol: UDP, Octets: 52, PayloadStart: 68, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Linux cooked, tunnel device without addresses",
		link: LinkLinuxSLL,
		frame: `
			00 04 ff fe 00 00 00 00 00 00 00 00 00 00 86 dd # SLL: no address, IPv6
			60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 # IPv6: payload 24, next header 6
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 00 50 01 02 03 04 05 06 07 08 50 18 20 00 # TCP: 1000 to 80, flags 18
			00 00 00 00
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 80, Protocol: TCP, TCPFlags: PSH | ACK, Seq: 0x01020304, Ack: 0x05060708, Octets: 64, PayloadStart: 76, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Linux cooked, 802.2",
		link: LinkLinuxSLL,
		frame: `
			00 00 00 01 00 06 02 00 00 00 00 01 00 00 00 04 # SLL: 802.2
			aa aa 03 00 00 00 08 00 # LLC and SNAP: IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Linux cooked, not IP",
		link: LinkLinuxSLL,
		frame: `
			00 00 00 01 00 06 02 00 00 00 00 01 00 00 00 01 # SLL: 802.3 frame
			ff ff 00 00 # IPX`,
		want:    NotIP,
		headers: Headers{SrcMAC: srcMAC},
	},
	{
		name: "Linux cooked 2",
		link: LinkLinuxSLL2,
		frame: `
			08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 # SLL2: IPv4, interface 2
			00 01 00 00
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcMAC: srcMAC, SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Linux cooked 2, IPv6",
		link: LinkLinuxSLL2,
		frame: `
			86 dd 00 00 00 00 00 02 ff fe 04 00 00 00 00 00 # SLL2: IPv6, no address
			00 00 00 00
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 68, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 101 IPv4",
		link: LinkRaw,
		frame: `
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 28, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 101 IPv6",
		link: LinkRaw,
		frame: `
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 12 IPv4",
		link: linkDLTRaw,
		frame: `
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 28, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 12 IPv6",
		link: linkDLTRaw,
		frame: `
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 14 IPv4",
		link: linkDLTRawOpenBSD,
		frame: `
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 28, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw 14 IPv6",
		link: linkDLTRawOpenBSD,
		frame: `
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "LINKTYPE_IPV4",
		link: LinkIPv4,
		frame: `
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 28, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "LINKTYPE_IPV6",
		link: LinkIPv6,
		frame: `
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 48, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "raw version 5",
		link: LinkRaw,
		frame: `
			55 00 00 20 12 34 00 00 40 11 44 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want: BadHeader,
	},
	{
		name: "BSD loopback little-endian IPv4",
		link: LinkNull,
		frame: `
			02 00 00 00 # AF_INET
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 32, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback big-endian IPv4",
		link: LinkNull,
		frame: `
			00 00 00 02 # AF_INET
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 32, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback IPv6 of Linux",
		link: LinkNull,
		frame: `
			0a 00 00 00 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback IPv6 of Windows",
		link: LinkNull,
		frame: `
			17 00 00 00 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback IPv6 of NetBSD, OpenBSD",
		link: LinkNull,
		frame: `
			18 00 00 00 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback IPv6 of FreeBSD",
		link: LinkNull,
		frame: `
			1c 00 00 00 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback IPv6 of Darwin",
		link: LinkNull,
		frame: `
			1e 00 00 00 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "OpenBSD loopback",
		link: LinkLoop,
		frame: `
			00 00 00 18 # AF_INET6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "OpenBSD loopback, little-endian",
		link: LinkLoop,
		frame: `
			02 00 00 00 # AF_INET
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 32, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "BSD loopback, AppleTalk",
		link: LinkNull,
		frame: `
			10 00 00 00 # AF_APPLETALK
			00 00 00 00 00 00 00 00 # payload`,
		want: NotIP,
	},
	{
		name: "Cisco HDLC",
		link: LinkCHDLC,
		frame: `
			0f 00 08 00 # cHDLC: unicast, IPv4
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 32, PayloadStart: 32, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Cisco HDLC multicast",
		link: LinkCHDLC,
		frame: `
			8f 00 86 dd # cHDLC: multicast, IPv6
			60 00 00 00 00 0c 11 40 20 01 0d b8 00 00 00 00 # IPv6: payload 12, next header 17
			00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00
			00 00 00 00 00 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want:    OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP, Octets: 52, PayloadStart: 52, PayloadCaptured: 4, PayloadOctets: 4},
	},
	{
		name: "Cisco HDLC keepalive",
		link: LinkCHDLC,
		frame: `
			8f 00 80 35 # cHDLC: SLARP
			00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 # keepalive
			00 00`,
		want: NotIP,
	},
	{
		name: "Cisco HDLC with a length",
		link: LinkCHDLC,
		frame: `
			0f 00 00 20 # cHDLC: unicast, 32
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want: NotIP,
	},
	{
		name: "HDLC of another maker",
		link: LinkCHDLC,
		frame: `
			ff 03 00 21 # PPP
			45 00 00 20 12 34 00 00 40 11 54 97 0a 00 00 01 # IPv4: 32 octets, protocol 17
			0a 00 00 02
			03 e8 07 d0 00 0c 00 00 # UDP: 1000 to 2000, 12 octets
			d0 d1 d2 d3 # payload`,
		want: NotIP,
	},
}
