package flow

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"

	"peeratlas/capture/packet"
)

// KeyOf returns the key of h, and the index in Key of the end that sent it.
func KeyOf(h *packet.Headers) (Key, Direction) {
	k := Key{Protocol: h.Protocol}
	if inOrder(h) {
		k.Addr[0], k.Addr[1] = h.Src, h.Dst
		k.Port[0], k.Port[1] = h.SrcPort, h.DstPort
		return k, 0
	}
	k.Addr[0], k.Addr[1] = h.Dst, h.Src
	k.Port[0], k.Port[1] = h.DstPort, h.SrcPort
	return k, 1
}

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
func (k *Key) Hash(seed uint64) uint64 {
	h := seed ^ binary.LittleEndian.Uint64(k.Addr[0][:8])*0x9e3779b97f4a7c15
	h = mix(h ^ binary.LittleEndian.Uint64(k.Addr[0][8:]))
	h = mix(h + binary.LittleEndian.Uint64(k.Addr[1][:8]))
	h = mix(h ^ binary.LittleEndian.Uint64(k.Addr[1][8:]))
	return mix(h + (uint64(k.Port[0])<<32 | uint64(k.Port[1])<<16 | uint64(k.Protocol)))
}

// mix is the finisher of a 64-bit multiplicative hash: two xor-shifts around a multiplication.
func mix(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
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
