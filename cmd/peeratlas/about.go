package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

func newDetectors() *cobra.Command {
	return &cobra.Command{
		Use:     "detectors [NAME...]",
		Short:   "Print the fact sheets of all detectors, from the code",
		Example: "  peeratlas detectors\n  peeratlas detectors stun wireguard",
		RunE: func(cmd *cobra.Command, args []string) error {
			var sheets []report.Sheet
			for _, d := range classify.Sheets() {
				if len(args) > 0 && !matches(d.Name, args) {
					continue
				}
				s := report.Sheet{Name: d.Name, Transport: d.Transport, References: d.References, Proves: d.Proves, Not: d.Not}
				for _, c := range d.Claims {
					s.Claims = append(s.Claims, report.ClaimSheet{Claim: c.Claim, Group: c.Group, Family: c.Family, Bits: c.Bits, Detail: c.Detail})
				}
				sheets = append(sheets, s)
			}
			if len(sheets) == 0 {
				return fmt.Errorf("there is no detector %s; peeratlas detectors lists all", strings.Join(args, " "))
			}
			return report.WriteDetectors(cmd.OutOrStdout(), sheets, textOptions(cmd.OutOrStdout(), ""))
		},
	}
}

func matches(name string, words []string) bool {
	for _, w := range words {
		if strings.EqualFold(w, name) {
			return true
		}
	}
	return false
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the geo databases with their dates and attribution",
		Example: "  peeratlas version",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			db, err := geo.Open(nil)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "peeratlas %s, %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, s := range db.Sources() {
				fmt.Fprintf(w, "%s database: %s, %s (%s)\n  %s\n  %s\n", s.Kind, s.Name, s.Date.Format("2006-01-02"), s.Licence, s.Attribution, s.Link)
			}
			return nil
		},
	}
}

// buildVersion is the module's version, else the commit that it was built from.
func buildVersion() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+"
			}
		}
	}
	if revision != "" {
		return "0.1.0-" + revision + modified
	}
	return "0.1.0"
}
