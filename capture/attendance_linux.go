package capture

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// attention is how often interfaces are looked at.
const attention = time.Second

// attendance looks after the interfaces that are read: whether they are up, what they drop, and
// whether one that was removed is there again.
type attendance struct {
	asker  *linkAsker
	wires  []*wire
	looked time.Time
}

// errNotYet tells that an interface is to be gone back to later: packets of it are still read.
var errNotYet = errors.New("not yet")

// look asks how each interface is. sockets are those that are bound to it; rejoin binds them to
// the interface that has its name now.
func (a *attendance) look(now time.Time, sockets func(*wire) []int, rejoin func(w *wire, index int) error) {
	a.looked = now
	for _, w := range a.wires {
		a.lookAt(w, sockets(w))
		if w.gone {
			a.find(w, rejoin)
		}
	}
}

func (a *attendance) lookAt(w *wire, sockets []int) {
	if w.gone {
		return
	}
	for _, fd := range sockets {
		if boundTo(fd) != w.index {
			w.see(linkInfo{}, unix.ENODEV)
			return
		}
	}
	if info, err := a.asker.byIndex(w.index); err == nil || err == unix.ENODEV {
		w.see(info, err)
	}
}

// find goes back to an interface of that name, if there is one.
func (a *attendance) find(w *wire, rejoin func(w *wire, index int) error) {
	info, err := a.asker.byName(w.name)
	if err != nil {
		return
	}
	if f, err := framingOf(info.hardware); err != nil || f.link != w.framing.link || f.noneOutgoing != w.framing.noneOutgoing {
		w.problem = "the interface was made anew with another type of link; start again to read it"
		return
	}
	if err := rejoin(w, info.index); err != nil {
		if err != errNotYet {
			w.problem = "the interface was made anew, and cannot be read: " + err.Error()
		}
		return
	}
	w.gone, w.index, w.counted = false, info.index, 0
	w.bindHandlers()
	w.see(info, nil)
}

func (a *attendance) close() {
	for _, w := range a.wires {
		w.closeHandlers()
	}
	a.asker.close()
}
