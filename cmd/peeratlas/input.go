package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

// input are the flags of every command that reads captures.
type input struct {
	filter        string
	read          []string
	geoFiles      []string
	home          []string
	memory        size
	maxFlows      int
	idle, active  time.Duration
	count         uint64
	output        string
	numeric       bool
	resolve       string
	maxNames      int
	noProgressBar bool
}

func (in *input) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&in.filter, "filter", "f", "", "tcpdump-like `expression` that packets must match, such as \"udp and not port 53\"")
	f.StringArrayVarP(&in.read, "read", "r", nil, "capture `file` to read, as tcpdump's -r (may be repeated)")
	f.Uint64VarP(&in.count, "count", "c", 0, "stop after `n` packets")
	f.BoolVarP(&in.numeric, "numeric", "n", false, "look no names up: the default, accepted for tcpdump's sake")
	f.StringVar(&in.resolve, "resolve", "", "ask the system's resolver, or the one at `address`, for names of peers that the traffic tells none of; nothing else ever asks")
	f.Lookup("resolve").NoOptDefVal = pipeline.SystemResolver
	f.StringArrayVar(&in.geoFiles, "geo-db", nil, "country or AS database `file` (mmdb) to use in place of the embedded one of its kind (may be repeated)")
	f.StringArrayVar(&in.home, "home-net", nil, "`prefix` that is inside, besides private addresses; the word none forgets those first (may be repeated)")
	in.memory = 256 << 20
	f.Var(&in.memory, "memory", "`size` that flows and verdicts may take; beyond, the least telling flows are let go and counted")
	f.IntVar(&in.maxFlows, "max-flows", 0, "`flows` held at once (default: what --memory has room for)")
	f.IntVar(&in.maxNames, "max-names", 0, "`names` of addresses held at once (default: what --memory has room for)")
	f.DurationVar(&in.idle, "idle-timeout", 5*time.Minute, "silence that ends a flow")
	f.DurationVar(&in.active, "active-timeout", 0, "age at which a running flow is cut into a new record (0: never)")
	f.StringVarP(&in.output, "output", "o", "", "`file` to write instead of standard output; it appears only when it is whole")
	f.BoolVar(&in.noProgressBar, "no-progress", false, "show no progress bar")
}

// session is a run that is about to begin.
type session struct {
	in      *input
	command *cobra.Command
	words   []string // captures as given
	source  *capture.Files
	filter  *capture.Filter
	geo     *geo.DB
	home    geo.Home
	ask     *pipeline.Resolver // nil: nobody
	telling sync.Mutex         // guards bar and latest: a signal may come at any time
	bar     *report.Progress   // nil if there is no terminal
	latest  capture.Stats      // at most some thousand packets old
	brief   bool               // evidence is wanted for peer-to-peer flows alone
	places  bool               // but places for all
	keep    *evidence          // nil: the packets are not written
}

// open checks everything that can be checked before a packet is read.
func (in *input) open(cmd *cobra.Command, words []string) (*session, error) {
	s := &session{in: in, command: cmd}
	if in.maxFlows < 0 || in.idle <= 0 || in.active < 0 {
		return nil, usage(cmd, "--max-flows, --idle-timeout and --active-timeout cannot be negative, nor the idle timeout 0")
	}
	if in.resolve != "" {
		if in.numeric {
			return nil, fmt.Errorf("-n and --resolve: names are looked up or they are not; choose one")
		}
		var err error
		if s.ask, err = pipeline.ParseResolver(in.resolve); err != nil {
			return nil, err
		}
	}
	paths, filter, err := pipeline.Arguments(in.read, words, in.filter)
	if err != nil {
		return nil, err
	}
	s.words, s.filter = paths, filter
	if s.home, err = geo.ParseHome(in.home); err != nil {
		return nil, err
	}
	if s.geo, err = geo.Open(in.geoFiles); err != nil {
		return nil, err
	}
	limitMemory(in.memory.heap())
	go s.geo.Load() // unpacks while the first packets are read
	o := capture.Options{Stdin: cmd.InOrStdin(), Interrupt: cmd.Context().Done()}
	if s.source, err = capture.Open(paths, o); err != nil {
		return nil, err
	}
	return s, nil
}

// stdin tells whether standard input is a capture of the session.
func (s *session) stdin() bool { return slices.Contains(s.words, "-") }

// run sends the packets down the street; write takes the records.
func (s *session) run(write func(*report.Record) error) (*pipeline.Result, error) {
	defer s.source.Close()
	if err := s.keep.begin(); err != nil {
		return nil, err
	}
	defer s.keep.discard()
	o := pipeline.Options{
		Filter: s.filter, Home: s.home, Locator: s.geo, Memory: int64(s.in.memory), MaxFlows: s.in.maxFlows,
		MaxNames: s.in.maxNames, Resolver: s.ask,
		IdleTimeout: s.in.idle, ActiveTimeout: s.in.active, MaxPackets: s.in.count, Brief: s.brief, Places: s.places, Write: s.keep.noting(write),
	}
	if stderr := s.command.ErrOrStderr(); !s.in.noProgressBar && terminal(stderr) > 0 {
		s.bar = report.NewProgress(stderr, terminal(stderr), time.Now())
	}
	o.Progress = s.progress
	stop := onSignals(s.counters, nil)
	defer stop()
	defer s.erase()
	result, err := pipeline.Run(s.command.Context(), s.source, o)
	if err == nil && result.Coverage.Resolver != nil {
		fmt.Fprintf(s.command.ErrOrStderr(), "peeratlas: %s\n", result.Coverage.Resolver)
	}
	if err == nil {
		s.erase()
		err = s.keep.write(s, result)
	}
	return result, err
}

// progress shows how far the reading is, and keeps it for who asks by a signal.
func (s *session) progress(c capture.Stats) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.latest = c
	if s.bar != nil {
		s.bar.Update(time.Now(), c.Consumed, c.Size, c.Packets)
	}
}

func (s *session) erase() {
	s.telling.Lock()
	defer s.telling.Unlock()
	if s.bar != nil {
		s.bar.Erase()
	}
}

// counters says what was read so far.
func (s *session) counters() {
	s.erase()
	s.telling.Lock()
	defer s.telling.Unlock()
	fmt.Fprintf(s.command.ErrOrStderr(), "peeratlas: %d packets, %d octets read\n", s.latest.Packets, s.latest.Consumed)
}

// status turns what befell the input into the command's end, and says what was lost.
func status(cmd *cobra.Command, r *pipeline.Result) error {
	for _, line := range r.Coverage.LossLines() {
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: %s\n", line)
	}
	switch {
	case r.Interrupted:
		return errInterrupted
	case r.Damaged:
		return errDamaged
	}
	return nil
}

// terminal returns the width of w if it is a terminal, else 0.
func terminal(w io.Writer) int {
	if r, ok := w.(*remembering); ok {
		w = r.w
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// textOptions fit the writer: its width, and colour if it is a terminal that wants it
// (https://no-color.org).
func textOptions(w io.Writer, file string) report.TextOptions {
	width := terminal(w)
	if file != "" || width == 0 {
		return report.TextOptions{Width: 100}
	}
	return report.TextOptions{Width: width, Colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}
