package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A watch in its jail, as another user, keeps its store through SIGHUP and SIGKILL, and the next one
// goes on with it.
func TestWatchStores(t *testing.T) {
	inOwnNetwork(t)
	dir := outputs(t)
	file := filepath.Join(dir, "history.db")
	list, out := frames(t, testdata+"office.pcapng"), newWire(t)
	run := func(sensor string, s os.Signal) *watcher {
		w := watching(t, "--store", file, "--sensor", sensor, "--store-flush", "100ms", "--look", "100ms", "--log", filepath.Join(dir, "log.ndjson"))
		out.send(t, list, 5000)
		w.Process.Signal(syscall.SIGHUP)
		time.Sleep(700 * time.Millisecond)
		w.end(t, s)
		return w
	}
	run("first", syscall.SIGKILL)
	w := run("second", syscall.SIGTERM)
	if strings.Contains(w.said(), "store:") {
		t.Errorf("%s", w.said())
	}
	st, err := os.Stat(file)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	_, killed, _ := peeratlas(t, nil, "flows", "--p2p", "--store", file, "--sensor", "first")
	status, ended, stderr := peeratlas(t, nil, "report", "--store", file, "--sensor", "second")
	if status != 0 || strings.Count(killed, "\n") < 20 {
		t.Errorf("status %d, %d flows of the watch that was killed: %s", status, strings.Count(killed, "\n"), stderr)
	}
	finding := regexp.MustCompile(`(?s)hosts? makes? encrypted.*?answered`)
	if want := finding.FindString(w.printed()); want == "" || finding.FindString(ended) != want {
		t.Errorf("the watch has found %q, its store says\n%s", want, ended)
	}
}
