package classify

// Messages of DNS over TCP that take several segments (RFC 7766, section 8).
//
//	| length 2 | message ... | length 2 | message ... |

// watchOn asks that the flow be observed for as many payloads again: what a resolver tells late
// counts as much as what it told first.
func (o *Observation) watchOn() { o.state.seen = 0 }

// dnsMessages reads the messages behind the first one in a segment, and awaits the rest of one
// that is cut.
func (o *Observation) dnsMessages(p []byte) {
	seq := o.Seq
	for len(p) >= 2 && 2+int(be16(p)) <= len(p) {
		n := 2 + int(be16(p))
		if seq != o.Seq && !o.dns(p[2:n]) {
			return
		}
		p, seq = p[n:], seq+uint32(n)
	}
	if len(p) > 0 && !o.Cut() {
		j := o.newJoin(joinDNS)
		j.headed, j.base = true, seq
		j.segment(seq, p)
		j.next(o)
	}
}

// dnsHold keeps a first segment that is no message: a length alone, or one that came early.
func (o *Observation) dnsHold(p []byte) {
	j := o.newJoin(joinDNS)
	j.segment(o.Seq, p)
	j.next(o)
}

// dnsRest adds a segment to the message that this direction began, and reads what is whole.
func (o *Observation) dnsRest(j *join) {
	j.segment(o.Seq, o.Payload)
	last := j.next(o)
	told := false
	for {
		p := j.octets()
		if len(p) < 14 {
			break
		}
		n := 2 + int(be16(p))
		if n < 14 || dnsQuestions(p[2:min(n, len(p))]) == 0 && len(p) > 2+12+255+4 {
			if j.headed {
				j.drop(o) // no message begins here: octets were lost
			}
			break
		}
		if n > len(p) {
			break
		}
		if !o.dns(p[2:n]) {
			j.drop(o)
			break
		}
		j.headed, j.packets, last, told = true, 0, false, true
		j.cutHead(n)
	}
	if told {
		o.Claim(claimDNS, uint32(o.Length), 0)
		o.watchOn()
	}
	if j.state != 0 && (last || told && j.n == 0) {
		j.drop(o)
	}
}
