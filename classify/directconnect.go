package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Direct Connect: NMDC and ADC.
//
//	NMDC  | "$Lock " ... " Pk=" ... "|" | hub, or   | "$MyNick " nick "|" "$Lock " ... "|" | client to client
//	ADC   | "HSUP ADBAS0 ..." LF | to a hub, or     | "CSUP ADBAS0 ..." LF | client to client
//	UDP   | "$SR " nick ... "|" | or | "URES " CID ... LF | a search result to a peer
//
// All of it is text: plain peer-to-peer. Over TLS (nmdcs, adcs) neither names its server; the
// certificate of a client then bears its CID (peer_certificate.go).
var (
	directConnect = Detector{
		Name:       "directconnect",
		Transport:  packet.TCP,
		References: []string{"NMDC Protocol 1.3, Client-Hub and Client-Client handshakes", "ADC Protocol 1.0.4, sections 5.2 and 5.3.1 (SUP)"},
		Proves:     "A Direct Connect client speaks to a hub or another client in clear.",
		Not:        "Direct Connect over TLS.",
		Claims:     []ClaimID{claimDirectConnect},
		Opens:      func(b byte) bool { return b == '$' || b == 'H' || b == 'C' },
		Detect:     detectDirectConnect,
	}
	directConnectUDP = Detector{
		Name:       "directconnect-udp",
		Transport:  packet.UDP,
		References: []string{"NMDC Protocol 1.3, $SR", "ADC Protocol 1.0.4, section 5.3.5 (RES)"},
		Proves:     "A client answers a peer's search in clear.",
		Not:        "Encrypted results (SUDP).",
		Claims:     []ClaimID{claimDirectConnect},
		Opens:      func(b byte) bool { return b == '$' || b == 'U' },
		Detect:     detectDirectConnectUDP,
	}
)

var (
	dcLock     = []byte("$Lock ")
	dcKey      = []byte(" Pk=")
	dcNick     = []byte("$MyNick ")
	adcHub     = []byte("HSUP AD")
	adcClient  = []byte("CSUP AD")
	dcResult   = []byte("$SR ")
	adcResult  = []byte("URES ")
	dcTreeHash = []byte("TTH:")
)

// The values of claimDirectConnect: who speaks.
const (
	dcHub = iota
	dcClient
)

func detectDirectConnect(o *Observation) {
	p := o.Payload
	if !o.First() {
		return
	}
	switch {
	case bytes.HasPrefix(p, dcNick) && bytes.IndexByte(p, '|') > len(dcNick), bytes.HasPrefix(p, adcClient):
		o.Claim(claimDirectConnect, dcClient, 0)
	case bytes.HasPrefix(p, dcLock) && bytes.Contains(p, dcKey), bytes.HasPrefix(p, adcHub):
		o.Claim(claimDirectConnect, dcHub, 0)
	}
}

func detectDirectConnectUDP(o *Observation) {
	p := o.Payload
	switch {
	case bytes.HasPrefix(p, dcResult) && bytes.Contains(p, dcTreeHash):
		o.Claim(claimDirectConnect, dcClient, 0)
	case len(p) > len(adcResult)+39 && bytes.HasPrefix(p, adcResult) && base32Text(p[len(adcResult):len(adcResult)+39]):
		o.Claim(claimDirectConnect, dcClient, 0)
	}
}

// base32Text tells whether p is written in the upper-case alphabet of RFC 4648, section 6.
func base32Text(p []byte) bool {
	for _, b := range p {
		if b-'A' >= 26 && b-'2' >= 6 {
			return false
		}
	}
	return len(p) > 0
}
