package classify

import "peeratlas/classify/flow"

// What makes combine work. Of a flow's claims most mean nothing together: which steps could
// change anything is read off the claims first, and only those are taken.

// stir is a set of steps, in their order, and of what must come together for one.
type stir uint16

const (
	stirICE stir = 1 << iota
	stirRandom
	stirTLS
	stirCalls
	stirMeshes
	stirOverlays
	stirClear
	stirKeepAlives
	partHosted // for stirOverlays a super-node's address must be there too
	partClear  // for stirKeepAlives both parts
	partNoise
	stirSteps = stirICE | stirRandom | stirTLS | stirCalls | stirMeshes | stirOverlays | stirClear | stirKeepAlives
)

// add notes a claim that was made in the directions of dirs.
func (s *stir) add(id ClaimID, dirs uint8) {
	of := stirs[id]
	if dirs != 3 && (id == claimRandomFirst || id == claimRandomUDP) {
		of &^= stirRandom
	}
	*s |= of
}

// settle leaves steps alone in s, given the claims of f itself.
func (s *stir) settle(f *flow.Flow, x *facts) {
	if *s&partHosted != 0 && skypeHosted(f, 1-x.near) {
		*s |= stirOverlays
	}
	if *s&(partClear|partNoise) == partClear|partNoise {
		*s |= stirKeepAlives
	}
	*s &= stirSteps
}

// stirs are the steps that do nothing unless a claim of theirs was made. What a step merely
// silences, or asks for besides, is not among its claims.
var stirs = func() (of [numClaims]stir) {
	for _, by := range stirredBy {
		for _, id := range by.claims {
			of[id] |= by.steps
		}
	}
	return of
}()

var stirredBy = [...]struct {
	steps  stir
	claims []ClaimID
}{
	{stirICE, []ClaimID{claimTurnControl, claimWhatsappStun, claimMsRelay, claimTurnChannel, claimIceCheck, claimStunKeyed, claimStunBinding,
		claimTurnPeerCheck, claimTurnData}},
	{stirRandom, []ClaimID{claimRandomFirst, claimRandomUDP}},
	{stirTLS, []ClaimID{claimTLSInGnutella, claimTLSSelfSigned, claimSkypeZeroTLS, claimSkypeHello443, claimTLSAnyDesk, claimLineCall,
		claimTincID, claimRLPxAuth, claimPiaEncrypted}},
	{stirCalls, []ClaimID{claimRTPStream, claimRTCPClear, claimMsPseudoTLS, claimGooglePseudoTLS, claimLineCall, claimLineOld, claimZoomPeer,
		claimZoomPeerMedia, claimTelegramReflector, claimViberEcho, claimViberPair, claimZRTP, claimFaceTime, claimFaceTimeBoth, claimImo,
		claimSRTCP, claimTelegramOneWay, claimTelegramTag, claimXboxKeys, claimPlayStation, claimSteamPlayAsk, claimMoonlight}},
	{stirMeshes, meshHeaders[:]},
	{stirMeshes, []ClaimID{claimDERP, claimQUICPeer, claimSyncthingQUIC, claimRLPxAuth, claimRLPxShape, claimN2NClear, claimZeroTierRoot,
		claimWireGuardEcho, claimWireGuardData, claimWireGuardInitiation, claimUTPHidden, claimUTPShort, claimUTPLong}},
	{stirOverlays, overlayClaims[:]},
	{stirOverlays, []ClaimID{claimSkypeNoID, claimSkypePing, claimSkypeMedia, claimSkypePort80, claimSkypeOut, claimTorName, claimTorCell,
		claimHyphanetSession}},
	{partHosted, []ClaimID{claimRandomFirst, claimSkypeProbe}},
	{stirClear, []ClaimID{claimQUICShort, claimTorLink, claimClearOnce, claimSDPMedia, claimRTPPlain}},
	{stirKeepAlives, []ClaimID{claimWireGuardInitiation, claimWireGuardData}},
	{partClear, []ClaimID{claimClearUDP}},
	{partNoise, []ClaimID{claimRandomUDP}},
}
