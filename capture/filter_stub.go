package capture

import "peeratlas/capture/packet"

// Filter stub until the real one lands.
type Filter struct{}

// Match stub.
func (f *Filter) Match(h *packet.Headers) bool { return true }
