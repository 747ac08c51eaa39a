package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/alert"
	"peeratlas/capture"
	"peeratlas/jail"
	"peeratlas/pipeline"
	"peeratlas/policy"
	"peeratlas/process"
	"peeratlas/report"
	"peeratlas/view"
)

// parts are what a watch may do with what it finds: show, alert and log, keep packets, hold against
// a policy. All of it is opened before the first packet.
type parts struct {
	alerts  alerting
	keep    watchEvidence
	against policyFlags
	history watchStore
	jail    watchJail
	lines   bool // no view, also on a terminal

	owners *process.Remote // nil: nobody knows whose sockets are
	words  *heldBack
	teller *alert.Teller
	view   *view.View
	shown  chan error // that the view has ended
	leave  context.CancelFunc

	held     *policy.Evaluator                // nil: there is no policy
	next     atomic.Pointer[policy.Evaluator] // of a policy that was read anew
	fresh    []report.Breach                  // of the look that is told
	breached bool                             // by a policy that was replaced meanwhile
	hung     atomic.Bool                      // SIGHUP came: new files are to be begun
}

func (p *parts) addFlags(f *pflag.FlagSet) {
	p.alerts.addFlags(f)
	p.keep.addFlags(f)
	p.against.addFlags(f)
	p.history.addFlags(f)
	p.jail.addFlags(f)
	f.BoolVar(&p.lines, "lines", false, "print lines also on a terminal, where else a view is drawn")
}

// open opens all parts; what they say of themselves goes to stderr once no view hides it.
func (p *parts) open(cmd *cobra.Command, w *watch, o *pipeline.WatchOptions) (err error) {
	p.words = &heldBack{w: cmd.ErrOrStderr()}
	if len(w.interfaces) > 0 {
		if err := p.shutIn(cmd, w, o); err != nil {
			return err
		}
	}
	held, err := p.against.open(cmd, w.geo.Load().Sources)
	if err != nil {
		return err
	}
	if held != nil {
		p.held = held
		p.alerts.breaches = p.alertable
		w.again = append(w.again, func() error { return p.reload(cmd, w) })
	}
	p.alerts.program = o.Program
	if p.alerts.on() {
		if p.teller, err = p.alerts.open(cmd.OutOrStdout(), p.words); err != nil {
			return err
		}
	}
	var interfaces []capture.InterfaceInfo
	for _, name := range w.interfaces {
		interfaces = append(interfaces, capture.InterfaceInfo{Name: name})
	}
	say := func(line string) { fmt.Fprintf(p.words, "peeratlas: %s\n", report.Clean(line, 0)) }
	if o.Tap, err = p.keep.open(interfaces, say); err == nil {
		err = p.history.open(cmd, w, o, say)
	}
	if err != nil {
		p.close()
	}
	return err
}

// shutIn takes away from the process, once the interfaces are open, all rights that what is to be
// opened yet does not need: so files belong to who will rotate them.
func (p *parts) shutIn(cmd *cobra.Command, w *watch, o *pipeline.WatchOptions) (err error) {
	if p.owners, err = p.jail.openOwners(); err != nil {
		return err
	}
	needs := p.alerts.needs()
	j := jail.Options{WritableFolders: needs.folders, Network: needs.network, LocalSockets: isUnix(p.alerts.syslog),
		Commands: needs.runs, KeepRaw: w.rings > 1, Terminal: p.drawable(cmd) && w.format == "text"}
	if folder := p.keep.folder(); folder != "" {
		j.WritableFolders = append(j.WritableFolders, folder)
	}
	p.history.allow(&j)
	if err := p.history.askPassword(); err != nil {
		return err
	}
	slices.Sort(j.WritableFolders)
	j.WritableFolders = slices.Compact(j.WritableFolders)
	for _, name := range append(slices.Clone(w.geoFiles), p.against.file) {
		if name != "" {
			j.ReadableFiles = append(j.ReadableFiles, filepath.Dir(name)) // a new file may take its place
		}
	}
	for _, name := range []string{p.alerts.token, p.alerts.ca} {
		if name != "" {
			j.ReadableFiles = append(j.ReadableFiles, name)
		}
	}
	if p.against.file != "" {
		j.ReadableFiles = append(j.ReadableFiles, p.against.file)
	}
	r, err := p.jail.enter(j)
	if err != nil {
		p.close()
		return err
	}
	o.Sandbox = r.String()
	for _, m := range r.Missing {
		fmt.Fprintf(p.words, "peeratlas: %s\n", report.Clean(m, 0))
	}
	if p.owners != nil {
		o.Owner = p.owners.FlowOwner
	}
	return nil
}

// tell tells all parts of a look.
func (p *parts) tell(l *report.Look) error {
	if p.hung.Swap(false) {
		p.keep.rotate()
		if p.teller != nil {
			p.teller.Rotate()
		}
	}
	if next := p.next.Swap(nil); next != nil {
		p.breached = p.breached || p.policy().Breached()
		p.held = next
	}
	p.fresh = nil
	if p.held != nil {
		p.fresh = p.held.Look(l)
	}
	if p.view != nil {
		p.view.Look(l)
	}
	if p.teller != nil {
		return p.teller.Look(l)
	}
	return nil
}

// breaches prints what is new against the policy.
func (p *parts) breaches(w io.Writer, l *report.Look) error {
	for i := range p.fresh {
		b := &p.fresh[i]
		if _, err := fmt.Fprintf(w, "%s %s: %s\n", l.Time.UTC().Format("2006-01-02 15:04:05"), b.Action, b.Words()); err != nil {
			return err
		}
	}
	return nil
}

// alertable are the breaches and warnings of this look, as alerts have them.
func (p *parts) alertable(l *report.Look) (list []alert.Breach) {
	for i := range p.fresh {
		b := &p.fresh[i]
		a := alert.Breach{Rule: b.Rule, Side: b.Side, Detail: b.Words(), Subject: b.Host.String(), Warns: b.Action != report.Deny}
		if b.Peer.IsValid() {
			a.Subject += " " + b.Peer.String()
		}
		for n := range l.News {
			if s := &l.News[n]; b.CommunityID != "" && s.Record.Flow.Key.CommunityID() == b.CommunityID {
				a.Sighting = s
			}
		}
		list = append(list, a)
	}
	return list
}

// reload reads the policy anew; what was told of the old one is forgotten, but not that it was breached.
func (p *parts) reload(cmd *cobra.Command, w *watch) error {
	held, err := p.against.open(cmd, w.geo.Load().Sources)
	if err != nil {
		return err
	}
	p.next.Store(held)
	return nil
}

// show draws the view, if this is a terminal for it, until done is called by its user or by hide.
func (p *parts) show(cmd *cobra.Command, o *pipeline.WatchOptions, done func()) bool {
	if !p.drawable(cmd) {
		return false
	}
	in, out := ends(cmd)
	p.words.hold()
	p.view = view.New(view.Options{In: in, Out: out, Program: o.Program, Inputs: o.Inputs, Quit: done})
	ctx, leave := context.WithCancel(context.Background())
	p.leave, p.shown = leave, make(chan error, 1)
	go func() { p.shown <- p.view.Run(ctx) }()
	return true
}

// people is where text for people goes: standard output, unless that has the alerts.
func (p *parts) people(cmd *cobra.Command) io.Writer {
	if p.alerts.stdout {
		return cmd.ErrOrStderr()
	}
	return cmd.OutOrStdout()
}

// drawable tells whether a view is wanted, and can be drawn.
func (p *parts) drawable(cmd *cobra.Command) bool {
	in, out := ends(cmd)
	return !p.lines && !p.alerts.stdout && view.Possible(in, out, os.Environ()) == nil
}

// ends are standard input and output as they are.
func ends(cmd *cobra.Command) (in io.Reader, out io.Writer) {
	in, out = cmd.InOrStdin(), cmd.OutOrStdout()
	if r, ok := out.(*remembering); ok {
		out = r.w
	}
	return in, out
}

// hide ends the view, and lets through what was held back.
func (p *parts) hide() error {
	if p.shown == nil {
		return nil
	}
	p.leave()
	err := <-p.shown
	p.shown = nil
	p.words.release()
	return err
}

// close ends what was opened, and tells what could not be told or kept. It takes little more than four seconds.
func (p *parts) close() error {
	stored := make(chan error, 1) // the store and who is told may each take their time
	go func() { stored <- p.history.close() }()
	words, err := p.keep.close()
	if words != "" {
		fmt.Fprintf(p.words, "peeratlas: %s\n", report.Clean(words, 0))
	}
	if p.teller != nil {
		if terr := p.teller.Close(); err == nil {
			err = terr
		}
		p.teller = nil
	}
	if serr := <-stored; err == nil {
		err = serr
	}
	if p.owners != nil {
		p.owners.Close()
		p.owners = nil
	}
	return err
}

// policy is what all looks came to against the policy; nil if there is none.
func (p *parts) policy() *report.Policy {
	if p.held == nil {
		return nil
	}
	return p.held.Finish()
}

// heldBack passes words on, but for the time that a view has the terminal. Any goroutine may write.
type heldBack struct {
	one     sync.Mutex
	w       io.Writer
	holding bool
	waiting bytes.Buffer
	lost    int // lines
}

// mostHeldBack bounds the words that wait for the end of a view.
const mostHeldBack = 64 << 10

func (h *heldBack) Write(b []byte) (int, error) {
	h.one.Lock()
	defer h.one.Unlock()
	switch {
	case !h.holding:
		return h.w.Write(b)
	case h.waiting.Len()+len(b) > mostHeldBack:
		h.lost += bytes.Count(b, []byte("\n"))
		return len(b), nil
	}
	return h.waiting.Write(b)
}

func (h *heldBack) hold() {
	h.one.Lock()
	defer h.one.Unlock()
	h.holding = true
}

func (h *heldBack) release() {
	h.one.Lock()
	defer h.one.Unlock()
	h.holding = false
	h.w.Write(h.waiting.Bytes())
	if h.lost > 0 {
		fmt.Fprintf(h.w, "peeratlas: %d more lines were not kept\n", h.lost)
	}
	h.waiting.Reset()
	h.lost = 0
}
