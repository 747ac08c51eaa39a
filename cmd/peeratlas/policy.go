package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/policy"
	"peeratlas/report"
)

// errBreached ends a command whose output was written: it goes before damage of the input.
var errBreached = errors.New("policy breached")

// policyFlags are those of commands that hold flows against a policy.
type policyFlags struct {
	file string
	most int
}

func (o *policyFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.file, "policy", "", "policy `file` to hold the flows against: any breach makes the exit status 1 (see peeratlas policy)")
	f.IntVar(&o.most, "max-breaches", 1000, "`breaches` that are listed; further ones are counted")
}

// open reads the policy; the Evaluator is nil if none is asked for.
func (o *policyFlags) open(cmd *cobra.Command, sources func() []geo.Source) (*policy.Evaluator, error) {
	if o.file == "" {
		return nil, nil
	}
	if o.most < 1 {
		return nil, usage(cmd, "--max-breaches must be 1 at least")
	}
	p, err := policy.Read(o.file)
	if err != nil {
		return nil, err
	}
	return policy.NewEvaluator(p, policy.Options{Now: time.Now(), Sources: sources(), MaxBreaches: o.most}), nil
}

// breachStatus is what a command ends with: a breach goes before all that befell the input.
func breachStatus(cmd *cobra.Command, p *report.Policy, r *pipeline.Result) error {
	err := status(cmd, r)
	if !p.Breached() {
		return err
	}
	if err != nil {
		say(cmd.ErrOrStderr(), err)
	}
	return fmt.Errorf("%w: %s", errBreached, p.Headline())
}

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check a policy, or print one to begin with",
		Long: `A policy says which encrypted peer-to-peer contacts are fine, by country, network, family, path,
host and peer. report, flows and watch hold what they find against it: --policy FILE.`,
		Example: "  peeratlas policy example > office.yaml\n  peeratlas policy check office.yaml\n  peeratlas report --policy office.yaml office.pcapng",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyCheck(), newPolicyExample())
	return cmd
}

func newPolicyCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE",
		Short:   "Say in plain words what a policy means, and what in it needs care",
		Example: "  peeratlas policy check office.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one policy file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := policy.Read(args[0])
			if e := new(policy.Error); errors.As(err, &e) {
				for _, line := range e.Lines() {
					fmt.Fprintln(cmd.ErrOrStderr(), line)
				}
				return fmt.Errorf("%s is no policy: %s", args[0], e.Count())
			}
			if err != nil {
				return err
			}
			return p.WriteWords(cmd.OutOrStdout(), time.Now())
		},
	}
}

func newPolicyExample() *cobra.Command {
	return &cobra.Command{
		Use:     "example",
		Short:   "Print a policy with comments to begin with",
		Example: "  peeratlas policy example > office.yaml",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := cmd.OutOrStdout().Write(policy.Example)
			return err
		},
	}
}
