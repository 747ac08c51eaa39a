package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

// openLive opens interfaces: a variable, so that a test needs none.
var openLive = func(o capture.LiveOptions) (pipeline.Source, error) {
	live, err := capture.OpenLive(o)
	if err != nil {
		return nil, err // and not a Source that holds a nil
	}
	return live, nil
}

// errUntold ends a watch whose report was written.
var errUntold = errors.New("done, but not all could be told or kept")

// watch are the flags of a watch, and what it wires together.
type watch struct {
	interfaces, read       []string
	speed                  float64
	filter                 string
	geoFiles, home         []string
	memory, ring           size
	maxFlows, maxNames     int
	idle, active           time.Duration
	duration, every, after time.Duration
	interval               time.Duration
	count                  uint64
	rings, snap            int
	method, expression     string
	bpfRaw, format         string
	plain                  bool // not promiscuous

	locators chan geo.Locator
	geo      atomic.Pointer[geo.DB]
	latest   atomic.Pointer[report.Look]

	tellers []func(*report.Look) error // told of each look
	again   []func() error             // run when SIGHUP comes
	told    report.Intervals
	parts   parts
}

func newWatch() *cobra.Command {
	w := &watch{locators: make(chan geo.Locator, 1)}
	cmd := &cobra.Command{
		Use:   "watch INTERFACE...",
		Short: "Watch interfaces, and tell of peer-to-peer flows as they appear",
		Long: `watch reads one or several interfaces for as long as it is left to, a mirror port above all. On a
terminal it draws a view; else a line tells of each new pair of host and peer, another when packets
begin to be lost. In the end it prints what report prints. With -r it replays a saved capture in the
same way. It needs CAP_NET_RAW; once the interfaces are open it gives up all rights that the outputs
do not need, and as root becomes nobody, or who -Z names.

SIGUSR1 prints counters. SIGHUP begins new files of --log and -w, and reads those of --geo-db and
--policy anew. SIGTERM and ^C end it: what is held is judged and told within five seconds.`,
		Example: "  peeratlas watch eth1\n  peeratlas watch eth1 eth2 --duration 24h --format json > events.ndjson\n  peeratlas watch eth1 --log contacts.ndjson -w p2p.pcapng --policy office.yaml\n  peeratlas watch eth1 --store history.db --store-days 90\n  peeratlas watch -r office.pcapng --speed 60",
		RunE:    w.run,
	}
	w.addFlags(cmd.Flags())
	return cmd
}

func (w *watch) addFlags(f *pflag.FlagSet) {
	f.StringArrayVarP(&w.interfaces, "interface", "i", nil, "`interface` to read, as tcpdump's -i (may be repeated)")
	f.StringArrayVarP(&w.read, "read", "r", nil, "capture `file` to replay in place of an interface (may be repeated)")
	f.Float64Var(&w.speed, "speed", 1, "how many `times` faster than it was captured -r replays; 0 is as fast as possible")
	f.StringVarP(&w.filter, "filter", "f", "", "tcpdump-like `expression` that packets must match, in this program")
	f.Uint64VarP(&w.count, "count", "c", 0, "stop after `n` packets")
	f.DurationVar(&w.duration, "duration", 0, "stop after so long (0: never)")
	f.DurationVar(&w.every, "look", 2*time.Second, "least time between two looks at what is held")
	f.DurationVar(&w.interval, "interval", 0, "say so often what came and what was lost, by interface (0: never)")
	f.DurationVar(&w.after, "remember", 15*time.Minute, "how long a flow that ended counts for its socket and host")
	f.DurationVar(&w.idle, "idle-timeout", 5*time.Minute, "silence that ends a flow")
	f.DurationVar(&w.active, "active-timeout", time.Hour, "age at which a running flow is cut into a new record (0: never)")
	w.memory = 256 << 20
	f.Var(&w.memory, "memory", "`size` that flows and verdicts may take; beyond, the least telling flows are let go and counted")
	f.IntVar(&w.maxFlows, "max-flows", 0, "`flows` held at once (default: what --memory has room for)")
	f.IntVar(&w.maxNames, "max-names", 0, "`names` of addresses held at once (default: what --memory has room for)")
	f.StringArrayVar(&w.home, "home-net", nil, "`prefix` that is inside, besides private addresses; the word none forgets those first (may be repeated)")
	f.StringArrayVar(&w.geoFiles, "geo-db", nil, "country or AS database `file` (mmdb) to use in place of the embedded one of its kind (may be repeated)")
	f.IntVarP(&w.snap, "snapshot-length", "s", 0, "`octets` that are captured of a packet (0: all)")
	f.BoolVarP(&w.plain, "no-promiscuous-mode", "p", false, "leave the interfaces' mode as it is")
	w.ring = 64 << 20
	f.Var(&w.ring, "ring", "`size` of the ring of each interface, beside --memory")
	f.IntVar(&w.rings, "rings", 1, "rings that share the packets of an interface")
	f.StringVar(&w.method, "method", "", "`how` interfaces are read: ring, afpacket, pcapgo or libpcap (default: the first that there is)")
	f.StringVar(&w.expression, "bpf", "", "tcpdump `expression` that packets must match in the kernel; only with --method libpcap")
	f.StringVar(&w.bpfRaw, "bpf-raw", "", "`file` with what \"tcpdump -ddd EXPRESSION\" prints: packets must match it in the kernel")
	f.StringVar(&w.format, "format", "text", "one of text, json (a line for each event)")
	w.parts.addFlags(f)
}

func (w *watch) run(cmd *cobra.Command, words []string) error {
	o, source, err := w.open(cmd, words)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := w.parts.open(cmd, w, &o); err != nil {
		return err
	}
	b := report.NewBuilder(report.Options{Program: o.Program, Now: time.Now(), Home: o.Home, Inputs: o.Inputs})
	o.Write = w.parts.history.adding(func(r *report.Record) error { b.Add(r); return nil })
	result, err := w.watch(cmd, source, o)
	if err == nil {
		w.parts.history.finish(result.Coverage)
	}
	untold := w.parts.close() // what could not be told or kept costs no report
	if err != nil {
		return err
	}
	result.Interrupted = cmd.Context().Err() != nil // the end of --duration interrupts nothing
	if w.format == "text" {
		b.Judge(result.Hosts)
		sum := b.Finish(result.Sockets, result.Coverage, w.geo.Load().Sources())
		sum.Policy = w.parts.policy()
		if len(w.read) == 0 {
			sum.Next = nil // an interface cannot be asked again
		}
		out := w.parts.people(cmd)
		if err := report.WriteText(out, sum, textOptions(out, "")); err != nil {
			return err
		}
	}
	if err = breachStatus(cmd, w.parts.policy(), result); untold != nil {
		say(cmd.ErrOrStderr(), untold)
		if err == nil || !errors.Is(err, errBreached) && !errors.Is(err, errInterrupted) {
			err = errUntold
		}
	}
	if w.parts.breached && !errors.Is(err, errBreached) {
		err = fmt.Errorf("%w, before it was read anew", errBreached)
	}
	return err
}

// watch runs packets down the street until it is ended, and tells meanwhile.
func (w *watch) watch(cmd *cobra.Command, source pipeline.Source, o pipeline.WatchOptions) (*pipeline.Result, error) {
	ctx, done := context.WithCancel(cmd.Context())
	defer done()
	if w.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.duration)
		defer cancel()
	}
	o.Tell, w.told.Every = w.tell, w.interval
	w.tellers = append(w.tellers, w.parts.tell)
	switch out := cmd.OutOrStdout(); {
	case w.format == "json":
		events := report.NewLookEvents(out)
		events.Intervals.Every = w.interval
		w.tellers = append(w.tellers, events.Look)
	case w.parts.show(cmd, &o, done):
	default:
		out = w.parts.people(cmd)
		w.tellers = append(w.tellers, report.NewLookLines(out, prefixed{w.parts.words}).Look,
			func(l *report.Look) error { return w.parts.breaches(out, l) }, w.intervals)
	}
	stop := onSignals(func() { w.counters() }, func() {
		if w.parts.view != nil {
			done() // the view's terminal is gone
			return
		}
		w.hangup()
	})
	defer stop()
	if len(w.interfaces) > 0 {
		fmt.Fprintf(w.parts.words, "peeratlas: watching %s; %s\n", report.Clean(strings.Join(w.interfaces, ", "), 0), report.Clean(o.Sandbox, 0))
	}
	result, err := pipeline.Watch(ctx, source, o)
	if verr := w.parts.hide(); verr != nil {
		say(cmd.ErrOrStderr(), verr) // the watch itself is whole
	}
	return result, err
}

// intervals says what came and was lost, where --interval asks for it.
func (w *watch) intervals(l *report.Look) error {
	if v, ends := w.told.Look(l); ends {
		_, err := fmt.Fprintf(w.parts.words, "peeratlas: %s\n", v.Words())
		return err
	}
	return nil
}

// open checks everything that can be checked before a packet is read.
func (w *watch) open(cmd *cobra.Command, words []string) (o pipeline.WatchOptions, source pipeline.Source, err error) {
	if err := w.check(cmd, words); err != nil {
		return o, nil, err
	}
	o = pipeline.WatchOptions{
		Look: w.every, Remember: w.after, Locators: w.locators,
		Program: "peeratlas " + buildVersion(), Inputs: append(w.interfaces, w.read...),
	}
	o.Options = pipeline.Options{
		Memory: int64(w.memory), MaxFlows: w.maxFlows, MaxNames: w.maxNames,
		IdleTimeout: w.idle, ActiveTimeout: w.active, MaxPackets: w.count, Brief: true, Gaps: pipeline.NewGapMeter(),
	}
	if w.active == 0 {
		o.ActiveTimeout = -1
	}
	if w.filter != "" {
		if o.Filter, err = capture.ParseFilter(w.filter); err != nil {
			return o, nil, fmt.Errorf("filter expression: %w", err)
		}
	}
	if o.Home, err = geo.ParseHome(w.home); err != nil {
		return o, nil, err
	}
	db, err := geo.Open(w.geoFiles)
	if err != nil {
		return o, nil, err
	}
	w.geo.Store(db)
	o.Locator = db
	limitMemory(w.memory.heap())
	go db.Load() // unpacks while the first packets are read
	w.again = append(w.again, w.reloadGeo)
	if len(w.read) > 0 {
		files, err := capture.Open(w.read, capture.Options{Stdin: cmd.InOrStdin(), Interrupt: cmd.Context().Done()})
		if err != nil {
			return o, nil, err
		}
		return o, pipeline.NewReplay(files, w.speed), nil
	}
	source, err = w.openInterfaces()
	return o, source, err
}

func (w *watch) check(cmd *cobra.Command, words []string) error {
	w.interfaces = append(w.interfaces, words...)
	switch {
	case len(w.interfaces) == 0 && len(w.read) == 0:
		return usage(cmd, "name an interface to watch, or a capture to replay with -r")
	case len(w.interfaces) > 0 && len(w.read) > 0:
		if _, err := os.Stat(w.interfaces[0]); err == nil {
			return usage(cmd, "%q is a capture: give each its own -r", w.interfaces[0])
		}
		return usage(cmd, "interfaces and -r: one watch reads either; start two")
	case w.format != "text" && w.format != "json":
		return fmt.Errorf("--format %s: choose text or json", w.format)
	case w.maxFlows < 0 || w.maxNames < 0 || w.idle <= 0 || w.active < 0 || w.duration < 0 || w.interval < 0 || w.every <= 0 || w.after <= 0 || w.speed < 0 || w.snap < 0 || w.rings < 1:
		return usage(cmd, "no number or time of a watch can be negative, nor --idle-timeout, --look, --remember and --rings 0")
	case w.expression != "" && w.method != "libpcap":
		return usage(cmd, "--bpf needs --method libpcap; without it: tcpdump -ddd EXPRESSION > FILE, and --bpf-raw FILE")
	case w.expression != "" && w.bpfRaw != "":
		return usage(cmd, "--bpf and --bpf-raw: choose one")
	}
	return nil
}

func (w *watch) openInterfaces() (pipeline.Source, error) {
	o := capture.LiveOptions{Interfaces: w.interfaces, Method: w.method, SnapLength: w.snap, RingOctets: int(w.ring), Rings: w.rings,
		NotPromiscuous: w.plain, Expression: w.expression}
	if w.bpfRaw != "" {
		text, err := os.ReadFile(w.bpfRaw)
		if err != nil {
			return nil, fmt.Errorf("--bpf-raw: %w", err)
		}
		if o.Program, err = capture.ParseRawProgram(string(text)); err != nil {
			return nil, fmt.Errorf("--bpf-raw %s: %w", w.bpfRaw, err)
		}
	}
	source, err := openLive(o)
	if errors.Is(err, capture.ErrNoLive) {
		err = fmt.Errorf("%w; let tcpdump capture: tcpdump -i %s -w - | peeratlas watch -r - --speed 0", err, w.interfaces[0])
	}
	return source, err
}

// tell tells everybody of a look.
func (w *watch) tell(l *report.Look) error {
	w.latest.Store(l)
	for _, t := range w.tellers {
		if err := t(l); err != nil {
			return err
		}
	}
	return nil
}

// prefixed writes lines under this program's name.
type prefixed struct {
	w interface{ Write([]byte) (int, error) }
}

func (p prefixed) Write(b []byte) (int, error) {
	if _, err := fmt.Fprintf(p.w, "peeratlas: %s\n", strings.TrimSuffix(string(b), "\n")); err != nil {
		return 0, err
	}
	return len(b), nil
}
