package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

// A disk that is full ends an import with status 2 and without a report, and a watch with status 3 and
// with one; both say what to do, and the file stays sound.
func TestStoreOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=300k"); err != nil {
		t.Skipf("a small disk is made by root only: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	file := dir + "/history.db"
	status, out, stderr := peeratlas(t, nil, "report", "--store", file, testdata+"skype-classic.pcap")
	if status != exitError || out != "" || !strings.Contains(stderr, "make room on the disk") {
		t.Errorf("status %d: %s%s", status, out, stderr)
	}
	status, out, stderr = peeratlas(t, nil, "watch", "-r", testdata+"skype-classic.pcap", "--speed", "0", "--store", file, "--store-flush", "50ms")
	if status != exitDamaged || !strings.Contains(out, "PEERS BY COUNTRY") || strings.Count(stderr, "make room on the disk") < 1 || !strings.Contains(stderr, "are not in it") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if status, _, stderr := peeratlas(t, nil, "report", "--store", file); status != exitDone {
		t.Errorf("status %d: %s", status, stderr)
	}
}
