package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// The servers and clients that are no peers. Each peer of this file is a server with listen=ADDR:PORT,
// a client with dial=ADDR:PORT.

// certificate is what a public server shows: an authority's, for a name.
func certificate(name string) tls.Certificate {
	make := func(subject string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
		t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: subject, Organization: []string{"Lab"}}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().AddDate(0, 3, 0), IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
		if parent == nil {
			parent, signer = t, key
		} else {
			t.DNSNames, t.ExtKeyUsage = []string{subject}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}
		der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
		if err != nil {
			panic(err) // a template of ours is wrong
		}
		return t, key, der
	}
	ca, caKey, caDER := make("Lab Authority", nil, nil)
	_, key, der := make(name, ca, caKey)
	return tls.Certificate{Certificate: [][]byte{der, caDER}, PrivateKey: key}
}

const serverName = "files.lab.example"

func serverTLS(alpn ...string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate(serverName)}, NextProtos: alpn}
}

func clientTLS(alpn ...string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: serverName, NextProtos: alpn}
}

// files serves octets and takes uploads.
func files() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /get", func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(w, rand.Reader, int64(number(r.FormValue("n"), 1000)))
	})
	m.HandleFunc("PUT /put", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	return m
}

// visit downloads, and uploads a backup's piece, again and again.
func visit(ctx context.Context, c *http.Client, base string, down, up int) error {
	for ctx.Err() == nil {
		r, err := c.Get(fmt.Sprintf("%s/get?n=%d", base, down))
		if err != nil {
			return err
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		q, err := http.NewRequest("PUT", base+"/put", io.LimitReader(rand.Reader, int64(up)))
		if err != nil {
			return err
		}
		if r, err = c.Do(q); err != nil {
			return err
		}
		r.Body.Close()
		say("visited")
		pause(ctx, time.Second)
	}
	return nil
}

// httpsPeer is HTTP over TLS. Settings: down and up, octets each time; socks, a proxy.
func httpsPeer(ctx context.Context, set settings) error {
	if set["listen"] != "" {
		l, err := net.Listen("tcp4", set["listen"])
		if err != nil {
			return err
		}
		s := &http.Server{Handler: files(), TLSConfig: serverTLS("h2", "http/1.1")}
		say("ready")
		return s.ServeTLS(l, "", "")
	}
	t := &http.Transport{TLSClientConfig: clientTLS(), ForceAttemptHTTP2: true}
	if set["socks"] != "" {
		t.Proxy = http.ProxyURL(&url.URL{Scheme: "socks5", Host: set["socks"]})
	}
	c := &http.Client{Transport: t}
	return visit(ctx, c, "https://"+set["dial"], number(set["down"], 30000), number(set["up"], 2000))
}

func http3Peer(ctx context.Context, set settings) error {
	if set["listen"] != "" {
		c, err := net.ListenPacket("udp4", set["listen"])
		if err != nil {
			return err
		}
		say("ready")
		return (&http3.Server{Handler: files(), TLSConfig: http3.ConfigureTLSConfig(serverTLS())}).Serve(c)
	}
	t := &http3.Transport{TLSClientConfig: clientTLS()}
	defer t.Close()
	return visit(ctx, &http.Client{Transport: t}, "https://"+set["dial"], number(set["down"], 30000), number(set["up"], 2000))
}

// quicPeer carries a file over one stream of QUIC.
func quicPeer(ctx context.Context, set settings) error {
	if set["listen"] != "" {
		l, err := quic.ListenAddr(set["listen"], serverTLS("file"), nil)
		if err != nil {
			return err
		}
		say("ready")
		for {
			c, err := l.Accept(ctx)
			if err != nil {
				return err
			}
			go func() {
				s, err := c.AcceptStream(ctx)
				if err != nil {
					return
				}
				io.Copy(io.Discard, s)
			}()
		}
	}
	c, err := quic.DialAddr(ctx, set["dial"], clientTLS("file"), nil)
	if err != nil {
		return err
	}
	s, err := c.OpenStreamSync(ctx)
	if err != nil {
		return err
	}
	return drip(ctx, s, 12000, 400*time.Millisecond)
}

// drip writes random octets at a low rate.
func drip(ctx context.Context, w io.Writer, octets int, every time.Duration) error {
	data := make([]byte, octets)
	for ctx.Err() == nil {
		rand.Read(data)
		if _, err := w.Write(data); err != nil {
			return err
		}
		pause(ctx, every)
	}
	return nil
}
