package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
	"peeratlas/store"
)

// reporting is a report command with its flags.
type reporting struct {
	cmd     *cobra.Command
	in      *input
	against *policyFlags
	keep    *evidence
	join    *netstatFlags
	page    *pageFlags
	hist    *history
	format  string
}

func newReport() *cobra.Command {
	r := &reporting{in: new(input), against: new(policyFlags), keep: new(evidence), join: new(netstatFlags), page: new(pageFlags), hist: new(history)}
	r.cmd = &cobra.Command{
		Use:   "report CAPTURE... [EXPRESSION]",
		Short: "Say which encrypted peer-to-peer flows a capture holds, by country",
		Example: `  peeratlas report office.pcapng
  peeratlas report --format html -o report.html office.pcapng
  peeratlas report --format csv -o peers.csv captures/ host 192.168.1.34
  peeratlas report --netstat netstat.txt --netstat-host 192.168.1.34 office.pcapng
  peeratlas report --store history.db --since 24h`,
		RunE: func(_ *cobra.Command, args []string) error { return r.run(args) },
	}
	f := r.cmd.Flags()
	r.in.addFlags(f)
	r.against.addFlags(f)
	r.keep.addFlags(f)
	r.join.addFlags(f)
	r.page.addFlags(f)
	r.hist.addFlags(f)
	f.StringVar(&r.format, "format", "text", "one of text, json, csv, md, html")
	return r.cmd
}

// material is what a report is made of.
type material struct {
	words     []string // captures as given; none of a store
	home      geo.Home
	summarize func() (*report.Summary, *pipeline.Result, error)
}

func (r *reporting) run(args []string) error {
	if !strings.Contains(" text json csv md html ", " "+r.format+" ") {
		return fmt.Errorf("--format %s: choose text, json, csv, md or html", r.format)
	}
	if err := r.page.check(r.cmd, r.format); err != nil {
		return err
	}
	prepare := r.captures
	if r.hist.reads(r.in, args) {
		prepare = r.stored
	}
	m, err := prepare(args)
	if err != nil {
		return err
	}
	defer r.hist.detach()
	hide, err := r.page.redactor(m.home)
	if err != nil {
		return err
	}
	if hide != nil && r.keep.file != "" {
		fmt.Fprintln(r.cmd.ErrOrStderr(), "peeratlas: --redact does not change what --write-evidence writes: the packets hold all addresses")
	}
	out, err := pipeline.NewOutput(r.in.output, r.cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.Discard()
	sum, result, err := m.summarize()
	if err != nil {
		return err
	}
	if err := r.write(out, m, sum, hide); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return breachStatus(r.cmd, sum.Policy, result)
}

// captures checks all that can be checked before captures are read.
func (r *reporting) captures(args []string) (*material, error) {
	s, err := r.in.open(r.cmd, args)
	if err != nil {
		return nil, err
	}
	whose, err := r.join.open(r.cmd, s.stdin())
	if err != nil {
		return nil, err
	}
	held, err := r.against.open(r.cmd, s.geo.Sources)
	if err != nil {
		return nil, err
	}
	if err := r.keep.attach(s); err != nil {
		return nil, err
	}
	if err := r.hist.attach(r.cmd, s); err != nil {
		return nil, err
	}
	r.page.join(whose)
	b := report.NewBuilder(report.Options{Program: "peeratlas " + buildVersion(), Now: time.Now(), Home: s.home, Inputs: s.words, Owner: whose.owner, Listings: whose.all})
	s.brief = r.format != "html" // which tells what the other flows are
	return &material{s.words, s.home, func() (*report.Summary, *pipeline.Result, error) {
		result, err := s.run(r.hist.adding(r.cmd.Context(), func(record *report.Record) error {
			b.Add(record)
			r.page.add(record)
			if held != nil {
				held.Add(record)
			}
			return nil
		}))
		if err == nil {
			err = r.hist.finish(r.cmd, s, result)
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
	}}, nil
}

// stored checks all that can be checked before a store is read; there are no captures.
func (r *reporting) stored([]string) (*material, error) {
	q, err := r.hist.query(r.cmd)
	if err != nil {
		return nil, err
	}
	whose, err := r.join.open(r.cmd, false)
	if err != nil {
		return nil, err
	}
	from, held, err := r.hist.readAgainst(r.cmd, r.against, q)
	if err != nil {
		return nil, err
	}
	r.hist.open = from
	home, err := store.Home(r.cmd.Context(), from, q)
	if err != nil {
		return nil, interruptedInstead(r.cmd, err)
	}
	r.page.join(whose)
	o := store.SummaryOptions{Program: "peeratlas " + buildVersion(), Now: time.Now(), Owner: whose.owner, Listings: whose.all, Each: func(record *report.Record) {
		r.page.add(record)
		if held != nil {
			held.Add(record)
		}
	}}
	return &material{nil, home, func() (*report.Summary, *pipeline.Result, error) {
		sum, err := store.Summarize(r.cmd.Context(), from, q, o)
		if err != nil {
			return nil, nil, interruptedInstead(r.cmd, err)
		}
		if held != nil {
			sum.Policy = held.Finish()
		}
		return sum, storedResult(sum.Coverage), nil
	}}, nil
}

// write writes sum in the format, with pseudonyms for hosts if hide is not nil.
func (r *reporting) write(out io.Writer, m *material, sum *report.Summary, hide *report.Redactor) error {
	var o report.HTMLOptions
	if r.format == "html" {
		var err error
		if o, err = r.page.page(r.cmd.Context(), m.words, &sum.Coverage); err != nil {
			return err
		}
	}
	hide.Summary(sum)
	hide.Page(&o)
	out = hide.Writer(out)
	switch r.format {
	case "json":
		return report.WriteJSON(out, sum)
	case "csv":
		return report.WriteCSV(out, sum)
	case "md":
		return report.WriteMarkdown(out, sum)
	case "html":
		return report.WriteHTML(out, sum, o)
	}
	return report.WriteText(out, sum, textOptions(r.cmd.OutOrStdout(), r.in.output))
}
