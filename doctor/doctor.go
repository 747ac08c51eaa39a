// Package doctor says whether a mirror port, or a capture from one, is sane: what was measured,
// from which limit it matters and why, what it means for verdicts, and what to do about it.
//
// It judges how packets came, never what they say. It reads them in one pass, in tables of fixed
// size; where these do not hold all, it judges by a sample and says how sure that is. Each check is
// one file: its limits with their reasons, what it counts of a packet, and its finding.
package doctor

import (
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// Options of an Examiner. The zero value of a field means its default.
type Options struct {
	// Own are the addresses of the interfaces that are read; none if a saved capture is.
	Own []packet.MAC
	// Home tells whether an address is inside. Default: addresses that no registry assigns.
	Home func(*[16]byte) bool
	// ExpectTags asks for VLAN tags at all, ExpectVLANs for these.
	ExpectTags  bool
	ExpectVLANs []uint16
	// Now is the time of the examination, to tell timestamps of the future by. Default: none is.
	Now time.Time
	// Gaps is asked at the end for an estimate of what the mirror lost. Default: the Examiner's own.
	Gaps func() report.Gaps
}

// Examiner looks at packets and finds what is wrong with how they came. It is for one goroutine,
// keeps about 9 MiB whatever comes, and allocates nothing for a packet.
type Examiner struct {
	options Options
	decoder *packet.Decoder
	frame   frame

	traffic       traffic
	mirror        mirror
	conversations conversations
	copies        copies
	cuts          cuts
	tags          tags
	checksums     checksums
	sizes         sizes
	clock         clock
	layers        layers
}

// New returns an Examiner that has seen no packet.
func New(o Options) *Examiner {
	if o.Home == nil {
		o.Home = private
	}
	e := &Examiner{options: o, decoder: packet.NewDecoder()}
	e.mirror.init(o.Own)
	e.conversations.init(o.Home)
	e.copies.init()
	return e
}

// Look looks at packets in the order in which they came. It keeps none of their octets.
func (e *Examiner) Look(packets []capture.Packet) {
	f := &e.frame
	for i := range packets {
		f.read(e.decoder, &packets[i])
		e.traffic.add(f)
		e.mirror.add(f)
		e.tags.add(f)
		e.cuts.add(f)
		e.layers.add(f)
		e.sizes.add(f)
		e.checksums.add(f)
		if !e.copies.add(f) { // a copy would pass for a packet that was sent again
			e.conversations.add(f)
		}
		e.clock.add(f)
	}
}

// Input is where the packets came from.
type Input struct {
	Name  string // the interface, or the captures, as given
	Live  bool   // it is an interface
	Stats capture.Stats
	// Interrupted tells that somebody ended the examination early.
	Interrupted bool
}

// Finish returns what was found. More packets may follow, and another Finish.
func (e *Examiner) Finish(in Input) *Report {
	r := &Report{
		Input: in.Name, Live: in.Live, Interrupted: in.Interrupted,
		Packets: e.traffic.packets, Octets: e.traffic.wire,
	}
	if e.traffic.packets > 0 {
		r.First, r.Last = time.Unix(0, e.clock.first).UTC(), time.Unix(0, e.clock.latest).UTC()
	}
	t := e.conversations.count()
	gaps := e.conversations.gaps()
	if e.options.Gaps != nil {
		gaps = e.options.Gaps()
	}
	r.Findings = []Finding{
		e.traffic.finding(&e.clock, &t),
		e.mirror.finding(in.Live, t.all()),
		t.finding(),
		e.copies.finding(e.conversations.resent),
		e.cuts.finding(),
		lossFinding(&in),
		gapFinding(gaps, &e.conversations),
		e.tags.finding(&e.options, &t),
		e.checksums.finding(),
		e.sizes.finding(),
		e.clock.finding(e.options.Now),
		e.layers.decoding(in.Stats.LinkTypes),
		e.layers.fragmentation(),
		e.layers.tunnels(),
		t.homeFinding(&e.mirror),
	}
	if e.traffic.packets == 0 {
		r.Findings = r.Findings[:1]
	}
	r.weigh()
	return r
}
