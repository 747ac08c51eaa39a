//go:build !linux

package jail

import "runtime"

// Enter does nothing on this system, and says so.
func Enter(o Options) (Report, error) {
	r := Report{Missing: []string{"there is no sandbox on " + runtime.GOOS + ": the process keeps all rights of the user that started it"}}
	if o.Require {
		return r, missing(r.Missing)
	}
	return r, nil
}

// Root tells whether the process may become another user.
func Root() bool { return false }
