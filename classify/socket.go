package classify

import (
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// socket is one local (address, protocol, port) and the flows that it takes part in.
type socket struct {
	addr     packet.Addr
	port     uint16
	protocol packet.Protocol
	flows    []int32 // in order of first packet

	family    string  // of its proven flows
	asker     family  // the program whose relays it asked; 0 if none, or several
	proof     float64 // log odds of the best proven flow
	proven    int32   // flows proven by themselves
	best      int32   // the flow that is proven best
	steps     int32   // of message ids by exactly 2 between requests to different peers
	requests  int32   // that steps are counted over
	peers     int32   // distinct far addresses of flows that nothing else explains
	networks  int32   // their /16 (IPv4) or /32 (IPv6) networks
	contacts  int32   // flows that nothing else explains
	silent    int32   // of these, never answered
	oneFar    bool    // most go to one far port
	same      int32   // flows that begin with the same octets
	noisy     int32   // flows in which both ends sent noise
	serves    bool    // hardly any contact was begun by the home end
	behaves   bool    // fan-out and noise together prove it, whatever it is
	mesh      mesh    // of WireGuard ends
	provenIn  spans   // of the flows that prove themselves
	asked     spans   // of the flows that asked its program's relays
	endpoints int32   // distinct far (address, port) of contacts
	accepts   acceptance
	rhythm    rhythm
	raises    bool // it speaks for its flows, whatever they are
}

// judgeSocket learns what the flows of a socket show together.
func (j *Judge) judgeSocket(s *socket) {
	j.proofs(s)
	j.skypeIDs(s)
	if s.skype() {
		s.family, s.proof = "skype", max(s.proof, weights[claimSkypeIDStep].bits+priorBits)
	}
	j.findAcceptance(s)
	j.spread(s)
	s.mesh = j.meshOf(s)
	j.findRhythm(s)
	s.raises = s.proven > 0 || s.skype() || s.behaves || s.fansOut() || s.accepts.both() || s.rhythm.kept >= keptPeers
}

// provenOdds is what a flow's own claims must reach to prove something of its neighbours: one
// in sixty-four of doubt.
const provenOdds = 6.0

// proofs finds the flows that prove themselves, and the family that they give the socket. Where
// none does, a family must be that of a third of the flows: chance names one of many.
func (j *Judge) proofs(s *socket) {
	var known [maxFamilies]familySums // of those that its flows name
	few := known[:0]
	for _, i := range s.flows {
		x := &j.facts[i]
		proves := 0
		if x.own >= provenOdds && !x.vetoed {
			s.proven++
			s.provenIn.add(j.flows[i])
			if s.best < 0 || x.own > s.proof {
				s.best, s.proof = i, x.own
			}
			proves = 1
		}
		if x.family == 0 || x.family == familyWebRTC {
			continue
		}
		s.ask(x, j.flows[i])
		at := slices.IndexFunc(few, func(k familySums) bool { return k.family == x.family })
		if at < 0 {
			at = len(few)
			few = append(few, familySums{family: x.family})
		}
		k := &few[at]
		k.bits[proves] += max(x.own-priorBits, 0)
		k.flows[proves]++
	}
	s.family = s.familyOf(few)
	if s.family == "" && s.best >= 0 {
		s.family = j.facts[s.best].family.String()
	}
}

// ask notes that the socket asked a relay of a named program: the same local port's direct paths
// are that program's (RFC 8445, section 5.1.1: candidates of one base), if it asked no other's.
func (s *socket) ask(x *facts, f *flow.Flow) {
	switch {
	case !x.relayed:
	case s.asker == 0 && s.asked == nil, s.asker == x.family:
		s.asker = x.family
		s.asked.add(f)
	default:
		s.asker, s.asked = 0, spans{}
	}
}

// maxFamilies is how many families one socket names without more room.
const maxFamilies = 8

// familySums are the bits and flows of a socket that speak for a family: weakly, and proven.
type familySums struct {
	family family
	bits   [2]float64
	flows  [2]int
}

var familyWebRTC = familyOf("webrtc")

// familyOf is the family that most bits speak for; of equal ones the first in order.
func (s *socket) familyOf(all []familySums) string {
	kind := min(s.proven, 1)
	word, best := "", 0.0
	for i := range all {
		k := &all[i]
		if k.flows[kind] == 0 || kind == 0 && k.flows[0]*3 < len(s.flows) {
			continue
		}
		if b := k.bits[kind]; b > best || b == best && k.family.String() < word {
			word, best = k.family.String(), b
		}
	}
	return word
}

// skypeSteps is how many id steps of exactly 2, between requests of the right shape to
// different peers, prove a Skype socket: chance gives one step in 65,536.
const skypeSteps = 3

// skypeIDs counts steps of Skype's message counter over the peers of a socket.
func (j *Judge) skypeIDs(s *socket) {
	last, lastFar, any := uint16(0), packet.Addr{}, false
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		p := j.c.opening(f, x.near)
		if s.protocol != packet.UDP || !skypeProbe(p.Octets[:], int(p.Length)) || x.vetoed {
			continue
		}
		id, far := be16(p.Octets[:]), f.Key.Addr[1-x.near]
		if any && far != lastFar {
			s.requests++
			if id-last == 2 {
				s.steps++
				s.provenIn.add(f)
			}
		}
		last, lastFar, any = id, far, true
	}
}

// spread counts peers, networks and silence over the flows that nothing else explains.
func (j *Judge) spread(s *socket) {
	if len(s.flows) < 2 {
		return
	}
	far := make([]packet.Addr, 0, len(s.flows))
	ports := map[uint16]int32{}
	begins := map[flow.Prefix]int32{}
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || f.Packets[x.near] == 0 {
			continue // explained, or a stranger knocked and got no answer
		}
		s.contacts++
		if f.Packets[1-x.near] == 0 {
			s.silent++
		}
		if x.noisy == 3 {
			s.noisy++
		}
		far = append(far, f.Key.Addr[1-x.near])
		ports[f.Key.Port[1-x.near]]++
		if p := *j.c.opening(f, x.near); p.Length > 0 {
			begins[p]++
		}
	}
	s.peers, s.networks = spreadOf(far)
	for _, n := range ports {
		s.oneFar = s.oneFar || n*2 > s.contacts
	}
	s.oneFar = s.oneFar && !j.defaultPort(s, ports[s.port])
	for _, n := range begins {
		s.same = max(s.same, n)
	}
	s.endpoints = int32(j.endpoints(s))
	s.serves = j.serves(s) || s.clients()
	s.behaves = s.fansOut() && s.noisy >= behavesPeers
}

// fansOut tells whether the socket turns to many peers in many networks as peers do.
func (s *socket) fansOut() bool {
	return s.peers >= fanOutPeers && s.networks >= fanOutNetworks && !servicePort(s.port) && !s.oneFar && !s.repeats() && !s.serves
}

// scans tells whether the socket knocks at one port of many addresses, and nearly none answers.
func (s *socket) scans() bool {
	return s.oneFar && s.peers >= scanPeers && s.silent*10 >= s.contacts*9 && !s.skype()
}

// skype tells whether a message counter runs over the peers of the socket. A tenth of the steps
// keeps three that meet by chance in a very busy socket from counting.
func (s *socket) skype() bool { return s.steps >= skypeSteps && s.steps*10 >= s.requests }

// repeats tells whether the socket says the same to most of its far ends.
func (s *socket) repeats() bool { return s.same >= scanPeers && s.same*2 > s.contacts }

// networks counts the distinct /16 (IPv4) or /32 (IPv6) of sorted addresses.
func networks(sorted []packet.Addr) int {
	n := 0
	var last [4]byte
	for i, a := range sorted {
		net := [4]byte(a[:4])
		if a.Is4() {
			net = [4]byte{a[12], a[13], 0xff, 0xff}
		}
		if i == 0 || net != last {
			n++
		}
		last = net
	}
	return n
}

func (j *Judge) answered(i int32) bool {
	return j.flows[i].Payloads[0] > 0 && j.flows[i].Payloads[1] > 0
}

// Bounds of the socket's lines. A server's socket also has many far ends, but they came to it
// and its port is a service's; a resolver's far ends share one port.
const (
	fanOutPeers    = 8
	fanOutNetworks = 4
	scanPeers      = 16
	behavesPeers   = 5 // answered with noise, each a flow of probability 0.95 by itself
)

// socketLines adds what the socket shows to the lines of flow i.
func (j *Judge) socketLines(i int, lines []line) []line {
	x := &j.facts[i]
	if x.socket < 0 || x.vetoed {
		return lines
	}
	s, f := &j.sockets[x.socket], j.flows[i]
	if s.contacts >= fanOutPeers && s.family != "skype" {
		// Of so many contacts of one program more would look like Skype's: this one does by chance.
		for n := range lines {
			switch lines[n].id {
			case claimSkypeProbe, claimSkypeAnswer, claimSkypePing:
				lines[n].bits = 0
			}
		}
	}
	if s.skype() {
		p := j.c.opening(f, x.near)
		if skypeProbe(p.Octets[:], int(p.Length)) {
			l := valued(claimSkypeIDStep, uint32(s.steps), uint32(s.requests))
			l.frames[0] = f.FirstFrame
			lines = append(lines, l)
		}
	}
	if s.scans() {
		lines = append(lines, valued(claimScan, uint32(s.peers)))
	}
	if others := s.proven; s.provenIn.near(f) && (others > 1 || others == 1 && s.best != int32(i) || s.skype()) && !j.stranger(s, f, lines) {
		l := plain(claimSocketProven)
		l.family = s.family
		if s.best >= 0 {
			l.frames[0] = j.flows[s.best].FirstFrame
		}
		lines = append(lines, l)
	}
	if s.behaves && x.noisy != 0 {
		lines = append(lines, valued(claimBehaves, uint32(s.noisy)))
	}
	if s.repeats() {
		lines = append(lines, valued(claimSameOctets, uint32(s.same)))
	} else if s.fansOut() {
		lines = append(lines, valued(claimFanOut, uint32(s.peers), uint32(s.networks)))
		if s.silent*10 >= s.contacts*3 {
			lines = append(lines, valued(claimFailures, uint32(s.silent), uint32(s.contacts)))
		}
	}
	lines = j.diverseLines(s, lines)
	lines = j.rhythmLines(s, lines)
	lines = j.acceptLines(s, lines)
	if l, ok := s.mesh.line(); ok && x.family == familyWireGuard {
		lines = append(lines, l)
	}
	return lines
}
