package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
)

// What the answers of a DNS message tell of addresses.
//
//	| owner | type 2 | class 2 | TTL 4 | length 2 | data |       RFC 1035, section 4.1.3
//
//	A 1, AAAA 28       address                                 RFC 1035, section 3.4.1; RFC 3596, section 2.1
//	CNAME 5            the name's other name                   RFC 1035, section 3.3.1
//	PTR 12             the name of an address                  RFC 1035, sections 3.3.12 and 3.5; RFC 3596, section 2.5
//	SRV 33             priority 2, weight 2, port 2, target    RFC 2782
//	SVCB 64, HTTPS 65  priority 2, target, | key 2 | length 2 | value | ...: 4 IPv4, 6 IPv6 addresses   RFC 9460, section 2.2
//
// An address counts under the name that was asked for, which the aliases lead back to, and for
// as long as the shortest-lived record on the way. Addresses of other sections count only where
// an alias leads to them: a referral's glue was not asked for.

const (
	typeA     = 1
	typeCNAME = 5
	typePTR   = 12
	typeAAAA  = 28
	typeSRV   = 33
	typeSVCB  = 64
	typeHTTPS = 65
)

// maxAliases bounds the aliases of a message that are followed.
const maxAliases = 16

// dnsRecord is one record of a message, by offsets.
type dnsRecord struct {
	owner, data, end int
	kind             uint16
	ttl              uint32
}

// dnsAlias is one step from a name to another; names are held by their hashes.
type dnsAlias struct {
	owner, target uint64
	name          int // offset of the owner
	ttl           uint32
}

// dnsAnswers is a message of which the answers are read.
type dnsAnswers struct {
	p       []byte
	records int // offset of the first record
	asked   int // offset of the name asked for; 0 is none
	hash    uint64
	aliases [maxAliases]dnsAlias
	n       int
}

// dnsRecordAt reads the record at offset at, and returns the offset behind it; 0 if it is cut.
func dnsRecordAt(p []byte, at int) (r dnsRecord, next int) {
	r.owner = at
	at = dnsName(p, at)
	if at == 0 || at+10 > len(p) {
		return r, 0
	}
	r.kind, r.ttl = be16(p[at:]), be32(p[at+4:])
	if be16(p[at+2:])&0x7fff != 1 { // class IN; mDNS has a flag above it (RFC 6762, section 10.2)
		r.kind = 0
	}
	if r.ttl > maxTTL {
		if r.ttl>>31 != 0 {
			r.ttl = 0 // RFC 2181, section 8
		}
		r.ttl = min(r.ttl, maxTTL)
	}
	r.data = at + 10
	r.end = r.data + int(be16(p[at+8:]))
	if r.end > len(p) {
		return r, 0
	}
	return r, r.end
}

// learnNames remembers what the answers from offset at on tell, if the sender may tell it.
func (o *Observation) learnNames(p []byte, at int) {
	m := dnsAnswers{p: p, records: at}
	if be16(p[4:]) != 0 {
		m.asked = 12
		m.hash = dnsHash(p, 12)
	}
	switch {
	case o.onPort(5353):
		o.linkNames(&m, FromMDNS)
	case o.onPort(5355):
		o.linkNames(&m, FromLLMNR)
	case o.onPort(137):
	case o.Flow.Key.Port[o.Dir] == 53 || o.ClaimedByOther(claimDNS):
		m.findAliases()
		o.clientNames(&m)
	}
}

// findAliases gathers the aliases among the answers.
func (m *dnsAnswers) findAliases() {
	at := m.records
	for range be16(m.p[6:]) {
		r, next := dnsRecordAt(m.p, at)
		if next == 0 || m.n == len(m.aliases) {
			return
		}
		at = next
		target := 0
		switch r.kind {
		case typeCNAME:
			target = r.data
		case typeSRV:
			target = r.data + 6
		case typeSVCB, typeHTTPS:
			target = r.data + 2
		default:
			continue
		}
		// A target of nothing is the root: "this name itself" for SVCB, "no service" for SRV.
		if target < r.end && m.p[target] != 0 && dnsName(m.p, target) != 0 {
			m.aliases[m.n] = dnsAlias{dnsHash(m.p, r.owner), dnsHash(m.p, target), r.owner, r.ttl}
			m.n++
		}
	}
}

// origin follows aliases from a name back to the one that was asked for. It returns where they
// lead, the shortest time to live on the way, and whether the question was reached.
func (m *dnsAnswers) origin(name int, ttl uint32) (int, uint32, bool) {
	hash := dnsHash(m.p, name)
	for range maxAliases {
		if m.asked != 0 && hash == m.hash {
			return m.asked, ttl, true
		}
		found := false
		for i := range m.aliases[:m.n] {
			if a := &m.aliases[i]; a.target == hash && a.owner != hash {
				name, hash, ttl, found = a.name, a.owner, min(ttl, a.ttl), true
				break
			}
		}
		if !found {
			break
		}
	}
	return name, ttl, false
}

// clientNames remembers the answers to one client.
func (o *Observation) clientNames(m *dnsAnswers) {
	answers := int(be16(m.p[6:]))
	all := answers + int(be16(m.p[8:])) + int(be16(m.p[10:]))
	at := m.records
	for i := range all {
		r, next := dnsRecordAt(m.p, at)
		if next == 0 {
			return
		}
		at = next
		switch r.kind {
		case typeA, typeAAAA, typeSVCB, typeHTTPS:
			name, ttl, asked := m.origin(r.owner, r.ttl)
			if i < answers || asked {
				o.recordAddresses(m.p, &r, name, ttl)
			}
		case typePTR:
			name, ttl, _ := m.origin(r.owner, r.ttl)
			if a, ok := reverseAddr(m.p, name); ok && i < answers && dnsName(m.p, r.data) != 0 {
				o.tellClient(a, m.p, r.data, FromPTR, ttl)
			}
		}
	}
}

// recordAddresses remembers the addresses in one record.
func (o *Observation) recordAddresses(p []byte, r *dnsRecord, name int, ttl uint32) {
	switch r.kind {
	case typeA, typeAAAA:
		if a, ok := addrOf(p[r.data:r.end], r.kind == typeA); ok {
			o.tellClient(a, p, name, FromDNS, ttl)
		}
		return
	}
	at := dnsName(p, min(r.data+2, len(p)))
	for at != 0 && at+4 <= r.end {
		key, n := be16(p[at:]), int(be16(p[at+2:]))
		at += 4
		if at+n > r.end {
			return
		}
		if width := 4; key == 4 || key == 6 {
			if key == 6 {
				width = 16
			}
			for hint := p[at : at+n]; len(hint) >= width; hint = hint[width:] {
				a, _ := addrOf(hint[:width], key == 4)
				o.tellClient(a, p, name, FromDNS, ttl)
			}
		}
		at += n
	}
}

func addrOf(p []byte, v4 bool) (packet.Addr, bool) {
	if v4 != (len(p) == 4) {
		return packet.Addr{}, false
	}
	a, ok := netip.AddrFromSlice(p)
	return packet.AddrFrom(a), ok
}

// tellClient notes that the message's receiver was told the name at offset name for an address.
func (o *Observation) tellClient(a packet.Addr, p []byte, name int, source NameSource, ttl uint32) {
	w := word{kind: wordName, client: o.Flow.Key.Addr[1-o.Dir], of: a, source: source, until: later(o.Time, int64(ttl)*1e9+nameSlack)}
	o.tells(w, dnsText(o.classifier.inside.scratch[:0], p, name))
}

// linkNames remembers what a host says of itself on its link: addresses of the home networks
// alone, and of the sender's version of IP its own. No client asked for them; they are names of
// hosts, and never evidence.
func (o *Observation) linkNames(m *dnsAnswers, source NameSource) {
	sender := o.Flow.Key.Addr[o.Dir]
	at := m.records
	for range int(be16(m.p[6:])) + int(be16(m.p[8:])) + int(be16(m.p[10:])) {
		r, next := dnsRecordAt(m.p, at)
		if next == 0 {
			return
		}
		at = next
		if r.kind != typeA && r.kind != typeAAAA {
			continue
		}
		a, ok := addrOf(m.p[r.data:r.end], r.kind == typeA)
		if !ok || !o.classifier.options.Home(a) || a.Is4() == sender.Is4() && a != sender {
			continue
		}
		w := word{kind: wordLink, of: a, source: source, until: later(o.Time, int64(r.ttl)*1e9+nameSlack)}
		o.tells(w, dnsText(o.classifier.inside.scratch[:0], m.p, r.owner))
	}
}

// dnsHash hashes the name at offset at, which must be a valid one, without its case (FNV-1a).
func dnsHash(p []byte, at int) uint64 {
	h := uint64(0xcbf29ce484222325)
	for label := range dnsLabels(p, at) {
		h = (h ^ uint64(len(label))) * 0x100000001b3
		for _, b := range label {
			h = (h ^ uint64(lower(b))) * 0x100000001b3
		}
	}
	return h
}

// dnsText is the text of the name at offset at, which must be a valid one.
func dnsText(dst, p []byte, at int) []byte {
	for label := range dnsLabels(p, at) {
		if len(dst) > 0 {
			dst = appendOctet(dst, '.', true)
		}
		dst = labelText(dst, label)
	}
	if len(dst) == 0 {
		return append(dst, '.')
	}
	return bounded(dst)
}

// dnsLabels yields the labels of the name at offset at, which dnsName has found valid.
func dnsLabels(p []byte, at int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for p[at] != 0 {
			if p[at] >= 0xc0 {
				at = int(be16(p[at:])) & 0x3fff
				continue
			}
			n := int(p[at])
			if !yield(p[at+1 : at+1+n]) {
				return
			}
			at += 1 + n
		}
	}
}

// reverseAddr reads the address that a name under in-addr.arpa or ip6.arpa stands for.
func reverseAddr(p []byte, at int) (a packet.Addr, ok bool) {
	var parts [32]byte
	n, tail := 0, 0 // labels of digits, and of the zone
	wide, hex := false, false
	for label := range dnsLabels(p, at) {
		v, width, number := 0, len(label), true
		for _, b := range label {
			switch {
			case digit(b):
				v = v*10 + int(b-'0')
			case width == 1 && lower(b) >= 'a' && lower(b) <= 'f':
				v, hex = int(lower(b)-'a')+10, true
			default:
				number = false
			}
		}
		switch {
		case tail == 0 && number && width <= 3 && v <= 255 && n < len(parts):
			parts[n] = byte(v)
			n++
			wide = wide || width > 1
		case tail == 0 && n == 4 && !hex && foldEqual(label, "in-addr"), tail == 0 && n == 32 && !wide && foldEqual(label, "ip6"), tail == 1 && foldEqual(label, "arpa"):
			tail++
		default:
			return a, false
		}
	}
	if tail != 2 {
		return a, false
	}
	if n == 4 {
		return packet.AddrFrom(netip.AddrFrom4([4]byte{parts[3], parts[2], parts[1], parts[0]})), true
	}
	for i := range a {
		a[i] = parts[31-2*i]<<4 | parts[30-2*i]
	}
	return a, true
}

// foldEqual compares without case; want is in lower case.
func foldEqual(p []byte, want string) bool {
	if len(p) != len(want) {
		return false
	}
	for i, b := range p {
		if lower(b) != want[i] {
			return false
		}
	}
	return true
}
