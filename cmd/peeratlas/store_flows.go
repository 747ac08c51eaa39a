package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/export"
	"peeratlas/pipeline"
	"peeratlas/report"
	"peeratlas/store"
)

// runStoredFlows writes the records that a store keeps whole.
func runStoredFlows(cmd *cobra.Command, in *input, against *policyFlags, hist *history, which *flowsFlags, join *netstatFlags) error {
	if err := which.check(cmd, in); err != nil {
		return err
	}
	q, err := hist.query(cmd)
	if err != nil {
		return err
	}
	q.P2P = which.p2p
	whose, err := join.open(cmd, false)
	if err != nil {
		return err
	}
	from, held, err := hist.readAgainst(cmd, against, q)
	if err != nil {
		return err
	}
	defer from.Close()
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	sockets := report.NewJoin(whose.owner)
	to, err := export.New(which.format, out, "peeratlas "+buildVersion())
	if err != nil {
		return err
	}
	err = from.Flows(cmd.Context(), q, func(f *store.Flow) error {
		r, err := store.DecodeRecord(f.Record)
		if err != nil {
			return err
		}
		var flags []report.Flag
		if held != nil {
			flags = held.Add(r)
		}
		sockets.Add(r)
		r.Owned = whose.of(r)
		return to.Write(r, flags)
	})
	if err == nil {
		err = to.Close()
	}
	if err != nil {
		return interruptedInstead(cmd, err)
	}
	result, err := storedCoverage(cmd, from, q)
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	whose.tell(cmd, sockets.Finish(whose.all))
	if held == nil {
		return status(cmd, result)
	}
	return breachStatus(cmd, held.Finish(), result)
}

// storedCoverage is what befell the inputs of what is stored; what the store cannot tell is said.
func storedCoverage(cmd *cobra.Command, from store.Store, q store.Query) (*pipeline.Result, error) {
	c, words, err := store.Coverage(cmd.Context(), from, q)
	if err != nil {
		return nil, interruptedInstead(cmd, err)
	}
	for _, w := range words {
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: %s\n", report.Clean(w, 0))
	}
	return storedResult(c), nil
}

// storedDiff are the flags of a diff that compares periods of a store.
type storedDiff struct {
	storeName
	sensor, before, after, since, until string
}

func (o *storedDiff) addFlags(f *pflag.FlagSet) {
	o.addTo(f, "with the history: periods of it are compared, no captures")
	f.StringVar(&o.sensor, "sensor", "", "with --store: `name` of the sensor (default: all)")
	f.StringVar(&o.before, "before", "", "with --store: the `FROM/TO` that is compared with, such as 48h/24h or 2026-11-24/2026-11-25")
	f.StringVar(&o.after, "after", "", "with --store: the `FROM/TO` that is compared; TO may be left out for now")
	f.StringVar(&o.since, "since", "", "with --store and --at: `time` from which on there is a before")
	f.StringVar(&o.until, "until", "", "with --store and --at: `time` up to which there is an after")
}

func (o *storedDiff) on() bool {
	return o.file+o.sensor+o.before+o.after+o.since+o.until != ""
}

// windows are the two periods.
func (o *storedDiff) windows(cmd *cobra.Command, when string, words []string) (q [2]store.Query, err error) {
	now := time.Now()
	for _, name := range needPackets {
		if cmd.Flags().Changed(name) {
			return q, usage(cmd, "--%s needs packets, and --store compares what was stored of them", name)
		}
	}
	switch {
	case o.file == "":
		return q, usage(cmd, "--before, --after, --since, --until and --sensor compare periods of a store: name it with --store")
	case len(words) > 0:
		return q, usage(cmd, "--store and %q: compare captures, or periods of a store", words[0])
	case when != "":
		if o.before != "" || o.after != "" {
			return q, usage(cmd, "--at cuts one period in two; --before and --after are two: choose")
		}
		if q[0].Until, err = parseMoment(when); err != nil {
			return q, err
		}
		q[1].Since = q[0].Until
		if q[0].Since, err = parseTime("--since", o.since, now); err != nil {
			return q, err
		}
		if q[1].Until, err = parseTime("--until", o.until, now); err != nil {
			return q, err
		}
	case o.before == "" || o.after == "":
		return q, usage(cmd, "--store compares periods: give --before FROM/TO and --after FROM/TO, or --at TIME")
	default:
		if q[0], err = parsePeriod("--before", o.before, now); err != nil {
			return q, err
		}
		if q[1], err = parsePeriod("--after", o.after, now); err != nil {
			return q, err
		}
	}
	q[0].Sensor, q[1].Sensor = o.sensor, o.sensor
	return q, nil
}

// diff compares two periods. A flow that runs through both counts in both.
func (o *storedDiff) diff(cmd *cobra.Command, whose *joined, when string, words []string) (*report.Diff, []*pipeline.Result, error) {
	queries, err := o.windows(cmd, when, words)
	if err != nil {
		return nil, nil, err
	}
	from, err := o.read(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	defer from.Close()
	d := report.NewDiffer(0)
	d.Join(whose.owner, whose.all)
	var windows [2]report.DiffWindow
	var ends []*pipeline.Result
	for i, q := range queries {
		err := from.Flows(cmd.Context(), q, func(f *store.Flow) error {
			r, err := store.DecodeRecord(f.Record)
			if err == nil {
				d.Add(r, i)
			}
			return err
		})
		if err != nil {
			return nil, nil, interruptedInstead(cmd, err)
		}
		result, err := storedCoverage(cmd, from, q)
		if err != nil {
			return nil, nil, err
		}
		windows[i] = window(o.file, &q, &result.Coverage)
		ends = append(ends, result)
	}
	return d.Finish(windows[0], windows[1]), ends, nil
}

// window is a period as a diff has it: where it has no bound, that of what was seen.
func window(name string, q *store.Query, c *report.Coverage) report.DiffWindow {
	w := report.DiffWindow{Input: name, First: c.First, Last: c.Last, Coverage: c}
	if !q.Since.IsZero() {
		w.First = q.Since
	}
	if !q.Until.IsZero() {
		w.Last = q.Until
	}
	return w
}
