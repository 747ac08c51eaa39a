package view

import (
	"strings"

	"peeratlas/report"
)

// waitingWords say what is waited for before there is anything to show.
func (m *model) waitingWords() []string {
	return []string{"Waiting for the first look at the traffic: it comes within seconds."}
}

// emptyWords say why a pane has no rows, and what would make some. Where the pane is one of
// several, they are brief.
func (m *model) emptyWords(which int, only bool) []string {
	s := m.shown.Summary
	switch {
	case m.panes[which].table.len() > 0 || which == paneNewest && len(m.sightings.list) > 0:
		return []string{"None of " + report.Grouped(uint64(m.panes[which].table.len())) + " passes the filter " + m.filter.text + ". Esc takes it away."}
	case s.Coverage.Packets == 0 && len(m.shown.Interfaces) > 0:
		name := strings.Join(m.options.Inputs, ", ")
		if which != paneCountries && !only {
			return []string{"Waiting for packets."}
		}
		return []string{"No packet came by " + name + " yet. Is the mirror session on, and does it copy to this port?", "The command doctor says what is wrong with a mirror port."}
	case s.Coverage.Packets == 0:
		return []string{"No packet was read yet."}
	case s.Totals.P2PFlows+s.Totals.LikelyFlows > 0 && which == paneNewest:
		return []string{"Nothing new was told of: the flows of the other panes were told of before."}
	case only || which == paneCountries:
		return []string{"No encrypted peer-to-peer so far, in " + report.Counted(s.Totals.Flows, "flow", "flows") + " of " +
			report.Counted(s.Coverage.Packets, "packet", "packets") + ". A row comes within seconds of the first evidence: a call's checks, a mesh's or a " +
			"torrent's handshake, one local port that turns to many peers."}
	case which == paneHosts:
		return []string{"A host appears when one of its flows is judged likely peer-to-peer at least."}
	}
	return []string{"The newest of such flows will stand here, each with its evidence behind enter."}
}
