package pipeline

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew are the goroutines that take batches through the lanes: the caller's own, which reads the
// next batch meanwhile and then lends a hand, and one for each further processor.
type crew struct {
	lanes []*lane
	turn  int          // which batch of a lane is to be run
	next  atomic.Int32 // lane that nobody has taken yet
	begin chan struct{}
	wait  sync.WaitGroup
	hired int
	busy  bool
}

// hire starts the goroutines; dismiss ends them.
func (c *crew) hire(lanes []*lane) {
	c.lanes = lanes
	c.hired = min(runtime.GOMAXPROCS(0), len(lanes)) - 1
	c.begin = make(chan struct{}, c.hired)
	for range c.hired {
		go func() {
			for range c.begin {
				c.lend()
				c.wait.Done()
			}
		}()
	}
}

func (c *crew) dismiss() { close(c.begin) }

// start has the lanes' batches of this turn run; join must be called before the next start. alone
// has the caller run them, all of them, at once: to wake others costs more than they would take over
// where there is little to do.
func (c *crew) start(turn int, alone bool) {
	c.turn, c.busy = turn, !alone
	c.next.Store(0)
	if alone {
		c.lend()
		return
	}
	c.wait.Add(c.hired)
	for range c.hired {
		c.begin <- struct{}{}
	}
}

// join helps, and returns when all lanes rest.
func (c *crew) join() {
	if c.busy {
		c.lend()
		c.wait.Wait()
		c.busy = false
	}
}

// lend runs lanes that nobody has taken.
func (c *crew) lend() {
	for {
		i := int(c.next.Add(1)) - 1
		if i >= len(c.lanes) {
			return
		}
		c.lanes[i].run(&c.lanes[i].batches[c.turn])
	}
}
