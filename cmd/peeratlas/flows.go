package main

import (
	"github.com/spf13/cobra"

	"peeratlas/classify"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func newFlows() *cobra.Command {
	in, keep, p2p := new(input), new(evidence), false
	cmd := &cobra.Command{
		Use:     "flows CAPTURE... [EXPRESSION]",
		Short:   "Write every flow as one line of JSON, in order of first packet",
		Example: "  peeratlas flows office.pcapng | jq 'select(.p2p)'\n  peeratlas flows --p2p - < office.pcapng",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := in.open(cmd, args)
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
			result, err := s.run(func(r *report.Record) error {
				if p2p && r.Verdict.Judgement != classify.P2P {
					return nil
				}
				line = report.AppendRecord(line[:0], r)
				_, err := out.Write(line)
				return err
			})
			if err != nil {
				return err
			}
			if err := out.Commit(); err != nil {
				return err
			}
			return status(cmd, result)
		},
	}
	in.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&p2p, "p2p", false, "only flows judged encrypted peer-to-peer")
	return cmd
}
