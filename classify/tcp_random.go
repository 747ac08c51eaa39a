package classify

import "peeratlas/capture/packet"

// First segments that look like noise.
//
// An obfuscated stream (Skype's overlay, MSE/PE, RLPx, obfs4, Shadowsocks, BIP 324) begins
// with octets that no protocol with a clear header would send. The rules follow what the
// Great Firewall was seen to exempt (Wu et al., USENIX Security 2023), with a test of set
// bits whose width follows the sample's length instead of a fixed one. Both directions must
// pass: a proxy's client looks alike one way, and so do most ciphers.
//
// A stream of noise behind its length in clear is not of that kind: it is somebody's framing,
// and mostly a server's.
//
// It proves only that nothing clear was said; who the far end is must come from elsewhere.
var tcpRandom = Detector{
	Name:       "tcp-random",
	Transport:  packet.TCP,
	References: []string{"Wu et al., How the Great Firewall of China Detects and Blocks Fully Encrypted Traffic, USENIX Security 2023, section 4"},
	Proves:     "The first segments of a direction look like noise.",
	Not:        "That they are encrypted rather than compressed; that the far end is a peer: proxies and VPNs look alike.",
	Claims:     []ClaimID{claimRandomFirst, claimClearFirst, claimFramedFirst},
	Least:      8,
	First:      true,
	Detect:     detectTCPRandom,
}

func detectTCPRandom(o *Observation) {
	if !o.First() || (o.Flow.TCPFlags[0]|o.Flow.TCPFlags[1])&packet.SYN == 0 {
		return // joined mid-stream: any cipher looks so
	}
	if o.Noise() && hiddenOpening(o.Payload) {
		o.Claim(claimRandomFirst, uint32(o.Length), 0)
		if width := lengthPrefix(o.Payload, o.Length); width > 0 {
			o.Claim(claimFramedFirst, uint32(width), 0)
		}
	} else if len(o.Payload) >= 8 && (structured(o.Payload) || printableRun(o.Payload[:min(len(o.Payload), 256)]) > 7) {
		o.Claim(claimClearFirst, uint32(o.Length), 0)
	}
}

// tcpNoise tells whether the first segment of a stream passes for random and opens like no
// protocol that begins in clear.
func tcpNoise(p []byte) bool { return noise(p) && hiddenOpening(p) }

// hiddenOpening tells whether p, which passes for random, opens like no protocol that begins
// in clear.
func hiddenOpening(p []byte) bool {
	if printableRun(p[:6]) == 6 || printableRun(p[:min(len(p), 256)]) > 20 {
		return false
	}
	tls := (p[0] == 0x16 || p[0] == 0x17) && p[1] == 3 && p[2] <= 4
	ssl2 := p[0] == 0x80 && p[2] == 1 && p[3] == 3
	return !tls && !ssl2
}

// lengthPrefix is the width in octets of a length field that p begins with and that says how
// many of length octets follow it or, itself included, there are; 0 if there is none. Chance
// makes one in 2^13 payloads.
func lengthPrefix(p []byte, length int) int {
	if len(p) < 4 {
		return 0
	}
	for width := 2; width <= 4; width++ {
		big, little := 0, 0
		for i, b := range p[:width] {
			big, little = big<<8|int(b), little|int(b)<<(8*i)
		}
		if rest := length - width; big == rest || little == rest || width > 2 && (big == length || little == length) {
			return width
		}
	}
	return 0
}

// printableRun is the longest run of printable ASCII in p.
func printableRun(p []byte) int {
	best, run := 0, 0
	for _, b := range p {
		if b >= 0x20 && b < 0x7f {
			run++
			best = max(best, run)
		} else {
			run = 0
		}
	}
	return best
}
