package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pion/turn/v4"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// peers are the programs that the lab itself can be.
var peers map[string]peerMain

func init() {
	peers = map[string]peerMain{
		"webrtc": webrtcPeer, "turn": turnServer, "meeting": meetingPeer,
		"wireguard": wireguardPeer, "libp2p": libp2pPeer, "ethereum": ethereumPeer, "bitcoin": bitcoinPeer,
		"https": httpsPeer, "http3": http3Peer, "quic": quicPeer, "dtls": dtlsPeer, "kcp": kcpPeer, "dns": dnsPeer, "ntp": ntpPeer, "rtp": rtpPeer, "scan": scanPeer, "octets": octetsPeer, "tracker": trackerPeer, "memcache": memcachePeer, "stream": streamPeer, "mumble": mumblePeer,
	}
}

// webrtcPeer is one side of a WebRTC call with audio and a data channel. Descriptions go over
// standard output and input, so that no signalling is in the capture.
// Settings: offer=1, ice=URL, relay=1, audio=1, restart=SECONDS.
func webrtcPeer(ctx context.Context, set settings) error {
	var engine webrtc.SettingEngine
	engine.SetICEMulticastDNSMode(1) // off
	engine.SetICETimeouts(5*time.Second, 15*time.Second, 2*time.Second)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(media))
	config := webrtc.Configuration{}
	if set["ice"] != "" {
		config.ICEServers = []webrtc.ICEServer{{URLs: []string{set["ice"]}, Username: "lab", Credential: "lab"}}
	}
	if set["relay"] == "1" {
		config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	pc, err := api.NewPeerConnection(config)
	if err != nil {
		return err
	}
	defer pc.Close()
	pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) { say("state %s", s) })
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := t.ReadRTP(); err != nil {
				return
			}
		}
	})
	if set["audio"] == "1" {
		if err := speak(ctx, pc); err != nil {
			return err
		}
	}
	pc.OnDataChannel(func(d *webrtc.DataChannel) { chat(ctx, d) })
	if set["offer"] == "1" {
		d, err := pc.CreateDataChannel("chat", nil)
		if err != nil {
			return err
		}
		chat(ctx, d)
		if err := describe(pc, true, nil); err != nil {
			return err
		}
		if s, _ := strconv.Atoi(set["restart"]); s > 0 {
			time.AfterFunc(time.Duration(s)*time.Second, func() { describe(pc, true, &webrtc.OfferOptions{ICERestart: true}) })
		}
	}
	return listen(ctx, pc)
}

// describe makes the local description with all candidates and says it.
func describe(pc *webrtc.PeerConnection, offer bool, o *webrtc.OfferOptions) error {
	var d webrtc.SessionDescription
	var err error
	if offer {
		d, err = pc.CreateOffer(o)
	} else {
		d, err = pc.CreateAnswer(nil)
	}
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return err
	}
	<-gathered
	data, err := json.Marshal(pc.LocalDescription())
	say("sdp %s", base64.StdEncoding.EncodeToString(data))
	return err
}

// listen takes the other side's descriptions from standard input.
func listen(ctx context.Context, pc *webrtc.PeerConnection) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Text(), "sdp "))
		if err != nil {
			return err
		}
		var d webrtc.SessionDescription
		if err := json.Unmarshal(data, &d); err != nil {
			return err
		}
		if err := pc.SetRemoteDescription(d); err != nil {
			return err
		}
		if d.Type == webrtc.SDPTypeOffer {
			if err := describe(pc, false, nil); err != nil {
				return err
			}
		}
	}
	<-ctx.Done()
	return nil
}

// speak sends what looks like 20 ms frames of a voice: random octets, a pause now and then.
func speak(ctx context.Context, pc *webrtc.PeerConnection) error {
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "audio", "lab")
	if err != nil {
		return err
	}
	if _, err := pc.AddTrack(track); err != nil {
		return err
	}
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			<-tick.C
			frame := make([]byte, 60+n*7%50)
			rand.Read(frame)
			frame[0] = 0x78 // Opus: CELT, 20 ms, one frame
			track.WriteSample(media.Sample{Data: frame, Duration: 20 * time.Millisecond})
		}
	}()
	return nil
}

// chat sends a message now and then.
func chat(ctx context.Context, d *webrtc.DataChannel) {
	d.OnOpen(func() {
		say("open")
		go func() {
			for n := 0; ctx.Err() == nil; n++ {
				if d.SendText(fmt.Sprintf("message %d of a chat", n)) != nil {
					return
				}
				time.Sleep(700 * time.Millisecond)
			}
		}()
	})
}

// turnServer is a STUN and TURN server. Setting: addr.
func turnServer(ctx context.Context, set settings) error {
	conn, err := net.ListenPacket("udp", net.JoinHostPort(set["addr"], "3478"))
	if err != nil {
		return err
	}
	s, err := turn.NewServer(turn.ServerConfig{
		Realm: "lab",
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(user, realm, "lab"), user == "lab"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(set["addr"]), Address: set["addr"]}}},
	})
	if err != nil {
		return err
	}
	say("ready")
	<-ctx.Done()
	return errors.Join(s.Close(), ctx.Err())
}
