package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/capture/packet"
	"peeratlas/jail"
)

func jailFlags(t *testing.T, args ...string) *watchJail {
	t.Helper()
	j, f := new(watchJail), pflag.NewFlagSet("watch", pflag.ContinueOnError)
	j.addFlags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestJailFlags(t *testing.T) {
	root := map[bool]string{true: "nobody"}[jail.Root()]
	for _, tt := range []struct {
		args []string
		user string
		fail string
	}{
		{nil, root, ""},
		{[]string{"--no-drop"}, "", ""},
		{[]string{"-Z", "daemon"}, "daemon", ""},
		{[]string{"--relinquish-privileges=daemon"}, "daemon", ""},
		{[]string{"-Z", "daemon", "--no-drop"}, "", "choose one"},
	} {
		user, err := jailFlags(t, tt.args...).name()
		if user != tt.user || (err != nil) != (tt.fail != "") || err != nil && !strings.Contains(err.Error(), tt.fail) {
			t.Errorf("%q: %q, %v", tt.args, user, err)
		}
	}
}

// What is wrong is told before anything changes, with what to do.
func TestJailRefuses(t *testing.T) {
	j := jailFlags(t, "-Z", "kilroy")
	if _, err := j.enter(jail.Options{}); err == nil || !strings.Contains(err.Error(), `no user "kilroy"`) || !strings.Contains(err.Error(), "--no-drop") {
		t.Errorf("error %v", err)
	}
	if !jail.Root() {
		t.Skip("only root becomes nobody")
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	if _, err := jailFlags(t).enter(jail.Options{WritableFolders: []string{dir}}); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "-Z chooses the user") {
		t.Errorf("error %v", err)
	}
	if os.Geteuid() != 0 {
		t.Error("the user changed")
	}
}

func TestNoProcesses(t *testing.T) {
	if r, err := jailFlags(t).openOwners(); r != nil || err != nil {
		t.Errorf("%v, %v", r, err)
	}
}

// The helper process finds the sockets of this one, being nobody with two capabilities, and ends
// with the pipe.
func TestProcesses(t *testing.T) {
	if !jail.Root() {
		t.Skip("only root becomes nobody and sees others' processes")
	}
	j := jailFlags(t, "--processes")
	j.program = program(t)
	r, err := j.openOwners()
	if err != nil {
		t.Fatal(err)
	}
	helper := children(t, "owners")
	if len(helper) != 1 {
		t.Fatalf("helpers %q", helper)
	}
	status, _ := os.ReadFile(filepath.Join(helper[0], "status"))
	for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n", "CapEff:\t0000000000080004\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the helper has no %q", want)
		}
	}
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	local, found := c.LocalAddr().(*net.UDPAddr).AddrPort(), false
	for deadline := time.Now().Add(30 * time.Second); !found && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		found = r.Owner(packet.UDP, local, netip.MustParseAddrPort("127.0.0.1:9")).PID == os.Getpid()
	}
	if !found || r.Err() != nil {
		t.Errorf("found %v, %v", found, r.Err())
	}
	r.Close()
	for deadline := time.Now().Add(10 * time.Second); len(children(t, "owners")) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the helper does not end with its pipe")
		}
	}
}

// children are the folders of proc of this test's children that were given the word.
func children(t *testing.T, word string) (found []string) {
	t.Helper()
	self, _ := os.ReadFile("/proc/self/stat")
	pid, _, _ := strings.Cut(string(self), " ")
	paths, _ := filepath.Glob("/proc/[0-9]*")
	for _, path := range paths {
		status, _ := os.ReadFile(filepath.Join(path, "status"))
		line, _ := os.ReadFile(filepath.Join(path, "cmdline"))
		if strings.Contains(string(status), "\nPPid:\t"+pid+"\n") && strings.Contains(string(line), "\x00"+word+"\x00") {
			found = append(found, path)
		}
	}
	return found
}

func TestProcessesNeedTheirUser(t *testing.T) {
	j := jailFlags(t, "--processes", "-Z", "kilroy")
	j.program = program(t)
	if _, err := j.openOwners(); err == nil || !strings.Contains(err.Error(), `no user "kilroy"`) {
		t.Errorf("error %v", err)
	}
}
