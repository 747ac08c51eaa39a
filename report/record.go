// Package report writes what was found, for people and for programs.
//
// It formats; it decides nothing. All text that came from the wire is treated as hostile.
package report

import (
	"net/netip"
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
	// Reported are the places of the addresses in Verdict.Reported, in that order. Where it is
	// shorter, the rest are unknown.
	Reported []geo.Location
}

// Count is a number with the word for what it counts, in a fixed order.
type Count struct {
	Reason string `json:"reason"`
	Number uint64 `json:"number"`
}

// Coverage says what the verdicts rest on, and what could not be seen.
type Coverage struct {
	Inputs         []string  `json:"inputs"`            // paths as given; "-" is standard input
	First          time.Time `json:"first,omitzero"`    // of the packets, UTC
	Last           time.Time `json:"last,omitzero"`     //
	Packets        uint64    `json:"packets"`           //
	CapturedOctets uint64    `json:"captured_bytes"`    //
	WireOctets     uint64    `json:"wire_bytes"`        //
	InFlows        uint64    `json:"packets_in_flows"`  // packets that were counted in a flow
	NotFlows       []Count   `json:"packets_not_flows"` // packets in no flow, by reason (ARP, other IP protocols, header cut short ...)
	Cut            uint64    `json:"packets_cut"`       // packets that the snap length cut
	Lost           []Count   `json:"lost"`              // damage of the inputs by reason; any makes the exit status 3
	Damaged        []Damage  `json:"damaged"`           // the same by input, where an input is to blame
	Dropped        uint64    `json:"packets_dropped"`   // packets that the capture itself says were lost to it; also among Lost
	Interrupted    bool      `json:"interrupted"`       // the reading was ended early: this covers the beginning
	Skipped        []Skipped `json:"skipped"`           // files of folders that were not read
	Tunnelled      []Count   `json:"packets_tunnelled"` // packets by encapsulation that was undone
	Flows          uint64    `json:"flows"`             //
	OneWay         uint64    `json:"flows_one_way"`     // flows of which one direction was seen only
	CutFlows       uint64    `json:"flows_cut"`         // flows with payload cut by the snap length
	Evicted        uint64    `json:"flows_evicted"`     // flows that the memory bound pushed out early
	Unobserved     uint64    `json:"flows_unobserved"`  // flows whose payload was not examined for want of memory
	SocketsBeyond  uint64    `json:"sockets_beyond"`    // sockets that were not judged as a whole for want of memory
	HostsBeyond    uint64    `json:"hosts_beyond"`      // likely flows whose host got no verdict for want of memory
	Backwards      uint64    `json:"clock_backwards"`   // packets earlier than the one before them: the clock jumped
	Filtered       uint64    `json:"packets_filtered"`  // packets that the filter expression left out
	// LearntHome are public networks that were taken for home networks without being named.
	LearntHome []netip.Prefix `json:"home_learnt"`
}
