package report

import (
	"cmp"
	"slices"
	"strconv"

	"peeratlas/capture/packet"
)

// Words for what became of a socket from one window to the other.
const (
	Gained = "gained"
	Lost   = "lost"
	Kept   = "kept"
)

// DiffSocket is a local port of a host with peer-to-peer flows in a window at least.
type DiffSocket struct {
	Protocol string   `json:"proto"`
	Port     uint16   `json:"port,omitempty"` // 0: all ports together that the host dialled from over TCP
	Change   string   `json:"change"`         // Gained, Lost or Kept
	Before   uint64   `json:"flows_before"`
	After    uint64   `json:"flows_after"`
	Families []string `json:"families"`
	Owners   []Owner  `json:"processes,omitempty"` // as a listing tells: several if it is one of them
}

// words is the socket as netstat's users say it.
func (s *DiffSocket) words() string {
	if s.Port == 0 {
		return s.Protocol + ", dialled"
	}
	return s.Protocol + "/" + strconv.Itoa(int(s.Port))
}

// sideSocket is what a window has of a socket.
type sideSocket struct {
	protocol packet.Protocol
	port     uint16 // 0: dialled from
	flows    uint64
	families []string
	owners   []Process
}

// maxDiffSockets bounds the sockets, and the processes, of one host in one window.
const maxDiffSockets = 256

// addSocket counts a flow for the socket that c's host has it by, and for its process.
func (d *Differ) addSocket(r *Record, c Contact, s *side, p *DiffPeer) {
	k := &r.Flow.Key
	o := d.owners.add(&r.Flow, c.Host)
	for _, owner := range o.Owners[:min(len(o.Owners), maxOwners)] {
		if !slices.ContainsFunc(p.Owners, owner.Same) && len(p.Owners) < maxOwners {
			p.Owners = append(p.Owners, owner)
		}
		if len(o.Owners) == 1 {
			s.processes = addProcess(s.processes, owner, 1)
		}
	}
	if len(o.Owners) > 1 && len(s.either) < maxOwners {
		s.either[ownerWords(o.Owners, " or ")] = true
	}
	port := k.Port[c.Host]
	if k.Protocol == packet.TCP && int(r.Flow.Initiator&1) == c.Host {
		port = 0 // it is another each time, and says nothing
	}
	word := protocol(k.Protocol) + "/" + strconv.Itoa(int(port))
	t := s.sockets[word]
	switch {
	case port == 0 && s.dialled == nil:
		s.dialled = &sideSocket{}
		t = s.dialled
	case port == 0:
		t = s.dialled
	case t == nil && len(s.sockets) < maxDiffSockets:
		t = &sideSocket{}
		s.sockets[word] = t
	}
	if t != nil {
		t.add(r, k.Protocol, port, o)
	}
}

func (t *sideSocket) add(r *Record, protocol packet.Protocol, port uint16, o Ownership) {
	t.protocol, t.port = protocol, port
	t.flows++
	if f := cmp.Or(r.Verdict.Family, "unknown"); !slices.Contains(t.families, f) && len(t.families) < maxFamilies {
		t.families = append(t.families, f)
	}
	for _, owner := range o.Owners {
		t.owners = addProcess(t.owners, owner, len(o.Owners))
	}
}

// processGains compares the processes of two windows. One that a listing names and another does not is
// the same, by its number.
func processGains(s *[2]side) Gains {
	words := func(has, other []Process, wanted bool) []string {
		out := []string{}
		for _, p := range has {
			i := slices.IndexFunc(other, func(q Process) bool { return q.Same(p.Owner) })
			if (i >= 0) == wanted {
				if i >= 0 {
					p.Name = cmp.Or(p.Name, other[i].Name)
				}
				out = append(out, p.words())
			}
		}
		slices.Sort(out)
		return out
	}
	g := gains(s[0].either, s[1].either)
	return Gains{append(words(s[1].processes, s[0].processes, false), g.Gained...), append(words(s[0].processes, s[1].processes, false), g.Lost...),
		append(words(s[1].processes, s[0].processes, true), g.Kept...)}
}

// diffSockets lists what both windows have of a host: what came first, then what went.
func diffSockets(s *[2]side) []DiffSocket {
	out := []DiffSocket{}
	for w, t := range s[1].sockets {
		out = append(out, diffSocket(s[0].sockets[w], t))
	}
	for w, t := range s[0].sockets {
		if s[1].sockets[w] == nil {
			out = append(out, diffSocket(t, nil))
		}
	}
	if s[0].dialled != nil || s[1].dialled != nil {
		out = append(out, diffSocket(s[0].dialled, s[1].dialled))
	}
	slices.SortFunc(out, func(a, b DiffSocket) int {
		return cmp.Or(changeOrder(a.Change)-changeOrder(b.Change), cmp.Compare(b.Before+b.After, a.Before+a.After),
			cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port))
	})
	return out
}

func changeOrder(change string) int { return slices.Index([]string{Gained, Lost, Kept}, change) }

// diffSocket puts together what the windows have of one socket: nil is nothing.
func diffSocket(before, after *sideSocket) DiffSocket {
	d := DiffSocket{Change: Kept, Families: []string{}}
	var list []Process
	for i, t := range []*sideSocket{before, after} {
		if t == nil {
			d.Change = [...]string{Gained, Lost}[i]
			continue
		}
		d.Protocol, d.Port = protocol(t.protocol), t.port
		if i == 0 {
			d.Before = t.flows
		} else {
			d.After = t.flows
		}
		for _, f := range t.families {
			if !slices.Contains(d.Families, f) {
				d.Families = append(d.Families, f)
			}
		}
		for _, p := range t.owners {
			list = addProcess(list, p.Owner, 1)
		}
	}
	slices.Sort(d.Families)
	for _, p := range list {
		d.Owners = append(d.Owners, p.Owner)
	}
	return d
}
