package report

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// DiffSchema names the format that WriteDiffJSON writes; docs/diff.md describes it.
const DiffSchema = "peeratlas-diff/1"

// Diff is what changed between two windows of time, by host.
type Diff struct {
	Finding string     `json:"finding"` // one sentence; holds no text of the wire
	Before  DiffWindow `json:"before"`
	After   DiffWindow `json:"after"`
	Hosts   []HostDiff `json:"hosts"`             // that changed: those beyond noise first
	Same    uint64     `json:"same"`              // hosts with peers that did not change
	Beyond  uint64     `json:"beyond"`            // flows that were not compared for want of memory
	Warning string     `json:"warning"`           // what weakens the comparison, or ""
	Joined  *Joined    `json:"netstat,omitempty"` // nil if no listing of sockets was joined
}

// DiffWindow is one of the windows.
type DiffWindow struct {
	Input string    `json:"input"`
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	Flows uint64    `json:"flows"` // judged p2p or likely, that began in it
	// Coverage is of the input that the window is of, for pages; nil if it is not told.
	Coverage *Coverage `json:"-"`
}

func (w *DiffWindow) length() time.Duration { return w.Last.Sub(w.First) }

// HostDiff is what changed of one host.
type HostDiff struct {
	Addr      netip.Addr `json:"address"`
	News      bool       `json:"beyond_noise"` // more new peers than its churn explains, or new ones of a family that it had not
	Noise     Noise      `json:"noise"`
	Gained    []DiffPeer `json:"peers_gained"` // the busiest first
	Lost      []DiffPeer `json:"peers_lost"`
	Kept      uint64     `json:"peers_kept"`
	Countries Gains      `json:"countries"`
	Families  Gains      `json:"families"`
	Sockets   Gains      `json:"sockets"`   // as proto/port
	Processes Gains      `json:"processes"` // as name (pid), if a listing tells
	// SocketList has all sockets of both windows: those that came first, then those that went.
	SocketList []DiffSocket `json:"socket_list"`
	Stayed     []DiffPeer   `json:"-"` // peers of both windows, as in the one after, the busiest first
}

// Noise is how many new peers the host's ordinary churn would bring.
type Noise struct {
	Churn    uint64  `json:"churn"`       // peers that were new in the second half of the window before
	Expected float64 `json:"expected"`    // of new peers in the window after
	Chance   float64 `json:"probability"` // of so many new peers, or more, by churn alone
}

// Gains are words that one window has and the other has not.
type Gains struct {
	Gained []string `json:"gained"`
	Lost   []string `json:"lost"`
	Kept   []string `json:"kept"` // both have them
}

// DiffPeer is a peer that one window has and the other has not.
type DiffPeer struct {
	Addr      netip.Addr `json:"address"`
	Row       string     `json:"row"`
	ASN       uint32     `json:"asn,omitempty"`
	ASOrg     string     `json:"as_org,omitempty"`
	Name      string     `json:"name,omitempty"`
	Family    string     `json:"family"` // of its first flow
	Contact   string     `json:"contact"`
	Flows     uint64     `json:"flows"`
	OctetsOut uint64     `json:"bytes_out"`
	OctetsIn  uint64     `json:"bytes_in"`
	First     time.Time  `json:"first"`
	Owners    []Owner    `json:"processes,omitempty"` // of the host's ends, as a listing tells
}

// Windows of a Differ.
const (
	WindowBefore = iota
	WindowAfter
)

// Differ compares the flows of two windows in bounded memory. One goroutine uses it: Join if
// listings are to tell whose sockets are, Add for each flow, Finish once.
type Differ struct {
	owners owners
	listed []Listing
	most   int
	hosts  map[packet.Addr]*[2]side
	order  []packet.Addr
	held   int
	beyond uint64
	flows  [2]uint64
}

// side is what one host has in one window.
type side struct {
	peers               map[packet.Addr]*DiffPeer
	countries, families map[string]bool
	processes           []Process
	either              map[string]bool // processes of which one has a socket, and nobody knows which
	sockets             map[string]*sideSocket
	dialled             *sideSocket // over TCP; nil if nothing was
}

// defaultDiff bounds the peers of hosts that are held, about 400 octets each.
const defaultDiff = 1 << 17

// NewDiffer returns a Differ that holds so many peers of hosts; 0 is 131,072.
func NewDiffer(most int) *Differ {
	if most <= 0 {
		most = defaultDiff
	}
	return &Differ{most: most, hosts: map[packet.Addr]*[2]side{}}
}

// Join asks of for owners of sockets from now on; listings are what it goes by.
func (d *Differ) Join(of OwnerOf, listings []Listing) { d.owners, d.listed = newOwners(of), listings }

// Add counts a flow that began in a window, WindowBefore or WindowAfter. It keeps nothing of r but strings.
func (d *Differ) Add(r *Record, window int) {
	var room [2]Contact
	list := r.Contacts(room[:0])
	if len(list) > 0 {
		d.flows[window]++
	}
	for _, c := range list {
		d.add(r, c, window)
	}
}

func (d *Differ) add(r *Record, c Contact, window int) {
	f := &r.Flow
	host, addr := f.Key.Addr[c.Host], f.Key.Addr[c.Peer]
	sides := d.hosts[host]
	if d.held >= d.most && (sides == nil || sides[window].peers[addr] == nil) {
		d.beyond++
		return
	}
	if sides == nil {
		sides = &[2]side{newSide(), newSide()}
		d.hosts[host] = sides
		d.order = append(d.order, host)
	}
	s := &sides[window]
	p := s.peers[addr]
	if p == nil {
		l := &r.Location[c.Peer]
		p = &DiffPeer{Addr: addr.Netip(), Row: rowOf(l), ASN: l.ASN, ASOrg: l.ASOrg, Contact: Probed, Family: cmp.Or(r.Verdict.Family, "unknown"), First: at(f.Start)}
		s.peers[addr] = p
		d.held++
	}
	p.Flows++
	p.OctetsOut += f.Octets(flow.Direction(c.Host))
	p.OctetsIn += f.Octets(flow.Direction(c.Peer))
	if t := at(f.Start); t.Before(p.First) {
		p.First = t
	}
	if r.exchanged() {
		p.Contact = Exchanged
	}
	if n := &r.Verdict.Name[c.Peer]; p.Name == "" && n.Source != classify.NoName {
		p.Name = shorten(n.Text)
	}
	if isCountry(p.Row) {
		s.countries[p.Row] = true
	}
	s.families[cmp.Or(r.Verdict.Family, "unknown")] = true
	d.addSocket(r, c, s, p)
}

func newSide() side {
	return side{peers: map[packet.Addr]*DiffPeer{}, countries: map[string]bool{}, families: map[string]bool{},
		either: map[string]bool{}, sockets: map[string]*sideSocket{}}
}

// Finish compares. The windows are the caller's words; their flows are filled in.
func (d *Differ) Finish(before, after DiffWindow) *Diff {
	before.Flows, after.Flows = d.flows[0], d.flows[1]
	out := &Diff{Before: before, After: after, Hosts: []HostDiff{}, Beyond: d.beyond, Joined: d.owners.finish(d.listed)}
	for _, addr := range d.order {
		h := d.host(addr, &before, &after)
		if len(h.Gained)+len(h.Lost) == 0 && !h.Families.any() && !h.Sockets.any() && !h.Processes.any() {
			out.Same++
			continue
		}
		out.Hosts = append(out.Hosts, h)
	}
	slices.SortStableFunc(out.Hosts, func(x, y HostDiff) int {
		if x.News != y.News {
			return map[bool]int{true: -1, false: 1}[x.News]
		}
		return cmp.Or(cmp.Compare(len(y.Gained), len(x.Gained)), cmp.Compare(len(y.Lost), len(x.Lost)), x.Addr.Compare(y.Addr))
	})
	out.Finding, out.Warning = out.finding(), out.warning()
	if w := out.Joined.warnings(); out.Warning == "" && len(w) > 0 {
		out.Warning = w[0]
	}
	return out
}

func (d *Differ) host(addr packet.Addr, before, after *DiffWindow) HostDiff {
	s := d.hosts[addr]
	h := HostDiff{Addr: addr.Netip(), Gained: missing(s[1].peers, s[0].peers), Lost: missing(s[0].peers, s[1].peers),
		Countries: gains(s[0].countries, s[1].countries), Families: gains(s[0].families, s[1].families), Sockets: gains(s[0].sockets, s[1].sockets),
		Processes: processGains(s), SocketList: diffSockets(s), Stayed: common(s[1].peers, s[0].peers)}
	h.Kept = uint64(len(s[1].peers) - len(h.Gained))
	half := before.First.Add(before.length() / 2)
	for _, p := range s[0].peers {
		if !p.First.Before(half) {
			h.Noise.Churn++
		}
	}
	h.Noise.Expected = expected(h.Noise.Churn, before.length()/2, after.length())
	h.Noise.Chance = poissonTail(h.Noise.Expected, len(h.Gained))
	h.News = len(h.Gained) > 0 && (h.Noise.Chance < noiseChance || len(h.Families.Gained) > 0)
	return h
}

// noiseChance is how improbable a number of new peers must be by churn alone to be news: of a
// hundred hosts that do as they did before, one is told to.
const noiseChance = 0.01

// expected is how many new peers a host would have in the window after, if they came as in the second half
// of the window before. The first half is for getting to know the peers that it has anyhow. Half a
// peer is added, for what was too rare to be seen (Jeffreys' prior of a Poisson rate).
func expected(churn uint64, half, after time.Duration) float64 {
	if half <= 0 {
		return 0.5
	}
	return (float64(churn) + 0.5) * max(after.Seconds(), 0) / half.Seconds()
}

// poissonTail is the probability of n or more where mean are expected.
func poissonTail(mean float64, n int) float64 {
	if n == 0 {
		return 1
	}
	if mean <= 0 {
		return 0
	}
	// P(N < n), each term from its logarithm: no term overflows.
	below := 0.0
	for k := range n {
		lg, _ := math.Lgamma(float64(k) + 1)
		below += math.Exp(float64(k)*math.Log(mean) - mean - lg)
	}
	return finite(min(max(1-below, 0), 1))
}

// missing lists the peers of has that other has not, the busiest first.
func missing(has, other map[packet.Addr]*DiffPeer) []DiffPeer {
	return some(has, func(a packet.Addr) bool { return other[a] == nil })
}

// common lists the peers of has that other has, too.
func common(has, other map[packet.Addr]*DiffPeer) []DiffPeer {
	return some(has, func(a packet.Addr) bool { return other[a] != nil })
}

func some(peers map[packet.Addr]*DiffPeer, wanted func(packet.Addr) bool) []DiffPeer {
	out := []DiffPeer{}
	for a, p := range peers {
		if wanted(a) {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(x, y DiffPeer) int {
		return cmp.Or(cmp.Compare(x.Contact, y.Contact), cmp.Compare(y.OctetsOut+y.OctetsIn, x.OctetsOut+x.OctetsIn), x.Addr.Compare(y.Addr))
	})
	return out
}

func gains[V any](before, after map[string]V) Gains {
	only := func(has, other map[string]V, wanted bool) []string {
		out := []string{}
		for w := range has {
			if _, held := other[w]; held == wanted {
				out = append(out, w)
			}
		}
		slices.Sort(out)
		return out
	}
	return Gains{only(after, before, false), only(before, after, false), only(after, before, true)}
}

func (g *Gains) any() bool { return len(g.Gained)+len(g.Lost) > 0 }
