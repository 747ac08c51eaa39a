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

	"peeratlas/capture"
	"peeratlas/report"
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
	errDamaged     = errors.New("done, but the input was cut, damaged or incomplete; what could be read was used")
	errInterrupted = errors.New("interrupted; the report covers what was read")
)

func main() {
	// Most of the heap is tables without pointers, cheap to scan: a small reserve keeps the
	// memory near what --memory says, for some percent of time.
	debug.SetGCPercent(25)
	if os.Getenv("GOMEMLIMIT") == "" { // else its user knows better
		limitMemory = debug.SetMemoryLimit
	}
	// A closed pipe is told by the write, with words, not by a signal.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks twice does not want to wait for totals
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings given, for tests.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &remembering{w: stdout}
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	addCompletion(root)
	err := unknownCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if out.err != nil && (err == nil || errors.Is(err, out.cause)) {
		err = out.err
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errBreached):
		say(stderr, err)
		return exitBreach
	case errors.Is(err, errDamaged), errors.Is(err, errProblem), errors.Is(err, errUntold):
		say(stderr, err)
		return exitDamaged
	case errors.Is(err, errInterrupted), errors.Is(err, capture.ErrInterrupted):
		say(stderr, err)
		return exitInterrupted
	}
	say(stderr, err)
	return exitError
}

// say writes an error on one line. It may hold names of files and words of the wire.
func say(stderr io.Writer, err error) {
	fmt.Fprintf(stderr, "peeratlas: %s\n", report.Clean(strings.ReplaceAll(err.Error(), "\n", "; "), 0))
}

// remembering keeps the first error of writing, for those who do not look: a help text or a
// version that nobody got is an error too.
type remembering struct {
	w     io.Writer
	cause error
	err   error // the same in words
}

func (r *remembering) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil {
		if path := new(os.PathError); errors.As(err, &path) {
			err = path.Err
		}
		if r.err == nil {
			r.cause, r.err = err, fmt.Errorf("write standard output: %w", err)
		}
	}
	return n, err
}

// unknownCommand is an error if the first word is no command, also before --help.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	word := args[0]
	if word == "help" && len(args) > 1 {
		word = args[1]
	}
	root.InitDefaultHelpCmd()
	if c, _, err := root.Find([]string{word}); err == nil && c != root || strings.HasPrefix(word, "__") {
		return nil // cobra's completion asks by commands of its own, which begin so
	}
	if _, err := os.Stat(word); err == nil || word == "-" {
		return fmt.Errorf("there is no command %q; to read this capture: peeratlas report %s", word, word)
	}
	if near := root.SuggestionsFor(word); len(near) > 0 {
		return fmt.Errorf("there is no command %q; did you mean %s?", word, strings.Join(near, " or "))
	}
	return fmt.Errorf("there is no command %q; see peeratlas --help", word)
}

// addCompletion adds cobra's command, which keeps the output that root has now.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	complete(root)
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Example = "  peeratlas completion bash > /etc/bash_completion.d/peeratlas"
			c.Args, c.RunE = noWords, func(cmd *cobra.Command, args []string) error { return cmd.Help() }
		}
	}
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
		Args:          noWords,
		RunE:          func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	root.AddCommand(newReport(), newFlows(), newExplain(), newDiff(), newWatch(), newOwners(), newDoctor(), newPolicy(), newLog(), newServe(),
		newInterfaces(), newDetectors(), newVersion(), newGeo(), newAccuracy())
	root.SuggestionsMinimumDistance = 2
	root.SetHelpFunc(help)
	root.Version = buildVersion()
	root.SetFlagErrorFunc(flagError)
	return root
}
