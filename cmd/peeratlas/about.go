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
		Short:   "Print the version and commit, and the geo databases with their dates and attribution",
		Example: "  peeratlas version",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			db, err := geo.Open(nil)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "peeratlas %s, %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			fmt.Fprintln(w, buildCommit())
			for _, s := range db.Sources() {
				fmt.Fprintf(w, "%s database: %s, %s (%s)\n  %s\n  %s\n", s.Kind, s.Name, s.Date.Format("2006-01-02"), s.Licence, s.Attribution, s.Link)
			}
			return nil
		},
	}
}

// firstVersion is the version that the tree becomes when it gets its first tag.
const firstVersion = "0.1.0"

// buildVersion is the version of the commit that this was built from. Go takes it from version control.
func buildVersion() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return versionOf("")
	}
	return versionOf(b.Main.Version)
}

// versionOf is a module's version as people read it: a tag, or what goes before the next one, with time
// and commit. packaging/build names the packages in the same way.
func versionOf(module string) string {
	if module == "" || module == "(devel)" {
		return firstVersion + "-dev"
	}
	if rest, untagged := strings.CutPrefix(module, "v0.0.0-"); untagged {
		return firstVersion + "-dev." + rest
	}
	return strings.TrimPrefix(module, "v")
}

// buildCommit tells the commit, its time, and whether the tree was changed since.
func buildCommit() string {
	b, ok := debug.ReadBuildInfo()
	settings := map[string]string{}
	if ok {
		for _, s := range b.Settings {
			settings[s.Key] = s.Value
		}
	}
	if settings["vcs.revision"] == "" {
		return "commit unknown: built without version control"
	}
	text := fmt.Sprintf("commit %s of %s", settings["vcs.revision"], settings["vcs.time"])
	if settings["vcs.modified"] == "true" {
		text += ", with changes that are not in it"
	}
	return text
}
