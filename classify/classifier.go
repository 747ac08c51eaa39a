package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Detector is a fact sheet with the function that checks it.
type Detector struct {
	Name       string // of the protocol or application, lower case
	Transport  packet.Protocol
	References []string  // specification and section
	Proves     string    // what a claim proves
	Not        string    // what it does not prove, and what is not looked for
	Claims     []ClaimID // what it may claim
	// Opens tells which first octets a payload of interest may have; nil is all of them.
	// It spares the call, it does not decide.
	Opens func(first byte) bool
	// Least is how many octets of payload must have been captured; First wants the first
	// payload of a direction; Within wants one of the flow's first so many. They too spare
	// the call: 0 and false spare nothing.
	Least  int
	First  bool
	Within int
	// Gates are alternatives: the payload must pass one of them, if there are any.
	Gates  []Gate
	Detect func(*Observation)

	clear *clearTable // of a table of clear protocols: its rows
}

// Options of a Classifier. The zero value of a field means its default.
type Options struct {
	// Home tells whether an address is inside the home networks. Default: none is.
	Home func(packet.Addr) bool
	// Brief leaves out the evidence and service of flows that are not at least likely
	// peer-to-peer, and renders that of the others when Verdict.Account is asked.
	Brief bool
	// MaxWindows bounds how many undecided flows are examined at once (about 0.6 KiB each);
	// one that waited long gives way, first where one end alone spoke, and is counted. Default 65,536.
	MaxWindows int
	// Role tells what a far address is there for. It is asked once for an address, when flows are
	// judged, and must answer the same each time. Default: nobody knows.
	Role func(packet.Addr) Role
	// MaxSockets and MaxHosts bound how many are judged as a whole (about 0.4 KiB each and what
	// their far ends take); the flows of others are judged by themselves, and counted (Judge.Beyond).
	// Defaults 262,144 and 65,536.
	MaxSockets, MaxHosts int
	// MaxNames bounds the names that are remembered for addresses (about 0.2 KiB each), and the
	// clients that they were told to; what gives way is counted. Default 65,536.
	MaxNames int
}

// Classifier examines the first payloads of flows, and then judges them. One goroutine owns it.
type Classifier struct {
	*commons
	lane       uint32 // its number, as in flow.Flow.State
	maxWindows int

	states      slab[state]
	claims      slab[claimNode]
	frames      slab[moreFrames]
	windows     slab[window]
	owner       []uint32 // state of each window
	hand        int      // of the clock that takes windows back
	freeWindows []uint32

	reported   map[uint32][]Reported // by flow.Flow.State
	inside     inside                // names that flows told of their own ends
	unobserved uint64
	at         int // which of the batch is looked at
	dues       dues
	o          Observation // reused for every packet
	joins      joins       // messages in pieces
	keccak     keccak
	alone      *Judge // of one flow at a time, for Alone

	words []word // what was told since the batch began, in order
	said  []byte // their texts
	told  int    // words that Settle has brought to all

	unheard int64 // until when names counted that found no room among words
}

// state is what the classifier knows of one flow.
type state struct {
	made      uint64 // which claims were made, a bit for all of the same number modulo 64
	claims    uint32 // first node of its claims; 0 is none
	window    uint32 // place of its window + 1; 0 is none
	limit     uint16 // payloads to observe
	seen      uint16
	done      bool
	cut       bool  // done for want of memory, and nothing was missed yet
	joins     uint8 // directions with a message in pieces
	told      uint8 // toldReports and toldNames
	media     uint8 // directions that sent what may be RTP, of payload type mediaKind
	mediaKind uint8
	chances   uint8 // to keep its window
	first     [2]flow.Prefix
}

// What a flow told that is kept beside its state.
const (
	toldReports uint8 = 1 << iota
	toldNames
)

// noOpening is how a flow begins that no payload was seen of.
var noOpening flow.Prefix

// slab holds values in chunks that never move; place 0 is never given out.
type slab[T any] struct {
	chunks []*[slabChunk]T
	used   uint32
	free   []uint32
}

const slabChunk = 128

func transportIndex(p packet.Protocol) int {
	if p == packet.UDP {
		return 1
	}
	return 0
}

func (s *slab[T]) at(i uint32) *T { return &s.chunks[i/slabChunk][i%slabChunk] }

func (s *slab[T]) add() (uint32, *T) {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i, s.at(i)
	}
	s.used++
	if int(s.used/slabChunk) == len(s.chunks) {
		s.chunks = append(s.chunks, new([slabChunk]T))
	}
	return s.used, s.at(s.used)
}

// release gives place i back; what is in it stays until add hands it out again.
func (s *slab[T]) release(i uint32) { s.free = append(s.free, i) }

// observeFirst is how many payloads of a flow are examined unless a detector asks for more.
const observeFirst = 12

// settleAfter is after how many payloads a flow that was recognised is examined no more: a
// client's hello and a server's flight, or two questions and answers.
const settleAfter = 4

// New returns the one classifier of a capture, of ds; nil stands for Detectors(), whose lists are
// made once for all classifiers.
func New(o Options, ds []Detector) *Classifier { return NewLanes(o, ds, 1)[0] }

// Observe examines one batch: entries, times, frame numbers, headers and octets belong
// together by index. A classifier that is one of several lanes waits for Settle to tell others.
func (c *Classifier) Observe(entries []flow.Entry, ts []int64, frames []uint32, hs []packet.Headers, data [][]byte) {
	for from := 0; from < len(entries); from += flow.BatchSize {
		to := min(from+flow.BatchSize, len(entries))
		c.at = from
		for _, k := range c.due(entries[from:to], hs[from:to]) {
			i := from + int(k)
			c.at = i
			f, h := entries[i].Flow, &hs[i]
			if f.State != 0 && c.done(f.State) {
				continue
			}
			o := &c.o
			o.Flow, o.Dir, o.Time, o.Frame = f, entries[i].Direction, ts[i], frames[i]
			o.Payload = data[i][h.PayloadStart : h.PayloadStart+h.PayloadCaptured]
			o.Length = int(h.PayloadOctets)
			o.Seq = h.Seq
			c.observe(o)
		}
	}
	if len(c.lanes) == 1 {
		c.Settle()
	}
}

// done tells whether a flow is to be observed no more. A flow that lost its window counts as
// unobserved once a payload comes that would have been examined.
func (c *Classifier) done(state uint32) bool {
	s := c.states.at(state & stateMask)
	if s.cut {
		s.cut = false
		c.unobserved++
	}
	return s.done
}

// observe runs the detectors over one payload.
func (c *Classifier) observe(o *Observation) {
	f := o.Flow // the table counts a batch before it is observed, so its counters run ahead of o
	if f.State == 0 {
		var s *state
		f.State, s = c.states.add()
		f.State |= c.lane
		s.limit = observeFirst
	}
	s := c.states.at(f.State & stateMask)
	o.state, o.classifier = s, c
	if o.first = s.first[o.Dir].Length == 0; o.first {
		s.first[o.Dir].Keep(o.Payload, o.Length)
	}
	if s.window == 0 {
		c.takeWindow(f.State&stateMask, s)
	}
	if s.first[1-o.Dir].Length != 0 {
		s.chances = windowChances
	}
	o.window, o.noisy = c.windows.at(s.window), notAsked
	if len(o.Payload) > 0 {
		c.detectors.show(o)
	}
	o.remember()
	if s.seen++; s.seen >= s.limit || s.seen == settleAfter && c.settled(s, f) {
		s.done = true
	}
	if s.done {
		c.owner[s.window] = 0
		c.freeWindow(s)
	}
}

// takeWindow gives s a window: a new one, or another flow's.
func (c *Classifier) takeWindow(number uint32, s *state) {
	if n := len(c.freeWindows); n > 0 {
		s.window = c.freeWindows[n-1]
		c.freeWindows = c.freeWindows[:n-1]
	} else if int(c.windows.used) < c.maxWindows {
		s.window, _ = c.windows.add()
		c.owner = append(c.owner, 0)
	} else {
		s.window = c.emptyWindow()
	}
	c.owner[s.window] = number
	c.windows.at(s.window).n = 0
}

// windowChances is how often a flow in which both ends spoke keeps its window when one is taken
// back, since its latest payload. A flood of strangers takes from its own kind so, and no flow that
// is answered keeps one for ever.
const windowChances = 1

// emptyWindow takes back the window that was given longest ago to a flow without chances left.
func (c *Classifier) emptyWindow() uint32 {
	for {
		c.hand = c.hand%int(c.windows.used) + 1
		old := c.states.at(c.owner[c.hand])
		if old.chances == 0 {
			old.window, old.done, old.cut = 0, true, true
			return uint32(c.hand)
		}
		old.chances--
	}
}

func (c *Classifier) freeWindow(s *state) {
	c.freeWindows = append(c.freeWindows, s.window)
	s.window = 0
}

// find returns the flow's claim of that name, nil if it was not made.
func (c *Classifier) find(s *state, id ClaimID) *claimNode {
	if s.made>>(id%64)&1 == 0 {
		return nil // most questions are about claims that were not made
	}
	for i := s.claims; i != 0; {
		n := c.claims.at(i)
		if n.id() == id {
			return n
		}
		i = n.next
	}
	return nil
}

// claim returns the flow's claim of that name, made now if it is new.
func (c *Classifier) claim(s *state, id ClaimID) *claimNode {
	if n := c.find(s, id); n != nil {
		return n
	}
	i, n := c.claims.add()
	*n = claimNode{named: uint16(id), next: s.claims}
	s.claims = i
	s.made |= 1 << (id % 64)
	return n
}

// maxReported bounds the peer addresses that one flow's signalling may tell.
const maxReported = 8

// Report notes a peer's address that was learnt inside signalling.
func (o *Observation) Report(ap netip.AddrPort, by string) {
	c, list := o.classifier, o.classifier.reported[o.Flow.State]
	for _, r := range list {
		if r.Addr == ap {
			return
		}
	}
	if len(list) < maxReported && ap.Addr().IsValid() && !ap.Addr().IsUnspecified() {
		o.state.told |= toldReports
		c.reported[o.Flow.State] = append(list, Reported{Addr: ap, By: by})
	}
}

// Forget gives back all that is kept of a flow. The flow must not be observed again.
func (c *Classifier) Forget(f *flow.Flow) {
	if f.State == 0 || f.EndReason == flow.ActiveTimeout || f.Continues() {
		return // the pieces that an active timeout cut share one state, and may outlive this one
	}
	s := c.states.at(f.State & stateMask)
	c.releaseClaims(s.claims)
	if s.window != 0 {
		c.owner[s.window] = 0
		c.freeWindow(s)
	}
	if s.told&toldReports != 0 {
		delete(c.reported, f.State)
	}
	if s.told&toldNames != 0 {
		c.inside.forget(f.State)
	}
	*s = state{}
	c.states.release(f.State & stateMask)
	f.State = 0
}

// Alone judges a flow by its own claims, for one that must go before its socket is known.
func (c *Classifier) Alone(f *flow.Flow) Verdict {
	if f.State == 0 || c.stateOf(f).claims == 0 && (c.stateOf(f).media == 0 || c.announced.size == 0) {
		v := Verdict{Prior: priorBits, Probability: probability(priorBits), Judgement: Other}
		if !c.options.Brief {
			v.Name = c.namesOf(f)
		}
		if f.Payloads[0]+f.Payloads[1] == 0 {
			v.Judgement = Unknown
		}
		return v
	}
	if c.alone == nil {
		c.alone = NewJudge(c, nil)
	}
	j := c.alone
	j.flows = append(j.flows[:0], f)
	j.facts = append(j.facts[:0], j.fact(f))
	if x := &j.facts[0]; c.options.Brief && x.own < loneOdds {
		return j.inBrief(f, x)
	}
	return j.Verdict(0)
}
