package process

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// NewFinder takes a first snapshot, and goes on taking them until Close.
//
// It sees the sockets of its own network namespace, and of the other ones that a process is in that
// it may look at (containers), up to 64 of them. Whose a socket is it can tell of its own user's
// processes, and of all with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; of others it knows the user.
// A process in a Landlock domain sees none outside of that, whatever it may else: see Serve.
func NewFinder(o Options) (*Finder, error) {
	o = o.withDefaults()
	k, err := newKernel(o.Proc)
	if err != nil {
		return nil, err
	}
	return start(o, k)
}

// kernel is the system on Linux.
type kernel struct {
	diag   *diag    // nil: /proc/net tells
	proc   *os.File // the folder
	users  map[uint32]string
	spaces []int // a process in each other namespace
	rounds int
}

func newKernel(proc string) (*kernel, error) {
	folder, err := os.Open(proc)
	if err != nil {
		return nil, fmt.Errorf("processes: %w", err)
	}
	k := &kernel{proc: folder, users: map[uint32]string{}}
	if k.diag, err = newDiag(); err == nil {
		_, err = k.diag.dump(nil, packet.TCP, unix.AF_INET)
	}
	if err != nil && k.diag != nil {
		k.diag.close()
		k.diag = nil
	}
	return k, nil
}

func (k *kernel) close() {
	if k.diag != nil {
		k.diag.close()
	}
	k.proc.Close()
}

var tables = []struct {
	name     string
	protocol packet.Protocol
	family   uint8
}{{"tcp", packet.TCP, unix.AF_INET}, {"tcp6", packet.TCP, unix.AF_INET6}, {"udp", packet.UDP, unix.AF_INET}, {"udp6", packet.UDP, unix.AF_INET6}}

func (k *kernel) sockets() (list []socket, own []map[netip.Addr]bool, err error) {
	for _, t := range tables {
		var failed error
		if k.diag != nil {
			list, failed = k.diag.dump(list, t.protocol, t.family)
		} else {
			list, failed = k.table(list, "self/net/", t.name, t.protocol, 0)
		}
		if failed != nil {
			err = failed
		}
	}
	own = append(own, map[netip.Addr]bool{})
	addrs, failed := net.InterfaceAddrs()
	if failed != nil {
		err = fmt.Errorf("own addresses: %w", failed)
	}
	for _, a := range addrs {
		if p, bad := netip.ParsePrefix(a.String()); bad == nil {
			own[0][p.Addr().Unmap()] = true
		}
	}
	if k.rounds%refreshEvery == 0 {
		k.spaces = k.namespaces()
	}
	k.rounds++
	for _, pid := range k.spaces {
		list, own = k.space(list, own, pid)
	}
	return list, own, err
}

// table appends what a file of /proc/PID/net has.
func (k *kernel) table(list []socket, folder, name string, protocol packet.Protocol, space int) ([]socket, error) {
	text, err := k.read(folder+name, 64<<20)
	if err != nil {
		return list, fmt.Errorf("sockets: %w", err)
	}
	return readProcNet(list, text, protocol, space), nil
}

// space appends what another namespace has, by the proc files of a process in it. It may have ended.
func (k *kernel) space(list []socket, own []map[netip.Addr]bool, pid int) ([]socket, []map[netip.Addr]bool) {
	folder, addrs := strconv.Itoa(pid)+"/net/", map[netip.Addr]bool{}
	for _, t := range tables {
		list, _ = k.table(list, folder, t.name, t.protocol, len(own))
	}
	trie, _ := k.read(folder+"fib_trie", 4<<20)
	inet6, _ := k.read(folder+"if_inet6", 1<<20)
	readLocal(addrs, trie, inet6)
	return list, append(own, addrs)
}

// maxSpaces bounds the other namespaces that are looked into.
const maxSpaces = 64

// namespaces returns a process of each network namespace but the own one.
func (k *kernel) namespaces() (pids []int) {
	seen := map[string]bool{k.link("self/ns/net"): true, "": true}
	for _, pid := range k.processes() {
		if n := k.link(strconv.Itoa(pid) + "/ns/net"); !seen[n] && len(pids) < maxSpaces {
			seen[n] = true
			pids = append(pids, pid)
		}
	}
	return pids
}

// processes lists them in order of number.
func (k *kernel) processes() []int {
	k.proc.Seek(0, io.SeekStart)
	names, _ := k.proc.Readdirnames(-1)
	pids := make([]int, 0, len(names))
	for _, n := range names {
		if pid, ok := processID(n); ok {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// owners looks through the descriptors of all processes, in order of number, until every inode is
// found. Who has none that may be seen stays unknown; a process that ends meanwhile is as if it had
// never been.
func (k *kernel) owners(wanted map[uint32]report.Owner) {
	missing := len(wanted)
	buffer := make([]byte, 32<<10)
	for _, pid := range k.processes() {
		if missing == 0 {
			return
		}
		name := ""
		k.descriptors(pid, buffer, func(inode uint32) {
			o, asked := wanted[inode]
			if !asked || o.PID != 0 {
				return
			}
			if name == "" {
				comm, err := k.read(strconv.Itoa(pid)+"/comm", 256)
				if err != nil {
					return
				}
				name = strings.TrimSuffix(comm, "\n")
			}
			wanted[inode] = report.Owner{PID: pid, Name: name}
			missing--
		})
	}
}

// descriptors calls visit with the inode of each socket that a process has open.
func (k *kernel) descriptors(pid int, buffer []byte, visit func(inode uint32)) {
	fd, err := unix.Openat(int(k.proc.Fd()), strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var names []string
	var target [64]byte
	for {
		n, err := unix.ReadDirent(fd, buffer)
		if err != nil || n <= 0 {
			return
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names[:0])
		for _, name := range names {
			n, err := unix.Readlinkat(fd, name, target[:])
			if err != nil || n < len("socket:[0]") || string(target[:8]) != "socket:[" {
				continue
			}
			if inode, err := strconv.ParseUint(string(target[8:n-1]), 10, 32); err == nil {
				visit(uint32(inode))
			}
		}
	}
}

// read returns at most limit octets of a file of proc.
func (k *kernel) read(path string, limit int64) (string, error) {
	fd, err := unix.Openat(int(k.proc.Fd()), path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit))
	return string(b), err
}

// link returns where a link of proc leads, "" if it cannot be seen.
func (k *kernel) link(path string) string {
	var target [64]byte
	n, err := unix.Readlinkat(int(k.proc.Fd()), path, target[:])
	if err != nil {
		return ""
	}
	return string(target[:n])
}

// maxUsers bounds the names that are kept.
const maxUsers = 4096

func (k *kernel) user(uid uint32) string {
	if name, ok := k.users[uid]; ok {
		return name
	}
	number := strconv.FormatUint(uint64(uid), 10)
	name := number
	if u, err := user.LookupId(number); err == nil && u.Username != "" {
		name = u.Username
	}
	if len(k.users) >= maxUsers {
		clear(k.users)
	}
	k.users[uid] = name
	return name
}
