package alert

import (
	"bytes"
	"time"

	"peeratlas/report"
)

// Events of contacts.
const (
	EventAppeared = "appeared" // the flow is p2p or likely, and was not before
	EventFinal    = "final"    // nothing more comes of it
)

// appendContacts appends the bodies of the lines that a look gives, each with a line feed, and
// returns how many there are. Every flow that was p2p or likely at a look is told as final once;
// before that as appeared, if it did not end within the same look.
func appendContacts(dst []byte, l *report.Look) ([]byte, uint64) {
	n := uint64(0)
	for i := range l.News {
		s := &l.News[i]
		switch {
		case s.News&report.Ended != 0:
			dst = appendContact(dst, s, EventFinal, l.Time)
		case s.News&report.Appeared != 0:
			dst = appendContact(dst, s, EventAppeared, l.Time)
		default:
			continue
		}
		n++
	}
	return dst, n
}

// appendContact appends the flow's record, and what the log adds to it.
func appendContact(dst []byte, s *report.Sighting, event string, now time.Time) []byte {
	dst = bytes.TrimSuffix(report.AppendRecord(dst, &s.Record), []byte("}\n"))
	dst = appendText(dst, "event", event)
	dst = appendTime(dst, "logged", now)
	dst = appendText(dst, "direction", direction(&s.Record))
	src := int(s.Record.Flow.Initiator & 1)
	known := byte('{')
	for i, end := range [2]string{"src", "dst"} {
		o := s.Owner[src^i]
		if o.PID == 0 {
			continue
		}
		if known == '{' {
			dst = append(dst, `,"process":`...)
		}
		dst = append(append(append(append(dst, known, '"'), end...), '"'), ':')
		dst = appendOwner(dst, o)
		known = ','
	}
	if known == ',' {
		dst = append(dst, '}')
	}
	return append(dst, '\n')
}

// direction says which way a flow began, seen from the home networks.
func direction(r *report.Record) string {
	src := r.Flow.Initiator & 1
	switch {
	case r.Home[src] && r.Home[1-src]:
		return "internal"
	case r.Home[src]:
		return "outbound"
	case r.Home[1-src]:
		return "inbound"
	}
	return "external"
}
