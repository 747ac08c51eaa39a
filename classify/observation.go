package classify

import (
	"math/bits"

	"peeratlas/classify/flow"
)

// digestPrefix is how many octets of a payload are remembered: enough for the headers whose
// fields one packet shares with another (RTP 12, uTP 20, KCP 24, ZeroTier 28).
const digestPrefix = 28

// windowLength is how many payloads of a flow are remembered at once.
const windowLength = 12

// digest is what is remembered of one payload.
type digest struct {
	after  uint32 // microseconds since the flow's start, saturating
	frame  uint32
	length uint16 // on the wire
	ones   uint16 // set bits of the captured payload, of at most digestOctets octets; over TCP if it has ntcpRequest
	sample uint16 // octets that ones was counted over
	dir    flow.Direction
	prefix [digestPrefix]byte
}

// window remembers the latest payloads of an undecided flow, in order.
type window struct {
	digests [windowLength]digest
	n       uint32 // payloads ever seen
}

// Observation is one payload-bearing packet in the sight of its flow. A detector reads it,
// makes claims and keeps nothing of it.
type Observation struct {
	Flow    *flow.Flow
	Dir     flow.Direction
	Time    int64  // nanoseconds since the Unix epoch
	Frame   uint32 // number in the capture, from 1
	Payload []byte // as captured
	Length  int    // octets on the wire
	Seq     uint32 // TCP sequence number; valid over TCP

	first      bool
	noisy      answer // of Noise
	state      *state
	window     *window
	classifier *Classifier
}

// Cut tells whether the snap length cut the payload.
func (o *Observation) Cut() bool { return len(o.Payload) < o.Length }

// FromInitiator tells whether the end that began the flow sent this packet.
func (o *Observation) FromInitiator() bool { return o.Dir == o.Flow.Initiator }

// answer is what a question that is dear came to.
type answer uint8

const (
	notAsked answer = iota
	yes
	no
)

// Noise tells whether the payload passes for uniformly random octets (see noise). Several
// detectors ask; it is reckoned once.
func (o *Observation) Noise() bool {
	if o.noisy == notAsked {
		o.noisy = no
		if noise(o.Payload) {
			o.noisy = yes
		}
	}
	return o.noisy == yes
}

// Number is how many payloads of the flow came before this one.
func (o *Observation) Number() int { return int(o.window.n) }

// First tells whether this is the first payload of its direction.
func (o *Observation) First() bool { return o.first }

// Before returns the k-th latest remembered payload (0 is the one just before this), nil if
// there is none.
func (o *Observation) Before(k int) *digest {
	if k >= int(min(o.window.n, windowLength)) {
		return nil
	}
	return &o.window.digests[(o.window.n-1-uint32(k))%windowLength]
}

// LastFrom returns the latest remembered payload of direction d, nil if there is none.
func (o *Observation) LastFrom(d flow.Direction) *digest {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil || b.dir == d {
			return b
		}
	}
}

// Reply is how the other direction began; Length is 0 if it has not spoken.
func (o *Observation) Reply() *flow.Prefix { return &o.state.first[1-o.Dir] }

// Claim puts a claim on the flow. Claims of one name are one line: its count, directions and
// first frames grow. a and b are values that its detail speaks of; the latest stand.
func (o *Observation) Claim(id ClaimID, a, b uint32) {
	n := o.classifier.claim(o.state, id)
	n.a, n.b = a, b
	o.classifier.seen(n, o.Frame, uint8(o.Dir))
	if weights[id].bits >= worthyBits && o.Flow.Worth < worthClaimed {
		o.Flow.Worth = worthForged
		if o.Reply().Length > 0 {
			o.Flow.Worth = worthClaimed
		}
	}
}

// Claimed returns by which directions a claim was made already: bit 0 and bit 1.
func (o *Observation) Claimed(id ClaimID) uint8 {
	if c := o.classifier.find(o.state, id); c != nil {
		return c.dirs()
	}
	return 0
}

// ClaimedBySender and ClaimedByOther tell whether the claim was made by an earlier packet of
// this packet's direction, or of the other.
func (o *Observation) ClaimedBySender(id ClaimID) bool { return o.Claimed(id)>>o.Dir&1 != 0 }
func (o *Observation) ClaimedByOther(id ClaimID) bool  { return o.Claimed(id)>>(1-o.Dir)&1 != 0 }

// Watch asks that the flow be observed for at least n payloads.
func (o *Observation) Watch(n int) {
	if int(o.state.limit) < n {
		o.state.limit = uint16(n)
	}
}

// recognised tells whether the flow was recognised by what it says in clear: it needs no
// statistics then.
func (o *Observation) recognised() bool {
	return o.Claimed(claimClear) != 0 || o.Claimed(claimDNS) != 0 || o.Claimed(claimTLSNamed) != 0 || o.Claimed(claimQUICNamed) != 0
}

// settled tells whether the flow is a service that more payloads would not tell otherwise: it
// was recognised, both ends spoke, nothing speaks for a peer, and no detector asked for more.
func (c *Classifier) settled(s *state, f *flow.Flow) bool {
	if s.limit > observeFirst || s.first[0].Length == 0 || s.first[1].Length == 0 {
		return false
	}
	recognised := false
	for i := s.claims; i != 0; {
		n := c.claims.at(i)
		switch {
		case n.id() == claimClear || n.id() == claimTLSNamed || n.id() == claimMessenger:
			recognised = true
		case weights[n.id()].bits > 0:
			return false
		}
		i = n.next
	}
	return recognised
}

// Decide says that nothing more is to be learnt from the flow's payload.
func (o *Observation) Decide() { o.state.done = true }

// Worth of a flow for eviction (flow.Flow.Worth). What one packet claims, a flood of forged ones
// claims as well, and that it passes for random, any flood of noise: neither may push out a flow
// that is answered.
const (
	worthStranger = 0
	worthForged   = 1 // a claim speaks for peer-to-peer, and nobody answered
	worthClaimed  = 2 // likewise, and somebody did
	worthyBits    = 2 // that a claim must speak for peer-to-peer with
)

// statOctets bounds the octets that statistics are made of; digestOctets those that a digest
// counts set bits over.
const (
	statOctets   = 512
	digestOctets = 256
)

// remember puts the packet into the window.
func (o *Observation) remember() {
	d := &o.window.digests[o.window.n%windowLength]
	sample := o.Payload[:min(len(o.Payload), digestOctets)]
	*d = digest{
		after:  uint32(min(max((o.Time-o.Flow.Start)/1000, 0), 1<<32-1)),
		frame:  o.Frame,
		length: uint16(min(o.Length, 0xffff)),
		ones:   uint16(onesCount(sample)),
		sample: uint16(len(sample)),
		dir:    o.Dir,
	}
	copy(d.prefix[:], o.Payload)
	o.window.n++
}

func onesCount(p []byte) int {
	n := 0
	for ; len(p) >= 8; p = p[8:] {
		n += bits.OnesCount64(le64(p))
	}
	for _, b := range p {
		n += bits.OnesCount8(b)
	}
	return n
}
