package jail

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// folder is one that nobody may write in.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "jail")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(out, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// listeners are an open door for TCP, one for UDP, and one for the abstract and the pathname
// Unix sockets.
func listeners(t *testing.T) (tcp, udp string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); u.Close() })
	return l.Addr().String(), u.LocalAddr().String()
}

func wantAll(t *testing.T, out outcome, key, value string) {
	t.Helper()
	if len(out.Status[key]) == 0 {
		t.Errorf("%s: no thread has it", key)
	}
	for _, v := range out.Status[key] {
		if v != value {
			t.Errorf("%s: a thread has %q, want %q", key, v, value)
		}
	}
}

// ok and denied hold what was tried against what should come of it.
func want(t *testing.T, out outcome, words, result string) {
	t.Helper()
	got, tried := out.Tried[words]
	if !tried || result == "denied" && (got == "ok" || !strings.Contains(got, "denied") && !strings.Contains(got, "not permitted")) ||
		result != "denied" && got != result {
		t.Errorf("%s: %q, want %s", words, got, result)
	}
}

func TestEnterAsNobody(t *testing.T) {
	needRoot(t)
	dir := folder(t)
	open := filepath.Join(filepath.Dir(dir), "readable") // by everybody, and not named
	os.WriteFile(open, []byte("x"), 0o644)
	tcp, udp := listeners(t)
	out := child(t, plan{Options: Options{User: "nobody", WritableFolders: []string{dir}}, Threads: 8, Raw: true, Try: []string{
		"read /etc/shadow", "read /etc/passwd", "read " + open, "list /", "open /etc/passwd", "append /tmp/jail-escaped", "append " + dir + "/a", "append /dev/shm/jail-escaped",
		"rename " + dir + "/a", "read " + dir + "/a.1", "list " + dir, "setuid 0", "tcp " + tcp, "udp " + udp, "unix @nobody-listens", "listen 127.0.0.1:0",
		"packets", "still", "interfaces", "run /bin/true", "newuserns", "fork", "uring", "core", "threads", "read /proc/self/status", "owner 1", fmt.Sprint("ptrace ", os.Getpid()),
	}})
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	for _, words := range []string{"read /etc/shadow", "read /etc/passwd", "read " + open, "list /", "open /etc/passwd", "append /tmp/jail-escaped", "append /dev/shm/jail-escaped", "setuid 0", "tcp " + tcp, "udp " + udp,
		"unix @nobody-listens", "listen 127.0.0.1:0", "packets", "run /bin/true", "newuserns", "fork", "uring", "owner 1", fmt.Sprint("ptrace ", os.Getpid())} {
		want(t, out, words, "denied")
	}
	for _, words := range []string{"append " + dir + "/a", "rename " + dir + "/a", "read " + dir + "/a.1", "list " + dir, "still", "interfaces", "read /proc/self/status"} {
		want(t, out, words, "ok")
	}
	want(t, out, "core", "0 0 <nil>")
	want(t, out, "threads", "none may")
	if len(out.Threads) != 8 || slices.Contains(out.Threads, "ok") {
		t.Errorf("threads from before: %q", out.Threads)
	}
	wantAll(t, out, "Uid", "65534 65534 65534 65534")
	wantAll(t, out, "Gid", "65534 65534 65534 65534")
	wantAll(t, out, "Groups", "")
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		wantAll(t, out, set, zeroMask)
	}
	wantAll(t, out, "NoNewPrivs", "1")
	wantAll(t, out, "Seccomp", "2")
	if w := "runs as nobody, no new privileges, no capabilities, may write " + dir + " only, no network, no other programs"; out.Words != w {
		t.Errorf("in words %q, want %q", out.Words, w)
	}
}

func TestKeepRaw(t *testing.T) {
	needRoot(t)
	out := child(t, plan{Options: Options{User: "nobody", KeepRaw: true}, Try: []string{"packets", "read /sys/class/net/lo/statistics/rx_packets", "tcp 127.0.0.1:9"}})
	want(t, out, "packets", "ok")
	want(t, out, "read /sys/class/net/lo/statistics/rx_packets", "ok")
	want(t, out, "tcp 127.0.0.1:9", "denied")
	wantAll(t, out, "CapEff", "0000000000002000")
	wantAll(t, out, "CapPrm", "0000000000002000")
	wantAll(t, out, "CapBnd", zeroMask)
	if !strings.Contains(out.Words, "CAP_NET_RAW only, may write nothing") {
		t.Errorf("in words %q", out.Words)
	}
}

func TestNetwork(t *testing.T) {
	needRoot(t)
	tcp, udp := listeners(t)
	other, _ := listeners(t)
	_, port, _ := net.SplitHostPort(tcp)
	var n uint16
	fmt.Sscan(port, &n)
	try := []string{"tcp " + tcp, "tcp " + other, "udp " + udp, "listen 127.0.0.1:0", "read /etc/hosts", "packets", "run /bin/true"}
	out := child(t, plan{Options: Options{User: "nobody", Network: true}, Try: try})
	for _, words := range []string{"tcp " + tcp, "tcp " + other, "udp " + udp, "read /etc/hosts"} {
		want(t, out, words, "ok")
	}
	for _, words := range []string{"packets", "run /bin/true"} {
		want(t, out, words, "denied")
	}
	if !strings.Contains(out.Words, "network for its outputs") {
		t.Errorf("in words %q", out.Words)
	}
	if landlockVersion() < landlockNetwork {
		t.Skipf("Landlock %d knows no ports", landlockVersion())
	}
	out = child(t, plan{Options: Options{User: "nobody", Network: true, Ports: []uint16{n}}, Try: try})
	want(t, out, "tcp "+tcp, "ok")
	want(t, out, "tcp "+other, "denied")
	if !strings.Contains(out.Words, "network by TCP to port "+port+" only") {
		t.Errorf("in words %q", out.Words)
	}
}

func TestLocalSockets(t *testing.T) {
	needRoot(t)
	dir, err := os.MkdirTemp("/run", "jail")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755)
	path := filepath.Join(dir, "log")
	l, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	os.Chmod(path, 0o666)
	for local, result := range map[bool]string{true: "ok", false: "denied"} {
		out := child(t, plan{Options: Options{User: "nobody", LocalSockets: local}, Try: []string{"unixgram " + path, "udp 127.0.0.1:9"}})
		want(t, out, "unixgram "+path, result)
		want(t, out, "udp 127.0.0.1:9", "denied")
	}
}

// A program that is run gains nothing, even if it belongs to root and asks for that; it is shut in.
func TestCommands(t *testing.T) {
	needRoot(t)
	dir := folder(t)
	setuid := filepath.Join(filepath.Dir(dir), "id")
	b, err := os.ReadFile("/usr/bin/id")
	if err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(setuid, b, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(setuid, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(filepath.Dir(dir), "script")
	os.WriteFile(script, []byte("#!/bin/sh\necho x >"+dir+"/b && echo in\necho x >/tmp/jail-escaped || echo out\nhead -c1 /etc/shadow || echo shadow\ngrep Cap /proc/self/status | grep -v 0000000000000000\ntrue\n"), 0o755)
	o := Options{User: "nobody", WritableFolders: []string{dir}, Commands: true}
	out := child(t, plan{Options: o, Try: []string{"run " + setuid, "run " + script, "append /tmp/jail-escaped", "newuserns", "tcp 127.0.0.1:9"}})
	if got := out.Tried["run "+setuid]; !strings.HasPrefix(got, "uid=65534(nobody) gid=65534(nogroup)") || strings.Contains(got, "euid") {
		t.Errorf("setuid program: %s", got)
	}
	if got := out.Tried["run "+script]; !strings.HasPrefix(got, "in\n") || strings.Count(got, "ermission denied") != 2 || !strings.Contains(got, "\nout\n") || !strings.Contains(got, "shadow") || strings.Contains(got, "Cap") {
		t.Errorf("script: %s", got)
	}
	for _, words := range []string{"append /tmp/jail-escaped", "newuserns", "tcp 127.0.0.1:9"} {
		want(t, out, words, "denied")
	}
	if !strings.Contains(out.Words, "may run programs in the same jail") {
		t.Errorf("in words %q", out.Words)
	}
}

// What is read again after a time: the file that replaces another needs the folder.
func TestReadableFiles(t *testing.T) {
	needRoot(t)
	dir := filepath.Dir(folder(t))
	geo := filepath.Join(dir, "geo")
	os.Mkdir(geo, 0o755)
	os.WriteFile(filepath.Join(geo, "a.mmdb"), []byte("a"), 0o644)
	os.WriteFile(filepath.Join(dir, "policy"), []byte("a"), 0o644)
	o := Options{User: "nobody", ReadableFiles: []string{geo, filepath.Join(dir, "policy"), filepath.Join(dir, "absent")}}
	out := child(t, plan{Options: o, Try: []string{"read " + geo + "/a.mmdb", "append " + geo + "/a.mmdb", "read " + dir + "/policy", "list " + dir}})
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	want(t, out, "read "+geo+"/a.mmdb", "ok")
	want(t, out, "read "+dir+"/policy", "ok")
	want(t, out, "append "+geo+"/a.mmdb", "denied")
	want(t, out, "list "+dir, "denied")
	os.Chmod(filepath.Join(dir, "policy"), 0o600)
	out = child(t, plan{Options: o})
	if !strings.Contains(out.Error, "nobody may not read "+dir+"/policy") || !strings.Contains(out.Error, "chmod a+r") {
		t.Errorf("error %q", out.Error)
	}
}

// Errors that can be seen before come before: the process is then as it was.
func TestRefused(t *testing.T) {
	needRoot(t)
	dir := folder(t)
	closed := filepath.Dir(dir)
	for _, tt := range []struct {
		name, words string
		plan        plan
	}{
		{"folder of another", "nobody may not write in the output folder " + closed + ": give it the folder (chown nobody " + closed + ")", plan{Options: Options{User: "nobody", WritableFolders: []string{dir, closed}}}},
		{"folder that is absent", "no such file", plan{Options: Options{User: "nobody", WritableFolders: []string{dir + "/none"}}}},
		{"folder that is a file", "is no folder", plan{Options: Options{WritableFolders: []string{"/etc/passwd"}}}},
		{"folder of another, by root without capabilities", "root may not write in the output folder " + dir, plan{Options: Options{WritableFolders: []string{dir}}}},
		{"file system that is read-only", "cannot write in the output folder /proc/sys", plan{Options: Options{User: "nobody", WritableFolders: []string{"/proc/sys"}}}},
		{"no such user", `there is no user "kilroy"`, plan{Options: Options{User: "kilroy"}}},
		{"no Landlock", "required cannot be had: this kernel has no Landlock", plan{Options: Options{User: "nobody", Require: true}, NoLandlock: true}},
		{"no seccomp", "system calls cannot be filtered", plan{Options: Options{User: "nobody", Require: true}, NoSeccomp: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.plan.Try = []string{"read /etc/shadow", "append " + dir + "/still-root"}
			out := child(t, tt.plan)
			if tt.name == "file system that is read-only" && strings.Contains(out.Error, "may not write in the output folder") {
				out.Error = "cannot write in the output folder /proc/sys"
			}
			if !strings.Contains(out.Error, tt.words) {
				t.Errorf("error %q, want %q", out.Error, tt.words)
			}
			want(t, out, "read /etc/shadow", "ok")
			want(t, out, "append "+dir+"/still-root", "ok")
			wantAll(t, out, "Uid", "0 0 0 0")
			wantAll(t, out, "NoNewPrivs", "0")
			for _, set := range []string{"CapEff", "CapPrm", "CapBnd"} {
				if v := out.Status[set]; len(v) == 0 || v[0] == zeroMask || slices.ContainsFunc(v, func(s string) bool { return s != v[0] }) {
					t.Errorf("%s: %q", set, v)
				}
			}
		})
	}
}

// Kernels without Landlock, without seccomp, and without both: the rest is done, and words say so.
func TestOldKernels(t *testing.T) {
	needRoot(t)
	tcp, _ := listeners(t)
	try := []string{"read /etc/shadow", "read /etc/passwd", "open /etc/passwd", "tcp " + tcp, "run /bin/true"}
	out := child(t, plan{Options: Options{User: "nobody"}, NoLandlock: true, Try: try})
	want(t, out, "read /etc/shadow", "denied")
	want(t, out, "read /etc/passwd", "ok")
	want(t, out, "tcp "+tcp, "denied")
	if out.Report.Landlock != 0 || len(out.Report.Missing) != 1 || !strings.Contains(out.Words, "may write whatever nobody may, no network, no other programs") {
		t.Errorf("%v in words %q", out.Report, out.Words)
	}
	out = child(t, plan{Options: Options{User: "nobody"}, NoSeccomp: true, Try: try})
	want(t, out, "run /bin/true", "denied")
	if landlockVersion() >= landlockNetwork {
		want(t, out, "tcp "+tcp, "denied")
	}
	if len(out.Report.Missing) != 1 || !strings.Contains(out.Words, "no network by TCP") {
		t.Errorf("%v in words %q", out.Report, out.Words)
	}
	out = child(t, plan{Options: Options{User: "nobody"}, NoSeccomp: true, NoLandlock: true, Try: try})
	want(t, out, "open /etc/passwd", "denied")
	want(t, out, "tcp "+tcp, "ok")
	if len(out.Report.Missing) != 2 || !strings.Contains(out.Words, "network not shut off") {
		t.Errorf("%v in words %q", out.Report, out.Words)
	}
}

// Root may stay: then without capabilities.
func TestRootStays(t *testing.T) {
	needRoot(t)
	dir := folder(t)
	os.Chown(dir, 0, 0)
	out := child(t, plan{Options: Options{WritableFolders: []string{dir}}, Try: []string{"append " + dir + "/a", "open /etc/passwd", "read /etc/shadow", "packets"}})
	want(t, out, "append "+dir+"/a", "ok")
	for _, words := range []string{"open /etc/passwd", "read /etc/shadow", "packets"} {
		want(t, out, words, "denied")
	}
	wantAll(t, out, "Uid", "0 0 0 0")
	wantAll(t, out, "CapEff", zeroMask)
	if !strings.HasPrefix(out.Words, "runs as root, no new privileges, no capabilities") {
		t.Errorf("in words %q", out.Words)
	}
}

// asNobody begins the child as systemd's DynamicUser= does, with ambient capabilities.
func asNobody(ambient ...uintptr) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: ambient}
	}
}

// A service with CAP_NET_RAW alone opens, and gives even that up.
func TestAmbientCapability(t *testing.T) {
	needRoot(t)
	dir := folder(t)
	p := plan{Options: Options{WritableFolders: []string{dir}}, Raw: true, Try: []string{"packets", "still", "append " + dir + "/a", "append /tmp/jail-escaped"}}
	visible := func(c *exec.Cmd) { c.Path = copyOfSelf(t) }
	out := child(t, p, asNobody(unix.CAP_NET_RAW), visible)
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	want(t, out, "packets", "denied")
	want(t, out, "still", "ok")
	want(t, out, "append "+dir+"/a", "ok")
	want(t, out, "append /tmp/jail-escaped", "denied")
	wantAll(t, out, "CapPrm", zeroMask)
	wantAll(t, out, "CapAmb", zeroMask)
	p.Options.KeepRaw = true
	out = child(t, p, asNobody(unix.CAP_NET_RAW), visible)
	want(t, out, "packets", "ok")
	wantAll(t, out, "CapPrm", "0000000000002000")
	wantAll(t, out, "CapAmb", zeroMask)
	p.Options.User, p.Raw, p.Try = "root", false, nil
	if out = child(t, p, asNobody(), visible); !strings.Contains(out.Error, "only root can become user root, and this is nobody") {
		t.Errorf("error %q", out.Error)
	}
}

// setcap cap_net_raw+ep peeratlas, as the README has it: struct vfs_cap_data of
// include/uapi/linux/capability.h, revision 2, effective.
func TestFileCapability(t *testing.T) {
	needRoot(t)
	path := copyOfSelf(t)
	capability := []byte{1, 0, 0, 2, 0, 1 << 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if err := unix.Setxattr(path, "security.capability", capability, 0); err != nil {
		t.Skipf("this file system keeps no capabilities: %v", err)
	}
	out := child(t, plan{Raw: true, Try: []string{"packets", "still"}}, asNobody(), func(c *exec.Cmd) { c.Path = path })
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	want(t, out, "packets", "denied")
	want(t, out, "still", "ok")
	wantAll(t, out, "CapPrm", zeroMask)
	wantAll(t, out, "Uid", "65534 65534 65534 65534")
}

// The process that looks after other processes keeps what that takes, and has no Landlock.
func TestReadProcesses(t *testing.T) {
	needRoot(t)
	o := Options{User: "nobody", ReadProcesses: true}
	pid := fmt.Sprint(os.Getpid())
	out := child(t, plan{Options: o, Try: []string{"owner " + pid, "open /etc/passwd", "tcp 127.0.0.1:9", "run /bin/true", "ptrace " + pid}})
	want(t, out, "owner "+pid, "ok")
	for _, words := range []string{"open /etc/passwd", "tcp 127.0.0.1:9", "run /bin/true", "ptrace " + pid} {
		want(t, out, words, "denied")
	}
	wantAll(t, out, "CapEff", "0000000000080004")
	if len(out.Report.Missing) != 0 {
		t.Errorf("missing: %q", out.Report.Missing)
	}
}

// Without root the rest of the jail is to be had all the same.
func TestAsOneself(t *testing.T) {
	dir := folder(t)
	change := func(*exec.Cmd) {}
	if os.Geteuid() == 0 {
		path := copyOfSelf(t)
		change = func(c *exec.Cmd) { asNobody()(c); c.Path = path }
	}
	out := child(t, plan{Options: Options{WritableFolders: []string{dir}}, Try: []string{"append " + dir + "/a", "append /tmp/jail-escaped", "tcp 127.0.0.1:9"}}, change)
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	want(t, out, "append "+dir+"/a", "ok")
	if out.Report.Landlock > 0 {
		want(t, out, "append /tmp/jail-escaped", "denied")
	}
	if out.Report.Seccomp {
		want(t, out, "tcp 127.0.0.1:9", "denied")
	}
	wantAll(t, out, "NoNewPrivs", "1")
}

// copyOfSelf is this test where everybody may run it.
func copyOfSelf(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(folder(t)), "copy")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
