package classify

import (
	"sync"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Hosts that file-sharing programs run on.
//
// The programs speak in clear too: to the DHT, to trackers, to peers that do not obfuscate. That
// names the program and the port that it listens on, of both ends; the same number serves TCP
// and UDP (BEP 3, BEP 5 and BEP 29 share one port in practice; eMule's differ). A stream of
// noise between such ends is then what the program itself obfuscates.

// endpoint is an address and a port; port 0 is the whole host.
type endpoint struct {
	addr packet.Addr
	port uint16
}

// sharing is what clear traffic says of an endpoint.
type sharing struct {
	family string
	when   spans
	frame  uint32 // that says so first
}

// sharingFamily is the family that a flow's clear talk names, "" if none.
func (j *Judge) sharingFamily(f *flow.Flow) string {
	if f.State == 0 {
		return ""
	}
	for _, id := range [...]ClaimID{claimBitTorrentDHT, claimUTP, claimUTPHidden} {
		if j.c.claimed(f, id) != nil {
			return "bittorrent"
		}
	}
	if j.c.claimed(f, claimEmuleClear) != nil {
		return "emule"
	}
	for _, id := range [...]ClaimID{claimClearPeer, claimClear} {
		if n := j.c.claimed(f, id); n != nil {
			if family := sharingService(n.a); family != "" {
				return family
			}
		}
	}
	return ""
}

// sharingService is the family of the programs that speak a service, by its number.
func sharingService(number uint32) string {
	if all := sharingServices(); int(number) < len(all) {
		return all[number]
	}
	return ""
}

var sharingServices = sync.OnceValue(func() []string {
	of := make([]string, len(services))
	for n, name := range services {
		switch name {
		case "bittorrent", "bittorrent-dht", "bittorrent-tracker":
			of[n] = "bittorrent"
		case "kademlia", "kad", "edonkey", "emule":
			of[n] = "emule"
		}
	}
	return of
})

// findSharing notes the ends of all flows that speak a file-sharing program's clear protocols.
// Of a TCP flow only the end that listens is noted with its port, and of a tracker's nothing
// but the client's host.
func (j *Judge) findSharing() {
	j.sharing = map[endpoint]sharing{}
	for i := range j.facts {
		if j.facts[i].signs&signSharing == 0 {
			continue
		}
		f := j.flows[i]
		family := j.sharingFamily(f)
		if family == "" || groupAddress(&f.Key.Addr[0]) || groupAddress(&f.Key.Addr[1]) {
			continue
		}
		dialler := uint8(f.Initiator)
		j.noteSharing(endpoint{addr: f.Key.Addr[j.facts[i].near]}, family, f)
		for end := range uint8(2) {
			if f.Key.Protocol == packet.UDP || end != dialler {
				j.noteSharing(endpoint{f.Key.Addr[end], f.Key.Port[end]}, family, f)
			}
		}
	}
}

func (j *Judge) noteSharing(e endpoint, family string, f *flow.Flow) {
	s, known := j.sharing[e]
	if !known {
		s = sharing{family: family, frame: f.FirstFrame}
	}
	s.when.add(f)
	j.sharing[e] = s
}

// sharingBits are what the neighbourhood of a stream of noise is worth: the same endpoint was
// seen to listen for a program; or the host runs one, and the stream has the shape of its
// handshake. A service's port at the far end halves the latter: proxies listen there.
const (
	sharingEndpointBits = 12
	sharingShapeBits    = 8
	sharingHostBits     = 3
)

// sharingLines adds what the ends of flow i are known to run, if the flow begins with noise.
func (j *Judge) sharingLines(i int, lines []line) []line {
	f, x := j.flows[i], &j.facts[i]
	if x.vetoed || len(j.sharing) == 0 {
		return lines
	}
	if f.Key.Protocol == packet.UDP {
		return j.kadLines(f, x, lines)
	}
	random, torrents, emules := false, false, false // a stream may have the lengths of both
	for _, l := range lines {
		switch l.id {
		case claimRandomFirst:
			random = true
		case claimMSE, claimMSEKeys:
			torrents = true
		case claimEmuleShape:
			emules = true
		}
	}
	if !random && !torrents && !emules {
		return lines
	}
	listener := 1 - f.Initiator
	if s, ok := j.sharingAt(endpoint{f.Key.Addr[listener], f.Key.Port[listener]}, f); ok {
		return append(lines, s.line(claimSharingEndpoint, sharingEndpointBits))
	}
	s, ok := j.sharingAt(endpoint{addr: f.Key.Addr[x.near]}, f)
	if !ok || j.redialled(f, x.near) && !builtByFamily(lines) {
		return lines // another program's, which dials its servers again and again
	}
	if c := j.overlayAt(overlayKey{sign: noiseStreams, who: endpoint{addr: f.Key.Addr[x.near]}}, f); c != nil && !builtByFamily(lines) {
		if _, another := j.anotherProgram(f, x.near, c); another {
			return lines
		}
	}
	bits := float64(sharingHostBits)
	if torrents && s.family == "bittorrent" || emules && s.family == "emule" {
		bits = sharingShapeBits
		if servicePort(f.Key.Port[listener]) {
			bits /= 2
		}
	}
	return append(lines, s.line(claimSharingHost, bits))
}

// kadLines adds that a flow of noise shares its home socket with clear Kad: it is obfuscated Kad
// then. BitTorrent obfuscates nothing on UDP but what uTP carries.
func (j *Judge) kadLines(f *flow.Flow, x *facts, lines []line) []line {
	random := false
	for _, l := range lines {
		random = random || l.id == claimRandomUDP
		if l.id == claimClearUDP && l.bits != 0 {
			return lines
		}
	}
	s, ok := j.sharingAt(endpoint{f.Key.Addr[x.near], f.Key.Port[x.near]}, f)
	if !random || !ok || s.family != "emule" {
		return lines
	}
	return append(lines, s.line(claimSharingEndpoint, sharingEndpointBits))
}

// sharingAt looks an endpoint up, unless what is known of it is too old for flow f.
func (j *Judge) sharingAt(e endpoint, f *flow.Flow) (sharing, bool) {
	s, ok := j.sharing[e]
	return s, ok && s.when.near(f)
}

func (s sharing) line(id ClaimID, bits float64) line {
	l := plain(id)
	l.bits, l.family = bits, s.family
	l.frames[0] = s.frame
	return l
}
