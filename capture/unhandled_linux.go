package capture

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A frame from which the kernel took a tag, and for whose next header it has no handler, counts as
// dropped by the interface (rx_dropped), although a capture has got it: all of a mirror port with
// two tags would. A socket that is bound to that EtherType is a handler, also one whose filter
// takes nothing.

// unhandledTypes are EtherTypes behind a tag that mirror ports carry and that most kernels do not
// handle: tags, MPLS, PPPoE, 802.2 (which Linux numbers 4), LLDP, MACsec, EAPOL, PTP.
var unhandledTypes = []uint16{0x8100, 0x88a8, 0x9100, 0x8847, 0x8848, 0x8863, 0x8864, 0x0004, 0x88cc, 0x88e5, 0x888e, 0x88f7}

// dropAll is the program that drops every packet.
var dropAll = []bpf.RawInstruction{{Op: opReturn}}

// handleUnhandled makes the interface's count of drops one of drops. That it cannot be had is no
// error: the count is too high then, for some mirror ports.
func (w *wire) handleUnhandled() {
	for range unhandledTypes {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return
		}
		w.handlers = append(w.handlers, fd)
		attach(fd, dropAll)
	}
	w.bindHandlers()
}

// bindHandlers binds the handlers to the interface, anew if it was made anew.
func (w *wire) bindHandlers() {
	for i, fd := range w.handlers {
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unhandledTypes[i]), Ifindex: w.index})
	}
}

func (w *wire) closeHandlers() {
	for _, fd := range w.handlers {
		unix.Close(fd)
	}
	w.handlers = nil
}
