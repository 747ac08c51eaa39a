//go:build linux && (386 || arm)

package jail

import "golang.org/x/sys/unix"

// On 386 socket(2) hides in socketcall(2), whose arguments no filter sees; on arm nobody has tried.
const (
	auditArch    = 0
	x32Calls     = 0
	sysSetgroups = unix.SYS_SETGROUPS32
)

var neverCalls, programCalls []uint32
