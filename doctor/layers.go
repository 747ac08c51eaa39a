package doctor

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"peeratlas/capture/packet"
)

// Limits of what can be read.
const (
	undecodedHint    = 0.01 // of packets
	undecodedProblem = 0.50
	fragmentsHint    = 0.05 // of packets: more than DNS and a tunnel's few large ones
	orphansHint      = 0.20 // of later fragments, where there are leastOrphans
	leastOrphans     = 20
	hiddenHint       = 0.10 // of octets
	hiddenProblem    = 0.90 // then there is hardly anything left to judge
)

// layers counts what became of packets.
type layers struct {
	packets, octets uint64
	outcome         [packet.NumOutcomes]uint64
	outcomeOctets   [packet.NumOutcomes]uint64
	fragments       uint64
	orphans         uint64
	tunnel          [packet.NumTunnels]uint64
	protocol        [256]uint64 // octets of OtherTransport
	inUDP           uint64      // octets of ESP in UDP
	wireguard       uint64      // octets of WireGuard's data messages
	link            packet.LinkType
}

func (l *layers) add(f *frame) {
	l.packets++
	l.link = f.link
	wire := uint64(f.wire)
	l.octets += wire
	l.outcome[f.outcome]++
	l.outcomeOctets[f.outcome] += wire
	l.tunnel[f.h.Tunnel]++
	if f.h.Flags&(packet.FirstFragment|packet.LaterFragment) != 0 || f.outcome == packet.TunnelFragment {
		l.fragments++
	}
	switch f.outcome {
	case packet.LaterFragmentUnknown:
		l.orphans++
	case packet.OtherTransport:
		l.protocol[f.h.Protocol] += wire
	case packet.OK:
		l.hides(f, wire)
	}
}

// hides counts tunnels in UDP whose inside nobody sees: ESP (RFC 3948, section 2.1: its port, and no
// marker of IKE) and WireGuard's transport data (type 4, three zeros, whole blocks of 16 octets;
// www.wireguard.com/protocol, whose port is the user's).
func (l *layers) hides(f *frame, wire uint64) {
	h := &f.h
	if h.Protocol != packet.UDP || h.PayloadCaptured < 4 || int(h.PayloadStart)+4 > len(f.data) {
		return
	}
	const natTraversal, transportData = 4500, 0x04000000
	switch first := binary.BigEndian.Uint32(f.data[h.PayloadStart:]); {
	case first == transportData && h.PayloadOctets%16 == 0 && h.PayloadOctets >= 32:
		l.wireguard += wire
	case first != 0 && (h.SrcPort == natTraversal || h.DstPort == natTraversal) && h.PayloadOctets > 1:
		l.inUDP += wire
	}
}

var linkWords = map[packet.LinkType]string{
	packet.LinkNull: "BSD loopback", packet.LinkLoop: "OpenBSD loopback", packet.LinkEthernet: "Ethernet", packet.LinkPPP: "PPP",
	packet.LinkPPPHDLC: "PPP in HDLC", packet.LinkPPPEther: "PPPoE", packet.LinkRaw: "raw IP", packet.LinkCHDLC: "Cisco HDLC",
	packet.LinkLinuxSLL: "Linux cooked (any)", packet.LinkLinuxSLL2: "Linux cooked (any)", packet.LinkIPv4: "IPv4", packet.LinkIPv6: "IPv6",
	105: "802.11", 127: "802.11 with radiotap", 189: "USB", 195: "802.15.4",
}

func linkWord(l packet.LinkType) string {
	if w, ok := linkWords[l]; ok {
		return w
	}
	return fmt.Sprintf("link type %d", l)
}

// decoding says how much could be read at all.
func (l *layers) decoding(links []packet.LinkType) Finding {
	f := Finding{Check: "decoding", Limit: "1% malformed or cut in its headers is a hint, half of all unreadable a problem"}
	names := []string{}
	for _, k := range links {
		if len(names) < 4 {
			names = append(names, linkWord(k))
		}
	}
	if len(names) == 0 {
		names = append(names, linkWord(l.link))
	}
	bad := l.outcome[packet.BadHeader] + l.outcome[packet.HeaderCut] + l.outcome[packet.TooDeep]
	foreign := l.outcome[packet.LinkUnsupported]
	f.figure("not_ip", l.outcome[packet.NotIP])
	f.figure("malformed", l.outcome[packet.BadHeader])
	f.figure("headers_cut", l.outcome[packet.HeaderCut])
	f.figure("link_type_unsupported", foreign)
	f.Measured = strings.Join(names, ", ") + "; " + of(bad+foreign, l.packets, "packets cannot be read")
	if bad+foreign == 0 {
		f.Measured = strings.Join(names, ", ") + "; all " + counted(l.packets, "packet", "packets") + " can be read"
	}
	if n := l.outcome[packet.NotIP]; n > 0 {
		f.Measured += ", " + percent(n, l.packets) + " are not IP"
	}
	switch {
	case foreign > 0 && share(foreign, l.packets) >= undecodedHint:
		f.is(Problem, "Packets of this link type say nothing to this program.", "Capture Ethernet or IP: on a wired mirror port, not on a radio in monitor mode or on a bus.")
	case share(bad, l.packets) >= undecodedHint && bad >= leastWrong:
		severity := Hint
		if share(bad, l.packets) >= undecodedProblem {
			severity = Problem
		}
		f.is(severity, "These packets are in no flow.", "See whether they are cut or damaged (above); else the mirror wraps them in a header that is not known here.")
	case l.packets > 0 && share(l.outcome[packet.NotIP], l.packets) >= undecodedProblem:
		f.is(Hint, "Most of what comes is no IP: there is little to judge.", "See that the source of the mirror session is a port with users' traffic, and that its wrapping (MPLS, MAC-in-MAC) is taken off.")
	}
	return f
}

// fragmentation says how much of IP comes in fragments.
func (l *layers) fragmentation() Finding {
	f := Finding{Check: "fragments", Limit: "5% of packets is a hint, and 20% of later fragments without their first: the first alone has the ports"}
	f.figure("fragments", l.fragments)
	f.figure("without_first", l.orphans)
	f.Measured = of(l.fragments, l.packets, "packets are fragments of IP")
	if l.orphans > 0 {
		f.Measured += "; " + grouped(l.orphans) + " without their first"
	}
	switch {
	case l.orphans >= leastOrphans && share(l.orphans, l.fragments) >= orphansHint:
		f.is(Hint, "Fragments without their first are in no flow: the first was lost, or went another way.", "See gaps and directions; mirror all paths that the packets of one flow can take.")
	case l.fragments >= leastOrphans && share(l.fragments, l.packets) >= fragmentsHint:
		f.is(Hint, "Flows are counted right; what lies in later fragments is judged by nobody.", "Raise the MTU of the tunnel or link that fragments them, or lower the senders' (MSS).")
	}
	return f
}

// tunnels says what is wrapped, and how much of it nobody can look into.
func (l *layers) tunnels() Finding {
	f := Finding{Check: "tunnels", Limit: "10% of octets that are hidden are a hint, 90% a problem: verdicts speak of the rest alone"}
	const esp, ah, gre, l2tp, sctp = 50, 51, 47, 115, 132
	var undone, unread []string
	for t, n := range l.tunnel {
		if n > 0 && packet.Tunnel(t) != packet.NoTunnel {
			undone = append(undone, fmt.Sprintf("%s (%s)", packet.Tunnel(t), percent(n, l.packets)))
		}
	}
	hidden := l.protocol[esp] + l.inUDP + l.wireguard
	for _, k := range [...]struct {
		word   string
		octets uint64
	}{{"ESP", l.protocol[esp]}, {"ESP in UDP", l.inUDP}, {"WireGuard", l.wireguard}} {
		if k.octets > 0 {
			unread = append(unread, fmt.Sprintf("%s (%s of octets)", k.word, percent(k.octets, l.octets)))
		}
	}
	wrapped := uint64(0)
	for _, k := range [...]struct {
		word     string
		protocol uint8
	}{{"GRE of another kind", gre}, {"L2TP", l2tp}, {"AH", ah}, {"SCTP", sctp}} {
		if n := l.protocol[k.protocol]; n > 0 {
			unread = append(unread, fmt.Sprintf("%s (%s of octets)", k.word, percent(n, l.octets)))
			wrapped += n
		}
	}
	f.figure("octets", l.octets)
	f.figure("encrypted_tunnel_octets", hidden)
	f.figure("other_transport_octets", l.outcomeOctets[packet.OtherTransport])
	var parts []string
	if len(undone) > 0 {
		parts = append(parts, "undone: "+strings.Join(undone, ", "))
	}
	if len(unread) > 0 {
		parts = append(parts, "not looked into: "+strings.Join(unread, ", "))
	}
	f.Measured = cmp.Or(strings.Join(parts, "; "), "none")
	if part := share(hidden+wrapped, l.octets); part >= hiddenHint {
		severity := Hint
		if part >= hiddenProblem {
			severity = Problem
		}
		f.is(severity, percent(hidden+wrapped, l.octets)+" of octets are in tunnels: who talks to whom inside them, nobody can judge here.",
			"Mirror where the traffic is not wrapped yet: inside of the VPN gateway or concentrator.")
	}
	return f
}
