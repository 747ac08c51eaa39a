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
	// Owned is what listings of sockets say of Flow.Key.Addr and Port, if any were joined.
	Owned [2]Ownership
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
	NamesEvicted   uint64    `json:"names_evicted"`     // names that gave way for want of memory
	Unjoined       uint64    `json:"messages_unjoined"` // messages in pieces that gave way before they were whole
	// Panics counts faults of this program that were caught: a packet or a flow was passed over
	// for each. Any makes the exit status 3.
	Panics     uint64 `json:"panics"`
	PanicFrame uint32 `json:"panic_packet"` // number of the packet, or of its flow's first, that the first was about; 0 is none
	Panic      string `json:"panic"`        // what the first was: it may hold octets of the wire
	// LearntHome are public networks that were taken for home networks without being named.
	LearntHome []netip.Prefix `json:"home_learnt"`
	// Resolver is what asking a resolver for names came to; nil if nobody was asked.
	Resolver *Resolution `json:"resolver,omitempty"`
}

// Resolution counts what a resolver was asked for: the names of peers that the traffic called
// nothing.
type Resolution struct {
	Server   string `json:"server"`    // that was asked; "system" is the system's own
	Asked    uint64 `json:"asked"`     // addresses
	Named    uint64 `json:"named"`     // of these, with a name
	Nameless uint64 `json:"nameless"`  // of these, without one, as the resolver says
	Failed   uint64 `json:"failed"`    // of these, without an answer, or with an error
	NotAsked uint64 `json:"not_asked"` // beyond the bounds of time and number, or known to nobody
}

// Add counts one answer.
func (r *Resolution) Add(named bool, err error) {
	r.Asked++
	switch {
	case named:
		r.Named++
	case err != nil:
		r.Failed++
	default:
		r.Nameless++
	}
}

// String tells of it in words.
func (r *Resolution) String() string {
	s := "resolver " + r.Server + ": asked for " + counted(r.Asked, "address", "addresses") + ": " + grouped(r.Named) + " named, " +
		grouped(r.Nameless) + " without a name, " + grouped(r.Failed) + " failed"
	if r.NotAsked > 0 {
		s += "; not asked for " + grouped(r.NotAsked)
	}
	return s
}
