package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"peeratlas/capture"
)

// inOwnNetwork puts the test's goroutine, its thread and what it starts into a network namespace of
// its own, with a pair of interfaces: what enters "wire0" leaves "span0". The thread ends with the test.
func inOwnNetwork(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip command (iproute2) here to make interfaces with")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		t.Skipf("a network namespace needs root: %v", err)
	}
	makeWire(t)
}

// makeWire makes the pair of interfaces in this thread's network.
func makeWire(t *testing.T) {
	t.Helper()
	for _, which := range []string{"all", "default"} { // interfaces shall say nothing by themselves
		os.WriteFile("/proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", []byte("1"), 0)
	}
	ip(t, "link set lo up", "link add wire0 mtu 9000 type veth peer name span0 mtu 9000", "link set wire0 up", "link set span0 up")
}

// ip runs the commands of iproute2, in this thread's network.
func ip(t *testing.T, commands ...string) {
	t.Helper()
	for _, words := range commands {
		if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", words, err, out)
		}
	}
}

// frames are the packets of a capture that fit the link, but for ARP, which a watch does not ask for.
func frames(t *testing.T, path string) (list [][]byte) {
	t.Helper()
	in, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var batch [64]capture.Packet
	for {
		n, err := in.ReadBatch(batch[:])
		for _, p := range batch[:n] {
			if p.LinkType == 1 && len(p.Data) >= 14 && len(p.Data) <= 9000 && !(p.Data[12] == 8 && p.Data[13] == 6) {
				list = append(list, append([]byte(nil), p.Data...))
			}
		}
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// wire sends frames into interface wire0. It is used on the test's own thread.
type wire struct{ fd int }

func newWire(t *testing.T) *wire {
	t.Helper()
	i, err := net.InterfaceByName("wire0")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index}); err != nil {
		t.Fatal(err)
	}
	unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	return &wire{fd}
}

// send sends frames, that many a second; 0 is as fast as it can.
func (w *wire) send(t *testing.T, list [][]byte, rate int) {
	t.Helper()
	began := time.Now()
	for i, f := range list {
		for {
			err := unix.Send(w.fd, f, 0)
			if err == nil {
				break
			}
			if !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
				t.Fatal(err)
			}
		}
		if rate > 0 && i%32 == 31 {
			if wait := time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))); wait > 0 {
				time.Sleep(wait)
			}
		}
	}
}

// watcher is the built program at work on an interface.
type watcher struct {
	*exec.Cmd
	out, words *os.File
}

// watching starts the program on span0, and returns when it reads.
func watching(t *testing.T, args ...string) *watcher {
	t.Helper()
	return watchingOn(t, "span0", args...)
}

func watchingOn(t *testing.T, name string, args ...string) *watcher {
	t.Helper()
	dir := t.TempDir()
	w := &watcher{Cmd: exec.Command(program(t), append([]string{"watch", "-i", name}, args...)...)}
	var err error
	if w.out, err = os.Create(dir + "/out"); err != nil {
		t.Fatal(err)
	}
	if w.words, err = os.Create(dir + "/words"); err != nil {
		t.Fatal(err)
	}
	w.Stdout, w.Stderr = w.out, w.words
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Process.Kill(); w.Wait(); w.out.Close(); w.words.Close() })
	for range 400 {
		time.Sleep(50 * time.Millisecond)
		if strings.Contains(w.said(), "peeratlas: watching ") {
			return w
		}
	}
	t.Fatalf("the watch does not begin: %s", w.said())
	return nil
}

// end signals, and returns the exit status and how long the program took.
func (w *watcher) end(t *testing.T, s os.Signal) (status int, took time.Duration) {
	t.Helper()
	began := time.Now()
	w.Process.Signal(s)
	w.Wait()
	return w.ProcessState.ExitCode(), time.Since(began)
}

func (w *watcher) said() string {
	b, _ := os.ReadFile(w.words.Name())
	return string(b)
}

func (w *watcher) printed() string {
	b, _ := os.ReadFile(w.out.Name())
	return string(b)
}

// outputs is a folder that the user may write in whom a watch becomes.
func outputs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	return dir
}
