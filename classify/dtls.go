package classify

import "peeratlas/capture/packet"

// DTLS handshakes, and whether they key SRTP.
//
//	| type 1 | version 2 | epoch 2 | sequence 6 | length 2 | handshake type 1 | length 3 |
//	| message sequence 2 | fragment offset 3 | fragment length 3 | body ...
//	| 19 | fe fd | epoch 2 | sequence 6 | connection id n | length 2 | ...    RFC 9146
//	| 001CSLEE | connection id n | sequence 1-2 | length 0-2 | ...            DTLS 1.3, encrypted
//
// A ClientHello with the use_srtp extension (14) sets up media keys: WebRTC and its kin. One
// without is a VPN, CoAP or another client of a server, or a data channel. The unified header
// of DTLS 1.3 has three fixed bits: it counts only on a flow whose handshake was seen.
var dtls = Detector{
	Name:       "dtls",
	Transport:  packet.UDP,
	References: []string{"RFC 6347, section 4.1", "RFC 9147, section 4", "RFC 9146, section 4", "RFC 5764, section 4.1.1", "RFC 9443, section 3"},
	Proves:     "A DTLS handshake; with use_srtp, that it keys media.",
	Not:        "That the far end is a peer: conference servers do the same.",
	Claims:     []ClaimID{claimDTLS, claimDTLSRecord, claimDTLSSRTP},
	Opens:      func(b byte) bool { return b >= 20 && b < 64 },
	Gates: []Gate{
		{Opens: func(b byte) bool { return b < 0x1b }, Octets: []octetGate{octet(1, 0xfe, 1)}, Least: 13},
		{Opens: func(b byte) bool { return b>>5 == 1 }, Follows: []ClaimID{claimDTLS}},
	},
	Detect: detectDTLS,
}

// dtlsKind is what a payload is to DTLS.
type dtlsKind uint8

const (
	dtlsNone      dtlsKind = iota
	dtlsRecord             // a record beside the handshake, or an encrypted one
	dtlsHandshake          // a handshake in clear
	dtlsKeysMedia          // a ClientHello with use_srtp
)

func detectDTLS(o *Observation) {
	kind := dtlsHello(o.Payload, o.Length)
	if kind == dtlsHandshake && o.Claimed(claimDTLSSRTP) == 0 && dtlsUseSRTP(o.dtlsMessage(1)) {
		kind = dtlsKeysMedia // with the fragment that makes the hello whole
	}
	switch kind {
	case dtlsKeysMedia:
		o.Watch(iceObserve)
		o.Claim(claimDTLSSRTP, 0, 0)
		o.Claim(claimDTLS, uint32(o.Payload[0]), 0)
	case dtlsHandshake:
		o.Claim(claimDTLS, uint32(o.Payload[0]), 0)
	case dtlsRecord:
		o.Claim(claimDTLSRecord, uint32(o.Payload[0]), 0)
	default:
		if o.Payload[0]>>5 == 1 && o.Claimed(claimDTLS) != 0 {
			o.Claim(claimDTLSRecord, uint32(o.Payload[0]), 0)
		}
	}
}

// dtlsHello tells what a payload of length octets on the wire that begins with p is to DTLS.
func dtlsHello(p []byte, length int) dtlsKind {
	if len(p) < 13 || p[0] < 0x14 || p[0] > 0x1a || !dtlsVersion(be16(p[1:])) {
		return dtlsNone
	}
	if p[0] == 0x19 {
		// tls12_cid: the length stands behind an identifier whose size was agreed on before.
		if be16(p[3:]) == 0 {
			return dtlsNone // it is for encrypted records, which epoch 0 has not
		}
		return dtlsRecord
	}
	if 13+int(be16(p[11:])) > length {
		return dtlsNone
	}
	if p[0] != 0x16 || be16(p[3:]) != 0 {
		return dtlsRecord
	}
	if len(p) > 25 && p[13] == 1 && p[19]|p[20]|p[21] == 0 && dtlsUseSRTP(p[25:]) {
		return dtlsKeysMedia
	}
	return dtlsHandshake
}

// dtlsVersion tells the versions on the wire: 1.0, 1.2 (which 1.3 shows too), 1.3's own, and
// the one that OpenSSL before 0.9.8f and Cisco's AnyConnect send.
func dtlsVersion(v uint16) bool {
	return v == 0xfeff || v == 0xfefd || v == 0xfefc || v == 0x0100
}

// dtlsUseSRTP walks a DTLS ClientHello body (RFC 6347, section 4.2.1) to its extensions.
func dtlsUseSRTP(p []byte) bool {
	at := 2 + 32 // version, random
	for _, width := range [...]int{1, 1, 2, 1} {
		// session id, cookie, cipher suites, compression methods
		if at+width > len(p) {
			return false
		}
		n := int(p[at])
		if width == 2 {
			n = int(be16(p[at:]))
		}
		at += width + n
	}
	if at+2 > len(p) {
		return false
	}
	end := min(at+2+int(be16(p[at:])), len(p))
	for at += 2; at+4 <= end; at += 4 + int(be16(p[at+2:])) {
		if be16(p[at:]) == 14 {
			return true
		}
	}
	return false
}
