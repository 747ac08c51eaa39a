package flow

// sampled is how many flows the clock looks at for one victim at most: 16 keeps the worst case
// near 1 us. Under a flood nearly every flow is a stranger, and as the hand meets them in the order
// of their age the first look mostly suffices.
const sampled = 16

// evictOne pushes out the flow that will be missed least among the next few under the hand:
// ended ones first, then one-packet strangers, then unanswered ones, the longest silent of
// the same rank first. A flow that its owner gave Worth goes after these, and after all others
// if it was answered.
func (t *Table) evictOne(now int64) {
	best, bestRank := none, 1<<30
	// What was silent for seven eighths of the time that the last victim was is old enough.
	old := t.victim + max(now-t.victim, 0)/8
	for seen := 0; seen < sampled; {
		t.hand++
		if t.hand >= t.used {
			t.hand = 0
		}
		f := t.at(t.hand)
		if !f.placed() {
			continue
		}
		seen++
		rank := f.rank(now - t.options.IdleTimeout)
		if rank < bestRank || rank == bestRank && f.End < t.at(best).End {
			best, bestRank = t.hand, rank
		}
		if rank <= rankStranger && f.End <= old {
			break
		}
	}
	f := t.at(best)
	t.victim = f.End
	if f.EndReason == Running {
		f.EndReason = LackOfResources
	}
	t.evicted++
	t.evict(f)
	t.release(best)
}

// rankStranger is the rank of a stranger of one packet.
const rankStranger = 1

// rank orders flows for eviction; the lowest goes first. What was silent since before quiet has
// ended, though no packet came that told so.
func (f *Flow) rank(quiet int64) int {
	r := int(f.Worth) * 8
	switch {
	case f.EndReason != Running || f.closed() || f.End < quiet:
	case f.Packets[0]+f.Packets[1] == 1:
		r += rankStranger
	case f.Packets[0] == 0 || f.Packets[1] == 0:
		r += 2
	default:
		r += 12 // an answered stranger goes after an unanswered flow of Worth 1: that can be forged
	}
	return r
}
