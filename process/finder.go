package process

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// Options of a Finder. The zero value of a field means its default.
type Options struct {
	// Every is the time between two snapshots of the kernel's sockets. Default 1 s. Where one
	// takes long they are rarer, so that they take a twentieth of one processor at most.
	Every time.Duration
	// Remember is how long a socket that is gone is still known. Default 60 s.
	Remember time.Duration
	// MaxSockets bounds the sockets that are held. Default 65,536; those beyond are counted.
	MaxSockets int
	// Wait is how long Owner may wait for a snapshot when it does not know the socket: never more
	// than 4 ms, its default, and never more than 5 % of the time. Negative: not at all.
	Wait time.Duration
	// Proc is where the proc file system is. Default /proc.
	Proc string
}

func (o Options) withDefaults() Options {
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Remember <= 0 {
		o.Remember = time.Minute
	}
	if o.MaxSockets <= 0 {
		o.MaxSockets = 1 << 16
	}
	if o.Wait == 0 || o.Wait > 4*time.Millisecond {
		o.Wait = 4 * time.Millisecond
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	return o
}

// Counts tell what a Finder did and could not do.
type Counts struct {
	Snapshots   uint64
	Scans       uint64        // of all processes, which cost the most
	Sockets     int           // held now, those that are gone lately included
	NotHeld     uint64        // left out for MaxSockets
	Unowned     int           // of those that are there, no process was found: no right to look, or in the kernel
	Failed      uint64        // snapshots that the kernel did not give whole
	Namespaces  int           // network namespaces looked into
	LastTook    time.Duration // the last snapshot
	LongestTook time.Duration
}

// ErrNoOwners tells that owners of sockets cannot be found on this system.
var ErrNoOwners = errors.New("owners of sockets can be found on Linux only")

// Finder knows which process has which socket, by snapshots that it takes on a goroutine of its
// own. Its methods may be called by several goroutines.
type Finder struct {
	o       Options
	current atomic.Pointer[index]
	kick    chan struct{} // wants a snapshot now
	done    chan struct{}
	ended   chan struct{}

	mu     sync.Mutex
	fresh  chan struct{} // is closed when the next snapshot is there
	counts Counts
	waited time.Duration // since the second began in which waiting is counted
	second time.Time

	// Of the goroutine of the snapshots alone.
	system system
	all    map[identity]*known
	number int64
}

// system is where snapshots come from.
type system interface {
	// sockets are all of TCP and UDP that the kernel has, and the addresses of each namespace.
	// What could be had is returned also with an error.
	sockets() ([]socket, []map[netip.Addr]bool, error)
	// owners fills in who has the sockets, by inode.
	owners(wanted map[uint32]report.Owner)
	// user names a user.
	user(uid uint32) string
	close()
}

func start(o Options, s system) (*Finder, error) {
	f := &Finder{o: o.withDefaults(), system: s, kick: make(chan struct{}, 1), done: make(chan struct{}), ended: make(chan struct{}),
		fresh: make(chan struct{}), all: map[identity]*known{}}
	if err := f.snapshot(time.Now()); err != nil && len(f.all) == 0 {
		s.close()
		return nil, err
	}
	go f.run()
	return f, nil
}

// Close ends the snapshots, and frees what they took.
func (f *Finder) Close() error {
	close(f.done)
	<-f.ended
	f.system.close()
	return nil
}

// Counts tells what was done so far.
func (f *Finder) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// Owner tells who has the socket at the local end of a flow, as "netstat -nop" would on this
// machine. A socket that is connected to the remote end comes first, then one that is bound to the
// local address, then one bound to any; of TCP, who listens is told for a connection that is not
// known itself. The zero Owner: nobody is known. It takes some hundred nanoseconds, or Options.Wait.
func (f *Finder) Owner(protocol packet.Protocol, local, remote netip.AddrPort) report.Owner {
	x := f.current.Load()
	o, ok := x.owner(protocol, local, remote)
	if !ok && f.wait(x) {
		if again, known := f.current.Load().owner(protocol, local, remote); known {
			return again
		}
	}
	return o
}

// FlowOwner is Owner for an end of a flow, as pipeline.WatchOptions.Owner asks.
func (f *Finder) FlowOwner(fl *flow.Flow, end int) report.Owner {
	local, remote := ends(fl.Key, end)
	return f.Owner(fl.Key.Protocol, local, remote)
}

func ends(k flow.Key, end int) (local, remote netip.AddrPort) {
	return netip.AddrPortFrom(k.Addr[end].Netip(), k.Port[end]), netip.AddrPortFrom(k.Addr[1-end].Netip(), k.Port[1-end])
}

// wait asks for a snapshot newer than x, and tells whether it came in time.
func (f *Finder) wait(x *index) bool {
	now := time.Now()
	if f.o.Wait < 0 || now.Sub(x.at) < f.o.Every/20 {
		return false
	}
	f.mu.Lock()
	if now.Sub(f.second) > time.Second {
		f.second, f.waited = now, 0
	}
	if f.waited > 50*time.Millisecond {
		f.mu.Unlock()
		return false
	}
	f.waited += f.o.Wait
	fresh := f.fresh
	f.mu.Unlock()
	if f.current.Load() != x {
		return true
	}
	select {
	case f.kick <- struct{}{}:
	default:
	}
	t := time.NewTimer(f.o.Wait)
	defer t.Stop()
	select {
	case <-fresh:
		return true
	case <-t.C:
		return false
	}
}

// run takes snapshots until Close. One that somebody waits for is followed by a pause, too.
func (f *Finder) run() {
	defer close(f.ended)
	pause := f.o.Every
	for {
		began := time.Now()
		select {
		case <-f.done:
			return
		case <-time.After(pause):
		case <-f.kick:
			// Who waits is served at once if the last snapshot is long enough ago.
			select {
			case <-f.done:
				return
			case <-time.After(pause/20 - time.Since(began)):
			}
		}
		began = time.Now()
		f.snapshot(began)
		pause = max(f.o.Every, 20*time.Since(began))
	}
}

// snapshot brings what is known up to date, and publishes it.
func (f *Finder) snapshot(now time.Time) error {
	f.number++
	list, own, err := f.system.sockets()
	var c Counts
	var closed []*socket
	for i := range list {
		s := &list[i]
		k := f.all[s.identity()]
		if k == nil && s.inode == 0 {
			closed = append(closed, s)
			continue
		}
		if k == nil {
			if len(f.all) >= f.o.MaxSockets {
				c.NotHeld++
				continue
			}
			k = &known{socket: *s}
			k.owner.User = f.system.user(s.uid)
			f.all[s.identity()] = k
		}
		k.seen = now
	}
	f.remember(closed, now)
	if f.scan(now) {
		c.Scans++
	}
	// The readers have the old values: what is in an index stays as it is.
	held := make([]known, 0, len(f.all))
	for id, k := range f.all {
		if now.Sub(k.seen) > f.o.Remember {
			delete(f.all, id)
			continue
		}
		if k.seen.Equal(now) && !k.found && k.inode != 0 {
			c.Unowned++
		}
		held = append(held, *k)
	}
	f.publish(newIndex(held, own, now), c, err, time.Since(now))
	return err
}

// remember keeps the sockets that their process closed and the kernel still has (TIME_WAIT): they
// have another cookie, and no owner but the one they had. Connections that nobody accepted yet are
// among them, too: they are whose the listening socket is.
func (f *Finder) remember(closed []*socket, now time.Time) {
	if len(closed) == 0 {
		return
	}
	still := make(map[identity]bool, len(closed))
	for _, s := range closed {
		still[s.ends()] = true
	}
	for _, k := range f.all {
		if k.remote.Port() != 0 && still[k.ends()] {
			k.seen = now
		}
	}
}

// refreshEvery is after how many snapshots every owner is looked for again: descriptors are handed
// on, and processes fork.
const refreshEvery = 30

// scan looks for the processes of sockets that are new, and tells whether it had to. Those of a
// socket that is not found at once (it is being made, or nobody may look) are tried twice.
func (f *Finder) scan(now time.Time) bool {
	wanted := map[uint32]report.Owner{}
	for _, k := range f.all {
		if k.inode != 0 && k.seen.Equal(now) && (!k.found && k.tried < 2 || f.number%refreshEvery == 0) {
			wanted[k.inode] = report.Owner{}
		}
	}
	if len(wanted) == 0 {
		return false
	}
	f.system.owners(wanted)
	for _, k := range f.all {
		o, asked := wanted[k.inode]
		if !asked || !k.seen.Equal(now) {
			continue
		}
		if o.PID == 0 {
			k.tried++
			continue
		}
		k.found = true
		k.owner.PID, k.owner.Name = o.PID, o.Name
	}
	return true
}

// publish shows the snapshot to who asks.
func (f *Finder) publish(x *index, c Counts, err error, took time.Duration) {
	f.current.Store(x)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Snapshots++
	f.counts.Scans += c.Scans
	f.counts.NotHeld += c.NotHeld
	f.counts.Sockets, f.counts.Unowned, f.counts.Namespaces = len(f.all), c.Unowned, len(x.own)
	if err != nil {
		f.counts.Failed++
	}
	f.counts.LastTook, f.counts.LongestTook = took, max(f.counts.LongestTook, took)
	close(f.fresh)
	f.fresh = make(chan struct{})
}
