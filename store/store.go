// Package store keeps what was found, so that a report can be made of any time since: flows judged
// peer-to-peer or likely whole, with their evidence, and of all others sums by interval, host,
// country and family; beside them what each sensor saw and lost.
//
// Store is the small interface behind which the databases are. It knows records and nothing of how
// they came about; what it adds up is added up by package report.
package store

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// Interval is the length of the intervals that sums are kept by: short enough to show when in an
// hour something happened, long enough that a quiet host takes a few rows an hour. It is a part of
// the format: a store that was written with another is another schema.
const Interval = 5 * time.Minute

// ErrForeign is a file that holds another program's data, or none of a store.
var ErrForeign = errors.New("this is no store of peeratlas")

// Kinds of runs.
const (
	KindCapture = "capture" // of saved captures, read from the first packet to the last
	KindReplay  = "replay"  // a watch of saved captures
	KindWatch   = "watch"   // of interfaces
)

// Run is one reading of one input by one sensor, and what it says of itself.
type Run struct {
	ID     int64  // random, above 0
	Sensor string // name of the sensor
	Kind   string // KindCapture, KindReplay or KindWatch
	// Origin is the same for the same packets: a run that is whole takes the place of an earlier
	// one of the same sensor and origin.
	Origin  string
	Program string
	Began   time.Time // by the clock of the machine
	Ended   bool      // it went to its end: of one that did not, the latest seconds may lack
	Home    []string  // home networks as given, see geo.ParseHome
	Sources []geo.Source
	// Words are the inputs as the user named them: a folder is one word, however many files it holds.
	Words    []string
	Coverage report.Coverage
	// NotStored counts what found no room in the queue to the store.
	NotStored uint64
	State     State // of a watch, at its latest look
}

// Flow is one record with where it belongs.
type Flow struct {
	Run         int64
	Number      uint64 // the order of records within a run
	Sensor      string
	CommunityID string
	Start, End  int64 // nanoseconds since the Unix epoch
	Host        string
	Peer        string
	Country     string // row of the peer: a country's code, or a word of report and geo
	Verdict     string
	Family      string
	Final       bool   // the flow has ended
	Out, In     uint64 // IP octets sent and received by the host
	Record      []byte // as EncodeRecord writes it
}

// Total sums up flows that are not kept whole.
type Total struct {
	Run      int64
	Interval int64  // when it begins, seconds since the Unix epoch: the flows are those that began in it
	Host     string // the end inside the home networks, or ""
	Country  string // of the other end
	Verdict  string // "other" or "unknown"
	Family   string // what the flows were recognised as, such as "dns", or ""
	Sums
}

// Sums are those of a Total.
type Sums struct {
	Flows       uint64
	Packets     uint64
	Out, In     uint64 // IP octets sent and received by the host
	TCP, OneWay uint64 // flows of TCP with payload; of these, those of which one direction was seen only
	First, Last int64  // nanoseconds since the Unix epoch
}

func (s *Sums) add(o *Sums) {
	if s.Flows == 0 {
		s.First, s.Last = o.First, o.Last
	}
	s.First, s.Last = min(s.First, o.First), max(s.Last, o.Last)
	s.Flows += o.Flows
	s.Packets += o.Packets
	s.Out += o.Out
	s.In += o.In
	s.TCP += o.TCP
	s.OneWay += o.OneWay
}

// Span is what a run saw and lost in an interval. Of saved captures, whose packets are not counted by
// time, it has the flows that began in it.
type Span struct {
	Run         int64
	Interval    int64 // when it begins, seconds since the Unix epoch
	First, Last int64 // nanoseconds since the Unix epoch, of what it covers
	Flows       uint64
	Packets     uint64
	Octets      uint64
	Dropped     uint64 // packets lost by the kernel and the interface
	Evicted     uint64 // flows pushed out for want of memory
}

// Judged is what was said of a host or of a socket together: a part of what a report needs.
type Judged struct {
	Run    int64
	Hour   int64 // when it begins, seconds since the Unix epoch: the latest word of each hour is kept
	Kind   string
	Key    string
	Number int // in the order of the run
	Body   []byte
}

// VerdictCount is how many flows got a verdict.
type VerdictCount struct {
	Verdict, Family, Country string // as in Flow and Total
	Flows                    uint64
}

// Kinds of Judged.
const (
	judgedHost   = "host"
	judgedSocket = "socket"
)

// Batch is written as a whole or not at all.
type Batch struct {
	Run    Run // the latest word on the run
	Flows  []Flow
	Totals []Total // to be added to what there is
	Spans  []Span  // in place of what there is
	Judged []Judged
	// More tells that the run is to be seen only with a batch that has no More: until then, nothing of
	// it shows, and if that never comes, nothing is kept.
	More bool
	// Replace lets the run take the place of earlier ones of its sensor and origin.
	Replace bool
	// Number counts the batches of a run from 1: the same number is the same batch, sent again.
	Number uint64
	// Written is when the batch was first written, nanoseconds since the Unix epoch: of two rows of one key
	// the later counts. Write fills it in where it needs it.
	Written uint64
}

// Query says what is asked for. The zero value asks for all.
type Query struct {
	Since, Until time.Time    // the zero time is no bound. Flows count that ran in [Since, Until)
	Host         netip.Prefix // the host's address; the zero prefix is any
	Country      string       // row of the peer
	P2P          bool         // flows judged p2p alone
	Sensor       string       // "" is any
	CommunityID  string       // of Flows, of these alone; "" is any
	Skip         int          // of Flows, so many are passed over first
	Most         int          // of Flows, so many are passed at most; 0 is no bound
	// Latest asks Runs for one of each sensor: of its watches the one that began last.
	Latest bool
}

// bounds are Since and Until in nanoseconds since the Unix epoch; until is exclusive.
func (q *Query) bounds() (since, until int64) {
	since, until = math.MinInt64, math.MaxInt64
	if !q.Since.IsZero() {
		since = q.Since.UnixNano()
	}
	if !q.Until.IsZero() {
		until = q.Until.UnixNano()
	}
	return since, until
}

// intervals are the first interval and the one behind the last that the query touches, in seconds.
func (q *Query) intervals() (from, to int64) {
	since, until := q.bounds()
	from, to = math.MinInt64, math.MaxInt64
	if since != math.MinInt64 {
		from = intervalOf(since)
	}
	if until != math.MaxInt64 {
		to = intervalOf(until-1) + intervalSeconds
	}
	return from, to
}

const intervalSeconds = int64(Interval / time.Second)

// intervalOf is the interval that a time in nanoseconds is in.
func intervalOf(ns int64) int64 { return floor(floor(ns, 1e9)/1e9, intervalSeconds) }

// hourOf is the hour that a time in nanoseconds is in, in seconds.
func hourOf(ns int64) int64 { return floor(floor(ns, 1e9)/1e9, 3600) }

// floor is the multiple of step at or below n, also of times before 1970; at the far end of time,
// where there is none, n.
func floor(n, step int64) int64 {
	rest := n % step
	if rest < 0 {
		rest += step
	}
	if n < math.MinInt64+rest {
		return n
	}
	return n - rest
}

// Retention bounds what is kept; zero values keep all.
type Retention struct {
	Age    time.Duration // of flows and sums, by the clock of now
	Octets int64         // of the file
}

// Removed tells what retention took away so far.
type Removed struct {
	Flows  uint64
	Before time.Time // of flows that ended before this, some or all are gone; zero if none are
}

// Store is a database of runs. One goroutine writes; others may read at the same time. Errors say
// where and what to do.
type Store interface {
	// Write adds a batch. What it returned from is on the disk.
	Write(context.Context, *Batch) error
	// Runs are those that the query touches, in the order in which they began.
	Runs(context.Context, Query) ([]Run, error)
	// Flows passes flows in the order in which they were recorded. The Flow is valid during the call.
	Flows(context.Context, Query, func(*Flow) error) error
	// Totals passes sums; those of the intervals at the edges of the query are whole.
	Totals(context.Context, Query, func(*Total) error) error
	// Spans are in order of time.
	Spans(context.Context, Query) ([]Span, error)
	// Verdicts counts the flows that have ended and began since the hour of a time.
	Verdicts(ctx context.Context, since time.Time) ([]VerdictCount, error)
	// Judged is the latest word on each host and socket.
	Judged(context.Context, Query) ([]Judged, error)
	// Retain takes away what is beyond the bounds, a bounded part at a time; it tells whether there
	// is more to be taken away.
	Retain(context.Context, Retention, time.Time) (more bool, err error)
	Removed(context.Context) (Removed, error)
	Close() error
}

// whole tells whether a record is kept whole: it is likely at least, or tells of a peer.
func whole(r *report.Record) bool {
	return r.Verdict.Judgement >= classify.Likely || len(r.Verdict.Reported) > 0
}
