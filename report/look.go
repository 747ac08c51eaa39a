package report

import (
	"time"

	"peeratlas/classify"
)

// Look is what a watch knows at one moment: the same as a report on the packets so far, and what
// is new since the look before. It and all that it holds are the receiver's to read, and stay as
// they are.
type Look struct {
	Number  uint64    // of looks, from 1
	Time    time.Time // of the last packet; of the clock, if none came lately
	Began   time.Time // when the watch began, by the clock
	Last    bool      // the watch ends: every flow is final
	Summary *Summary  // of the flows that are held: those that run, and those that ended lately
	// News are the flows whose verdict is new, in order of first packet. A flow may be in it often.
	News       []Sighting
	Since      Since            // the watch began
	Interfaces []InterfaceCount // in the order given
	Gaps       Gaps
	Load       Load
	Sandbox    string // what the process may not do any more, in words; empty if it may do all
}

// Since are sums over all flows since a watch began, also those that were forgotten. A flow that is
// not final counts by its latest verdict.
type Since struct {
	Flows       uint64 `json:"flows"`
	P2PFlows    uint64 `json:"p2p_flows"`
	LikelyFlows uint64 `json:"likely_flows"`
	Octets      uint64 `json:"bytes"`     // of IP, in these flows
	P2POctets   uint64 `json:"p2p_bytes"` // of these, in flows judged p2p
	Written     uint64 `json:"written"`   // flows that are final: their records were written
}

// Add counts one flow.
func (s *Since) Add(r *Record) {
	n := r.Flow.Octets(0) + r.Flow.Octets(1)
	s.Flows++
	s.Octets += n
	switch r.Verdict.Judgement {
	case classify.P2P:
		s.P2PFlows++
		s.P2POctets += n
	case classify.Likely:
		s.LikelyFlows++
	}
}

// News says why a flow is told of. It is a bit set.
type News uint8

// The values of News.
const (
	Appeared News = 1 << iota // the first look at which it is p2p or likely
	Changed                   // its verdict, family or path is another than was told before
	Ended                     // it is final: it was closed, or silent, or let go, or the watch ends
)

// Sighting is one flow that is p2p or likely, or was told to be.
type Sighting struct {
	Record Record
	News   News
	Owner  [2]Owner // of Record.Flow's ends: the process on this machine, if that is known
}

// Owner is the process that has a socket.
type Owner struct {
	PID  int    `json:"pid"`  // 0: not known
	Name string `json:"name"` // as the process calls itself: it may hold anything
	User string `json:"user"` // name of the user, or the number if it has none
}

// InterfaceCount is what came by one interface since the watch began.
type InterfaceCount struct {
	Name               string `json:"interface"`
	Up                 bool   `json:"up"`
	Received           uint64 `json:"packets"`              // that the kernel gave, and the filter let pass
	Octets             uint64 `json:"bytes"`                // on the wire, of these
	DroppedByKernel    uint64 `json:"dropped_by_kernel"`    // the ring was full
	DroppedByInterface uint64 `json:"dropped_by_interface"` // as the interface itself counts
	Undecodable        uint64 `json:"undecodable"`          // of those received: damaged, or nothing that is understood
	Cut                uint64 `json:"packets_cut"`
}

// Gaps estimates what the mirror lost before any counter saw it, by octets of TCP that were
// acknowledged and never seen. As Zeek's capture-loss does, it counts acknowledgements; one stands
// for several packets, so that the share of those unseen is above the share of packets lost. The
// share of octets is near it: see Lost.
type Gaps struct {
	Acks         uint64 `json:"acks"`               // looked at: those that acknowledge more than the one before
	Unseen       uint64 `json:"acks_unseen"`        // of these, of octets that were not seen
	Octets       uint64 `json:"bytes_acked"`        // that they acknowledge
	UnseenOctets uint64 `json:"bytes_acked_unseen"` // of these
	Sampled      uint64 `json:"flows_sampled"`      // that they belong to
}

// Lost is the share of the mirrored packets that is lost, as far as octets of TCP tell; 0 where
// nothing tells.
func (g Gaps) Lost() float64 {
	if g.Octets == 0 {
		return 0
	}
	return float64(g.UnseenOctets) / float64(g.Octets)
}

// Load is how much of its bounds a watch uses.
type Load struct {
	Flows, MaxFlows uint64        // held, and how many there may be
	Evicted         uint64        // flows that the memory bound pushed out early
	Forgotten       uint64        // flows that ended so long ago that they were let go, after their records were written
	Judging         time.Duration // that this look took
	Memory          uint64        // octets of heap in use
}
