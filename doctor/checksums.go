package doctor

import (
	"encoding/binary"
	"strings"

	"peeratlas/capture/packet"
)

// Limits of checksums.
const (
	// Every packet is verified until sampleAfter were; then one in sampleEvery. Of so many, a share
	// of one percent is known to 0.2 percent.
	sampleAfter, sampleEvery = 10_000, 8

	wrongHint    = 0.001 // links lose packets that they damage: what arrives is right
	wrongProblem = 0.01
	leastWrong   = 5
	// A sender's network card fills checksums in if all that it is seen to send are wrong.
	senderWrong = 0.9
)

// sum is what a checksum turned out to be.
type sum uint8

const (
	noSum   sum = iota // not verified, or none was sent
	right              //
	partial            // what a host leaves to its network card to complete
	wrong              //
	numSums
)

// checksums verifies those of IP, TCP and UDP.
type checksums struct {
	seen    uint64
	ip      [numSums]uint64
	segment [numSums]uint64
	// Who sends what, by Ethernet address where there is one, else by IP address.
	senders [senderSlots]sender
}

const senderSlots = 1024

// sender is who sent verified packets. The first one to claim a slot keeps it.
type sender struct {
	key   packet.Addr
	addr  packet.Addr // of its first packet
	total uint64
	wrong uint64 // of total, wrong or partial
}

func (c *checksums) add(f *frame) {
	if f.ip < 0 {
		return
	}
	c.seen++
	if c.seen > sampleAfter && c.seen%sampleEvery != 0 {
		return
	}
	header := headerSum(f)
	c.ip[header]++
	s := segmentSum(f)
	c.segment[s]++
	if s == noSum {
		return
	}
	var key packet.Addr
	if f.macs {
		copy(key[:], f.data[6:12])
	} else {
		key = f.h.Src
	}
	e := &c.senders[mixedAddr(3, &key)%senderSlots]
	if e.total == 0 {
		e.key, e.addr = key, f.h.Src
	} else if e.key != key {
		return
	}
	e.total++
	if s != right {
		e.wrong++
	}
}

// ones adds octets as RFC 1071 does, eight at a time.
func ones(total uint64, b []byte) uint64 {
	for len(b) >= 4 {
		total += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		total += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		total += uint64(b[0]) << 8
	}
	return total
}

func folded(total uint64) uint16 {
	for total > 0xffff {
		total = total&0xffff + total>>16
	}
	return uint16(total)
}

// headerSum verifies the checksum of an IPv4 header (RFC 791, section 3.1).
func headerSum(f *frame) sum {
	b := f.data[f.ip:]
	if b[0]>>4 != 4 || len(f.data) < f.next || f.next < f.ip+20 {
		return noSum
	}
	switch {
	case folded(ones(0, f.data[f.ip:f.next])) == 0xffff:
		return right
	case b[10] == 0 && b[11] == 0:
		return partial
	}
	return wrong
}

// checksumAt is where a checksum lies in a segment; 0 if there is none that is verified.
func checksumAt(p packet.Protocol) int {
	switch p {
	case packet.TCP: // RFC 9293, section 3.1
		return 16
	case packet.UDP: // RFC 768
		return 6
	}
	return 0
}

// segmentSum verifies the checksum of a TCP segment or UDP datagram that is all there.
func segmentSum(f *frame) sum {
	const not = packet.Cut | packet.FirstFragment | packet.LaterFragment | packet.NoIPLength
	at := checksumAt(f.h.Protocol)
	end := int(f.h.PayloadStart) + int(f.h.PayloadCaptured)
	if f.outcome != packet.OK || at == 0 || f.h.Flags&not != 0 || end > len(f.data) || f.next+at+2 > end {
		return noSum
	}
	version6 := f.data[f.ip]>>4 == 6
	if version6 && packet.Protocol(f.data[f.ip+6]) != f.h.Protocol {
		return noSum // a routing header would change the address that is summed (RFC 8200, section 8.1)
	}
	segment := f.data[f.next:end]
	sent := binary.BigEndian.Uint16(segment[at:])
	if sent == 0 && f.h.Protocol == packet.UDP {
		if version6 {
			return wrong // RFC 8200, section 8.1: but for some tunnels it is required
		}
		return noSum
	}
	addresses := ones(0, f.h.Src[:])
	addresses = ones(addresses, f.h.Dst[:])
	if !version6 {
		addresses -= 2 * 0xffff // of the IPv4-mapped form
	}
	pseudo := addresses + uint64(f.h.Protocol) + uint64(len(segment))
	switch {
	case folded(ones(pseudo, segment)) == 0xffff:
		return right
	case sent == 0, sent == folded(pseudo), sent == folded(addresses+uint64(f.h.Protocol)):
		return partial
	}
	return wrong
}

func (c *checksums) finding() Finding {
	f := Finding{Check: "checksums", Limit: "0.1% wrong is a hint, 1% a problem: links drop what they damage. What the sender's network card fills in does not count"}
	n := c.segment[right] + c.segment[partial] + c.segment[wrong]
	ip := c.ip[right] + c.ip[partial] + c.ip[wrong]
	f.figure("verified", n)
	f.figure("wrong", c.segment[wrong])
	f.figure("left_to_card", c.segment[partial])
	f.figure("ip_verified", ip)
	f.figure("ip_wrong", c.ip[wrong])
	f.figure("ip_left_to_card", c.ip[partial])
	if n+ip == 0 {
		f.Measured = "no packet whose checksum could be verified"
		f.Severity = Unknown
		return f
	}
	f.Measured = of(c.segment[wrong], n, "TCP and UDP checksums are wrong")
	if n == 0 {
		f.Measured = of(c.ip[wrong], ip, "IPv4 header checksums are wrong")
	} else if c.ip[wrong] > 0 {
		f.Measured += ", " + of(c.ip[wrong], ip, "of IPv4 headers")
	}
	one, senders := c.guilty()
	bad, part := c.segment[wrong]+c.ip[wrong], max(share(c.segment[wrong], n), share(c.ip[wrong], ip))
	switch {
	case bad < leastWrong || part < wrongHint:
		if left := max(c.segment[partial], c.ip[partial]); left > 0 {
			f.Measured += "; " + grouped(left) + " were left to the network card" + one.name()
			f.is(OK, "None: checksums decide nothing here. This machine's own packets were captured before its network card filled checksums in (offload).",
				"Nothing for this program; other tools are spared with checksum offload (tx) off on the captured machine.")
		}
	case c.ip[wrong] <= ip/1000 && senders == 1 && one != nil && c.others():
		f.Measured += ", all" + strings.Replace(one.name(), " of ", " from ", 1)
		f.is(Hint, "None if that machine was captured on itself: its network card fills checksums in (offload). Else what it sends is damaged.",
			"See whether the capture was made on it; if not, the cable and port of this machine.")
	case share(c.ip[wrong], ip)*2 >= share(c.segment[wrong], n):
		// A router drops what has a wrong header checksum, so it was right on the wire.
		f.is(Hint, "The capture was rewritten after it was made (addresses made anonymous, headers changed by a tool): countries and networks may be invented.",
			"Use the capture as it was made, or let the tool that rewrote it correct the checksums.")
	default:
		severity := Hint
		if part >= wrongProblem {
			severity = Problem
		}
		f.is(severity, "Payload is not what was sent: damaged on its way, or changed by a tool. Verdicts on it may fail.",
			"See the error counters of cable, optics and mirror port. If a tool changed the capture, let it correct the checksums.")
	}
	return f
}

// name is the sender behind its noun; empty if there is none.
func (s *sender) name() string {
	if s == nil {
		return ""
	}
	return " of " + s.addr.Netip().String()
}

// guilty counts the senders of whose checksums all but a few are wrong, and names the busiest; none
// if others have wrong ones too.
func (c *checksums) guilty() (one *sender, n int) {
	strays := uint64(0)
	for i := range c.senders {
		e := &c.senders[i]
		if e.wrong == 0 {
			continue
		}
		if share(e.wrong, e.total) < senderWrong {
			strays += e.wrong
			continue
		}
		n++
		if one == nil || e.wrong > one.wrong {
			one = e
		}
	}
	if one != nil && strays*20 > one.wrong {
		return nil, n
	}
	return one, n
}

// others tells whether there are senders whose checksums are right.
func (c *checksums) others() bool {
	for i := range c.senders {
		if e := &c.senders[i]; e.total > 0 && e.wrong*10 < e.total {
			return true
		}
	}
	return false
}
