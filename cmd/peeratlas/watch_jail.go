package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/jail"
	"peeratlas/process"
)

// enterJail shuts this process in: a variable, so that a test that stays in its own does not.
var enterJail = jail.Enter

// watchJail are the flags of what a watch gives up once everything is open, and of whose sockets
// are told.
type watchJail struct {
	user      string
	noDrop    bool
	require   bool
	processes bool
	program   string // that has the command "owners"; "" is this one
}

func (j *watchJail) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&j.user, "relinquish-privileges", "Z", "", "`user` to become when everything is open, as tcpdump's -Z (default: nobody when root starts it)")
	f.BoolVar(&j.noDrop, "no-drop", false, "stay the user that starts it; capabilities, files and network are given up all the same")
	f.BoolVar(&j.require, "require-sandbox", false, "it is an error if this system lacks a part of the sandbox")
	f.BoolVar(&j.processes, "processes", false, "tell the process that has a socket of this machine, by a process of its own that may look at others")
}

// name is the user to become, "" for none.
func (j *watchJail) name() (string, error) {
	switch {
	case j.noDrop && j.user != "":
		return "", errors.New("-Z and --no-drop: become another user or stay; choose one")
	case j.noDrop:
		return "", nil
	case j.user == "" && jail.Root():
		return "nobody", nil
	}
	return j.user, nil
}

// enter shuts this process in, for what else o says that it needs. It comes after everything that
// opens; its report says in words what is still possible, and what could not be had.
func (j *watchJail) enter(o jail.Options) (jail.Report, error) {
	var err error
	if o.User, err = j.name(); err != nil {
		return jail.Report{}, err
	}
	o.Require = j.require
	r, err := enterJail(o)
	if err != nil {
		return r, fmt.Errorf("sandbox: %w (-Z chooses the user, --no-drop stays who it is)", err)
	}
	return r, nil
}

// openOwners starts the process that knows whose a socket is, nil without --processes. It is to be
// called before enter: a jail may start nothing. The process ends when the Remote is closed.
func (j *watchJail) openOwners() (*process.Remote, error) {
	if !j.processes {
		return nil, nil
	}
	name, err := j.name()
	if err != nil {
		return nil, err
	}
	program := j.program
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("--processes: %w", err)
		}
	}
	questions, ask, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("--processes: %w", err)
	}
	answers, answer, err := os.Pipe()
	if err != nil {
		questions.Close()
		ask.Close()
		return nil, fmt.Errorf("--processes: %w", err)
	}
	cmd := exec.Command(program, "owners", "--user="+name, fmt.Sprintf("--require-sandbox=%v", j.require))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = questions, answer, os.Stderr
	err = cmd.Start()
	questions.Close()
	answer.Close()
	if err == nil {
		err = greeting(answers)
	}
	if err != nil {
		ask.Close()
		answers.Close()
		return nil, fmt.Errorf("--processes: %w", err)
	}
	go cmd.Wait()
	return process.NewRemote(ask, answers), nil
}

// greeting reads the line with which the process says that it is ready, or why it is not, and not
// one octet more.
func greeting(answers *os.File) error {
	answers.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReaderSize(io.LimitReader(oneByOne{answers}, 1000), 16).ReadString('\n')
	switch {
	case err != nil:
		return fmt.Errorf("the process that looks for owners does not begin: %w", err)
	case line != "ready\n":
		return errors.New(strings.TrimSpace(line))
	}
	return nil
}

type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

// newOwners is the process that openOwners starts: it finds owners, in a jail of its own, for who
// asks on standard input.
func newOwners() *cobra.Command {
	o := jail.Options{ReadProcesses: true}
	cmd := &cobra.Command{
		Use:     "owners",
		Short:   "Answer a watch that asks whose sockets are: it starts this itself",
		Hidden:  true,
		Example: "  peeratlas watch --processes eth1",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) // the watch ends it, by the pipe
			f, err := process.NewFinder(process.Options{})
			if err == nil {
				_, err = jail.Enter(o)
			}
			if err != nil {
				fmt.Fprintln(cmd.OutOrStdout(), strings.ReplaceAll(err.Error(), "\n", " "))
				return err
			}
			defer f.Close()
			fmt.Fprintln(cmd.OutOrStdout(), "ready")
			return process.Serve(cmd.InOrStdin(), cmd.OutOrStdout(), f)
		},
	}
	cmd.Flags().StringVar(&o.User, "user", "", "`user` to become")
	cmd.Flags().BoolVar(&o.Require, "require-sandbox", false, "it is an error if this system lacks a part of the sandbox")
	return cmd
}
