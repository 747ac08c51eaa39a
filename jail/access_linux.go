package jail

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// checkAccess asks the kernel whether who may write in the folders and read the files, without
// capabilities: of one thread, whose rights for files are changed for as long as that takes.
func checkAccess(o Options, who account) error {
	answer := make(chan error)
	go func() {
		runtime.LockOSThread()
		back, err := borrow(o, who)
		if err != nil {
			// The thread is in no defined state: it ends with this goroutine.
			answer <- err
			return
		}
		found := look(o, who)
		if err := back(); err != nil {
			answer <- err
			return
		}
		runtime.UnlockOSThread()
		answer <- found
	}()
	return <-answer
}

// borrow gives the thread the rights of who for files, and returns what gives them back. The raw
// calls change the one thread alone, where those of package syscall change all.
func borrow(o Options, who account) (back func() error, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var held, none [2]unix.CapUserData
	if err := unix.Capget(&header, &held[0]); err != nil {
		return nil, fmt.Errorf("read capabilities: %w", err)
	}
	none = held
	for i := range none {
		none[i].Effective &= uint32(wanted(o) >> (32 * i))
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	self := account{uid: unix.Geteuid(), gid: unix.Getegid()}
	if who.change {
		if err := threadGroups(nil); err != nil {
			return nil, fmt.Errorf("try the rights of %s: %w", who.name, err)
		}
		unix.SetfsgidRetGid(who.gid)
		unix.SetfsuidRetUid(who.uid)
	}
	if err := unix.Capset(&header, &none[0]); err != nil {
		return nil, fmt.Errorf("try without capabilities: %w", err)
	}
	return func() error {
		if err := unix.Capset(&header, &held[0]); err != nil {
			return fmt.Errorf("take capabilities back: %w", err)
		}
		if !who.change {
			return nil
		}
		unix.SetfsuidRetUid(self.uid)
		unix.SetfsgidRetGid(self.gid)
		if err := unix.Capset(&header, &held[0]); err != nil {
			return fmt.Errorf("take capabilities back: %w", err)
		}
		return threadGroups(groups)
	}, nil
}

// look asks with the rights that the thread has now.
func look(o Options, who account) error {
	for _, folder := range o.WritableFolders {
		var st unix.Stat_t
		if err := unix.Stat(folder, &st); err != nil {
			return fmt.Errorf("output folder %s, as %s sees it: %w", folder, who.name, err)
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return fmt.Errorf("output folder %s is no folder", folder)
		}
		switch err := unix.Faccessat2(unix.AT_FDCWD, folder, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err {
		case nil, unix.ENOSYS: // before Linux 5.8 nobody answers that
		case unix.EACCES:
			return fmt.Errorf("%s may not write in the output folder %s: give it the folder (chown %s %s), or run as another user", who.name, folder, who.name, folder)
		default:
			return fmt.Errorf("%s cannot write in the output folder %s: %w", who.name, folder, err)
		}
	}
	for _, path := range o.ReadableFiles {
		if unix.Faccessat2(unix.AT_FDCWD, path, unix.R_OK, unix.AT_EACCESS) == unix.EACCES {
			return fmt.Errorf("%s may not read %s, which is to be read again later: let it (chmod a+r), and into the folders above (chmod a+x), or run as another user", who.name, path)
		}
	}
	return nil
}
