package doctor

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"peeratlas/capture/packet"
)

// Limits of what is seen of home hosts.
const (
	mostNetworks = 64 // that are counted one by one
	mostHosts    = 4096
	leastBegun   = 10
	// Peers that are gone, scans and blocked ports leave some flows without an answer; that most are
	// is a mirror's fault, or a scanner's work.
	answeredHint = 0.10
)

// network is a prefix of home addresses that begin flows.
type network struct {
	prefix          netip.Prefix // of 24 or 64 bits
	hosts           int
	begun, answered uint64
}

// homes counts flows that home hosts begin.
type homes struct {
	flows           uint64 // sampled
	begun, answered uint64
	networks        []network
	more            bool
	hosts           []packet.Addr
	four            int // of hosts
}

func (o *homes) add(v *conversation, home func(*[16]byte) bool) {
	o.flows++
	a := v.addr[v.first]
	if !home((*[16]byte)(&a)) {
		return
	}
	answered := uint64(0)
	if v.side[0].packets > 0 && v.side[1].packets > 0 {
		answered = 1
	}
	o.begun++
	o.answered += answered
	newcomer := false
	if i, found := slices.BinarySearchFunc(o.hosts, a, func(x, y packet.Addr) int { return bytes.Compare(x[:], y[:]) }); !found && len(o.hosts) < mostHosts {
		o.hosts = slices.Insert(o.hosts, i, a)
		newcomer = true
		if a.Is4() {
			o.four++
		}
	}
	length := 64
	ip := a.Netip()
	if ip.Is4() {
		length = 24
	}
	prefix, err := ip.Prefix(length)
	if err != nil {
		return
	}
	for i := range o.networks {
		if n := &o.networks[i]; n.prefix == prefix {
			n.begun++
			n.answered += answered
			if newcomer {
				n.hosts++
			}
			return
		}
	}
	if len(o.networks) == mostNetworks {
		o.more = true
		return
	}
	o.networks = append(o.networks, network{prefix, 1, 1, answered})
}

// words names the networks with most hosts.
func (o *homes) words() string {
	slices.SortStableFunc(o.networks, func(a, b network) int {
		if a.begun != b.begun {
			return int(min(max(int64(b.begun)-int64(a.begun), -1), 1))
		}
		return a.prefix.Addr().Compare(b.prefix.Addr())
	})
	var parts []string
	for _, n := range o.networks[:min(len(o.networks), 3)] {
		parts = append(parts, n.prefix.String())
	}
	if more := len(o.networks) - 3; more > 0 {
		parts = append(parts, counted(uint64(more), "network more", "networks more"))
	}
	return strings.Join(parts, ", ")
}

func (n *counts) homeFinding(m *mirror) Finding {
	o := &n.home
	f := Finding{Check: "home hosts", Limit: "a hint if none begins a flow, if under 10% of what they begin is answered, or if one address stands for several machines"}
	f.figure("hosts", uint64(len(o.hosts)))
	f.figure("flows_begun", o.begun)
	f.figure("flows_answered", o.answered)
	if o.flows < fewConversations {
		f.Measured = "too few conversations to tell"
		f.Severity = Unknown
		return f
	}
	who, nat := m.oneMachine()
	if o.begun == 0 {
		f.Measured = "no home address begins a conversation"
		f.is(Hint, "Hosts and peers are told apart by MAC addresses and roles, if at all.", "Say which networks are inside: --home-net PREFIX; or mirror inside of the address translation.")
		if nat {
			f.Measured += "; " + who[0].Netip().String() + " sends with several TTLs, for several machines"
		}
		return f
	}
	f.Measured = counted(uint64(len(o.hosts)), "host", "hosts") + " in " + o.words() + ", " + percent(o.answered, o.begun) + " of what they begin is answered"
	switch {
	case o.four == 1 && nat:
		f.Measured += "; " + who[0].Netip().String() + " sends with several TTLs"
		f.is(Hint, "Address translation is in front: many machines are taken for one host, and their sockets for its.", "Mirror inside of the device that translates addresses.")
	case o.begun >= leastBegun && share(o.answered, o.begun) < answeredHint:
		f.is(Hint, "Home hosts get almost no answers: answers are not mirrored, or this is a scan.", "See directions; mirror both directions (rx and tx) of the uplink.")
	}
	return f
}
