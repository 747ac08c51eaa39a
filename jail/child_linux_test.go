package jail

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// plan is what a child process does: it opens, enters the jail, and tries what it was told.
type plan struct {
	Options    Options
	NoLandlock bool     // the kernel is said to have none
	NoSeccomp  bool     //
	Raw        bool     // a packet socket on lo is open before
	Threads    int      // that wait on other goroutines, each on a thread of its own, from before
	Try        []string // "verb argument"
}

// outcome is what came of it.
type outcome struct {
	Error   string
	Words   string
	Report  Report
	Tried   map[string]string // "ok", what was read, or the error
	Threads []string          // of each waiting thread: what opening /etc/passwd for writing gave
	Status  map[string][]string
}

const childVariable = "JAIL_TEST_PLAN"

func TestMain(m *testing.M) {
	if words := os.Getenv(childVariable); words != "" {
		json.NewEncoder(os.Stdout).Encode(beChild(words))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beChild(words string) (out outcome) {
	var p plan
	if err := json.Unmarshal([]byte(words), &p); err != nil {
		return outcome{Error: err.Error()}
	}
	if p.NoLandlock {
		landlockVersion = func() int { return 0 }
	}
	if p.NoSeccomp {
		seccompThere = func() bool { return false }
	}
	raw := -1
	if p.Raw {
		var err error
		if raw, err = packetSocket(); err != nil {
			return outcome{Error: err.Error()}
		}
	}
	open, said := make(chan bool), make(chan string)
	for range p.Threads {
		go func() {
			runtime.LockOSThread()
			said <- "waits"
			<-open
			said <- try("open /etc/passwd", raw)
		}()
		<-said
	}
	r, err := Enter(p.Options)
	if err != nil {
		out.Error = err.Error()
	}
	out.Report, out.Words, out.Tried = r, r.String(), map[string]string{}
	for range p.Threads {
		open <- true
		out.Threads = append(out.Threads, <-said)
	}
	for _, t := range p.Try {
		out.Tried[t] = try(t, raw)
	}
	out.Status = status()
	return out
}

// try does one thing.
func try(words string, raw int) string {
	verb, argument, _ := strings.Cut(words, " ")
	var err error
	switch verb {
	case "read":
		_, err = os.ReadFile(argument)
	case "open": // to write, but nothing is written
		var f *os.File
		if f, err = os.OpenFile(argument, os.O_WRONLY, 0); err == nil {
			f.Close()
		}
	case "append":
		var f *os.File
		if f, err = os.OpenFile(argument, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err == nil {
			_, err = f.WriteString("x")
		}
	case "rename":
		err = os.Rename(argument, argument+".1")
	case "list":
		_, err = os.ReadDir(argument)
	case "setuid":
		n, _ := strconv.Atoi(argument)
		err = syscall.Setuid(n)
	case "tcp", "udp", "unix", "unixgram":
		var c net.Conn
		if c, err = net.Dial(verb, argument); err == nil {
			_, err = c.Write([]byte("x"))
		}
	case "listen":
		_, err = net.Listen("tcp", argument)
	case "packets":
		var fd int
		if fd, err = packetSocket(); err == nil {
			unix.Close(fd)
		}
	case "still": // the socket that was open before gets a packet of its own sending
		err = stillCaptures(raw)
	case "interfaces":
		_, err = net.Interfaces()
	case "run":
		var said []byte
		if said, err = exec.Command(argument).CombinedOutput(); err == nil {
			return strings.TrimSpace(string(said))
		}
	case "newuserns":
		err = unix.Unshare(unix.CLONE_NEWUSER)
	case "fork":
		_, _, e := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_VFORK|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if e == 0 {
			return "ok" // never reached by a child: it would share this stack
		}
		err = e
	case "uring":
		_, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
		err = e
	case "ptrace":
		n, _ := strconv.Atoi(argument)
		err = unix.PtraceAttach(n)
	case "owner": // whose descriptors of another process can be seen
		_, err = os.Readlink("/proc/" + argument + "/fd/0")
	case "core":
		var l unix.Rlimit
		err = unix.Getrlimit(unix.RLIMIT_CORE, &l)
		return fmt.Sprint(l.Cur, l.Max, err)
	case "threads": // that are made afterwards
		done := make(chan string)
		for range 20 {
			go func() {
				runtime.LockOSThread()
				done <- try("open /etc/passwd", raw)
			}()
		}
		for range 20 {
			if s := <-done; s == "ok" {
				return s
			}
		}
		return "none may"
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func packetSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300) // ETH_P_ALL in network order
	if err != nil {
		return -1, fmt.Errorf("packet socket: %w", err)
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return -1, err
	}
	return fd, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: 0x0300, Ifindex: lo.Index})
}

func stillCaptures(fd int) error {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5})
	frame := append(make([]byte, 12), 0x88, 0xb5, 'j', 'a', 'i', 'l') // local experimental EtherType, IEEE Std 802
	if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: lo.Index, Halen: 6}); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	b := make([]byte, 2048)
	for range 1000 {
		n, _, err := unix.Recvfrom(fd, b, 0)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if strings.Contains(string(b[:n]), "jail") {
			return nil
		}
	}
	return fmt.Errorf("the packet did not come")
}

// status is what /proc says of each thread, by key.
func status() map[string][]string {
	paths, _ := filepath.Glob("/proc/self/task/*/status")
	all := map[string][]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			key, value, _ := strings.Cut(line, ":")
			all[key] = append(all[key], strings.Join(strings.Fields(value), " "))
		}
	}
	return all
}

// child runs the plan in a process of its own; change may set who it begins as.
func child(t *testing.T, p plan, change ...func(*exec.Cmd)) outcome {
	t.Helper()
	words, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVariable+"="+string(words), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	for _, c := range change {
		c(cmd)
	}
	said, err := cmd.Output()
	var out outcome
	if err != nil || json.Unmarshal(said, &out) != nil {
		t.Fatalf("child: %v, said %q", err, said)
	}
	return out
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
}
