package alert

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// parsed is a message as a strict reader of RFC 5424 sees it.
type parsed struct {
	pri, host, app, process, id string
	time                        time.Time
	parameters                  map[string]map[string]string
	message                     string
}

var syslogHead = regexp.MustCompile(`^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[`)

// parseSyslog reads a message after the grammar of RFC 5424, section 6.
func parseSyslog(m string) (p parsed, err error) {
	if !utf8.ValidString(m) || len(m) > maxSyslog {
		return p, fmt.Errorf("%d octets, UTF-8 %v", len(m), utf8.ValidString(m))
	}
	h := syslogHead.FindStringSubmatch(m)
	if h == nil {
		return p, fmt.Errorf("head of %q", m)
	}
	p = parsed{pri: h[1], host: h[3], app: h[4], process: h[5], id: h[6], parameters: map[string]map[string]string{}}
	if p.time, err = time.Parse("2006-01-02T15:04:05.999999Z", h[2]); err != nil {
		return p, err
	}
	rest := m[len(h[0])-1:]
	for strings.HasPrefix(rest, "[") {
		end := strings.IndexAny(rest, " ]")
		id, values := rest[1:end], map[string]string{}
		rest = rest[end:]
		for rest[0] == ' ' {
			name, value, found := strings.Cut(rest[1:], `="`)
			if !found || strings.ContainsAny(name, ` ="]`) {
				return p, fmt.Errorf("parameter at %q", rest)
			}
			var b strings.Builder
			i := 0
			for ; i < len(value) && value[i] != '"'; i++ {
				if value[i] == ']' || value[i] < ' ' {
					return p, fmt.Errorf("%q bare in a value", value[i])
				}
				if value[i] == '\\' {
					i++
				}
				b.WriteByte(value[i])
			}
			values[name], rest = b.String(), value[i+1:]
		}
		if rest[0] != ']' {
			return p, fmt.Errorf("element ends with %q", rest)
		}
		p.parameters[id], rest = values, rest[1:]
	}
	if rest != "" && rest[0] != ' ' {
		return p, fmt.Errorf("no space before %q", rest)
	}
	p.message = strings.TrimPrefix(rest, " ")
	return p, nil
}

func TestSyslogMessages(t *testing.T) {
	h := &syslogHeader{facility: 3, host: "probe-1", process: "4711", version: "1.2"}
	var all []byte
	for i, a := range everyAlert() {
		m := string(appendSyslog(nil, h, a, uint32(i+1)))
		all = append(append(all, m...), '\n')
		p, err := parseSyslog(m)
		if err != nil {
			t.Fatalf("%v in %q", err, m)
		}
		if p.host != "probe-1" || p.app != "peeratlas" || p.process != "4711" || p.id != strings.ToUpper(string(a.Kind)) ||
			!p.time.Equal(a.Time.Truncate(time.Microsecond)) || p.pri != strconv.Itoa(3*8+levels[a.Severity]) {
			t.Errorf("%+v", p)
		}
		s := p.parameters[structuredID]
		if p.parameters["meta"]["sequenceId"] != strconv.Itoa(i+1) || s["id"] != a.id() || s["time"] != a.Time.Format(nanoTime) {
			t.Errorf("%v", p.parameters)
		}
		if a.Record != nil && (s["host"] != a.host().String() || s["peer"] != a.peer().String() || s["claim"] != "skype.id_step2" || s["packets"] != "98,99") {
			t.Errorf("%v", s)
		}
		if p.message == "" || !strings.HasPrefix(a.Message(), strings.TrimPrefix(p.message, byteOrderMark)) ||
			strings.HasPrefix(p.message, byteOrderMark) == isASCII(p.message) {
			t.Errorf("message %q of %q", p.message, a.Message())
		}
	}
	golden(t, "syslog.txt", all)
}

// However much text there is, a message stays within its bound and whole.
func TestSyslogBounds(t *testing.T) {
	for _, text := range []string{strings.Repeat("]", 5000), strings.Repeat("\xff", 5000), strings.Repeat("網", 5000), strings.Repeat("\\\"", 3000)} {
		w := NewWatcher(WatcherOptions{})
		for _, a := range w.Look(look(1, far{host: h1, peer: p1, country: "BR", name: text, detail: text, answered: true})) {
			a.Owner.PID, a.Owner.Name, a.Owner.User = 1, text, text
			a.Breach = &Breach{Rule: text, Side: text, Detail: text}
			m := appendSyslog(nil, &syslogHeader{host: strings.Repeat("h", 255), process: "1", version: "v"}, a, 1)
			if p, err := parseSyslog(string(m)); err != nil || p.parameters[structuredID]["host"] != h1 {
				t.Errorf("%d octets: %v", len(m), err)
			}
		}
	}
}

func TestSyslogAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"udp://192.0.2.1":              "udp 192.0.2.1:514",
		"udp://[2001:db8::1]:5140":     "udp [2001:db8::1]:5140",
		"tcp://log.example.org:601":    "tcp log.example.org:601",
		"tls://log.example.org":        "tcp log.example.org:6514 TLS",
		"unix:///dev/log":              "unix /dev/log",
		"tcp://log.example.org":        "",
		"":                             "",
		"log.example.org":              "",
		"http://log.example.org":       "",
		"unix://dev/log":               "",
		"udp://user:secret@192.0.2.1":  "",
		"udp://192.0.2.1/x":            "",
		"udp://:514":                   "",
		"udp://192.0.2.1:99999999":     "udp 192.0.2.1:99999999", // connecting tells
		"udp://192.0.2.1:514?facility": "",
	} {
		s, err := NewSyslog(SyslogOptions{Address: address})
		got := ""
		if err == nil {
			y := s.(*syslog)
			got = y.network + " " + y.address
			if y.secure != nil {
				got += " TLS"
				if y.secure.ServerName != "log.example.org" || y.secure.MinVersion != tls.VersionTLS12 || y.secure.InsecureSkipVerify {
					t.Errorf("%+v", y.secure)
				}
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q (%v)", address, got, want, err)
		}
	}
	if _, err := NewSyslog(SyslogOptions{Address: "udp://192.0.2.1", Facility: "local9"}); err == nil {
		t.Error("facility local9 is taken")
	}
}

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
		if want := hostLook(from + i).host; p.parameters[structuredID]["host"] != want {
			t.Errorf("message %d is of host %s, want %s", i, p.parameters[structuredID]["host"], want)
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
	if p, err := parseSyslog(rest[1]); err != nil || p.id != "ALERTS_DROPPED" || p.parameters[structuredID]["dropped"] != "3" {
		t.Errorf("%v %q", err, rest[1])
	}
	n.Close()
}

// certificate makes one for the loopback address, and a file to trust it by.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "receiver"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestSyslogTLS(t *testing.T) {
	pair, file := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	got := serve(t, l, 0)
	address := "tls://" + l.Addr().String()
	sent(t, newSyslog(t, SyslogOptions{Address: address, Authorities: file}), 0, 5)
	numbered(t, take(t, got, 5), 0)
	// Whom nobody vouches for gets nothing.
	s := newSyslog(t, SyslogOptions{Address: address})
	a := everyAlert()[0]
	if err := s.Send(context.Background(), &Message{Alert: a}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
	if _, err := NewSyslog(SyslogOptions{Address: address, Authorities: "syslog_test.go"}); err == nil {
		t.Error("a file without certificates is taken")
	}
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
