package classify

import "peeratlas/classify/flow"

// Super-nodes that Microsoft hosted from 2012 to 2014, when peers no longer served as such.
//
// The prefixes are those that a public block list names (github.com/gpetrousov/skype_ban, read
// 2026-11), each seen in a capture of 2015 with ports 40001 to 40033. Prefixes change hands: they are a
// hint for old captures, with a port of that range and a payload that fits, and never more.
var skypeSupernodes = [...][3]byte{
	{64, 4, 23}, {64, 4, 24}, {65, 55, 223}, {65, 55, 224}, {111, 221, 74}, {111, 221, 77}, {157, 55, 56}, {157, 55, 130},
	{157, 55, 235}, {157, 56, 52}, {213, 199, 179},
}

// skypeHosted tells whether an end of f is such a super-node.
func skypeHosted(f *flow.Flow, end uint8) bool {
	a, port := &f.Key.Addr[end], f.Key.Port[end]
	if !a.Is4() || port < 40001 || port > 40050 {
		return false
	}
	for _, p := range skypeSupernodes {
		if [3]byte(a[12:15]) == p {
			return true
		}
	}
	return false
}
