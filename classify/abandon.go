package classify

import "peeratlas/classify/flow"

// At is which packet of the batch Observe looks at: after a panic, the one that made it. It says
// nothing between calls of Observe.
func (c *Classifier) At() int { return c.at }

// Abandon examines f no more, because examining it went wrong. What it claimed before stays.
func (c *Classifier) Abandon(f *flow.Flow) {
	if f.State == 0 {
		f.State, _ = c.states.add()
		f.State |= c.lane
	}
	s := c.stateOf(f)
	s.done = true
	if s.window != 0 {
		c.owner[s.window] = 0
		c.freeWindow(s)
	}
}

// Close gives back what only Observe needs, once no more packets come: it must not be called
// again. What was claimed stays, to be judged.
func (c *Classifier) Close() {
	c.windows, c.owner, c.freeWindows = slab[window]{}, nil, nil
	c.joins = joins{lost: c.joins.lost}
	c.names.texts.held, c.inside.texts.held = nil, nil
}

// Unjudged is the verdict of a flow that could not be judged: nothing is known of it.
func Unjudged() Verdict {
	return Verdict{Prior: priorBits, Probability: probability(priorBits), Judgement: Unknown}
}
