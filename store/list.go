package store

import (
	"context"
	"fmt"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

// adder is a Store that adds up flows faster than one by one.
type adder interface {
	addUp(ctx context.Context, q Query, finish func(*report.Builder) error) error
}

// List makes one list of the summary that Summarize makes: report.ListCountries, ListHosts or ListPeers.
func List(ctx context.Context, s Store, q Query, kind string) (l report.Lists, err error) {
	var judged []Judged
	if kind == report.ListHosts {
		if judged, err = s.Judged(ctx, q); err != nil {
			return l, err
		}
	}
	type words struct {
		hosts   []classify.Host
		sockets []classify.Socket
		err     error
	}
	said := make(chan words, 1)
	go func() { // beside the adding up
		hosts, sockets, err := decodeJudged(judged)
		said <- words{hosts, sockets, err}
	}()
	finish := func(b *report.Builder) error {
		w := <-said
		if w.err != nil {
			return w.err
		}
		b.Judge(w.hosts)
		l = b.List(kind, w.sockets)
		return nil
	}
	if a, ok := s.(adder); ok && (!q.Host.IsValid() || q.Host.IsSingleIP()) && !q.P2P && q.Skip == 0 && q.Most == 0 && q.CommunityID == "" {
		err = a.addUp(ctx, q, finish)
		return l, err
	}
	b := report.NewBuilder(report.Options{})
	err = s.Flows(ctx, q, func(f *Flow) error {
		r, err := f.decode()
		if err == nil {
			b.Add(r)
		}
		return err
	})
	if err != nil {
		return l, err
	}
	return l, finish(b)
}

// decode is the record of f; an error says of which flow.
func (f *Flow) decode() (*report.Record, error) {
	return f.told(DecodeRecord(f.Record))
}

// told says of which flow an error is.
func (f *Flow) told(r *report.Record, err error) (*report.Record, error) {
	if err != nil {
		return nil, fmt.Errorf("flow %s of %s: %w", report.Clean(f.CommunityID, 60), moment(time.Unix(0, f.Start)), err)
	}
	return r, nil
}
