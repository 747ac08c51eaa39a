package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"peeratlas/geo"
	"peeratlas/report"
)

// CommandOptions of a command sink.
type CommandOptions struct {
	Program string        // a path, or a name that is looked for in PATH
	Timeout time.Duration // of one run, default 10 s; then it and what it started are killed
	AtOnce  int           // runs at the same time, default 2
}

// command runs a program for each alert, without a shell and without arguments: the JSON comes on
// its standard input. What it writes is told, line by line.
type command struct {
	options CommandOptions
	path    string
	tell    func(string)
	places  chan struct{}
	running sync.WaitGroup
	mutex   sync.Mutex
	failed  error // of the last run that ended
}

// Bounds of what a program may write.
const (
	maxOutput      = 4 << 10 // octets that are told of one run
	maxOutputLines = 8
)

// TokenVariable is the environment's name of the webhook's token. No command gets to see it.
const TokenVariable = "PEERATLAS_WEBHOOK_TOKEN"

// NewCommand returns a sink that runs a program. tell takes the lines that it writes.
func NewCommand(o CommandOptions, tell func(string)) (Sink, error) {
	path, err := exec.LookPath(o.Program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, fmt.Errorf("command for alerts: %w; give the path of a program, without arguments", err)
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.AtOnce <= 0 {
		o.AtOnce = 2
	}
	return &command{options: o, path: path, tell: tell, places: make(chan struct{}, o.AtOnce)}, nil
}

func (c *command) Name() string { return "command " + report.Clean(c.options.Program, maxWord) }

// Send starts a run when there is a place for it. That a run fails is told, but an alert is not
// given to the program twice.
func (c *command) Send(ctx context.Context, m *Message) error {
	select {
	case c.places <- struct{}{}:
	case <-ctx.Done():
		return errAtEnd
	}
	c.running.Go(func() {
		defer func() { <-c.places }()
		c.run(ctx, m)
	})
	return nil
}

// errAtEnd is of alerts whose program did not run, or not to its end, when the time after a watch
// was over.
var errAtEnd = errors.New("it had no time: the watch ended")

func (c *command) run(ctx context.Context, m *Message) {
	ctx, stop := context.WithTimeout(ctx, c.options.Timeout)
	defer stop()
	out := &bounded{most: maxOutput}
	p := exec.CommandContext(ctx, c.path)
	p.Stdin, p.Stdout, p.Stderr = bytes.NewReader(m.Line), out, out
	p.Env = environment(os.Environ(), m.Alert)
	p.WaitDelay = time.Second
	alone(p)
	err := p.Run()
	c.output(out)
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		c.fail(fmt.Errorf("it ran longer than %v and was killed", c.options.Timeout))
	case ctx.Err() != nil:
		c.fail(errAtEnd)
	case errors.Is(err, exec.ErrWaitDelay):
		c.fail(errors.New("it left a process behind that holds its output"))
	default: // a program need not read what it is given: os/exec overlooks that
		c.fail(err)
	}
}

// fail tells a failure that the run before did not have.
func (c *command) fail(err error) {
	c.mutex.Lock()
	before := c.failed
	c.failed = err
	c.mutex.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		c.tell(c.Name() + ": " + report.Clean(err.Error(), 0))
	case err == nil && before != nil:
		c.tell(c.Name() + " works again")
	}
}

func (c *command) output(out *bounded) {
	out.mutex.Lock() // a process that was left behind may still write
	defer out.mutex.Unlock()
	n := 0
	for line := range strings.Lines(string(out.text)) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		if n++; n > maxOutputLines {
			break
		}
		c.tell(c.Name() + " says: " + report.Clean(line, 0))
	}
}

// environment is what a run gets: ours, without the secret, and a few words of the alert. None of
// these came from the wire; what did is in the JSON alone.
func environment(ours []string, a *Alert) []string {
	env := make([]string, 0, len(ours)+6)
	for _, pair := range ours {
		if !strings.HasPrefix(pair, "PEERATLAS_") {
			env = append(env, pair)
		}
	}
	env = append(env, fmt.Sprintf("PEERATLAS_ALERT_VERSION=%d", Version), "PEERATLAS_ID="+a.id(), "PEERATLAS_KIND="+string(a.Kind),
		"PEERATLAS_SEVERITY="+a.Severity.String(), "PEERATLAS_TIME="+a.Time.UTC().Format(nanoTime))
	if h := a.host(); h.IsValid() {
		env = append(env, "PEERATLAS_HOST="+h.WithZone("").String())
	}
	if a.Record == nil {
		return env
	}
	env = append(env, "PEERATLAS_PEER="+a.peer().WithZone("").String())
	if l := a.peerLocation(); len(l.Country) == 2 && geo.CountryName(l.Country) != l.Country {
		env = append(env, "PEERATLAS_COUNTRY="+l.Country)
	}
	return env
}

// Close waits for the runs, and kills what runs when ctx is done, as their contexts follow it.
func (c *command) Close(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("runs were cut short: the time was over")
	}
}

// bounded keeps the beginning of what is written. Several may write at once.
type bounded struct {
	mutex sync.Mutex
	text  []byte
	most  int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.text = append(b.text, p[:min(len(p), b.most-len(b.text))]...)
	return len(p), nil
}
