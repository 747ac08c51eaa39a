package report

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"peeratlas/classify"
)

// LookLines tells of looks in plain lines, for a log or a pipe: one for each pair of host and peer
// that is new or is surer than before, on one writer; on the other, when an interface begins to lose
// packets and when that has ended. It is used by one goroutine.
type LookLines struct {
	out, words io.Writer
	pairs      map[pairOf]classify.Judgement
	loss       lossWatch
	up         upWatch
	line       []byte
}

// pairOf is a host and a peer that it has to do with.
type pairOf struct {
	host, peer netip.Addr
	family     string
}

// mostPairs bounds the pairs that are remembered. When there are more, all are forgotten, and may be
// told again.
const mostPairs = 1 << 16

// NewLookLines returns LookLines that write what was found to out, and words about it to words.
func NewLookLines(out, words io.Writer) *LookLines {
	return &LookLines{out: out, words: words, pairs: map[pairOf]classify.Judgement{}}
}

// Look writes what is new. The lines hold no control characters, whatever the wire says.
func (p *LookLines) Look(l *Look) error {
	for i := range l.News {
		if err := p.sighting(&l.News[i]); err != nil {
			return err
		}
	}
	err := p.up.tell(l, func(c *InterfaceCount) error {
		_, err := fmt.Fprintf(p.words, "%s %s\n", lookTime(l.Time), c.upWords())
		return err
	})
	if err != nil {
		return err
	}
	return p.loss.tell(l, func(e *lossEvent) error {
		_, err := fmt.Fprintf(p.words, "%s %s\n", lookTime(l.Time), e.words())
		return err
	})
}

func (p *LookLines) sighting(n *Sighting) error {
	r := &n.Record
	v := &r.Verdict
	if v.Judgement < classify.Likely {
		return nil
	}
	for e, is := range r.peers() {
		if !is {
			continue
		}
		a := &r.Flow.Key.Addr
		k := pairOf{a[1-e].Netip(), a[e].Netip(), v.Family}
		if p.pairs[k] >= v.Judgement {
			continue
		}
		if len(p.pairs) >= mostPairs {
			clear(p.pairs)
		}
		p.pairs[k] = v.Judgement
		if err := p.peer(n, e); err != nil {
			return err
		}
	}
	return nil
}

// peer writes the line of the peer at end e.
func (p *LookLines) peer(n *Sighting, e int) error {
	r := &n.Record
	v, k := &r.Verdict, &r.Flow.Key
	b := append(p.line[:0], lookTime(at(r.Flow.Start))...)
	b = append(b, ' ')
	b = append(b, v.Judgement.String()...)
	b = append(b, ' ')
	b = append(b, Clean(cmp.Or(v.Family, "unknown"), 32)...)
	b = append(b, ' ')
	b = append(b, v.Path.String()...)
	b = append(b, ' ')
	b = append(b, protocol(k.Protocol)...)
	b = append(b, ' ')
	b = netip.AddrPortFrom(k.Addr[1-e].Netip(), k.Port[1-e]).AppendTo(b)
	if o := n.Owner[1-e]; o.PID != 0 {
		b = append(b, " ("...)
		b = append(b, Clean(o.Name, 32)...)
		b = append(b, ", pid "...)
		b = strconv.AppendInt(b, int64(o.PID), 10)
		b = append(b, ')')
	}
	b = append(b, " -> "...)
	b = netip.AddrPortFrom(k.Addr[e].Netip(), k.Port[e]).AppendTo(b)
	b = append(b, ' ')
	b = append(b, Clean(rowOf(&r.Location[e]), 16)...)
	if org := r.Location[e].ASOrg; org != "" {
		b = append(b, " ("...)
		b = append(b, Clean(org, 40)...)
		b = append(b, ')')
	}
	if name := v.Name[e].Text; name != "" {
		b = append(b, ' ')
		b = append(b, Clean(name, 80)...)
	}
	if why := reasons(v.Account(), nil); len(why) > 0 {
		b = append(b, ": "...)
		b = append(b, Clean(why[0].Detail, 100)...)
		b = append(b, fmt.Sprintf(" (%s bits)", signed(why[0].Bits))...)
	}
	p.line = append(b, '\n')
	_, err := p.out.Write(p.line)
	return err
}

// lookTime is a time in a line for people: to the second, in UTC.
func lookTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// lossWatch knows which interfaces lose packets.
type lossWatch struct {
	interfaces []lossOf
	before     time.Time // of the look before
}

// lossOf is one interface: what was counted last, and the loss that is under way.
type lossOf struct {
	name              string
	received, dropped uint64
	began, latest     time.Time // of the loss; zero if there is none
	from, of          uint64    // dropped and received before it
}

// lossOver is for how long an interface must lose nothing for a loss to be over.
const lossOver = 10 * time.Second

// lossEvent is that a loss began or ended.
type lossEvent struct {
	Interface string
	Ended     bool
	Began     time.Time
	Dropped   uint64 // since it began
	Received  uint64 // likewise
	Seconds   float64
}

// tell finds where a loss begins, and where one is over.
func (w *lossWatch) tell(l *Look, say func(*lossEvent) error) error {
	for i := range l.Interfaces {
		c := &l.Interfaces[i]
		if i == len(w.interfaces) {
			w.interfaces = append(w.interfaces, lossOf{name: c.Name})
		}
		o := &w.interfaces[i]
		dropped := c.DroppedByKernel + c.DroppedByInterface
		var e *lossEvent
		switch {
		case dropped > o.dropped && o.began.IsZero():
			// It began since the look before: from then on is counted what was lost.
			o.began, o.latest, o.from, o.of = w.before, l.Time, o.dropped, o.received
			if o.began.IsZero() {
				o.began = l.Time
			}
			e = &lossEvent{}
		case dropped > o.dropped:
			o.latest = l.Time
		case !o.began.IsZero() && (l.Time.Sub(o.latest) >= lossOver || l.Last):
			e = &lossEvent{Ended: true, Seconds: o.latest.Sub(o.began).Seconds()}
		}
		if e != nil {
			e.Interface, e.Began, e.Dropped, e.Received = c.Name, o.began, dropped-o.from, c.Received-min(o.of, c.Received)
			if e.Ended {
				o.began = time.Time{}
			}
			if err := say(e); err != nil {
				return err
			}
		}
		o.dropped, o.received = dropped, c.Received
	}
	w.before = l.Time
	return nil
}

// words is the event in words.
func (e *lossEvent) words() string {
	if !e.Ended {
		return Clean(e.Interface, 32) + ": losing packets: " + counted(e.Dropped, "packet", "packets") + " dropped since the look before, " +
			grouped(e.Received) + " received"
	}
	return Clean(e.Interface, 32) + ": no loss any more: " + counted(e.Dropped, "packet", "packets") + " dropped in " +
		strconv.FormatFloat(max(e.Seconds, 0), 'f', 0, 64) + " s, " + grouped(e.Received) + " received"
}

// LookCounters is the state of a watch in a line, for whoever asks while it runs.
func LookCounters(l *Look) string {
	var b strings.Builder
	for i := range l.Interfaces {
		c := &l.Interfaces[i]
		fmt.Fprintf(&b, "%s: %s, %s dropped, %s undecodable; ", Clean(c.Name, 60), counted(c.Received, "packet", "packets"),
			grouped(c.DroppedByKernel+c.DroppedByInterface), grouped(c.Undecodable))
	}
	fmt.Fprintf(&b, "%s, %s of them p2p, %s likely; %s of %s held, %s evicted, %s forgotten; look %s took %s, heap %s",
		counted(l.Since.Flows, "flow", "flows"), grouped(l.Since.P2PFlows), grouped(l.Since.LikelyFlows),
		grouped(l.Load.Flows), grouped(l.Load.MaxFlows), grouped(l.Load.Evicted), grouped(l.Load.Forgotten),
		grouped(l.Number), l.Load.Judging.Round(time.Millisecond), octets(l.Load.Memory))
	if w := l.Gaps.Words(); w != "" {
		b.WriteString("; " + w)
	}
	return b.String()
}
