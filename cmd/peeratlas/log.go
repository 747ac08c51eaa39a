package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"peeratlas/alert"
	"peeratlas/report"
)

func newLog() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "Verify logs of contacts",
		Example: "  peeratlas log verify /var/log/peeratlas",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLogVerify())
	return cmd
}

func newLogVerify() *cobra.Command {
	chain := ""
	cmd := &cobra.Command{
		Use:   "verify FOLDER|FILE...",
		Short: "Tell whether logs of contacts are what was written, or where not",
		Long: `verify reads logs that watch --log wrote, compressed or not, and tells whether every line and
every file is there and as it was written, and if not, where the chain breaks. A folder stands
for the logs in it. Of single files each is read and compared with those before and after it,
also with such as are beside it and were not named.

A log is NOT CLOSED when its last file has no end and no process on this machine writes it: its
watch was killed, lines were cut off its end, or it was copied while it was written. That whole
files were taken from its end, or that it was written anew, shows only by --chain, with a chain
that was kept elsewhere: watch tells that of each full file on standard error.`,
		Example: "  peeratlas log verify /var/log/peeratlas\n  peeratlas log verify contacts-000007-20261125T000000Z.ndjson.zst",
		Args:    atLeast(1, "name the folder of a log, or its files"),
		Annotations: map[string]string{exitAnnotation: `
EXIT STATUS
  0    every log is whole; one that is being written, as far as it is written
  2    wrong usage, or an error
  3    a log is DAMAGED or NOT CLOSED
`},
		RunE: func(cmd *cobra.Command, args []string) error {
			logs, err := alert.VerifyLogs(args, chain)
			if err != nil {
				return err
			}
			whole := true
			for _, v := range logs {
				if err := writeVerified(cmd.OutOrStdout(), v); err != nil {
					return err
				}
				whole = whole && v.Whole()
			}
			if !whole {
				return errDamaged
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&chain, "chain", "", "a line with this `chain` must be there")
	return cmd
}

// writeVerified tells of one log: whether it is whole, and each damage on a line. Names of files
// may hold anything.
func writeVerified(w io.Writer, v *alert.Verified) error {
	word := "whole"
	switch {
	case len(v.Damage) > 0:
		word = "DAMAGED"
	case !v.Whole():
		word = "NOT CLOSED"
	}
	text := fmt.Sprintf("%s: %s: files %d to %d (%d read), %d lines, chain %s", v.Name, word, v.First, v.Last, v.Files, v.Lines, v.Chain)
	switch {
	case v.Open && v.Written:
		text += "; the last file is being written"
	case v.Open:
		text += "; the last file has no end, and no process on this machine writes it: its watch was killed, or lines were cut off its end," +
			" or it was copied while it was written"
	}
	lines := []string{text}
	for _, d := range v.Damage {
		lines = append(lines, "  "+d.String())
	}
	if v.MoreDamage > 0 {
		lines = append(lines, fmt.Sprintf("  and %d places more", v.MoreDamage))
	}
	for _, n := range v.Notes {
		lines = append(lines, "  note: "+n)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, report.Clean(l, 0)); err != nil {
			return err
		}
	}
	return nil
}
