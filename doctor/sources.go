package doctor

import (
	"math/bits"

	"peeratlas/capture/packet"
)

// source is what is known of one address that sends.
type source struct {
	addr    packet.Addr
	mac     packet.MAC // of the first packet
	packets uint64
	worth   uint64    // as in heavy; 0 is free
	ttls    [4]uint64 // bit set of the TTLs that its packets came with
}

const sourceSets, sourceWays = 256, 4

// sources are the addresses that send, those with most packets.
type sources struct {
	entries [sourceSets * sourceWays]source
}

func (s *sources) add(f *frame) {
	if f.h.Src == (packet.Addr{}) || f.h.Src.Is4() && [4]byte(f.h.Src[12:]) == [4]byte{} {
		return // a station that has no address yet
	}
	set := s.entries[mixedAddr(1, &f.h.Src)%sourceSets*sourceWays:][:sourceWays]
	least := 0
	for i := range set {
		e := &set[i]
		if e.worth > 0 && e.addr == f.h.Src {
			e.packets++
			e.worth++
			e.ttls[f.ttl>>6] |= 1 << (f.ttl & 63)
			return
		}
		if e.worth < set[least].worth {
			least = i
		}
	}
	e := &set[least]
	if e.worth > 0 {
		e.worth--
		return
	}
	*e = source{addr: f.h.Src, mac: f.h.SrcMAC, packets: 1, worth: 1}
	e.ttls[f.ttl>>6] |= 1 << (f.ttl & 63)
}

// of counts the addresses that a station sends from, and names the busiest, of IPv4 if there is one.
func (s *sources) of(mac packet.MAC) (busiest packet.Addr, four, six int) {
	most := uint64(0)
	for i := range s.entries {
		e := &s.entries[i]
		if e.worth == 0 || e.mac != mac {
			continue
		}
		n := e.packets
		if e.addr.Is4() {
			four++
			n |= 1 << 63
		} else {
			six++
		}
		if n > most {
			busiest, most = e.addr, n
		}
	}
	return busiest, four, six
}

// translates tells whether several machines seem to send from one address. Systems begin with a TTL
// of 64, 128 or 255; a router takes one off. Two different values that are none of these, and above
// what traceroute uses, are two machines behind it.
func (s *sources) translates(a packet.Addr) bool {
	for i := range s.entries {
		e := &s.entries[i]
		if e.worth == 0 || e.addr != a {
			continue
		}
		t := e.ttls
		t[0] &^= 1<<33 - 1
		t[1] &^= 1 << 0 // 64
		t[2] &^= 1 << 0 // 128
		t[3] &^= 1 << 63
		return bits.OnesCount64(t[0])+bits.OnesCount64(t[1])+bits.OnesCount64(t[2])+bits.OnesCount64(t[3]) >= 2
	}
	return false
}
