package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inOwnNetwork puts the test's goroutine, and with it its thread, into a network namespace of its
// own: what it sends reaches nobody. The thread ends with the test.
func inOwnNetwork(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip command (iproute2) here to make interfaces with")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		t.Skipf("a network namespace needs root: %v", err)
	}
	// Interfaces shall say nothing by themselves.
	for _, which := range []string{"all", "default"} {
		os.WriteFile("/proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", []byte("1"), 0)
	}
}

// ip runs the ip command in the thread's namespace.
func ip(t testing.TB, words string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", words, err, out)
	}
}

// veth makes a pair of interfaces: what enters "<name>a" leaves "<name>b".
func veth(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		ip(t, fmt.Sprintf("link add %sa mtu 9000 type veth peer name %sb mtu 9000", name, name))
		ip(t, "link set "+name+"a up")
		ip(t, "link set "+name+"b up")
	}
}

// sender sends frames by an interface, many at once.
type sender struct {
	fd       int
	messages []message
	iovs     []unix.Iovec
}

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	sent   uint32
}

func newSender(t testing.TB, name string) *sender {
	t.Helper()
	a, err := newLinkAsker()
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	info, err := a.byName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: info.index}); err != nil {
		t.Fatal(err)
	}
	unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	s := &sender{fd: fd}
	t.Cleanup(func() { unix.Close(s.fd) })
	return s
}

// send sends all of frames in their order.
func (s *sender) send(t testing.TB, frames ...[]byte) {
	t.Helper()
	const most = 64
	if s.messages == nil {
		s.messages, s.iovs = make([]message, most), make([]unix.Iovec, most)
	}
	for len(frames) > 0 {
		n := min(len(frames), most)
		for i, f := range frames[:n] {
			s.iovs[i].Base = &f[0]
			s.iovs[i].SetLen(len(f))
			s.messages[i] = message{header: unix.Msghdr{Iov: &s.iovs[i], Iovlen: 1}}
		}
		sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[0])), uintptr(n), 0, 0, 0)
		switch errno {
		case 0:
			frames = frames[sent:]
		case unix.EINTR, unix.ENOBUFS, unix.EAGAIN:
		default:
			t.Errorf("send: %v", errno)
			return
		}
	}
}

// stream sends that many numbered datagrams of size octets, at a rate or, if it is 0, as fast as
// it can, and returns how long it took.
func (s *sender) stream(t testing.TB, number, size, rate int) time.Duration {
	const burst = 64
	frames := make([][]byte, burst)
	for i := range frames {
		frames[i] = datagram(i, size)
	}
	began := time.Now()
	for sent := 0; sent < number; {
		n := min(burst, number-sent)
		for i := range n {
			binary.BigEndian.PutUint64(frames[i][42:], uint64(sent+i))
		}
		s.send(t, frames[:n]...)
		sent += n
		if rate > 0 {
			due := began.Add(time.Duration(sent) * time.Second / time.Duration(rate))
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
			}
		}
	}
	return time.Since(began)
}

// datagram is an Ethernet frame of size octets with UDP over IPv4, of one of 64 flows.
func datagram(flow, size int) []byte {
	f := make([]byte, max(size, 60))
	copy(f, []byte{0x02, 0, 0, 0, 0, 0xaa, 0x02, 0, 0, 0, 0, 0xbb, 0x08, 0x00})
	p := f[14:]
	p[0], p[8], p[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	copy(p[12:], []byte{192, 0, 2, byte(flow % 64), 198, 51, 100, 1})
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(p[10:], ^uint16(sum))
	binary.BigEndian.PutUint16(p[20:], 40000+uint16(flow%64))
	binary.BigEndian.PutUint16(p[22:], 5000)
	binary.BigEndian.PutUint16(p[24:], uint16(len(p)-20))
	return f
}

// serial is the number that stream gave to a frame.
func serial(p *Packet) int { return int(binary.BigEndian.Uint64(p.Data[42:])) }
