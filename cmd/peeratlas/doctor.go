package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/doctor"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

// errProblem ends an examination that found one.
var errProblem = errors.New("a problem was found: what it means and what to do is in the diagnosis")

const doctorExit = `
EXIT STATUS
  0    sane: nothing worse than hints, or too little to tell
  2    wrong usage, or an error: nothing was written
  3    a problem was found: one direction only, copies, cut or lost packets, ...
  130  interrupted: totals so far were written
`

// examination are the flags of doctor.
type examination struct {
	interfaces  []string
	home        []string
	vlans       string
	format      string
	duration    time.Duration
	count       uint64
	noProgress  bool
	expectAny   bool
	expectVLANs []uint16
}

func newDoctor() *cobra.Command {
	x := &examination{format: "text", duration: 30 * time.Second}
	cmd := &cobra.Command{
		Use:   "doctor INTERFACE|CAPTURE...",
		Short: "Say whether a mirror port, or a capture from one, is sane, and what to do",
		Long: `doctor looks at how packets come, on an interface for a while or in captures: one direction
only, every packet twice, packets cut or lost, tags missing, checksums, clock, fragments, tunnels,
and who is seen at all. It says what was measured, from where it matters and why, what it means for
verdicts, and what to do on the switch or the host.`,
		Example:     "  peeratlas doctor eth1\n  peeratlas doctor --expect-vlan=10,20 --duration 5m eth1\n  peeratlas doctor --format json office.pcapng",
		Annotations: map[string]string{exitAnnotation: doctorExit},
		RunE:        func(cmd *cobra.Command, args []string) error { return x.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringArrayVarP(&x.interfaces, "interface", "i", nil, "`interface` to examine, also if there is a file of that name (may be repeated)")
	f.DurationVar(&x.duration, "duration", x.duration, "how long interfaces are examined")
	f.Uint64VarP(&x.count, "count", "c", 0, "stop after `n` packets")
	f.StringVar(&x.vlans, "expect-vlan", "", "VLAN tags must be seen; with `VIDs` (\"10,20\") those of each")
	f.Lookup("expect-vlan").NoOptDefVal = "any"
	f.StringArrayVar(&x.home, "home-net", nil, "`prefix` that is inside, besides private addresses; the word none forgets those first (may be repeated)")
	f.StringVar(&x.format, "format", x.format, "one of text, json")
	f.BoolVar(&x.noProgress, "no-progress", false, "show no progress bar")
	return cmd
}

func (x *examination) run(cmd *cobra.Command, args []string) error {
	if x.format != "text" && x.format != "json" {
		return fmt.Errorf("--format %s: choose text or json", x.format)
	}
	if x.duration <= 0 {
		return usage(cmd, "--duration %s: it takes some time", x.duration)
	}
	if err := x.parseVLANs(); err != nil {
		return err
	}
	home, err := geo.ParseHome(x.home)
	if err != nil {
		return err
	}
	paths, err := x.split(cmd, args)
	if err != nil {
		return err
	}
	o := doctor.Options{Home: home.Holds, ExpectTags: x.expectAny, ExpectVLANs: x.expectVLANs, Now: time.Now()}
	in := doctor.Input{Name: strings.Join(append(paths, x.interfaces...), ", "), Live: len(x.interfaces) > 0}
	source, err := x.open(cmd, paths, &o)
	if err != nil {
		return err
	}
	defer source.Close()
	e := doctor.New(o)
	if err := x.examine(cmd, e, source, &in); err != nil {
		return err
	}
	in.Stats = source.Stats()
	r := e.Finish(in)
	r.Program = "peeratlas " + buildVersion()
	w := cmd.OutOrStdout()
	if x.format == "json" {
		err = doctor.WriteJSON(w, r)
	} else {
		err = doctor.WriteText(w, r, textOptions(w, ""))
	}
	switch {
	case err != nil:
		return err
	case in.Interrupted:
		return errInterrupted
	case r.Severity == doctor.Problem:
		return errProblem
	}
	return nil
}

// parseVLANs reads --expect-vlan.
func (x *examination) parseVLANs() error {
	if x.vlans == "" {
		return nil
	}
	x.expectAny = true
	if x.vlans == "any" {
		return nil
	}
	for part := range strings.SplitSeq(x.vlans, ",") {
		// IEEE 802.1Q, 9.6: 0 is no VLAN, 4095 is reserved.
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 16)
		if err != nil || n < 1 || n > 4094 {
			return fmt.Errorf("--expect-vlan=%s: %q is no VLAN; write numbers from 1 to 4094 with commas between them", x.vlans, part)
		}
		x.expectVLANs = append(x.expectVLANs, uint16(n))
	}
	return nil
}

// split tells captures and interfaces apart: a file that exists is one, before an interface.
func (x *examination) split(cmd *cobra.Command, args []string) (paths []string, err error) {
	for _, word := range args {
		_, err := os.Stat(word)
		if word == "-" || err == nil {
			paths = append(paths, word)
			continue
		}
		if _, none := net.InterfaceByName(word); none != nil {
			return nil, fmt.Errorf("%q is neither a capture (no such file) nor an interface of this machine", word)
		}
		x.interfaces = append(x.interfaces, word)
	}
	switch {
	case len(paths) == 0 && len(x.interfaces) == 0:
		return nil, usage(cmd, "nothing to examine; name an interface, a capture, or \"-\" for standard input")
	case len(paths) > 0 && len(x.interfaces) > 0:
		return nil, usage(cmd, "captures and interfaces cannot be examined together")
	case len(paths) > 0 && cmd.Flags().Changed("duration"):
		return nil, usage(cmd, "--duration is for interfaces; of a capture, -c takes the first packets")
	}
	return paths, nil
}

// open opens what is examined. Every packet of an interface is wanted, not IP alone: what a port
// shows beside it tells what it is.
func (x *examination) open(cmd *cobra.Command, paths []string, o *doctor.Options) (pipeline.Source, error) {
	if len(paths) > 0 {
		return capture.Open(paths, capture.Options{Stdin: cmd.InOrStdin(), Interrupt: cmd.Context().Done()})
	}
	for _, name := range x.interfaces {
		if i, err := net.InterfaceByName(name); err == nil && len(i.HardwareAddr) == len(packet.MAC{}) {
			o.Own = append(o.Own, packet.MAC(i.HardwareAddr))
		}
	}
	const ret, octets = 0x06, 262144
	return openLive(capture.LiveOptions{Interfaces: x.interfaces, Program: []bpf.RawInstruction{{Op: ret, K: octets}}})
}

// examine shows the packets to e, until there are no more, time is up or somebody interrupts.
func (x *examination) examine(cmd *cobra.Command, e *doctor.Examiner, source pipeline.Source, in *doctor.Input) error {
	ctx, began := cmd.Context(), time.Now()
	if in.Live {
		limited, cancel := context.WithTimeout(ctx, x.duration)
		defer cancel()
		ctx = limited
	}
	var bar *report.Progress
	if stderr := cmd.ErrOrStderr(); !x.noProgress && terminal(stderr) > 0 {
		bar = report.NewProgress(stderr, terminal(stderr), began)
		defer bar.Erase()
	}
	var batch [256]capture.Packet
	packets, said := uint64(0), began
	for ctx.Err() == nil {
		dst := batch[:]
		if x.count > 0 {
			if dst = dst[:min(uint64(len(dst)), x.count-packets)]; len(dst) == 0 {
				return nil
			}
		}
		n, err := source.ReadBatch(dst)
		e.Look(dst[:n])
		packets += uint64(n)
		if now := time.Now(); bar != nil && now.Sub(said) > 100*time.Millisecond {
			said = now
			if in.Live {
				bar.Update(now, int64(now.Sub(began)), int64(x.duration), packets)
			} else {
				s := source.Stats()
				bar.Update(now, s.Consumed, s.Size, packets)
			}
		}
		if errors.Is(err, io.EOF) {
			break // a pipe that nobody waits for any more ends so, too
		}
		if err != nil {
			return err
		}
	}
	in.Interrupted = cmd.Context().Err() != nil
	return nil
}
