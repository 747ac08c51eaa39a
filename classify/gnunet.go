package classify

import "peeratlas/capture/packet"

// GNUnet over TCP, until its communicators take over (0.19.3 still speaks it).
//
//	| size 2 | type 2: 61 | peer identity 32 (64 before 0.10) |     both ends, first; then sealed messages
//
// Both peers welcome each other with their identity, a public key. The communicator that
// replaced this transport sends a bare key and noise, which shows nothing.
var gnunet = Detector{
	Name:       "gnunet",
	Transport:  packet.TCP,
	References: []string{"GNUnet src/include/gnunet_protocols.h, GNUNET_MESSAGE_TYPE_TRANSPORT_TCP_WELCOME; plugin_transport_tcp.c, WelcomeMessage (source of 2014 to 2019)", "GNUnet 0.19.3 as packaged by Debian 12, run in testdata/lab"},
	Proves:     "A GNUnet peer dials another; both ways, that the other is one.",
	Not:        "Peers that use the newer communicator.",
	Claims:     []ClaimID{claimGNUnet, claimGNUnetBoth},
	Opens:      func(b byte) bool { return b == 0 },
	Detect:     detectGNUnet,
}

func detectGNUnet(o *Observation) {
	p := o.Payload
	if !o.First() || len(p) < 36 || be16(p[2:]) != 61 {
		return
	}
	size := int(be16(p))
	if size != 36 && size != 68 || size > len(p) || !noise(p[4:size]) {
		return
	}
	o.Claim(claimGNUnet, uint32(size), 0)
	if o.ClaimedByOther(claimGNUnet) {
		o.Claim(claimGNUnetBoth, uint32(size), 0)
	}
}
