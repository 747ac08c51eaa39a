package doctor

import (
	"fmt"

	"peeratlas/capture/packet"
)

// Limits of cut packets.
const (
	// Of 200 octets a verdict loses nothing; names in certificates and long hellos need all.
	enoughOctets = 200
	cutProblem   = 0.01 // of packets cut shorter than that
)

// cuts counts packets of which octets are missing.
type cuts struct {
	packets  uint64
	snapped  uint64 // captured shorter than they were on the wire
	missing  uint64 // octets of these that are not there
	short    uint64 // of these, shorter than enoughOctets
	longest  uint32 // captured length of the longest of these
	mirror   uint64 // whole as captured, but shorter than their IP header says
	shortest uint32 // length of the longest of these
	lacking  uint64 // octets that these lack
}

func (c *cuts) add(f *frame) {
	c.packets++
	have := uint32(len(f.data))
	if have < f.wire {
		c.snapped++
		c.missing += uint64(f.wire - have)
		c.longest = max(c.longest, have)
		if have < enoughOctets {
			c.short++
		}
		return
	}
	// Where segmentation is left to the network card the length may be any, and is no lie.
	if f.outcome == packet.OK && f.h.Flags&(packet.Cut|packet.NoIPLength|packet.LaterFragment) == packet.Cut {
		c.mirror++
		c.shortest = max(c.shortest, have)
		c.lacking += uint64(max(f.h.PayloadOctets-f.h.PayloadCaptured, 0))
	}
}

func (c *cuts) finding() Finding {
	f := Finding{Check: "cut packets",
		Limit: "a problem if 1% have under 200 octets left: signatures lie within these; names and certificates need the whole packet"}
	f.figure("snapped", c.snapped)
	f.figure("snapped_octets", c.missing)
	f.figure("cut_by_mirror", c.mirror)
	f.figure("cut_by_mirror_octets", c.lacking)
	severity := Hint
	switch {
	case c.snapped > 0:
		f.Measured = of(c.snapped, c.packets, "packets are cut") + fmt.Sprintf(", to %s octets at most; %s missing", grouped(uint64(c.longest)), octets(c.missing))
		if share(c.short, c.packets) >= cutProblem {
			severity = Problem
		}
		f.is(severity, cutMeans(severity), "Capture packets whole: no snap length (tcpdump -s 0), and none on the capture appliance.")
	case c.mirror > 0:
		f.Measured = of(c.mirror, c.packets, "packets end before their IP length") + fmt.Sprintf(": the mirror cut them, to %s octets at most; %s missing",
			grouped(uint64(c.shortest)), octets(c.lacking))
		if c.shortest < enoughOctets && share(c.mirror, c.packets) >= cutProblem {
			severity = Problem
		}
		f.is(severity, cutMeans(severity),
			"Turn truncation off in the mirror session (ERSPAN, packet slicing), and let its path carry packets larger than those that it mirrors (MTU).")
	default:
		f.Measured = "none of " + counted(c.packets, "packet", "packets")
	}
	if c.snapped > 0 && c.mirror > 0 {
		f.Measured += "; " + grouped(c.mirror) + " more by the mirror itself"
	}
	return f
}

func cutMeans(s Severity) string {
	if s == Problem {
		return "Packets and octets are counted right, but what programs say is missing: most flows stay without a verdict."
	}
	return "Verdicts hold; names in long messages (certificates, server names) may be missing."
}
