package view

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

var demo = flag.String("demo", "", "show a capture on this terminal as if it came by an interface: go test -c ./view && ./view.test -test.run TestDemo -demo FILE")

// TestDemo is for eyes: the view on a capture whose packets come in bit by bit, with a loss now and
// then.
func TestDemo(t *testing.T) {
	if *demo == "" {
		t.Skip("for people: needs -demo FILE and a terminal")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	v := New(Options{Program: "peeratlas demo", Inputs: []string{"eth1", "eth2"}, Quit: cancel})
	go func() {
		d := &demonstration{told: map[sighted]classify.Judgement{}, began: began}
		for n := uint64(1); ctx.Err() == nil; n++ {
			l, err := d.look(ctx, *demo, n)
			if err != nil {
				t.Error(err)
				cancel()
				return
			}
			_ = v.Look(l)
			time.Sleep(time.Second)
		}
	}()
	if err := v.Run(ctx); err != nil {
		t.Error(err)
	}
}

type demonstration struct {
	told       map[sighted]classify.Judgement
	began      time.Time
	interfaces [2]report.InterfaceCount
}

// look reads the first packets of the capture, more each time.
func (d *demonstration) look(ctx context.Context, file string, n uint64) (*report.Look, error) {
	source, err := capture.Open([]string{file}, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	home, _ := geo.ParseHome(nil)
	locator, err := geo.Open(nil)
	if err != nil {
		return nil, err
	}
	b := report.NewBuilder(report.Options{Program: "peeratlas demo", Home: home})
	l := &report.Look{Number: n, Time: time.Now(), Began: d.began, Sandbox: "no new privileges; Landlock: writes nowhere; no network"}
	result, err := pipeline.Run(ctx, source, pipeline.Options{Home: home, Locator: locator, MaxPackets: max(0, n*60-120) + 1,
		Write: func(r *report.Record) error {
			b.Add(r)
			id := sighted{r.Flow.Key, r.Flow.Start}
			was := d.told[id]
			if j := r.Verdict.Judgement; j >= classify.Likely && j != was {
				news := report.Appeared
				if was != 0 {
					news = report.Changed
				}
				d.told[id] = j
				kept := *r
				kept.Verdict.Evidence, kept.Reported = slices.Clone(r.Verdict.Account()), slices.Clone(r.Reported)
				l.News = append(l.News, report.Sighting{Record: kept, News: news, Owner: [2]report.Owner{{PID: 4711, Name: "skype", User: os.Getenv("USER")}}})
			}
			return nil
		}})
	if err != nil {
		return nil, err
	}
	b.Judge(result.Hosts)
	l.Summary = b.Finish(result.Sockets, result.Coverage, nil)
	d.count(n, l)
	return l, nil
}

// count makes up what the interfaces had.
func (d *demonstration) count(n uint64, l *report.Look) {
	for i := range d.interfaces {
		is := &d.interfaces[i]
		is.Name, is.Up = []string{"eth1", "eth2"}[i], i == 0 || n%40 < 30
		packets := 150_000 + n*n*7919%60_000
		is.Received += packets / uint64(1+i)
		is.Octets += packets * 612 / uint64(1+i)
		if n%30 > 12 && n%30 < 20 {
			is.DroppedByKernel += packets / 300
		}
	}
	l.Interfaces = append(l.Interfaces, d.interfaces[:]...)
	l.Gaps = report.Gaps{Acks: 1000 * n, Unseen: n, Sampled: n}
	l.Load = report.Load{Flows: l.Summary.Totals.Flows, MaxFlows: 475_000, Judging: 13 * time.Millisecond, Memory: 85_000_000}
}
