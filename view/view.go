// Package view draws what a watch knows on a terminal: countries, hosts, the newest peers, rates
// and losses, each with its evidence behind it.
//
// It reads looks (report.Look) and keys, and decides nothing. A terminal that is slow never holds
// back whoever brings the looks: the newest is drawn, and the news of those passed over is kept.
package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"peeratlas/report"
)

// Options of a View. The zero value of a field means its default.
type Options struct {
	In      io.Reader // keys; default os.Stdin
	Out     io.Writer // default os.Stdout
	Environ []string  // default os.Environ()
	Program string    // name and version
	Inputs  []string  // interfaces, or files, as given
	// Quit is called once, on a goroutine of its own, when the user asks for the end. Run returns
	// without waiting for it.
	Quit func()
	// MaxFlows bounds the newest flows that are kept, with their evidence: about 3 kB each.
	// Default 8,192.
	MaxFlows int
	Now      func() time.Time // default time.Now

	width, height int           // of a terminal that is none: for tests
	leaving       time.Duration // how long a terminal may take to be left; default 2 s
}

// View is a terminal view. Look may be called from any goroutine, before, while and after Run.
type View struct {
	options Options
	inbox   *inbox
}

// ErrStuck tells that the terminal took no output any more, so that it could not be left clean.
var ErrStuck = errors.New("view: the terminal takes no output: clear it with reset")

// New returns a view that nothing was told yet.
func New(o Options) *View {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.MaxFlows <= 0 {
		o.MaxFlows = 8192
	}
	if o.leaving <= 0 {
		o.leaving = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &View{options: o, inbox: newInbox(o.MaxFlows)}
}

// Possible tells why there can be no view on a terminal like this; nil if there can.
func Possible(in io.Reader, out io.Writer, environ []string) error {
	if t := lookup(environ, "TERM"); t == "dumb" || t == "" && runtime.GOOS != "windows" {
		return fmt.Errorf("view: TERM is %q: such a terminal cannot be drawn on", t)
	}
	for _, file := range [...]any{in, out} {
		if f, ok := file.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
			return errors.New("view: input and output must be a terminal")
		}
	}
	return nil
}

// Look takes the next look. It never waits, and its error is always nil: it is made to be the Tell
// of a watch.
func (v *View) Look(l *report.Look) error {
	v.inbox.put(l)
	return nil
}

// Run draws until the user ends it or ctx is done, and leaves the terminal as it was. It is called
// once, and does not handle signals: who does cancels ctx.
func (v *View) Run(ctx context.Context) error {
	o := v.options
	if o.width == 0 {
		if err := Possible(o.In, o.Out, o.Environ); err != nil {
			return err
		}
	}
	restore := keep(o.In)
	p := tea.NewProgram(newModel(o, v.inbox), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(o.Environ),
		tea.WithoutSignalHandler(), tea.WithFPS(20), tea.WithWindowSize(o.width, o.height))
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		_, err = p.Run()
	}()
	go v.bring(p, ended)
	select {
	case <-ended:
	case <-ctx.Done():
		go p.Quit()
		select {
		case <-ended:
		case <-time.After(o.leaving):
			restore()
			return ErrStuck
		}
	}
	if err != nil {
		return fmt.Errorf("view: %w", err)
	}
	return nil
}

// bring tells the program when there is something in the inbox.
func (v *View) bring(p *tea.Program, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-v.inbox.wake:
			p.Send(looked{})
		}
	}
}

// keep returns what puts the terminal's modes back, should the program not come to it.
func keep(in io.Reader) (restore func()) {
	f, ok := in.(*os.File)
	if !ok {
		return func() {}
	}
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(int(f.Fd()), state) }
}
