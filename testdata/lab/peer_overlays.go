package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/peer"
	"github.com/btcsuite/btcd/wire/v2"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/p2p/nat"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	libpeer "github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
)

const octetsProtocol = "/lab/octets/1.0.0"

// libp2pPeer is a libp2p host. Settings: listen (multiaddr), dial (multiaddrs with peer, with commas).
func libp2pPeer(ctx context.Context, set settings) error {
	options := []libp2p.Option{libp2p.ListenAddrStrings(set["listen"]), libp2p.NoTransports, libp2p.DisableRelay()}
	if strings.Contains(set["listen"], "quic") {
		options = append(options, libp2p.Transport(quic.NewTransport))
	} else {
		options = append(options, libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(noise.ID, noise.New))
	}
	h, err := libp2p.New(options...)
	if err != nil {
		return err
	}
	defer h.Close()
	h.SetStreamHandler(octetsProtocol, func(s network.Stream) {
		defer s.Close()
		var n int
		if _, err := fmt.Fscanf(s, "GET %d\n", &n); err == nil {
			io.CopyN(s, rand.Reader, int64(min(n, 1<<20)))
		}
	})
	say("addr %s/p2p/%s", h.Addrs()[0], h.ID())
	for _, addr := range strings.FieldsFunc(set["dial"], func(r rune) bool { return r == ',' }) {
		m, err := multiaddr.NewMultiaddr(addr)
		if err != nil {
			return err
		}
		far, err := libpeer.AddrInfoFromP2pAddr(m)
		if err != nil {
			return err
		}
		if err := h.Connect(ctx, *far); err != nil {
			return err
		}
		say("connected")
		go libp2pTalk(ctx, h, far.ID)
	}
	<-ctx.Done()
	return nil
}

func libp2pTalk(ctx context.Context, h host.Host, far libpeer.ID) {
	for ctx.Err() == nil {
		if s, err := h.NewStream(ctx, far, octetsProtocol); err == nil {
			fmt.Fprintf(s, "GET %d\n", 9000)
			io.Copy(io.Discard, s)
			s.Close()
		}
		pause(ctx, 800*time.Millisecond)
	}
}

// ethereumPeer is a node with discovery and RLPx, and a protocol that exchanges random blocks.
// Settings: addr (as others see it), boot (enode URLs, with commas), v4=1, v5=1.
func ethereumPeer(ctx context.Context, set settings) error {
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	s := &p2p.Server{Config: p2p.Config{PrivateKey: key, Name: "lab", MaxPeers: 10, ListenAddr: ":30303", DiscoveryV4: set["v4"] == "1", DiscoveryV5: set["v5"] == "1",
		NAT: nat.ExtIP(net.ParseIP(set["addr"])), Protocols: []p2p.Protocol{{Name: "lab", Version: 1, Length: 1, Run: exchangeBlocks}}}}
	for url := range strings.FieldsFuncSeq(set["boot"], func(r rune) bool { return r == ',' }) {
		boot, err := enode.ParseV4(url)
		if err != nil {
			return err
		}
		s.BootstrapNodes, s.StaticNodes = append(s.BootstrapNodes, boot), append(s.StaticNodes, boot)
	}
	s.BootstrapNodesV5 = s.BootstrapNodes
	if err := s.Start(); err != nil {
		return err
	}
	defer s.Stop()
	say("enode enode://%x@%s:30303", crypto.FromECDSAPub(&key.PublicKey)[1:], set["addr"])
	for ctx.Err() == nil {
		pause(ctx, time.Second)
		say("peers %d", s.PeerCount())
	}
	return nil
}

func exchangeBlocks(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
	go func() {
		for {
			block := make([]byte, 3000)
			rand.Read(block)
			if p2p.Send(rw, 0, block) != nil {
				return
			}
			time.Sleep(700 * time.Millisecond)
		}
	}()
	for {
		m, err := rw.ReadMsg()
		if err != nil {
			return err
		}
		if err := m.Discard(); err != nil {
			return err
		}
	}
}

// bitcoinPeer is btcd's peer with the encrypted transport of BIP 324. Settings: listen or dial.
func bitcoinPeer(ctx context.Context, set settings) error {
	config := &peer.Config{UserAgentName: "lab", UserAgentVersion: "1.0", ChainParams: &chaincfg.MainNetParams, Services: wire.SFNodeNetwork | wire.SFNodeP2PV2,
		TrickleInterval: time.Second, UsingV2Conn: true, AllowSelfConns: true}
	if set["dial"] != "" {
		c, err := net.Dial("tcp4", set["dial"])
		if err != nil {
			return err
		}
		p, err := peer.NewOutboundPeer(config, set["dial"])
		if err != nil {
			return err
		}
		p.AssociateConnection(c)
		say("ready")
		return gossip(ctx, p)
	}
	l, err := net.Listen("tcp4", set["listen"])
	if err != nil {
		return err
	}
	say("ready")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		p := peer.NewInboundPeer(config)
		p.AssociateConnection(c)
		go gossip(ctx, p)
	}
}

// gossip announces transactions that nobody has.
func gossip(ctx context.Context, p *peer.Peer) error {
	for ctx.Err() == nil {
		pause(ctx, 600*time.Millisecond)
		inv := wire.NewMsgInv()
		for range 20 {
			v := &wire.InvVect{Type: wire.InvTypeTx}
			rand.Read(v.Hash[:])
			inv.AddInvVect(v)
		}
		p.QueueMessage(inv, nil)
		p.QueueMessage(wire.NewMsgPing(uint64(time.Now().UnixNano())), nil)
	}
	p.Disconnect()
	return nil
}
