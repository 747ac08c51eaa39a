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
	first   string                  // octets, one of which the payload begins with; "": any
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

// clearTable is a family's rows of one transport.
type clearTable struct {
	name      string
	transport packet.Protocol
	rows      []clearRow
	detector  Detector
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
		Opens:     t.octetsOpening,
		Within:    clearObserve,
		Detect:    t.detect,
		clear:     t,
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

func (r *clearRow) mayOpen(b byte) bool {
	if r.first != "" && strings.IndexByte(r.first, b) < 0 {
		return false
	}
	if r.at > 0 || r.opens == "" {
		return true
	}
	return b&r.maskAt(0) == r.opens[0]
}

// maskAt is the mask of the pattern's octet i.
func (r *clearRow) maskAt(i int) byte {
	if r.mask == "" {
		return 0xff
	}
	return r.mask[i]
}

// clearObserve is how many payloads of a flow are compared: a protocol that does not hide says
// so soon, and among the hundreds of a media flow chance would speak.
const clearObserve = windowLength

// beyondClear tells whether rows are not asked any more: after so many payloads, and after a
// handshake of TLS, behind which chance alone would match.
func (o *Observation) beyondClear() bool {
	return o.Number() >= clearObserve || o.Claimed(claimTLSNamed)|o.Claimed(claimTLSServer) != 0
}

// detect claims the first row that matches; those that want a port go first. It asks row by
// row: what all tables say of a flow is looked up by clearIndex.
func (t *clearTable) detect(o *Observation) {
	if o.beyondClear() {
		return
	}
	for _, onPort := range [...]bool{true, false} {
		for i := range t.rows {
			r := &t.rows[i]
			if (r.ports != nil) == onPort && r.onPort(o) && r.speak(o) {
				return
			}
		}
	}
}

// speak claims what the row says if the payload is built so, and tells whether it is.
func (r *clearRow) speak(o *Observation) bool {
	if !r.built(o) {
		return false
	}
	if r.twice {
		o.recogniseTwice(r.claim, r.number)
	} else {
		o.recognise(r.claim, r.number)
	}
	return true
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
	if len(p) < r.bound || r.first != "" && strings.IndexByte(r.first, p[0]) < 0 {
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
