package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Streams of noise of two programs on one host, told apart by what each keeps the same.
//
// MSE pads its keys by a random length of 0 to 512 octets, and its peers lie where people live. A
// program that begins streams with the same length again and again is another one, and so is one
// whose far ends lie together in a provider's network, however well single streams fit MSE.

const (
	alikeStreams = 5 // far ends at least, and one in so many of those of the host's streams of noise:
	alikeLength  = 8 // chance gives one length of 513 to one stream in 513
	alikeHosted  = 4 // in one network of data centres
	alikeUnknown = 3 // in one network that nobody knows
)

// lengthKey is the key of streams that the home end begins with as many octets as f.
func (j *Judge) lengthKey(f *flow.Flow, near uint8) overlayKey {
	n := j.c.opening(f, near).Length
	return overlayKey{sign: oneLength, who: endpoint{addr: f.Key.Addr[near]}, far: endpoint{port: uint16(min(n, 0xffff))}}
}

// networkKey is the key of streams to f's far network.
func networkKey(f *flow.Flow, near uint8) overlayKey {
	return overlayKey{sign: oneNetwork, who: endpoint{addr: f.Key.Addr[near]}, far: endpoint{addr: networkOf(f.Key.Addr[1-near])}}
}

// networkOf is an address with nothing left of it but its /16 (IPv4) or /32 (IPv6).
func networkOf(a packet.Addr) packet.Addr {
	keep := 4
	if a.Is4() {
		keep = 14
	}
	clear(a[keep:])
	return a
}

// anotherProgram tells whether stream f belongs to a program of its own among the host's streams of
// noise, which c counts; group counts those of that program, nil if they lie in one network.
func (j *Judge) anotherProgram(f *flow.Flow, near uint8, c *overlayCount) (group *overlayCount, another bool) {
	share := func(k overlayKey, of int) *overlayCount {
		if n := j.overlayAt(k, f); n != nil && n.peers >= alikeStreams && n.peers*of >= c.peers {
			return n
		}
		return nil
	}
	of := alikeUnknown
	switch j.role(f.Key.Addr[1-near]) {
	case EyeballRole:
		of = 0
	case HostingRole, RelayRole, ConferenceRole:
		of = alikeHosted
	}
	if share(networkKey(f, near), of) != nil {
		return nil, true
	}
	if j.c.opening(f, near).Length != mseKey { // a key without padding is always as long
		group = share(j.lengthKey(f, near), alikeLength)
	}
	return group, group != nil
}
