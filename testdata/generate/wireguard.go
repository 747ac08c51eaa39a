package main

import (
	"net/netip"
	"time"
)

// wireGuard is one tunnel between two endpoints: its session indices and counters
// (the WireGuard paper, section 5.4; all numbers little-endian). Keys are random octets.
type wireGuard struct {
	c       *conversation
	rtt     time.Duration
	index   [2][]byte // receiver index of each side
	counter [2]uint64
}

func (s *scene) wireGuard(c *conversation) *wireGuard {
	return &wireGuard{c: c, rtt: s.spread(20*ms, 180*ms)}
}

// shake makes a new session: 148 octets, answered by 92 that echo the initiator's index.
// The initiator confirms with a keep-alive. mac2 is zero: nobody is under load.
func (w *wireGuard) shake(at time.Duration, fromA bool) {
	s := w.c.scene
	initiator, responder := 0, 1
	if !fromA {
		initiator, responder = 1, 0
	}
	w.index = [2][]byte{s.octets(4), s.octets(4)}
	w.counter = [2]uint64{}
	mac2 := make([]byte, 16)
	w.c.say(at, fromA, join([]byte{1, 0, 0, 0}, w.index[initiator], s.octets(32+48+28+16), mac2))
	w.c.say(at+w.rtt, !fromA, join([]byte{2, 0, 0, 0}, w.index[responder], w.index[initiator], s.octets(32+16+16), mac2))
	w.data(at+w.rtt+ms, fromA, 0)
}

// data sends one packet of n octets, padded to a multiple of 16; 0 is a keep-alive.
func (w *wireGuard) data(at time.Duration, fromA bool, n int) {
	side := 0
	if !fromA {
		side = 1
	}
	sealed := w.c.scene.octets((n+15)/16*16 + 16)
	w.c.say(at, fromA, join([]byte{4, 0, 0, 0}, w.index[1-side], le64(w.counter[side]), sealed))
	w.counter[side]++
}

// exchange sends packets both ways from time to time, with sizes between low and high.
func (w *wireGuard) exchange(from, to, every time.Duration, low, high int) {
	s := w.c.scene
	for at := from; at < to; at += s.spread(every/2, every*3/2) {
		w.data(at, true, s.between(low, high))
		w.data(at+w.rtt, false, s.between(low, high))
	}
}

// wireGuardScene holds a mesh of five nodes as one of them sees it, and beside it a lone
// client of a VPN server: the same octets, another meaning.
func wireGuardScene() *scene {
	s := newScene("wireguard", "130.75.44.9", "192.168.30.0/24")
	node := endpoint{s.host(netip.MustParseAddr("192.168.30.5")), 47011}
	s.web(second, node.host, "192.168.30.1", "www.example.org", "93.184.216.34")
	for i, country := range []string{"NO", "CZ", "NZ", "CL"} {
		ours := i%2 == 0 // who initiates: both do, in a mesh
		t := positive("wireguard", "WireGuard mesh: four peers on one local port, both sides initiate")
		a, b := node, s.peer(country)
		if !ours {
			a, b = b, a
		}
		w := s.wireGuard(s.udp(a, b, t))
		at := 4*second + time.Duration(i)*700*ms
		for session := range 3 { // a new one every 120 s: REKEY-AFTER-TIME, section 6.1
			w.shake(at, session != 1) // the other side may be first to renew
			w.exchange(at+second, at+118*second, 4*second, 40, 420)
			if session == 1 {
				w.data(at+119*second, false, 0) // passive keep-alive
			}
			at += 120*second + s.spread(0, 400*ms)
			if i == 3 {
				break // this peer comes for two minutes alone
			}
		}
	}
	s.loneClient()
	return s
}

// loneClient is a commercial VPN's client: one server on 51820, more down than up, and a
// keep-alive every 25 s.
func (s *scene) loneClient() {
	laptop := s.host(netip.MustParseAddr("192.168.30.8"))
	at := s.lookup(2*second, laptop, "192.168.30.1", "vpn.example.net", "193.138.218.74")
	c := s.udp(s.ephemeral(laptop), s.at("193.138.218.74", 51820), unsure("vpn-wireguard", "lone WireGuard client of one server on 51820"))
	w := s.wireGuard(c)
	for range 3 {
		w.shake(at, true)
		for t := at + second; t < at+110*second; t += s.spread(3*second, 9*second) {
			w.data(t, true, s.between(40, 90))
			for i := range 3 {
				w.data(t+w.rtt+time.Duration(i)*ms, false, s.between(300, 1000))
			}
		}
		w.data(at+118*second, true, 0)
		at += 120*second + s.spread(0, 200*ms)
	}
}
