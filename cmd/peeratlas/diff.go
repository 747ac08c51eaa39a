package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
	"peeratlas/report"
)

func newDiff() *cobra.Command {
	in, join, stored, when, format := new(input), new(netstatFlags), new(storedDiff), "", "text"
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER [EXPRESSION]",
		Short: "Say which peers, countries, families and sockets are new, beyond ordinary churn",
		Long: `diff compares two captures, or, with --at, what came before a moment of one capture with what came
after it: which peers, countries, families and sockets each host gained and lost. How many new
peers its ordinary churn would bring is told from the window before; what exceeds it is news.
With --netstat, a listing that was taken on a host tells the processes of its sockets.`,
		Example: "  peeratlas diff before.pcapng after.pcapng\n  peeratlas diff --at '2026-11-25 09:05:00' office.pcapng\n" +
			"  peeratlas diff --netstat netstat-ano.txt --format html -o launch.html before.pcapng after.pcapng\n" +
			"  peeratlas diff --store history.db --before 48h/24h --after 24h/",
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" && format != "html" {
				return fmt.Errorf("--format %s: choose text, json or html", format)
			}
			return runDiff(cmd, in, join, stored, when, format, args)
		},
	}
	in.addFlags(cmd.Flags())
	join.addFlags(cmd.Flags())
	stored.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&when, "at", "", "`time` (UTC, or with a zone as in RFC 3339) that cuts the one capture in two")
	cmd.Flags().StringVar(&format, "format", format, "one of text, json, html")
	return cmd
}

func runDiff(cmd *cobra.Command, in *input, join *netstatFlags, stored *storedDiff, when, format string, args []string) error {
	if len(in.read) > 0 {
		return usage(cmd, "-r: name the captures as words: BEFORE AFTER, or one with --at")
	}
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	whose, err := join.open(cmd, slices.Contains(args, "-"))
	if err != nil {
		return err
	}
	var d *report.Diff
	var ends []*pipeline.Result
	if stored.on() {
		d, ends, err = stored.diff(cmd, whose, when, args)
	} else if when != "" {
		d, ends, err = diffAt(cmd, in, whose, when, args)
	} else {
		d, ends, err = diffTwo(cmd, in, whose, args)
	}
	if err != nil {
		return err
	}
	switch format {
	case "json":
		err = report.WriteDiffJSON(out, d)
	case "html":
		err = report.WriteDiffHTML(out, d, "peeratlas "+buildVersion())
	default:
		err = report.WriteDiff(out, d, textOptions(cmd.OutOrStdout(), in.output))
	}
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	for _, r := range ends {
		err = errors.Join(err, status(cmd, r))
	}
	return err
}

// diffTwo compares two captures; further words are the filter's.
func diffTwo(cmd *cobra.Command, in *input, whose *joined, args []string) (*report.Diff, []*pipeline.Result, error) {
	if len(args) < 2 {
		return nil, nil, usage(cmd, "name two captures, BEFORE and AFTER, or one and --at TIME")
	}
	d := report.NewDiffer(0)
	d.Join(whose.owner, whose.all)
	var windows [2]report.DiffWindow
	var ends []*pipeline.Result
	for i, name := range args[:2] {
		s, err := in.open(cmd, append([]string{name}, args[2:]...))
		if err != nil {
			return nil, nil, err
		}
		s.brief = true
		result, err := s.run(func(r *report.Record) error { d.Add(r, i); return nil })
		if err != nil {
			return nil, nil, err
		}
		windows[i] = report.DiffWindow{Input: name, First: result.Coverage.First, Last: result.Coverage.Last, Coverage: &result.Coverage}
		ends = append(ends, result)
	}
	return d.Finish(windows[0], windows[1]), ends, nil
}

// diffAt compares what one capture holds before and after a moment. A flow that runs across it counts
// in both.
func diffAt(cmd *cobra.Command, in *input, whose *joined, when string, args []string) (*report.Diff, []*pipeline.Result, error) {
	at, err := parseMoment(when)
	if err != nil {
		return nil, nil, err
	}
	s, err := in.open(cmd, args)
	if err != nil {
		return nil, nil, err
	}
	s.brief = true
	moment := report.NewMomentDiffer(at)
	moment.Join(whose.owner, whose.all)
	result, err := s.run(func(r *report.Record) error { moment.Add(r); return nil })
	if err != nil {
		return nil, nil, err
	}
	name := "-"
	if len(s.words) > 0 {
		name = s.words[0]
	}
	d, err := moment.Finish(name, &result.Coverage)
	if err != nil {
		return nil, nil, fmt.Errorf("--at %s: %w", when, err)
	}
	return d, []*pipeline.Result{result}, nil
}

// parseMoment reads RFC 3339, or the same with a blank and without a zone: then it is UTC.
func parseMoment(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--at %s: write it as 2026-11-25T09:05:00Z, or '2026-11-25 09:05:00' for UTC", text)
}
