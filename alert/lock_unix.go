//go:build unix

package alert

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile makes this process the only one that writes a log: two would write over each other's
// chain. The lock goes with the process, however it ends; the file stays.
func lockFile(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another process writes this log; name another file, or end that process")
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}
