package flow

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"math/bits"

	"peeratlas/capture/packet"
)

// KeyOf returns the key of h, and the index in Key of the end that sent it.
func KeyOf(h *packet.Headers) (k Key, d Direction) {
	d = k.set(h)
	return k, d
}

// set is KeyOf in place.
func (k *Key) set(h *packet.Headers) Direction {
	k.Protocol = h.Protocol
	if inOrder(h) {
		k.Addr[0], k.Addr[1] = h.Src, h.Dst
		k.Port[0], k.Port[1] = h.SrcPort, h.DstPort
		return 0
	}
	k.Addr[0], k.Addr[1] = h.Dst, h.Src
	k.Port[0], k.Port[1] = h.DstPort, h.SrcPort
	return 1
}

// same tells whether two keys are equal, in six tenths of the time of == (2026-11-25).
func (k *Key) same(l *Key) bool {
	differ := lower(&k.Addr[0]) ^ lower(&l.Addr[0]) | lower(&k.Addr[1]) ^ lower(&l.Addr[1]) |
		upper(&k.Addr[0]) ^ upper(&l.Addr[0]) | upper(&k.Addr[1]) ^ upper(&l.Addr[1])
	return differ == 0 && k.Port == l.Port && k.Protocol == l.Protocol
}

// upper is the network half of an address, lower the half in which IPv4 ones differ.
func upper(a *packet.Addr) uint64 { return binary.LittleEndian.Uint64(a[:8]) }
func lower(a *packet.Addr) uint64 { return binary.LittleEndian.Uint64(a[8:]) }

// inOrder tells whether the source is the lower endpoint, by address and then port.
func inOrder(h *packet.Headers) bool {
	s, d := binary.BigEndian.Uint64(h.Src[:8]), binary.BigEndian.Uint64(h.Dst[:8])
	if s != d {
		return s < d
	}
	s, d = binary.BigEndian.Uint64(h.Src[8:]), binary.BigEndian.Uint64(h.Dst[8:])
	if s != d {
		return s < d
	}
	return h.SrcPort <= h.DstPort
}

// Hash mixes the whole key with seed. It is symmetric because Key is.
//
// Three folded products, of which two do not wait for each other, take seven tenths of the
// time of a chain over the words (BenchmarkHash, 8.4 against 11.8 ns, 2026-11-25).
func (k *Key) Hash(seed uint64) uint64 {
	const k0, k1, k2, k3, k4 = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93, 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3
	near := fold(lower(&k.Addr[0])^k0^seed, lower(&k.Addr[1])^k1)
	far := fold(upper(&k.Addr[0])^k2^seed, upper(&k.Addr[1])^k3)
	ports := uint64(k.Port[0])<<32 | uint64(k.Port[1])<<16 | uint64(k.Protocol)
	return fold(near^far^ports, k4^seed)
}

// fold mixes two words by the halves of their product. The words themselves are added lest
// one that is zero wipes out the other.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low ^ a ^ b
}

// CommunityID returns the Community ID version 1 with seed 0
// (github.com/corelight/community-id-spec), by which Zeek, Suricata and others name a flow.
func (k *Key) CommunityID() string {
	// The specification orders the endpoints as Key does, on addresses in network octets:
	// IPv4 ones have 4 octets there and 16 here, which changes no order within a family.
	var b [2 + 16 + 16 + 2 + 4]byte
	n := 2 // the seed, 0
	for _, a := range k.Addr {
		if k.Addr[0].Is4() && k.Addr[1].Is4() {
			n += copy(b[n:], a[12:])
		} else {
			n += copy(b[n:], a[:])
		}
	}
	b[n] = byte(k.Protocol)
	n += 2 // protocol and one octet of padding
	binary.BigEndian.PutUint16(b[n:], k.Port[0])
	binary.BigEndian.PutUint16(b[n+2:], k.Port[1])
	sum := sha1.Sum(b[:n+4])
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}
