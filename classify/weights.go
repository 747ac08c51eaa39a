package classify

// The table of claims and what each is worth: data of evidence.go.

// ClaimID names a claim.
type ClaimID uint16

type group uint8

const (
	structure   group = iota // how payloads are built
	transaction              // what one packet repeats of another
	media                    // what streams look like
	socketGroup              // what the local port does towards all peers
	hostGroup                // what the host does beside
	address                  // who the far end is, or was called
	service                  // a recognised protocol that speaks against
	numGroups
)

func (g group) String() string {
	return [...]string{"structure", "transaction", "media", "socket", "host", "address", "service"}[g]
}

// weight is what one claim is worth, and for what.
type weight struct {
	name    string
	group   group
	family  string // that it speaks for
	service string // that it recognises
	bits    float64
	path    Path   // that it implies
	detail  string // may format the claim's two values
}

// The claims, in the order of weights.
const (
	noClaim ClaimID = iota
	claimSkypeProbe
	claimSkypeAnswer
	claimSkypeNAK
	claimSkypeResend
	claimSkypeRetransmission
	claimSkypeMedia
	claimSkypeHello443
	claimSkypeAnswer443
	claimSkypeZeroTLS
	claimSkypeIDStep
	claimStunBinding
	claimStunAnswer
	claimStunPunch
	claimStunFingerprint
	claimIceCheck
	claimIceAnswer
	claimIceNominated
	claimIceTwoWay
	claimIceProbe
	claimIceLite
	claimTurnControl
	claimTurnData
	claimTurnPeerCheck
	claimMsStun
	claimMsRelay
	claimWhatsappStun
	claimZoomStun
	claimGoogleStun
	claimRealmSignal
	claimRealmFacebook
	claimRealmTelegram
	claimRealmViber
	claimRelayMedia
	claimDTLS
	claimDTLSRecord
	claimDTLSSRTP
	claimRTPStream
	claimRTPNoise
	claimRTPClear
	claimRTCP
	claimWireGuardInitiation
	claimWireGuardEcho
	claimWireGuardData
	claimTelegramReflector
	claimPiaEncrypted
	claimLineCall
	claimTincID
	claimRLPxAuth
	claimRLPxAck
	claimDiscv4
	claimBitTorrentDHT
	claimGnutella
	claimRandomFirst
	claimClearFirst
	claimRandomUDP
	claimClearUDP
	claimRandomBoth
	claimTLSNamed
	claimTLSNameless
	claimTLSInGnutella
	claimTLSServer
	claimTLSSelfSigned
	claimTLSMutual
	claimTLSAnyDesk
	claimTLSPeer
	claimQUIC
	claimQUICNamed
	claimQUICPeer
	claimDNS
	claimClear
	claimClearPeer
	claimOpenVPN
	claimGroupAddress
	claimNamed
	claimUnnamed
	claimServicePort
	claimHighPorts
	claimFanOut
	claimFailures
	claimBehaves
	claimSocketProven
	claimHostProven
	claimPeerProven
	claimTCPUDP
	claimScan
	claimSameOctets
	claimMesh
	// calls
	claimStunKeyed
	claimStunServer
	claimIceAsked
	claimIceUnlike
	claimTurnChannel
	claimTurnPeerAnswer
	claimTurnPrivatePeer
	claimTurnIdle
	claimRTCPClear
	claimSRTCP
	claimSRTPCall
	claimTelegramRelayed
	claimLineOld
	claimZoomPeer
	claimZoomPeerMedia
	claimZoomServer
	claimViberEcho
	claimViberPair
	claimNATCheck
	claimDiscord
	claimGoToMeeting
	claimStunWebex
	claimRealmGoogle
	claimTurnGoogle
	claimKakaoTalk
	claimZRTP
	claimZRTPBoth
	claimMsPseudoTLS
	claimGooglePseudoTLS
	claimFaceTime
	claimFaceTimeBoth
	claimFaceTimeInit
	claimWeChat
	claimWeChatHeartbeat
	claimImo
	claimPeerReported
	claimTelegramOneWay
	claimTelegramTag
	claimMediaPair
	claimIceWrapped
	claimXboxKeys
	claimXboxDialled
	claimPlayStation
	claimPlayStationBoth

	// meshes
	claimDisco
	claimDiscoBoth
	claimDiscoRelay
	claimDERP
	claimDERPUsed
	claimZeroTierHello
	claimZeroTierPair
	claimZeroTierCounts
	claimZeroTierRelay
	claimZeroTierRoot
	claimNebulaHandshake
	claimNebulaAnswer
	claimNebulaData
	claimNebulaRelay
	claimN2NEdge
	claimN2NSuper
	claimN2NPacket
	claimN2NClear
	claimHamachiOpen
	claimHamachiTunnel
	claimHamachiServer
	claimWireGuardCookie
	claimWireGuardBoth
	claimUTPSyn
	claimUTP
	claimUTPHidden
	claimUTPShort
	claimUTPLong
	claimUTPClear
	claimMSE
	claimMSEKeys
	claimSharingEndpoint
	claimSharingHost
	claimEmuleClear
	claimEmuleShape
	claimSyncthingDiscovery
	claimSyncthingBEP
	claimSyncthingQUIC
	claimSyncthingRelay
	claimSyncthingSession
	claimResilio
	claimTeamViewerUDP
	claimTeamViewerBoth
	claimTeamViewerTCP
	claimTeamViewerSession
	claimRustDeskID
	claimRustDeskKey
	claimRustDeskRelay
	claimRustDeskServer
	claimSteamDial
	claimSteamPlayAsk
	claimSteamPlay
	claimMoonlight
	claimGnutellaUDP
	claimTincBoth
	claimYggdrasil
	claimYggdrasilBoth
	claimFramedFirst
	claimGNUnet
	claimGNUnetBoth

	// overlays
	claimRLPxShape
	claimRLPxFrames
	claimRLPxStreams
	claimDiscv4Shape
	claimDiscv5Challenge
	claimDiscv5Handshake
	claimLibp2pHello
	claimLibp2pSecure
	claimLibp2pPlain
	claimLightningOne
	claimLightningTwo
	claimLightningThree
	claimToxShape
	claimToxExchange
	claimToxKey
	claimToxData
	claimToxRelay
	claimI2PAnswer
	claimI2PSession
	claimI2PSSU2
	claimI2PNTCP2
	claimI2PSocket
	claimI2PHost
	claimCoinGossip
	claimLevin
	claimBitcoinV2
	claimSoulseek
	claimSoulseekHidden
	claimZeroAccess
	claimZeroAccessAnswer
	claimDirectConnect
	claimOpenDHT
	claimP2PVideo
	claimGnutellaCertificate
	claimDirectCertificate
	claimRetroShareCertificate
	claimTorName
	claimTorCertificate
	claimTorNotAsked
	claimTorLink
	claimTorCell
	claimHostOverlay
	claimSocketDiscovery
	claimToxSocket
	claimBitcoinStreams
	claimStreamFanOut
	claimSkypePing
	claimSkypeNAKAddress
	claimSkypeFragment
	claimSkypeKeepAlive
	claimSkypeNoID
	claimSkypeOut
	claimSkypeLogin
	claimSkypeSizes
	claimSkypePort80
	claimSkypeRefresh
	claimSkypeHosted
	claimSkypeTelephone
	claimStellar
	claimHyphanetAnswer
	claimHyphanetSession
	claimHyphanetSocket
	claimSocketNoise
	claimOneServer

	// clear protocols
	claimClearOnce
	claimTunnel
	claimMessenger
	claimGame
	claimSDPMedia
	claimRTPPlain
	claimTLSRecord
	claimTLSHalf
	claimQUICShort
	claimQUICMedia
	claimSnapchat
	claimDTLSServer
	claimOpenVPNData
	claimOpenVPNShape

	// far ends, rhythms and hosts
	claimEyeball
	claimHosting
	claimProviderDirect
	claimProviderRelay
	claimConference
	claimRelayServer
	claimKeepAlive
	claimKeptAlive
	claimBursts
	claimAccepts
	claimDiverse
	claimCallShape
	claimEndpointKnown
	claimHostFlows
	claimHostSockets
	claimHostPeers
	claimHostPaths
	claimHostBoth
	claimHostFailures
	claimHostUnnamed
	claimHostNamed
	claimHostEyeballs
	claimHostHosted
	claimHostOnePeer

	numClaims
)

var weights = [numClaims]weight{
	claimSkypeProbe:          {"skype.probe_shape", structure, "skype", "", 2.5, 0, "function octet 2 and a length of 18 to 137 (last id %#04[1]x, %[2]d octets)"},
	claimSkypeAnswer:         {"skype.answer", transaction, "skype", "", 7, 0, "a start of message is answered by one of %[1]d octets, as accepted or refused probes are"},
	claimSkypeNAK:            {"skype.nak", transaction, "skype", "", 14, 0, "11-octet NAK repeats the request's id and tells the asker's public address {ip}"},
	claimSkypeResend:         {"skype.resend", transaction, "skype", "", 20, 0, "resend is 5 octets longer and repeats the NAK's and the request's fields"},
	claimSkypeRetransmission: {"skype.retransmission", transaction, "skype", "", 17, 0, "same id and CRC %#08[1]x, new IV"},
	claimSkypeMedia:          {"skype.media", media, "skype", "", 9, 0, "successive packets with function nibble d, the bits above it changing"},
	claimSkypeHello443:       {"skype.hello_443", structure, "skype", "", 17, Relayed, "72-octet SSLv2-framed hello with the constant head of Skype's"},
	claimSkypeAnswer443:      {"skype.answer_443", structure, "skype", "", 20, Relayed, "constant TLS ServerHello of 2004-01-31 17:23:18 UTC"},
	claimSkypeZeroTLS:        {"skype.zero_tls", structure, "skype", "skype-server", 0, Relayed, "TLS record of zero length first, as Skype's login servers are dialled"},
	claimSkypeIDStep:         {"skype.id_step2", socketGroup, "skype", "", 20, 0, "message ids rise by 2 over all peers of the socket: %d of %d steps"},

	claimStunBinding:     {"stun.binding", service, "", "stun", -9, 0, "Binding without credentials, as public servers are asked"},
	claimStunAnswer:      {"stun.answer", structure, "", "stun", 0, 0, "Binding answered"},
	claimStunPunch:       {"stun.both_ask", transaction, "webrtc", "", 14, 0, "both ends send Binding Requests: no server does"},
	claimStunFingerprint: {"stun.fingerprint", structure, "", "", 0, 0, "FINGERPRINT verifies: certainly STUN"},
	claimIceCheck:        {"ice.check", structure, "webrtc", "stun", 4, 0, "connectivity check (type preference %d)"},
	claimIceAnswer:       {"ice.answer", transaction, "", "", 0, 0, "a check was answered"},
	claimIceNominated:    {"ice.nominated", transaction, "webrtc", "", 1, 0, "USE-CANDIDATE: this path was chosen"},
	claimIceTwoWay:       {"ice.two_way_checks", transaction, "webrtc", "", 17, 0, "both ends sent connectivity checks: two ICE agents"},
	claimIceProbe:        {"ice.probe", transaction, "webrtc", "", 10, Probe, "connectivity checks to a candidate that never answered"},
	claimIceLite:         {"ice.lite", address, "", "", -9, 0, "one end answers checks but never asks: a conference's or a server's agent"},
	claimTurnControl:     {"turn.control", structure, "", "turn", 0.5, Relayed, "TURN allocation or permission (last type %#04[1]x)"},
	claimTurnData:        {"turn.data", transaction, "webrtc", "", 16, Relayed, "a TURN server carries data to or from a peer (last %[1]d octets)"},
	claimTurnPeerCheck:   {"turn.peer_check", transaction, "webrtc", "", 16, Relayed, "a peer's connectivity check comes through the relay"},
	claimMsStun:          {"stun.microsoft", structure, "teams", "", 1, 0, "attributes of Microsoft's clients"},
	claimMsRelay:         {"stun.microsoft_relay", structure, "teams", "", 2, Relayed, "Microsoft's relay framing or session id"},
	claimWhatsappStun:    {"stun.whatsapp", structure, "whatsapp", "turn", 2, Relayed, "WhatsApp's message types or attributes"},
	claimZoomStun:        {"stun.zoom", structure, "zoom", "stun", 0, 0, "Zoom's attributes"},
	claimGoogleStun:      {"stun.libwebrtc", structure, "webrtc", "", 1, 0, "libwebrtc's network attribute"},
	claimRealmSignal:     {"stun.realm_signal", structure, "signal", "", 1, 0, "realm or software of Signal"},
	claimRealmFacebook:   {"stun.realm_facebook", structure, "facebook", "", 1, 0, "realm or software of Facebook"},
	claimRealmTelegram:   {"stun.realm_telegram", structure, "telegram", "", 1, 0, "realm or software of Telegram"},
	claimRealmViber:      {"stun.realm_viber", structure, "viber", "", 1, 0, "realm or software of Viber"},
	claimRelayMedia:      {"turn.media", media, "webrtc", "", 14, Relayed, "media on a flow that began with relay signalling"},

	claimDTLS:       {"dtls.handshake", structure, "", "dtls", -4, 0, "DTLS handshake"},
	claimDTLSRecord: {"dtls.record", structure, "", "dtls", 0, 0, "DTLS record of type %d"},
	claimDTLSSRTP:   {"dtls.use_srtp", media, "webrtc", "", 4, 0, "ClientHello keys SRTP"},
	claimRTPStream:  {"rtp.stream", media, "", "rtp", 0, 0, "RTP stream of payload type %d"},
	claimRTPNoise:   {"rtp.noise", media, "", "", 2, 0, "media body passes for random (%d octets)"},
	claimRTPClear:   {"rtp.clear", media, "", "", -3, 0, "media body has clear structure (%d octets)"},
	claimRTCP:       {"rtcp", media, "", "", 0, 0, "RTCP packet type %d"},

	claimWireGuardInitiation: {"wireguard.initiation", structure, "wireguard", "", 2, 0, "148-octet handshake initiation"},
	claimWireGuardEcho:       {"wireguard.index_echo", transaction, "wireguard", "wireguard", 4, 0, "response repeats the initiation's index %#08[1]x"},
	claimWireGuardData:       {"wireguard.data", structure, "wireguard", "wireguard", 2, 0, "data of index %#08[1]x counts up"},
	claimTelegramReflector:   {"telegram.reflector", transaction, "telegram", "", 22, Relayed, "peer tag repeated with twelve ff octets, both ways (last %[1]d octets)"},
	claimPiaEncrypted:        {"nintendo.pia", structure, "nintendo", "", 14, 0, "Pia header with encryption flag (%#02[1]x)"},
	claimLineCall:            {"line.call", transaction, "line", "", 16, Relayed, "LINE's call framing: lengths fit and the sequence counts on (last %#04[1]x)"},
	claimTincID:              {"tinc.id", structure, "tinc", "", 14, 0, "ID line of a tinc node"},
	claimRLPxAuth:            {"rlpx.auth", structure, "ethereum", "", 24, 0, "auth: its public key is a point of secp256k1 (segment of %d octets, size %d)"},
	claimRLPxAck:             {"rlpx.ack", transaction, "ethereum", "", 24, 0, "ack: its public key is a point of secp256k1 (segment of %d octets, size %d)"},
	claimDiscv4:              {"ethereum.discv4", service, "", "ethereum-discovery", -20, 0, "unencrypted node discovery of type %d: its Keccak-256 hash verifies"},
	claimBitTorrentDHT:       {"bittorrent.dht", service, "", "bittorrent-dht", -20, 0, "clear DHT message"},
	claimGnutella:            {"gnutella.clear", structure, "", "gnutella", -6, 0, "clear Gnutella handshake"},

	claimRandomFirst: {"payload.first_random", structure, "", "", 1, 0, "first segment passes for random (%d octets)"},
	claimClearFirst:  {"payload.first_clear", structure, "", "", -3, 0, "first segment has clear structure (%d octets)"},
	claimRandomUDP:   {"payload.random", structure, "", "", 0.5, 0, "payloads pass for random (last %d octets)"},
	claimClearUDP:    {"payload.clear", structure, "", "", -4, 0, "payloads have clear structure (last %d octets)"},
	claimRandomBoth:  {"payload.random_both", structure, "", "", 4, 0, "both directions begin like random octets"},

	claimTLSNamed:      {"tls.named", service, "", "tls", -12, 0, "ClientHello names its server"},
	claimTLSNameless:   {"tls.nameless", service, "", "tls", -3, 0, "ClientHello names no server"},
	claimTLSInGnutella: {"gnutella.tls", transaction, "gnutella", "", 22, 0, "Gnutella peers switch to TLS on this connection"},
	claimTLSServer:     {"tls.server_hello", structure, "", "tls", 0, 0, "ServerHello"},
	claimTLSSelfSigned: {"tls.self_signed", structure, "", "", 2, 0, "self-signed certificate"},
	claimTLSMutual:     {"tls.mutual", transaction, "", "", 5, 0, "the client shows a certificate too"},
	claimTLSAnyDesk:    {"tls.anydesk", structure, "anydesk", "", 13, 0, "both ends use certificates of the AnyDesk client"},
	claimTLSPeer:       {"tls.peer_like", transaction, "", "", 5, 0, "no server name, self-signed certificate, no service's port"},
	claimQUIC:          {"quic", service, "", "quic", -8, 0, "QUIC long header, version %#x"},
	claimQUICNamed:     {"quic.named", service, "", "quic", -14, 0, "QUIC Initial opens and names its server"},
	claimQUICPeer:      {"quic.peer_alpn", structure, "libp2p", "", 24, 0, "QUIC Initial opens and asks for a peer-to-peer protocol"},
	claimDNS:           {"dns", service, "", "dns", -20, 0, "DNS message"},
	claimClear:         {"clear", service, "", "", -20, 0, "clear protocol"},
	claimClearPeer:     {"clear.peer", service, "", "", -20, 0, "peer-to-peer, but in clear"},
	claimOpenVPN:       {"openvpn", service, "", "openvpn", -20, 0, "session id repeated: OpenVPN client and server"},

	claimGroupAddress: {"address.group", service, "", "multicast", -30, 0, "multicast or broadcast"},
	claimNamed:        {"address.named", address, "", "", -4, 0, "a DNS answer led there before contact"},
	claimUnnamed:      {"address.unnamed", address, "", "", 1.5, 0, "no DNS answer led there, though the host's DNS is seen"},
	claimServicePort:  {"port.service", address, "", "", -2, 0, "port %d is a registered service's"},
	claimHighPorts:    {"port.high", address, "", "", 1, 0, "both ports are 1024 or above and no service's"},

	claimFanOut:       {"socket.fan_out", socketGroup, "", "", 5, 0, "one local port to %d peers in %d networks"},
	claimFailures:     {"socket.failures", socketGroup, "", "", 1, 0, "%d of %d contacts never answered"},
	claimBehaves:      {"socket.behaves", socketGroup, "", "", 12, 0, "the socket fans out, and %d peers exchange noise with it"},
	claimSocketProven: {"socket.proven", socketGroup, "", "", 12, 0, "another flow of this socket is proven"},
	claimHostProven:   {"host.proven", hostGroup, "", "", 5, 0, "another socket of this host is proven"},
	claimPeerProven:   {"host.peer_known", hostGroup, "", "", 9, 0, "the host reached the same peer by a proven flow"},
	claimTCPUDP:       {"host.tcp_udp", hostGroup, "", "", 1.5, 0, "TCP and UDP to the same peer"},
	claimScan:         {"socket.scan", service, "", "scan", -12, 0, "one far port, %d addresses, and nearly none answers"},
	claimSameOctets:   {"socket.same_octets", socketGroup, "", "", -6, 0, "identical first octets to %d addresses"},
	claimMesh:         {"wireguard.mesh", socketGroup, "wireguard", "", 13, 0, "one WireGuard socket with %d answered far ends in %d networks"},

	// calls
	claimStunKeyed:       {"stun.keyed", structure, "whatsapp", "stun", 5, 0, "Binding with MESSAGE-INTEGRITY and no USERNAME: keyed beforehand, as WhatsApp checks a path"},
	claimStunServer:      {"stun.server", service, "", "stun", -10, 0, "NAT discovery, which only public servers do (last type %#04[1]x)"},
	claimIceAsked:        {"ice.asked", transaction, "webrtc", "", 14, 0, "the far end sends connectivity checks: no server and no lite agent does"},
	claimIceUnlike:       {"ice.unlike_agents", address, "", "", -5, 0, "user fragments of %d and %d characters: two programs, one of them no browser"},
	claimTurnChannel:     {"turn.channel", transaction, "webrtc", "", 12, Relayed, "ChannelData of channel %#04[1]x"},
	claimTurnPeerAnswer:  {"turn.peer_answer", structure, "", "", 0, Relayed, "a peer's answer to a check comes through the relay"},
	claimTurnPrivatePeer: {"turn.private_peer", address, "webrtc", "", 4, Relayed, "the relay is asked for a private address (port %[1]d): a person's candidate, no server's"},
	claimTurnIdle:        {"turn.idle", media, "", "turn", -6, Relayed, "the relay was asked and carried nothing (%[1]d payloads)"},
	claimRTCPClear:       {"rtcp.clear", media, "", "rtp", -6, 0, "RTCP in clear (last type %[1]d): the media beside it is, too"},
	claimSRTCP:           {"srtcp", media, "", "rtp", 4, 0, "encrypted RTCP, index %[1]d"},
	claimSRTPCall:        {"srtp.call", transaction, "", "", 5, 0, "encrypted media both ways, and no server's signalling on the flow"},
	claimTelegramRelayed: {"telegram.relayed", structure, "telegram", "", 12, Relayed, "a reflector carries a packet whose length fits (last %[1]d octets)"},
	claimLineOld:         {"line.call_old", transaction, "line", "", 7, Relayed, "LINE's older framing from both ends (types %#02[1]x and %#02[2]x)"},
	claimZoomPeer:        {"zoom.peer", structure, "zoom", "", 18, 0, "Zoom's opening between clients: two texts of %[1]d and %[2]d octets fill it"},
	claimZoomPeerMedia:   {"zoom.peer_media", structure, "zoom", "", 9, 0, "Zoom's media of kind %[1]d without a server's encapsulation"},
	claimZoomServer:      {"zoom.server", service, "", "zoom", -14, 0, "Zoom's media server answers or carries media (kind %[1]d)"},
	claimViberEcho:       {"viber.echo", transaction, "viber", "viber", 7, Relayed, "answer of type %#02[1]x repeats session %#04[2]x and 8 octets more"},
	claimViberPair:       {"viber.pair", transaction, "viber", "", 5, 0, "request and answer of 12 octets with one session %#04[1]x"},
	claimNATCheck:        {"nintendo.nat_check", service, "", "nintendo-nat-check", -20, 0, "NAT check of Nintendo's servers (kind %[1]d)"},
	claimDiscord:         {"discord.voice", service, "", "discord", -14, 0, "Discord's voice server: keep-alive or address discovery"},
	claimGoToMeeting:     {"gotomeeting.server", service, "", "gotomeeting", -12, 0, "GoToMeeting's server answers a ping"},
	claimStunWebex:       {"stun.webex", service, "", "webex", -14, 0, "software of Webex, whose media all goes through its servers"},
	claimRealmGoogle:     {"stun.realm_google", structure, "", "turn", 0, 0, "realm of Google's relays"},
	claimTurnGoogle:      {"turn.google", structure, "google", "turn", 0.5, Relayed, "Google's relay takes the client's credentials: it is one of Google's programs, such as Meet or Duo"},
	claimKakaoTalk:       {"kakaotalk.chat", hostGroup, "kakaotalk", "", 0.5, 0, "the host chats with Kakao's servers, and nothing else names the call"},
	claimZRTP:            {"zrtp.message", structure, "zrtp", "", 7, 0, "ZRTP message whose CRC fits (type %#08[1]x)"},
	claimZRTPBoth:        {"zrtp.both", transaction, "zrtp", "", 14, 0, "both ends agree on media keys between themselves"},
	claimMsPseudoTLS:     {"turn.microsoft_tls", structure, "teams", "turn", 3, Relayed, "Microsoft's imitation of a TLS handshake, behind which TURN begins"},
	claimGooglePseudoTLS: {"turn.libjingle_tls", structure, "webrtc", "turn", 3, Relayed, "libjingle's imitation of a TLS handshake, behind which a relay begins"},
	claimFaceTime:        {"facetime.answer", transaction, "facetime", "", 9, 0, "FaceTime's request was answered (type %#04[1]x)"},
	claimFaceTimeBoth:    {"facetime.request", structure, "facetime", "", 3, 0, "FaceTime's request (type %#04[1]x)"},
	claimFaceTimeInit:    {"facetime.check", service, "", "apple-facetime", -9, 0, "Apple's server answers the check before a call"},
	claimWeChat:          {"wechat.call", transaction, "wechat", "wechat", 6, Relayed, "lengths and marks of WeChat's calls in both directions"},
	claimWeChatHeartbeat: {"wechat.heartbeat", service, "", "wechat", -6, 0, "WeChat's heartbeat and its answer"},
	claimImo:             {"imo.call", transaction, "imo", "", 10, Relayed, "imo's probes from both ends (%[1]d and %[2]d octets)"},
	claimTelegramOneWay:  {"telegram.one_way", transaction, "telegram", "", 16, Relayed, "one end repeats its peer tag with twelve ff octets (last %[1]d octets)"},
	claimTelegramTag:     {"telegram.tag", transaction, "telegram", "", 12, Relayed, "both ends put the same 16 octets of noise (%#08[1]x...) before other noise"},
	claimMediaPair:       {"srtp.pair", hostGroup, "", "", 3, 0, "the neighbouring pair of ports carries the media's other half"},
	claimIceWrapped:      {"ice.answered_by_client", transaction, "teams", "", 14, Relayed, "a check came by Microsoft's relay, and its client answered it in the relay's framing"},
	claimXboxKeys:        {"xbox.keys", structure, "xbox", "", 9, 0, "keys are agreed on in Xbox Live's transport (kind %#02[1]x, %[2]d octets)"},
	claimXboxDialled:     {"xbox.dialled", transaction, "xbox", "", 8, 0, "the far end began to agree on keys: no gateway of the service does"},
	claimPlayStation:     {"playstation.mark", structure, "playstation", "", 5, 0, "mark of PlayStation's games (..%02[1]x) before noise of %[2]d octets"},
	claimPlayStationBoth: {"playstation.both", transaction, "playstation", "", 9, 0, "both ends put the mark of PlayStation's games before noise"},
	claimPeerReported:    {"peer.reported", hostGroup, "", "", 13, 0, "signalling of the same host told this address as a peer's"},

	// overlays
	claimRLPxFrames:            {"rlpx.frames", structure, "ethereum", "", 4, 0, "noise in multiples of 16 octets on the port of Ethereum's nodes (%d and %d writes)"},
	claimRLPxStreams:           {"rlpx.streams", hostGroup, "ethereum", "", 8, 0, "streams of RLPx frames with %d nodes in %d networks"},
	claimRLPxShape:             {"rlpx.shape", structure, "ethereum", "", 7, 0, "size in clear covers the message, octet of a curve point follows; the rest was not captured (%d octets)"},
	claimDiscv4Shape:           {"ethereum.discv4_shape", service, "", "ethereum-discovery", -14, 0, "layout of node discovery; the snap length cut the hashed part (type %d)"},
	claimDiscv5Challenge:       {"discv5.challenge", transaction, "", "", 3, 0, "63 octets of noise answer %d: as WHOAREYOU of Ethereum's discovery does"},
	claimDiscv5Handshake:       {"discv5.handshake", transaction, "ethereum", "", 4, 0, "noise, 63 octets of noise, then %d: as a session of node discovery begins"},
	claimLibp2pHello:           {"libp2p.multistream", structure, "libp2p", "", 12, 0, "negotiation of multistream-select 1.0.0"},
	claimLibp2pSecure:          {"libp2p.secured", transaction, "libp2p", "", 20, 0, "libp2p proposes or agrees on encryption (0 noise, 1 TLS, 2 secio: %d)"},
	claimLibp2pPlain:           {"libp2p.plaintext", service, "", "libp2p", -24, 0, "libp2p proposes no encryption"},
	claimLightningOne:          {"lightning.act_one", structure, "lightning", "", 9, 0, "50 octets, version 0 and the sign of a compressed point: act one of BOLT 8"},
	claimLightningTwo:          {"lightning.act_two", transaction, "lightning", "", 16, 0, "act one is answered by an act two of the same build"},
	claimLightningThree:        {"lightning.act_three", transaction, "lightning", "", 20, 0, "acts one, two and three of BOLT 8"},
	claimToxShape:              {"tox.kind", structure, "tox", "", 3.5, 0, "kind %#02[1]x with its length of %[2]d, the rest noise"},
	claimToxExchange:           {"tox.exchange", transaction, "tox", "", 16, 0, "kind %#02[1]x is answered by its kind %#02[2]x, both of their lengths"},
	claimToxKey:                {"tox.key_again", transaction, "tox", "", 20, 0, "the sender's key %#08[1]x... comes again"},
	claimToxRelay:              {"tox.relay", transaction, "tox", "", 16, Relayed, "handshake of 128 and 96 octets with a node's relay, then frames that fill their segments (last %d octets)"},
	claimToxData:               {"tox.data", media, "tox", "", 4, 0, "data packets whose nonce counts up by one (last %d)"},
	claimI2PAnswer:             {"i2p.answer", transaction, "i2p", "", 3, 0, "%d octets of noise are answered by %d, as routers do"},
	claimI2PSSU2:               {"i2p.ssu2", transaction, "", "", 2, 0, "five turns of noise with the lengths of a router's handshake (last %d octets)"},
	claimI2PNTCP2:              {"i2p.ntcp2", structure, "", "", 3, 0, "three turns of noise with the lengths of a router's handshake (last %d octets)"},
	claimI2PSocket:             {"i2p.socket", socketGroup, "i2p", "", 12, 0, "one local port and %d routers in %d networks exchange handshakes of I2P's lengths"},
	claimI2PHost:               {"i2p.host", hostGroup, "i2p", "", 8, 0, "the host begins sessions with %d routers in %d networks by I2P's datagrams, and this stream begins with I2P's lengths"},
	claimI2PSession:            {"i2p.session", transaction, "i2p", "", 8, 0, "third message of a router's handshake (%d octets), all noise"},
	claimCoinGossip:            {"coin.gossip", service, "", "coin-gossip", -24, 0, "clear message of Bitcoin or its kin (magic %#08[1]x)"},
	claimLevin:                 {"coin.levin", service, "", "monero", -24, 0, "clear message of Monero or its kin"},
	claimBitcoinV2:             {"bitcoin.v2_port", structure, "bitcoin", "", 2.5, 0, "%d octets of noise first on Bitcoin's port %d"},
	claimSoulseek:              {"soulseek.clear", service, "", "soulseek", -20, 0, "clear Soulseek message of code %d fills the segment"},
	claimSoulseekHidden:        {"soulseek.obfuscated", structure, "soulseek", "", 24, 0, "a Soulseek greeting under key %#08[1]x fills the segment"},
	claimZeroAccess:            {"zeroaccess.command", structure, "zeroaccess", "", 20, 0, "command of ZeroAccess under its fixed key"},
	claimZeroAccessAnswer:      {"zeroaccess.answer", transaction, "zeroaccess", "", 24, 0, "getL of ZeroAccess answered by retL (%d octets)"},
	claimDirectConnect:         {"directconnect.clear", service, "", "directconnect", -24, 0, "clear Direct Connect (0 with a hub, 1 between clients: %d)"},
	claimOpenDHT:               {"opendht", service, "", "opendht", -20, 0, "clear message of OpenDHT (0 question, 1 answer, 2 error: %d)"},
	claimP2PVideo:              {"p2p_video", service, "", "p2p-video", -16, 0, "clear header of peer-assisted video (0 PPStream, 1 PPLive, 2 SopCast, 3 Xunlei: %d)"},
	claimGnutellaCertificate:   {"gnutella.certificate", structure, "gnutella", "", 20, 0, "self-signed certificate of gtk-gnutella"},
	claimDirectCertificate:     {"directconnect.certificate", structure, "directconnect", "", 16, 0, "self-signed certificate in the name of a client id of Direct Connect"},
	claimRetroShareCertificate: {"retroshare.certificate", structure, "retroshare", "", 13, 0, "certificate issued by a PGP key id, as RetroShare's are"},
	claimTorName:               {"tor.random_name", structure, "tor", "", 4, Relayed, "asks for www.(%d random characters).com, no ALPN"},
	claimTorCertificate:        {"tor.link_certificate", transaction, "tor", "", 9, Relayed, "certificate with two random names (%d and %d characters)"},
	claimTorNotAsked:           {"tor.name_not_asked", address, "tor", "", 3, 0, "the host asked DNS for other names, not for this one"},
	claimTorLink:               {"tor.link", service, "", "tor", -0.5, 0, "a relay of Tor, not a person's host"},
	claimTorCell:               {"tor.cell", media, "tor", "", 3, 0, "records of one cell each (%d octets)"},
	claimHostOverlay:           {"host.overlay", hostGroup, "", "", 4.5, 0, "the host speaks the overlay in clear to %d peers in %d networks, and this is TLS to nobody's name"},
	claimSocketDiscovery:       {"socket.discovery", socketGroup, "ethereum", "", 10, 0, "the socket speaks Ethereum's discovery with %d nodes, and this is noise"},
	claimToxSocket:             {"tox.socket_key", socketGroup, "tox", "", 16, 0, "the socket sends the same Tox key to %d nodes in %d networks"},
	claimBitcoinStreams:        {"bitcoin.streams", hostGroup, "bitcoin", "", 8, 0, "streams of noise on Bitcoin's port with %d nodes in %d networks"},
	claimStreamFanOut:          {"host.stream_fan_out", hostGroup, "", "", 7, 0, "streams of noise between high ports with %d peers in %d networks"},
	claimSkypePing:             {"skype.ping", transaction, "skype", "", 3, 0, "both ends send starts of message (last %[1]d octets)"},
	claimSkypeNAKAddress:       {"skype.nak_address", transaction, "skype", "", 24, 0, "11-octet NAK repeats the request's id and tells its receiver's own address"},
	claimSkypeFragment:         {"skype.fragment", transaction, "skype", "", 8, 0, "fragment repeats id %#04[1]x"},
	claimSkypeKeepAlive:        {"skype.keep_alive", media, "skype", "", 2, 0, "successive packets of 3 octets with function nibble d"},
	claimSkypeNoID:             {"skype.no_id", structure, "", "", -2, 0, "octets 0 and 1 (%#04[1]x) stand still while the rest changes, or count by one: no message id"},
	claimSkypeOut:              {"skype.out", media, "", "", 0, 0, "id %#08[1]x stands before noise on the port of SkypeOut's gateways"},
	claimSkypeLogin:            {"skype.login", structure, "", "skype-server", 0, 0, "login request behind the zero-length record (%d octets)"},
	claimSkypeSizes:            {"skype.sizes", transaction, "skype", "", 5, Relayed, "sizes of a handshake with a super-node (third or first of %d octets)"},
	claimSkypePort80:           {"skype.port_80", structure, "skype", "", 15, Relayed, "no HTTP on its port; %d high nibbles come twice, ten octets apart"},
	claimSkypeRefresh:          {"skype.refresh", media, "", "", 1, 0, "small message after a minute of silence"},
	claimSkypeHosted:           {"skype.hosted", address, "skype", "", 3, Relayed, "address and port of a super-node that Microsoft hosted about 2013"},
	claimSkypeTelephone:        {"skype.telephone", service, "", "skype-out", -6, 0, "a call to a telephone by the vendor's gateway"},
	claimStellar:               {"coin.stellar", service, "", "stellar", -24, 0, "clear HELLO of a Stellar node (%d octets)"},
	claimHyphanetAnswer:        {"hyphanet.answer", transaction, "", "", 0, 0, "noise is answered by %d octets, as a node of Hyphanet does"},
	claimHyphanetSession:       {"hyphanet.session", transaction, "", "", 2, 0, "third and fourth message of a Hyphanet node's handshake by their lengths (last %d octets), all noise"},
	claimHyphanetSocket:        {"hyphanet.socket", socketGroup, "hyphanet", "", 12, 0, "one local port and %d nodes in %d networks exchange handshakes of Hyphanet's lengths"},
	claimOneServer:             {"host.one_server", address, "", "", -6, 0, "%d streams of noise to this one endpoint, %d of them begun beside two others: a server's client opens so many"},
	claimSocketNoise:           {"socket.noise_peers", socketGroup, "", "", 6, 0, "one local port exchanges noise with %d peers in %d networks, begun from here too"},

	// meshes
	claimDisco:              {"tailscale.disco", structure, "tailscale", "", 22, 0, "disco message of a Tailscale node (%d octets)"},
	claimDiscoBoth:          {"tailscale.disco_both", transaction, "tailscale", "", 6, 0, "both ends send disco messages, under different keys"},
	claimDiscoRelay:         {"tailscale.peer_relay", structure, "tailscale", "", 22, Relayed, "disco message behind a Geneve header: another node relays (VNI %d)"},
	claimDERP:               {"tailscale.derp_name", structure, "", "tailscale-derp", -1, Relayed, "the name of one of Tailscale's relays is asked for"},
	claimDERPUsed:           {"tailscale.derp", hostGroup, "tailscale", "", 18, Relayed, "a relay's name, and the host speaks to Tailscale peers"},
	claimZeroTierHello:      {"zerotier.hello", structure, "zerotier", "", 24, 0, "HELLO: identity and header agree on address ..%08[1]x"},
	claimZeroTierPair:       {"zerotier.pair", transaction, "zerotier", "", 20, 0, "the two directions swap their 40-bit addresses (to ..%08[1]x, from ..%08[2]x)"},
	claimZeroTierCounts:     {"zerotier.counts", transaction, "zerotier", "", 18, 0, "packets of one sender to one receiver (to ..%08[1]x, from ..%08[2]x) whose ids count from a time"},
	claimZeroTierRelay:      {"zerotier.relay", transaction, "zerotier", "", 4, Relayed, "packets for other addresses share the five-tuple: the far end hands them on (to ..%08[1]x, from ..%08[2]x)"},
	claimZeroTierRoot:       {"zerotier.root", address, "zerotier", "", 0, Relayed, "one of ZeroTier's public roots (..%08[1]x)"},
	claimNebulaHandshake:    {"nebula.handshake", structure, "nebula", "", 18, 0, "first handshake message of a Nebula node (%d octets)"},
	claimNebulaAnswer:       {"nebula.answer", transaction, "nebula", "", 10, 0, "second handshake message, for index %#08[1]x"},
	claimNebulaData:         {"nebula.data", transaction, "nebula", "", 16, 0, "tunnel of index %#08[1]x counts up"},
	claimNebulaRelay:        {"nebula.relay", structure, "nebula", "", 1, Relayed, "messages that a relay hands on (index %#08[1]x)"},
	claimN2NEdge:            {"n2n.edge", structure, "n2n", "", 20, 0, "edges register with each other (type %d)"},
	claimN2NSuper:           {"n2n.supernode", structure, "n2n", "", 13, Relayed, "an edge talks to its super-node (type %d)"},
	claimN2NPacket:          {"n2n.packet", transaction, "n2n", "", 12, 0, "encrypted packet (transform %[1]d, %[2]d octets)"},
	claimN2NClear:           {"n2n.clear", service, "", "n2n", -12, 0, "packet without encryption"},
	claimHamachiOpen:        {"hamachi.open", structure, "hamachi", "", 4, 0, "76 octets that begin with 8 zeros"},
	claimHamachiTunnel:      {"hamachi.tunnel", transaction, "hamachi", "", 18, 0, "each direction keeps two ids of its own and counts (last id %#08[1]x)"},
	claimHamachiServer:      {"hamachi.server", service, "", "hamachi-server", -8, 0, "login at Hamachi's mediation server"},
	claimWireGuardCookie:    {"wireguard.cookie", transaction, "wireguard", "wireguard", 2, 0, "cookie reply repeats the index %#08[1]x"},
	claimWireGuardBoth:      {"wireguard.both_initiate", transaction, "wireguard", "", 3, 0, "both ends begin handshakes"},
	claimUTPSyn:             {"utp.syn", service, "", "bittorrent-utp", -3, 0, "uTP connection request (id %#04[1]x)"},
	claimUTP:                {"utp.connection", service, "", "bittorrent-utp", -9, 0, "uTP connection ids and sequence numbers of both directions fit (%#04[1]x, %#04[2]x)"},
	claimUTPHidden:          {"utp.hidden", structure, "bittorrent", "", 24, 0, "noise inside a uTP connection (%d octets)"},
	claimUTPShort:           {"utp.short_noise", structure, "", "", 0, 0, "short noise inside a uTP connection (%d octets)"},
	claimUTPLong:            {"utp.long_noise", structure, "", "", 0, 0, "%d octets of long noise inside a uTP connection, and no head of a block"},
	claimUTPClear:           {"utp.clear", service, "", "bittorrent", -20, 0, "clear BitTorrent messages inside a uTP connection"},
	claimMSE:                {"mse.shape", structure, "", "", 3, 0, "three turns of noise with the lengths of MSE's handshake (%d and %d octets)"},
	claimMSEKeys:            {"mse.keys", structure, "bittorrent", "", 9, 0, "both directions begin with 96 octets of noise by themselves: bare keys of 768 bits (turns of %d and %d octets)"},
	claimSharingEndpoint:    {"sharing.endpoint", hostGroup, "", "", 12, 0, "clear talk of a file-sharing program was seen with this very endpoint"},
	claimSharingHost:        {"sharing.host", hostGroup, "", "", 8, 0, "clear talk of a file-sharing program was seen with this host"},
	claimEmuleClear:         {"emule.clear", service, "", "emule", -20, 0, "clear message of eDonkey or Kad (protocol %#02[1]x, opcode %#02[2]x)"},
	claimEmuleShape:         {"emule.shape", structure, "", "", 1, 0, "first turns have the lengths of eMule's obfuscated handshake (%d and %d octets)"},
	claimSyncthingDiscovery: {"syncthing.discovery", service, "", "syncthing-discovery", -20, 0, "clear announcement of a device"},
	claimSyncthingBEP:       {"syncthing.bep", structure, "syncthing", "", 24, 0, "ClientHello asks for Syncthing's block exchange"},
	claimSyncthingQUIC:      {"syncthing.quic", structure, "syncthing", "", 24, 0, "QUIC Initial opens and asks for Syncthing's block exchange"},
	claimSyncthingRelay:     {"syncthing.relay", structure, "syncthing", "syncthing-relay", 8, Relayed, "ClientHello asks for Syncthing's relay protocol"},
	claimSyncthingSession:   {"syncthing.session", structure, "syncthing", "", 22, Relayed, "session through a Syncthing relay (message type %d)"},
	claimResilio:            {"resilio.ping", service, "", "resilio", -9, 0, "clear ping of Resilio Sync"},
	claimTeamViewerUDP:      {"teamviewer.udp", structure, "teamviewer", "", 10, 0, "command of a session's end over UDP (%d)"},
	claimTeamViewerBoth:     {"teamviewer.udp_both", transaction, "teamviewer", "", 10, 0, "both ends send a session's commands over UDP (%d, %d)"},
	claimTeamViewerTCP:      {"teamviewer.tcp", structure, "teamviewer", "teamviewer", 3, 0, "TeamViewer framing (command %d)"},
	claimTeamViewerSession:  {"teamviewer.session", transaction, "teamviewer", "", 11, Relayed, "command of a session's end over TCP (%d)"},
	claimRustDeskID:         {"rustdesk.id", structure, "rustdesk", "", 12, 0, "signed id of a RustDesk host"},
	claimRustDeskKey:        {"rustdesk.key", transaction, "rustdesk", "", 22, 0, "public key and sealed session key of fixed lengths"},
	claimRustDeskRelay:      {"rustdesk.relay", structure, "rustdesk", "", 2, Relayed, "a relay is asked for"},
	claimRustDeskServer:     {"rustdesk.server", service, "", "rustdesk-server", -10, 0, "talk with a rendezvous server (message %d)"},
	claimSteamDial:          {"steam.dial", service, "", "steam-game-server", -8, 0, "Steam sockets: the reply repeats connection id %#08[1]x"},
	claimSteamPlayAsk:       {"steam_play.connect", structure, "steam-remote-play", "", 8, 0, "request to connect to a Steam Remote Play host (id %d): its CRC verifies"},
	claimSteamPlay:          {"steam_play.connected", transaction, "steam-remote-play", "", 16, 0, "the host takes the connection of id %d"},
	claimMoonlight:          {"moonlight.control", transaction, "moonlight", "", 16, 0, "sealed control messages of Moonlight whose lengths fit and numbers rise (last %d)"},
	claimGnutellaUDP:        {"gnutella.message", service, "", "gnutella", -20, 0, "clear Gnutella message (type %#02[1]x, %[2]d octets)"},
	claimYggdrasil:          {"yggdrasil.meta", structure, "yggdrasil", "", 14, 0, "metadata of a Yggdrasil node (version 0.%d)"},
	claimYggdrasilBoth:      {"yggdrasil.both", transaction, "yggdrasil", "", 6, 0, "both ends send the metadata of a Yggdrasil node (version 0.%d)"},
	claimTincBoth:           {"tinc.both", transaction, "tinc", "", 6, 0, "both ends send the ID line of a tinc node"},
	claimFramedFirst:        {"payload.first_framed", structure, "", "", -3, 0, "noise behind its length in clear (%d octets wide)"},
	claimGNUnet:             {"gnunet.welcome", structure, "gnunet", "", 12, 0, "welcome of a GNUnet peer (%d octets)"},
	claimGNUnetBoth:         {"gnunet.both", transaction, "gnunet", "", 10, 0, "both ends welcome each other as GNUnet peers (%d octets)"},
	// end of meshes

	// clear protocols
	claimClearOnce:    {"clear.once", service, "", "", -3, 0, "one payload is built like it"},
	claimTunnel:       {"tunnel", service, "", "", -20, 0, "tunnel or proxy of a client and its server"},
	claimMessenger:    {"messenger", service, "", "", -20, 0, "chat connection to a messenger's server"},
	claimGame:         {"game", service, "", "", -14, 0, "a game's client and server"},
	claimSDPMedia:     {"sip.announced_media", service, "", "rtp", -14, 0, "clear signalling announced this address and port for media without encryption"},
	claimRTPPlain:     {"rtp.plain_codec", service, "", "rtp", -12, 0, "bodies of whole frames of codec %d (%d octets): no room for an authentication tag"},
	claimTLSRecord:    {"tls.record", service, "", "tls", -4, 0, "TLS records of a connection that began before (type %d)"},
	claimTLSHalf:      {"tls.half_hello", structure, "", "tls", 0, 0, "the ClientHello goes on beyond the segment of %d octets"},
	claimQUICShort:    {"quic.short", service, "", "quic", -4, 0, "short headers on UDP port 443"},
	claimQUICMedia:    {"quic.media", service, "", "quic", -4, 0, "media (last type %d) on the flow of a QUIC connection, as to a media server"},
	claimSnapchat:     {"snapchat.call", service, "", "snapchat-call", -16, 0, "media (last type %d) on the flow of a QUIC connection to Snapchat's media server"},
	claimDTLSServer:   {"dtls.named", service, "", "dtls", -10, 0, "DTLS ClientHello names its server"},
	claimOpenVPNData:  {"openvpn.data", service, "", "openvpn", -9, 0, "data packets of one peer id (%#06[1]x) that count up"},
	claimOpenVPNShape: {"openvpn.shape", service, "", "openvpn", -5, 0, "lengths of an OpenVPN reset (%d) and its answer (%d), all noise"},
	// end of clear protocols

	// far ends, rhythms and hosts. The sheet's starting weights (nats) in bits, lowered where other
	// traffic shares the sign: an eyeball +1.5 nats = 2.2 bits, a provider's range -3 or +2 nats =
	// -4.3 or +2.9 bits, a call's shape +2 nats = 2.9 bits, failed contacts +1 nat = 1.4 bits.
	claimEyeball:        {"address.eyeball", address, "", "", 1.5, 0, "dialled and answered in a network of people's lines (role: access)"},
	claimHosting:        {"address.hosting", address, "", "", -1, 0, "the far end is in a data centre, cloud or content network (role: hosting)"},
	claimProviderDirect: {"address.provider", address, "", "", -3, 0, "the far end is in a range that its owner publishes for relaying calls, and nothing of a call is seen (role: relay)"},
	claimProviderRelay:  {"address.provider_relay", address, "", "", 2, Relayed, "the far end is in a range that its owner publishes for relaying calls (role: relay)"},
	claimConference:     {"address.conference", address, "", "", -3, 0, "the far end is in a range that its owner publishes for conferences (role: conference)"},
	claimRelayServer:    {"address.turn_server", address, "", "", 0.5, Relayed, "the far end relays: TURN was spoken with it on another flow"},
	claimKeepAlive:      {"udp.keep_alive", media, "", "", 0, 0, "three datagrams at equal intervals of %d ms (last %d octets)"},
	claimKeptAlive:      {"socket.keep_alives", socketGroup, "", "", 3, 0, "one local port keeps %d far ends in several networks alive, all every %d ms"},
	claimBursts:         {"socket.bursts", socketGroup, "", "", 1, 0, "contacts in %d bursts at equal distances of %d ms"},
	claimAccepts:        {"socket.accepts", socketGroup, "", "", 2.5, 0, "answers %d strangers on the port from which it turned to %d far ends itself"},
	claimDiverse:        {"socket.diverse", socketGroup, "", "", 1, 0, "%d peers lie in %d networks: apart, as people do"},
	claimCallShape:      {"media.call_shape", media, "", "", 1, 0, "shape of a call: small packets both ways for %d s, %d a second together"},
	claimEndpointKnown:  {"peer.endpoint_known", hostGroup, "", "", 7, 0, "another host reached this very endpoint by a proven flow"},

	// of hosts, not of flows: see host_verdict.go
	claimHostFlows:    {"host.flows", socketGroup, "", "", 0, 0, "flows of one kind"},
	claimHostSockets:  {"host.sockets", hostGroup, "", "", 1.5, 0, "%d sockets are proven, each by a flow of its own"},
	claimHostPeers:    {"host.peers", hostGroup, "", "", 1.5, 0, "likely flows lead to %d peers in %d networks"},
	claimHostPaths:    {"host.relay_and_direct", hostGroup, "", "", 1, 0, "flows through relays: %d, direct: %d; calls try both"},
	claimHostBoth:     {"host.tcp_udp_pairs", hostGroup, "", "", 1, 0, "TCP and UDP to each of %d far ends, and nothing explains both"},
	claimHostFailures: {"host.failures", hostGroup, "", "", 1, 0, "%d of %d contacts that nothing explains failed"},
	claimHostUnnamed:  {"host.unnamed", address, "", "", 1, 0, "%d of %d far ends in likely flows were named by no DNS answer, though the host's DNS is seen"},
	claimHostNamed:    {"host.named", address, "", "", -2, 0, "%d of %d far ends in likely flows were named by DNS answers"},
	claimHostEyeballs: {"host.eyeballs", address, "", "", 1, 0, "%d of %d far ends that were dialled and answered are in networks of people's lines"},
	claimHostHosted:   {"host.hosted", address, "", "", -1, 0, "%d of %d far ends that were dialled and answered are in data centres or a provider's ranges"},
	claimHostOnePeer:  {"host.one_far_end", hostGroup, "", "", -1.5, 0, "all of its likely flows (%d) lead to one far end, as a tunnel's or a proxy's do"},
	// end of far ends, rhythms and hosts
}
