package classify

import "peeratlas/capture/packet"

// Programs whose peers all listen on one and the same port, the program's.
//
// The far ends then share a port, as servers of one service do. What tells them from servers: the
// number is the home socket's own, where a client takes any that is free; the noise goes to many
// networks, and to many far ends that the home end turned to; and either strangers turn to the socket as it turns to others, or the far ends are
// people's lines. A game that binds its servers' port and asks thirty of them for their delay fails
// the last: servers stand in data centres, and none of them asks.

// Bounds of the far ends' roles: at least half of those who answered live on people's lines, and
// at most a quarter of all stands in data centres.
const (
	defaultPortEyeballs = 2
	defaultPortHosted   = 4
	defaultPortNamed    = 4 // at most one in so many was looked up by its name
)

// defaultPort tells whether the far ends of s, shared of which have the number of its own port, are
// other instances of its program.
func (j *Judge) defaultPort(s *socket, shared int32) bool {
	if s.protocol != packet.UDP || servicePort(s.port) || shared*2 <= s.contacts || !s.diverse() || s.noisy < behavesPeers {
		return false
	}
	answered, asked, eyeballs, hosted, named := 0, 0, 0, 0, 0
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || !x.far || !j.answered(i) {
			continue
		}
		near, far := f.Key.Addr[x.near], f.Key.Addr[1-x.near]
		answered++
		if uint8(f.Initiator) == x.near {
			asked++
		}
		switch j.role(far) {
		case EyeballRole:
			eyeballs++
		case HostingRole, RelayRole, ConferenceRole:
			hosted++
		}
		if j.c.names.contact(near, far, f.Start) == contactNamed {
			named++
		}
	}
	if asked < fanOutPeers || hosted*defaultPortHosted > answered || named*defaultPortNamed > answered {
		return false
	}
	return s.accepts.both() && s.accepts.strangers*begunShare >= s.accepts.asked || eyeballs*defaultPortEyeballs >= answered
}
