package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peeratlas/store"
)

// inSpool are the flows that wait in a folder, by sensor, and how many batches there are. Each file must be whole.
func inSpool(t *testing.T, folder string) (flows map[string]map[string]bool, batches int) {
	t.Helper()
	flows = map[string]map[string]bool{}
	files, _ := filepath.Glob(folder + "/*.batch")
	for _, name := range files {
		octets, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var b store.Batch
		z, err := gzip.NewReader(bytes.NewReader(octets))
		if err == nil {
			err = json.NewDecoder(z).Decode(&b)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if flows[b.Run.Sensor] == nil {
			flows[b.Run.Sensor] = map[string]bool{}
		}
		for i := range b.Flows {
			flows[b.Run.Sensor][fmt.Sprint(b.Flows[i].Start, b.Flows[i].CommunityID)] = true
		}
	}
	return flows, len(files)
}

// Watches whose server is away are killed, again and again: what they had put into the spool is whole, and the
// next watch with that folder sends it, once.
func TestSpoolOutlivesKills(t *testing.T) {
	needsClickHouse(t)
	inOwnNetwork(t)
	spool, data, ports := t.TempDir(), t.TempDir(), [2]int{28123, 29000}
	t.Setenv("PEERATLAS_STORE_PASSWORD", "hunter2")
	address := []string{"--store", fmt.Sprintf("clickhouse://watcher@127.0.0.1:%d/traffic", ports[0])}
	watch := func(sensor, speed string) *exec.Cmd {
		return exec.Command(program(t), append([]string{"watch", "-r", testdata + "unknown-p2p.pcap", "--speed", speed, "--look", "20ms", "--sensor", sensor,
			"--store-flush", "20ms", "--store-spool", spool}, address...)...)
	}
	const rounds = 5
	for n := range rounds {
		c := watch(fmt.Sprint("killed", n), "20")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		_, before := inSpoolCount(spool)
		eventually(t, "batches wait", func() bool { _, now := inSpoolCount(spool); return now >= before+3+n })
		killed9(c)
	}
	want, batches := inSpool(t, spool)
	clickHouse(t, data, ports, "")
	c := watch("last", "0")
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d batches of ", batches)) || !strings.Contains(string(out), "from before") {
		t.Errorf("%v: %s", err, out)
	}
	if files, _ := inSpoolCount(spool); files != 0 {
		eventually(t, "the spool is sent", func() bool {
			watch("last", "0").Run()
			files, _ := inSpoolCount(spool)
			return files == 0
		})
	}
	if left, _ := filepath.Glob(spool + "/*"); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	all := 0
	for n := range rounds {
		name := fmt.Sprint("killed", n)
		got := strings.Count(here(t, append([]string{"flows", "--sensor", name}, address...)...), "\n")
		if got != len(want[name]) {
			t.Errorf("%s: %d flows in the server, %d were in the spool", name, got, len(want[name]))
		}
		all += got
	}
	if all == 0 {
		t.Error("nothing was in the spool: this compares nothing")
	}
	t.Logf("%d batches, %d flows of %d watches that were killed", batches, all, rounds)
}

// inSpoolCount is how many files there are, and how many of them are batches.
func inSpoolCount(folder string) (files, batches int) {
	all, _ := filepath.Glob(folder + "/*")
	whole, _ := filepath.Glob(folder + "/*.batch")
	return len(all), len(whole)
}
