package jail

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// verify reads of every thread whether it is as the report says. A thread that is not would be a
// fault of this program that nobody sees: so it is looked for each time.
func verify(o Options, r Report) error {
	paths, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(paths) == 0 {
		return nil // no /proc: what the kernel answered to each call must do
	}
	uid := strconv.Itoa(r.UID)
	held, err := capabilities()
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	if held.permitted&^wanted(o) != 0 {
		return fmt.Errorf("capabilities %#x are left", held.permitted)
	}
	mask := fmt.Sprintf("%016x", held.permitted)
	want := map[string]string{"Uid": strings.Join([]string{uid, uid, uid, uid}, "\t"), "CapPrm": mask, "CapEff": mask, "CapInh": zeroMask, "CapAmb": zeroMask, "NoNewPrivs": "1"}
	if r.Seccomp {
		want["Seccomp"] = strconv.Itoa(unix.SECCOMP_MODE_FILTER)
	}
	for _, path := range paths {
		status, err := os.ReadFile(path)
		if err != nil {
			continue // the thread ended
		}
		for line := range strings.Lines(string(status)) {
			key, value, _ := strings.Cut(line, ":")
			if w, ok := want[key]; ok && strings.TrimSpace(value) != w {
				return fmt.Errorf("a thread escaped: %s has %s %s, not %s", path, key, strings.TrimSpace(value), w)
			}
		}
	}
	return nil
}

const zeroMask = "0000000000000000"
