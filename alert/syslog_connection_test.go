package alert

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sent gives a few alerts to a sink and ends it.
func sent(t *testing.T, s Sink, from, to int) {
	t.Helper()
	n := teller(t, Options{Sinks: []Sink{s}, patience: quick})
	for i := from; i < to; i++ {
		f := hostLook(i)
		f.detail, f.name = hostile, hostile
		n.Look(look(i, f))
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func newSyslog(t *testing.T, o SyslogOptions) Sink {
	t.Helper()
	s, err := NewSyslog(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// numbered checks that messages are those of hostLook(from) on.
func numbered(t *testing.T, messages []string, from int) {
	t.Helper()
	for i, m := range messages {
		p, err := parseSyslog(m)
		if err != nil {
			t.Fatalf("%v: %q", err, m)
		}
		if want := hostLook(from + i).host; p.parameters[exampleID]["host"] != want {
			t.Errorf("message %d is of host %s, want %s", i, p.parameters[exampleID]["host"], want)
		}
	}
}

func packets(t *testing.T, network, address string) (net.PacketConn, func(n int) []string) {
	t.Helper()
	c, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, func(n int) (out []string) {
		b := make([]byte, 64<<10)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		for range n {
			m, _, err := c.ReadFrom(b)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(b[:m]))
		}
		return out
	}
}

func TestSyslogUDP(t *testing.T) {
	c, read := packets(t, "udp", "127.0.0.1:0")
	sent(t, newSyslog(t, SyslogOptions{Address: "udp://" + c.LocalAddr().String()}), 0, 5)
	numbered(t, read(5), 0)
}

func TestSyslogUnixDatagrams(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system has no datagram sockets of its own")
	}
	path := filepath.Join(t.TempDir(), "log")
	_, read := packets(t, "unixgram", path)
	sent(t, newSyslog(t, SyslogOptions{Address: "unix://" + path}), 0, 5)
	numbered(t, read(5), 0)
}

func TestSyslogUnixStream(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system tells otherwise that a socket is a stream")
	}
	path := filepath.Join(t.TempDir(), "log")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan []string)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		all, _ := io.ReadAll(c)
		got <- strings.Split(strings.TrimSuffix(string(all), "\n"), "\n")
	}()
	sent(t, newSyslog(t, SyslogOptions{Address: "unix://" + path}), 0, 5)
	messages := <-got
	if len(messages) != 5 {
		t.Fatalf("%d messages", len(messages))
	}
	numbered(t, messages, 0)
}

// counted reads messages that are framed by counting octets.
func counted(r *bufio.Reader) (string, error) {
	n, err := r.ReadString(' ')
	if err != nil {
		return "", err
	}
	length, err := strconv.Atoi(strings.TrimSuffix(n, " "))
	if err != nil || n[0] == '0' {
		return "", fmt.Errorf("length %q", n)
	}
	b := make([]byte, length)
	_, err = io.ReadFull(r, b)
	return string(b), err
}

// serve takes connections until the test ends; each message goes to the channel. It hangs up
// after so many messages; 0 never.
func serve(t *testing.T, l net.Listener, hangUp int) <-chan string {
	got := make(chan string, 1000)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for n := 1; ; n++ {
					m, err := counted(r)
					if err != nil {
						return
					}
					got <- m
					if n == hangUp {
						return
					}
				}
			}()
		}
	}()
	return got
}

func take(t *testing.T, from <-chan string, n int) (out []string) {
	t.Helper()
	for range n {
		select {
		case m := <-from:
			out = append(out, m)
		case <-time.After(10 * time.Second):
			t.Fatalf("%d messages came, want %d", len(out), n)
		}
	}
	return out
}

func TestSyslogTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := serve(t, l, 0)
	sent(t, newSyslog(t, SyslogOptions{Address: "tcp://" + l.Addr().String()}), 0, 20)
	numbered(t, take(t, got, 20), 0)
}

// A receiver that hangs up, is away and comes back gets the rest, and learns of what was dropped.
func TestSyslogReconnects(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	got := serve(t, l, 2)
	var words told
	sink := newSyslog(t, SyslogOptions{Address: "tcp://" + address})
	n := teller(t, Options{Sinks: []Sink{sink}, Queue: 2, Tell: words.tell, patience: quick})
	for i := range 2 {
		n.Look(look(i, hostLook(i)))
	}
	numbered(t, take(t, got, 2), 0)
	l.Close()
	eventually(t, "the hang-up to be noticed", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	time.Sleep(50 * time.Millisecond)
	n.Look(look(2, hostLook(2)))
	words.has(t, "syslog tcp://"+address+": connect: ")
	for i := 3; i < 8; i++ { // two of them wait, three are dropped
		n.Look(look(i, hostLook(i)))
	}
	if l, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	got = serve(t, l, 0)
	words.has(t, "takes alerts again")
	rest := take(t, got, 4)
	numbered(t, rest[:1], 2)
	numbered(t, rest[2:], 3)
	if p, err := parseSyslog(rest[1]); err != nil || p.id != "ALERTS_DROPPED" || p.parameters[exampleID]["dropped"] != "3" {
		t.Errorf("%v %q", err, rest[1])
	}
	n.Close()
}

// A receiver that takes the connection and then nothing holds nobody up beyond the time.
func TestSyslogStuckReceiver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newSyslog(t, SyslogOptions{Address: "tcp://" + l.Addr().String()})
	ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer stop()
	start := time.Now()
	a := everyAlert()[0]
	for range 1 << 20 { // until the socket's buffers are full
		if err = s.Send(ctx, &Message{Alert: a}); err != nil {
			break
		}
	}
	if took := time.Since(start); err == nil || took > 4*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}
