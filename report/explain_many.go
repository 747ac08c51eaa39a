package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"peeratlas/capture/packet"
	"peeratlas/classify"
)

// manyFlows tells of the sockets and flows of a host.
func (p *page) manyFlows(records []*Record, sockets []classify.Socket) {
	count := map[classify.Judgement]int{}
	for _, r := range records {
		count[r.Verdict.Judgement]++
	}
	p.text(fmt.Sprintf("%s: %d p2p, %d likely, %d other, %d unknown (no payload)", counted(uint64(len(records)), "flow", "flows"),
		count[classify.P2P], count[classify.Likely], count[classify.Other], count[classify.Unknown]), bold)
	for i := range sockets {
		if i == explainSockets {
			p.line("and "+counted(uint64(len(sockets)-i), "more socket", "more sockets"), dim)
			break
		}
		p.socket(&sockets[i])
	}
	ranked := slices.Clone(records)
	slices.SortStableFunc(ranked, func(a, b *Record) int {
		x, y := a.Flow.Octets(0)+a.Flow.Octets(1), b.Flow.Octets(0)+b.Flow.Octets(1)
		return cmp.Or(cmp.Compare(b.Verdict.Judgement, a.Verdict.Judgement), cmp.Compare(y, x))
	})
	p.WriteByte('\n')
	if near, one := oneHost(ranked); one {
		p.line(Clean("Of "+near.Netip().String()+":", p.columns), dim)
	}
	p.table(flowTable(ranked), 0)
	for _, r := range ranked[:min(explainInFull, len(ranked))] {
		p.WriteByte('\n')
		p.account(r)
	}
	p.WriteByte('\n')
	p.text("The others: explain with their Community ID, or IP:PORT.", dim)
}

// socket tells what was judged of a socket as a whole.
func (p *page) socket(s *classify.Socket) {
	p.WriteByte('\n')
	p.line(Clean(socketName(s.Host.String(), s.Protocol, s.Port)+": "+cmp.Or(s.Family, "unknown"), p.columns), bold)
	p.labelled("Flows", fmt.Sprintf("%s, %d judged p2p; to %s in %s; %d answered", counted(uint64(s.Flows), "flow", "flows"), s.P2P,
		counted(uint64(s.Peers), "peer", "peers"), counted(uint64(s.Networks), "network", "networks"), s.Answered), margin, 2, plain)
	for _, r := range reasons(s.Evidence, nil) {
		p.labelled("Why", fmt.Sprintf("%s  %s", signed(r.Bits), Clean(r.Detail, 0)), margin, 2, plain)
	}
	p.labelled("Filter", socketFilter(s), margin, 2, cyan)
}

// flowTable lists the first flows of ranked.
func flowTable(ranked []*Record) *table {
	t := &table{column: []column{
		{head: "FLOW", least: 32, rank: 0}, {head: "verdict", rank: 1}, {head: "prob.", right: true, rank: 6},
		{head: "family", least: 6, rank: 4}, {head: "path", rank: 7}, {head: "sent", right: true, rank: 3},
		{head: "received", right: true, rank: 3}, {head: "country", least: 7, rank: 2},
		{head: "what counts most", least: 16, rank: 8}, {head: "Community ID", rank: 10}, {head: "name", least: 12, rank: 9}}}
	t.column[10].empty = !slices.ContainsFunc(ranked, func(r *Record) bool { return r.Verdict.Name != [2]classify.Name{} })
	near, one := oneHost(ranked)
	for i, r := range ranked {
		if i == explainFlows {
			t.add(dim, "", "and "+counted(uint64(len(ranked)-i), "more flow", "more flows"), "", "", "", "", "", "", "", "", "", "")
			break
		}
		f, v := &r.Flow, &r.Verdict
		src := f.Initiator & 1
		name, far := flowName(f), 1-src
		if one {
			if f.Key.Addr[src] != near {
				far = src
			}
			name = fmt.Sprintf("%s %d %s %s", protocol(f.Key.Protocol), f.Key.Port[1-far],
				[...]string{"<-", "->"}[far^src], endName(f, far))
		} else if v.Peer[src] && !v.Peer[1-src] {
			far = src
		}
		t.add(plain, "", Clean(name, 0), v.Judgement.String(), strconv.FormatFloat(math.Floor(finite(v.Probability)*1e4)/1e4, 'f', 4, 64),
			Clean(cmp.Or(v.Family, v.Service), 0), v.Path.String(), octets(f.Octets(1-far)), octets(f.Octets(far)),
			Clean(country(&r.Location[far]), 0), strongest(v), f.Key.CommunityID(), nameAndSource(v.Name[far]))
	}
	return t
}

// nameAndSource is a name for a table; its time is in the account.
func nameAndSource(n classify.Name) string {
	if n.Source == classify.NoName || n.Text == "" {
		return ""
	}
	return Clean(n.Text, 40) + " (" + n.Source.String() + ")"
}

// oneHost is the address that all records share, if there is one: it need not be repeated.
func oneHost(records []*Record) (packet.Addr, bool) {
	for _, a := range records[0].Flow.Key.Addr {
		if !slices.ContainsFunc(records, func(r *Record) bool { return r.Flow.Key.Addr[0] != a && r.Flow.Key.Addr[1] != a }) {
			return a, true
		}
	}
	return packet.Addr{}, false
}

// strongest is the claim that counts most, for or against.
func strongest(v *classify.Verdict) string {
	best, name := 0.0, ""
	for i := range v.Evidence {
		if e := &v.Evidence[i]; math.Abs(finite(e.Counted)) > best {
			best, name = math.Abs(e.Counted), Clean(e.Claim, 0)
		}
	}
	return name
}
