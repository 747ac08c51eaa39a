// Package report writes what was found, for people and for programs.
//
// It formats; it decides nothing. All text that came from the wire is treated as hostile.
package report

import (
	"time"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// Record is one flow with all that the house knows of it.
type Record struct {
	Flow     flow.Flow
	Verdict  classify.Verdict
	Location [2]geo.Location // of Flow.Key.Addr
	Home     [2]bool         // whether Flow.Key.Addr is inside the home networks
}

// Count is a number with the word for what it counts, in a fixed order.
type Count struct {
	Reason string
	Number uint64
}

// Coverage says what the verdicts rest on, and what could not be seen.
type Coverage struct {
	Inputs         []string  // paths as given; "-" is standard input
	First, Last    time.Time // of the packets, UTC
	Packets        uint64
	CapturedOctets uint64
	WireOctets     uint64
	InFlows        uint64  // packets that were counted in a flow
	NotFlows       []Count // packets in no flow, by reason (ARP, other IP protocols, header cut short ...)
	Cut            uint64  // packets that the snap length cut
	Lost           []Count // damage of the inputs by reason; any makes the exit status 3
	Tunnelled      []Count // packets by encapsulation that was undone
	Flows          uint64
	OneWay         uint64 // flows of which one direction was seen only
	CutFlows       uint64 // flows with payload cut by the snap length
	Evicted        uint64 // flows that the memory bound pushed out early
	Unobserved     uint64 // flows whose payload was not examined for want of memory
	Backwards      uint64 // packets earlier than the one before them: the clock jumped
	Filtered       uint64 // packets that the filter expression left out
}
