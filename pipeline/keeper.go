package pipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
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

// keptFlow is a flow that is or was peer-to-peer and has not ended.
type keptFlow struct {
	key     flow.Key
	wanted  bool
	ended   bool   // at this look
	dug     uint64 // position in the ring up to which its packets were taken out
	epoch   uint64 // of the files in which the comment was written; 0 is none
	written uint64
	comment string
}

// dugPacket is a packet in the ring that is to be written now.
type dugPacket struct {
	position uint64
	flow     int32
}

// mostKeptText bounds the octets of the comments of all flows: beyond it they are short.
const mostKeptText = 16 << 20

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

// find is the flow of this key; nil if it is none of those.
func (k *Keeper) find(key *flow.Key, hash uint64) *keptFlow {
	mask := uint64(len(k.slots) - 1)
	for at := hash & mask; k.slots[at] != 0; at = (at + 1) & mask {
		if f := &k.flows[k.slots[at]-1]; f.key == *key {
			return f
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

// sight takes the verdict of one flow, and tells whether the flows are others now.
func (k *Keeper) sight(s *report.Sighting) (changed bool) {
	j, key := s.Record.Verdict.Judgement, s.Record.Flow.Key
	wanted := j == classify.P2P || k.options.Likely && j == classify.Likely
	i, known := k.byKey[key]
	switch {
	case !known && !wanted:
		return false
	case !known && len(k.flows) >= k.options.MaxFlows:
		k.stats.Beyond++
		return false
	case !known:
		i = int32(len(k.flows))
		k.flows = append(k.flows, keptFlow{key: key})
		k.byKey[key] = i
		changed = true
	}
	f := &k.flows[i]
	before := f.wanted
	// A flow that was cut goes on under the same key, which is told of behind the end of the first part.
	f.wanted, f.ended = wanted, s.News&report.Ended != 0
	if !wanted {
		return changed
	}
	tooOld := uint64(0)
	if !before && !k.options.All {
		tooOld = k.dig(i, &s.Record.Flow)
		k.stats.TooOld += tooOld
	}
	if !before || s.News&report.Changed != 0 {
		k.comment(f, s, tooOld)
	}
	return changed
}

// dig finds the packets of flow number i in the ring, and returns how many are there no more.
func (k *Keeper) dig(i int32, f *flow.Flow) (tooOld uint64) {
	kept := &k.flows[i]
	total, found := uint64(f.Packets[0])+uint64(f.Packets[1]), kept.written
	k.ring.each(&kept.key, kept.key.Hash(k.seed), f.Start, func(position uint64) {
		if position >= kept.dug {
			k.dug = append(k.dug, dugPacket{position, i})
			found++
		}
	})
	kept.dug = k.ring.head
	return total - min(total, found)
}

// comment has the flow's next packet tell the verdict.
func (k *Keeper) comment(f *keptFlow, s *report.Sighting, tooOld uint64) {
	k.text -= len(f.comment)
	f.comment, f.epoch = report.Comment(&s.Record, s.Owner), 0
	if k.text+len(f.comment) > mostKeptText {
		f.comment = f.comment[:min(len(f.comment), 100)]
	}
	if tooOld > 0 {
		f.comment += fmt.Sprintf("\n%d earlier packets of this flow are not here: memory held them no more when the verdict came", tooOld)
	}
	k.text += len(f.comment)
}

// untold counts a flow that ended, where every packet is written at once: none may have come since.
func (k *Keeper) untold(f *keptFlow) {
	if k.options.All && f.wanted && f.written == 0 {
		k.stats.Flows++
		k.stats.Untold++
	}
}

// forget ends the writing of a flow. index must follow.
func (k *Keeper) forget(i int32) {
	k.text -= len(k.flows[i].comment)
	delete(k.byKey, k.flows[i].key)
	last := int32(len(k.flows) - 1)
	if i != last {
		k.flows[i] = k.flows[last]
		k.byKey[k.flows[i].key] = i
	}
	k.flows[last] = keptFlow{}
	k.flows = k.flows[:last]
}

// index makes the slots anew, at most half of them used.
func (k *Keeper) index() {
	n := 16
	for n < 2*len(k.flows) {
		n *= 2
	}
	if n != len(k.slots) {
		k.slots = make([]int32, n)
	}
	clear(k.slots)
	mask := uint64(n - 1)
	for i := range k.flows {
		at := k.flows[i].key.Hash(k.seed) & mask
		for k.slots[at] != 0 {
			at = (at + 1) & mask
		}
		k.slots[at] = int32(i + 1)
	}
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
