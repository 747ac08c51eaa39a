package pipeline

import (
	"maps"
	"slices"
)

// Labels name a family after what the capture's origin tells (a program, a kind of program);
// verdicts after what the flow shows. This file says which names mean the same.

// familyNames lists, for each family of the labels whose flows may be peer-to-peer, the names of
// verdicts that are right. A kind of program ("remote-desktop-p2p") is named right by any
// program of that kind. The technique is a right name only where the label names no more than
// the technique: WebRTC is not the answer to "which messenger", but a program built on WebRTC is
// right for "webrtc", since the labels use that for calls whose program was not known.
var familyNames = map[string][]string{
	"skype":              {"skype"},
	"teams":              {"teams"},
	"webrtc":             {"webrtc", "facebook", "google", "signal"},
	"gnutella-tls":       {"gnutella"},
	"crypto-ethereum":    {"ethereum"},
	"crypto-bitcoin":     {"bitcoin"},
	"crypto-lightning":   {"lightning"},
	"libp2p":             {"libp2p"},
	"game-p2p":           {"nintendo"},
	"remote-desktop-p2p": {"anydesk", "moonlight", "rustdesk", "steam-remote-play", "teamviewer"},
	"voip-facebook":      {"facebook"},
	"voip-facetime":      {"facetime"},
	"voip-google":        {"google", "webrtc"}, // without Google's relay nothing shows whose it is
	"voip-imo":           {"imo"},
	"voip-kakaotalk":     {"kakaotalk"},
	"voip-line":          {"line"},
	"voip-signal":        {"signal"},
	"voip-sip":           {"webrtc"}, // a telephone's call shows the technique alone
	"voip-telegram":      {"telegram"},
	"voip-viber":         {"viber"},
	"voip-wechat":        {"wechat"},
	"voip-whatsapp":      {"whatsapp"},
	"voip-zoom":          {"zoom"},
	"vpn-hamachi":        {"hamachi"},
	"vpn-n2n":            {"n2n"},
	"vpn-nebula":         {"nebula"},
	"vpn-tailscale":      {"tailscale"},
	"vpn-tinc":           {"tinc"},
	"vpn-wireguard":      {"wireguard", "tailscale"},
	"vpn-yggdrasil":      {"yggdrasil"},
	"vpn-zerotier":       {"zerotier"},
	"file-sync-p2p":      {"syncthing"},
	"bittorrent-mse":     {"bittorrent"},
	"bittorrent-utp":     {"bittorrent"},
}

// FamilyRight tells whether a verdict's family is a right name for a label's. A family that is
// not in the table is right by its own name.
func FamilyRight(label, verdict string) bool {
	if names, listed := familyNames[label]; listed {
		return slices.Contains(names, verdict)
	}
	return label == verdict
}

// labelFamilies lists the families of the table in order.
func labelFamilies() []string { return slices.Sorted(maps.Keys(familyNames)) }
