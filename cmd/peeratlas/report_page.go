package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // --time-zone knows the zones where the machine has no list of them

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/geo"
	"peeratlas/report"
)

// pageFlags are those of the HTML report.
type pageFlags struct {
	title, zone, moment string
	sections            []string
	top                 int
	redact              bool
	keyFile             string
	differ              *report.MomentDiffer // nil: no moment
}

func (o *pageFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.title, "title", "", "`words` at the head of the HTML report")
	f.StringVar(&o.zone, "time-zone", "UTC", "`zone` of the times in the HTML report, such as Europe/Berlin or Local")
	f.StringSliceVar(&o.sections, "sections", nil, "`list` of the sections of the HTML report: "+strings.Join(report.HTMLSections(), ", ")+" (default: all)")
	f.IntVar(&o.top, "top", report.DefaultTop, "`rows` of each list of the HTML report; 0: all that it has room for")
	f.BoolVar(&o.redact, "redact", false, "give hosts pseudonyms, in any format: the same host has the same one throughout a report")
	f.StringVar(&o.keyFile, "redact-key-file", "", "`file` with the secret (16 octets at least) that --redact makes pseudonyms with, so that several reports have the same; default: a new one each time")
	f.StringVar(&o.moment, "diff-at", "", "`time` within the capture: the HTML report tells what changed then, as diff --at")
}

// pageOnly are the flags that no other format knows.
var pageOnly = []string{"title", "time-zone", "sections", "top", "diff-at"}

// check tells of all that is wrong with the flags before anything is read.
func (o *pageFlags) check(cmd *cobra.Command, format string) error {
	if format != "html" {
		for _, name := range pageOnly {
			if cmd.Flags().Changed(name) {
				return usage(cmd, "--%s is for --format html", name)
			}
		}
		return nil
	}
	if o.top < 0 {
		return usage(cmd, "--top cannot be negative")
	}
	for _, name := range o.sections {
		if !slices.Contains(report.HTMLSections(), name) {
			return usage(cmd, "--sections %s: choose of %s", name, strings.Join(report.HTMLSections(), ", "))
		}
	}
	if _, err := time.LoadLocation(o.zone); err != nil {
		return usage(cmd, "--time-zone %s: no such zone; name one as Europe/Berlin, UTC or Local", strconv.Quote(o.zone))
	}
	if o.moment == "" {
		return nil
	}
	at, err := parseMoment(o.moment)
	if err != nil {
		return fmt.Errorf("--diff-at %s: write it as 2026-11-25T09:05:00Z, or '2026-11-25 09:05:00' for UTC", o.moment)
	}
	o.differ = report.NewMomentDiffer(at)
	return nil
}

// redactor is nil if nothing is to be redacted.
func (o *pageFlags) redactor(home geo.Home) (*report.Redactor, error) {
	if o.keyFile == "" {
		if !o.redact {
			return nil, nil
		}
		return report.NewRedactor(nil, home), nil
	}
	key, err := os.ReadFile(o.keyFile)
	if err != nil {
		return nil, fmt.Errorf("--redact-key-file: %w", err)
	}
	if len(key) < report.LeastRedactKey {
		return nil, fmt.Errorf("--redact-key-file %s: %d octets could be tried out; write %d random ones at least", o.keyFile, len(key), report.LeastRedactKey)
	}
	return report.NewRedactor(key, home), nil
}

// join lets listings tell whose sockets are.
func (o *pageFlags) join(whose *joined) {
	if o.differ != nil {
		o.differ.Join(whose.owner, whose.all)
	}
}

// add counts a flow for what the page tells beside the summary.
func (o *pageFlags) add(r *report.Record) {
	if o.differ != nil {
		o.differ.Add(r)
	}
}

// page is what the page tells beside the summary. Without words, what was stored of the inputs is told.
func (o *pageFlags) page(ctx context.Context, words []string, c *report.Coverage) (report.HTMLOptions, error) {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return report.HTMLOptions{}, err
	}
	page := report.HTMLOptions{Title: o.title, Zone: zone, Sections: o.sections, Top: o.top, Made: madeAt(),
		Settings: append([]string{"peeratlas"}, os.Args[1:]...)}
	if o.top == 0 {
		page.Top = -1
	}
	if o.differ != nil {
		name := "-"
		if len(words) > 0 {
			name = words[0]
		}
		if page.Diff, err = o.differ.Finish(name, c); err != nil {
			return page, fmt.Errorf("--diff-at %s: %w", o.moment, err)
		}
	}
	for _, name := range c.Inputs {
		if len(words) == 0 {
			page.Inputs = append(page.Inputs, report.InputFile{Name: name, Octets: -1, Problem: "told by the history: not read again"})
			continue
		}
		page.Inputs = append(page.Inputs, hashed(ctx, name))
	}
	return page, nil
}

// madeAt is now, or what SOURCE_DATE_EPOCH says it is (reproducible-builds.org), so that the same input
// gives the same octets.
func madeAt() time.Time {
	if seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Now().UTC()
}

// hashed reads a capture once more for its SHA-256, unless the command is to end.
func hashed(ctx context.Context, name string) report.InputFile {
	out := report.InputFile{Name: name, Octets: -1}
	if name == "-" {
		out.Problem = "read from a pipe: not kept"
		return out
	}
	f, err := os.Open(name)
	if err != nil {
		out.Problem = "cannot be read again: " + cause(err)
		return out
	}
	defer f.Close()
	if state, err := f.Stat(); err != nil || !state.Mode().IsRegular() {
		out.Problem = "no regular file: not kept"
		return out
	}
	h := sha256.New()
	n, err := io.Copy(h, &interruptible{f, ctx})
	if err != nil {
		out.Problem = "cannot be read again: " + cause(err)
		return out
	}
	out.Octets, out.SHA256 = n, hex.EncodeToString(h.Sum(nil))
	return out
}

// interruptible is a file that is read until the context ends.
type interruptible struct {
	f   *os.File
	ctx context.Context
}

// Read reads.
func (r *interruptible) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errors.New("interrupted")
	}
	return r.f.Read(p)
}

// cause is an error of a file without its name, which is beside it.
func cause(err error) string {
	if e := new(os.PathError); errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
