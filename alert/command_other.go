//go:build !unix

package alert

import "os/exec"

// alone leaves a run as it is: this system has no process groups to kill.
func alone(*exec.Cmd) {}
