package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
	"peeratlas/report"
)

func newExplain() *cobra.Command {
	in := new(input)
	cmd := &cobra.Command{
		Use:   "explain CAPTURE [HOST | IP:PORT | COMMUNITY-ID]",
		Short: "Show the evidence for and against, with values and packet numbers",
		Long: `explain shows for each flow what speaks for and against encrypted peer-to-peer, with the
values that were seen, the numbers of the packets that show them, and a Wireshark display
filter to copy. Without a host, address and port, or Community ID it explains the flows
judged peer-to-peer or likely so.`,
		Example: "  peeratlas explain office.pcapng 192.168.1.34\n  peeratlas explain office.pcapng 192.168.1.34:13021",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var subject pipeline.Subject
			var err error
			if n := len(args); n > 1 {
				if subject, err = pipeline.ParseSubject(args[n-1]); err == nil {
					args = args[:n-1]
				} else if n == 2 {
					return err
				}
			}
			s, err := in.open(cmd, args)
			if err != nil {
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
				return fmt.Errorf("no flow of %s in the capture; see peeratlas flows %s", args[len(args)-1], s.words[0])
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
	return cmd
}

// maxExplained bounds the flows that explain keeps; a person reads far fewer.
const maxExplained = 10_000
