package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// How long an answer counts beyond its time to live: programs keep an address a little longer
// than they may, and connect again. Times to live above a week are cut (RFC 8767, section 4).
const (
	nameSlack = 10 * 60e9
	maxTTL    = 7 * 24 * 3600
)

// maxLeases bounds the names that one client was told for one address: an address of a content
// network has hundreds.
const maxLeases = 16

// nameKey is an address as one client was told of it. The zero client stands for the whole
// link: what hosts say of themselves by mDNS and LLMNR.
type nameKey struct{ client, addr packet.Addr }

// lease is a name that counts for an address from the first answer until the last one has
// expired. Times are nanoseconds since the Unix epoch.
type lease struct {
	key         nameKey
	text        string
	from, until int64
	older       uint32 // the lease of the same key before this one; 0 is none
	source      NameSource
	kept        bool // told again since the hand passed
}

// dnsClient is an address whose DNS answers were seen in clear.
type dnsClient struct {
	first  [2]int64 // when it was first told an address of IPv4, of IPv6; 0 is never
	lost   int64    // until when names counted that were let go for want of memory
	heard  int64    // when it was told anything, to the hour
	hidden bool     // it also asks where nobody can see: DoT, DoH, DoQ, DNSCrypt
}

// names is what the traffic itself told of addresses. Its memory is bounded: of leases, the one
// that was told longest ago gives way; of clients and of names inside flows, the newcomer.
type names struct {
	most    int
	heads   map[nameKey]uint32
	leases  []lease // place 0 is none
	hand    int
	clients map[packet.Addr]dnsClient
	texts   texts
	links   int   // leases of the link that were ever told
	lost    int64 // until when names counted that were let go without a trace of their client
	evicted uint64
}

// inside is what flows told of their own ends, by 2 * state + end: what TLS, DTLS or QUIC asked
// for, or a certificate said.
type inside struct {
	most    int
	flows   map[uint32]Name
	texts   texts
	evicted uint64
	scratch [maxNameText + 8]byte
}

func (n *inside) init(most int) {
	n.most = most
	n.flows = map[uint32]Name{}
	n.texts.init(most)
}

// texts holds every text once. When there are as many as it may hold it starts anew; what others
// hold of it stays theirs.
type texts struct {
	most int
	held map[string]string
}

func (t *texts) init(most int) { t.most, t.held = most, map[string]string{} }

func (t *texts) text(p []byte) string {
	if s, known := t.held[string(p)]; known {
		return s
	}
	if len(t.held) >= t.most {
		clear(t.held)
	}
	s := string(p)
	t.held[s] = s
	return s
}

func (n *names) init(most int) {
	n.most = most
	n.heads = map[nameKey]uint32{}
	n.leases = make([]lease, 1)
	n.clients = map[packet.Addr]dnsClient{}
	n.texts.init(most)
}

// tell notes that a name counts for k from now until until. Told again while it counts, it is
// the same lease, which then lasts longer: nothing is allocated.
func (n *names) tell(k nameKey, text []byte, source NameSource, now, until int64) {
	last, count := uint32(0), 0
	for i := n.heads[k]; i != 0; i = n.leases[i].older {
		l := &n.leases[i]
		if l.source == source && now <= l.until && until >= l.from && l.text == string(text) {
			l.from, l.until, l.kept = min(l.from, now), max(l.until, until), true
			return
		}
		last, count = i, count+1
	}
	if count >= maxLeases {
		n.evict(last)
	} else {
		last = n.place()
	}
	n.leases[last] = lease{key: k, text: n.texts.text(text), from: now, until: until, older: n.heads[k], source: source}
	n.heads[k] = last
}

// place is room for one lease: new, or that of the lease which was told longest ago.
func (n *names) place() uint32 {
	if len(n.leases) <= n.most {
		n.leases = append(n.leases, lease{})
		return uint32(len(n.leases) - 1)
	}
	for {
		n.hand = n.hand%n.most + 1
		if l := &n.leases[n.hand]; l.kept {
			l.kept = false
			continue
		}
		n.evict(uint32(n.hand))
		return uint32(n.hand)
	}
}

// evict takes lease i out of its key's list, and remembers that its client was told more than
// is known.
func (n *names) evict(i uint32) {
	l := &n.leases[i]
	n.evicted++
	if c, known := n.clients[l.key.client]; known && l.until > c.lost {
		c.lost = l.until
		n.clients[l.key.client] = c
	}
	head := n.heads[l.key]
	switch {
	case head == i && l.older == 0:
		delete(n.heads, l.key)
	case head == i:
		n.heads[l.key] = l.older
	default:
		for n.leases[head].older != i {
			head = n.leases[head].older
		}
		n.leases[head].older = l.older
	}
}

// client notes that an answer to a was seen, and, where it led to an address, when the first one
// of its version of IP was told. It fails if there is no room: then nothing is said of a's names.
func (n *names) client(a packet.Addr, led bool, told packet.Addr, now int64) bool {
	c, known := n.clients[a]
	if !known && len(n.clients) >= n.most {
		n.evicted++
		return false
	}
	family := 1
	if told.Is4() {
		family = 0
	}
	switch {
	case led && (c.first[family] == 0 || c.first[family] > now):
		c.first[family] = now
	case known && now-c.heard < heardEvery:
		return true
	}
	c.heard = max(c.heard, now)
	n.clients[a] = c
	return true
}

// HideNames notes that the flow's initiator also asks DNS where the answers cannot be seen: what
// it was not told in clear then says nothing.
func (o *Observation) HideNames() {
	o.tells(word{kind: wordHidden, client: o.Flow.Key.Addr[o.Flow.Initiator]}, nil)
}

// hide notes that client a also asks where nobody sees the answers.
func (n *names) hide(a packet.Addr) {
	if c, known := n.clients[a]; (known || len(n.clients) < n.most) && !c.hidden {
		c.hidden = true
		n.clients[a] = c
	}
}

// contact is what DNS says of a host's first packet to an address.
type contact uint8

const (
	contactUnclear contact = iota // the host's clear DNS is not seen, or not well enough
	contactNamed                  // an answer led there
	contactUnnamed                // the host was told other addresses, not this one
)

// contact tells whether near was told far before start, by an answer that still counted. That it
// was not can be said only if near's DNS is seen in clear and was seen before start, for the
// same version of IP, and no answer that might have counted was let go.
func (n *names) contact(near, far packet.Addr, start int64) contact {
	c, known := n.clients[near]
	if !known {
		return contactUnclear
	}
	unclear := false
	for i := n.heads[nameKey{near, far}]; i != 0; i = n.leases[i].older {
		switch l := &n.leases[i]; {
		case l.source != FromDNS:
		case l.from <= start && start <= l.until:
			return contactNamed
		case l.from > start:
			unclear = true // told afterwards: it may have been told before the capture too
		}
	}
	first := c.first[1]
	if far.Is4() {
		first = c.first[0]
	}
	if unclear || c.hidden || first == 0 || first > start || start <= max(c.lost, n.lost) {
		return contactUnclear
	}
	return contactUnnamed
}

// named tells whether client was ever told addr by DNS; sees tells whether all that client is
// told is seen, as far as can be known.
func (n *names) named(client, addr packet.Addr) bool {
	for i := n.heads[nameKey{client, addr}]; i != 0; i = n.leases[i].older {
		if n.leases[i].source == FromDNS {
			return true
		}
	}
	return false
}

func (n *names) sees(client packet.Addr) bool {
	c := n.clients[client]
	return c.first != [2]int64{} && !c.hidden && c.lost == 0 && n.lost == 0
}

// name notes what an end of the flow was called inside the flow. A better name stays; of one
// source the latest counts, since more of it may have been seen, from the first one's time on.
func (o *Observation) name(end flow.Direction, name Name) {
	n := &o.classifier.inside
	k := 2*o.Flow.State + uint32(end)
	old, known := n.flows[k]
	if known && old.Source == name.Source {
		name.Time, name.ECH = old.Time, old.ECH || name.ECH
	}
	switch {
	case name.Text == "" || known && old.Source != name.Source && !name.Better(old):
	case known || len(n.flows) < n.most:
		o.state.told |= toldNames
		n.flows[k] = name
	default:
		n.evicted++
	}
}

// NameServer notes that the flow's initiator asked for its responder by a name; ech tells that
// the hello also held an encrypted one, so that this may be the outer name alone.
func (o *Observation) NameServer(name []byte, ech bool) {
	n := &o.classifier.inside
	o.name(o.Flow.Responder(), Name{Text: n.texts.text(hostText(n.scratch[:0], name)), Source: FromSNI, Time: o.Time, ECH: ech})
}

// NameSender notes what the sender's certificate calls it: a host's name, or a common name,
// which may be any words.
func (o *Observation) NameSender(name []byte, host bool) {
	n := &o.classifier.inside
	text := certificateText
	if host {
		text = hostText
	}
	o.name(o.Dir, Name{Text: n.texts.text(text(n.scratch[:0], name)), Source: FromCertificate, Time: o.Time})
}

// forget drops what was told inside a flow.
func (n *inside) forget(state uint32) {
	delete(n.flows, 2*state)
	delete(n.flows, 2*state+1)
}

// namesOf returns the best name of each end of f. A name that the other end was told counts if its
// time meets the flow's; names of the link are for home's own alone.
func (c *commons) namesOf(f *flow.Flow) (best [2]Name) {
	n := &c.names
	for e := range best {
		addr := f.Key.Addr[e]
		if f.State != 0 {
			best[e] = c.laneOf(f).inside.flows[2*f.State+uint32(e)]
		}
		// Few addresses are clients: most flows need not look into the large table.
		if _, client := n.clients[f.Key.Addr[1-e]]; client {
			n.better(&best[e], nameKey{f.Key.Addr[1-e], addr}, f)
		}
		if best[e].Source == NoName && n.links > 0 && c.options.Home(addr) {
			n.better(&best[e], nameKey{addr: addr}, f)
		}
	}
	return best
}

// better puts the best lease of k for the flow f into best, if it is better. Of equal ones the
// newest that counted when the flow began is taken, else one that was told while it ran.
func (n *names) better(best *Name, k nameKey, f *flow.Flow) {
	early := false
	for i := n.heads[k]; i != 0; i = n.leases[i].older {
		l := &n.leases[i]
		end := f.End
		if l.source != FromDNS {
			end = later(end, nameSlack) // people ask for the name of an address when they have met it
		}
		if f.Start > l.until || l.from > end {
			continue
		}
		name := Name{Text: l.text, Source: l.source, Time: l.from}
		if before := l.from <= f.Start; name.Better(*best) || before && !early && name.Source == best.Source {
			*best, early = name, before
		}
	}
}
