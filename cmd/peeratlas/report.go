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
	in, against, keep, page, format := new(input), new(policyFlags), new(evidence), new(pageFlags), "text"
	cmd := &cobra.Command{
		Use:     "report CAPTURE... [EXPRESSION]",
		Short:   "Say which encrypted peer-to-peer flows a capture holds, by country",
		Example: "  peeratlas report office.pcapng\n  peeratlas report --format csv -o peers.csv captures/ host 192.168.1.34",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd, in, against, keep, page, format, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	page.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", format, "one of text, json, csv, md, html")
	return cmd
}

func runReport(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, page *pageFlags, format string, args []string) error {
	if !strings.Contains(" text json csv md html ", " "+format+" ") {
		return fmt.Errorf("--format %s: choose text, json, csv, md or html", format)
	}
	if err := page.check(cmd, format); err != nil {
		return err
	}
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
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	b := report.NewBuilder(report.Options{Program: "peeratlas " + buildVersion(), Now: time.Now(), Home: s.home, Inputs: s.words})
	s.brief = true
	result, err := s.run(func(r *report.Record) error {
		b.Add(r)
		page.add(r)
		if held != nil {
			held.Add(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.Judge(result.Hosts)
	sum := b.Finish(result.Sockets, result.Coverage, s.geo.Sources())
	if held != nil {
		sum.Policy = held.Finish()
	}
	switch format {
	case "json":
		err = report.WriteJSON(out, sum)
	case "csv":
		err = report.WriteCSV(out, sum)
	case "md":
		err = report.WriteMarkdown(out, sum)
	case "html":
		err = page.write(out, s, sum, nil)
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
