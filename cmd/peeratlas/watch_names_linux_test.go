package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"peeratlas/capture"
)

// Linux takes nearly all octets in the name of an interface. None gets out of where it stands.
func TestWatchHostileNames(t *testing.T) {
	inOwnNetwork(t)
	list, was := frames(t, testdata+"skype-classic.pcap")[:800], "span0"
	for _, name := range []string{"\x1b[31mx", "<b>", "=1+1", `"q\`, "\xff\xfe", "-x", "lo;id", "\u202ex"} {
		for _, words := range [][]string{{"dev", was, "down"}, {"dev", was, "name", name}, {"dev", name, "up"}} {
			if out, err := exec.Command("ip", append([]string{"link", "set"}, words...)...).CombinedOutput(); err != nil {
				t.Fatalf("%q: %v: %s", words, err, out)
			}
		}
		was = name
		dir := outputs(t)
		w := watchingOn(t, name, "--format", "json", "--alerts", "--interval", "1s", "--look", "200ms", "--log", dir+"/log.ndjson", "-w", dir+"/p2p.pcapng")
		newWire(t).send(t, list, 4000)
		time.Sleep(1200 * time.Millisecond)
		w.Process.Signal(syscall.SIGUSR1)
		time.Sleep(100 * time.Millisecond)
		if status, _ := w.end(t, syscall.SIGTERM); status != exitInterrupted {
			t.Errorf("%q: status %d: %s", name, status, w.said())
		}
		log, err := os.ReadFile(dir + "/log.ndjson")
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(w.printed() + string(log)) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q: %q", name, line)
			}
		}
		_, listed, _ := peeratlas(t, nil, "interfaces")
		harmless(t, name, w.said()+listed+w.printed()+string(log))
		kept, err := capture.Open([]string{filepath.Join(dir, "p2p.pcapng")}, capture.Options{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		kept.Close()
	}
}
