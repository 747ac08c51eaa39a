package packet

import "encoding/binary"

// Offsets and sizes of a plain frame: Ethernet, IPv4 without options, TCP or UDP.
const (
	plainIP        = 14
	plainTransport = plainIP + 20
	plainUDP       = plainTransport + sizeUDP
	plainTCP       = plainTransport + minTCP
)

// plain decodes the frame that most are: Ethernet II, an IPv4 header of 20 octets, no
// fragment, TCP or UDP, all there. It tells whether frame is one; if not, h is undefined.
// It finds what the layers find one by one (TestPlainIsDecoded), of UDP in 14 ns against 26
// (BenchmarkDecode, 2026-11-25).
func plain(frame []byte, h *Headers) bool {
	if len(frame) < plainUDP {
		return false
	}
	p := (*[plainUDP]byte)(frame)
	// EtherType, version and header length in one; then flags but "don't fragment", and offset.
	if binary.BigEndian.Uint32(p[12:])>>8 != uint32(typeIPv4)<<8|0x45 || binary.BigEndian.Uint16(p[20:])&0x3fff != 0 {
		return false
	}
	total := int(binary.BigEndian.Uint16(p[16:]))
	end := plainIP + total
	if end > len(frame) || end < plainUDP {
		return false
	}
	*h = Headers{}
	begin := plainUDP
	switch Protocol(p[23]) {
	case UDP:
		length := int(binary.BigEndian.Uint16(p[38:]))
		if length < sizeUDP || plainTransport+length > end {
			return false
		}
		end = plainTransport + length
	case TCP:
		if end < plainTCP {
			return false
		}
		t := (*[minTCP]byte)(frame[plainTransport:])
		header := int(t[12]>>4) * 4
		begin = plainTransport + header
		if header < minTCP || begin > end {
			return false
		}
		h.Seq, h.Ack = binary.BigEndian.Uint32(t[4:]), binary.BigEndian.Uint32(t[8:])
		h.TCPFlags = t[13]
	default:
		return false
	}
	h.DstMAC, h.SrcMAC = MAC(p[0:6]), MAC(p[6:12])
	h.Src.setIPv4(binary.BigEndian.Uint32(p[26:]))
	h.Dst.setIPv4(binary.BigEndian.Uint32(p[30:]))
	h.SrcPort, h.DstPort = binary.BigEndian.Uint16(p[34:]), binary.BigEndian.Uint16(p[36:])
	h.Protocol = Protocol(p[23])
	h.Octets = uint32(total)
	h.PayloadStart = int32(begin)
	h.PayloadCaptured, h.PayloadOctets = int32(end-begin), int32(end-begin)
	return h.Protocol == TCP || udpTunnel(frame[:end], begin, h) == NoTunnel
}
