package main

import (
	"github.com/spf13/cobra"

	"peeratlas/pipeline"
)

func newAccuracy() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "accuracy FOLDER...",
		Short: "Compare verdicts with labels, and write docs/accuracy.md",
		Long: `accuracy judges every capture in the folders that has a label file beside it
(NAME.labels.csv: proto,ip_a,port_a,ip_b,port_b,label,family,relayed,packets,bytes,why) and
writes precision and recall by folder and family, the reliability curve, the weights, and every
mistake, as Markdown.`,
		Example: "  peeratlas accuracy testdata\n  peeratlas accuracy -o docs/accuracy.md captures testdata",
		Args:    atLeast(1, "no folder given; name one with captures and their labels"),
		RunE: func(cmd *cobra.Command, args []string) error {
			out, err := pipeline.NewOutput(output, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			defer out.Discard()
			if err := pipeline.WriteAccuracy(cmd.Context(), out, args); err != nil {
				return err
			}
			return out.Commit()
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`file` to write instead of standard output")
	return cmd
}
