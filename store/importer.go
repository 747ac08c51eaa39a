package store

import (
	"context"
	"fmt"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// Importer stores one run over saved captures: all of it, or, if it does not come to its end, nothing.
// One goroutine uses it: Add for each record in order, then Finish.
type Importer struct {
	store Store
	g     gathering
	count uint64
}

// NewImporter begins a run. Its ID and Origin are filled in.
func NewImporter(s Store, r Run) *Importer {
	r.Kind = KindCapture
	return &Importer{store: s, g: newGathering(r)}
}

// importFlows is how many flows a batch of an import has.
const importFlows = 2000

// Add stores a record. It keeps nothing of r.
func (i *Importer) Add(ctx context.Context, r *report.Record) error {
	i.count++
	g := &i.g
	g.note(r)
	if whole(r) {
		f, err := flowOf(r, &g.run, i.count, true)
		if err != nil {
			return err
		}
		g.keep(f)
	} else {
		g.tally.add(r) // there is room: it is written when it is full
	}
	s, n := g.span(r.Flow.Start), sumsOf(r)
	s.First, s.Last = min(s.First, n.First), max(s.Last, n.First)
	s.Flows++
	s.Packets += n.Packets
	s.Octets += n.Out + n.In
	if len(g.flows) < importFlows && !g.tally.full() && len(g.spans) < mostTallies {
		return nil
	}
	return i.write(ctx, true)
}

func (i *Importer) write(ctx context.Context, more bool) error {
	b := i.g.take()
	b.More, b.Replace = more, !more
	if len(i.g.spans) >= mostTallies { // times that no capture has: what comes later begins anew
		clear(i.g.spans)
	}
	if err := i.store.Write(ctx, b); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Finish stores what the run came to, and makes all of it seen. It takes the place of an earlier run of
// the same sensor over the same packets.
func (i *Importer) Finish(ctx context.Context, c report.Coverage, sources []geo.Source, hosts []classify.Host, sockets []classify.Socket) error {
	g := &i.g
	g.run.Coverage, g.run.Sources, g.run.Ended, g.run.Origin = c, sources, true, g.origin()
	var err error
	if g.judged, err = encodeJudged(g.run.ID, c.Last.UnixNano(), hosts, sockets); err != nil {
		return err
	}
	return i.write(ctx, false)
}
