package jail

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// restrictFiles shuts all threads into a Landlock domain of the kernel's newest version, up to the
// one that the library knows: files, connections and listening by TCP (since 4), device ioctls
// (since 5), signals and abstract Unix sockets outside (since 6), Unix sockets by path (since 9),
// UDP (since 10).
func restrictFiles(o Options, kernel int) error {
	c := landlock.V11
	var rules []landlock.Rule
	switch {
	case o.Network && len(o.Ports) > 0:
		c.HandledAccessNet &^= ll.AccessNetBindUDP | ll.AccessNetConnectSendUDP // resolution and syslog
		for _, p := range o.Ports {
			rules = append(rules, landlock.ConnectTCP(p))
		}
		rules = append(rules, landlock.ConnectTCP(53)) // long answers of resolvers
	case o.Network:
		c.HandledAccessNet = ll.AccessNetBindTCP
	}
	if o.Commands {
		// The domain is entered thread by thread: each is another's stranger, and could not end a
		// program that a thread beside it started (kill fails with EPERM, Linux 6.18).
		c.Scoped &^= ll.ScopeSignal
	}
	if err := c.BestEffort().Restrict(append(rules, fileRules(o)...)...); err != nil {
		return fmt.Errorf("enter a Landlock domain (the kernel has version %d): %w", kernel, err)
	}
	return nil
}

func fileRules(o Options) []landlock.Rule {
	const read = landlock.AccessFSSet(ll.AccessFSReadFile | ll.AccessFSReadDir)
	readable := append([]string{"/proc/self", "/dev/urandom"}, o.ReadableFiles...)
	if o.Network {
		readable = append(readable, "/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services", "/etc/gai.conf",
			"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")
	}
	if o.KeepRaw {
		readable = append(readable, "/sys/class/net", "/sys/devices")
	}
	if o.Terminal {
		readable = append(readable, "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo")
	}
	rules := []landlock.Rule{
		landlock.RWDirs(o.WritableFolders...).WithRefer(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
	}
	for _, path := range readable {
		// A file takes no rights of folders.
		rights := read
		if !isFolder(path) {
			rights = ll.AccessFSReadFile
		}
		rules = append(rules, landlock.PathAccess(rights, path).IgnoreIfMissing())
	}
	if o.Commands {
		rules = append(rules, landlock.RODirs("/"))
	}
	if o.Terminal {
		rules = append(rules, landlock.RWFiles("/dev/tty").WithIoctlDev().IgnoreIfMissing())
	}
	if o.LocalSockets {
		rules = append(rules, landlock.PathAccess(ll.AccessFSResolveUnix, "/run", "/dev/log").IgnoreIfMissing())
	}
	return rules
}
