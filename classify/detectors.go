package classify

import "slices"

// Detectors lists every detector of the house, by the kind of traffic. Adding a protocol is one
// file, its tests, its weights in weights.go and one line here.
func Detectors() []Detector {
	return slices.Concat(calls(), meshes(), overlays(), clearProtocols(), statistics())
}

// calls are of people who talk: messengers, conferences, telephony, and consoles.
func calls() []Detector {
	return []Detector{
		discord,
		dtls,
		facetime,
		goToMeeting,
		imo,
		kakaoTalk,
		lineCall,
		nintendo,
		playStation,
		pseudoTLS,
		rtcp,
		rtp,
		snapchat,
		stunTCP,
		stunUDP,
		telegram,
		telegramTCP,
		viber,
		wechat,
		xbox,
		zoom,
		zrtp,
	}
}

// meshes are private networks, file sharing and remote desktops.
func meshes() []Detector {
	return []Detector{
		derp,
		emuleTCP,
		emuleUDP,
		gnunet,
		gnutellaUDP,
		hamachi,
		hamachiTCP,
		moonlight,
		mse,
		n2n,
		nebula,
		resilio,
		rustdesk,
		rustdeskUDP,
		steam,
		steamPlay,
		syncthing,
		syncthingUDP,
		tailscale,
		teamviewerTCP,
		teamviewerUDP,
		tinc,
		utp,
		wireguard,
		yggdrasil,
		zerotier,
	}
}

// overlays are networks of strangers, coins among them, and what looks like noise.
func overlays() []Detector {
	return []Detector{
		bitcoinV2,
		coins,
		directConnect,
		directConnectUDP,
		discv4,
		discv5,
		hyphanet,
		i2pNTCP,
		i2pNTCP2,
		i2pSSU,
		i2pSSU2,
		keepAlive,
		libp2p,
		lightning,
		openDHT,
		p2pVideo,
		peerCertificate,
		rlpx,
		rlpxFrames,
		skypeOverlay,
		skypeTCP,
		skypeUDP,
		soulseek,
		tor,
		tox,
		toxRelay,
		zeroAccess,
	}
}

// clearProtocols speak against: servers' protocols, and peers' that hide nothing.
func clearProtocols() []Detector {
	return []Detector{
		activision,
		clearAdminTCP,
		clearAdminUDP,
		clearDataTCP,
		clearDataUDP,
		clearGamesTCP,
		clearGamesUDP,
		clearIndustrialTCP,
		clearIndustrialUDP,
		clearLAN,
		clearMessengersTCP,
		clearMessengersUDP,
		clearPeersTCP,
		clearPeersUDP,
		clearRemoteUDP,
		clearShares,
		clearStreams,
		clearText,
		clearVoiceTCP,
		clearVoiceUDP,
		clearVPNTCP,
		clearVPNUDP,
		clearWeb,
		coap,
		dns,
		dnscrypt,
		dnscryptTCP,
		dnsTCP,
		dtlsServer,
		ipsec,
		mumble,
		openvpnTCP,
		openvpnUDP,
		quic,
		rtpPlain,
		sipTCP,
		sipUDP,
		socks,
		tftpData,
		threema,
		tls,
	}
}

// statistics come last: they are dear, and what the others recognised needs none.
func statistics() []Detector { return []Detector{tcpRandom, udpRandom} }
