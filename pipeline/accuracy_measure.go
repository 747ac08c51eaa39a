package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// labelled is a capture with its labels.
type labelled struct {
	name   string
	path   string
	labels []Label
}

// findLabelled finds the captures of folder that have a label file, in the order of their names.
func findLabelled(folder string) ([]labelled, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.labels.csv"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []labelled
	for _, p := range paths {
		labels, err := LoadLabels(p)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(p, ".labels.csv")
		l := labelled{name: filepath.Base(base), labels: labels}
		for _, ending := range []string{".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.zst"} {
			if _, err := os.Stat(base + ending); err == nil {
				l.path = base + ending
			}
		}
		if l.path == "" {
			return nil, fmt.Errorf("%s: there is no capture of that name beside it", p)
		}
		all = append(all, l)
	}
	return all, nil
}

// Measure judges every capture in folder that has a label file and compares. A flow is a
// 5-tuple over the whole capture: of several records of one, any that is peer-to-peer counts.
func Measure(ctx context.Context, folder string) (*Accuracy, error) {
	captures, err := findLabelled(folder)
	if err != nil {
		return nil, err
	}
	a := &Accuracy{ByFamily: map[string]*Tally{}}
	for _, c := range captures {
		source, err := capture.Open([]string{c.path}, capture.Options{})
		if err != nil {
			return nil, err
		}
		verdicts, err := judgeSource(ctx, source)
		if err != nil {
			return nil, err
		}
		a.Captures++
		a.compare(c.name, c.labels, verdicts)
	}
	return a, nil
}

// MeasureVariant measures the captures of folder as v shows them. Of a flow that shows no payload
// there is nothing to judge: it is not scored but counted.
func MeasureVariant(ctx context.Context, folder string, v Variant) (*Accuracy, error) {
	captures, err := findLabelled(folder)
	if err != nil {
		return nil, err
	}
	home, err := geo.ParseHome(nil)
	if err != nil {
		return nil, err
	}
	a := &Accuracy{ByFamily: map[string]*Tally{}, variant: true}
	var sources []Source
	for i, c := range captures {
		var alter alteration
		if v.mix {
			alter.ends = v.place(home, i)
		} else {
			alter = v.begin(home)
		}
		source, err := capture.Open([]string{c.path}, capture.Options{})
		if err != nil {
			return nil, err
		}
		sources = append(sources, newAltered(source, home, alter))
		captures[i].labels = relabel(c.labels, alter.ends)
	}
	a.Captures = len(captures)
	if v.mix {
		verdicts, err := judgeSource(ctx, newMixed(sources))
		for _, c := range contested(captures) {
			a.compare(c.name, c.labels, verdicts)
		}
		return a, err
	}
	for i, c := range captures {
		verdicts, err := judgeSource(ctx, sources[i])
		if err != nil {
			return nil, err
		}
		a.compare(c.name, c.labels, verdicts)
	}
	return a, nil
}

// contested leaves out labels that fall on one 5-tuple when captures are mixed and differ in truth.
func contested(captures []labelled) []labelled {
	truths := map[flow.Key]Truth{}
	for _, c := range captures {
		for _, l := range c.labels {
			if t, known := truths[l.Key]; known && t != l.Truth {
				truths[l.Key] = Unsure
			} else {
				truths[l.Key] = l.Truth
			}
		}
	}
	for _, c := range captures {
		for i := range c.labels {
			c.labels[i].Truth = truths[c.labels[i].Key]
		}
	}
	return captures
}

// judged is the verdict of a 5-tuple.
type judged struct {
	classify.Verdict
	Seen
}

// judgeSource judges what source shows, and closes it.
func judgeSource(ctx context.Context, source Source) (map[flow.Key]judged, error) {
	defer source.Close()
	home, err := geo.ParseHome(nil)
	if err != nil {
		return nil, err
	}
	verdicts := map[flow.Key]judged{}
	_, err = Run(ctx, source, Options{Home: home, Write: func(r *report.Record) error {
		old, known := verdicts[r.Flow.Key]
		f := &r.Flow
		if !known || r.Verdict.Probability > old.Probability {
			old.Verdict = r.Verdict
		}
		old.Spoke, old.Cut = old.Spoke || f.Payloads[0]+f.Payloads[1] > 0, old.Cut || f.Cut()
		old.Packet[0], old.Packet[1] = old.Packet[0] || f.Packets[0] > 0, old.Packet[1] || f.Packets[1] > 0
		verdicts[f.Key] = old
		return nil
	}})
	return verdicts, err
}
