package process

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

const childVariable = "PROCESS_TEST_CHILD"

// A child either holds sockets that it is told to open, or is a test in a network namespace.
func TestMain(m *testing.M) {
	if words := os.Getenv(childVariable); words != "" {
		hold(words)
		return
	}
	os.Exit(m.Run())
}

// held is what a child holds: its name, and sockets by words as "udp 0.0.0.0:500" (bound),
// "udp 192.0.2.10:500 198.51.100.7:3478" (connected), "tcp ... ..." and "listen 0.0.0.0:443".
type held struct {
	Name    string
	Sockets []string
}

func hold(words string) {
	var h held
	if err := json.Unmarshal([]byte(words), &h); err != nil {
		panic(err)
	}
	if err := os.WriteFile("/proc/self/comm", []byte(h.Name), 0); err != nil {
		panic(err)
	}
	for _, s := range h.Sockets {
		if err := openSocket(strings.Fields(s)); err != nil {
			panic(fmt.Sprintf("%s: %v", s, err))
		}
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
}

func openSocket(f []string) error {
	local := netip.MustParseAddrPort(f[1])
	family, kind := unix.AF_INET, unix.SOCK_DGRAM
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	if f[0] != "udp" {
		kind = unix.SOCK_STREAM
	}
	address := func(a netip.AddrPort) unix.Sockaddr {
		if family == unix.AF_INET {
			return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
		}
		return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) // SO_REUSEPORT is for one user alone
	if err := unix.Bind(fd, address(local)); err != nil {
		return err
	}
	if f[0] == "listen" {
		return unix.Listen(fd, 16)
	}
	if len(f) > 2 {
		return unix.Connect(fd, address(netip.MustParseAddrPort(f[2])))
	}
	return nil
}

// holder starts a child as the user, and returns its number when its sockets are open.
func holder(t *testing.T, uid uint32, h held) int {
	t.Helper()
	words, _ := json.Marshal(h)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVariable+"="+string(words))
	cmd.Stderr = os.Stderr
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		cmd.Path = copyOfSelf(t)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	b := make([]byte, 6)
	if n, err := out.Read(b); err != nil || string(b[:n]) != "ready\n" {
		t.Fatalf("child said %q, %v", b[:n], err)
	}
	return cmd.Process.Pid
}

// copyOfSelf is this test where everybody may run it.
func copyOfSelf(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "process")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	path := dir + "/copy"
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// inNamespace runs the test again in a network namespace of its own, with addresses on lo.
func inNamespace(t *testing.T) (inside bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a network namespace")
	}
	if os.Getenv("PROCESS_TEST_NAMESPACE") != "" {
		for _, words := range []string{"link set lo up", "addr add 192.0.2.10/32 dev lo", "addr add 198.51.100.7/32 dev lo", "-6 addr add 2001:db8::10/128 dev lo nodad", "-6 addr add 2001:db8::7/128 dev lo nodad"} {
			if said, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil && !strings.Contains(string(said), "exists") {
				t.Fatalf("ip %s: %s", words, said)
			}
		}
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "PROCESS_TEST_NAMESPACE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Errorf("in a network namespace: %v\n%s", err, said)
	} else {
		t.Logf("%s", said)
	}
	return false
}

// The sockets that the children of TestAgainstSS hold.
var heldSockets = []held{
	{"turn server", []string{"listen 198.51.100.7:443", "listen [2001:db8::7]:8443", "udp [::]:3478", "listen [::]:22", "udp 0.0.0.0:5353", "udp 0.0.0.0:53"}},
	{"a\"b\x1b[31m", []string{"tcp 192.0.2.10:51234 198.51.100.7:443", "tcp [2001:db8::10]:51235 [2001:db8::7]:8443", "udp 0.0.0.0:24816", "udp 192.0.2.10:24817",
		"udp 192.0.2.10:51604 198.51.100.7:3478", "tcp [::ffff:192.0.2.10]:51236 [::ffff:198.51.100.7]:443", "udp 0.0.0.0:5353", "udp 192.0.2.10:24816 198.51.100.7:9"}},
}

// What a Finder says of every socket is what ss says of it, by netlink and by /proc/net.
func TestAgainstSS(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	if _, err := exec.LookPath("ss"); err != nil {
		t.Fatal("ss (Debian: iproute2) is needed: what is found is compared with it")
	}
	pids := []int{holder(t, 1, heldSockets[0]), holder(t, 65534, heldSockets[1])}
	said, err := exec.Command("ss", "-tunap").Output()
	if err != nil {
		t.Fatal(err)
	}
	table, err := ParseTable(said)
	if err != nil || len(table.Unread) > 0 || len(table.Rows) < 15 {
		t.Fatalf("%v, %+v of\n%s", err, table, said)
	}
	for _, way := range []string{"netlink", "/proc/net"} {
		k, err := newKernel("/proc")
		if err != nil {
			t.Fatal(err)
		}
		if k.diag == nil {
			t.Fatal("the kernel answers no sock_diag")
		}
		if way == "/proc/net" {
			k.diag.close()
			k.diag = nil
		}
		f, err := start(Options{}, k)
		if err != nil {
			t.Fatal(err)
		}
		compareWithSS(t, way, f, table)
		name := strings.TrimSpace(heldSockets[1].Name)
		for _, tt := range []struct {
			protocol      packet.Protocol
			local, remote string
			want          report.Owner
		}{
			{packet.UDP, "192.0.2.10:24816", "203.0.113.1:1", report.Owner{PID: pids[1], Name: name, User: "nobody"}},
			{packet.UDP, "192.0.2.10:3478", "203.0.113.1:1", report.Owner{PID: pids[0], Name: "turn server", User: "daemon"}},
			{packet.TCP, "192.0.2.10:51236", "198.51.100.7:443", report.Owner{PID: pids[1], Name: name, User: "nobody"}},
			{packet.TCP, "198.51.100.7:443", "192.0.2.10:51236", report.Owner{PID: pids[0], Name: "turn server", User: "daemon"}}, // not accepted yet
			{packet.UDP, "192.0.2.10:5353", "203.0.113.1:1", report.Owner{Name: name + " or turn server"}},
			{packet.UDP, "203.0.113.9:24816", "203.0.113.1:1", report.Owner{}}, // passes by
		} {
			t.Run(way+" "+tt.local, func(t *testing.T) { wantOwner(t, f, tt.protocol, tt.local, tt.remote, tt.want) })
		}
		f.Close()
	}
}

func compareWithSS(t *testing.T, way string, f *Finder, table *Table) {
	t.Helper()
	rows := map[string]int{}
	for _, r := range table.Rows {
		rows[fmt.Sprint(r.Protocol, r.Local)]++
	}
	compared := 0
	for _, r := range table.Rows {
		if r.PID == 0 || !r.Connected() && rows[fmt.Sprint(r.Protocol, r.Local)] > 1 {
			continue // not accepted yet, or shared
		}
		local := r.Local
		if local.Addr().IsUnspecified() {
			local = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.10"), local.Port())
		}
		remote := r.Remote
		if !r.Connected() {
			remote = netip.MustParseAddrPort("203.0.113.200:9")
		}
		got := f.Owner(r.Protocol, local, remote)
		// ss cannot show a name with all its characters.
		if got.PID != r.PID || !strings.HasPrefix(got.Name, r.Name[:2]) {
			t.Errorf("%s: %v: %+v, ss says %d %q", way, r, got, r.PID, r.Name)
		}
		compared++
	}
	if compared < 9 {
		t.Errorf("%s: %d rows compared", way, compared)
	}
}

// A socket that opens and closes is known while it is there and for a while after, and a process
// in another network namespace is found by its address.
func TestComeAndGo(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	f, err := NewFinder(Options{Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := net.ListenPacket("udp4", "192.0.2.10:4000")
	if err != nil {
		t.Fatal(err)
	}
	comm, _ := os.ReadFile("/proc/self/comm")
	want := report.Owner{PID: os.Getpid(), Name: strings.TrimSpace(string(comm)), User: "root"}
	find := func(local string, want report.Owner) {
		t.Helper()
		var got report.Owner
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if got = f.Owner(packet.UDP, netip.MustParseAddrPort(local), netip.MustParseAddrPort("203.0.113.1:1")); got == want {
				return
			}
		}
		t.Errorf("%s: %+v, want %+v", local, got, want)
	}
	find("192.0.2.10:4000", want)
	c.Close()
	time.Sleep(100 * time.Millisecond)
	find("192.0.2.10:4000", want)

	// Another namespace.
	cmd := exec.Command("unshare", "-n", "sh", "-c", "ip link set lo up; ip addr add 10.99.0.2/32 dev lo; exec /proc/"+fmt.Sprint(os.Getpid())+"/exe")
	cmd.Env = append(os.Environ(), childVariable+`={"Name":"boxed","Sockets":["udp 0.0.0.0:4001"]}`)
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	out.Read(make([]byte, 6))
	find("10.99.0.2:4001", report.Owner{PID: cmd.Process.Pid, Name: "boxed", User: "root"})
	if got := f.Owner(packet.UDP, netip.MustParseAddrPort("192.0.2.10:4001"), netip.MustParseAddrPort("203.0.113.1:1")); got != (report.Owner{}) {
		t.Errorf("the other namespace's port at an own address: %+v", got)
	}
}

// Many sockets: what a snapshot costs is told, and nothing of them is missing.
func TestManySockets(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var old unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &old)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 17, Max: max(old.Max, 1<<17)})
	const many = 10_000
	for i := range many {
		if err := openSocket([]string{"udp", fmt.Sprintf("127.0.%d.%d:%d", i>>8, i&255, 2000+i%1000)}); err != nil {
			t.Fatal(err)
		}
	}
	used := func() time.Duration {
		var u unix.Rusage
		unix.Getrusage(unix.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	k, err := newKernel("/proc")
	if err != nil {
		t.Fatal(err)
	}
	f := &Finder{o: Options{Wait: -1}.withDefaults(), system: k, all: map[identity]*known{}, fresh: make(chan struct{})}
	defer k.close()
	began := used()
	f.snapshot(time.Now())
	first := used() - began
	began = used()
	for range 10 {
		f.snapshot(time.Now())
	}
	t.Logf("%d sockets: the first snapshot takes %s of a processor, the next %s each; %+v", many, first, (used()-began)/10, f.Counts())
	if c := f.Counts(); c.Sockets < many || c.NotHeld > 0 {
		t.Errorf("counts %+v", c)
	}
	// Other namespaces of the machine have sockets, too, that come and go.
	for id, k := range f.all {
		if id.space == 0 && (!k.found || k.tried > 0) {
			t.Errorf("%+v was not found by the first scan", k)
		}
	}
	for i := range many {
		local := netip.MustParseAddrPort(fmt.Sprintf("127.0.%d.%d:%d", i>>8, i&255, 2000+i%1000))
		if o := f.Owner(packet.UDP, local, netip.MustParseAddrPort("127.0.0.1:1")); o.PID != os.Getpid() {
			t.Fatalf("%s: %+v", local, o)
		}
	}
}

// Without the right to look at others' processes, the user is told.
func TestUnprivileged(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	holder(t, 1, heldSockets[0])
	// Rights for files are a thread's own: the test's threads lose them together.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setresuid(65534, 65534, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	f, err := NewFinder(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wantOwner(t, f, packet.UDP, "192.0.2.10:3478", "203.0.113.1:1", report.Owner{User: "daemon"})
}

func FuzzReadMessages(f *testing.F) {
	f.Add(make([]byte, 200))
	f.Add([]byte{88, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, _, _ := readMessages(nil, b, 1, packet.TCP)
		if len(list)*messageLength > len(b) {
			t.Fatalf("%d sockets of %d octets", len(list), len(b))
		}
	})
}
