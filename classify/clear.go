package classify

import (
	"slices"
	"strings"

	"peeratlas/capture/packet"
)

// Protocols that say in clear what they are, in tables: one file and one table a family of
// services (clear_web.go, clear_mail.go, ...). What needs more than one payload to be told
// has a detector of its own (dns.go, openvpn.go, socks.go, ...).
//
// A row is the octets that a payload opens with, and a check of what must hold beside. All
// rows speak against encrypted peer-to-peer: they are servers' protocols, or peers' that do
// not encrypt. A row therefore must not be met by noise, which is what encrypted peers send:
// its fixed octets and its check leave unrelated octets a chance below 2^-24, or the row wants
// to match twice (2^-12 each), or to be met on the port that IANA registered. A port alone
// decides nothing.
type clearRow struct {
	service string
	opens   string                  // octets that stand at offset at
	at      int                     // offset of opens
	mask    string                  // of opens; "" compares whole octets
	least   int                     // octets captured at least
	ports   []uint16                // one of which an end has; nil: any
	check   func(*Observation) bool // what must hold beside; nil: nothing
	twice   bool                    // one match is but a hint
	claim   ClaimID                 // 0: claimClear
	source  string                  // specification and section

	number uint32 // of service
	bound  int    // octets that may be touched without further check
}

// clearTable is a family's rows of one transport, by the first octet that they may open with.
type clearTable struct {
	name      string
	transport packet.Protocol
	rows      []clearRow
	byFirst   [256][]clearGate // rows for any port
	onPort    [256][]clearGate // rows that want one
	detector  Detector
}

// clearPorts are the ports that any row wants, a bit each: most flows have none of them, and
// are spared those rows.
var clearPorts [1 << 16 / 64]uint64

func clearPort(p uint16) bool { return clearPorts[p/64]>>(p%64)&1 != 0 }

// clearGate is what spares most rows their comparison: the least length, and one octet of the
// pattern beyond the first.
type clearGate struct {
	row, octet, mask byte
	at, bound        uint16
}

// gate is the row's gate, with its number.
func (r *clearRow) gate(row int) clearGate {
	g := clearGate{row: byte(row), bound: uint16(r.bound), at: uint16(r.at)}
	i := 0
	if r.at == 0 && len(r.opens) > 1 {
		i = 1
	}
	if i >= len(r.opens) {
		return g // no pattern: a mask of 0 lets everything pass
	}
	g.at, g.octet, g.mask = uint16(r.at+i), r.opens[i], 0xff
	if r.mask != "" {
		g.mask = r.mask[i]
	}
	return g
}

// clearFamilies are all tables of the house, in the order of their files.
var clearFamilies []*clearTable

// clearDetector makes a table of rows and its fact sheet.
func clearDetector(name string, transport packet.Protocol, rows []clearRow) Detector {
	t := &clearTable{name: name, transport: transport, rows: rows}
	d := Detector{
		Name:      name,
		Transport: transport,
		Proves:    "The flow speaks a protocol that does not hide itself:",
		Not:       "That nothing else is hidden inside it.",
		Claims:    []ClaimID{claimClearOnce},
		Opens:     func(b byte) bool { return len(t.byFirst[b])+len(t.onPort[b]) > 0 },
		Detect:    t.detect,
	}
	var told []string
	for i := range t.rows {
		r := &t.rows[i]
		r.number = serviceNumber(r.service)
		r.bound = max(r.least, r.at+len(r.opens), 1)
		if r.claim == noClaim {
			r.claim = claimClear
		}
		if !slices.Contains(d.Claims, r.claim) {
			d.Claims = append(d.Claims, r.claim)
		}
		t.index(r, i)
		if !slices.Contains(told, r.service) {
			told = append(told, r.service)
		}
		if !slices.Contains(d.References, r.source) {
			d.References = append(d.References, r.source)
		}
	}
	slices.Sort(told)
	d.Proves += " " + strings.Join(told, ", ") + "."
	t.detector = d
	clearFamilies = append(clearFamilies, t)
	return d
}

// index enters row i where payloads that it may match are looked up.
func (t *clearTable) index(r *clearRow, i int) {
	for _, p := range r.ports {
		clearPorts[p/64] |= 1 << (p % 64)
	}
	for b := range 256 {
		switch {
		case !r.mayOpen(byte(b)):
		case r.ports != nil:
			t.onPort[b] = append(t.onPort[b], r.gate(i))
		default:
			t.byFirst[b] = append(t.byFirst[b], r.gate(i))
		}
	}
}

func (r *clearRow) mayOpen(b byte) bool {
	if r.at > 0 || r.opens == "" {
		return true
	}
	if r.mask != "" {
		return b&r.mask[0] == r.opens[0]
	}
	return b == r.opens[0]
}

// clearObserve is how many payloads of a flow are compared: a protocol that does not hide says
// so soon, and among the hundreds of a media flow chance would speak.
const clearObserve = 12

// detect claims the first row that matches; those that want a port go first.
func (t *clearTable) detect(o *Observation) {
	if o.Number() >= clearObserve {
		return
	}
	k := &o.Flow.Key
	if clearPort(k.Port[0]) || clearPort(k.Port[1]) {
		if t.claim(o, t.onPort[o.Payload[0]]) {
			return
		}
	}
	t.claim(o, t.byFirst[o.Payload[0]])
}

// claim claims the first row behind the gates that matches, and tells whether one did.
func (t *clearTable) claim(o *Observation, gates []clearGate) bool {
	p := o.Payload
	for i := range gates {
		g := &gates[i]
		if len(p) < int(g.bound) || p[g.at]&g.mask != g.octet {
			continue
		}
		r := &t.rows[g.row]
		if !r.onPort(o) || !r.built(o) {
			continue
		}
		if r.twice {
			o.recogniseTwice(r.claim, r.number)
		} else {
			o.recognise(r.claim, r.number)
		}
		return true
	}
	return false
}

// recognise claims id for a service. The first service that a claim was made for stands: what
// a stream carries later is another matter.
func (o *Observation) recognise(id ClaimID, service uint32) {
	if n := o.classifier.find(o.state, id); n != nil && n.a != 0 {
		service = n.a
	}
	o.Claim(id, service, 0)
}

// recogniseTwice claims id for a service when it was hinted at before, and else hints at it.
func (o *Observation) recogniseTwice(id ClaimID, service uint32) {
	if n := o.classifier.find(o.state, claimClearOnce); n != nil && n.a == service {
		o.recognise(id, service)
		return
	}
	o.Claim(claimClearOnce, service, 0)
}

func (r *clearRow) onPort(o *Observation) bool { return r.ports == nil || o.onPort(r.ports...) }

// onPort tells whether one end of the flow has one of the ports.
func (o *Observation) onPort(ports ...uint16) bool {
	k := &o.Flow.Key
	for _, p := range ports {
		if k.Port[0] == p || k.Port[1] == p {
			return true
		}
	}
	return false
}

// built tells whether the payload is built as the row says, whatever its port.
func (r *clearRow) built(o *Observation) bool {
	p := o.Payload
	if len(p) < r.bound {
		return false
	}
	if r.mask == "" {
		if string(p[r.at:r.at+len(r.opens)]) != r.opens {
			return false
		}
	} else {
		for i := range len(r.opens) {
			if p[r.at+i]&r.mask[i] != r.opens[i] {
				return false
			}
		}
	}
	return r.check == nil || r.check(o)
}

// services are the names that claims of this kind hold by number; 0 is none.
var services = []string{""}

// serviceNumber numbers a service. It is for package variables only: the list is read without
// a lock once the program runs.
func serviceNumber(name string) uint32 {
	if i := slices.Index(services, name); i >= 0 {
		return uint32(i)
	}
	services = append(services, name)
	return uint32(len(services) - 1)
}

// serviceName is the name of a service by its number, "" if there is none.
func serviceName(number uint32) string {
	if int(number) < len(services) {
		return services[number]
	}
	return ""
}

// service is what a line recognises: by its weight, or by the number that its claim holds.
func (l *line) service() string {
	switch l.id {
	case claimClear, claimClearOnce, claimClearPeer, claimTunnel, claimMessenger, claimGame, claimQUICNamed:
		if name := serviceName(l.a); name != "" {
			return name
		}
	}
	return weights[l.id].service
}
