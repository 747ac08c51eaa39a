package jail

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// sets are the capabilities of a thread, bit n for capability n of include/uapi/linux/capability.h.
type sets struct{ effective, permitted uint64 }

// wanted are the capabilities that options keep, if they are there.
func wanted(o Options) uint64 {
	var w uint64
	if o.KeepRaw {
		w |= 1 << unix.CAP_NET_RAW
	}
	if o.ReadProcesses {
		w |= 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
	}
	return w
}

func capabilityName(c int) string {
	switch c {
	case unix.CAP_NET_RAW:
		return "CAP_NET_RAW"
	case unix.CAP_SYS_PTRACE:
		return "CAP_SYS_PTRACE"
	case unix.CAP_DAC_READ_SEARCH:
		return "CAP_DAC_READ_SEARCH"
	}
	return "capability " + strconv.Itoa(c)
}

func capabilities() (sets, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return sets{}, err
	}
	return sets{
		effective: uint64(data[1].Effective)<<32 | uint64(data[0].Effective),
		permitted: uint64(data[1].Permitted)<<32 | uint64(data[0].Permitted),
	}, nil
}

// capset's arguments, where the collector leaves them: all threads read them in turn.
var (
	capHeader unix.CapUserHeader
	capData   [2]unix.CapUserData
)

// setCapabilities makes kept the effective and permitted set of all threads, and the inheritable
// set empty.
func setCapabilities(kept uint64) error {
	capHeader = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	for i := range capData {
		half := uint32(kept >> (32 * i))
		capData[i] = unix.CapUserData{Effective: half, Permitted: half}
	}
	if _, _, e := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&capHeader)), uintptr(unsafe.Pointer(&capData[0])), 0); e != 0 {
		return e
	}
	return nil
}

// emptyBounding takes every capability out of the bounding set, so that no program that is run can
// gain one. Without CAP_SETPCAP it stays: then no_new_privs alone prevents that.
func emptyBounding(held sets) error {
	if held.effective&(1<<unix.CAP_SETPCAP) == 0 {
		return nil
	}
	for c := range 64 {
		if err := prctl(unix.PR_CAPBSET_DROP, uintptr(c)); err == unix.EINVAL {
			return nil // the kernel knows none beyond
		} else if err != nil {
			return err
		}
	}
	return nil
}
