package report

import "peeratlas/classify"

// Contact is one host's having to do with one peer, as a flow shows it.
type Contact struct {
	Host, Peer int // ends of Record.Flow
}

// Contacts are what r counts for: none unless it is likely at least, one mostly, and two if both
// ends are peers and hosts of each other.
func (r *Record) Contacts() (list [2]Contact, n int) {
	if r.Verdict.Judgement < classify.Likely {
		return list, 0
	}
	for e, is := range r.peers() {
		if !is {
			continue
		}
		if host, ok := r.hostOf(e); ok {
			list[n] = Contact{host, e}
			n++
		}
	}
	return list, n
}

// Exchanged tells whether payload went both ways.
func (r *Record) Exchanged() bool { return r.exchanged() }

// Reasons are the lines that speak most for r's verdict, at most four. They are to be asked for
// before the next flow is judged.
func (r *Record) Reasons() []Reason { return reasons(r.Verdict.Account(), []Reason{}) }

// RowOf is the Code of the row among peers by country that the address at that end counts in.
func (r *Record) RowOf(end int) string { return rowOf(&r.Location[end&1]) }
