package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/netstack"
)

// wireguardKey draws a key pair, in hex as the configuration protocol has it.
func wireguardKey() (private, public string) {
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return hex.EncodeToString(k.Bytes()), hex.EncodeToString(k.PublicKey().Bytes())
}

// wireguardPeer is wireguard-go on a TCP/IP stack of its own. Settings: key, port, inner (own inner
// address), peers (public,inner prefix,endpoint or -,keepalive;...), talk (inner addresses, with commas),
// octets (fetched each time).
func wireguardPeer(ctx context.Context, set settings) error {
	tun, stack, err := netstack.CreateNetTUN([]netip.Addr{netip.MustParseAddr(set["inner"])}, nil, 1420)
	if err != nil {
		return err
	}
	d := device.NewDevice(tun, conn.NewDefaultBind(), device.NewLogger(device.LogLevelError, ""))
	defer d.Close()
	config := fmt.Sprintf("private_key=%s\nlisten_port=%s\n", set["key"], set["port"])
	for p := range strings.SplitSeq(set["peers"], ";") {
		f := strings.Split(p, ",")
		config += fmt.Sprintf("public_key=%s\nallowed_ip=%s\n", f[0], f[1])
		if f[2] != "-" {
			config += "endpoint=" + f[2] + "\n"
		}
		if f[3] != "0" {
			config += "persistent_keepalive_interval=" + f[3] + "\n"
		}
	}
	if err := d.IpcSet(config); err != nil {
		return err
	}
	if err := d.Up(); err != nil {
		return err
	}
	l, err := stack.ListenTCP(&net.TCPAddr{Port: 80})
	if err != nil {
		return err
	}
	go serveOctets(l)
	say("ready")
	for _, addr := range strings.FieldsFunc(set["talk"], func(r rune) bool { return r == ',' }) {
		go func() {
			for n := 0; ctx.Err() == nil; n++ {
				c, err := stack.DialContext(ctx, "tcp", addr+":80")
				if err == nil {
					fetch(c, number(set["octets"], 20000))
				}
				pause(ctx, 900*time.Millisecond)
			}
		}()
	}
	<-ctx.Done()
	return nil
}

// serveOctets answers each connection's request for a number of octets with as many.
func serveOctets(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			for {
				var n int
				if _, err := fmt.Fscanf(c, "GET %d\n", &n); err != nil {
					return
				}
				if _, err := io.CopyN(c, rand.Reader, int64(min(n, 1<<24))); err != nil {
					return
				}
			}
		}()
	}
}

// fetch asks for octets on a fresh connection, and closes it.
func fetch(c net.Conn, octets int) error {
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := fmt.Fprintf(c, "GET %d\n", octets); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c, int64(octets))
	return err
}

// number reads a setting that is a number.
func number(text string, otherwise int) int {
	n := otherwise
	if _, err := fmt.Sscan(text, &n); err != nil {
		return otherwise
	}
	return n
}

// pause waits as long and up to half longer, so that programs are not in step.
func pause(ctx context.Context, d time.Duration) {
	more, err := rand.Int(rand.Reader, big.NewInt(int64(d)/2+1))
	if err != nil {
		more = new(big.Int)
	}
	select {
	case <-time.After(d + time.Duration(more.Int64())):
	case <-ctx.Done():
	}
}
