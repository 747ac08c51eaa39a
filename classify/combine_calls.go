package classify

import "peeratlas/classify/flow"

// combineCalls adds what claims of calls mean together.
func combineCalls(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	secure := combineMedia(f, x, at)
	if r := at(claimFaceTimeBoth); r != nil && r.dirs == 3 {
		r.bits = 16 // no server asks
	}
	if at(claimMsPseudoTLS) != nil || at(claimGooglePseudoTLS) != nil {
		// It is no TLS, and Skype's hello is another one.
		silence(at, claimSkypeHello443, claimTLSNamed, claimTLSNameless, claimTLSServer, claimClearFirst, claimClear)
	}
	if at(claimZoomPeer) != nil || at(claimZoomPeerMedia) != nil {
		silence(at, claimZoomServer)
	}
	for _, id := range [...]ClaimID{
		claimLineCall, claimLineOld, claimZoomPeer, claimZoomPeerMedia, claimTelegramReflector, claimViberEcho, claimViberPair,
		claimZRTP, claimFaceTime, claimFaceTimeBoth, claimImo, claimSRTCP, claimTelegramOneWay, claimTelegramTag, claimXboxKeys,
		claimPlayStation, claimSteamPlayAsk, claimMoonlight,
	} {
		if l := at(id); l != nil && l.bits > 0 {
			silence(at, claimClearUDP, claimClearFirst) // the framing is clear, what it frames is not
			break
		}
	}
	if at(claimMoonlight) != nil {
		silence(at, claimGame) // ENet, which games use, too
	}
	if secure != nil {
		lines = append(lines, derived(claimSRTPCall, secure))
	}
	if t := at(claimTelegramTag); t != nil && (t.count < 3 || t.dirs != 3) {
		t.bits = 0
	}
	if k := at(claimXboxKeys); k != nil && x.far && uint8(f.Initiator) != x.near && k.from(1-x.near) {
		lines = append(lines, derived(claimXboxDialled, k))
	}
	if m := at(claimPlayStation); m != nil && m.dirs == 3 {
		lines = append(lines, derived(claimPlayStationBoth, m))
	}
	if z := at(claimZRTP); z != nil && z.dirs == 3 {
		lines = append(lines, derived(claimZRTPBoth, z))
	}
	return lines
}

// derived is a line that follows from another one and points to its packets.
func derived(id ClaimID, from *line) line {
	l := plain(id)
	l.frames, l.dirs = from.frames, from.dirs
	return l
}

// combineICE tells agents from servers by who checks and who answers, and relays by what they
// carry. Conference servers (Google Meet's, Zoom's for browsers, GeForce NOW's) are lite agents:
// they answer and never ask, directly or behind a TURN server. TokBox's and Jitsi's ask too, and
// are told by the length of their user fragments.
func combineICE(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	relay := at(claimTurnControl) != nil || at(claimWhatsappStun) != nil || at(claimMsRelay) != nil || at(claimTurnChannel) != nil
	checked := uint8(0) // directions of checks and keyed requests
	for _, id := range [...]ClaimID{claimIceCheck, claimStunKeyed} {
		if l := at(id); l != nil {
			checked |= l.dirs
		}
	}
	// at finds the lines of before: what is added goes last, after all that is changed.
	var add [5]line
	n := 0
	if l, ok := checks(f, x, checked, relay, at); ok {
		if at(claimIceUnlike) != nil || at(claimStunWebex) != nil {
			l.bits = min(l.bits, 6) // a server may be a full agent, too
		}
		add[n], n = l, n+1
	}
	if relay || checked != 0 {
		// STUN itself is clear, WebRTC's keys come by DTLS, a plain Binding is a keep-alive,
		// and TURN servers do NAT discovery too. Noise is Skype's by chance only.
		silence(at, claimClearUDP, claimClearFirst, claimDTLS, claimStunBinding, claimStunServer, claimSkypeProbe, claimSkypeAnswer,
			claimSkypePing, claimSkypeMedia, claimSkypeNoID)
	} else if b := at(claimStunBinding); b != nil && b.dirs == 3 {
		// A server never asks: plain Bindings from both ends open a path between peers.
		b.bits = 0
		silence(at, claimClearUDP)
		add[n], n = derived(claimStunPunch, b), n+1
	}
	if l, ok := relayedChecks(x, at); ok {
		add[n], n = l, n+1
	}
	if s := at(claimRTPStream); s != nil && relay && s.count >= 3 {
		add[n], n = derived(claimRelayMedia, s), n+1
	}
	if l, ok := idleRelay(f, at); ok && checked == 0 {
		add[n], n = l, n+1
	}
	return append(lines, add[:n]...)
}

// idleRelay tells of an allocation that was made for a call and not used: clients ask several
// relays and take one.
func idleRelay(f *flow.Flow, at func(ClaimID) *line) (line, bool) {
	const fewPayloads = 16
	control := at(claimTurnControl)
	if control == nil {
		control = at(claimWhatsappStun)
	}
	n := f.Payloads[0] + f.Payloads[1]
	if control == nil || n > fewPayloads {
		return line{}, false
	}
	for _, id := range [...]ClaimID{claimTurnData, claimTurnPeerCheck, claimTurnPeerAnswer, claimTurnChannel, claimRTPStream, claimRTCP, claimDTLS} {
		if at(id) != nil {
			return line{}, false
		}
	}
	l := derived(claimTurnIdle, control)
	l.a = n
	return l, true
}

// checks is the line that follows from who sends connectivity checks.
func checks(f *flow.Flow, x *facts, checked uint8, relay bool, at func(ClaimID) *line) (line, bool) {
	check, answer := at(claimIceCheck), at(claimIceAnswer)
	from := check
	if from == nil {
		from = at(claimStunKeyed)
	}
	asks, asked := checked>>x.near&1 != 0, checked>>(1-x.near)&1 != 0
	lite := check != nil && answer != nil && !relay
	switch {
	case asks && asked:
		return derived(claimIceTwoWay, from), true
	case asked && lite && answer.from(x.near) && (answer.count >= liteAnswers || !x.far && answer.count >= 2):
		return derived(claimIceLite, answer), true // a full agent checks the path that it is asked on
	case asked:
		return derived(claimIceAsked, from), true
	case asks && f.Payloads[1-x.near] == 0:
		l := derived(claimIceProbe, from)
		if at(claimDTLS) != nil || at(claimDTLSSRTP) != nil || at(claimRTPStream) != nil {
			l.bits = 1 // it went on, so it was answered: only one direction was captured
			if s := at(claimSRTCP); s != nil && check != nil {
				s.bits = min(s.bits, 2) // and a conference's server would be sent the same
			}
		}
		return l, true
	case asks && check != nil && answeredInFrame(check, at):
		return derived(claimIceWrapped, check), true
	case asks && lite:
		l := derived(claimIceLite, check)
		if answer.count < 2 {
			l.bits /= 2 // the other agent's own check may be under way
		}
		return l, true
	}
	return line{}, false
}

// liteAnswers is how many checks an end may answer without asking itself before it is taken for a
// lite agent: a full one sends its own after the first (RFC 8445, section 7.3.1.4). Between two
// hosts at home, where near is only who began, two are enough, as they are of a far end.
const liteAnswers = 4

// answeredInFrame tells whether a check of one end, a relay of Microsoft's, was answered by the
// other in the framing that its clients use: the relay stands in for the agent that asks.
func answeredInFrame(check *line, at func(ClaimID) *line) bool {
	answer := at(claimTurnPeerAnswer)
	return answer != nil && at(claimMsRelay) != nil && answer.dirs&^check.dirs != 0
}

// relayedChecks weighs what a relay carries by who sends it, and tells whether both ends check
// each other through it.
func relayedChecks(x *facts, at func(ClaimID) *line) (line, bool) {
	peer, answer, data := at(claimTurnPeerCheck), at(claimTurnPeerAnswer), at(claimTurnData)
	lite := false
	if peer != nil && !peer.from(1-x.near) {
		// Only our end checks through the relay: a candidate is tried, or a lite agent asked.
		peer.bits = 12
		if answer != nil && answer.count >= 2 {
			peer.bits, lite = 3, true
		}
	}
	switch {
	case data == nil:
	case lite:
		data.bits = 4
	case data.dirs != 3 && data.count >= 4:
		data.bits = 12 // one direction captured
	case data.dirs != 3:
		data.bits = 9
	}
	if c := at(claimTurnChannel); c != nil && c.dirs != 3 {
		c.bits = 9
	}
	if peer != nil && peer.dirs == 3 {
		return derived(claimIceTwoWay, peer), true
	}
	return line{}, false
}

// combineMedia settles whether media is encrypted. It returns the line that proves an encrypted
// call of which the flow shows no server's signalling, nil if there is none.
func combineMedia(f *flow.Flow, x *facts, at func(ClaimID) *line) *line {
	stream, secure, plainly := at(claimRTPStream), at(claimSRTCP), at(claimRTCPClear)
	if secure != nil && plainly != nil {
		if secure.count >= plainly.count {
			plainly.bits = 0
		} else {
			secure.bits = 0
		}
	}
	if plainly != nil && plainly.bits < 0 {
		silence(at, claimRTPNoise)
	}
	if stream == nil || stream.count < 3 {
		return nil
	}
	// The claims above judge the media; a sequence number passes the values of Skype's octet.
	silence(at, claimRandomUDP, claimRandomBoth, claimSkypeProbe, claimSkypeAnswer, claimSkypePing, claimSkypeMedia, claimSkypeNoID)
	for _, id := range [...]ClaimID{
		claimIceCheck, claimStunKeyed, claimStunBinding, claimStunAnswer, claimDTLS, claimTurnControl, claimDiscord, claimZoomServer,
	} {
		if at(id) != nil {
			return nil
		}
	}
	if secure == nil || secure.bits <= 0 || stream.dirs != 3 || !x.far || servicePort(f.Key.Port[0]) || servicePort(f.Key.Port[1]) {
		return nil
	}
	return secure
}
