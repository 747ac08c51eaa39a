package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
	"peeratlas/report"
)

func newReport() *cobra.Command {
	in, against, keep, hist, format := new(input), new(policyFlags), new(evidence), new(history), "text"
	cmd := &cobra.Command{
		Use:   "report CAPTURE... [EXPRESSION]",
		Short: "Say which encrypted peer-to-peer flows a capture holds, by country",
		Example: "  peeratlas report office.pcapng\n  peeratlas report --format csv -o peers.csv captures/ host 192.168.1.34\n" +
			"  peeratlas report --store history.db --since 24h",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd, in, against, keep, hist, format, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	hist.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", format, "one of text, json, csv, md")
	return cmd
}

func runReport(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, hist *history, format string, args []string) error {
	if !strings.Contains(" text json csv md ", " "+format+" ") {
		return fmt.Errorf("--format %s: choose text, json, csv or md", format)
	}
	prepare := prepareReport
	if hist.reads(in, args) {
		prepare = prepareStored
	}
	summarize, err := prepare(cmd, in, against, keep, hist, args)
	if err != nil {
		return err
	}
	defer hist.detach()
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	sum, result, err := summarize()
	if err != nil {
		return err
	}
	switch format {
	case "json":
		err = report.WriteJSON(out, sum)
	case "csv":
		err = report.WriteCSV(out, sum)
	case "md":
		err = report.WriteMarkdown(out, sum)
	default:
		err = report.WriteText(out, sum, textOptions(cmd.OutOrStdout(), in.output))
	}
	if err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return breachStatus(cmd, sum.Policy, result)
}

// prepareReport checks all that can be checked before captures are read.
func prepareReport(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, hist *history, args []string) (summarizer, error) {
	s, err := in.open(cmd, args)
	if err != nil {
		return nil, err
	}
	held, err := against.open(cmd, s.geo.Sources)
	if err != nil {
		return nil, err
	}
	if err := keep.attach(s); err != nil {
		return nil, err
	}
	if err := hist.attach(cmd, s); err != nil {
		return nil, err
	}
	b := report.NewBuilder(report.Options{Program: "peeratlas " + buildVersion(), Now: time.Now(), Home: s.home, Inputs: s.words})
	s.brief = true
	return func() (*report.Summary, *pipeline.Result, error) {
		result, err := s.run(hist.adding(cmd.Context(), func(r *report.Record) error {
			b.Add(r)
			if held != nil {
				held.Add(r)
			}
			return nil
		}))
		if err == nil {
			err = hist.finish(cmd, s, result)
		}
		if err != nil {
			return nil, nil, err
		}
		b.Judge(result.Hosts)
		sum := b.Finish(result.Sockets, result.Coverage, s.geo.Sources())
		if held != nil {
			sum.Policy = held.Finish()
		}
		return sum, result, nil
	}, nil
}

// prepareStored is prepareReport where there is no capture, but a store.
func prepareStored(cmd *cobra.Command, _ *input, against *policyFlags, _ *evidence, hist *history, _ []string) (summarizer, error) {
	return hist.summarizer(cmd, against)
}
