package capture

import (
	"errors"
	"time"

	"golang.org/x/net/bpf"
)

// LiveOptions say which interfaces are read, and how. The zero value of a field means its default.
type LiveOptions struct {
	Interfaces []string
	// Method is "ring" (own block-wise TPACKET_V3 ring), "afpacket" (gopacket's ring, with cgo),
	// "pcapgo" (gopacket's handle that copies each packet) or "libpcap" (built with that tag).
	// Default: the first that this build and system have.
	Method string
	// SnapLength bounds the octets that are captured of a packet. Default 262144, as tcpdump.
	SnapLength int
	// RingOctets is the size of the ring of each interface, shared by its Rings. Default 64 MiB.
	RingOctets int
	// Rings is how many rings share each interface's packets, by the kernel's hash of flows
	// (PACKET_FANOUT_HASH). Default 1.
	Rings int
	// Wait is how long ReadBatch waits for a packet before it returns none. Default 100 ms.
	Wait time.Duration
	// NotPromiscuous leaves the interfaces' mode as it is.
	NotPromiscuous bool
	// Program runs in the kernel on every packet; packets that it returns 0 for are not received.
	// nil stands for "ip or ip6, with up to two tags".
	Program []bpf.RawInstruction
	// Expression is a tcpdump expression that libpcap compiles to a Program. Only with Method libpcap.
	Expression string
}

// ErrNoLive tells that this build cannot read interfaces.
var ErrNoLive = errors.New("this build reads no interfaces")
