package report

import "peeratlas/classify"

// Contact is a peer and the host that had to do with it, as ends of one flow's key.
type Contact struct {
	Host, Peer int
	Exchanged  bool // payload went both ways
}

// Contacts appends to dst whom r is a contact between, as a summary counts it: none unless it is
// likely at least, one mostly, and two for a flow between two hosts that are peers of each other.
// A peer between strangers who was the one that began has no host, and is left out.
func (r *Record) Contacts(dst []Contact) []Contact {
	if r.Verdict.Judgement < classify.Likely {
		return dst
	}
	for e, is := range r.peers() {
		if !is {
			continue
		}
		if host, ok := r.hostOf(e); ok {
			dst = append(dst, Contact{Host: host, Peer: e, Exchanged: r.exchanged()})
		}
	}
	return dst
}

// Exchanged tells whether payload went both ways.
func (r *Record) Exchanged() bool { return r.exchanged() }

// Reasons are the lines that speak most for r's verdict, at most four. They are to be asked for
// before the next flow is judged.
func (r *Record) Reasons() []Reason { return reasons(r.Verdict.Account(), []Reason{}) }

// RowOf is the Code of the row among peers by country that the address at that end counts in.
func (r *Record) RowOf(end int) string { return rowOf(&r.Location[end&1]) }

// AppendJSON appends s as a JSON string (RFC 8259, section 7) of characters that show: controls,
// bidirectional controls and < > & are escaped, and octets that are not UTF-8 become U+FFFD.
func AppendJSON(dst []byte, s string) []byte { return appendJSON(dst, s) }
