package pipeline

import (
	"bytes"
	"context"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// replay is a capture in memory, with what a watch would tell of it.
type replay struct {
	packets []capture.Packet
	keys    []flow.Key
	records []report.Record // of p2p flows, in order of first packet
}

func newReplay(t testing.TB, path string) *replay {
	t.Helper()
	r := new(replay)
	source, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	home, _ := geo.ParseHome(nil)
	if _, err := Run(context.Background(), source, Options{Home: home, Write: func(f *report.Record) error {
		if f.Verdict.Judgement == classify.P2P {
			r.records = append(r.records, *f)
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	source.Close()
	if source, err = capture.Open([]string{path}, capture.Options{}); err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	batch, d := make([]capture.Packet, 64), packet.NewDecoder()
	for err == nil {
		var n int
		n, err = source.ReadBatch(batch)
		for _, p := range batch[:n] {
			var h packet.Headers
			key := flow.Key{}
			if d.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h) == packet.OK {
				key, _ = flow.KeyOf(&h)
			}
			p.Data = bytes.Clone(p.Data)
			r.packets, r.keys = append(r.packets, p), append(r.keys, key)
		}
	}
	return r
}

// look is what a watch tells after n packets: of each flow that p2p says is one by then, with the
// packets that it has by then.
func (r *replay) look(n int, news report.News, p2p func(i int) bool) *report.Look {
	l := &report.Look{}
	for i := range r.records {
		s := report.Sighting{Record: r.records[i], News: news}
		f := &s.Record.Flow
		f.Packets = [2]uint32{}
		for j := range r.packets[:n] {
			if r.keys[j] == f.Key && r.packets[j].Timestamp >= f.Start && r.packets[j].Timestamp <= f.End {
				f.Packets[0]++
			}
		}
		if f.Packets[0] == 0 {
			continue
		}
		if !p2p(i) {
			s.Record.Verdict.Judgement = classify.Other
		}
		l.News = append(l.News, s)
	}
	return l
}

// send gives packets from to to to a keeper, in batches.
func (r *replay) send(t testing.TB, k *Keeper, from, to int) {
	t.Helper()
	for ; from < to; from += 100 {
		end := min(from+100, to)
		if err := k.Packets(r.packets[from:end], r.keys[from:end]); err != nil {
			t.Fatal(err)
		}
	}
}

func every(int) bool { return true }

func newTestKeeper(t testing.TB, o KeeperOptions) *Keeper {
	t.Helper()
	if o.Say == nil {
		o.Say = func(s string) { t.Errorf("said: %s", s) }
	}
	o.Program = "peeratlas test"
	k, err := NewKeeper(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
