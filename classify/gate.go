package classify

import "slices"

// Gate is what a payload must show for a detector to look at it. Every condition is one that the
// detector checks again: a gate spares calls, it does not decide, and the tests hold that it
// spares none that would claim something. The zero value of a condition spares nothing.
type Gate struct {
	Opens     func(first byte) bool // first octets of interest
	Octets    []octetGate           // the same of others; they must have been captured
	Length    func(n int) bool      // octets on the wire
	Least     int                   // octets that must have been captured
	First     bool                  // the first payload of its direction
	Within    int                   // one of the flow's first so many
	After     int                   // so many payloads of the flow came before
	Initiator bool                  // the end that began the flow sent it
	Responder bool                  // the other did
	Answers   bool                  // the payload before it came from the other end
	Echoes    bool                  // the same, and it began with the same octet
	Slow      bool                  // the flow began slowAfter ago
	Ports     []uint16              // one of which an end has
	Follows   []ClaimID             // one of which was made on the flow before
	Joins     bool                  // a message of the flow is in pieces
}

// slowAfter is the time in nanoseconds that three keep-alives at the shortest interval take, the
// first of them a little shorter.
const slowAfter = (2*keepAliveLeast - keepAliveLeast/keepAliveShare) * 1000

// octetGate tells which values the octet at an offset may have.
type octetGate struct {
	at  int
	may func(b byte) bool
}

// octet lets one of values pass at an offset.
func octet(at int, values ...byte) octetGate { return maskedOctet(at, 0xff, values...) }

// maskedOctet compares the bits of mask alone.
func maskedOctet(at int, mask byte, values ...byte) octetGate {
	return octetGate{at, func(b byte) bool {
		for _, v := range values {
			if b&mask == v {
				return true
			}
		}
		return false
	}}
}

// octetUpTo lets values up to most pass.
func octetUpTo(at int, most byte) octetGate {
	return octetGate{at, func(b byte) bool { return b <= most }}
}

// octets lets one string pass, from an offset on.
func octets(at int, text string) []octetGate {
	var list []octetGate
	for i := range len(text) {
		list = append(list, octet(at+i, text[i]))
	}
	return list
}

// opens is Gate.Opens for a few values.
func opens(values ...byte) func(byte) bool { return octet(0, values...).may }

// lengths is Gate.Length for a few values.
func lengths(values ...int) func(int) bool {
	return func(n int) bool {
		for _, v := range values {
			if n == v {
				return true
			}
		}
		return false
	}
}

// between is Gate.Length for a range, both ends included.
func between(least, most int) func(int) bool {
	return func(n int) bool { return n >= least && n <= most }
}

// gated is a detector behind one of its gates.
type gated struct {
	detect func(*Observation)
	number int    // of the detector
	made   uint64 // state.made of the claims that it follows, or 0
	joins  bool
}

// Bounds of what gates are looked up by: the last place stands for all beyond it.
const (
	gateOctets  = 128
	gateLengths = 512
	gateTurns   = windowLength + 1
)

// Bits of the second index of sieve.turns.
const (
	turnFirst = 1 << iota
	turnInitiator
	turnSlow
	numTurns = 1 << iota
)

// relation is what the payload before this one is to it.
type relation uint8

const (
	noneBefore relation = iota
	sameEnd
	otherEnd
	otherEndAlike // and it began with the same octet
	numRelations
)

// sieve finds the gates of one transport that a payload passes: for each thing that gates ask of
// it, the set of those that its value passes is looked up, and the sets are met: some
// fifteen look-ups for a hundred detectors. The evident twin, asking each detector in turn, is in
// the tests.
type sieve struct {
	gates    []gated
	opens    *setTable[gateSet]
	captured *setTable[gateSet]
	lengths  *setTable[gateSet]
	turns    [gateTurns][numTurns]gateSet
	before   [numRelations]gateSet
	anyPort  gateSet
	ports    portSet
	onPort   map[uint16]*gateSet
	octets   []octetSieve // by offset
}

// octetSieve is what gates ask of one octet.
type octetSieve struct {
	at   int
	of   gateSet // those that ask
	sets *setTable[gateSet]
}

// portSet is a set of ports: most flows have none that anybody asks for, and are spared the map.
type portSet [1 << 16 / 64]uint64

func (s *portSet) add(p uint16)      { s[p/64] |= 1 << (p % 64) }
func (s *portSet) has(p uint16) bool { return s[p/64]>>(p%64)&1 != 0 }

// add puts detector number d behind a gate.
func (s *sieve) add(number int, d *Detector, g *Gate) {
	i := len(s.gates)
	if i == maxGates {
		panic("classify: more gates than a gateSet holds")
	}
	e := gated{detect: d.Detect, number: number, joins: g.Joins}
	for _, id := range g.Follows {
		e.made |= 1 << (id % 64)
	}
	s.gates = append(s.gates, e)
	if i == 0 {
		s.opens, s.captured, s.lengths = newSetTable(256, gateSet{}), newSetTable(gateOctets+1, gateSet{}), newSetTable(gateLengths+1, gateSet{})
	}
	s.opens.add(i, func(b int) bool {
		return (d.Opens == nil || d.Opens(byte(b))) && (g.Opens == nil || g.Opens(byte(b))) && g.mayHold(0, byte(b))
	})
	least := max(d.Least, g.Least)
	for _, o := range g.Octets {
		least = max(least, o.at+1)
	}
	s.captured.add(i, func(n int) bool { return n >= least || n == gateOctets })
	s.lengths.add(i, func(n int) bool { return g.Length == nil || n == gateLengths || g.Length(n) })
	s.addTurns(i, d, g)
	s.addOctets(i, g)
	s.addPorts(i, g)
}

func (s *sieve) addTurns(i int, d *Detector, g *Gate) {
	for n := range gateTurns {
		within := func(most int) bool { return most == 0 || most > windowLength || n < most }
		for turn := range numTurns {
			is := func(bit int) bool { return turn&bit != 0 }
			if n >= g.After && within(g.Within) && within(d.Within) && (is(turnFirst) || !g.First && !d.First) &&
				(is(turnInitiator) || !g.Initiator) && (!is(turnInitiator) || !g.Responder) && (is(turnSlow) || !g.Slow) {
				s.turns[n][turn] = s.turns[n][turn].with(i)
			}
		}
	}
	for r := range numRelations {
		if (r >= otherEnd || !g.Answers) && (r == otherEndAlike || !g.Echoes) {
			s.before[r] = s.before[r].with(i)
		}
	}
}

// mayHold tells whether the gate lets a value pass at an offset.
func (g *Gate) mayHold(at int, b byte) bool {
	for _, o := range g.Octets {
		if o.at == at && !o.may(b) {
			return false
		}
	}
	return true
}

func (s *sieve) addOctets(i int, g *Gate) {
	var before gateSet // asked nothing of an octet that is new here
	for j := range i {
		before = before.with(j)
	}
	for _, o := range g.Octets {
		if o.at == 0 {
			continue // among opens
		}
		k := 0
		for k < len(s.octets) && s.octets[k].at < o.at {
			k++
		}
		if k == len(s.octets) || s.octets[k].at != o.at {
			s.octets = slices.Insert(s.octets, k, octetSieve{at: o.at, sets: newSetTable(256, before)})
		}
		s.octets[k].of = s.octets[k].of.with(i)
	}
	for _, x := range s.octets {
		x.sets.add(i, func(b int) bool { return g.mayHold(x.at, byte(b)) })
	}
}

func (s *sieve) addPorts(i int, g *Gate) {
	if g.Ports == nil {
		s.anyPort = s.anyPort.with(i)
		return
	}
	if s.onPort == nil {
		s.onPort = map[uint16]*gateSet{}
	}
	for _, p := range g.Ports {
		if s.ports.add(p); s.onPort[p] == nil {
			s.onPort[p] = &gateSet{}
		}
		*s.onPort[p] = s.onPort[p].with(i)
	}
}

// passing are the gates that the payload, which is not empty, passes but for their claims and joins.
func (s *sieve) passing(o *Observation) gateSet {
	p, n := o.Payload, len(o.Payload)
	if len(s.gates) == 0 {
		return gateSet{}
	}
	set := *s.opens.at(int(p[0]))
	set.meet(s.captured.at(min(n, gateOctets)))
	set.meet(s.lengths.at(min(o.Length, gateLengths)))
	set.meet(&s.turns[min(o.window.n, windowLength)][o.turnBits()])
	set.meet(&s.before[o.relation()])
	ports := s.anyPort
	for _, port := range o.Flow.Key.Port {
		if s.ports.has(port) {
			ports.join(s.onPort[port])
		}
	}
	set.meet(&ports)
	for i := range s.octets {
		x := &s.octets[i]
		if x.at >= n {
			break
		}
		if set[0]&x.of[0]|set[1]&x.of[1] == 0 {
			continue
		}
		set.meet(x.sets.at(int(p[x.at])))
	}
	return set
}

func (o *Observation) turnBits() int {
	turn := 0
	if o.first {
		turn |= turnFirst
	}
	if o.Dir == o.Flow.Initiator {
		turn |= turnInitiator
	}
	if o.Time-o.Flow.Start >= slowAfter {
		turn |= turnSlow
	}
	return turn
}

func (o *Observation) relation() relation {
	n := o.window.n
	if n == 0 {
		return noneBefore
	}
	switch b := &o.window.digests[(n-1)%windowLength]; {
	case b.dir == o.Dir:
		return sameEnd
	case b.prefix[0] == o.Payload[0]:
		return otherEndAlike
	}
	return otherEnd
}
