package pipeline

import (
	"context"
	"time"

	"peeratlas/capture"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// WatchOptions of a Watch, which has those of a Run too: Write takes each flow's record once, when
// it is final.
type WatchOptions struct {
	Options
	// Look is the least time between two looks. Default 2 s. Where a look takes long, the next one
	// waits so that looks take a tenth of the time at most.
	Look time.Duration
	// Remember is how long a flow that ended still counts for its socket and host. Default 15 min.
	Remember time.Duration
	// Tell takes each look, on the goroutine that reads: it must not wait for anybody.
	Tell func(*report.Look) error
	// Tap sees the packets; nil for nobody.
	Tap Tap
	// Locators brings databases that are to be used from the next look on.
	Locators <-chan geo.Locator
	// Owner tells the process at one end of a flow, asked when the flow is first told of; nil if
	// nobody knows.
	Owner func(f *flow.Flow, end int) report.Owner
	// Program names this program and its version in summaries; Inputs are what it reads, as given.
	Program string
	Inputs  []string
	Sandbox string
}

// Tap sees what goes down the street: whoever keeps packets as evidence. Its methods are called
// by the goroutine that reads.
type Tap interface {
	// Packets is told of a batch in the order in which it came. keys[i] is the flow's of packets[i];
	// its Protocol is 0 if the packet is of none. Both are valid during the call.
	Packets(packets []capture.Packet, keys []flow.Key) error
	// Look is told of each look before Tell is.
	Look(*report.Look) error
}

// Watch runs packets down the street as Run does, and looks at what it has got every now and then,
// until the source ends or ctx is done. At the last look the answer is the one that Run gives for
// the same packets, save for flows that became final earlier.
func Watch(ctx context.Context, source Source, o WatchOptions) (*Result, error) {
	panic("not built yet")
}
