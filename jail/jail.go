// Package jail takes away from the process, once everything is open, what it does not need any
// more: the privileged user, capabilities, new privileges, files, the network, other programs. What
// a hostile packet could make of a fault in a decoder is then little.
//
// On Linux it drops the user (credentials(7)) and capabilities(7) on all threads, sets
// no_new_privs, and adds a Landlock domain (landlock(7)) and a seccomp filter (seccomp(2)). On
// other systems it does nothing, and says so.
package jail

import (
	"fmt"
	"strings"
)

// Options say what the process still needs. The zero value takes everything away but the user.
type Options struct {
	// User is the name or number of the user to become; "" stays who it is. To become somebody
	// else takes CAP_SETUID and CAP_SETGID, as root has.
	User string
	// WritableFolders are the only places where files may be made and written. They must be there,
	// and User must be allowed to write in them.
	WritableFolders []string
	// ReadableFiles are files and folders that will be opened again, as a database that is
	// reloaded. What is replaced by a new file of its name needs the folder. A path that does not
	// exist is left out.
	ReadableFiles []string
	// Network lets connections be opened, by TCP to Ports only, or to any if there are none, and
	// the files be read that name resolution and TLS need. Sockets that are open stay open.
	Network bool
	Ports   []uint16
	// LocalSockets lets Unix sockets be used, as for the system's log.
	LocalSockets bool
	// Commands lets other programs run, in this same jail, and all files be read that User may read.
	Commands bool
	// KeepRaw keeps CAP_NET_RAW and packet sockets, so that an interface that vanished and came
	// back can be opened again, and lets /sys/class/net be read.
	KeepRaw bool
	// Terminal lets the terminal be opened by its name /dev/tty, and its description be read.
	Terminal bool
	// ReadProcesses keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, which tell whose sockets are
	// whose, as far as the process has them. It leaves Landlock out, which would hide every
	// process outside of the jail, whatever the capabilities. It is for a process of its own that reads no packets.
	ReadProcesses bool
	// Require makes it an error, before anything is changed, if the kernel lacks a part of this.
	Require bool
}

// Report tells what the process may do after Enter.
type Report struct {
	User            string   // name, or number if it has none
	UID             int      //
	Capabilities    []string // that are left, as "CAP_NET_RAW"
	NoNewPrivileges bool
	Landlock        int  // version of the kernel's interface that is in force; 0: none
	Seccomp         bool // system calls are filtered
	// Missing says in words what was not to be had, and what follows from that.
	Missing []string

	options Options
}

// String says it in words, for people: "runs as nobody, no new privileges, no capabilities, may
// write /var/log/peeratlas only, no network, no other programs".
func (r Report) String() string {
	if r.User == "" {
		return "no sandbox"
	}
	words := []string{"runs as " + r.User}
	if r.NoNewPrivileges {
		words = append(words, "no new privileges")
	}
	if len(r.Capabilities) == 0 {
		words = append(words, "no capabilities")
	} else {
		words = append(words, strings.Join(r.Capabilities, " and ")+" only")
	}
	words = append(words, r.files(), r.network())
	if r.options.Commands {
		words = append(words, "may run programs in the same jail")
	} else if r.Seccomp {
		words = append(words, "no other programs")
	}
	return strings.Join(words, ", ")
}

func (r Report) files() string {
	who := strings.TrimSuffix("whatever "+r.User, " ")
	switch {
	case r.Landlock == 0:
		return "may write " + who + " may"
	case len(r.options.WritableFolders) == 0:
		return "may write nothing"
	}
	return "may write " + strings.Join(r.options.WritableFolders, " and ") + " only"
}

func (r Report) network() string {
	switch {
	case r.options.Network && len(r.options.Ports) > 0 && r.Landlock >= landlockNetwork:
		return "network by TCP to port " + strings.Trim(strings.ReplaceAll(fmt.Sprint(r.options.Ports), " ", ", "), "[]") + " only"
	case r.options.Network:
		return "network for its outputs"
	case r.Seccomp:
		return "no network"
	case r.Landlock >= landlockNetwork:
		return "no network by TCP"
	}
	return "network not shut off"
}

// landlockNetwork is the version of Landlock since which it knows TCP (Linux 6.7).
const landlockNetwork = 4

// missing is the error of Options.Require.
func missing(words []string) error {
	return fmt.Errorf("the sandbox that is required cannot be had: %s", strings.Join(words, "; "))
}
