package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func newGeo() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "geo",
		Short:   "Make country and AS databases for --geo-db",
		Example: "  peeratlas geo build dbip-country-lite-2026-11.csv.gz country.mmdb",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGeoBuild())
	return cmd
}

func newGeoBuild() *cobra.Command {
	var o geo.BuildOptions
	var date string
	noOverwrite := false
	cmd := &cobra.Command{
		Use:   "build IN... OUT.mmdb",
		Short: "Turn a downloaded CSV or mmdb file into what --geo-db takes",
		Long: `build reads a downloaded country or AS table (CSV or TSV of DB-IP Lite, IPinfo, IP2ASN or
ip-location-db, MaxMind's zip of CSV files, or an mmdb file; plain, gzip or zstd) and writes a
database that --geo-db takes. Nothing is downloaded.`,
		Example: "  peeratlas geo build dbip-country-lite-2026-11.csv.gz country.mmdb\n  peeratlas report --geo-db country.mmdb office.pcapng",
		Args:    atLeast(2, "name the input, or several, and then the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if date != "" {
				d, err := time.Parse(time.DateOnly, date)
				if err != nil {
					return fmt.Errorf("--date %s: write it as 2026-11-30", date)
				}
				o.Date = d
			}
			name := args[len(args)-1]
			if _, err := os.Lstat(name); err == nil && noOverwrite {
				return fmt.Errorf("%s exists; choose another name or remove it", name)
			}
			out, err := pipeline.NewOutput(name, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			defer out.Discard()
			b, err := geo.Build(args[:len(args)-1], out, o)
			if err != nil {
				return err
			}
			if err := out.Commit(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s database %q of %s, %d rows, %d octets (%d rows without a value, %d reserved networks left out)\n",
				report.Clean(name, 0), b.Kind, b.Name, b.Date.Format(time.DateOnly), b.Rows, b.Octets, b.Empty, b.Reserved)
			return err
		},
	}
	cmd.Flags().StringVar(&o.Kind, "kind", "", "`fact` to take from an input that holds several: country or asn")
	cmd.Flags().StringVar(&o.Name, "name", "", "`origin` of the data, for reports (default: the input's own)")
	cmd.Flags().StringVar(&date, "date", "", "`day` of the data, such as 2026-11-30 (default: the input's own)")
	cmd.Flags().BoolVar(&noOverwrite, "no-overwrite", false, "an existing output is an error")
	return cmd
}
