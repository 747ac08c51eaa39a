package process

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// scene is a system that the test makes.
type scene struct {
	mu      sync.Mutex
	list    []socket
	holders map[uint32]report.Owner
	scans   int
	slow    time.Duration
}

func (s *scene) sockets() ([]socket, []map[netip.Addr]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	time.Sleep(s.slow)
	return append([]socket(nil), s.list...), []map[netip.Addr]bool{{netip.MustParseAddr("192.0.2.10"): true, netip.MustParseAddr("2001:db8::10"): true}, {netip.MustParseAddr("10.0.0.2"): true}}, nil
}

func (s *scene) owners(wanted map[uint32]report.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans++
	for inode := range wanted {
		if o, ok := s.holders[inode]; ok {
			wanted[inode] = o
		}
	}
}

func (s *scene) user(uid uint32) string {
	return map[uint32]string{0: "root", 1000: "ann", 1001: "bob"}[uid]
}
func (s *scene) close() {}

func (s *scene) set(list ...socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

var lastCookie uint64

func made(protocol packet.Protocol, local, remote string, inode, uid uint32) socket {
	lastCookie++
	return socket{protocol: protocol, local: netip.MustParseAddrPort(local), remote: netip.MustParseAddrPort(remote), inode: inode, uid: uid, cookie: lastCookie}
}

// still is a Finder that takes no snapshots but those that the test takes.
func still(t *testing.T, s *scene, o Options) *Finder {
	t.Helper()
	o.Every, o.Wait = time.Hour, -1
	f, err := start(o, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func wantOwner(t *testing.T, f *Finder, protocol packet.Protocol, local, remote string, want report.Owner) {
	t.Helper()
	if got := f.Owner(protocol, netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)); got != want {
		t.Errorf("%d %s %s: %+v, want %+v", protocol, local, remote, got, want)
	}
}

func TestOwnerFits(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "phone"}, 2: {PID: 12, Name: "dns"}, 3: {PID: 13, Name: "web"}, 4: {PID: 14, Name: "web6"}, 5: {PID: 15, Name: "only6"}, 6: {PID: 16, Name: "torrent"}, 7: {PID: 17, Name: "box"}, 8: {PID: 18, Name: "boxed"}}}
	only6 := made(packet.UDP, "[::]:700", "[::]:0", 5, 0)
	only6.only6 = true
	boxed, boxedAny := made(packet.TCP, "10.0.0.2:900", "198.51.100.1:443", 7, 0), made(packet.UDP, "0.0.0.0:901", "0.0.0.0:0", 8, 0)
	boxed.space, boxedAny.space = 1, 1
	s.set(
		made(packet.UDP, "0.0.0.0:500", "0.0.0.0:0", 1, 1000),
		made(packet.UDP, "192.0.2.10:500", "0.0.0.0:0", 2, 1001),
		made(packet.TCP, "0.0.0.0:443", "0.0.0.0:0", 3, 0),
		made(packet.UDP, "[::]:600", "[::]:0", 4, 0),
		only6, boxed, boxedAny,
		made(packet.UDP, "192.0.2.10:500", "198.51.100.1:53", 6, 1000),
		made(packet.UDP, "0.0.0.0:800", "0.0.0.0:0", 99, 1000),
	)
	f := still(t, s, Options{})
	phone, dns, torrent := report.Owner{PID: 11, Name: "phone", User: "ann"}, report.Owner{PID: 12, Name: "dns", User: "bob"}, report.Owner{PID: 16, Name: "torrent", User: "ann"}
	web6, only := report.Owner{PID: 14, Name: "web6", User: "root"}, report.Owner{PID: 15, Name: "only6", User: "root"}
	for _, tt := range []struct {
		name, local, remote string
		protocol            packet.Protocol
		want                report.Owner
	}{
		{"connected before bound", "192.0.2.10:500", "198.51.100.1:53", packet.UDP, torrent},
		{"bound to the address before any", "192.0.2.10:500", "198.51.100.2:53", packet.UDP, dns},
		{"bound to any, loopback", "127.0.0.5:500", "127.0.0.1:9", packet.UDP, phone},
		{"address of somebody else", "203.0.113.5:500", "198.51.100.2:53", packet.UDP, report.Owner{}},
		{"other protocol", "192.0.2.10:500", "198.51.100.2:53", packet.TCP, report.Owner{}},
		{"listening socket", "192.0.2.10:443", "198.51.100.2:53", packet.TCP, report.Owner{PID: 13, Name: "web", User: "root"}},
		{"[::] takes IPv4", "192.0.2.10:600", "198.51.100.2:53", packet.UDP, web6},
		{"[::] takes IPv6", "[2001:db8::10]:600", "[2001:db8::1]:53", packet.UDP, web6},
		{"IPV6_V6ONLY does not", "192.0.2.10:700", "198.51.100.2:53", packet.UDP, report.Owner{}},
		{"IPV6_V6ONLY takes IPv6", "[2001:db8::10]:700", "[2001:db8::1]:53", packet.UDP, only},
		{"0.0.0.0 does not take IPv6", "[2001:db8::10]:500", "[2001:db8::1]:53", packet.UDP, report.Owner{}},
		{"connected in another namespace", "10.0.0.2:900", "198.51.100.1:443", packet.TCP, report.Owner{PID: 17, Name: "box", User: "root"}},
		{"bound in another namespace", "10.0.0.2:901", "198.51.100.1:443", packet.UDP, report.Owner{PID: 18, Name: "boxed", User: "root"}},
		{"bound in another namespace, own address", "192.0.2.10:901", "198.51.100.1:443", packet.UDP, report.Owner{}},
		{"no right to look: the user alone", "192.0.2.10:800", "198.51.100.1:443", packet.UDP, report.Owner{User: "ann"}},
	} {
		t.Run(tt.name, func(t *testing.T) { wantOwner(t, f, tt.protocol, tt.local, tt.remote, tt.want) })
	}
	if c := f.Counts(); c.Unowned != 1 || c.Sockets != 9 || c.Namespaces != 2 {
		t.Errorf("counts %+v", c)
	}
}

// Several sockets with the same ends (SO_REUSEPORT): what they have in common is told.
func TestSharedPort(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "web"}, 2: {PID: 12, Name: "web"}, 3: {PID: 13, Name: "chat"}, 4: {PID: 14, Name: "a"}, 5: {PID: 15, Name: "b"}, 6: {PID: 16, Name: "c"}, 7: {PID: 17, Name: "d"}}}
	s.set(
		made(packet.UDP, "0.0.0.0:1", "0.0.0.0:0", 1, 0), made(packet.UDP, "0.0.0.0:1", "0.0.0.0:0", 2, 0),
		made(packet.UDP, "0.0.0.0:2", "0.0.0.0:0", 2, 1000), made(packet.UDP, "0.0.0.0:2", "0.0.0.0:0", 3, 0),
		made(packet.UDP, "0.0.0.0:3", "0.0.0.0:0", 4, 0), made(packet.UDP, "0.0.0.0:3", "0.0.0.0:0", 5, 0), made(packet.UDP, "0.0.0.0:3", "0.0.0.0:0", 6, 0), made(packet.UDP, "0.0.0.0:3", "0.0.0.0:0", 7, 0),
		made(packet.UDP, "0.0.0.0:4", "0.0.0.0:0", 2, 0), made(packet.UDP, "0.0.0.0:4", "0.0.0.0:0", 2, 0),
	)
	f := still(t, s, Options{})
	wantOwner(t, f, packet.UDP, "192.0.2.10:1", "198.51.100.1:1", report.Owner{Name: "web", User: "root"})
	wantOwner(t, f, packet.UDP, "192.0.2.10:2", "198.51.100.1:1", report.Owner{Name: "chat or web"})
	wantOwner(t, f, packet.UDP, "192.0.2.10:3", "198.51.100.1:1", report.Owner{Name: "a or b or c or others", User: "root"})
	wantOwner(t, f, packet.UDP, "192.0.2.10:4", "198.51.100.1:1", report.Owner{PID: 12, Name: "web", User: "root"})
}

// A socket that is gone is known for a while; an inode that is given again has another owner.
func TestGoneAndReused(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "old"}}}
	old := made(packet.TCP, "192.0.2.10:1", "198.51.100.1:1", 1, 1000)
	s.set(old)
	f := still(t, s, Options{Remember: time.Minute})
	now := time.Now()
	was := report.Owner{PID: 11, Name: "old", User: "ann"}
	s.set()
	f.snapshot(now.Add(50 * time.Second))
	wantOwner(t, f, packet.TCP, "192.0.2.10:1", "198.51.100.1:1", was)

	// TIME_WAIT has no inode and the user 0: it is still whose it was.
	waits := made(packet.TCP, "192.0.2.10:1", "198.51.100.1:1", 0, 0)
	stranger := made(packet.TCP, "192.0.2.10:7", "198.51.100.1:1", 0, 0)
	s.set(waits, stranger)
	f.snapshot(now.Add(55 * time.Second))
	s.set()
	f.snapshot(now.Add(100 * time.Second))
	wantOwner(t, f, packet.TCP, "192.0.2.10:1", "198.51.100.1:1", was)
	wantOwner(t, f, packet.TCP, "192.0.2.10:7", "198.51.100.1:1", report.Owner{})

	// The same ends and the same inode, by another process.
	s.holders[1] = report.Owner{PID: 22, Name: "new"}
	s.set(made(packet.TCP, "192.0.2.10:1", "198.51.100.1:1", 1, 1001), made(packet.TCP, "192.0.2.10:2", "198.51.100.1:1", 1, 1001))
	f.snapshot(now.Add(101 * time.Second))
	for _, local := range []string{"192.0.2.10:1", "192.0.2.10:2"} {
		wantOwner(t, f, packet.TCP, local, "198.51.100.1:1", report.Owner{PID: 22, Name: "new", User: "bob"})
	}
	s.set()
	f.snapshot(now.Add(200 * time.Second))
	wantOwner(t, f, packet.TCP, "192.0.2.10:1", "198.51.100.1:1", report.Owner{})
	if c := f.Counts(); c.Sockets != 0 {
		t.Errorf("counts %+v", c)
	}
}

// Processes are looked through when there is somebody to find, twice, and all now and then.
func TestScans(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "a"}}}
	s.set(made(packet.UDP, "0.0.0.0:1", "0.0.0.0:0", 1, 0))
	f := still(t, s, Options{Remember: time.Hour})
	now := time.Now()
	step := func(want int) {
		t.Helper()
		now = now.Add(time.Second)
		f.snapshot(now)
		if s.scans != want {
			t.Errorf("%d scans, want %d", s.scans, want)
		}
	}
	step(1)
	s.set(append(s.list, made(packet.UDP, "0.0.0.0:2", "0.0.0.0:0", 2, 0))...) // nobody's
	step(2)
	step(3)
	step(3)
	for f.number < refreshEvery-1 {
		step(3)
	}
	s.holders[1] = report.Owner{PID: 12, Name: "heir"}
	step(4)
	wantOwner(t, f, packet.UDP, "192.0.2.10:1", "198.51.100.1:1", report.Owner{PID: 12, Name: "heir", User: "root"})
}

func TestSocketsAreBounded(t *testing.T) {
	s := &scene{}
	for i := range 100 {
		s.list = append(s.list, made(packet.UDP, netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(1+i)).String(), "0.0.0.0:0", uint32(1+i), 0))
	}
	f := still(t, s, Options{MaxSockets: 40})
	if c := f.Counts(); c.Sockets != 40 || c.NotHeld != 60 {
		t.Errorf("counts %+v", c)
	}
}

// Who asks for a socket that is not known yet waits for a snapshot, a little, and not often.
func TestOwnerWaits(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "a"}}}
	f, err := start(Options{Every: time.Hour, Wait: time.Hour}, s)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.o.Wait != 4*time.Millisecond {
		t.Errorf("waits %s", f.o.Wait)
	}
	f.current.Store(newIndex(nil, nil, time.Now().Add(-time.Hour))) // the last snapshot is an hour ago
	s.mu.Lock()                                                     // and the system does not answer
	began := time.Now()
	for i := range 100_000 {
		f.Owner(packet.UDP, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.10"), uint16(i)), netip.MustParseAddrPort("198.51.100.1:1"))
		if time.Since(began) > 700*time.Millisecond {
			t.Fatalf("%d calls took %s", i, time.Since(began))
		}
		if i == 2000 {
			break
		}
	}
	s.mu.Unlock()
}

func TestOwnerTakesNoMemory(t *testing.T) {
	s := &scene{holders: map[uint32]report.Owner{1: {PID: 11, Name: "a"}}}
	s.set(made(packet.UDP, "0.0.0.0:1", "0.0.0.0:0", 1, 0))
	f := still(t, s, Options{})
	local, remote := netip.MustParseAddrPort("192.0.2.10:1"), netip.MustParseAddrPort("198.51.100.1:1")
	if n := testing.AllocsPerRun(100, func() { f.Owner(packet.UDP, local, remote) }); n > 4 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReadProcNet(f *testing.F) {
	f.Add("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0 100 0 0 10 0\n" +
		"   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n")
	f.Add("Local:\n  |-- 192.0.2.10\n     /32 host LOCAL\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range readProcNet(nil, text, packet.UDP, 0) {
			if !s.local.IsValid() || !s.remote.IsValid() {
				t.Fatalf("%+v", s)
			}
		}
		own := map[netip.Addr]bool{}
		readLocal(own, text, text)
		for a := range own {
			if !a.IsValid() {
				t.Fatal("an address that is none")
			}
		}
	})
}
