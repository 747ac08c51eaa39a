package doctor

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

// Each row damages the packets of the office, in which no check finds anything, and says what one
// check must find then: this is also every near miss, whose finding must stay OK.
func TestFindings(t *testing.T) {
	tests := []struct {
		name    string
		packets func() []capture.Packet
		options Options
		check   string
		want    Severity
		says    string
	}{
		{name: "one-way mirror, inside", check: "directions", want: Problem, says: "only what home hosts send",
			packets: func() []capture.Packet { return only(inside) }},
		{name: "one-way mirror, outside", check: "directions", want: Problem, says: "only what is sent to home hosts",
			packets: func() []capture.Packet { return only(func(p *capture.Packet) bool { return !inside(p) }) }},
		{name: "near miss: SYN scan", packets: synScan, check: "directions", want: Unknown, says: "may be a scan"},
		{name: "near miss: SYN scan in an office", check: "directions", want: OK, says: "both directions of all 60",
			packets: func() []capture.Packet { return append(office(), synScan()...) }},
		{name: "near miss: ACK scan in an office", check: "directions", want: OK,
			packets: func() []capture.Packet { return append(office(), ackScan()...) }},
		{name: "near miss: refused connections", packets: refused, check: "directions", want: OK, says: "both directions"},
		{name: "near miss: UDP stream one way", packets: stream, check: "directions", want: OK},
		{name: "UDP without answers", packets: silence, check: "directions", want: Hint, says: "no answer to any of 40 UDP flows"},
		{name: "asymmetric by VLAN", packets: asymmetric, check: "directions", want: Problem, says: "in VLAN 20"},
		{name: "asymmetric, a few", packets: func() []capture.Packet { return halfHidden(15) }, check: "directions", want: Hint, says: "of 60 TCP conversations"},

		{name: "own machine only", check: "mirror", want: Problem, says: "from or to this machine",
			options: Options{Own: []packet.MAC{{2, 0, 0, 1, 0, 3}}}, packets: func() []capture.Packet { return ofMachine(3) }},
		{name: "own machine among others", options: Options{Own: []packet.MAC{{2, 0, 0, 1, 0, 3}}}, packets: office, check: "mirror", want: OK, says: "not with this machine"},
		{name: "a capture of one machine", packets: func() []capture.Packet { return ofMachine(3) }, check: "mirror", want: Hint, says: "10.1.0.3"},
		{name: "near miss: a server's capture has no problem", packets: serverOnly, check: "mirror", want: Hint, says: "10.1.0.9"},
		{name: "near miss: a server's capture shows both directions", packets: serverOnly, check: "directions", want: OK},
		{name: "near miss: a link between two routers", packets: uplink, check: "mirror", want: OK, says: "2 stations"},
		{name: "only frames to everybody", packets: everybody, check: "mirror", want: Problem, says: "only frames to everybody"},
		{name: "near miss: multicast streams beside an office", check: "mirror", want: OK,
			packets: func() []capture.Packet { return append(office(), everybody()...) }},

		{name: "every packet twice", check: "copies", want: Problem, says: "(50%), most as they were, mostly within 131 µs",
			packets: func() []capture.Packet { return doubled(office(), 70*time.Microsecond, 100, nil) }},
		{name: "twice past a router", check: "copies", want: Problem, says: "with another TTL",
			packets: func() []capture.Packet { return doubled(office(), time.Millisecond, 100, routedOn) }},
		{name: "twice in two VLANs", check: "copies", want: Problem, says: "under other VLAN tags",
			packets: func() []capture.Packet {
				return doubled(office(), time.Millisecond, 100, func(p *capture.Packet) { tag(p, 30) })
			}},
		{name: "twice with other MAC addresses and checksums", check: "copies", want: Problem, says: "with other MAC addresses",
			packets: func() []capture.Packet {
				return doubled(office(), time.Millisecond, 100, func(p *capture.Packet) { p.Data[5]++; spoil(p.Data) })
			}},
		{name: "twice by two interfaces", check: "copies", want: Problem, says: "by two interfaces",
			packets: func() []capture.Packet {
				return doubled(office(), 0, 100, func(p *capture.Packet) { p.Interface = 1 })
			}},
		{name: "some twice", check: "copies", want: Hint, says: "(2.0%)",
			packets: func() []capture.Packet { return doubled(office(), time.Millisecond, 2, nil) }},
		{name: "near miss: TCP sends again", packets: resends, check: "copies", want: OK, says: "that TCP sent again are none"},
		{name: "near miss: TCP over IPv6 sends again", packets: resends6, check: "copies", want: OK, says: "that TCP sent again are none"},
		{name: "near miss: copies are not sent again", check: "copies", want: Problem, says: "came twice",
			packets: func() []capture.Packet { return doubled(resends6(), 20*time.Microsecond, 100, nil) }},
		{name: "near miss: a stream of equal datagrams", packets: beacon, check: "copies", want: OK, says: "none of"},

		{name: "cut at 60", check: "cut packets", want: Problem, says: "to 60 octets at most",
			packets: func() []capture.Packet { return change(office(), snap(60)) }},
		{name: "cut at 600", check: "cut packets", want: Hint, says: "to 600 octets at most",
			packets: func() []capture.Packet { return change(office(), snap(600)) }},
		{name: "cut by the mirror", check: "cut packets", want: Hint, says: "the mirror cut them, to 512 octets at most",
			packets: func() []capture.Packet { return change(office(), truncate(512)) }},
		{name: "cut short by the mirror", check: "cut packets", want: Problem, says: "the mirror cut them",
			packets: func() []capture.Packet { return change(office(), truncate(128)) }},

		{name: "no tags, none expected", packets: office, check: "vlan tags", want: OK, says: "none on"},
		{name: "no tags where expected", packets: office, options: Options{ExpectTags: true}, check: "vlan tags", want: Problem, says: "none on"},
		{name: "tags where expected", packets: tagged, options: Options{ExpectTags: true, ExpectVLANs: []uint16{10}}, check: "vlan tags", want: OK, says: "VLAN 10"},
		{name: "another VLAN expected", packets: tagged, options: Options{ExpectTags: true, ExpectVLANs: []uint16{10, 77}}, check: "vlan tags", want: Problem, says: "nothing of VLAN 77"},
		{name: "tags one way", check: "vlan tags", want: Hint, says: "tagged in one direction alone",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool {
					if inside(p) {
						tag(p, 10)
					}
					return true
				})
			}},
		{name: "priority tags are no VLAN", options: Options{ExpectTags: true}, check: "vlan tags", want: Problem, says: "priority alone",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool { tag(p, 0); return true })
			}},

		{name: "checksums left to the card", packets: func() []capture.Packet { return change(ofMachine(3), leaveToCard) },
			check: "checksums", want: OK, says: "left to the network card of 10.1.0.3"},
		{name: "checksums of one sender wrong", check: "checksums", want: Hint, says: "all from 10.1.0.3",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool {
					if p.Data[11] == 3 && inside(p) {
						spoil(p.Data)
					}
					return true
				})
			}},
		{name: "damage", check: "checksums", want: Problem, says: "(5.",
			packets: func() []capture.Packet {
				return change(office(), func(i int, p *capture.Packet) bool {
					if i%19 == 0 {
						p.Data[len(p.Data)-1] ^= 0x40
					}
					return true
				})
			}},
		{name: "rewritten addresses", check: "checksums", want: Hint, says: "of IPv4 headers",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool { p.Data[26] ^= 0x55; return true })
			}},

		{name: "merged segments", packets: merged, check: "sizes", want: Hint, says: "of 14,640 octets at most"},
		{name: "near miss: jumbo frames", packets: jumbo, check: "sizes", want: OK, says: "jumbo frames"},

		{name: "clock back 3 s", packets: func() []capture.Packet { return jumped(-3 * time.Second) }, check: "clock", want: Hint, says: "by 3 s at most (packet 501)"},
		{name: "clock back 1 h", packets: func() []capture.Packet { return jumped(-time.Hour) }, check: "clock", want: Problem, says: "by 60 min at most"},
		{name: "clock forward", packets: func() []capture.Packet { return forward(true) }, check: "clock", want: Hint, says: "then the same conversations go on"},
		{name: "near miss: a quiet hour", packets: func() []capture.Packet { return forward(false) }, check: "clock", want: OK, says: "longest silence 60 min"},
		{name: "near miss: queues swap packets", packets: swapped, check: "clock", want: OK, says: "earlier than the one before"},
		{name: "1970", packets: func() []capture.Packet { return moved(-sceneBegan) }, check: "clock", want: Hint, says: "1970-01-01"},
		{name: "the future", packets: office, options: Options{Now: time.Unix(0, sceneBegan).AddDate(0, 0, -3)}, check: "clock", want: Hint, says: "of the future"},
		{name: "near miss: the present", packets: office, options: Options{Now: time.Unix(0, sceneBegan)}, check: "clock", want: OK, says: "in order, in steps of 1 µs"},
		{name: "coarse", check: "clock", want: Hint, says: "steps of 10 ms",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool { p.Timestamp -= p.Timestamp % 10e6; return true })
			}},
		{name: "batches", check: "clock", want: Hint, says: "share the time of the one before",
			packets: func() []capture.Packet {
				last := int64(0)
				return change(office(), func(i int, p *capture.Packet) bool {
					if i%32 == 0 {
						last = p.Timestamp
					}
					p.Timestamp = last
					return true
				})
			}},
		{name: "no times at all", check: "clock", want: Hint, says: "all packets have the same time",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool { p.Timestamp = 0; return true })
			}},

		{name: "the mirror loses", check: "gaps", want: Problem, says: "never seen",
			packets: func() []capture.Packet {
				return change(long(), func(i int, p *capture.Packet) bool { return i%20 != 7 })
			}},
		{name: "near miss: nothing is lost", packets: long, check: "gaps", want: OK, says: "none of"},
		{name: "acknowledgements overtake", packets: overtaken, check: "gaps", want: Hint, says: "overtook"},
		{name: "no TCP", packets: stream, check: "gaps", want: Unknown, says: "too few"},

		{name: "fragments without their first", packets: orphans, check: "fragments", want: Hint, says: "without their first"},
		{name: "hidden in ESP", packets: esp, check: "tunnels", want: Problem, says: "not looked into: ESP (100% of octets)"},
		{name: "802.11", check: "decoding", want: Problem, says: "802.11",
			packets: func() []capture.Packet {
				return change(office(), func(_ int, p *capture.Packet) bool { p.LinkType = 105; return true })
			}},
		{name: "address translation in front", packets: translated, check: "home hosts", want: Hint, says: "several TTLs"},
		{name: "near miss: translation is no machine's own capture", packets: translated, check: "mirror", want: OK},
		{name: "nobody at home", packets: office, options: Options{Home: func(*[16]byte) bool { return false }}, check: "home hosts", want: Hint, says: "no home address"},
		{name: "too little", packets: func() []capture.Packet { return office()[:30] }, check: "traffic", want: Unknown, says: "30 packets"},
		{name: "nothing", packets: func() []capture.Packet { return nil }, check: "traffic", want: Unknown, says: "no packet came"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := examine(tt.packets(), tt.options).of(t, tt.check)
			if f.Severity != tt.want || !strings.Contains(f.Measured, tt.says) {
				t.Errorf("%s: %s, want %s with %q", f.Severity, f.Measured, tt.want, tt.says)
			}
			if f.Severity >= Hint && (f.Means == "" || f.Do == "" || f.Limit == "") {
				t.Errorf("%s: means %q, do %q, limit %q", f.Measured, f.Means, f.Do, f.Limit)
			}
		})
	}
}

// Nothing is wrong with the office, nor with the captures of the project but for what they are made to show.
func TestSound(t *testing.T) {
	check := func(name string, r *Report, excused ...string) {
		t.Helper()
		for _, f := range r.Findings {
			if f.Severity >= Hint && !strings.Contains(strings.Join(excused, ","), f.Check) {
				t.Errorf("%s: %s %s: %s", name, f.Severity, f.Check, f.Measured)
			}
		}
	}
	check("synthetic", examine(office(), Options{}))
	for name, excused := range map[string]string{
		"office.pcapng": "", "plain.pcap": "", "skype-classic.pcap": "mirror", "unknown-p2p.pcap": "mirror", "ice-call.pcapng": "",
		"wireguard.pcap": "tunnels", "tunnels.pcap": "", "sample.pcap": "", "cut60.pcap": "cut packets",
	} {
		packets, stats := saved(t, name)
		e := New(Options{})
		e.Look(packets)
		check(name, e.Finish(Input{Name: name, Stats: stats}), excused)
	}
}

func TestDrops(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stats capture.Stats
		live  bool
		want  Severity
		says  string
	}{
		{"pcap tells nothing", capture.Stats{Inputs: []capture.InputStats{{Format: "pcap"}}}, false, Unknown, "cannot tell"},
		{"pcapng tells none", capture.Stats{Inputs: []capture.InputStats{{Format: "pcapng, zstd"}}}, false, OK, "none that the capture tells of"},
		{"an interface", capture.Stats{}, true, OK, "none by the kernel"},
		{"a few", capture.Stats{Packets: 100000, DroppedBySystem: 7}, true, Hint, "7 of 100,007"},
		{"many", capture.Stats{Packets: 100, DroppedByInterface: 50, DroppedBySystem: 50}, false, Problem, "100 of 200 packets were dropped (50%)"},
		{"a lie", capture.Stats{Packets: 100, DroppedByInterface: ^uint64(0), DroppedBySystem: 50}, false, Problem, "dropped"},
		{"damage", capture.Stats{Lost: capture.Losses{capture.LostTruncated: 1}}, false, Problem, "damaged"},
	} {
		e := New(Options{})
		e.Look(office())
		f := e.Finish(Input{Stats: tt.stats, Live: tt.live}).of(t, "drops")
		if f.Severity != tt.want || !strings.Contains(f.Measured, tt.says) {
			t.Errorf("%s: %s %q, want %s %q", tt.name, f.Severity, f.Measured, tt.want, tt.says)
		}
	}
}

func only(keep func(*capture.Packet) bool) []capture.Packet {
	return change(office(), func(_ int, p *capture.Packet) bool { return keep(p) })
}

func synScan() []capture.Packet {
	s := newScene()
	for n := range 300 {
		s.tcp(s.host(7, 50000), s.server(n%250, uint16(n)), packet.SYN, 7, 0, nil, nil)
		s.pause(time.Millisecond)
	}
	return s.packets
}

func ackScan() []capture.Packet {
	s := newScene()
	for n := range 300 {
		s.tcp(s.host(7, 50000), s.server(n%250, uint16(n)), packet.ACK, 7, 9, nil, nil)
		s.pause(time.Millisecond)
	}
	return s.packets
}

func refused() []capture.Packet {
	s := newScene()
	for n := range 100 {
		a, b := s.host(7, 50000), s.server(n%250, uint16(n))
		s.tcp(a, b, packet.SYN, 7, 0, nil, nil)
		s.pause(time.Millisecond)
		s.tcp(b, a, packet.RST|packet.ACK, 0, 8, nil, nil)
		s.pause(time.Millisecond)
	}
	return s.packets
}

// stream is voice one way beside name lookups.
func stream() []capture.Packet {
	s := newScene()
	a, b := s.host(1, 5004), s.server(1, 5004)
	for n := range 500 {
		s.udp(a, b, s.octets(172))
		s.pause(20 * time.Millisecond)
		if n%10 == 0 {
			h := s.host(2, uint16(40000+n))
			s.udp(h, s.server(53, 53), s.octets(40))
			s.udp(s.server(53, 53), h, s.octets(90))
		}
	}
	return s.packets
}

func silence() []capture.Packet {
	s := newScene()
	for n := range 200 {
		s.udp(s.host(n%40, 40000), s.server(1, 443), s.octets(100))
		s.pause(time.Millisecond)
	}
	return s.packets
}

// halfHidden takes the answers away of one conversation in so many.
func halfHidden(every uint16) []capture.Packet {
	return only(func(p *capture.Packet) bool {
		dst := binary.BigEndian.Uint16(p.Data[36:])
		return inside(p) || p.Data[23] != byte(packet.TCP) || (dst-40000)%every != 0
	})
}

// asymmetric puts a third of the sessions into another VLAN, whose answers go elsewhere.
func asymmetric() []capture.Packet {
	return change(office(), func(_ int, p *capture.Packet) bool {
		src, dst := binary.BigEndian.Uint16(p.Data[34:]), binary.BigEndian.Uint16(p.Data[36:])
		if p.Data[23] != byte(packet.TCP) || max(src, dst)%3 != 0 {
			tag(p, 10)
			return true
		}
		there := inside(p)
		tag(p, 20)
		return there
	})
}

func ofMachine(n byte) []capture.Packet {
	s := newScene()
	s.office(300)
	return change(s.packets, func(_ int, p *capture.Packet) bool { return p.Data[5] == n || p.Data[11] == n })
}

func serverOnly() []capture.Packet {
	s := newScene()
	for n := range 50 {
		s.session(s.server(n, uint16(30000+n)), s.host(9, 443))
	}
	return s.packets
}

// uplink is the office behind a router.
func uplink() []capture.Packet {
	return change(office(), func(_ int, p *capture.Packet) bool {
		for at := 0; at <= 6; at += 6 {
			if packet.MAC(p.Data[at:at+6]) != router {
				copy(p.Data[at:], []byte{2, 0, 0, 0, 0, 2})
			}
		}
		return true
	})
}

func everybody() []capture.Packet {
	s := newScene()
	group := &end{addr: netip.MustParseAddrPort("239.1.2.3:5004"), mac: packet.MAC{1, 0, 0x5e, 1, 2, 3}}
	all := &end{addr: netip.MustParseAddrPort("255.255.255.255:67"), mac: packet.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	for n := range 400 {
		s.udp(s.host(1, 5004), group, s.octets(172))
		s.pause(20 * time.Millisecond)
		if n%20 == 0 {
			s.udp(s.host(n%256, 68), all, s.octets(240))
		}
	}
	return s.packets
}

func routedOn(p *capture.Packet) {
	p.Data[22]--
	mend(p.Data)
	p.Data[0], p.Data[6] = 6, 6
}

func spoil(b []byte) {
	at := 34 + checksumAt(packet.Protocol(b[23]))
	b[at] ^= 0x5a
}

// resends repeats data under another identification: soon, as duplicate acknowledgements ask for,
// and after a time-out.
func resends() []capture.Packet {
	s := newScene()
	s.office(60)
	for n := range 60 {
		a, b := s.host(n%20, uint16(50000+n)), s.server(1, 443)
		seq, ack := s.dial(a, b)
		data := s.octets(700)
		for _, wait := range []time.Duration{3 * time.Millisecond, 300 * time.Millisecond, time.Millisecond} {
			s.tcp(a, b, packet.ACK, seq, ack, nil, data)
			s.pause(wait)
		}
		for range 5 {
			s.tcp(b, a, packet.ACK, ack, seq+700, nil, nil)
			s.pause(100 * time.Microsecond)
		}
	}
	return s.packets
}

// resends6 is the same without identifications: what is sent again is equal to the first.
func resends6() []capture.Packet {
	s := newScene()
	for n := range 60 {
		a, b := s.host6(n%20, uint16(50000+n)), s.server6(1, 443)
		seq, ack := s.dial(a, b)
		data := s.octets(700)
		for range 2 {
			s.tcp(a, b, packet.ACK, seq, ack, nil, data)
			s.pause(8 * time.Millisecond)
		}
		for range 5 {
			s.tcp(b, a, packet.ACK, ack, seq+700, nil, nil)
			s.pause(100 * time.Microsecond)
		}
	}
	return s.packets
}

// beacon is a sender of equal datagrams, which counts its identifications.
func beacon() []capture.Packet {
	s := newScene()
	a, b := s.host(1, 5004), s.server(1, 5004)
	data := s.octets(60)
	for range 500 {
		s.udp(a, b, data)
		s.pause(100 * time.Microsecond)
	}
	return s.packets
}

func snap(n int) func(int, *capture.Packet) bool {
	return func(_ int, p *capture.Packet) bool {
		p.Data = p.Data[:min(len(p.Data), n)]
		return true
	}
}

func truncate(n int) func(int, *capture.Packet) bool {
	return func(_ int, p *capture.Packet) bool {
		p.Data = p.Data[:min(len(p.Data), n)]
		p.OriginalLength = uint32(len(p.Data))
		return true
	}
}

func tagged() []capture.Packet {
	return change(office(), func(_ int, p *capture.Packet) bool { tag(p, 10); return true })
}

// leaveToCard fills in the sum of the pseudo header alone, as Linux does.
func leaveToCard(_ int, p *capture.Packet) bool {
	if !inside(p) {
		return true
	}
	protocol := p.Data[23]
	sum := folded(ones(uint64(protocol)+uint64(len(p.Data)-34), p.Data[26:34]))
	binary.BigEndian.PutUint16(p.Data[34+checksumAt(packet.Protocol(protocol)):], sum)
	return true
}

func merged() []capture.Packet {
	s := newScene()
	s.office(30)
	for n := range 30 {
		a, b := s.host(n%20, uint16(50000+n)), s.server(1, 443)
		seq, ack := s.dial(a, b)
		s.tcp(b, a, packet.ACK, ack, seq, nil, s.octets(14600))
		s.pause(time.Millisecond)
		s.tcp(a, b, packet.ACK, seq, ack+14600, nil, nil)
	}
	return s.packets
}

func jumbo() []capture.Packet {
	s := newScene()
	for range 300 {
		s.udp(s.host(1, 2049), s.server(1, 2049), s.octets(8900))
		s.pause(time.Millisecond)
	}
	return s.packets
}

// jumped sets the clock at packet 501.
func jumped(by time.Duration) []capture.Packet {
	base := office()[500].Timestamp - office()[499].Timestamp
	return change(office(), func(i int, p *capture.Packet) bool {
		if i >= 500 {
			p.Timestamp += int64(by) - base
		}
		return true
	})
}

func moved(by int64) []capture.Packet {
	return change(office(), func(_ int, p *capture.Packet) bool { p.Timestamp += by; return true })
}

// forward is several long conversations with an hour between: torn from them, or before others begin.
func forward(same bool) []capture.Packet {
	s := newScene()
	s.office(20)
	for round := range 2 {
		for n := range 200 {
			port := uint16(6000 + n%5)
			if round == 1 && !same {
				port += 100
			}
			s.udp(s.host(1+n%5, port), s.server(1, 9000), s.octets(100))
			s.pause(5 * time.Millisecond)
		}
		if round == 0 {
			s.now += int64(time.Hour)
		}
	}
	return s.packets
}

func swapped() []capture.Packet {
	p := office()
	for i := 10; i+1 < len(p); i += 10 {
		p[i], p[i+1] = p[i+1], p[i]
	}
	return p
}

// long is a few conversations of many segments.
func long() []capture.Packet {
	s := newScene()
	for n := range 10 {
		a, b := s.host(n, uint16(40000+n)), s.server(1, 443)
		seq, ack := s.dial(a, b)
		for range 100 {
			s.tcp(b, a, packet.ACK, ack, seq, nil, s.octets(1000))
			ack += 1000
			s.pause(time.Millisecond)
			s.tcp(a, b, packet.ACK, seq, ack, nil, nil)
			s.pause(time.Millisecond)
		}
	}
	return s.packets
}

// overtaken lets each acknowledgement come before its data.
func overtaken() []capture.Packet {
	p := long()
	for i := 0; i+1 < len(p); i++ {
		if !inside(&p[i]) && len(p[i].Data) > 1000 && inside(&p[i+1]) {
			p[i], p[i+1] = p[i+1], p[i]
			p[i].Timestamp, p[i+1].Timestamp = p[i+1].Timestamp, p[i].Timestamp
			i++
		}
	}
	return p
}

func orphans() []capture.Packet {
	return change(office(), func(i int, p *capture.Packet) bool {
		if i%10 == 0 {
			p.Data[20], p.Data[21] = 0, 100
			mend(p.Data)
		}
		return true
	})
}

func esp() []capture.Packet {
	s := newScene()
	for range 500 {
		s.ip(s.host(1, 0), s.server(1, 0), 50, s.octets(1200))
		s.pause(time.Millisecond)
	}
	return s.packets
}

// translated is an office whose router gives all hosts its address.
func translated() []capture.Packet {
	s := newScene()
	for n := range 60 {
		h := s.host(1, uint16(40000+n))
		h.ttl = []byte{63, 127}[n%2]
		s.session(h, s.server(1+n%15, 443))
	}
	return s.packets
}
