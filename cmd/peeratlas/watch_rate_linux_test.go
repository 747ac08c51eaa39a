package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var (
	watchRate    = flag.Int("watch.rate", 20_000, "packets a second that TestWatchRate sends")
	watchSeconds = flag.Int("watch.seconds", 2, "how long TestWatchRate sends")
	watchCompare = flag.Bool("watch.compare", false, "TestWatchRate also runs tcpdump -w and ndpiReader on the same interface")
)

// sendMany sends the frames of list in turns, that many a second for so long, 64 a system call, and
// returns how many.
func (w *wire) sendMany(t *testing.T, list [][]byte, rate int, last time.Duration) (sent int) {
	t.Helper()
	type message struct {
		header unix.Msghdr
		sent   uint32
	}
	const burst = 64
	messages, iovs := make([]message, burst), make([]unix.Iovec, burst)
	began := time.Now()
	for time.Since(began) < last {
		for i := range messages {
			f := list[(sent+i)%len(list)]
			iovs[i].Base = &f[0]
			iovs[i].SetLen(len(f))
			messages[i] = message{header: unix.Msghdr{Iov: &iovs[i], Iovlen: 1}}
		}
		for at := 0; at < burst; {
			n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(w.fd), uintptr(unsafe.Pointer(&messages[at])), uintptr(burst-at), 0, 0, 0)
			if errno == 0 {
				at += int(n)
			} else if errno != unix.ENOBUFS && errno != unix.EAGAIN && errno != unix.EINTR {
				t.Fatal(errno)
			}
		}
		sent += burst
		if wait := time.Until(began.Add(time.Duration(sent) * time.Second / time.Duration(rate))); wait > 0 {
			time.Sleep(wait)
		}
	}
	return sent
}

// traffic are frames of all captures of testdata: what a mirror port shows, over and over.
func traffic(t *testing.T) (list [][]byte) {
	for _, name := range []string{"office.pcapng", "skype-classic.pcap", "wireguard.pcap", "unknown-p2p.pcap", "ice-call.pcapng"} {
		list = append(list, frames(t, testdata+name)...)
	}
	return list
}

// What was sent is received or told to be lost; and with a ring that has room for all of it nothing
// is lost, however busy the machine. The whole of it, with what other programs take:
//
//	go test ./cmd/peeratlas -run WatchRate -v -watch.rate 200000 -watch.seconds 30 -watch.compare
func TestWatchRate(t *testing.T) {
	inOwnNetwork(t)
	list, out := traffic(t), newWire(t)
	last := time.Duration(*watchSeconds) * time.Second
	w := watching(t, "--format", "json", "--ring", "256MiB")
	sent := out.sendMany(t, list, *watchRate, last)
	status, _ := w.end(t, syscall.SIGTERM)
	if status != exitInterrupted {
		t.Fatalf("status %d: %s", status, w.said())
	}
	lines := strings.Split(strings.TrimSpace(w.printed()), "\n")
	var end struct {
		Event      string
		Interfaces []struct {
			Packets            int `json:"packets"`
			DroppedByKernel    int `json:"dropped_by_kernel"`
			DroppedByInterface int `json:"dropped_by_interface"`
		}
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Event != "end" || len(end.Interfaces) != 1 {
		t.Fatalf("%v: %s", err, lines[len(lines)-1])
	}
	i := end.Interfaces[0]
	t.Logf("watch: %d packets/s sent, %d of %d lost, %v of CPU", int(float64(sent)/last.Seconds()), i.DroppedByKernel, sent, cpu(w.Cmd))
	if i.Packets+i.DroppedByKernel != sent || i.DroppedByInterface != 0 {
		t.Errorf("%d were sent: %+v", sent, i)
	}
	if i.DroppedByKernel > 0 {
		t.Errorf("%d packets were lost", i.DroppedByKernel)
	}
	if *watchCompare {
		compare(t, out, list, last)
	}
}

// compare runs others on the same traffic.
func compare(t *testing.T, out *wire, list [][]byte, last time.Duration) {
	for _, words := range [][]string{
		{"tcpdump", "-i", "span0", "-Z", "root", "-w", filepath.Join(t.TempDir(), "all.pcap")},
		{"ndpiReader", "-i", "span0", "-q", "-s", fmt.Sprint(*watchSeconds + 3)},
	} {
		c := exec.Command(words[0], words[1:]...)
		var said strings.Builder
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Logf("%s: %v", words[0], err)
			continue
		}
		time.Sleep(2 * time.Second)
		sent := out.sendMany(t, list, *watchRate, last)
		time.Sleep(time.Second)
		c.Process.Signal(os.Interrupt)
		c.Wait()
		t.Logf("%s: %d sent, %v of CPU; %s", words[0], sent, cpu(c), strings.ReplaceAll(said.String(), "\n", " "))
	}
}

func cpu(c *exec.Cmd) time.Duration { return c.ProcessState.UserTime() + c.ProcessState.SystemTime() }
