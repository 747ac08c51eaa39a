package pipeline

import (
	"fmt"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

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

// mostKeptText bounds the octets of the comments of all flows: beyond it they are short.
const mostKeptText = 16 << 20

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
