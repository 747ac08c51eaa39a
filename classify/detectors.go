package classify

import "peeratlas/capture/packet"

// Detectors lists every detector of the house, by the kind of traffic. Adding a protocol is one
// file, its tests, its weights in evidence.go and one line here.
func Detectors() []Detector {
	return []Detector{
		// calls

		// meshes

		// overlays

		// clear protocols

		// not sorted yet
		clearDetector(packet.TCP, "clear-tcp"),
		clearDetector(packet.UDP, "clear-udp"),
		discv4,
		dns,
		dnsTCP,
		dtls,
		lineCall,
		nintendo,
		openvpnTCP,
		openvpnUDP,
		quic,
		rlpx,
		rtp,
		skypeTCP,
		skypeUDP,
		stunTCP,
		stunUDP,
		tcpRandom,
		telegram,
		tinc,
		tls,
		udpRandom,
		wireguard,
	}
}
