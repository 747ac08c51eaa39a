package packet

import "strings"

// hostileRows were made to break the decoder: nesting that asks for endless work, and
// lengths that point just beyond what is there.
var hostileRows = []row{
	{
		name: "pseudowires in pseudowires",
		link: LinkEthernet,
		frame: strings.Repeat(`
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 01 40 # label 16, bottom
			00 00 00 00 # control word`, 50),
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "pseudowires without control word in each other",
		link: LinkEthernet,
		frame: strings.Repeat(`
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS
			00 01 01 40 # label 16, bottom`, 50),
		want:    NotIP, // by the control word that the MAC's first octets may be
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "a frame of tags",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 # Ethernet` + strings.Repeat(`
			81 00 00 05 # VID 5`, 200),
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC, VLAN: 5},
	},
	{
		name: "a frame of labels",
		link: LinkEthernet,
		frame: `
			02 00 00 00 00 02 02 00 00 00 00 01 88 47 # Ethernet: MPLS` + strings.Repeat(`
			00 01 00 40 # label 16`, 200),
		want:    TooDeep,
		headers: Headers{SrcMAC: srcMAC, DstMAC: dstMAC},
	},
	{
		name: "fragment headers in a first fragment",
		link: LinkIPv6,
		frame: `
			60 00 00 00 00 48 2c 40 # IPv6: payload 72, next header 44
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02` + strings.Repeat(`
			2c 00 00 01 00 00 00 07 # fragment: offset 0, more`, 7) + `
			11 00 00 01 00 00 00 07 # fragment: offset 0, more
			03 e8 07 d0 00 08 00 00 # UDP: 1000 to 2000, 8 octets`,
		want: OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP,
			Flags: FirstFragment, Octets: 112, PayloadStart: 112},
	},
	{
		name: "GTP-U extension header that ends beyond the packet",
		link: LinkIPv4,
		frame: `
			45 00 00 2c 00 00 00 00 40 11 00 00 0a 00 00 01 # IPv4: 44 octets, protocol 17
			0a 00 00 02
			c0 00 08 68 00 18 00 00 # UDP: 49152 to 2152, 24 octets
			34 ff 00 08 00 00 00 07 # GTP-U: extension header
			00 00 00 85 ff 00 00 40`,
		want: OK,
		headers: Headers{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), SrcPort: 49152, DstPort: 2152, Protocol: UDP,
			Octets: 44, PayloadStart: 28, PayloadCaptured: 16, PayloadOctets: 16},
	},
	{
		name: "Jumbo Payload option beyond its header",
		link: LinkIPv6,
		frame: `
			60 00 00 00 00 00 00 40 # IPv6: payload 0, next header 0
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02
			11 00 01 02 00 00 c2 04 # hop-by-hop: PadN, an option cut off
			03 e8 07 d0 00 08 00 00 # UDP: 1000 to 2000, 8 octets`,
		want: OK,
		headers: Headers{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 1000, DstPort: 2000, Protocol: UDP,
			Flags: NoIPLength, Octets: 56, PayloadStart: 56},
	},
	{
		name: "AH in IPv4 that leads to itself",
		link: LinkIPv4,
		frame: `
			45 00 03 34 00 00 00 00 40 33 00 00 0a 00 00 01 # IPv4: 820 octets, protocol 51
			0a 00 00 02` + strings.Repeat(`
			33 01 00 00 00 00 00 00 00 00 00 00 # AH: 12 octets, next header AH
			33 00 00 00 00 00 00 00 # AH: 8 octets, next header AH`, 40),
		want: TooDeep,
	},
}
