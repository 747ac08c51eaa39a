//go:build unix

package pipeline

import (
	"syscall"
	"time"
)

// spent is the processor time that this process took so far: unlike the time of day it does not
// run on while others use the machine.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
