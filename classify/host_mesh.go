package classify

// Relays of meshes: the name says that the far end is a relay, the host's own mesh traffic that
// a peer is behind it.

// meshLines adds that flow i leads to a Tailscale relay while the host speaks to Tailscale peers.
func (j *Judge) meshLines(i int, lines []line) []line {
	x, f := &j.facts[i], j.flows[i]
	for _, l := range lines {
		if l.id != claimDERP {
			continue
		}
		h := j.hosts[f.Key.Addr[x.near]]
		if h != nil && h.family == "tailscale" && h.when.near(f) {
			return append(lines, plain(claimDERPUsed))
		}
		break
	}
	return lines
}
