package capture

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// linkInfo is what the kernel tells of an interface.
type linkInfo struct {
	index       int
	name        string
	hardware    uint16 // ARPHRD_
	flags       uint32 // IFF_
	promiscuous uint32 // how many sockets and bridges ask for it
	master      bool   // it belongs to a bridge or a bond
	received    uint64 // packets
	sent        uint64
	dropped     uint64 // by the interface: see LiveStats.DroppedByInterface
}

// up tells whether the interface can bring packets: it is switched on and has a carrier.
func (i *linkInfo) up() bool {
	return i.flags&unix.IFF_UP != 0 && i.flags&unix.IFF_RUNNING != 0
}

// linkAsker asks the kernel about interfaces, by a socket that needs no right and no file system:
// it goes on working for a process that may open nothing any more.
type linkAsker struct {
	fd     int
	serial uint32
	answer []byte
}

// Offsets in the answer (man 7 netlink, man 7 rtnetlink).
const (
	nlHeader    = 16 // length (4), type (2), flags (2), serial (4), port (4)
	linkHeader  = 16 // family (1), pad (1), ARPHRD_ (2), index (4), flags (4), change (4)
	attrHeader  = 4  // length (2), type (2)
	receivedAt  = 0  // of struct rtnl_link_stats64, in words: rx_packets
	sentAt      = 1  // tx_packets
	dropsAt     = 6  // rx_dropped
	overrunsAt  = 11 // rx_over_errors
	missedAt    = 15 // rx_missed_errors
	statsWords  = 16
	answerLimit = 64 << 10
)

func newLinkAsker() (*linkAsker, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w; a sandbox may forbid it: allow AF_NETLINK", err)
	}
	// The answer is there when the question is sent; a second guards against a kernel that differs.
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	return &linkAsker{fd: fd, answer: make([]byte, answerLimit)}, nil
}

func (a *linkAsker) close() { unix.Close(a.fd) }

// byName asks about the interface of that name; unix.ENODEV if there is none.
func (a *linkAsker) byName(name string) (linkInfo, error) {
	if len(name) == 0 || len(name) >= unix.IFNAMSIZ {
		return linkInfo{}, unix.ENODEV
	}
	attr := make([]byte, (attrHeader+len(name)+1+3)&^3)
	binary.NativeEndian.PutUint16(attr, uint16(attrHeader+len(name)+1))
	binary.NativeEndian.PutUint16(attr[2:], unix.IFLA_IFNAME)
	copy(attr[attrHeader:], name)
	return a.ask(0, attr)
}

// byIndex asks about the interface of that number; unix.ENODEV if there is none.
func (a *linkAsker) byIndex(index int) (linkInfo, error) {
	if index <= 0 {
		return linkInfo{}, unix.ENODEV
	}
	return a.ask(index, nil)
}

func (a *linkAsker) ask(index int, attr []byte) (linkInfo, error) {
	a.serial++
	q := make([]byte, nlHeader+linkHeader, nlHeader+linkHeader+len(attr))
	q = append(q, attr...)
	binary.NativeEndian.PutUint32(q, uint32(len(q)))
	binary.NativeEndian.PutUint16(q[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(q[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(q[8:], a.serial)
	binary.NativeEndian.PutUint32(q[nlHeader+4:], uint32(index))
	if err := unix.Sendto(a.fd, q, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return linkInfo{}, err
	}
	for {
		n, _, err := unix.Recvfrom(a.fd, a.answer, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return linkInfo{}, err
		}
		b := a.answer[:n]
		if n >= nlHeader && binary.NativeEndian.Uint32(b[8:]) != a.serial {
			continue // an answer that came too late
		}
		return parseLink(b)
	}
}

// parseLink reads one answer.
func parseLink(b []byte) (info linkInfo, err error) {
	if len(b) < nlHeader+4 {
		return info, unix.EBADMSG
	}
	b = b[:min(uint64(len(b)), uint64(binary.NativeEndian.Uint32(b)))]
	switch {
	case len(b) >= nlHeader+4 && binary.NativeEndian.Uint16(b[4:]) == unix.NLMSG_ERROR:
		// 0 would be an acknowledgement, which was not asked for.
		return info, unix.Errno(-int32(binary.NativeEndian.Uint32(b[nlHeader:])))
	case len(b) < nlHeader+linkHeader || binary.NativeEndian.Uint16(b[4:]) != unix.RTM_NEWLINK:
		return info, unix.EBADMSG
	}
	info.hardware = binary.NativeEndian.Uint16(b[nlHeader+2:])
	info.index = int(int32(binary.NativeEndian.Uint32(b[nlHeader+4:])))
	info.flags = binary.NativeEndian.Uint32(b[nlHeader+8:])
	for b = b[nlHeader+linkHeader:]; len(b) >= attrHeader; {
		size := int(binary.NativeEndian.Uint16(b))
		if size < attrHeader || size > len(b) {
			return info, unix.EBADMSG
		}
		info.attribute(binary.NativeEndian.Uint16(b[2:]), b[attrHeader:size])
		b = b[min((size+3)&^3, len(b)):]
	}
	return info, nil
}

// attribute notes one of those that matter here.
func (i *linkInfo) attribute(kind uint16, value []byte) {
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(value[8*at:]) }
	switch {
	case kind == unix.IFLA_IFNAME && len(value) > 0:
		i.name = unix.ByteSliceToString(value)
	case kind == unix.IFLA_PROMISCUITY && len(value) >= 4:
		i.promiscuous = binary.NativeEndian.Uint32(value)
	case kind == unix.IFLA_MASTER && len(value) >= 4:
		i.master = binary.NativeEndian.Uint32(value) != 0
	case kind == unix.IFLA_STATS64 && len(value) >= 8*statsWords:
		i.received, i.sent = word(receivedAt), word(sentAt)
		i.dropped = word(dropsAt) + word(overrunsAt) + word(missedAt)
	}
}
