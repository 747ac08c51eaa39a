package classify

import (
	"net/netip"

	"peeratlas/classify/flow"
)

// announcement is a peer's address that one host was told of in signalling.
type announcement struct {
	host netip.Addr
	peer netip.AddrPort
}

// findAnnounced learns which addresses the hosts' signalling named as peers: by TURN servers
// (XOR-PEER-ADDRESS), Telegram's reflectors (peer info) and their like.
func (j *Judge) findAnnounced() {
	for i, f := range j.flows {
		if f.State == 0 {
			continue
		}
		for _, r := range j.c.reported[f.State] {
			k := announcement{f.Key.Addr[j.facts[i].near].Netip(), r.Addr}
			if _, known := j.announced[k]; !known {
				j.announced[k] = int32(i)
			}
		}
	}
}

// announcedLines adds that the far end of flow i was announced to the host as a peer: what
// goes there has no structure of its own in some calls, and needs none.
func (j *Judge) announcedLines(i int, lines []line) []line {
	x, f := &j.facts[i], j.flows[i]
	if len(j.announced) == 0 || x.vetoed || !spoke(f) {
		return lines
	}
	far := netip.AddrPortFrom(f.Key.Addr[1-x.near].Netip(), f.Key.Port[1-x.near])
	by, ok := j.announced[announcement{f.Key.Addr[x.near].Netip(), far}]
	if !ok || int(by) == i {
		return lines
	}
	teller := j.flows[by]
	if f.Start-teller.End >= linkTime || teller.Start-f.End >= linkTime {
		return lines
	}
	l := plain(claimPeerReported)
	l.family = j.facts[by].family
	l.frames[0] = teller.FirstFrame
	return append(lines, l)
}

// spoke tells whether any payload was seen.
func spoke(f *flow.Flow) bool { return f.Payloads[0]+f.Payloads[1] > 0 }
