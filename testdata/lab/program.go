package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Program is a program that runs in a host's namespace.
type Program struct {
	host    *Host
	args    []string
	started time.Time
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	lines   chan string // of its standard output; closed at its end
	done    chan struct{}
	log     string
	meant   bool // it is meant to end by itself
}

// Start runs a program in a host's namespace. Its home is a folder of its own; both its outputs go
// to a log, and the lines of the first also to Expect.
func (l *Lab) Start(h *Host, args ...string) (*Program, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	home := l.Folder(h)
	name := filepath.Base(args[0])
	if name == filepath.Base(os.Args[0]) && len(args) > 2 {
		name = args[2]
	}
	p := &Program{host: h, args: args, started: time.Now(), lines: make(chan string, 4096), done: make(chan struct{}),
		log: filepath.Join(l.dir, "logs", fmt.Sprintf("%s-%s-%d.log", h.Name, name, len(l.started)))}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command("ip", append([]string{"netns", "exec", h.NS}, args...)...)
	p.cmd.Env = []string{"HOME=" + home, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "GOMAXPROCS=2", "USER=root", "TERM=dumb"}
	p.cmd.Dir = home
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	go p.read(out, log)
	l.started = append(l.started, p)
	return p, nil
}

func (p *Program) read(out io.Reader, log *os.File) {
	defer close(p.done)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(log, lines.Text())
		select {
		case p.lines <- lines.Text():
		default: // nobody reads: the log has it
		}
	}
	close(p.lines)
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintln(log, "ended:", err)
	}
	log.Close()
}

// Peer runs the lab itself as one of its peers; settings are name=value.
func (l *Lab) Peer(h *Host, peer string, settings ...string) (*Program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return l.Start(h, append([]string{self, "peer", peer}, settings...)...)
}

// Expect waits for a line of standard output that holds what, and returns what follows it.
func (l *Lab) Expect(p *Program, what string) (string, error) {
	timeout := time.After(40 * time.Second)
	for {
		select {
		case line, open := <-p.lines:
			if !open {
				return "", fmt.Errorf("%s: %s ended before it said %q; its log:\n%s", p.host.Name, strings.Join(p.args, " "), what, tail(p.log))
			}
			if _, rest, found := strings.Cut(line, what); found {
				return strings.TrimSpace(rest), nil
			}
		case <-timeout:
			return "", fmt.Errorf("%s: %s did not say %q in 40 s; its log:\n%s", p.host.Name, strings.Join(p.args, " "), what, tail(p.log))
		case <-l.ctx.Done():
			return "", l.ctx.Err()
		}
	}
}

// Tell writes a line to a program's standard input.
func (p *Program) Tell(line string) error {
	_, err := io.WriteString(p.stdin, line+"\n")
	return err
}

// Wait waits for a program that ends by itself, at most until the scene's time is over.
func (l *Lab) Wait(p *Program) error {
	select {
	case <-p.done:
	case <-l.end:
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
	if s := p.cmd.ProcessState; s != nil && !s.Success() {
		return fmt.Errorf("%s: %s: %s; its log:\n%s", p.host.Name, strings.Join(p.args, " "), s, tail(p.log))
	}
	p.meant = true
	return nil
}

// Run runs a program to its end.
func (l *Lab) Run(h *Host, args ...string) error {
	p, err := l.Start(h, args...)
	if err != nil {
		return err
	}
	return l.Wait(p)
}

// Sleep waits; it is cut short by the end of the scene.
func (l *Lab) Sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-l.end:
	case <-l.ctx.Done():
	}
}

// Folder is a host's own folder, for files that its programs read.
func (l *Lab) Folder(h *Host) string {
	d := filepath.Join(l.dir, "hosts", h.Name)
	os.MkdirAll(d, 0o755)
	return d
}

// File writes a file into a host's own folder, and returns its path.
func (l *Lab) File(h *Host, name, text string) (string, error) {
	path := filepath.Join(l.Folder(h), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// stop asks a program and its children to end, and then makes them.
func (p *Program) stop() {
	select {
	case <-p.done:
		return
	default:
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		select {
		case <-p.done:
		case <-time.After(2 * time.Second): // a child that left the group holds the pipe; its namespace ends it
		}
	}
}

// tail is the end of a log, for an error.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-1500):])
}

// need tells which of the programs are not installed.
func need(programs []string) error {
	var errs []error
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			errs = append(errs, fmt.Errorf("%s is not installed", p))
		}
	}
	return errors.Join(errs...)
}

// settings of a peer, by name.
type settings map[string]string

// peerMain is a program within the lab. It says on standard output what its scene expects, and ends
// with its context.
type peerMain func(ctx context.Context, set settings) error

func say(format string, values ...any) { fmt.Printf(format+"\n", values...) }
