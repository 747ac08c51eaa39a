package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"time"

	"peeratlas/classify/flow"
	"peeratlas/report"
)

// gathering makes batches of records. One goroutine at a time uses it.
type gathering struct {
	run     Run
	flows   []Flow
	at      map[flowKey]int // where a flow is among them
	octets  int64           // of flows, about
	tally   tally
	spans   map[int64]*Span
	changed map[int64]bool // spans, since the latest batch
	judged  []Judged
	batches uint64
	digest  hash.Hash // of all flows: the same packets, the same digest
}

// flowOctets is what a Flow takes beside its record.
const flowOctets = 500

func newGathering(r Run) gathering {
	r.ID = randomID()
	if r.Began.IsZero() {
		r.Began = time.Now()
	}
	return gathering{run: r, at: map[flowKey]int{}, spans: map[int64]*Span{}, changed: map[int64]bool{}, digest: sha256.New()}
}

// randomID is above 0 and fits in any database.
func randomID() int64 {
	var p [8]byte
	rand.Read(p[:])
	return int64(binary.BigEndian.Uint64(p[:])>>1 | 1)
}

// flowOf is the record as it is stored. It must be called before the next flow is judged.
func flowOf(r *report.Record, run *Run, number uint64, final bool) (Flow, error) {
	body, err := EncodeRecord(r)
	if err != nil {
		return Flow{}, err
	}
	f := &r.Flow
	near := homeEnd(r)
	var room [2]report.Contact
	if c := r.Contacts(room[:0]); len(c) > 0 {
		near = c[0].Host
	}
	return Flow{Run: run.ID, Number: number, Sensor: run.Sensor, CommunityID: f.Key.CommunityID(), Start: f.Start, End: f.End,
		Host: f.Key.Addr[near].Netip().String(), Peer: f.Key.Addr[1-near].Netip().String(), Country: r.RowOf(1 - near),
		Verdict: r.Verdict.Judgement.String(), Family: r.Verdict.Family, Final: final,
		Out: f.Octets(flow.Direction(near)), In: f.Octets(flow.Direction(1 - near)), Record: body}, nil
}

// note counts a record for the digest of the run.
func (g *gathering) note(r *report.Record) {
	f := &r.Flow
	p := make([]byte, 0, 128)
	for e := range f.Key.Addr {
		p = append(p, f.Key.Addr[e][:]...)
		p = binary.BigEndian.AppendUint16(p, f.Key.Port[e])
		p = binary.BigEndian.AppendUint32(p, f.Packets[e])
		p = binary.BigEndian.AppendUint64(p, f.Octets(flow.Direction(e)))
	}
	p = append(p, byte(f.Key.Protocol))
	p = binary.BigEndian.AppendUint64(p, uint64(f.Start))
	p = binary.BigEndian.AppendUint64(p, uint64(f.End))
	g.digest.Write(p)
}

// origin is the digest in words.
func (g *gathering) origin() string { return "flows " + hex.EncodeToString(g.digest.Sum(nil)[:16]) }

// flowKey is what makes a flow that flow, within a run.
type flowKey struct {
	start     int64
	community string
}

// keep puts a flow into the batch, in place of what it was before: a flow that runs comes at every look.
func (g *gathering) keep(f Flow) {
	k := flowKey{f.Start, f.CommunityID}
	if i, known := g.at[k]; known {
		g.octets += int64(len(f.Record)) - int64(len(g.flows[i].Record))
		g.flows[i] = f
		return
	}
	g.at[k] = len(g.flows)
	g.flows = append(g.flows, f)
	g.octets += int64(len(f.Record)) + flowOctets
}

// span is the one of the interval of a time in nanoseconds.
func (g *gathering) span(at int64) *Span {
	i := intervalOf(at)
	s := g.spans[i]
	if s == nil {
		s = &Span{Run: g.run.ID, Interval: i, First: at, Last: at}
		g.spans[i] = s
	}
	g.changed[i] = true
	return s
}

// take returns what was gathered as a batch, and begins the next.
func (g *gathering) take() *Batch {
	g.batches++
	b := &Batch{Run: g.run, Flows: g.flows, Totals: g.tally.take(g.run.ID), Judged: g.judged, Number: g.batches}
	for i := range g.changed {
		b.Spans = append(b.Spans, *g.spans[i])
	}
	clear(g.changed)
	clear(g.at)
	g.flows, g.octets, g.judged = nil, 0, nil
	return b
}
