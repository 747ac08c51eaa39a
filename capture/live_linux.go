package capture

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

// wire is one interface that is read.
type wire struct {
	name     string
	index    int
	up       bool
	problem  string
	framing  framing
	counted  uint64 // what the interface said last that it dropped
	dropped  uint64 // by it, since it was opened
	drops    uint64 // by the kernel, of rings that are closed
	gone     bool
	handlers []int // sockets: see handleUnhandled
}

// openEngine opens interfaces by the method that is asked for.
func openEngine(o LiveOptions) (engine, string, error) {
	method := o.Method
	if method == "" {
		method = "ring"
		if o.Expression != "" {
			method = "libpcap"
		}
	}
	if method == "libpcap" {
		e, err := openLibpcap(o)
		return e, method, err
	}
	if o.Expression != "" {
		return nil, method, needsLibpcap(&o)
	}
	asker, wires, err := lookAt(&o)
	if err != nil {
		return nil, method, err
	}
	var e engine
	switch method {
	case "ring":
		e, err = openRings(o, asker, wires)
	case "afpacket", "pcapgo":
		if o.Rings > 1 {
			err = fmt.Errorf("method %s has one ring: several need method ring", method)
			break
		}
		e, err = openHandles(o, method, asker, wires)
	default:
		err = fmt.Errorf("method %q: choose ring, afpacket, pcapgo or libpcap", method)
	}
	if err != nil {
		asker.close()
		return nil, method, err
	}
	for _, w := range wires {
		w.handleUnhandled()
	}
	return e, method, nil
}

// lookAt finds the interfaces and what their frames look like.
func lookAt(o *LiveOptions) (*linkAsker, []*wire, error) {
	asker, err := newLinkAsker()
	if err != nil {
		return nil, nil, err
	}
	wires := make([]*wire, len(o.Interfaces))
	for i, name := range o.Interfaces {
		info, err := asker.byName(name)
		if err != nil {
			asker.close()
			return nil, nil, openLiveError(name, err)
		}
		w := &wire{name: name, index: info.index, counted: info.dropped}
		w.framing, err = framingOf(info.hardware)
		if err != nil {
			asker.close()
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		w.framing.number, w.framing.snap = uint32(i), o.SnapLength
		w.see(info, nil)
		wires[i] = w
	}
	return asker, wires, nil
}

// framingOf knows what interfaces of a hardware type bring.
func framingOf(hardware uint16) (f framing, err error) {
	switch hardware {
	case unix.ARPHRD_ETHER:
		f.link = packet.LinkEthernet
	case unix.ARPHRD_LOOPBACK:
		f.link, f.noneOutgoing = packet.LinkEthernet, true
	case unix.ARPHRD_NONE, unix.ARPHRD_RAWIP, unix.ARPHRD_PPP, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6,
		unix.ARPHRD_SIT, unix.ARPHRD_IPGRE, unix.ARPHRD_IP6GRE:
		f.link = packet.LinkRaw
	case unix.ARPHRD_IEEE80211, unix.ARPHRD_IEEE80211_PRISM, unix.ARPHRD_IEEE80211_RADIOTAP:
		return f, errors.New("it listens to the radio in monitor mode, whose frames are not decoded; read an interface that is associated")
	case unix.ARPHRD_NETLINK:
		return f, errors.New("it mirrors netlink messages, which are no network's")
	default:
		f.link = packet.LinkLinuxSLL
	}
	return f, nil
}

// programFor is the filter of a wire: the one that is given, or the default one.
func programFor(w *wire, o *LiveOptions) []bpf.RawInstruction {
	switch {
	case len(o.Program) > 0:
		return snapped(o.Program, o.SnapLength)
	case w.framing.link == packet.LinkEthernet:
		return ethernetProgram(o.SnapLength)
	}
	return protocolProgram(o.SnapLength)
}

// see notes what the kernel told of the interface.
func (w *wire) see(info linkInfo, err error) {
	switch {
	case err != nil:
		w.gone, w.up, w.problem = true, false, "the interface was removed"
	case !info.up():
		w.up, w.problem = false, "the link is down"
		if info.flags&unix.IFF_UP == 0 {
			w.problem = "the interface is switched off"
		}
	default:
		w.up, w.problem = true, ""
	}
	if err != nil {
		return
	}
	if info.dropped >= w.counted {
		w.dropped += info.dropped - w.counted
	} else { // a driver that began anew
		w.dropped += info.dropped
	}
	w.counted = info.dropped
}

// report fills in what Stats tells of the wire.
func (w *wire) report(s *LiveStats) {
	s.Name, s.LinkType, s.Up, s.Problem, s.DroppedByInterface = w.name, w.framing.link, w.up, w.problem, w.dropped
}
