package report

import (
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// flowFilter is a Wireshark display filter for the packets of a flow, in any tunnel
// (wireshark-filter(4)).
func flowFilter(k *flow.Key) string {
	proto := "udp"
	if k.Protocol == packet.TCP {
		proto = "tcp"
	}
	terms := []string{addressTerm(k.Addr[0].Netip()), addressTerm(k.Addr[1].Netip()),
		proto + ".port == " + strconv.Itoa(int(k.Port[0]))}
	if k.Port[1] != k.Port[0] {
		terms = append(terms, proto+".port == "+strconv.Itoa(int(k.Port[1])))
	}
	return strings.Join(terms, " && ")
}

// addressTerm asks for packets from or to an address.
func addressTerm(a netip.Addr) string {
	if a.Is4() {
		return "ip.addr == " + a.String()
	}
	return "ipv6.addr == " + a.WithZone("").String()
}

// socketFilter is a display filter for all packets of a socket.
func socketFilter(s *classify.Socket) string {
	proto := "udp"
	if s.Protocol == "tcp" {
		proto = "tcp"
	}
	return addressTerm(s.Host) + " && " + proto + ".port == " + strconv.Itoa(int(s.Port))
}

// maxFrames bounds the frames that a filter names.
const maxFrames = 16

// frameFilter is a display filter for the packets that show the evidence: "" if none is known.
// The commas between the numbers are those of Wireshark 3.6 and later.
func frameFilter(evidence []classify.Evidence) string {
	var frames []uint32
	seen := map[uint32]bool{}
	for i := range evidence {
		for _, p := range evidence[i].Packets {
			if !seen[p] && len(frames) < maxFrames {
				seen[p] = true
				frames = append(frames, p)
			}
		}
	}
	if len(frames) == 0 {
		return ""
	}
	return "frame.number in {" + frameList(frames) + "}"
}

func frameList(frames []uint32) string {
	words := make([]string, len(frames))
	for i, f := range frames {
		words[i] = strconv.FormatUint(uint64(f), 10)
	}
	return strings.Join(words, ", ")
}
