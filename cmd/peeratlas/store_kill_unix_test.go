//go:build unix

package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// arrival is when an event of a flow was told.
type arrival struct {
	community, start string
	at               time.Time
}

// killed runs a watch that stores, kills it some time after its first event, and returns what it had told.
func killed(t *testing.T, file, sensor string, after time.Duration) (told []arrival, at time.Time) {
	t.Helper()
	c := exec.Command(program(t), "watch", "-r", testdata+"unknown-p2p.pcap", "--speed", "100", "--look", "20ms", "--format", "json",
		"--store", file, "--sensor", sensor, "--store-flush", "50ms")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	begun := make(chan bool)
	var one sync.Mutex
	done := make(chan bool)
	go func() {
		defer close(done)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for first := true; lines.Scan(); {
			var e struct {
				Event string
				Flow  struct {
					Community string `json:"community_id"`
					Start     string
				}
			}
			if json.Unmarshal(lines.Bytes(), &e) != nil || e.Event != "flow" {
				continue
			}
			one.Lock()
			told = append(told, arrival{e.Flow.Community, e.Flow.Start, time.Now()})
			one.Unlock()
			if first {
				first = false
				close(begun)
			}
		}
	}()
	select {
	case <-begun:
	case <-time.After(20 * time.Second):
		t.Error("nothing was told in 20 s")
	}
	time.Sleep(after)
	at = time.Now()
	c.Process.Kill() // SIGKILL
	<-done
	c.Wait()
	if strings.Contains(stderr.String(), "store") {
		t.Errorf("%s", stderr.String())
	}
	return told, at
}

// A watch that is killed, fifty times at any moment, leaves a sound file, and in it all that it had told
// of before the latest flush.
func TestKilledFiftyTimes(t *testing.T) {
	times := 50
	if testing.Short() {
		times = 5
	}
	// What is told is in the file after a flush; the rest is for a machine with much else to do.
	const flush, slack = 50 * time.Millisecond, 450 * time.Millisecond
	file := t.TempDir() + "/history.db"
	checked, all, lost := 0, 0, 0
	for i := range times {
		sensor := fmt.Sprint("sensor", i)
		after := time.Duration(rand.IntN(900)) * time.Millisecond
		if i%2 == 0 { // what was told first is then old enough
			after += flush + slack
		}
		told, at := killed(t, file, sensor, after)
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		var sound string
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
			t.Fatalf("kill %d: integrity_check: %s, %v", i, sound, err)
		}
		for _, a := range told {
			start, err := time.Parse(time.RFC3339Nano, a.start)
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := db.QueryRow("SELECT count(*) FROM flow WHERE sensor = ? AND start = ? AND community_id = ?", sensor, start.UnixNano(), a.community).Scan(&n); err != nil {
				t.Fatal(err)
			}
			all++
			if n == 0 {
				lost++
			}
			if at.Sub(a.at) > flush+slack {
				checked++
				if n != 1 {
					t.Errorf("kill %d: a flow that was told of %s before is in the file %d times", i, at.Sub(a.at), n)
				}
			}
		}
		db.Close()
	}
	t.Logf("%d kills; of %d events %d were not in the file, none of the %d that were told %s before", times, all, lost, checked, flush+slack)
	if checked < times/2 {
		t.Errorf("only %d events were old enough to be looked for", checked)
	}
	// A report of it tells what cannot be known.
	killed(t, file, "last", 0)
	status, out, stderr := peeratlas(t, nil, "report", "--store", file, "--sensor", "last", "--format", "json")
	if status != 0 || !strings.Contains(out, "has not ended, or was killed") {
		t.Errorf("status %d, %s\n%s", status, stderr, out)
	}
}
