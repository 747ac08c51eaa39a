package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// WireGuard sockets: a mesh of peers, a client of one server, or a server of many clients.
//
// A peer of a mesh has several tunnels at once and begins some of them itself. A client has one
// tunnel; when it changes servers, the old one ends first. A server has many tunnels, but it
// knows no client's endpoint before the client has begun (Donenfeld, WireGuard, sections 2.1
// and 6.2): it begins a handshake only with a client that fell silent.

// mesh is what the tunnels of one socket show together.
type mesh struct {
	ends, networks int32 // answered far ends
	atOnce         int32 // of these, at the same time
	begun          int32 // ends of which a handshake's beginning was seen
	dialled        int32 // of these, begun by the home end
	// overlaps: one tunnel began while another was in use, or at once with it
	overlaps bool
}

const (
	meshEnds = 3
	// meshSlack is how long after its last packet a tunnel still counts as standing:
	// keep-alives come 10 s after data that was not answered otherwise (section 6.5).
	meshSlack = int64(10e9)
	// meshAtOnce is how soon one after the other a peer begins the tunnels that it was told of;
	// who changes servers takes longer to see that the old one is gone.
	meshAtOnce = int64(1e9)
	// meshSample bounds how many tunnels are compared with each other: a server may have thousands.
	meshSample = 128
)

// tunnel is one answered WireGuard flow.
type tunnel struct {
	far        packet.Addr
	start, end int64
}

// meshOf counts the answered far ends of a WireGuard socket.
func (j *Judge) meshOf(s *socket) (m mesh) {
	var tunnels []tunnel
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.family != familyWireGuard || !j.answered(i) {
			continue
		}
		tunnels = append(tunnels, tunnel{f.Key.Addr[1-x.near], f.Start, later(f.End, meshSlack)})
		if home, known := j.wireguardBegan(f, x.near); known {
			m.begun++
			if home {
				m.dialled++
			}
		}
	}
	some := tunnels[:min(len(tunnels), meshSample)]
	for _, t := range some { // as many stand at once as do at some beginning
		far := make([]packet.Addr, 0, len(some))
		for _, u := range some {
			if u.start <= t.start && t.start <= u.end {
				far = append(far, u.far)
				m.overlaps = m.overlaps || u.far != t.far && t.start <= u.end-meshSlack+meshAtOnce
			}
		}
		m.atOnce = max(m.atOnce, int32(len(distinct(far))))
	}
	far := make([]packet.Addr, 0, len(tunnels))
	for _, t := range tunnels {
		far = append(far, t.far)
	}
	m.ends, m.networks = spreadOf(far)
	return m
}

// wireguardBegan tells whether the home end began tunnel f, if its handshake was seen: a response
// alone tells as much, and neither loss nor order changes it.
func (j *Judge) wireguardBegan(f *flow.Flow, near uint8) (home, known bool) {
	if f.State == 0 {
		return false, false
	}
	if n := j.c.claimed(f, claimWireGuardInitiation); n != nil {
		return n.dirs()>>near&1 != 0, true
	}
	for d := range uint8(2) {
		if p := j.c.opening(f, d); int(p.Length) == wireguardResponse && le32(p.Octets[:]) == 2 {
			return d != near, true
		}
	}
	return false, false
}

// line is what the mesh says of its tunnels. Where no handshake was seen, who began is not
// known, and the socket may be a server's: that halves it. Two tunnels are a small mesh, or a
// client with two servers of one provider.
func (m *mesh) line() (line, bool) {
	l := valued(claimMesh, uint32(m.ends), uint32(m.networks))
	switch {
	case m.ends < 2 || m.atOnce < min(m.ends, meshEnds) || m.dialled*4 < m.begun:
		return l, false
	case m.begun > 0 && m.dialled == m.begun && !m.overlaps:
		return l, false // a client that tries servers one after the other, however fast
	case m.begun == 0:
		l.bits /= 2
	case m.ends < meshEnds:
		l.bits /= 2
	}
	return l, m.ends >= meshEnds || m.networks > 1 && m.dialled > 0
}
