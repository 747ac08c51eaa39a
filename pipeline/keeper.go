package pipeline

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"peeratlas/capture"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// KeeperOptions of a NewKeeper. The zero value of a field means its default.
type KeeperOptions struct {
	// Name of the file; what strftime(3) knows of "%Y" and its like stands for the time at which
	// the file is begun.
	Name string
	// Size is how many octets a file has before the next is begun; Period is how long one is
	// written. 0 sets no bound.
	Size   int64
	Period time.Duration
	// Count bounds the files of this run: the oldest gives way. 0 keeps all.
	Count int
	// All writes every packet at once, and not those of peer-to-peer flows alone.
	All bool
	// Likely takes flows that are likely peer-to-peer, too.
	Likely bool
	// Memory bounds the packets that are held until a look says whose they are, in octets.
	// Default 64 MiB.
	Memory int64
	// MaxFlows bounds the flows whose packets are written. Default 65,536.
	MaxFlows int
	// Interfaces are those of the source, by capture.Packet.Interface.
	Interfaces []capture.InterfaceInfo
	// Program names this program and its version.
	Program string
	// Say takes a line for people, when writing fails and when it works again; nil for nobody.
	Say func(string)
}

const (
	defaultEvidenceMemory = 64 << 20
	defaultEvidenceFlows  = 1 << 16
)

// KeeperStats counts what a Keeper did.
type KeeperStats struct {
	Files   uint64 // begun
	Flows   uint64 // peer-to-peer, of which packets were written
	Untold  uint64 // of these, all of whose packets were written before their verdict: no packet tells it
	Packets uint64 // written
	TooOld  uint64 // packets of these flows that came before what memory held
	Lost    uint64 // packets that could not be written
	Beyond  uint64 // flows beyond the bound of flows
}

// Keeper keeps the packets of peer-to-peer flows as evidence, in pcapng files. It is a Tap: all
// packets of flows pass through a ring in memory, so that when a look finds a flow to be
// peer-to-peer, those from before the verdict are there. From then on the flow's packets are
// written as they come, until it ends or loses its verdict. Its methods but Rotate are for one
// goroutine.
//
// Packets are in order of time from look to look; those from before a verdict come behind others
// that were written meanwhile. That a file cannot be written ends nothing: it is told once, the
// packets are counted, and every look tries again.
type Keeper struct {
	options KeeperOptions
	ring    keptRing
	seed    uint64
	flows   []keptFlow
	byKey   map[flow.Key]int32 // index in flows, for looks
	slots   []int32            // by hash, index in flows and one: for packets
	dug     []dugPacket        // reused
	text    int                // octets of comments
	now     int64              // latest time of a packet
	rotate  atomic.Bool
	files   keptFiles
	stats   KeeperStats
}

// dugPacket is a packet in the ring that is to be written now.
type dugPacket struct {
	position uint64
	flow     int32
}

// NewKeeper begins the first file, so that a name that cannot be written is told at once.
func NewKeeper(o KeeperOptions) (*Keeper, error) { return newKeeper(o, time.Now()) }

// newKeeper has its first file begun at this time.
func newKeeper(o KeeperOptions, now time.Time) (*Keeper, error) {
	if o.Memory <= 0 {
		o.Memory = defaultEvidenceMemory
	}
	if o.MaxFlows <= 0 {
		o.MaxFlows = defaultEvidenceFlows
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	k := &Keeper{options: o, seed: rand.Uint64(), byKey: map[flow.Key]int32{}, slots: make([]int32, 16)}
	if !o.All {
		k.ring.init(o.Memory)
	}
	if err := k.files.init(&k.options, &k.stats); err != nil {
		return nil, err
	}
	return k, k.files.begin(now)
}

// Packets writes the packets of flows that are peer-to-peer, and holds the others.
func (k *Keeper) Packets(packets []capture.Packet, keys []flow.Key) error {
	all, any := k.options.All, len(k.flows) > 0
	for i := range packets {
		p, key := &packets[i], &keys[i]
		k.now = max(k.now, p.Timestamp)
		k.files.came(p.Interface)
		if key.Protocol == 0 {
			if all {
				k.write(p, nil)
			}
			continue
		}
		if all && !any {
			k.write(p, nil)
			continue
		}
		hash := key.Hash(k.seed)
		f := (*keptFlow)(nil)
		if any {
			f = k.find(key, hash)
		}
		switch {
		case f != nil && f.wanted:
			k.write(p, f)
		case all:
			k.write(p, nil)
		default:
			k.ring.add(p, key, hash)
		}
	}
	return nil
}

// write writes one packet; f is its flow if that is wanted. What fails is counted.
func (k *Keeper) write(p *capture.Packet, f *keptFlow) {
	if k.rotate.CompareAndSwap(true, false) {
		k.files.rotate()
	}
	if !k.files.ready(k.now) {
		return
	}
	comment := ""
	if f != nil && f.epoch != k.files.epoch {
		comment = f.comment
	}
	if k.files.write(p, comment) && f != nil {
		f.epoch = k.files.epoch
		if f.written++; f.written == 1 {
			k.stats.Flows++
		}
	}
}

// Look begins and ends the writing of flows as their verdicts ask.
func (k *Keeper) Look(l *report.Look) error {
	k.files.counted(l.Interfaces)
	k.files.again()
	k.dug = k.dug[:0]
	changed := false
	for i := range l.News {
		changed = k.sight(&l.News[i]) || changed
	}
	// In the order in which they came, for all flows together.
	slices.SortFunc(k.dug, func(a, b dugPacket) int {
		if a.position < b.position {
			return -1
		}
		return 1
	})
	var p capture.Packet
	for _, d := range k.dug {
		k.ring.packet(d.position, &p)
		k.write(&p, &k.flows[d.flow])
	}
	for i := len(k.flows) - 1; i >= 0; i-- { // forget moves the last one, which was looked at
		if k.flows[i].ended {
			k.untold(&k.flows[i])
			k.forget(int32(i))
			changed = true
		}
	}
	if changed {
		k.index()
	}
	if k.rotate.CompareAndSwap(true, false) {
		k.files.rotate()
	}
	k.files.rest(k.now)
	return nil
}

// Rotate ends the file; the next packet begins another. Any goroutine may call it.
func (k *Keeper) Rotate() { k.rotate.Store(true) }

// Stats tells what was done so far.
func (k *Keeper) Stats() KeeperStats { return k.stats }

// Close ends the last file.
func (k *Keeper) Close() error {
	for i := range k.flows {
		k.untold(&k.flows[i])
	}
	return k.files.end()
}
