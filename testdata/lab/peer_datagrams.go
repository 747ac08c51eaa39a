package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/miekg/dns"
	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/xtaci/kcp-go/v5"
)

// dtlsPeer is a client and a server of DTLS, without WebRTC. A sensor's readings.
func dtlsPeer(ctx context.Context, set settings) error {
	cert := certificate(serverName)
	addr, err := net.ResolveUDPAddr("udp4", set["listen"]+set["dial"])
	if err != nil {
		return err
	}
	if set["listen"] != "" {
		l, err := dtls.ListenWithOptions("udp4", addr, dtls.WithCertificates(cert))
		if err != nil {
			return err
		}
		say("ready")
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			go io.Copy(c, c)
		}
	}
	c, err := dtls.DialWithOptions("udp4", addr, dtls.WithInsecureSkipVerify(true), dtls.WithServerName(serverName))
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, c)
	return drip(ctx, c, 120, 500*time.Millisecond)
}

// kcpPeer is KCP without its optional cipher, as game servers use it.
func kcpPeer(ctx context.Context, set settings) error {
	if set["listen"] != "" {
		l, err := kcp.ListenWithOptions(set["listen"], nil, 0, 0)
		if err != nil {
			return err
		}
		say("ready")
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			go io.Copy(c, c)
		}
	}
	c, err := kcp.DialWithOptions(set["dial"], nil, 0, 0)
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, c)
	return drip(ctx, c, 90, 100*time.Millisecond)
}

// dnsPeer is a name server that knows every name, and a client; with tls=1 over TLS.
func dnsPeer(ctx context.Context, set settings) error {
	network := "udp"
	if set["tls"] == "1" {
		network = "tcp-tls"
	}
	if set["listen"] != "" {
		s := &dns.Server{Addr: set["listen"], Net: network, TLSConfig: serverTLS("dot"), NotifyStartedFunc: func() { say("ready") }, Handler: dns.HandlerFunc(answer)}
		return s.ListenAndServe()
	}
	c := &dns.Client{Net: network, TLSConfig: clientTLS("dot")}
	var conn *dns.Conn
	for n := 0; ctx.Err() == nil; n++ {
		m := new(dns.Msg)
		m.SetQuestion(fmt.Sprintf("host%d.lab.example.", n%9), []uint16{dns.TypeA, dns.TypeAAAA}[n%2])
		var err error
		if conn == nil || network == "udp" {
			conn, err = c.Dial(set["dial"])
		}
		if err == nil {
			_, _, err = c.ExchangeWithConn(m, conn)
		}
		if err != nil {
			return err
		}
		pause(ctx, 800*time.Millisecond)
	}
	return nil
}

func answer(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	if q.Question[0].Qtype == dns.TypeA {
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 300}, A: localIP(w)}}
	}
	w.WriteMsg(m)
}

// localIP is the server's own address: every name leads there.
func localIP(w dns.ResponseWriter) net.IP {
	host, _, _ := net.SplitHostPort(w.LocalAddr().String())
	return net.ParseIP(host)
}

// ntpPeer asks for the time, and tells it (RFC 5905, modes 3 and 4).
func ntpPeer(ctx context.Context, set settings) error {
	stamp := func(b []byte) {
		t := time.Now()
		binary.BigEndian.PutUint32(b, uint32(t.Unix()+2208988800))
		binary.BigEndian.PutUint32(b[4:], uint32(uint64(t.Nanosecond())<<32/1e9))
	}
	if set["listen"] != "" {
		c, err := net.ListenPacket("udp4", set["listen"])
		if err != nil {
			return err
		}
		say("ready")
		for b := make([]byte, 100); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return err
			}
			if n != 48 {
				continue
			}
			a := make([]byte, 48)
			a[0], a[1], a[2], a[3] = 0x24, 2, b[2], 0xe9
			copy(a[12:], "GPS\x00")
			copy(a[24:32], b[40:48])
			stamp(a[16:])
			stamp(a[32:])
			stamp(a[40:])
			c.WriteTo(a, from)
		}
	}
	c, err := net.Dial("udp4", set["dial"])
	if err != nil {
		return err
	}
	for b := make([]byte, 48); ctx.Err() == nil; pause(ctx, 3*time.Second) {
		clear(b)
		b[0], b[2], b[3] = 0x23, 6, 0xec
		stamp(b[40:])
		if _, err := c.Write(b); err != nil {
			return err
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		c.Read(b)
	}
	return nil
}

// rtpPeer sends and takes a voice in clear: G.711, 50 packets a second. Both ends have listen and dial.
func rtpPeer(ctx context.Context, set settings) error {
	local, err := net.ResolveUDPAddr("udp4", set["listen"])
	if err != nil {
		return err
	}
	remote, err := net.ResolveUDPAddr("udp4", set["dial"])
	if err != nil {
		return err
	}
	c, err := net.DialUDP("udp4", local, remote)
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, c)
	say("ready")
	h := rtp.Header{Version: 2, PayloadType: 0, SSRC: uint32(time.Now().UnixNano())}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		h.SequenceNumber, h.Timestamp = uint16(n), uint32(160*n)
		p := rtp.Packet{Header: h, Payload: make([]byte, 160)}
		for i := range p.Payload { // a tone in mu-law, with silence every other second
			p.Payload[i] = 0xff - byte(n/50%2*(i%8)*7)
		}
		data, err := p.Marshal()
		if err != nil {
			return err
		}
		c.Write(data) // refused until the other end is there
		<-tick.C
	}
	return nil
}

// scanPeer connects to ports of the addresses in targets, and sends them one datagram each.
func scanPeer(ctx context.Context, set settings) error {
	for port := 20; ctx.Err() == nil && port < 400; port++ {
		for n := 1; n <= number(set["far"], 3); n++ {
			addr := fmt.Sprintf("198.18.%d.10:%d", n+number(set["first"], 1)-1, port)
			if c, err := net.DialTimeout("tcp4", addr, 200*time.Millisecond); err == nil {
				c.Close()
			}
			if c, err := net.Dial("udp4", addr); err == nil {
				c.Write([]byte("\x02\x01probe\r\n"))
				c.Close()
			}
		}
		time.Sleep(600 * time.Millisecond)
	}
	return errors.Join(ctx.Err())
}

// octetsPeer serves octets, or fetches them again and again: what runs inside a VPN, or needs no name.
// Settings: octets, every (milliseconds), from (own address: nothing is sent before there is one).
func octetsPeer(ctx context.Context, set settings) error {
	if set["listen"] != "" {
		l, err := net.Listen("tcp", set["listen"])
		if err != nil {
			return err
		}
		say("ready")
		return serveOctets(l)
	}
	d := net.Dialer{Timeout: 3 * time.Second}
	if set["from"] != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(set["from"])}
	}
	for ctx.Err() == nil {
		if c, err := d.DialContext(ctx, "tcp", set["dial"]); err == nil && fetch(c, number(set["octets"], 8000)) == nil {
			say("fetched")
		}
		pause(ctx, time.Duration(number(set["every"], 900))*time.Millisecond)
	}
	return nil
}

// memcachePeer sets and gets over TCP, and gets over UDP (protocol.txt of memcached).
func memcachePeer(ctx context.Context, set settings) error {
	t, err := net.DialTimeout("tcp4", set["dial"], 5*time.Second)
	if err != nil {
		return err
	}
	u, err := net.Dial("udp4", set["dial"])
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, t)
	go io.Copy(io.Discard, u)
	value := make([]byte, 900)
	for n := uint16(1); ctx.Err() == nil; n++ {
		rand.Read(value)
		fmt.Fprintf(t, "set session%d 0 60 %d\r\n%s\r\nget session%d\r\n", n%7, len(value), value, n%7)
		fmt.Fprintf(u, "%c%c\x00\x00\x00\x01\x00\x00get session%d\r\n", n>>8&0x7f, n&0x7f, n%7)
		pause(ctx, 400*time.Millisecond)
	}
	return nil
}

// streamPeer sends what a camera's encoder would, to a program on the same host.
func streamPeer(ctx context.Context, set settings) error {
	c, err := net.Dial("udp4", set["dial"])
	if err != nil {
		return err
	}
	frame := make([]byte, 1316)
	for ctx.Err() == nil {
		rand.Read(frame)
		c.Write(frame) // refused until the other program is there
		time.Sleep(40 * time.Millisecond)
	}
	return nil
}
