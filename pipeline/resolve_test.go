package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// nameServer is a DNS server on loopback. answer gives the names of an address; none and no
// error is "no such name".
type nameServer struct {
	addr   netip.AddrPort
	asked  sync.Map // of questions' names
	count  atomic.Int64
	answer func(name string) (names []string, silent bool, code dnsmessage.RCode)
}

func newNameServer(t *testing.T, answer func(name string) ([]string, bool, dnsmessage.RCode)) *nameServer {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{addr: netip.MustParseAddrPort(c.LocalAddr().String()), answer: answer}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(c)
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return s
}

func (s *nameServer) serve(c net.PacketConn) {
	var buffer [1500]byte
	for {
		n, from, err := c.ReadFrom(buffer[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		var m dnsmessage.Message
		if err != nil || m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		s.count.Add(1)
		s.asked.Store(q.Name.String(), true)
		names, silent, code := s.answer(q.Name.String())
		if silent {
			continue
		}
		m.Response, m.Additionals, m.RCode = true, nil, code
		for _, name := range names {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: dnsmessage.TypePTR, Class: dnsmessage.ClassINET, TTL: 60},
				Body:   &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(name)}})
		}
		if out, err := m.Pack(); err == nil {
			c.WriteTo(out, from)
		}
	}
}

func TestParseResolver(t *testing.T) {
	for _, row := range []struct{ in, want, says string }{
		{"system", "invalid AddrPort", ""}, {"192.0.2.1", "192.0.2.1:53", ""}, {"192.0.2.1:5353", "192.0.2.1:5353", ""}, {"2001:db8::1", "[2001:db8::1]:53", ""},
		{"[2001:db8::1]:5353", "[2001:db8::1]:5353", ""}, {"dns.example", "", "no address"}, {"192.0.2.1:0", "", "no address"}, {"192.0.2.1:99999", "", "no address"},
	} {
		r, err := ParseResolver(row.in)
		switch {
		case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)):
			t.Errorf("%s: error %v", row.in, err)
		case row.says == "" && (err != nil || r.Server.String() != row.want):
			t.Errorf("%s: %v, error %v", row.in, r, err)
		}
	}
}

func TestResolverNames(t *testing.T) {
	server := newNameServer(t, func(name string) ([]string, bool, dnsmessage.RCode) {
		switch name {
		case "1.2.0.192.in-addr.arpa.":
			return []string{"Zeta.example.", "alpha.Example."}, false, 0
		case "2.2.0.192.in-addr.arpa.":
			return nil, false, dnsmessage.RCodeNameError
		case "3.2.0.192.in-addr.arpa.":
			return nil, false, dnsmessage.RCodeServerFailure
		case "4.2.0.192.in-addr.arpa.":
			return nil, true, 0
		case "5.2.0.192.in-addr.arpa.":
			return []string{"\x1b[2J<b>.example."}, false, 0
		case "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.":
			return []string{"six.example."}, false, 0
		}
		t.Errorf("asked for %q", name)
		return nil, false, dnsmessage.RCodeNameError
	})
	var addrs []netip.Addr
	for _, a := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "2001:db8::1", "224.0.0.251", "127.0.0.9", "fe80::1", "0.0.0.0"} {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	before := time.Now().UnixNano()
	names, count := Resolver{Server: server.addr, Each: 200 * time.Millisecond}.Names(context.Background(), addrs)
	want := map[string]string{"192.0.2.1": "alpha.example", "2001:db8::1": "six.example"}
	if len(names) != len(want) {
		t.Errorf("names %v", names)
	}
	for a, text := range want {
		if n := names[netip.MustParseAddr(a)]; n.Text != text || n.Source != classify.FromResolver || n.Time < before {
			t.Errorf("%s is called %+v, want %s", a, n, text)
		}
	}
	if c := *count; c.Server != server.addr.String() || c.Asked != 6 || c.Named != 2 || c.Nameless != 1 || c.Failed != 3 || c.NotAsked != 4 {
		t.Errorf("counted %+v: %v", c, count)
	}
}

// TestResolverBounds: a resolver that says nothing costs no more than the bounds, and is given up.
func TestResolverBounds(t *testing.T) {
	server := newNameServer(t, func(string) ([]string, bool, dnsmessage.RCode) { return nil, true, 0 })
	var addrs []netip.Addr
	for i := range 2000 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}))
	}
	tests := []struct {
		name string
		r    Resolver
		most uint64 // asked
	}{
		{"given up after the first", Resolver{Each: 10 * time.Millisecond, Total: time.Minute}, resolverSilence + 16},
		{"out of time", Resolver{Each: time.Minute, Total: 100 * time.Millisecond}, 16},
		{"out of number", Resolver{Each: 10 * time.Millisecond, Most: 3}, 3},
		{"one at a time", Resolver{Each: 40 * time.Millisecond, Total: 200 * time.Millisecond, Workers: 1}, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.r.Server = server.addr
			begin := time.Now()
			names, count := test.r.Names(context.Background(), addrs)
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if len(names) != 0 || count.Asked > test.most || count.Asked != count.Failed || count.Asked+count.NotAsked != uint64(len(addrs)) {
				t.Errorf("%v", count)
			}
		})
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, count := (Resolver{Server: server.addr}).Names(ctx, addrs); count.Asked != 0 {
		t.Errorf("asked after an interrupt: %v", count)
	}
}

// noSockets makes the system's resolver fail the test if anybody asks it.
func noSockets(t *testing.T) {
	t.Helper()
	old := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, address string) (net.Conn, error) {
		t.Errorf("a socket was opened to %s %s", network, address)
		return nil, errors.New("nobody is to be asked")
	}}
	t.Cleanup(func() { net.DefaultResolver = old })
}

// records runs a capture and returns its records and result.
func records(t *testing.T, path string, o Options) ([]report.Record, *Result) {
	t.Helper()
	source, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var all []report.Record
	o.Home, _ = geo.ParseHome(nil)
	o.Write = func(r *report.Record) error { all = append(all, *r); return nil }
	result, err := Run(context.Background(), source, o)
	if err != nil {
		t.Fatal(err)
	}
	return all, result
}

// TestResolveNamesPeersAlone: only peers without a name from the traffic are asked for, each
// once, and the verdicts are those of a run that asks nobody, which opens no socket.
func TestResolveNamesPeersAlone(t *testing.T) {
	noSockets(t)
	for _, path := range []string{"../testdata/office.pcapng", "../testdata/ice-call.pcapng", "../testdata/unknown-p2p.pcap"} {
		plain, without := records(t, path, Options{})
		if without.Coverage.Resolver != nil {
			t.Errorf("%s: somebody was asked", path)
		}
		server := newNameServer(t, func(string) ([]string, bool, dnsmessage.RCode) { return []string{"resolved.example."}, false, 0 })
		asked, result := records(t, path, Options{Resolver: &Resolver{Server: server.addr}})
		told := map[netip.Addr]bool{} // that the traffic names
		for i := range plain {
			for e := range plain[i].Verdict.Name {
				if peerEnds(&plain[i].Flow, &plain[i].Verdict)[e] && plain[i].Verdict.Name[e].Source != classify.NoName {
					told[plain[i].Flow.Key.Addr[e].Netip()] = true
				}
			}
		}
		resolved := map[netip.Addr]bool{}
		for i := range asked {
			v, w := &asked[i].Verdict, &plain[i].Verdict
			if v.Judgement != w.Judgement || v.Probability != w.Probability || len(v.Evidence) != len(w.Evidence) {
				t.Errorf("%s: flow %d is judged otherwise", path, i)
			}
			for e := range v.Name {
				a := asked[i].Flow.Key.Addr[e].Netip()
				peer := peerEnds(&asked[i].Flow, v)[e]
				switch n := v.Name[e]; {
				case n.Source == classify.FromResolver:
					resolved[a] = true
					if !peer || told[a] || n.Text != "resolved.example" {
						t.Errorf("%s: %s is called %+v: peer %v, named by the traffic %v", path, a, n, peer, told[a])
					}
				case n != w.Name[e]:
					t.Errorf("%s: %s is called %+v, without a resolver %+v", path, a, n, w.Name[e])
				case peer && n.Source == classify.NoName && askable(a) && !told[a]:
					t.Errorf("%s: %s was not asked for", path, a)
				}
			}
		}
		if n := server.count.Load(); n == 0 || int(n) != len(resolved) || result.Coverage.Resolver.Named != uint64(n) {
			t.Errorf("%s: %d questions for %d addresses, %v", path, n, len(resolved), result.Coverage.Resolver)
		}
	}
}

// TestReportShowsResolvedNames goes all the way to the report in JSON.
func TestReportShowsResolvedNames(t *testing.T) {
	server := newNameServer(t, func(string) ([]string, bool, dnsmessage.RCode) { return []string{"resolved.example."}, false, 0 })
	all, result := records(t, "../testdata/unknown-p2p.pcap", Options{Resolver: &Resolver{Server: server.addr}})
	b := report.NewBuilder(report.Options{})
	for i := range all {
		b.Add(&all[i])
	}
	var out bytes.Buffer
	if err := report.WriteJSON(&out, b.Finish(result.Sockets, result.Coverage, nil)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Peers []struct {
			Address    netip.Addr
			Name       string
			NameSource string    `json:"name_source"`
			NameTime   time.Time `json:"name_time"`
		}
		Coverage struct{ Resolver report.Resolution }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, p := range got.Peers {
		if askable(p.Address) && (p.Name != "resolved.example" || p.NameSource != "resolver" || p.NameTime.IsZero()) {
			t.Errorf("%+v", p)
		}
	}
	if len(got.Peers) == 0 || got.Coverage.Resolver.Named == 0 {
		t.Errorf("%d peers, %+v", len(got.Peers), got.Coverage.Resolver)
	}
}
