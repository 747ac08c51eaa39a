package process

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

// diag asks the kernel for sockets by netlink: sock_diag(7). The socket it asks by stays open, so
// that it goes on in a process that may open nothing any more.
type diag struct {
	fd     int
	buffer []byte
	sent   uint32
}

func newDiag() (*diag, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open netlink for sockets: %w", err)
	}
	d := &diag{fd: fd, buffer: make([]byte, 1<<16)}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}); err != nil {
		d.close()
		return nil, fmt.Errorf("netlink: %w", err)
	}
	return d, nil
}

func (d *diag) close() { unix.Close(d.fd) }

// Sizes of struct nlmsghdr, inet_diag_req_v2, inet_diag_msg and rtattr (include/uapi/linux/netlink.h,
// inet_diag.h, rtnetlink.h), and the attribute that tells of [::] whether it takes IPv4.
const (
	headerLength    = 16
	requestLength   = 56
	messageLength   = 72
	attributeLength = 4
	attributeOnly6  = 11 // INET_DIAG_SKV6ONLY
)

// dump appends the sockets of a protocol and family, in all states.
func (d *diag) dump(list []socket, protocol packet.Protocol, family uint8) ([]socket, error) {
	d.sent++
	b := make([]byte, headerLength+requestLength)
	e := binary.NativeEndian
	e.PutUint32(b[0:], uint32(len(b)))
	e.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	e.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	e.PutUint32(b[8:], d.sent)
	b[headerLength], b[headerLength+1] = family, uint8(protocol)
	e.PutUint32(b[headerLength+4:], ^uint32(0))
	if err := unix.Sendto(d.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return list, fmt.Errorf("ask for sockets: %w", err)
	}
	for {
		n, _, err := unix.Recvfrom(d.fd, d.buffer, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return list, fmt.Errorf("ask for sockets: %w", err)
		}
		var done bool
		if list, done, err = readMessages(list, d.buffer[:n], d.sent, protocol); err != nil || done {
			return list, err
		}
	}
}

// readMessages appends the sockets of a datagram of netlink. Messages that answer another request
// are passed over.
func readMessages(list []socket, b []byte, sent uint32, protocol packet.Protocol) ([]socket, bool, error) {
	e := binary.NativeEndian
	for len(b) >= headerLength {
		length := int(e.Uint32(b))
		if length < headerLength || length > len(b) {
			return list, false, errors.New("ask for sockets: netlink's answer is cut")
		}
		body, kind, mine := b[headerLength:length], e.Uint16(b[4:]), e.Uint32(b[8:]) == sent
		switch {
		case !mine:
		case kind == unix.NLMSG_DONE:
			return list, true, nil
		case kind == unix.NLMSG_ERROR:
			if len(body) < 4 {
				return list, false, errors.New("ask for sockets: netlink's error is cut")
			}
			return list, false, fmt.Errorf("ask for sockets: %w", unix.Errno(-int32(e.Uint32(body))))
		default:
			if s, ok := readSocket(body, protocol); ok {
				list = append(list, s)
			}
		}
		b = b[min((length+3)&^3, len(b)):] // NLMSG_ALIGN
	}
	return list, false, nil
}

// readSocket reads a struct inet_diag_msg and its attributes.
//
//	 0 family, state, timer, retrans   40 interface
//	 4 ports, in network order         44 cookie, two halves
//	 8 local address                   52 expires, queues
//	24 remote address                  64 user  68 inode
func readSocket(b []byte, protocol packet.Protocol) (socket, bool) {
	if len(b) < messageLength {
		return socket{}, false
	}
	e := binary.NativeEndian
	s := socket{protocol: protocol, uid: e.Uint32(b[64:]), inode: e.Uint32(b[68:]), cookie: uint64(e.Uint32(b[48:]))<<32 | uint64(e.Uint32(b[44:]))}
	address := func(at int) netip.Addr {
		if b[0] == unix.AF_INET {
			return netip.AddrFrom4([4]byte(b[at:]))
		}
		return netip.AddrFrom16([16]byte(b[at:])).Unmap()
	}
	s.local = netip.AddrPortFrom(address(8), binary.BigEndian.Uint16(b[4:]))
	s.remote = netip.AddrPortFrom(address(24), binary.BigEndian.Uint16(b[6:]))
	for b = b[messageLength:]; len(b) >= attributeLength; {
		length := int(e.Uint16(b))
		if length < attributeLength || length > len(b) {
			break
		}
		if e.Uint16(b[2:]) == attributeOnly6 && length > attributeLength {
			s.only6 = b[attributeLength] != 0
		}
		b = b[min((length+3)&^3, len(b)):]
	}
	return s, true
}
