package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"peeratlas/capture"
	"peeratlas/pipeline"
	"peeratlas/report"
)

// evidence is the flag --write-evidence of commands that read captures.
type evidence struct {
	file   string
	memory size                      // that flows and verdicts may take
	only   func(*report.Record) bool // nil: all peer-to-peer flows
	kept   pipeline.Evidence
	out    *pipeline.Output
}

func (e *evidence) addFlags(f *pflag.FlagSet) {
	f.StringVar(&e.file, "write-evidence", "", "pcapng `file` to write with the packets of peer-to-peer flows; the captures are read a second time for it")
}

// wanted tells whether there is a file to write. It may be asked of nil.
func (e *evidence) wanted() bool { return e != nil && e.file != "" }

// attach has s write the file at its end, and refuses at once what could not be done then.
func (e *evidence) attach(s *session) error {
	s.keep, e.memory = e, s.in.memory
	err := e.check(s)
	if err != nil {
		s.source.Close()
	}
	return err
}

func (e *evidence) check(s *session) error {
	if !e.wanted() {
		return nil
	}
	if e.file == "-" {
		return errors.New("--write-evidence -: standard output is the report's; name a file")
	}
	if err := pipeline.Rereadable(s.words); err != nil {
		return fmt.Errorf("--write-evidence: %w", err)
	}
	to, err := os.Stat(e.file)
	for _, in := range s.source.Stats().Inputs {
		if from, ferr := os.Stat(in.Path); err == nil && ferr == nil && os.SameFile(from, to) {
			return fmt.Errorf("--write-evidence %s: this is one of the captures that are read; choose another name", e.file)
		}
	}
	return nil
}

// begin opens the file, so that one that cannot be written is told before captures are read. discard
// must follow.
func (e *evidence) begin() (err error) {
	if e.wanted() {
		e.out, err = pipeline.NewOutput(e.file, nil)
	}
	return err
}

func (e *evidence) discard() {
	if e.wanted() && e.out != nil {
		e.out.Discard()
	}
}

// noting returns a write that notes each record before write gets it.
func (e *evidence) noting(write func(*report.Record) error) func(*report.Record) error {
	if !e.wanted() {
		return write
	}
	e.kept.Only, e.kept.Program, e.kept.Memory = e.only, "peeratlas "+buildVersion(), int64(e.memory)/2
	return func(r *report.Record) error {
		e.kept.Note(r)
		return write(r)
	}
}

// write reads the captures of s again and writes the file.
func (e *evidence) write(s *session, first *pipeline.Result) error {
	if !e.wanted() {
		return nil
	}
	stderr := s.command.ErrOrStderr()
	if first.Interrupted {
		fmt.Fprintf(stderr, "peeratlas: interrupted, so %s is not written\n", report.Clean(e.file, 0))
		return nil
	}
	var paths []string
	for _, in := range s.source.Stats().Inputs {
		paths = append(paths, in.Path)
	}
	again, err := capture.Open(paths, capture.Options{Describe: true})
	if err != nil {
		return fmt.Errorf("read a second time for %s: %w", e.file, err)
	}
	defer again.Close()
	done, err := e.kept.Copy(s.command.Context(), again, s.filter, first.Coverage.Packets, e.out)
	switch {
	case s.command.Context().Err() != nil:
		fmt.Fprintf(stderr, "peeratlas: interrupted, so %s is not written\n", report.Clean(e.file, 0))
		first.Interrupted = true
		return nil
	case err != nil:
		return err
	}
	if err := e.out.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "peeratlas: %s: %d packets of %d peer-to-peer flows\n", report.Clean(e.file, 0), done.Packets, done.Flows)
	if done.Missing > 0 {
		fmt.Fprintf(stderr, "peeratlas: %d packets of these flows were not found when the captures were read again; they changed meanwhile\n", done.Missing)
	}
	if done.Beyond > 0 {
		fmt.Fprintf(stderr, "peeratlas: %d more flows are not in it for want of memory\n", done.Beyond)
	}
	return nil
}
