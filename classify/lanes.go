package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Lanes examine the flows of one capture at the same time: each is a Classifier with flows of its
// own and a goroutine that owns it for the length of a batch. What one flow tells of others (names
// by DNS, media announced by SIP) a lane only writes down; Settle brings it to all between two
// batches, in the order of the packets that told it. So what comes out does not depend on which
// goroutine was faster, or on how many there were.

// commons is what the lanes of one capture share. It is only read while a lane is at work.
type commons struct {
	options   Options
	detectors *dispatch
	lanes     []*Classifier
	names     names
	announced announced
}

const (
	// laneShift is where the number of the lane begins in flow.Flow.State.
	laneShift = 28
	stateMask = 1<<laneShift - 1

	// MaxLanes is how many lanes there may be: twice a state and one more must fit 32 bits.
	MaxLanes = 8
)

// NewLanes returns n classifiers, at most MaxLanes, of one capture: a flow is always to be shown
// to the same of them. Bounds are those of all together. ds as for New.
func NewLanes(o Options, ds []Detector, n int) []*Classifier {
	o.setDefaults()
	common := &commons{options: o, detectors: house()}
	if ds != nil {
		common.detectors = newDispatch(ds)
	}
	common.names.init(o.MaxNames)
	n = min(max(n, 1), MaxLanes)
	for number := range n {
		c := &Classifier{commons: common, lane: uint32(number) << laneShift, reported: map[uint32][]Reported{}}
		c.maxWindows = max(o.MaxWindows/n, 1)
		c.windows.chunks = append(c.windows.chunks, new([slabChunk]window))
		c.states.chunks = append(c.states.chunks, new([slabChunk]state))
		c.claims.chunks = append(c.claims.chunks, new([slabChunk]claimNode))
		c.frames.chunks = append(c.frames.chunks, new([slabChunk]moreFrames))
		c.owner = make([]uint32, 1)
		c.inside.init(max(o.MaxNames/n, 1))
		common.lanes = append(common.lanes, c)
	}
	return common.lanes
}

func (o *Options) setDefaults() {
	if o.Home == nil {
		o.Home = func(packet.Addr) bool { return false }
	}
	for _, bound := range [...]struct {
		option *int
		usual  int
	}{{&o.MaxWindows, 1 << 16}, {&o.MaxSockets, 1 << 18}, {&o.MaxHosts, 1 << 16}, {&o.MaxNames, 1 << 16}} {
		if *bound.option <= 0 {
			*bound.option = bound.usual
		}
	}
}

// laneOf is the lane that f is shown to, which must have a state.
func (c *commons) laneOf(f *flow.Flow) *Classifier { return c.lanes[f.State>>laneShift] }

// stateOf is the state of f, which must have one.
func (c *commons) stateOf(f *flow.Flow) *state {
	return c.laneOf(f).states.at(f.State & stateMask)
}

// claimed returns the claim of that name that f made, nil if it made none.
func (c *commons) claimed(f *flow.Flow, id ClaimID) *claimNode {
	if f.State == 0 {
		return nil
	}
	return c.laneOf(f).find(c.stateOf(f), id)
}

// opening is how direction d of a flow began; Length is 0 if it has not spoken. It must not be
// written to.
func (c *commons) opening(f *flow.Flow, d uint8) *flow.Prefix {
	if f.State == 0 {
		return &noOpening
	}
	return &c.stateOf(f).first[d&1]
}

// reportedBy are the peer addresses that the flow's signalling told.
func (c *commons) reportedBy(f *flow.Flow) []Reported {
	if f.State == 0 {
		return nil
	}
	return c.laneOf(f).reported[f.State]
}

// word is something that a flow told of others.
type word struct {
	kind       wordKind
	source     NameSource
	port       uint16
	frame      uint32
	from, to   uint32      // its text in said
	client, of packet.Addr // who was told, and what of
	now, until int64
}

type wordKind uint8

const (
	wordName     wordKind = iota // client was told a name of an address
	wordLink                     // a host told its own name on its link
	wordHidden                   // client also asks where nobody sees the answers
	wordAnnounce                 // media is expected at an address and port
)

// maxWords bounds what a lane writes down in one batch: a message of DNS has room for thousands.
const maxWords = 1 << 13

// tells writes w down, with a text if it has one.
func (o *Observation) tells(w word, text []byte) {
	c := o.classifier
	if len(c.words) == maxWords {
		c.inside.evicted++
		c.unheard = max(c.unheard, w.until)
		return
	}
	w.frame, w.now, w.from = o.Frame, o.Time, uint32(len(c.said))
	c.said = append(c.said, text...)
	w.to = uint32(len(c.said))
	c.words = append(c.words, w)
}

// Settle brings what the lanes wrote down to all of them. No lane may be at work.
func (c *commons) Settle() {
	for {
		var next *Classifier // the lane whose next word came first
		for _, lane := range c.lanes {
			// The words are of one batch, in which the numbers of packets may begin anew.
			if lane.told < len(lane.words) && (next == nil || int32(lane.words[lane.told].frame-next.words[next.told].frame) < 0) {
				next = lane
			}
		}
		if next == nil {
			break
		}
		w := &next.words[next.told]
		next.told++
		c.hear(w, next.said[w.from:w.to])
	}
	for _, lane := range c.lanes {
		c.names.lost = max(c.names.lost, lane.unheard)
		lane.words, lane.said, lane.told = lane.words[:0], lane.said[:0], 0
	}
}

// hear remembers one word.
func (c *commons) hear(w *word, text []byte) {
	n := &c.names
	switch w.kind {
	case wordName:
		if n.client(w.client, w.source == FromDNS, w.of, w.now) {
			n.tell(nameKey{w.client, w.of}, text, w.source, w.now, w.until)
		}
	case wordLink:
		n.links++
		n.tell(nameKey{addr: w.of}, text, w.source, w.now, w.until)
	case wordHidden:
		n.hide(w.client)
	case wordAnnounce:
		c.announced.note(w.of, w.port, w.now)
	}
}

// Unobserved counts flows whose examination ended early for want of memory.
func (c *commons) Unobserved() uint64 {
	return c.sum(func(lane *Classifier) uint64 { return lane.unobserved })
}

// NamesEvicted counts the names that gave way for want of memory.
func (c *commons) NamesEvicted() uint64 {
	return c.names.evicted + c.sum(func(lane *Classifier) uint64 { return lane.inside.evicted })
}

// Unjoined counts the messages in pieces that gave way before they were whole.
func (c *commons) Unjoined() uint64 {
	return c.sum(func(lane *Classifier) uint64 { return lane.joins.lost })
}

func (c *commons) sum(of func(*Classifier) uint64) (n uint64) {
	for _, lane := range c.lanes {
		n += of(lane)
	}
	return n
}
