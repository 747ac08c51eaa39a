//go:build cgo

package capture

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/gopacket/afpacket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// afpacketHandle reads by gopacket's TPACKET_V3 ring, packet by packet.
type afpacketHandle struct {
	socketHandle
	handle *afpacket.TPacket
}

func openAfpacket(w *wire, o *LiveOptions, program []bpf.RawInstruction) (linuxHandle, error) {
	size, number := ringShape(o.RingOctets, o.SnapLength)
	handle, err := afpacket.NewTPacket(afpacket.OptInterface(w.name), afpacket.OptFrameSize(frameSize), afpacket.OptBlockSize(size),
		afpacket.OptNumBlocks(number), afpacket.OptBlockTimeout(blockTimeout), afpacket.OptPollTimeout(0),
		afpacket.TPacketVersion3, afpacket.OptAddVLANHeader(true))
	if err != nil {
		return nil, openLiveError(w.name, err)
	}
	h := &afpacketHandle{socketHandle{wire: w}, handle}
	if h.fd, err = socketOf(handle); err == nil {
		err = h.setUp(o, program)
	}
	if err != nil {
		handle.Close()
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	return h, nil
}

// setUp drops what came in before the filter was there.
func (h *afpacketHandle) setUp(o *LiveOptions, program []bpf.RawInstruction) error {
	if err := h.handle.SetBPF(dropAll); err != nil {
		return err
	}
	if !o.NotPromiscuous {
		if err := promiscuous(h.fd, h.wire.index); err != nil {
			return err
		}
	}
	time.Sleep(lag) // until the kernel has handed over the block that it was filling
	for err := error(nil); err == nil; {
		_, _, err = h.handle.ZeroCopyReadPacketData()
	}
	h.count()
	h.dropped = 0
	return h.handle.SetBPF(program)
}

func (h *afpacketHandle) fill(dst []Packet, s *batchStore, wait time.Duration) (n int, err error) {
	for n < len(dst) && !s.full() {
		data, ci, err := h.handle.ZeroCopyReadPacketData()
		switch {
		case err == nil:
		case errors.Is(err, afpacket.ErrTimeout) && (n > 0 || wait <= 0):
			return n, nil
		case errors.Is(err, afpacket.ErrTimeout):
			if err := h.pause(wait); err != nil {
				return n, err
			}
			wait = 0
			continue
		case errors.Is(err, afpacket.ErrPoll): // the interface is down
			unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR)
			h.look()
			return n, nil
		default:
			return n, fmt.Errorf("%s: %w", h.wire.name, err)
		}
		original := ci.Length
		if len(ci.AncillaryData) > 0 && len(data) >= macOctets+tagSize && data[macOctets] == 0x81 && data[macOctets+1] == 0 {
			original += tagSize // gopacket has put the tag back
		}
		h.deliver(&dst[n], s, data, ci.Timestamp, original, 0, false)
		n++
	}
	return n, nil
}

func (h *afpacketHandle) close() {
	if !h.closed {
		h.look()
		h.count()
		h.closed = true
		h.handle.Close()
	}
}
