package classify

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"peeratlas/capture/packet"
)

// The verdict of a host: does it run encrypted peer-to-peer, whatever flow shows it?
//
// One office host in twenty does, and of such a host's flows one in five is a peer's: together
// the one flow in a hundred of evidence.go. So a flow that is L times likelier among
// peer-to-peer ones than among others makes its host 0.8 + 0.2 L times likelier. Flows of one
// kind (of one family, or with the same strongest claim) are no independent witnesses: what
// misleads about one misleads about all. So the best flow of a kind speaks for all of it; the
// best kind counts whole and the second half, as everywhere; and how many peers there are, how
// the host dials and what its far ends are count a little beside them, unless the best
// flow's own account holds the same already.
const (
	hostPriorBits = -4.25 // log2(0.05/0.95)
	hostFlowShare = 0.2
)

// Host is what a host's sockets and flows say together of it. A host is the home end of a flow,
// or the end that began where there is no one home end.
type Host struct {
	Addr        netip.Addr
	Judgement   Judgement
	Probability float64 // that it runs encrypted peer-to-peer; at least that of its best flow
	Prior       float64 // log odds before any evidence, in bits
	Family      string  // of its likeliest flows; "unknown" if nothing names them
	P2P, Likely int     // flows judged so
	Relayed     int     // of these, through a relay
	Peers       int     // distinct far addresses of these, at most maxHostPeers
	Networks    int     // their /16 (IPv4) or /32 (IPv6)
	Evidence    []Evidence
}

// maxHostPeers bounds the far addresses that are counted for one host.
const maxHostPeers = 1 << 12

// Bounds of the soft evidence.
const (
	hostDials       = 10 // contacts that failures are a share of
	hostPeersLeast  = 3
	hostPairsLeast  = 2
	hostRolesLeast  = 3
	hostOnePeerMost = 1
)

// hostKind is the flows of one host that say the same.
type hostKind struct {
	flowKind
	odds        float64
	best        int // flow
	p2p, likely int
}

// suspect is a host under examination.
type suspect struct {
	addr         packet.Addr
	kinds        []hostKind
	far          []packet.Addr
	reached      []packet.Addr // of far, those that the host dialled and that answered
	relay, other int           // flows judged likely at least, by path
	dials, lost  int
	proven       int // sockets with a flow that proves itself
	pairs        map[packet.Addr]bool
}

// Hosts judges the hosts that have a flow judged Likely or P2P, the likeliest first. verdicts
// are those of the flows given to NewJudge.
func (j *Judge) Hosts(verdicts func(i int) Judgement) []Host {
	hosts, place := []*suspect{}, map[packet.Addr]int{}
	notes := j.notes
	for i := range j.facts {
		verdict := verdicts(i)
		if verdict < Likely {
			continue
		}
		var n note
		n, notes = j.noteOf(i, notes)
		f := j.flows[i]
		addr := f.Key.Addr[j.facts[i].near]
		at, known := place[addr]
		if !known {
			if len(hosts) >= j.c.options.MaxHosts {
				j.beyond.Hosts++
				continue
			}
			at = len(hosts)
			place[addr] = at
			hosts = append(hosts, &suspect{addr: addr, pairs: map[packet.Addr]bool{}})
		}
		j.suspectFlow(hosts[at], &n, verdict)
	}
	for i := range j.facts {
		if x := &j.facts[i]; x.vetoed || !x.far {
			continue
		}
		if at, ok := place[j.flows[i].Key.Addr[j.facts[i].near]]; ok {
			j.suspectBeside(hosts[at], i)
		}
	}
	for n := range j.sockets {
		if at, ok := place[j.sockets[n].addr]; ok && j.sockets[n].proven > 0 {
			hosts[at].proven++
		}
	}
	out := make([]Host, len(hosts))
	for n, h := range hosts {
		out[n] = j.judgeHost(h)
	}
	slices.SortStableFunc(out, func(a, b Host) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(b.P2P+b.Likely, a.P2P+a.Likely))
	})
	return out
}

// suspectFlow adds a flow that is judged likely at least.
func (j *Judge) suspectFlow(h *suspect, n *note, verdict Judgement) {
	i := int(n.flow)
	f := j.flows[i]
	at := slices.IndexFunc(h.kinds, func(k hostKind) bool { return k.flowKind == n.kind })
	if at < 0 {
		at = len(h.kinds)
		h.kinds = append(h.kinds, hostKind{flowKind: n.kind, odds: math.Inf(-1)})
	}
	k := &h.kinds[at]
	if n.odds > k.odds {
		k.odds, k.best = n.odds, i
	}
	if verdict == P2P {
		k.p2p++
	} else {
		k.likely++
	}
	if n.relayed {
		h.relay++
	} else {
		h.other++
	}
	far := f.Key.Addr[1-j.facts[i].near]
	h.far = addFar(h.far, far)
	if uint8(f.Initiator) == j.facts[i].near && j.answered(int32(i)) {
		h.reached = addFar(h.reached, far)
	}
}

// addFar adds an address to all, which is kept below twice maxHostPeers; distinct ones beyond
// maxHostPeers are not counted.
func addFar(all []packet.Addr, a packet.Addr) []packet.Addr {
	if len(all) < 2*maxHostPeers {
		return append(all, a)
	}
	all = distinct(all)
	return append(all[:min(len(all), maxHostPeers)], a)
}

// distinct sorts addresses and drops those that come twice.
func distinct(all []packet.Addr) []packet.Addr {
	slices.SortFunc(all, compareAddr)
	return slices.Compact(all)
}

// compareAddr orders addresses by their octets.
func compareAddr(a, b packet.Addr) int {
	if c := cmp.Compare(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])); c != 0 {
		return c
	}
	return cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]))
}

func transportWord(p packet.Protocol) string {
	if p == packet.TCP {
		return "tcp"
	}
	return "udp"
}

// suspectBeside counts what any flow of a host shows beside the likely ones.
func (j *Judge) suspectBeside(h *suspect, i int) {
	f, x := j.flows[i], &j.facts[i]
	if x.vetoed || !x.far || servicePort(f.Key.Port[1-x.near]) || x.socket >= 0 && j.sockets[x.socket].scans() {
		return
	}
	if j.both[pair{f.Key.Addr[0], f.Key.Addr[1]}] == 3 && len(h.pairs) < maxHostPeers {
		h.pairs[f.Key.Addr[1-x.near]] = true
	}
	if uint8(f.Initiator) != x.near {
		return
	}
	h.dials++
	// Nothing came back, or a refusal alone (RFC 9293, section 3.10.7.1).
	if f.Packets[1-x.near] == 0 || f.Key.Protocol == packet.TCP && f.Payloads[1-x.near] == 0 && f.TCPFlags[1-x.near]&packet.RST != 0 {
		h.lost++
	}
}

// judgeHost weighs what is known of a host.
func (j *Judge) judgeHost(h *suspect) Host {
	h.far, h.reached = distinct(h.far), distinct(h.reached)
	slices.SortStableFunc(h.kinds, func(a, b hostKind) int { return cmp.Compare(b.odds, a.odds) })
	best := &h.kinds[0]
	o := Host{Addr: h.addr.Netip(), Prior: hostPriorBits, Relayed: h.relay, Peers: len(h.far), Networks: networks(h.far)}
	var lines []line
	for n := range h.kinds {
		k := &h.kinds[n]
		o.P2P, o.Likely = o.P2P+k.p2p, o.Likely+k.likely
		l := plain(claimHostFlows)
		l.bits = math.Log2(1 - hostFlowShare + hostFlowShare*math.Exp2(min(k.odds-priorBits, 1000)))
		l.a, l.frames[0] = uint32(n), j.flows[k.best].FirstFrame
		lines = append(lines, l)
	}
	own := j.lines(best.best)
	o.Family = j.family(best.best, own)
	lines = j.hostAccount(h, lines)
	spare(own, lines)
	sum := weigh(lines) - priorBits + hostPriorBits
	if sum < best.odds { // a host is at least as likely as its best flow
		for n := range lines {
			if lines[n].bits < 0 {
				lines[n].bits, lines[n].counted = 0, 0
			}
		}
		sum = max(weigh(lines)-priorBits+hostPriorBits, best.odds)
	}
	o.Probability = probability(sum)
	o.Judgement = judgement(o.Probability)
	o.Evidence = account(lines)
	for n := range lines {
		if lines[n].id == claimHostFlows {
			k := &h.kinds[lines[n].a]
			o.Evidence[n].Detail = fmt.Sprintf("%s: judged p2p %d, likely %d; the best of these flows has probability %.4f",
				k.flowKind, k.p2p, k.likely, min(math.Floor(probability(k.odds)*1e4)/1e4, 0.9999))
		}
	}
	return o
}

// hostAccount adds the soft evidence.
func (j *Judge) hostAccount(h *suspect, lines []line) []line {
	add := func(id ClaimID, a, b int) { lines = append(lines, valued(id, uint32(a), uint32(b))) }
	if h.proven > 1 {
		add(claimHostSockets, h.proven, 0)
	}
	if n := networks(h.far); len(h.far) >= hostPeersLeast && n >= hostPeersLeast {
		add(claimHostPeers, len(h.far), n)
	} else if len(h.far) == hostOnePeerMost {
		add(claimHostOnePeer, h.relay+h.other, 0)
	}
	if h.relay > 0 && h.other > 0 {
		add(claimHostPaths, h.relay, h.other)
	}
	if len(h.pairs) >= hostPairsLeast {
		add(claimHostBoth, len(h.pairs), 0)
	}
	if h.dials >= hostDials && h.lost*10 >= h.dials*3 {
		add(claimHostFailures, h.lost, h.dials)
	}
	named, eyeballs, hosted, told := 0, 0, 0, 0
	for _, a := range h.far {
		if j.c.names.named(h.addr, a) {
			named++
		}
	}
	for _, a := range h.reached {
		switch j.role(a) {
		case UnknownRole:
			continue
		case EyeballRole:
			eyeballs++
		default:
			hosted++
		}
		told++
	}
	if n := len(h.far); named*5 >= n*4 {
		add(claimHostNamed, named, n)
	} else if j.c.names.sees(h.addr) && named*5 <= n {
		add(claimHostUnnamed, n-named, n)
	}
	if told >= hostRolesLeast && eyeballs*5 >= told*3 {
		add(claimHostEyeballs, eyeballs, told)
	} else if told >= hostRolesLeast && hosted*5 >= told*4 {
		add(claimHostHosted, hosted, told)
	}
	return lines
}

// spare leaves uncounted what own, the account of the host's best flow, holds already.
func spare(own, lines []line) {
	for n := range lines {
		var of []ClaimID
		switch lines[n].id {
		case claimHostSockets:
			of = []ClaimID{claimSocketProven, claimHostProven}
		case claimHostPeers:
			of = []ClaimID{claimFanOut, claimDiverse, claimBehaves, claimMesh, claimSocketNoise, claimStreamFanOut, claimBitcoinStreams, claimRLPxStreams, claimSkypeIDStep, claimKeptAlive}
		case claimHostBoth:
			of = []ClaimID{claimTCPUDP}
		case claimHostFailures:
			of = []ClaimID{claimFailures}
		case claimHostUnnamed:
			of = []ClaimID{claimUnnamed}
		case claimHostNamed:
			of = []ClaimID{claimNamed}
		case claimHostEyeballs:
			of = []ClaimID{claimEyeball}
		case claimHostHosted:
			of = []ClaimID{claimHosting, claimProviderDirect, claimConference}
		}
		if slices.ContainsFunc(own, func(l line) bool { return l.bits != 0 && slices.Contains(of, l.id) }) {
			lines[n].bits = 0
		}
	}
}
