package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"peeratlas/classify"
	"peeratlas/export"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func newFlows() *cobra.Command {
	in, against, keep, which, join := new(input), new(policyFlags), new(evidence), new(flowsFlags), new(netstatFlags)
	hist := new(history)
	cmd := &cobra.Command{
		Use:   "flows CAPTURE... [EXPRESSION]",
		Short: "Write every flow as one line of JSON, or in a format of other programs",
		Long: `flows writes every flow with its verdict, in order of first packet: as one line of JSON each
(ndjson), as one JSON array, as CSV, as Zeek's conn.log, as flow events of Suricata's EVE, in
the Elastic Common Schema or as Parquet. All formats hold the same flows.`,
		Example: `  peeratlas flows office.pcapng | jq 'select(.p2p)'
  peeratlas flows --p2p - < office.pcapng
  peeratlas flows --format zeek office.pcapng | zeek-cut id.orig_h id.resp_h peeratlas_verdict
  peeratlas flows --netstat ss.txt office.pcapng | jq -c '[.src_process, .dst_ip]'
  peeratlas flows --format parquet -o office.parquet office.pcapng
  peeratlas flows --store history.db --host 192.168.1.34`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if hist.reads(in, args) {
				return runStoredFlows(cmd, in, against, hist, which, join)
			}
			return runFlows(cmd, in, against, keep, hist, which, join, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	join.addFlags(cmd.Flags())
	hist.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&which.p2p, "p2p", false, "only flows judged encrypted peer-to-peer")
	cmd.Flags().StringVar(&which.format, "format", export.Names()[0], "one of "+strings.Join(export.Names(), ", "))
	return cmd
}

// flowsFlags are those of flows alone.
type flowsFlags struct {
	format string
	p2p    bool
}

// check refuses what cannot be written before a packet is read.
func (f *flowsFlags) check(cmd *cobra.Command, in *input) error {
	toTerminal := (in.output == "" || in.output == "-") && terminal(cmd.OutOrStdout()) > 0
	if export.Binary(f.format) && toTerminal {
		return fmt.Errorf("--format %s: a terminal cannot show it; name a file with -o, or lead the output into a pipe", f.format)
	}
	return export.Unknown(f.format)
}

func runFlows(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, hist *history, which *flowsFlags, join *netstatFlags, args []string) error {
	if err := which.check(cmd, in); err != nil {
		return err
	}
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
	if err := hist.attach(cmd, s); err != nil {
		return err
	}
	defer hist.detach()
	if err := hist.attach(cmd, s); err != nil {
		return err
	}
	defer hist.detach()
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
	result, err := s.run(hist.adding(cmd.Context(), func(r *report.Record) error {
		var flags []report.Flag
		if held != nil {
			flags = held.Add(r)
		}
		if which.p2p && r.Verdict.Judgement != classify.P2P {
			return nil
		}
		sockets.Add(r)
		r.Owned = whose.of(r)
		return to.Write(r, flags)
	}))
	if err == nil {
		err = hist.finish(cmd, s, result)
	}
	if err != nil {
		return err
	}
	if err := to.Close(); err != nil {
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
