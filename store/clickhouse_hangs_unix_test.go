//go:build unix

package store

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

// slack is far below the time that a request may take in this test, and far above what is waited for on an
// idle machine.
const slack = 15 * time.Second

// A server that hangs costs neither the start nor the end of a watch more than some seconds, and nothing of
// what it recorded: when the server goes on, all is there once.
func TestClickHouseHangs(t *testing.T) {
	s := newServer(t)
	s.open(s.options())
	var words []string
	var one sync.Mutex
	o := s.options()
	o.Timeout, o.Spool = time.Minute, t.TempDir()
	o.Tell = func(w string) { one.Lock(); words = append(words, w); one.Unlock() }
	hang := func(sig syscall.Signal) { s.cmd.Process.Signal(sig) } // of the server that this test started
	defer hang(syscall.SIGCONT)
	record1 := func(c *ClickHouse, from uint32) *Recorder {
		rec := NewRecorder(c, Run{Sensor: fmt.Sprint(from), Kind: KindWatch}, RecorderOptions{Flush: 50 * time.Millisecond})
		for n := range uint32(100) {
			rec.Add(record(classify.P2P, from+n))
			rec.Add(record(classify.Other, from+n))
		}
		return rec
	}
	end := func(c *ClickHouse, rec *Recorder) {
		rec.Finish(report.Coverage{Packets: 1})
		began := time.Now()
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err == nil || !strings.Contains(err.Error(), "batches stay in") {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(began); took > slack {
			t.Errorf("the end took %s", took)
		}
	}
	c := s.open(o)
	hang(syscall.SIGSTOP)
	rec := record1(c, 1000)
	time.Sleep(200 * time.Millisecond) // a write is under way
	end(c, rec)
	began := time.Now()
	c = s.open(o)
	if took := time.Since(began); took > slack {
		t.Errorf("the start took %s", took)
	}
	end(c, record1(c, 2000))
	hang(syscall.SIGCONT)
	c = s.open(o)
	until(t, "an empty spool", func() bool { return !c.spool.away() })
	if n := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL"); n != 200 {
		t.Errorf("%d flows, want 200", n)
	}
	if n := s.value(c, "SELECT sum(flows) AS n FROM traffic.hour FINAL"); n != 400 {
		t.Errorf("%d flows by hour, want 400", n)
	}
	if use := c.Spool(); use.Batches != 0 || use.Sent < 2 || use.Octets != 0 || use.Most != defaultSpool {
		t.Errorf("%+v", use)
	}
	one.Lock()
	defer one.Unlock()
	if text := strings.Join(words, "\n"); !strings.Contains(text, "wait in "+o.Spool+" from before") || !strings.Contains(text, "sent later, in order") {
		t.Errorf("told %q", words)
	}
}
