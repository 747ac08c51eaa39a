package report

import "bytes"

// AppendProcesses adds to a line that AppendRecord wrote whose the flow's ends are, as docs/record.md
// describes: src_process and dst_process, or, if it is one of several, src_processes and
// dst_processes. Without any the line stays as it is.
func AppendProcesses(dst []byte, r *Record, of OwnerOf) []byte {
	if of == nil {
		return dst
	}
	src := int(r.Flow.Initiator & 1)
	for i, end := range [...]string{"src", "dst"} {
		o := of(&r.Flow, src^i)
		if len(o.Owners) == 0 {
			continue
		}
		dst = append(append(bytes.TrimSuffix(dst, []byte("}\n")), `,"`...), end...)
		if len(o.Owners) == 1 {
			dst = appendOwner(append(dst, `_process":`...), o.Owners[0])
			dst = appendJSON(append(dst[:len(dst)-1], `,"by":`...), string(o.By))
			dst = append(dst, "}}\n"...)
			continue
		}
		dst = append(dst, `_processes":[`...)
		for n, owner := range o.Owners[:min(len(o.Owners), maxOwners)] {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = appendOwner(dst, owner)
		}
		dst = appendJSON(append(append(append(dst, `],"`...), end...), `_doubt":`...), string(o.Doubt))
		dst = append(dst, "}\n"...)
	}
	return dst
}

// appendOwner writes an owner as a watch does.
func appendOwner(dst []byte, o Owner) []byte {
	dst = appendKeyUint(dst, `{"pid":`, uint64(max(o.PID, 0)))
	dst = appendJSON(append(dst, `,"name":`...), o.Name)
	return append(appendJSON(append(dst, `,"user":`...), o.User), '}')
}

// Join counts the sockets of hosts for who writes records and no summary. One goroutine uses it: Add
// for each flow, Finish once.
type Join struct{ owners owners }

// NewJoin returns a Join that goes by of, in bounded memory.
func NewJoin(of OwnerOf) *Join { return &Join{newOwners(of)} }

// Add counts the hosts' ends of a flow that is likely at least.
func (j *Join) Add(r *Record) {
	var room [2]Contact
	for _, c := range r.Contacts(room[:0]) {
		j.owners.add(&r.Flow, c.Host)
	}
}

// Finish tells what joining came to; nil if nobody was asked.
func (j *Join) Finish(listings []Listing) *Joined { return j.owners.finish(listings) }
