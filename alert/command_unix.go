//go:build unix

package alert

import (
	"os/exec"
	"syscall"
)

// alone puts a run in a process group of its own, so that what it started is killed with it.
func alone(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
