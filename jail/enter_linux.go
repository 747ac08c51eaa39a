package jail

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// What the kernel has, behind a seam, for tests that take it away.
var (
	landlockVersion = func() int {
		v, err := ll.LandlockGetABIVersion()
		if err != nil {
			return 0
		}
		return v
	}
	seccompThere = func() bool {
		action := uint32(unix.SECCOMP_RET_ERRNO)
		return auditArch != 0 && seccomp(unix.SECCOMP_GET_ACTION_AVAIL, 0, &action) == nil
	}
)

// Root tells whether the process may become another user.
func Root() bool { return os.Geteuid() == 0 }

// Enter shuts the process in, all of its threads, for good. What is open stays open: captures,
// outputs, listening sockets, descriptors of folders (but what is opened by these obeys).
//
// It first looks whether everything will be as asked; an error of that leaves the process as it
// was. After a later error it is shut in by half, and should end. It is to be called once.
func Enter(o Options) (Report, error) {
	r := Report{options: o}
	who, err := lookup(o.User)
	if err != nil {
		return r, err
	}
	r.User, r.UID = who.name, who.uid
	kernel := landlockVersion()
	if o.ReadProcesses {
		kernel = 0
	}
	r.lacks(kernel, seccompThere())
	if o.Require && len(r.Missing) > 0 {
		return r, missing(r.Missing)
	}
	if err := checkAccess(o, who); err != nil {
		return r, err
	}
	_ = time.Now().Local().String() // reads /etc/localtime, while that can be read

	if err := dropPrivileges(o, who, &r); err != nil {
		return r, err
	}
	if kernel > 0 {
		if err := restrictFiles(o, kernel); err != nil {
			return r, err
		}
		r.Landlock = kernel
	}
	if seccompThere() {
		if err := filterCalls(o); err != nil {
			return r, err
		}
		r.Seccomp = true
	}
	return r, verify(o, r)
}

// lacks notes what the kernel does not have, and what follows.
func (r *Report) lacks(kernel int, filter bool) {
	if kernel == 0 && !r.options.ReadProcesses {
		r.Missing = append(r.Missing, fmt.Sprintf("this kernel has no Landlock (Linux 5.13 and newer, named in lsm=): files are guarded by the rights of %s alone", r.User))
	} else if kernel > 0 && kernel < 3 {
		r.Missing = append(r.Missing, "this kernel's Landlock is older than Linux 6.2: files that may not be written may still be cut to length 0 by who owns them")
	}
	if !filter {
		r.Missing = append(r.Missing, "system calls cannot be filtered (seccomp) by this kernel or for this processor: the network and other programs are not shut off as a whole")
	}
}

// account is a user to become, or the one that the process is.
type account struct {
	name     string
	uid, gid int
	change   bool
}

func lookup(name string) (account, error) {
	self := account{name: "user " + strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}
	if u, err := user.LookupId(strconv.Itoa(self.uid)); err == nil {
		self.name = u.Username
	}
	if name == "" {
		return self, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return self, fmt.Errorf("there is no user %q to become", name)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return self, fmt.Errorf("user %s: number %q", name, u.Uid)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return self, fmt.Errorf("user %s: group %q", name, u.Gid)
	}
	if uid == self.uid {
		return self, nil
	}
	if !Root() {
		return self, fmt.Errorf("only root can become user %s, and this is %s", name, self.name)
	}
	return account{name: u.Username, uid: uid, gid: gid, change: true}, nil
}

// dropPrivileges changes the user and gives capabilities and new privileges up, on all threads.
// The order is what the kernel asks for: the bounding set while there is CAP_SETPCAP, groups while
// there is CAP_SETGID, then the user, who must not lose what is to be kept (capabilities(7)).
func dropPrivileges(o Options, who account, r *Report) error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core dumps: %w", err)
	}
	held, err := capabilities()
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	kept := wanted(o) & held.permitted
	if err := emptyBounding(held); err != nil {
		return fmt.Errorf("empty the bounding set: %w", err)
	}
	if err := prctl(unix.PR_SET_KEEPCAPS, 1); err != nil {
		return fmt.Errorf("keep capabilities: %w", err)
	}
	if who.change {
		if err := become(who); err != nil {
			return err
		}
	}
	if err := setCapabilities(kept); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	for c := range 64 {
		if kept&(1<<c) != 0 {
			r.Capabilities = append(r.Capabilities, capabilityName(c))
		}
	}
	if err := prctl(unix.PR_SET_KEEPCAPS, 0); err != nil {
		return fmt.Errorf("stop keeping capabilities: %w", err)
	}
	if err := prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL); err != nil && err != unix.EINVAL {
		return fmt.Errorf("empty the ambient set: %w", err)
	}
	if err := prctl(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	r.NoNewPrivileges = true
	// Nobody of the same user may look into this process (ptrace(2)), nor does it leave a core.
	if err := prctl(unix.PR_SET_DUMPABLE, 0); err != nil {
		return fmt.Errorf("not dumpable: %w", err)
	}
	return nil
}

// become changes the user, for all threads and all of real, effective and saved.
func become(who account) error {
	if err := syscall.Setgroups([]int{}); err != nil {
		return fmt.Errorf("leave groups: %w", err)
	}
	if err := syscall.Setresgid(who.gid, who.gid, who.gid); err != nil {
		return fmt.Errorf("become group %d: %w", who.gid, err)
	}
	if err := syscall.Setresuid(who.uid, who.uid, who.uid); err != nil {
		return fmt.Errorf("become user %s: %w", who.name, err)
	}
	return nil
}

// prctl calls prctl(2) on all threads of the process, with cgo or without.
func prctl(option int, argument uintptr) error {
	if _, _, e := psx.Syscall6(unix.SYS_PRCTL, uintptr(option), argument, 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}
