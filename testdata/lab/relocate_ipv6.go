package main

import (
	"encoding/binary"
	"net/netip"
)

// peerNetworks6 are networks of universities and research, one country each, as those of IPv4.
var peerNetworks6 = []string{
	"2001:638", "2001:468", "2001:200", "2001:12f0", "2001:630", "2001:660", "2001:410", "2001:388", "2001:610", "2001:620", // DE US JP BR GB FR CA AU NL CH
	"2001:320", "2001:4200", "2001:628", "2001:6b0", "2001:718", "2001:760", "2001:1218", "2001:1310", "2001:808", "2404:138", // KR ZA AT SE CZ IT MX CL PL NZ
}

// serverNetworks6 are networks of data centres.
var serverNetworks6 = []string{"2a01:4f8", "2001:41d0", "2604:a880"} // DE FR US

// packet6 maps an IPv6 packet without extension headers in place; one that ICMP quotes is not whole.
func (r *relocation) packet6(ip []byte, whole bool) {
	if len(ip) < 40 || ip[0]>>4 != 6 {
		return
	}
	body := ip[40:min(40+int(binary.BigEndian.Uint16(ip[4:])), len(ip))]
	var ends [2]end
	for i := range ends {
		a, _ := netip.AddrFromSlice(ip[8+16*i : 24+16*i])
		ends[i].addr = a.String()
		if (ip[6] == 6 || ip[6] == 17) && len(body) >= 4 {
			ends[i].port = int(binary.BigEndian.Uint16(body[2*i:]))
		}
	}
	r.move(ip[8:24])
	r.move(ip[24:40])
	at := map[byte]int{58: 2, 6: 16, 17: 6}[ip[6]] // where the checksum is
	if !whole || at == 0 || len(body) < at+2 {
		return
	}
	if r.payload(ip[6], body, ends); ip[6] == 58 && body[0] < 128 && len(body) > 8 { // an error, with a quote
		r.packet6(body[8:], false)
	}
	binary.BigEndian.PutUint16(body[at:], 0)
	c := fold(sum(body, sum(ip[8:40], uint32(ip[6])+uint32(len(body)))))
	if ip[6] == 17 && c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(body[at:], c)
}
