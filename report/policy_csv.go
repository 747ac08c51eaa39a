package report

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// byPeer gives the rules that are breached by contacts with each peer, and those that warn of them,
// with blanks between them.
func (p *Policy) byPeer() map[netip.Addr][2]string {
	of := map[netip.Addr][2]string{}
	if p == nil {
		return of
	}
	for i, list := range [...][]Breach{p.Breaches, p.Warnings} {
		for k := range list {
			b := &list[k]
			if rules := of[b.Peer]; b.Peer.IsValid() && !slices.Contains(strings.Fields(rules[i]), b.Rule) {
				rules[i] = strings.TrimSpace(rules[i] + " " + b.Rule)
				of[b.Peer] = rules
			}
		}
	}
	return of
}

// rest are rows for what is against a host alone, and against peers that are still in flagged:
// those that no row had room for.
func (p *Policy) rest(flagged map[netip.Addr][2]string) (rows [][]string) {
	if p == nil {
		return nil
	}
	for i, list := range [...][]Breach{p.Breaches, p.Warnings} {
		for k := range list {
			b := &list[k]
			if _, left := flagged[b.Peer]; b.Peer.IsValid() && !left {
				continue
			}
			cells := make([]string, len(csvHead))
			if b.Peer.IsValid() {
				cells[0], cells[1], cells[2] = b.Row, rowName(b.Row), b.Peer.String()
				cells[15], cells[16], cells[17], cells[18], cells[19] = number(b.ASN), b.ASOrg, b.PeerName, b.PeerSource, b.Country
			}
			cells[3], cells[4], cells[5] = breach, b.Verdict, strconv.FormatFloat(finite(b.Probability), 'f', 4, 64)
			cells[6], cells[7], cells[8], cells[9] = b.Host.String(), b.Protocol, b.Family, b.Path
			cells[13], cells[14] = b.First.Format(time.RFC3339Nano), b.Last.Format(time.RFC3339Nano)
			cells[22+i] = b.Rule
			rows = append(rows, neutral(cells))
		}
	}
	return rows
}
