package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sensor is a watch in a network of its own, joined to that of the server by a pair of interfaces.
type sensor struct {
	*watcher
	name, folder, spool string
	store               []string // flags
	network             int      // descriptor
	out                 *wire
	list                [][]byte
	sent                int
}

// thisNetwork is a descriptor of the network that this thread is in.
func thisNetwork(t *testing.T) int {
	t.Helper()
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// enter puts this thread into a network.
func enter(t *testing.T, network int) {
	t.Helper()
	if err := unix.Setns(network, unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
}

// newSensor makes the network of sensor n, which reaches that of hub as 10.99.n.1.
func newSensor(t *testing.T, hub, n int, name, capture string) *sensor {
	t.Helper()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	s := &sensor{name: name, folder: outputs(t), spool: outputs(t), network: thisNetwork(t), list: frames(t, testdata+capture)}
	makeWire(t)
	s.out = newWire(t)
	enter(t, hub)
	ip(t, fmt.Sprintf("link add hub%d type veth peer name uplink netns /proc/%d/fd/%d", n, os.Getpid(), s.network),
		fmt.Sprintf("addr add 10.99.%d.1/24 dev hub%d", n, n), fmt.Sprintf("link set hub%d up", n))
	enter(t, s.network)
	ip(t, fmt.Sprintf("addr add 10.99.%d.2/24 dev uplink", n), "link set uplink up")
	enter(t, hub)
	return s
}

// watch starts the watch.
func (s *sensor) watch(t *testing.T, hub int) {
	t.Helper()
	enter(t, s.network)
	defer enter(t, hub)
	s.watcher = watching(t, append([]string{"--sensor", s.name, "--store-spool", s.spool, "--store-flush", "100ms", "--look", "100ms", "--ring", "128MiB",
		"-w", s.capture(), "--keep", "all"}, s.store...)...)
}

// capture is what the watch itself wrote of all that it saw.
func (s *sensor) capture() string { return filepath.Join(s.folder, "all.pcapng") }

// replay sends a part of the capture, of so many.
func (s *sensor) replay(t *testing.T, part, parts int) {
	t.Helper()
	end := len(s.list) * (part + 1) / parts
	s.out.send(t, s.list[s.sent:end], 6000)
	s.sent = end
}

var received = regexp.MustCompile(`span0: ([\d,]+) packets, ([\d,]+) dropped`)

// hasRead waits until the watch says that it read all that was sent. It asks it, so the watch must be at work.
func (s *sensor) hasRead(t *testing.T) {
	t.Helper()
	eventually(t, s.name+" reads all packets", func() bool {
		s.Process.Signal(syscall.SIGUSR1)
		time.Sleep(50 * time.Millisecond)
		told := received.FindAllStringSubmatch(s.said(), -1)
		if len(told) == 0 {
			return false
		}
		last := told[len(told)-1]
		n, err := strconv.Atoi(strings.ReplaceAll(last[1], ",", ""))
		if err != nil || last[2] != "0" {
			t.Fatalf("%s: %v, %s", s.name, err, last[0])
		}
		return n == s.sent
	})
}

// waiting are the batches in the spool.
func (s *sensor) waiting() int {
	files, _ := filepath.Glob(s.spool + "/*.batch")
	return len(files)
}

// eventually waits for something that is to come, and not longer than it may take on a busy machine.
func eventually(t *testing.T, what string, came func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !came(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: that does not come", what)
		}
	}
}

// certificate makes one for addresses, which is its own authority.
func certificate(t *testing.T, folder string, addresses ...net.IP) (file, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: addresses}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	file, key = filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key")
	for name, block := range map[string]*pem.Block{file: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return file, key
}

// here runs the program on this thread, in its network, and returns what it prints.
func here(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(program(t), args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil || strings.Contains(stderr.String()+string(out), "hunter2") {
		t.Errorf("%v: %v: %s", args, err, stderr.String())
	}
	return string(out)
}

// Three sensors, in networks of their own, watch while captures are replayed; their server hangs, is killed
// in the midst of it, and again while it is sent what waited. No packet is lost meanwhile, and in the end the
// server tells of each sensor what its capture holds: nothing lacks, nothing counts twice.
func TestFleet(t *testing.T) {
	needsClickHouse(t)
	inOwnNetwork(t)
	hub, folder, ports := thisNetwork(t), outputs(t), [2]int{28123, 29000}
	ca, key := certificate(t, folder, net.IPv4(10, 99, 0, 1), net.IPv4(10, 99, 1, 1), net.IPv4(127, 0, 0, 1))
	secure := fmt.Sprintf("<https_port>28443</https_port><openSSL><server><certificateFile>%s</certificateFile><privateKeyFile>%s</privateKeyFile><verificationMode>none</verificationMode></server></openSSL>", ca, key)
	passwords := filepath.Join(folder, "password")
	if err := os.WriteFile(passwords, []byte("hunter2\n"), 0o600); err != nil { // for root alone
		t.Fatal(err)
	}
	sensors := []*sensor{newSensor(t, hub, 0, "lyon", "office.pcapng"), newSensor(t, hub, 1, "oslo", "skype-classic.pcap"), newSensor(t, hub, 2, "lima", "unknown-p2p.pcap")}
	sensors[0].store = []string{"--store", "clickhouses://watcher@10.99.0.1:28443/traffic", "--store-ca", ca, "--store-password-file", passwords}
	sensors[1].store = []string{"--store", "clickhouses://watcher@10.99.1.1:28443/traffic", "--store-ca", ca, "--store-password-file", passwords}
	sensors[2].store = []string{"--store", fmt.Sprintf("clickhouse://watcher@10.99.2.1:%d/traffic", ports[0])} // and the password from the environment
	server := clickHouse(t, t.TempDir(), ports, secure)
	data := server.Dir
	every := func(what func(*sensor)) {
		for _, s := range sensors {
			what(s)
		}
	}
	sensors[0].watch(t, hub)
	sensors[1].watch(t, hub)
	t.Setenv("PEERATLAS_STORE_PASSWORD", "hunter2")
	sensors[2].watch(t, hub)
	part := 0
	replay := func() {
		every(func(s *sensor) { s.replay(t, part, 5) })
		part++
	}
	replay()
	server.Process.Signal(syscall.SIGSTOP) // it hangs, and the watches go on reading
	replay()
	every(func(s *sensor) { s.hasRead(t) })
	server.Process.Signal(syscall.SIGCONT)
	replay()
	killed9(server)
	replay()
	every(func(s *sensor) { s.hasRead(t) })
	eventually(t, "batches wait", func() bool { return sensors[0].waiting() > 0 && sensors[1].waiting() > 0 && sensors[2].waiting() > 0 })
	server = clickHouse(t, data, ports, secure)
	eventually(t, "a spool is sent", func() bool {
		return sensors[0].waiting() == 0 || sensors[1].waiting() == 0 || sensors[2].waiting() == 0
	})
	killed9(server)
	replay()
	every(func(s *sensor) { s.hasRead(t) })
	clickHouse(t, data, ports, secure)
	every(func(s *sensor) {
		eventually(t, "the spool of "+s.name+" is sent", func() bool { return s.waiting() == 0 })
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.Process.Pid)); err != nil || bytes.Contains(line, []byte("hunter2")) {
			t.Errorf("%v: everybody sees %s", err, line)
		}
		status, _ := s.end(t, syscall.SIGTERM)
		said := s.said()
		if status != exitInterrupted || !strings.Contains(said, "batches wait in") || !regexp.MustCompile(`none waits; [1-9]\d* were kept meanwhile, and [1-9]`).MatchString(said) ||
			strings.Contains(said, "hunter2") || s.waiting() > 0 {
			t.Errorf("%s: status %d, %d batches wait: %s", s.name, status, s.waiting(), said)
		}
	})
	address := []string{"--store", "clickhouses://watcher@127.0.0.1:28443/traffic", "--store-ca", ca}
	every(func(s *sensor) { s.compare(t, address) })
	fleetTells(t, address, sensors)
}

var endReason = regexp.MustCompile(`,"end_reason":"[a-z ]*"`)

// compare holds what the server tells of a sensor against what its capture holds.
func (s *sensor) compare(t *testing.T, address []string) {
	t.Helper()
	of := append([]string{"--sensor", s.name}, address...)
	var reports [2]struct {
		Totals   map[string]any
		Coverage struct {
			Packets int `json:"packets"`
			Dropped int `json:"packets_dropped"`
			Flows   int `json:"flows"`
		}
		Countries, Hosts []map[string]any
	}
	for i, args := range [][]string{append([]string{"report", "--format", "json"}, of...), {"report", "--format", "json", s.capture()}} {
		if err := json.Unmarshal([]byte(here(t, args...)), &reports[i]); err != nil {
			t.Fatal(err)
		}
	}
	got, want := &reports[0], &reports[1]
	if got.Coverage.Packets != len(s.list) || got.Coverage.Dropped != 0 || want.Coverage.Packets != len(s.list) || got.Coverage.Flows != want.Coverage.Flows || want.Coverage.Flows == 0 {
		t.Errorf("%s: %d packets were sent; the server says %+v, the capture %+v", s.name, len(s.list), got.Coverage, want.Coverage)
	}
	if !reflect.DeepEqual(got.Totals, want.Totals) || !reflect.DeepEqual(got.Countries, want.Countries) || !reflect.DeepEqual(got.Hosts, want.Hosts) {
		t.Errorf("%s: the server says %v %v, the capture %v %v", s.name, got.Totals, got.Hosts, want.Totals, want.Hosts)
	}
	var found [2]map[string]string
	for i, args := range [][]string{append([]string{"flows"}, of...), {"flows", s.capture()}} {
		found[i] = map[string]string{}
		lines := bufio.NewScanner(strings.NewReader(here(t, args...)))
		for lines.Buffer(nil, 1<<20); lines.Scan(); {
			// A watch waits after a flow's FIN whether more comes; a capture that ends before cannot tell.
			keep(t, found[i], endReason.ReplaceAll(lines.Bytes(), nil))
		}
	}
	for id, record := range found[1] {
		if found[0][id] != record {
			t.Errorf("%s: the capture says %s\nthe server  %s", s.name, record, found[0][id])
		}
	}
	if len(found[1]) == 0 || len(found[0]) != len(found[1]) {
		t.Errorf("%s: %d flows in the server, %d in the capture", s.name, len(found[0]), len(found[1]))
	}
	t.Logf("%s: %d packets, %d flows, %d kept whole, all alike", s.name, got.Coverage.Packets, got.Coverage.Flows, len(found[0]))
}

// fleetTells asks the server through diff and serve.
func fleetTells(t *testing.T, address []string, sensors []*sensor) {
	t.Helper()
	if out := here(t, append([]string{"diff", "--before", "2h/1h", "--after", "1h/"}, address...)...); !strings.Contains(out, "p2p") && !strings.Contains(out, "peer-to-peer") {
		t.Errorf("diff says %s", out)
	}
	c := exec.Command(program(t), append([]string{"serve", "--listen", "127.0.0.1:28090"}, address...)...)
	stderr, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	if line, err := bufio.NewReader(stderr).ReadString('\n'); err != nil || !strings.Contains(line, "listening") {
		t.Fatalf("%v: %s", err, line)
	}
	for path, wants := range map[string][]string{
		"/readyz":                {"200 OK"},
		"/api/v1/hosts":          {"200 OK", `"total":`},
		"/api/v1/flows?p2p=true": {"200 OK", `"community_id"`},
		"/metrics":               {"200 OK"},
	} {
		for _, s := range sensors {
			if path == "/metrics" {
				wants = append(wants, fmt.Sprintf(`peeratlas_packets_total{sensor=%q} %d`, s.name, len(s.list)), fmt.Sprintf(`peeratlas_packets_lost_total{cause="kernel",sensor=%q} 0`, s.name),
					fmt.Sprintf(`peeratlas_watch_ended{sensor=%q} 1`, s.name), fmt.Sprintf(`peeratlas_spool_bytes{sensor=%q} 0`, s.name), fmt.Sprintf(`peeratlas_records_not_stored_total{sensor=%q} 0`, s.name))
			}
		}
		// A shell, since connecting must be done in this thread's network.
		out, err := exec.Command("bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/28090 && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$0" >&3 && cat <&3`, path).CombinedOutput()
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %v: no %s in %s", path, err, want, out)
			}
		}
	}
}
