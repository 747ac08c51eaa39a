package classify

import "peeratlas/capture/packet"

// Detectors lists every detector of the house, by the kind of traffic. Adding a protocol is one
// file, its tests, its weights in evidence.go and one line here.
func Detectors() []Detector {
	return []Detector{
		// calls

		// meshes

		// overlays
		bitcoinV2,
		coins,
		discv4,
		discv5,
		i2pNTCP,
		i2pSSU,
		libp2p,
		lightning,
		rlpx,
		skypeTCP,
		skypeUDP,
		tox,

		// clear protocols

		// not sorted yet
		clearDetector(packet.TCP, "clear-tcp"),
		clearDetector(packet.UDP, "clear-udp"),
		dns,
		dnsTCP,
		dtls,
		lineCall,
		nintendo,
		openvpnTCP,
		openvpnUDP,
		quic,
		rtp,
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
