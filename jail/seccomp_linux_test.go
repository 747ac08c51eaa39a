package jail

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The filter's answers, call by call. The machine of x/net/bpf reads big-endian, the kernel what
// the processor has: so the data is written big-endian, half by half.
func TestFilterProgram(t *testing.T) {
	if auditArch == 0 {
		t.Skip("no filter for this processor")
	}
	const thread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_SYSVSEM | unix.CLONE_THREAD
	nothing, network, local, raw, commands := Options{}, Options{Network: true}, Options{LocalSockets: true}, Options{KeepRaw: true}, Options{Commands: true}
	for _, tt := range []struct {
		name string
		o    Options
		arch uint32
		call uint32
		args [3]uint32
		want uint32
	}{
		{"read", nothing, auditArch, unix.SYS_READ, [3]uint32{}, allow},
		{"openat", nothing, auditArch, unix.SYS_OPENAT, [3]uint32{}, allow},
		{"other architecture", nothing, unix.AUDIT_ARCH_I386, unix.SYS_READ, [3]uint32{}, deny},
		{"tcp", nothing, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_INET, unix.SOCK_STREAM}, deny},
		{"tcp v6", nothing, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_INET6, unix.SOCK_STREAM}, deny},
		{"tcp for an output", network, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_INET, unix.SOCK_STREAM}, allow},
		{"tcp v6 for an output", network, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_INET6, unix.SOCK_STREAM}, allow},
		{"vsock", network, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_VSOCK, unix.SOCK_STREAM}, deny},
		{"unix", nothing, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_UNIX, unix.SOCK_DGRAM}, deny},
		{"unix for the log", local, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_UNIX, unix.SOCK_DGRAM}, allow},
		{"tcp beside the log", local, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_INET, unix.SOCK_STREAM}, deny},
		{"packet", network, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_PACKET, unix.SOCK_RAW}, deny},
		{"packet, kept", raw, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_PACKET, unix.SOCK_RAW}, allow},
		{"route netlink", nothing, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, allow},
		{"socket netlink", nothing, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG}, allow},
		{"netfilter netlink", raw, auditArch, unix.SYS_SOCKET, [3]uint32{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER}, deny},
		{"thread", nothing, auditArch, unix.SYS_CLONE, [3]uint32{thread}, allow},
		{"process", nothing, auditArch, unix.SYS_CLONE, [3]uint32{unix.CLONE_VFORK | unix.CLONE_VM | uint32(unix.SIGCHLD)}, deny},
		{"process for a command", commands, auditArch, unix.SYS_CLONE, [3]uint32{unix.CLONE_VFORK | unix.CLONE_VM | uint32(unix.SIGCHLD)}, allow},
		{"namespace", commands, auditArch, unix.SYS_CLONE, [3]uint32{unix.CLONE_NEWUSER | uint32(unix.SIGCHLD)}, deny},
		{"clone3", nothing, auditArch, unix.SYS_CLONE3, [3]uint32{}, absent},
		{"execve", nothing, auditArch, unix.SYS_EXECVE, [3]uint32{}, deny},
		{"execveat", network, auditArch, unix.SYS_EXECVEAT, [3]uint32{}, deny},
		{"execve of a command", commands, auditArch, unix.SYS_EXECVE, [3]uint32{}, allow},
		{"ptrace", commands, auditArch, unix.SYS_PTRACE, [3]uint32{}, deny},
		{"io_uring", commands, auditArch, unix.SYS_IO_URING_SETUP, [3]uint32{}, deny},
		{"setsockopt", nothing, auditArch, unix.SYS_SETSOCKOPT, [3]uint32{}, allow},
	} {
		if got := filterSays(t, tt.o, tt.arch, tt.call, tt.args); got != tt.want {
			t.Errorf("%s: %#x, want %#x", tt.name, got, tt.want)
		}
	}
	if x32Calls != 0 {
		if got := filterSays(t, nothing, auditArch, x32Calls+unix.SYS_SOCKET, [3]uint32{}); got != deny {
			t.Errorf("x32: %#x", got)
		}
	}
}

func filterSays(t *testing.T, o Options, arch, call uint32, args [3]uint32) uint32 {
	t.Helper()
	vm, err := bpf.NewVM(filterProgram(o))
	if err != nil {
		t.Fatal(err)
	}
	data := binary.BigEndian.AppendUint32(nil, call)
	data = binary.BigEndian.AppendUint32(data, arch)
	data = append(data, make([]byte, 8)...)
	for _, a := range args {
		data = append(binary.BigEndian.AppendUint32(data, a), 0, 0, 0, 0)
	}
	n, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// A thread that is not as the report says is found.
func TestVerifyFinds(t *testing.T) {
	err := verify(Options{KeepRaw: true, ReadProcesses: true}, Report{UID: 12345})
	if err == nil || !strings.Contains(err.Error(), "escaped") && !strings.Contains(err.Error(), "are left") {
		t.Errorf("error %v", err)
	}
}
