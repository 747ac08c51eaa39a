package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
	"peeratlas/report"
)

func newExplain() *cobra.Command {
	in, keep := new(input), new(evidence)
	cmd := &cobra.Command{
		Use:   "explain CAPTURE... [EXPRESSION] [HOST | IP:PORT | COMMUNITY-ID]",
		Short: "Show the evidence for and against, with values and packet numbers",
		Long: `explain shows for each flow what speaks for and against encrypted peer-to-peer, with the
values that were seen, the numbers of the packets that show them, and a Wireshark display
filter to copy. Of a host it first tells what all of its flows and sockets say together. Without a host, address and port, or Community ID it explains the flows
judged peer-to-peer or likely so.`,
		Example: "  peeratlas explain office.pcapng 192.168.1.34\n  peeratlas explain office.pcapng 192.168.1.34:13021",
		RunE: func(cmd *cobra.Command, args []string) error {
			subject, args, err := pipeline.SplitSubject(args)
			if err != nil {
				return err
			}
			s, err := in.open(cmd, args)
			if err != nil {
				return err
			}
			keep.only = subject.Match
			if err := keep.attach(s); err != nil {
				return err
			}
			out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			defer out.Discard()
			var records []*report.Record
			more := 0
			result, err := s.run(func(r *report.Record) error {
				if !subject.Match(r) {
					return nil
				}
				if len(records) >= maxExplained {
					more++
					return nil
				}
				kept := *r
				records = append(records, &kept)
				return nil
			})
			if err != nil {
				return err
			}
			if len(records) == 0 && !subject.Empty() {
				return noFlowOf(subject, s)
			}
			if err := report.WriteExplainHosts(out, subject.Hosts(result.Hosts), textOptions(cmd.OutOrStdout(), in.output)); err != nil {
				return err
			}
			if err := report.WriteExplain(out, records, subject.Sockets(result.Sockets), textOptions(cmd.OutOrStdout(), in.output)); err != nil {
				return err
			}
			if more > 0 {
				fmt.Fprintf(out, "%d more flows: narrow the question, or see peeratlas flows\n", more)
			}
			if err := out.Commit(); err != nil {
				return err
			}
			return status(cmd, result)
		},
	}
	in.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	return cmd
}

// maxExplained bounds the flows that explain keeps; a person reads far fewer.
const maxExplained = 10_000

// noFlowOf is the error of a subject that no flow has.
func noFlowOf(asked pipeline.Subject, s *session) error {
	if s.filter != nil {
		return fmt.Errorf("no flow of %s in the packets that the filter lets pass; try without it", asked)
	}
	return fmt.Errorf("no flow of %s in the capture; peeratlas flows lists all", asked)
}
