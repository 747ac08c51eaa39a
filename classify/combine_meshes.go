package classify

import "peeratlas/classify/flow"

// silence takes the weight off claims that others explain.
func silence(at func(ClaimID) *line, ids ...ClaimID) {
	for _, id := range ids {
		if l := at(id); l != nil {
			l.bits = 0
		}
	}
}

// meshHeaders are claims of headers in clear that belong to sealed traffic: what looks clear in
// such a flow is the header.
var meshHeaders = [...]ClaimID{
	claimDisco, claimDiscoRelay, claimZeroTierHello, claimZeroTierPair, claimZeroTierCounts, claimNebulaHandshake, claimNebulaData,
	claimN2NEdge, claimN2NSuper, claimN2NPacket, claimHamachiTunnel, claimRustDeskKey, claimRustDeskRelay,
	claimTeamViewerUDP, claimTeamViewerSession, claimGNUnet, claimSyncthingBEP, claimSyncthingRelay, claimSyncthingSession,
	claimYggdrasil,
}

// combineMeshes adds what claims of meshes, file sharing and remote desktops mean together. It
// silences first and appends last: at finds lines of before.
func combineMeshes(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	for _, id := range meshHeaders {
		if at(id) != nil {
			silence(at, claimClearUDP, claimClearFirst)
			break
		}
	}
	if at(claimDERP) != nil || at(claimSyncthingBEP) != nil || at(claimSyncthingRelay) != nil {
		silence(at, claimTLSNamed, claimTLSNameless)
	}
	if at(claimQUICPeer) != nil || at(claimSyncthingQUIC) != nil {
		silence(at, claimQUIC)
	}
	if at(claimRLPxAuth) != nil || at(claimRLPxShape) != nil {
		silence(at, claimFramedFirst) // that framing is known
	}
	if at(claimN2NClear) != nil && at(claimN2NPacket) == nil {
		silence(at, claimN2NEdge, claimN2NSuper)
	}
	if r := at(claimZeroTierRoot); r != nil && at(claimZeroTierPair) != nil {
		r.bits = zerotierRootBits
	}
	if at(claimWireGuardEcho) != nil || at(claimWireGuardData) != nil {
		silence(at, claimRandomUDP, claimRandomBoth) // the question is who, not whether it is sealed
	}
	lines = combineUTP(lines, at)
	if w := at(claimWireGuardInitiation); w != nil && w.dirs == 3 {
		l := plain(claimWireGuardBoth)
		l.frames = w.frames
		lines = append(lines, l)
	}
	return lines
}

// zerotierRootBits only marks the path: the pair's own bits decide.
const zerotierRootBits = 0.5

// utpShort is how many short packets of noise tell that a uTP connection, joined under way, is
// obfuscated: a clear peer's short packets begin with their length.
const utpShort = 3

// utpLong is how many octets of long noise tell it: a clear peer sends three heads of blocks
// among so many, or one each way.
const utpLong = 48 << 10

// combineUTP settles whether a uTP connection is in clear.
func combineUTP(lines []line, at func(ClaimID) *line) []line {
	short, hidden := at(claimUTPShort), at(claimUTPHidden)
	joined := hidden == nil && short != nil && short.count >= utpShort
	if long := at(claimUTPLong); long != nil && long.a >= utpLong && hidden == nil {
		short, joined = long, true
	}
	if at(claimUTPClear) != nil || hidden == nil && !joined {
		return lines
	}
	silence(at, claimUTP, claimUTPSyn, claimBitTorrentDHT, claimResilio, claimClearUDP)
	if joined {
		l := plain(claimUTPHidden)
		l.frames, l.a = short.frames, short.a
		lines = append(lines, l)
	}
	return lines
}
