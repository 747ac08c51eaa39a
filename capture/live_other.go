//go:build !linux

package capture

import "fmt"

// openEngine opens interfaces by libpcap, if it is built in.
func openEngine(o LiveOptions) (engine, string, error) {
	const method = "libpcap"
	if o.Method != "" && o.Method != method {
		return nil, o.Method, fmt.Errorf("method %q is Linux's; here is libpcap only, in a build with -tags libpcap", o.Method)
	}
	e, err := openLibpcap(o)
	if err != nil && !libpcapBuilt {
		err = fmt.Errorf("%s: %w; build it with -tags libpcap, or let tcpdump capture: tcpdump -i %s -w - | peeratlas report -",
			o.Interfaces[0], ErrNoLive, o.Interfaces[0])
	}
	return e, method, err
}
