package main

import (
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/pipeline"
)

func newAccuracy() *cobra.Command {
	var output, weights string
	var fit []string
	var o pipeline.AccuracyOptions
	cmd := &cobra.Command{
		Use:   "accuracy FOLDER...",
		Short: "Compare verdicts with labels, and write docs/accuracy.md",
		Long: `accuracy judges every capture in the folders that has a label file beside it
(NAME.labels.csv: proto,ip_a,port_a,ip_b,port_b,label,family,relayed,packets,bytes,why) and
writes precision and recall by folder and family, the reliability curve, the weights, and every
mistake with what was missing, as Markdown.

--variants adds what is left of that when a mirror port shows one direction, cuts, drops or
doubles packets, when flows are joined late, and when ports, addresses or surroundings change.

--lab names a folder of captures of programs that were started to be captured (testdata/lab): it
is scored like the others, under the name lab, and never fitted to.

--fit calibrates the weights on the labelled captures of a folder and their variants. Each
capture counts the same; cross-validation holds out groups of captures, those whose names begin
with the same word together. --weights writes the outcome as classify/weights_fitted.go: fitted
weights if they do better on held-out captures, else a note that they do not. Fit from a build
whose weights are all derived; a build with fitted ones lets other claims arise.`,
		Example: "  peeratlas accuracy testdata\n" +
			"  peeratlas accuracy --variants --lab testdata/lab/captures --fit captures --weights classify/weights_fitted.go -o docs/accuracy.md captures testdata",
		Args: atLeast(1, "no folder given; name one with captures and their labels"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if weights != "" && len(fit) == 0 {
				return errors.New("--weights is what --fit writes: name the folder to fit to, --fit FOLDER")
			}
			if len(fit) > 0 {
				var err error
				if o.Fit, err = pipeline.FitWeights(cmd.Context(), fit); err != nil {
					return err
				}
			}
			if o.Fit != nil && weights != "" {
				err := write(weights, nil, func(w io.Writer) error { return o.Fit.WriteWeights(w, time.Now().UTC()) })
				if err != nil {
					return err
				}
			}
			return write(output, cmd.OutOrStdout(), func(w io.Writer) error {
				return pipeline.WriteAccuracy(cmd.Context(), w, args, o)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`file` to write instead of standard output")
	cmd.Flags().StringVar(&o.Lab, "lab", "", "also score the captures of `folder`, apart, as the lab's")
	cmd.Flags().BoolVar(&o.Variants, "variants", false, "also measure the captures as worse mirror ports would show them")
	cmd.Flags().StringArrayVar(&fit, "fit", nil, "calibrate the weights on the labelled captures of `folder`; may be repeated")
	cmd.Flags().StringVar(&weights, "weights", "", "`file` to write the outcome of --fit to, as Go")
	return cmd
}

// write lets fill write a whole file, or to stdout if there is no name.
func write(name string, stdout io.Writer, fill func(io.Writer) error) error {
	out, err := pipeline.NewOutput(name, stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := fill(out); err != nil {
		return err
	}
	return out.Commit()
}
