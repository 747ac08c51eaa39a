package pipeline

import (
	"time"

	"peeratlas/capture"
)

// Replay is a Source that gives the packets of another in the time in which they were captured, so
// that a saved capture can be watched. It is for one goroutine.
type Replay struct {
	Source
	speed   float64
	now     func() time.Time
	sleep   func(time.Duration)
	packets []capture.Packet // of the latest batch, not yet given
	batch   []capture.Packet
	err     error // that came with it
	began   time.Time
	first   int64 // timestamp that began stands for
}

// replayWait is how long ReadBatch waits for a packet to be due before it gives none.
const replayWait = 100 * time.Millisecond

// NewReplay replays source at speed times its own pace; 0 is as fast as possible, and then source
// itself does.
func NewReplay(source Source, speed float64) Source {
	if speed <= 0 {
		return source
	}
	return &Replay{Source: source, speed: speed, now: time.Now, sleep: time.Sleep}
}

// ReadBatch gives the packets that are due. If none is, it waits a little, and then gives none.
func (r *Replay) ReadBatch(dst []capture.Packet) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	if len(r.packets) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if len(r.batch) < len(dst) {
			r.batch = make([]capture.Packet, len(dst))
		}
		var n int
		n, r.err = r.Source.ReadBatch(r.batch[:len(dst)])
		if r.packets = r.batch[:n]; n == 0 {
			return 0, r.err
		}
	}
	now := r.now()
	if r.began.IsZero() {
		r.began, r.first = now, r.packets[0].Timestamp
	}
	wait := r.due(&r.packets[0]).Sub(now)
	if wait > replayWait {
		r.sleep(replayWait)
		return 0, nil
	}
	if wait > 0 {
		r.sleep(wait)
		now = now.Add(wait)
	}
	n := 1
	for n < min(len(dst), len(r.packets)) && !r.due(&r.packets[n]).After(now) {
		n++
	}
	copy(dst, r.packets[:n])
	r.packets = r.packets[n:]
	return n, nil
}

// due is when a packet is to be given.
func (r *Replay) due(p *capture.Packet) time.Time {
	after := float64(p.Timestamp-r.first) / r.speed
	const most = float64(10 * 365 * 24 * time.Hour) // more than anybody waits, and what a Duration holds
	return r.began.Add(time.Duration(min(max(after, 0), most)))
}
