//go:build unix

package alert

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockFile makes this process the only one that writes a log: two would write over each other's
// chain. The lock goes with the process, however it ends; the file stays.
func lockFile(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o640) // who may read the log may see whether it is written
	if err != nil {
		return nil, err
	}
	for range 20 { // one that asks (lockHeld) has it for a moment
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another process writes this log; name another file, or end that process")
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}

// lockHeld tells whether a process writes the log. It is not known of a lock that may not be read:
// then nobody is seen to.
func lockHeld(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
