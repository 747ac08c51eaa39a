package main

import (
	"bytes"
	"encoding/binary"
)

// Fields in network order. Every protocol here but WireGuard, KCP, RakNet and pcap writes them so.

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u24(v int) []byte    { return []byte{byte(v >> 16), byte(v >> 8), byte(v)} }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func le16(v int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(v)) }
func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// join returns its parts as one new slice.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// vec8, vec16 and vec24 prefix their parts with their length (RFC 8446, section 3.4).
func vec8(parts ...[]byte) []byte {
	b := join(parts...)
	return append([]byte{byte(len(b))}, b...)
}

func vec16(parts ...[]byte) []byte {
	b := join(parts...)
	return append(u16(len(b)), b...)
}

func vec24(parts ...[]byte) []byte {
	b := join(parts...)
	return append(u24(len(b)), b...)
}

// u16s writes a list of 16-bit numbers.
func u16s(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// pad4 fills b with zeros to a multiple of four octets.
func pad4(b []byte) []byte {
	return append(b, make([]byte, -len(b)&3)...)
}
