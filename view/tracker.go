package view

import (
	"time"

	"peeratlas/report"
)

// samples is how many rates are kept to draw.
const samples = 120

// quiet is how long nothing may be lost before a loss counts as over.
const quiet = 10 * time.Second

// lane is what came by one interface between two looks.
type lane struct {
	packets, bits float64 // a second
	lost          uint64
}

// loss is a time during which packets were lost.
type loss struct {
	now                 bool
	began, ended        time.Time
	kernel, byInterface uint64
	received            uint64 // in that time
}

func (l *loss) lost() uint64 { return l.kernel + l.byInterface }

// tracker follows the counters from look to look, also of looks that nobody draws. It is copied to
// be drawn.
type tracker struct {
	looks    uint64
	time     time.Time // of the last look
	last     []report.InterfaceCount
	packets  uint64 // without interfaces: as of the last look
	octets   uint64
	rates    [samples]float64 // packets a second, a ring
	rated    int              // how many there ever were
	spans    [samples]time.Duration
	now      lane
	lanes    []lane // by interface
	loss     loss   // the last one
	losses   int    // how many times
	lastLoss time.Time
	down     []time.Time // by interface: since when; zero if it is up
}

// add takes the counters of the next look.
func (t *tracker) add(l *report.Look) {
	span := l.Time.Sub(t.time)
	first := t.looks == 0
	t.looks++
	t.time = l.Time
	var now lane
	var kernel, byInterface, received uint64
	if len(l.Interfaces) == 0 {
		c := &l.Summary.Coverage
		received = since(c.Packets, t.packets)
		now = rate(received, since(c.WireOctets, t.octets), span)
		t.packets, t.octets = c.Packets, c.WireOctets
	}
	lanes, down := make([]lane, len(l.Interfaces)), make([]time.Time, len(l.Interfaces))
	for i := range l.Interfaces {
		var was report.InterfaceCount
		if i < len(t.last) && t.last[i].Name == l.Interfaces[i].Name {
			was = t.last[i]
			down[i] = t.down[i]
		}
		is := &l.Interfaces[i]
		switch {
		case is.Up:
			down[i] = time.Time{}
		case down[i].IsZero():
			down[i] = l.Time
		}
		n := since(is.Received, was.Received)
		lanes[i] = rate(n, since(is.Octets, was.Octets), span)
		received += n
		k, b := since(is.DroppedByKernel, was.DroppedByKernel), since(is.DroppedByInterface, was.DroppedByInterface)
		lanes[i].lost = k + b
		kernel, byInterface = kernel+k, byInterface+b
		now.packets += lanes[i].packets
		now.bits += lanes[i].bits
	}
	t.last, t.lanes, t.down = l.Interfaces, lanes, down
	if !first && span > 0 {
		t.now = now
		t.rates[t.rated%samples], t.spans[t.rated%samples] = now.packets, span
		t.rated++
	}
	began := l.Time.Add(-span)
	if first {
		began = l.Began
	}
	t.follow(l, began, kernel, byInterface, received)
}

// since is how much a counter rose. One that fell began anew: its interface came back.
func since(is, was uint64) uint64 {
	if is < was {
		return is
	}
	return is - was
}

func rate(packets, octets uint64, span time.Duration) lane {
	if span <= 0 {
		return lane{}
	}
	s := span.Seconds()
	return lane{packets: float64(packets) / s, bits: 8 * float64(octets) / s}
}

// follow tells when losses begin and end.
func (t *tracker) follow(l *report.Look, began time.Time, kernel, byInterface, received uint64) {
	if kernel+byInterface > 0 {
		if !t.loss.now {
			t.loss = loss{now: true, began: began}
			t.losses++
		}
		t.lastLoss = l.Time
	}
	if !t.loss.now {
		return
	}
	t.loss.kernel += kernel
	t.loss.byInterface += byInterface
	t.loss.received += received
	if l.Last || l.Time.Sub(t.lastLoss) >= quiet {
		t.loss.now, t.loss.ended = false, t.lastLoss
	}
}

// recent are the last rates, the oldest first, and the time that they span.
func (t *tracker) recent(most int) ([]float64, time.Duration) {
	n := min(t.rated, samples, most)
	out := make([]float64, 0, n)
	var span time.Duration
	for i := t.rated - n; i < t.rated; i++ {
		out = append(out, t.rates[i%samples])
		span += t.spans[i%samples]
	}
	return out, span
}
