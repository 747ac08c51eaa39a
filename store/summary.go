package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// SummaryOptions of a Summarize.
type SummaryOptions struct {
	Program string    // name and version, printed in the report
	Now     time.Time // to tell old databases by
	// Each is passed the records that are kept whole; nil for nobody.
	Each func(*report.Record)
	// Owner and Listings are those of report.Options.
	Owner    report.OwnerOf
	Listings []report.Listing
}

// Summarize makes the summary that a report on the same packets would be made of. What the store cannot
// tell is among the warnings.
func Summarize(ctx context.Context, s Store, q Query, o SummaryOptions) (*report.Summary, error) {
	c, removed, err := cover(ctx, s, q)
	if err != nil {
		return nil, err
	}
	home, err := c.home()
	if err != nil {
		return nil, err
	}
	words, captures := c.words()
	b := report.NewBuilder(report.Options{Program: o.Program, Now: o.Now, Home: home, Inputs: words, Owner: o.Owner, Listings: o.Listings})
	if err := addAll(ctx, s, q, b, o.Each); err != nil {
		return nil, err
	}
	judged, err := s.Judged(ctx, q)
	if err != nil {
		return nil, err
	}
	hosts, sockets, err := decodeJudged(judged)
	if err != nil {
		return nil, err
	}
	b.Judge(hosts)
	sum := b.Finish(sockets, c.coverage(), c.sources())
	sum.Warnings = append(sum.Warnings, c.warnings(removed)...)
	if !captures {
		sum.Next = nil // there is no capture to be asked again
	}
	return sum, nil
}

// Coverage is what the runs of q saw and lost, and what the store cannot tell of it, in words.
func Coverage(ctx context.Context, s Store, q Query) (report.Coverage, []string, error) {
	c, removed, err := cover(ctx, s, q)
	if err != nil {
		return report.Coverage{}, nil, err
	}
	return c.coverage(), c.warnings(removed), nil
}

// Sources are the databases that the runs of q asked where addresses are.
func Sources(ctx context.Context, s Store, q Query) ([]geo.Source, error) {
	runs, err := s.Runs(ctx, q)
	return (&covering{runs: runs}).sources(), err
}

// Home are the home networks that the runs of q went by.
func Home(ctx context.Context, s Store, q Query) (geo.Home, error) {
	runs, err := s.Runs(ctx, q)
	if err != nil {
		return geo.Home{}, err
	}
	return (&covering{runs: runs}).home()
}

// cover asks which runs there are, and what they saw.
func cover(ctx context.Context, s Store, q Query) (*covering, Removed, error) {
	c := &covering{query: q, spans: map[int64][]Span{}}
	var err error
	if c.runs, err = s.Runs(ctx, q); err != nil {
		return nil, Removed{}, err
	}
	spans, err := s.Spans(ctx, q)
	if err != nil {
		return nil, Removed{}, err
	}
	for _, p := range spans {
		c.spans[p.Run] = append(c.spans[p.Run], p)
	}
	removed, err := s.Removed(ctx)
	return c, removed, err
}

// addAll adds up all flows that q asks for.
func addAll(ctx context.Context, s Store, q Query, b *report.Builder, each func(*report.Record)) error {
	err := s.Flows(ctx, q, func(f *Flow) error {
		r, err := f.decode()
		if err != nil {
			return err
		}
		b.Add(r)
		if each != nil {
			each(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Totals(ctx, q, func(t *Total) error {
		n := report.Counts{Judgement: classify.Unknown, Flows: t.Flows, TCP: t.TCP, OneWay: t.OneWay}
		if t.Verdict == classify.Other.String() {
			n.Judgement = classify.Other
		}
		b.AddCounts(n)
		return nil
	})
}

// home are the home networks of all runs.
func (c *covering) home() (geo.Home, error) {
	var values []string
	for i := range c.runs {
		if i > 0 && slices.Equal(c.runs[i].Home, c.runs[i-1].Home) {
			continue
		}
		values = append(values, c.runs[i].Home...)
	}
	h, err := geo.ParseHome(values)
	if err != nil {
		return h, fmt.Errorf("home networks in the store: %w", err)
	}
	return h, nil
}

// words are the inputs of all runs as their users named them, and whether all of them are captures.
func (c *covering) words() (words []string, captures bool) {
	captures = true
	for i := range c.runs {
		captures = captures && c.runs[i].Kind == KindCapture
		for _, w := range c.runs[i].Words {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words, captures
}

// sources are the databases that any run asked.
func (c *covering) sources() []geo.Source {
	var out []geo.Source
	for i := range c.runs {
		for _, s := range c.runs[i].Sources {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
