package classify

import "peeratlas/capture/packet"

// TeamViewer.
//
//	TCP  | 17 24 | command 1 | length 2, little-endian | body |            version 1
//	     | 11 30 | command 1 | flags 1 | ... |                             version 2
//	UDP  | 00 | counters and ids 10 | 17 24 | command 1 | ... |
//	  commands: 10 to 63 between client and server, 70 to 72 and 90 to 113 (hex 46 to 48, 5a to 71)
//	  between the two ends of a session: ask over UDP, ping, data, encrypted data, heart beat
//
// Clients dial a router over TCP port 5938 (or 443, 80), which carries the session until the
// ends have punched a path of their own over UDP. Both ends then use the session's commands.
//
// Not looked for: which router commands begin a session; they are sealed since version 15.
var teamviewerUDP = Detector{
	Name:       "teamviewer",
	Transport:  packet.UDP,
	References: []string{"bettercap packets/teamviewer.go, command table (source of 2024)", "octets as observed by Xplico, 2012"},
	Proves:     "Two ends of a TeamViewer session ask for, or have, a direct path.",
	Not:        "That the session was accepted.",
	Claims:     []ClaimID{claimTeamViewerUDP, claimTeamViewerBoth},
	Opens:      func(b byte) bool { return b == 0 },
	Gates:      []Gate{{Least: 14}},
	Detect:     detectTeamViewerUDP,
}

// teamviewerSession tells the commands that pass between the two ends of a session.
func teamviewerSession(command byte) bool {
	return command >= 70 && command <= 72 || command >= 90 && command <= 113
}

// teamviewerDatagram tells a UDP payload of TeamViewer.
func teamviewerDatagram(p []byte) bool {
	return len(p) >= 14 && p[0] == 0 && be16(p[11:]) == 0x1724 && teamviewerSession(p[13])
}

func detectTeamViewerUDP(o *Observation) {
	if !teamviewerDatagram(o.Payload) {
		return
	}
	o.Claim(claimTeamViewerUDP, uint32(o.Payload[13]), 0)
	if b := o.LastFrom(1 - o.Dir); b != nil && b.length >= 14 && teamviewerDatagram(b.prefix[:]) {
		o.Claim(claimTeamViewerBoth, uint32(o.Payload[13]), uint32(b.prefix[13]))
	}
}

var teamviewerTCP = Detector{
	Name:       "teamviewer",
	Transport:  packet.TCP,
	References: teamviewerUDP.References,
	Proves:     "TeamViewer's framing over TCP; session commands in it.",
	Not:        "Whether the far end is a router or, on a local network, the other end.",
	Claims:     []ClaimID{claimTeamViewerTCP, claimTeamViewerSession},
	Opens:      func(b byte) bool { return b == 0x17 || b == 0x11 },
	Gates:      []Gate{{Octets: []octetGate{octet(1, 0x24, 0x30)}}},
	Detect:     detectTeamViewerTCP,
}

func detectTeamViewerTCP(o *Observation) {
	p := o.Payload
	if len(p) < 5 {
		return
	}
	switch be16(p) {
	case 0x1724:
		if p[2] < 10 || p[2] > 113 || int(le16(p[3:]))+5 > o.Length && !o.ClaimedBySender(claimTeamViewerTCP) {
			return
		}
	case 0x1130:
		if p[2] < 10 || p[2] > 113 || o.Claimed(claimTeamViewerTCP) == 0 {
			return
		}
	default:
		return
	}
	o.Claim(claimTeamViewerTCP, uint32(p[2]), 0)
	if teamviewerSession(p[2]) {
		o.Claim(claimTeamViewerSession, uint32(p[2]), 0)
	}
}
