package classify

import (
	"math"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Judge weighs the flows of a whole capture together: an early flow profits from what its
// socket and its host show later. It reads the classifier and the flows and changes neither;
// both must rest while it is in use. One goroutine owns it; Beside makes one for another.
type Judge struct {
	c         *Classifier
	flows     []*flow.Flow
	scratch   []line // of one flow at a time
	facts     []facts
	sockets   []socket
	hosts     map[packet.Addr]*host
	peers     map[pair]peer
	both      map[pair]uint8 // transports, by transportIndex
	overlays  map[overlayKey][]*overlayCount
	signalled signalled
	sharing   map[endpoint]sharing
	listeners map[listener]proof
	roles     roles
	notes     []note // of likely flows, by Note
	beyond    Beyond
	brief     bool // as Options.Brief
}

// pair is two addresses in the order of flow.Key.
type pair struct{ low, high packet.Addr }

// peer is what proven flows tell of a pair.
type peer struct {
	when   spans
	flow   int32 // the one that proves it
	other  int32 // another that proves it, -1 if none
	family family
}

// host is what proven sockets and flows tell of a home host.
type host struct {
	family string
	bits   float64
	proven int
	when   spans
}

// NewJudge prepares the judgement of flows, which must be in order of their first packet.
func NewJudge(c *Classifier, flows []*flow.Flow) *Judge {
	j := &Judge{c: c, flows: flows, facts: make([]facts, len(flows)),
		hosts: map[packet.Addr]*host{}, peers: map[pair]peer{}, brief: c.options.Brief}
	j.findFacts()
	j.findSignalled()
	j.findSockets()
	for s := range j.sockets {
		j.judgeSocket(&j.sockets[s])
	}
	j.findProven()
	j.findHosts()
	j.findBoth()
	j.findOverlays()
	j.findSharing()
	j.findListeners()
	j.findTurns()
	return j
}

// ownLines are the claims of the flow itself and what follows from them together.
func (j *Judge) ownLines(f *flow.Flow, x *facts) []line {
	lines := j.scratch[:0]
	if f.State != 0 {
		lane := j.c.laneOf(f)
		for i := j.c.stateOf(f).claims; i != 0; {
			n := lane.claims.at(i)
			w := &weights[n.id()]
			lines = append(lines, line{id: n.id(), a: n.a, b: n.b, bits: w.bits, family: w.family, frames: lane.framesOf(n), count: n.count, dirs: n.dirs()})
			i = n.next
		}
		lines = j.c.announcedLines(f, lines)
		sortLines(lines)
	}
	lines = combine(f, x, lines)
	lines = addressLines(f, x, lines)
	j.scratch = lines
	return lines
}

func addressLines(f *flow.Flow, x *facts, lines []line) []line {
	if groupAddress(&f.Key.Addr[1-x.near]) || groupAddress(&f.Key.Addr[x.near]) {
		return append(lines, plain(claimGroupAddress))
	}
	switch x.called {
	case contactNamed:
		lines = append(lines, plain(claimNamed))
	case contactUnnamed:
		lines = append(lines, plain(claimUnnamed))
	}
	if id, port := portClaim(f.Key.Port[x.near], f.Key.Port[1-x.near]); id != noClaim {
		lines = append(lines, valued(id, port))
	}
	return lines
}

// portClaim is what the ports of the two ends claim, and of which.
func portClaim(near, far uint16) (ClaimID, uint32) {
	switch {
	case servicePort(far):
		return claimServicePort, uint32(far)
	case servicePort(near):
		return claimServicePort, uint32(near)
	case near >= 1024 && far >= 1024:
		return claimHighPorts, 0
	}
	return noClaim, 0
}

func plain(id ClaimID) line { return line{id: id, bits: weights[id].bits, family: weights[id].family} }

func valued(id ClaimID, values ...uint32) line {
	l := plain(id)
	l.a = values[0]
	if len(values) > 1 {
		l.b = values[1]
	}
	return l
}

// groupAddress tells multicast (RFC 5771, RFC 4291 section 2.7), limited broadcast, and what
// looks like a directed broadcast of a /24 or wider in private space.
func groupAddress(a *packet.Addr) bool {
	if a.Is4() {
		return a[12]>>4 == 0xe || a[12] == 0xff || a[15] == 0xff && (a[12] == 10 || a[12] == 192 && a[13] == 168 || a[12] == 172 && a[13]>>4 == 1 || a[12] == 169)
	}
	return a[0] == 0xff
}

// servicePort tells the registered ports of services that answer many clients (IANA Service
// Name and Transport Protocol Port Number Registry, 2026-11). STUN's are not among them.
func servicePort(p uint16) bool {
	if p < 1024 {
		return p != 0
	}
	switch p {
	case 1194, 1433, 1701, 1723, 1812, 1813, 1883, 3306, 3389, 4500, 5060, 5061, 5222, 5228, 5353, 5355, 5432, 5684, 8080, 8443, 8883, 11211:
		return true
	}
	return false
}

// bestFamily is the family that the lines speak for with most bits. A named application goes
// before the technique that it is built on.
func bestFamily(lines []line) string {
	best, bits := "", 0.0
	for i := range lines {
		family, sum := lines[i].family, 0.0
		if family == "" || lines[i].bits <= 0 {
			continue
		}
		for k := range lines { // few lines: cheaper than a map
			if lines[k].family == family && lines[k].bits > 0 {
				sum += lines[k].bits
			}
		}
		if family == "webrtc" {
			sum /= 1000
		}
		if sum > bits || sum == bits && family < best {
			best, bits = family, sum
		}
	}
	return best
}

// Verdict judges one flow of those given to NewJudge, by its index.
func (j *Judge) Verdict(i int) Verdict {
	f, x := j.flows[i], &j.facts[i]
	if j.brief && (x.vetoed && x.own < 0 || j.settled(i)) {
		return j.inBrief(f, x) // neither its socket nor its host speaks for what was recognised
	}
	lines := j.lines(i)
	v := Verdict{Prior: priorBits}
	odds := weigh(lines)
	v.Probability = probability(odds)
	v.Judgement = judgement(v.Probability)
	if !j.brief {
		v.Evidence = account(lines)
	} else if v.Judgement >= Likely {
		v.lines = lines
	}
	if f.Payloads[0]+f.Payloads[1] == 0 && v.Judgement == Other {
		v.Judgement = Unknown
	}
	if x.signs&signReports != 0 {
		v.Reported = j.c.reportedBy(f)
	}
	if j.brief && v.Judgement < Likely {
		return v
	}
	v.Service = j.service(lines)
	if v.Judgement >= Likely {
		v.Family = j.family(i, lines)
		v.odds, v.kind = odds, kindOf(f, v.Family, lines)
		v.Path = path(f, lines)
		v.Peer[1-x.near] = true
		if x.even {
			v.Peer[x.near] = true
		}
		v.Service = ""
	}
	v.Name = j.c.namesOf(f)
	return v
}

// inBrief is the verdict of a flow that its own claims settle as something else.
func (j *Judge) inBrief(f *flow.Flow, x *facts) Verdict {
	v := Verdict{Prior: priorBits, Probability: probability(x.own), Judgement: Other}
	if x.signs&signReports != 0 {
		v.Reported = j.c.reportedBy(f)
	}
	if f.Payloads[0]+f.Payloads[1] == 0 {
		v.Judgement = Unknown
	}
	return v
}

// lines are all claims that speak of flow i.
func (j *Judge) lines(i int) []line {
	lines := j.ownLines(j.flows[i], &j.facts[i])
	lines = j.socketLines(i, lines)
	lines = j.hostLines(i, lines)
	lines = j.bothLines(i, lines)
	lines = j.overlayLines(i, lines)
	lines = j.kakaoLines(i, j.signalledLines(i, lines))
	lines = j.sharingLines(i, lines)
	lines = j.meshLines(i, lines)
	lines = j.listenerLines(i, lines)
	lines = j.shapeLines(i, lines)
	return j.roleLines(i, lines)
}

// family names a flow that is peer-to-peer: by its own claims, else by its socket's, else by
// what its host runs; WebRTC's also by the program whose relays its socket asked.
func (j *Judge) family(i int, lines []line) string {
	own := bestFamily(lines)
	if s := j.facts[i].socket; s >= 0 && (own == "" || own == "webrtc") && j.sockets[s].family != "" {
		own = j.sockets[s].family
	}
	if s := j.facts[i].socket; s >= 0 && own == "webrtc" && j.sockets[s].asked.near(j.flows[i]) {
		own = j.sockets[s].asker.String()
	}
	if own == "" {
		return "unknown"
	}
	return own
}

// path follows from what the lines imply, and from whether the far end ever answered.
func path(f *flow.Flow, lines []line) Path {
	p := Direct
	if f.Packets[0] == 0 || f.Packets[1] == 0 {
		p = Probe
	}
	for _, l := range lines {
		if weights[l.id].path == Relayed && l.bits > 0 {
			return Relayed
		}
	}
	return p
}

// service is what a flow was recognised as: the line that speaks against most names it.
func (j *Judge) service(lines []line) string {
	best, bits := "", math.Inf(1)
	for _, l := range lines {
		name := l.service()
		if name != "" && l.bits < bits {
			best, bits = name, l.bits
		}
	}
	return best
}
