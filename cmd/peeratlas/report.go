package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
	"peeratlas/report"
)

func newReport() *cobra.Command {
	in, against, keep, join, page, format := new(input), new(policyFlags), new(evidence), new(netstatFlags), new(pageFlags), "text"
	cmd := &cobra.Command{
		Use:     "report CAPTURE... [EXPRESSION]",
		Short:   "Say which encrypted peer-to-peer flows a capture holds, by country",
		Example: "  peeratlas report office.pcapng\n  peeratlas report --format csv -o peers.csv captures/ host 192.168.1.34\n  peeratlas report --netstat netstat.txt --netstat-host 192.168.1.34 office.pcapng",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd, in, against, keep, join, page, format, args)
		},
	}
	in.addFlags(cmd.Flags())
	against.addFlags(cmd.Flags())
	keep.addFlags(cmd.Flags())
	join.addFlags(cmd.Flags())
	page.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", format, "one of text, json, csv, md, html")
	return cmd
}

func runReport(cmd *cobra.Command, in *input, against *policyFlags, keep *evidence, join *netstatFlags, page *pageFlags, format string, args []string) error {
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
	whose, err := join.open(cmd, s.stdin())
	if err != nil {
		return err
	}
	held, err := against.open(cmd, s.geo.Sources)
	if err != nil {
		return err
	}
	hide, err := page.redactor(s.home)
	if err != nil {
		return err
	}
	if hide != nil && keep.file != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "peeratlas: --redact does not change what --write-evidence writes: the packets hold all addresses")
	}
	if err := keep.attach(s); err != nil {
		return err
	}
	out, err := pipeline.NewOutput(in.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	page.join(whose)
	b := report.NewBuilder(report.Options{Program: "peeratlas " + buildVersion(), Now: time.Now(), Home: s.home, Inputs: s.words, Owner: whose.owner, Listings: whose.all})
	s.brief = format != "html" // which tells what the other flows are
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
	if err := writeReport(cmd, out, s, sum, page, hide, format); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return breachStatus(cmd, sum.Policy, result)
}

// writeReport writes sum in a format, with pseudonyms for hosts if hide is not nil.
func writeReport(cmd *cobra.Command, out io.Writer, s *session, sum *report.Summary, page *pageFlags, hide *report.Redactor, format string) error {
	var o report.HTMLOptions
	if format == "html" {
		var err error
		if o, err = page.page(s, &sum.Coverage); err != nil {
			return err
		}
	}
	hide.Summary(sum)
	hide.Page(&o)
	out = hide.Writer(out)
	switch format {
	case "json":
		return report.WriteJSON(out, sum)
	case "csv":
		return report.WriteCSV(out, sum)
	case "md":
		return report.WriteMarkdown(out, sum)
	case "html":
		return report.WriteHTML(out, sum, o)
	}
	return report.WriteText(out, sum, textOptions(cmd.OutOrStdout(), s.in.output))
}
