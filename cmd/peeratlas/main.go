// Command peeratlas finds encrypted peer-to-peer flows in captures and says with whom, where
// and why. It wires flags to package pipeline; the work is there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses, as every command's help tells.
const (
	exitDone        = 0
	exitBreach      = 1
	exitError       = 2
	exitDamaged     = 3
	exitInterrupted = 130
)

// damaged and interrupted end a command whose output was written all the same.
var (
	errDamaged     = errors.New("the input was cut, damaged or incomplete; the report says how much")
	errInterrupted = errors.New("interrupted; the report covers what was read")
)

func main() {
	// Most of the heap is tables without pointers, cheap to scan: a small reserve keeps the
	// memory near what --memory says, for some percent of time.
	debug.SetGCPercent(25)
	// A closed pipe is told by the write, with words, not by a signal.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings given, for tests.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errDamaged):
		fmt.Fprintf(stderr, "peeratlas: %v\n", err)
		return exitDamaged
	case errors.Is(err, errInterrupted):
		fmt.Fprintf(stderr, "peeratlas: %v\n", err)
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "peeratlas: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "peeratlas",
		Short: "Find encrypted peer-to-peer flows in a capture: with whom, in which countries, and why",
		Long: `peeratlas reads a saved capture and answers which encrypted peer-to-peer connections a
network makes, to whom, in which countries, and on what evidence. It sends nothing: no packet,
no DNS query, no request, unless --resolve asks for the names of peers.`,
		Example:       "  peeratlas report office.pcapng\n  peeratlas explain office.pcapng 192.168.1.34\n  peeratlas flows --p2p office.pcapng | jq .dst_ip",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q; see peeratlas --help", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	root.AddCommand(newReport(), newFlows(), newExplain(), newDetectors(), newVersion(), newGeo(), newAccuracy())
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	return root
}

// helpTemplate ends every command's help with its exit statuses.
const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}
EXIT STATUS
  0    done
  1    a policy was breached
  2    wrong usage, or an error: nothing was written under the output's name
  3    done, but the input was cut, damaged or had lost packets: the loss is counted
  130  interrupted: totals so far were written
`
