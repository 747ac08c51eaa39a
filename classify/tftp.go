package classify

import "peeratlas/capture/packet"

// TFTP's data. The server answers a request from a port of its own, so that data comes in a
// flow without the request.
//
//	| 00 03 | block 2 | 0 to 512 octets |    data
//	| 00 04 | block 2 |                      acknowledgement
//
// An acknowledgement is four octets that repeat the block of the data before it: 64 bits
// between the two, less what lengths are free.
var tftpData = Detector{
	Name:       "tftp-data",
	Transport:  packet.UDP,
	References: []string{"RFC 1350, sections 4 and 5", "RFC 2347, section 3"},
	Proves:     "A file goes over TFTP.",
	Not:        "Which file.",
	Claims:     []ClaimID{claimClear},
	Opens:      func(b byte) bool { return b == 0 },
	Gates:      []Gate{{Octets: []octetGate{octet(1, 3, 4, 5, 6)}, Least: 4, After: 1}},
	Detect:     detectTFTPData,
}

var serviceTFTP = serviceNumber("tftp")

func detectTFTPData(o *Observation) {
	p := o.Payload
	if len(p) < 4 || p[1] < 3 || p[1] > 6 {
		return
	}
	b := o.LastFrom(1 - o.Dir)
	if b == nil || b.length < 4 || b.prefix[0] != 0 {
		return
	}
	mine, other := be16(p[2:]), be16(b.prefix[2:])
	switch {
	case p[1] == 4 && o.Length == 4 && b.prefix[1] == 3 && mine == other,
		p[1] == 3 && b.length == 4 && b.prefix[1] == 4 && mine-other == 1 && mine <= 1024,
		p[1] == 4 && o.Length == 4 && b.prefix[1] == 6 && mine == 0:
		o.recognise(claimClear, serviceTFTP)
	}
}
