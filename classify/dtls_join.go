package classify

// Handshake messages of DTLS up to 1.2 that take several fragments (RFC 6347, section 4.2.2):
// certificates mostly, and ClientHellos with post-quantum key shares.
//
//	record 13 | type 1 | length 3 | message sequence 2 | fragment offset 3 | fragment length 3 | body ...

// dtlsFragment is one fragment of a handshake message.
type dtlsFragment struct {
	kind         byte
	size, offset int
	sequence     uint16
	body         []byte
}

// dtlsFragments yields the handshake fragments in clear of a datagram, also those that are cut.
func dtlsFragments(p []byte) func(func(dtlsFragment) bool) {
	return func(yield func(dtlsFragment) bool) {
		for len(p) >= 13+12 && p[0] == 0x16 && dtlsVersion(be16(p[1:])) && be16(p[3:]) == 0 {
			record := p[13:min(13+int(be16(p[11:])), len(p))]
			p = p[13+len(record):]
			for len(record) >= 12 {
				n := be24(record[9:])
				f := dtlsFragment{record[0], be24(record[1:]), be24(record[6:]), be16(record[4:]), record[12:min(12+n, len(record))]}
				if f.offset+n > f.size || !yield(f) {
					return
				}
				record = record[12+len(f.body):]
			}
		}
	}
}

func be24(p []byte) int { return int(p[0])<<16 | int(be16(p[1:])) }

// dtlsMessage returns the body of the first handshake message of a kind that this packet holds
// whole, or makes whole; nil if there is none. It may be asked twice of one packet.
func (o *Observation) dtlsMessage(kind byte) []byte {
	for f := range dtlsFragments(o.Payload) {
		if f.kind != kind {
			continue
		}
		if len(f.body) == f.size {
			return f.body
		}
		if f.size > maxJoinOctets || o.Cut() {
			continue
		}
		j := o.join(joinDTLS)
		if j == nil || j.base != uint32(f.sequence)<<8|uint32(kind) || j.size != f.size {
			j = o.newJoin(joinDTLS)
			j.base, j.size = uint32(f.sequence)<<8|uint32(kind), f.size
		}
		j.put(f.offset, f.body)
		if j.next(o); len(j.octets()) == j.size {
			j.done = true
			return j.data[:j.size]
		}
	}
	return nil
}
