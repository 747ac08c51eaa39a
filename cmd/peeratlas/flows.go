package main

import (
	"github.com/spf13/cobra"

	"peeratlas/classify"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func newFlows() *cobra.Command {
	in, against, keep, hist, p2p := new(input), new(policyFlags), new(evidence), new(history), false
	cmd := &cobra.Command{
		Use:     "flows CAPTURE... [EXPRESSION]",
		Short:   "Write every flow as one line of JSON, in order of first packet",
		Example: "  peeratlas flows office.pcapng | jq 'select(.p2p)'\n  peeratlas flows --p2p - < office.pcapng\n  peeratlas flows --store history.db --host 192.168.1.34",
		RunE: func(cmd *cobra.Command, args []string) error {
			if hist.reads(in, args) {
				return runStoredFlows(cmd, in, against, hist, p2p)
			}
			return runFlows(cmd, in, against, keep, hist, p2p, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	hist.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&p2p, "p2p", false, "only flows judged encrypted peer-to-peer")
	return cmd
}

func runFlows(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, hist *history, p2p bool, args []string) error {
	s, err := in.open(cmd, args)
	if err != nil {
		return err
	}
	held, err := against.open(cmd, s.geo.Sources)
	if err != nil {
		return err
	}
	if err := keep.attach(s); err != nil {
		return err
	}
	if err := hist.attach(cmd, s); err != nil {
		return err
	}
	defer hist.detach()
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	var line []byte
	result, err := s.run(hist.adding(cmd.Context(), func(r *report.Record) error {
		var flags []report.Flag
		if held != nil {
			flags = held.Add(r)
		}
		if p2p && r.Verdict.Judgement != classify.P2P {
			return nil
		}
		line = report.AppendFlags(report.AppendRecord(line[:0], r), flags)
		_, err := out.Write(line)
		return err
	}))
	if err == nil {
		err = hist.finish(cmd, s, result)
	}
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if held == nil {
		return status(cmd, result)
	}
	return breachStatus(cmd, held.Finish(), result)
}
