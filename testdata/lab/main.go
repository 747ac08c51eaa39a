// Command lab runs real peer-to-peer programs, and real programs that are none, in network
// namespaces of its own, captures what they say on a mirror of the home's switch, and writes the
// capture with the truth about every flow and a manifest.
//
//	lab list
//	lab run -scenes webrtc-direct,dns -seconds 30 -o DIR [-together NAME] [-jobs N] [-loss PERCENT] [-delay D] [-ipv6]
//	lab relocate -o DIR FILE.pcapng...
//
// It must be root, on Linux. Nothing leaves the namespaces: none has a route or a wire to the host.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const usage = `lab runs real programs in network namespaces and captures what they say.

  lab list                                   the scenes, and what each needs
  lab run -scenes A,B -seconds N -o DIR      a capture, labels and a manifest for each scene
  lab relocate -o DIR FILE.pcapng...         copies whose far hosts have public addresses

run:  -together NAME  all scenes in one network and one capture
      -jobs N         scenes at the same time, each in a network of its own (1)
      -loss PERCENT   lost between the home and the far hosts (0)
      -delay D        each way between the home and the far hosts (0)
      -ipv6           over IPv6 alone, without NAT; captures are called NAME-ipv6
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(2)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("no command given")
	}
	switch args[0] {
	case "list":
		list(os.Stdout)
		return nil
	case "run":
		return runCommand(ctx, args[1:])
	case "relocate":
		return relocateCommand(args[1:])
	case "peer":
		return peerCommand(ctx, args[1:])
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	}
	return fmt.Errorf("%q is no command; lab help lists them", args[0])
}

func runCommand(ctx context.Context, args []string) error {
	var o runOptions
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	scenes := f.String("scenes", "", "names, with commas between; all runs every scene")
	f.IntVar(&o.seconds, "seconds", 30, "how long the programs talk")
	f.StringVar(&o.dir, "o", "", "folder to write to")
	f.StringVar(&o.together, "together", "", "one network and one capture of this name for all scenes")
	f.IntVar(&o.jobs, "jobs", 1, "scenes at the same time")
	f.Float64Var(&o.loss, "loss", 0, "percent lost between the home and the far hosts")
	f.DurationVar(&o.delay, "delay", 0, "delay each way between the home and the far hosts")
	f.BoolVar(&o.ipv6, "ipv6", false, "over IPv6 alone, without NAT")
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	if o.scenes, err = findScenes(*scenes); err != nil {
		return err
	}
	switch {
	case o.dir == "":
		return errors.New("run: name a folder to write to with -o")
	case o.seconds < 1 || o.seconds > 3600:
		return fmt.Errorf("run: -seconds %d is not within 1 to 3600", o.seconds)
	case o.loss < 0 || o.loss >= 100:
		return fmt.Errorf("run: -loss %g is not a percentage below 100", o.loss)
	case os.Geteuid() != 0:
		return errors.New("run: namespaces need root")
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	return runAll(ctx, o)
}

// peerCommand is the other side of Lab.Peer: the lab runs itself as a program in a namespace.
func peerCommand(ctx context.Context, args []string) error {
	if len(args) == 0 || peers[args[0]] == nil {
		return fmt.Errorf("peer: no such peer: %s", strings.Join(args, " "))
	}
	set := settings{}
	for _, a := range args[1:] {
		k, v, ok := strings.Cut(a, "=")
		if !ok {
			return fmt.Errorf("peer: %q is not name=value", a)
		}
		set[k] = v
	}
	// Whoever started the peer ends it; if that was killed, the peer ends by itself.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Hour)
	defer cancel()
	return peers[args[0]](ctx, set)
}
