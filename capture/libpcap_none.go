//go:build !libpcap

package capture

import (
	"errors"
	"runtime"
)

// libpcapBuilt tells whether libpcap is built in.
const libpcapBuilt = false

func openLibpcap(o LiveOptions) (engine, error) {
	if o.Expression != "" && runtime.GOOS == "linux" {
		return nil, needsLibpcap(&o)
	}
	return nil, errors.New("method libpcap needs a build with -tags libpcap; choose another")
}
