package report

import (
	"strconv"
	"strings"
	"time"

	"peeratlas/geo"
)

// wordGroup has a row for each word.
func wordGroup(name string, g *Gains) diffGroup {
	out := diffGroup{Name: name, Began: len(g.Gained), Went: len(g.Lost)}
	for _, some := range []struct {
		change string
		words  []string
	}{{Gained, g.Gained}, {Lost, g.Lost}, {Kept, g.Kept}} {
		for _, w := range some.words[:min(len(some.words), pagePeers)] {
			out.Row = append(out.Row, changed(some.change, Clean(w, 0)))
		}
		if n := len(some.words) - pagePeers; n > 0 {
			out.Row = append(out.Row, diffRow{Change: some.change, Word: grouped(uint64(n)) + " more"})
		}
	}
	return out
}

// countryGroup has the countries with the peers that the host had there.
func countryGroup(h *HostDiff) diffGroup {
	out := diffGroup{Name: "Countries", Began: len(h.Countries.Gained), Went: len(h.Countries.Lost)}
	before, after := map[string]uint64{}, map[string]uint64{}
	for _, some := range []struct {
		peers []DiffPeer
		in    []map[string]uint64
	}{{h.Gained, []map[string]uint64{after}}, {h.Lost, []map[string]uint64{before}}, {h.Stayed, []map[string]uint64{before, after}}} {
		for i := range some.peers {
			for _, m := range some.in {
				m[some.peers[i].Row]++
			}
		}
	}
	for _, some := range []struct {
		change string
		codes  []string
	}{{Gained, h.Countries.Gained}, {Lost, h.Countries.Lost}, {Kept, h.Countries.Kept}} {
		for _, code := range some.codes {
			out.Row = append(out.Row, diffRow{Change: some.change, Word: placeName(code), Before: peersWord(before[code]), After: peersWord(after[code])})
		}
	}
	return out
}

func peersWord(n uint64) string {
	if n == 0 {
		return ""
	}
	return counted(n, "peer", "peers")
}

// changed is a row of which no more is told than in which windows it is.
func changed(change, word string) diffRow {
	r := diffRow{Change: change, Word: word}
	if change != Gained {
		r.Before = "yes"
	}
	if change != Lost {
		r.After = "yes"
	}
	return r
}

// socketGroup are the sockets as "netstat -no" would list them before and after.
func socketGroup(h *HostDiff) diffGroup {
	out := diffGroup{Name: "Sockets", Began: len(h.Sockets.Gained), Went: len(h.Sockets.Lost)}
	kept := 0
	for i := range h.SocketList {
		s := &h.SocketList[i]
		if s.Change == Kept && s.Port != 0 {
			if kept++; kept > pageKept {
				continue
			}
		}
		var about []string
		if words := ownerWords(s.Owners, " or "); words != "" {
			about = append(about, words)
		}
		about = append(about, Clean(strings.Join(s.Families, ", "), 0))
		out.Row = append(out.Row, diffRow{Change: s.Change, Word: s.words(), Before: flowsWord(s.Before), After: flowsWord(s.After), About: strings.Join(about, ", ")})
	}
	if kept > pageKept {
		out.More = grouped(uint64(kept-pageKept)) + " more stayed"
	}
	return out
}

func flowsWord(n uint64) string {
	if n == 0 {
		return ""
	}
	return counted(n, "flow", "flows")
}

// peerGroup are the peers: those that came, those that went, and a few of those that stayed.
func peerGroup(h *HostDiff) diffGroup {
	out := diffGroup{Name: "Peers", Began: len(h.Gained), Went: len(h.Lost)}
	for _, some := range []struct {
		change string
		peers  []DiffPeer
		most   int
	}{{Gained, h.Gained, pagePeers}, {Lost, h.Lost, pagePeers}, {Kept, h.Stayed, pageKept}} {
		for i := range some.peers[:min(len(some.peers), some.most)] {
			out.Row = append(out.Row, peerRow(some.change, &some.peers[i]))
		}
		if n := len(some.peers) - some.most; n > 0 {
			out.Row = append(out.Row, diffRow{Change: some.change, Word: grouped(uint64(n)) + " more"})
		}
	}
	return out
}

func peerRow(change string, q *DiffPeer) diffRow {
	r := changed(change, q.Addr.String())
	told := octets(q.OctetsOut+q.OctetsIn) + ", " + q.Contact
	if change == Lost {
		r.Before = told
	} else {
		r.After = told
	}
	place := placeName(q.Row)
	if q.Row == geo.Unknown {
		place = "country unknown"
	}
	about := []string{place}
	if q.Name != "" {
		about = append(about, Clean(q.Name, 60))
	} else if q.ASN != 0 {
		about = append(about, Clean(networkName(q.ASN, q.ASOrg), 60))
	}
	about = append(about, Clean(q.Family, 0))
	if words := ownerWords(q.Owners, " or "); words != "" {
		about = append(about, words)
	}
	r.About = strings.Join(about, ", ")
	return r
}

// shortly is a length of time in one unit or two.
func shortly(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < 2*time.Hour:
		return strings.TrimSuffix(strconv.FormatFloat(d.Minutes(), 'f', 1, 64), ".0") + " min"
	}
	return strings.TrimSuffix(strconv.FormatFloat(d.Hours(), 'f', 1, 64), ".0") + " h"
}
