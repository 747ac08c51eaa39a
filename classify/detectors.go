package classify

// Detectors lists every detector of the house, by the kind of traffic. Adding a protocol is one
// file, its tests, its weights in evidence.go and one line here.
func Detectors() []Detector {
	return []Detector{
		// calls
		discord,
		dtls,
		facetime,
		imo,
		lineCall,
		nintendo,
		pseudoTLS,
		rtcp,
		rtp,
		stunTCP,
		stunUDP,
		telegram,
		telegramTCP,
		viber,
		wechat,
		zoom,
		zrtp,

		// meshes
		derp,
		emuleTCP,
		emuleUDP,
		gnutellaUDP,
		hamachi,
		hamachiTCP,
		mse,
		n2n,
		nebula,
		resilio,
		rustdesk,
		rustdeskUDP,
		steam,
		syncthing,
		syncthingUDP,
		tailscale,
		teamviewerTCP,
		teamviewerUDP,
		utp,
		zerotier,

		// overlays
		bitcoinV2,
		coins,
		directConnect,
		directConnectUDP,
		discv4,
		discv5,
		i2pNTCP,
		i2pSSU,
		libp2p,
		lightning,
		openDHT,
		p2pVideo,
		peerCertificate,
		rlpx,
		skypeTCP,
		skypeUDP,
		soulseek,
		tor,
		tox,
		zeroAccess,

		// clear protocols
		clearUnsortedTCP,
		clearUnsortedUDP,

		// not sorted yet
		dns,
		dnsTCP,
		openvpnTCP,
		openvpnUDP,
		quic,
		tcpRandom,
		tinc,
		tls,
		udpRandom,
		wireguard,
	}
}
