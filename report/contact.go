package report

// Contact is a peer and the host that had to do with it, as ends of one flow's key.
type Contact struct {
	Host, Peer int
	Exchanged  bool // payload went both ways
}

// Contacts appends to dst whom r is a contact between, as a summary counts it: at most two, for a
// flow between two hosts is a contact of both. A peer between strangers who was the one that
// began has no host, and is left out. r is p2p or likely.
func (r *Record) Contacts(dst []Contact) []Contact {
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

// AppendJSON appends s as a JSON string (RFC 8259, section 7) of characters that show: controls,
// bidirectional controls and < > & are escaped, and octets that are not UTF-8 become U+FFFD.
func AppendJSON(dst []byte, s string) []byte { return appendJSON(dst, s) }
