package main

import (
	"github.com/spf13/cobra"

	"peeratlas/classify"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func newFlows() *cobra.Command {
	in, against, keep, join, p2p := new(input), new(policyFlags), new(evidence), new(netstatFlags), false
	cmd := &cobra.Command{
		Use:     "flows CAPTURE... [EXPRESSION]",
		Short:   "Write every flow as one line of JSON, in order of first packet",
		Example: "  peeratlas flows office.pcapng | jq 'select(.p2p)'\n  peeratlas flows --p2p - < office.pcapng\n  peeratlas flows --netstat ss.txt office.pcapng | jq -c '[.src_process, .dst_ip]'",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFlows(cmd, in, against, keep, join, p2p, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	join.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&p2p, "p2p", false, "only flows judged encrypted peer-to-peer")
	return cmd
}

func runFlows(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, join *netstatFlags, p2p bool, args []string) error {
	s, err := in.open(cmd, args)
	if err != nil {
		return err
	}
	whose, err := join.open(cmd, s.stdin())
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
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	var line []byte
	sockets := report.NewJoin(whose.owner)
	result, err := s.run(func(r *report.Record) error {
		var flags []report.Flag
		if held != nil {
			flags = held.Add(r)
		}
		if p2p && r.Verdict.Judgement != classify.P2P {
			return nil
		}
		sockets.Add(r)
		line = report.AppendFlags(report.AppendRecord(line[:0], r), flags)
		line = report.AppendProcesses(line, r, whose.owner)
		_, err := out.Write(line)
		return err
	})
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
