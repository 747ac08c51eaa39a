package doctor

import "fmt"

// Below these a share means nothing: of 100 packets one is already a percent, and five
// conversations can all be one program's.
const (
	fewPackets       = 100
	fewConversations = 5
)

// amountCheck is the first finding: whether there is enough for the others.
const amountCheck = "traffic"

// traffic is how much came.
type traffic struct {
	packets, wire, captured uint64
}

func (t *traffic) add(f *frame) {
	t.packets++
	t.wire += uint64(f.wire)
	t.captured += uint64(len(f.data))
}

func (t *traffic) finding(c *clock, n *counts) Finding {
	f := Finding{Check: amountCheck,
		Limit: fmt.Sprintf("under %d packets or %d conversations is too little: one of them would decide every share", fewPackets, fewConversations)}
	f.figure("packets", t.packets)
	f.figure("octets", t.wire)
	f.figure("conversations", n.all())
	if t.packets == 0 {
		f.Measured = "no packet came"
		f.is(Unknown, "Nothing can be said.",
			"Check that the interface is up, that the mirror session is active and that its source port carries traffic.")
		return f
	}
	took := c.latest - c.first
	f.Measured = counted(t.packets, "packet", "packets") + " in " + span(took)
	if seconds := float64(took) / 1e9; seconds >= 0.001 {
		f.Measured += fmt.Sprintf(": %s packets/s, %sbit/s", perSecond(float64(t.packets)/seconds), rate(float64(t.wire)*8/seconds))
	}
	f.Measured += ", " + n.total() + " conversations"
	if t.packets < fewPackets || n.all() < fewConversations {
		f.is(Unknown, "Too little to judge a mirror port by; what follows holds for these packets.",
			"Watch longer, or at a busier hour.")
	}
	return f
}

func perSecond(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.2g", v)
	}
	return grouped(uint64(v + 0.5))
}

// rate writes bits per second.
func rate(v float64) string {
	units := []string{"", "k", "M", "G", "T"}
	for v >= 999.5 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", v, units[0])
}
