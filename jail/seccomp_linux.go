package jail

import (
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Where the parts of struct seccomp_data are (include/uapi/linux/seccomp.h). The lower half of an
// argument comes first on the processors that are supported.
const (
	dataCall      = 0
	dataArch      = 4
	dataArguments = 16
)

// deny is what a forbidden call gets: the program goes on, with an error that it can tell.
const (
	allow  = unix.SECCOMP_RET_ALLOW
	deny   = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS) // whose callers have another way
)

// namespaces are the flags of clone(2) that make any.
const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// filterProgram is what the kernel asks at each system call of options' process. It denies what
// opens doors, and lets everything else pass: the Go runtime may need tomorrow what it does not
// need today.
func filterProgram(o Options) []bpf.Instruction {
	var p []bpf.Instruction
	load := func(offset uint32) { p = append(p, bpf.LoadAbsolute{Off: offset, Size: 4}) }
	ret := func(v uint32) { p = append(p, bpf.RetConstant{Val: v}) }
	// unless skips n instructions if the condition does not hold.
	unless := func(c bpf.JumpTest, v uint32, n uint8) {
		p = append(p, bpf.JumpIf{Cond: c, Val: v, SkipFalse: n})
	}
	load(dataArch) // of another architecture the numbers mean something else
	unless(bpf.JumpNotEqual, auditArch, 1)
	ret(deny)
	load(dataCall)
	if x32Calls != 0 {
		unless(bpf.JumpGreaterOrEqual, x32Calls, 1)
		ret(deny)
	}
	// Without programs a process makes threads, but no processes. CSIGNAL is always there.
	never, threads := neverCalls, uint32(unix.CLONE_THREAD)
	if o.Commands {
		threads = ^uint32(0)
	} else {
		never = append(never[:len(never):len(never)], programCalls...)
	}
	for _, n := range never {
		unless(bpf.JumpEqual, n, 1)
		ret(deny)
	}
	// The C library falls back to clone, whose flags can be seen here.
	unless(bpf.JumpEqual, unix.SYS_CLONE3, 1)
	ret(absent)
	unless(bpf.JumpNotEqual, unix.SYS_CLONE, 1)
	p = append(p, bpf.Jump{Skip: 5})
	load(dataArguments)
	unless(bpf.JumpBitsSet, namespaces, 1)
	ret(deny)
	unless(bpf.JumpBitsNotSet, threads, 1)
	ret(deny)
	load(dataCall)
	unless(bpf.JumpNotEqual, unix.SYS_SOCKET, 1)
	ret(allow)
	load(dataArguments)
	for _, f := range socketFamilies(o) {
		unless(bpf.JumpEqual, f, 1)
		ret(allow)
	}
	unless(bpf.JumpEqual, unix.AF_NETLINK, 3) // interfaces and sockets may be listed
	load(dataArguments + 2*8)
	p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.NETLINK_ROUTE, SkipTrue: 2})
	p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.NETLINK_SOCK_DIAG, SkipTrue: 1})
	ret(deny)
	ret(allow)
	return p
}

// socketFamilies are those that may be opened.
func socketFamilies(o Options) []uint32 {
	var f []uint32
	if o.Network {
		f = append(f, unix.AF_INET, unix.AF_INET6)
	}
	if o.Network || o.LocalSockets || o.Commands { // name resolution may ask a local service
		f = append(f, unix.AF_UNIX)
	}
	if o.KeepRaw {
		f = append(f, unix.AF_PACKET)
	}
	return f
}

// filterCalls puts the filter in force on all threads at once; it takes no_new_privs.
func filterCalls(o Options) error {
	raw, err := bpf.Assemble(filterProgram(o))
	if err != nil {
		return fmt.Errorf("assemble the filter of system calls: %w", err)
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := seccomp(unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, &fprog); err != nil {
		return fmt.Errorf("filter system calls: %w", err)
	}
	return nil
}

// seccomp calls seccomp(2). A positive answer is the thread that could not be brought along.
func seccomp[T any](operation, flags uintptr, argument *T) error {
	n, _, e := unix.Syscall(unix.SYS_SECCOMP, operation, flags, uintptr(unsafe.Pointer(argument)))
	if e != 0 {
		return e
	}
	if n != 0 {
		return fmt.Errorf("thread %d is filtered otherwise", n)
	}
	return nil
}

// threadGroups sets the supplementary groups of the calling thread alone.
func threadGroups(groups []int) error {
	list := make([]uint32, len(groups)+1)
	for i, g := range groups {
		list[i] = uint32(g)
	}
	if _, _, e := unix.RawSyscall(sysSetgroups, uintptr(len(groups)), uintptr(unsafe.Pointer(&list[0])), 0); e != 0 {
		return e
	}
	return nil
}
