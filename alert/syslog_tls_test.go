package alert

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes one for the loopback address, and a file to trust it by.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	return certificateUntil(t, time.Now().Add(time.Hour))
}

func certificateUntil(t *testing.T, end time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "receiver"}, NotBefore: end.Add(-2 * time.Hour),
		NotAfter: end, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestSyslogTLS(t *testing.T) {
	pair, file := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	got := serve(t, l, 0)
	address := "tls://" + l.Addr().String()
	sent(t, newSyslog(t, SyslogOptions{Address: address, Authorities: file}), 0, 5)
	numbered(t, take(t, got, 5), 0)
	// Whom nobody vouches for gets nothing.
	s := newSyslog(t, SyslogOptions{Address: address})
	a := everyAlert()[0]
	if err := s.Send(context.Background(), &Message{Alert: a}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
	if _, err := NewSyslog(SyslogOptions{Address: address, Authorities: "syslog_test.go"}); err == nil {
		t.Error("a file without certificates is taken")
	}
}

// What is wrong with a certificate is told with what to do about it.
func TestSyslogTLSAdvice(t *testing.T) {
	sound, file := certificate(t)
	expired, expiredFile := certificateUntil(t, time.Now().Add(-time.Minute))
	for name, c := range map[string]struct {
		config *tls.Config // nil for a receiver without TLS
		file   string
		host   string
		want   string
	}{
		"unknown":  {&tls.Config{Certificates: []tls.Certificate{sound}}, "", "127.0.0.1", "give that authority's PEM file by --alert-ca"},
		"another":  {&tls.Config{Certificates: []tls.Certificate{sound}}, file, "localhost", "name the receiver as its certificate does"},
		"expired":  {&tls.Config{Certificates: []tls.Certificate{expired}}, expiredFile, "127.0.0.1", "renew the receiver's certificate, or set this machine's clock"},
		"plain":    {nil, "", "127.0.0.1", "does not speak TLS"},
		"mutual":   {&tls.Config{Certificates: []tls.Certificate{sound}, ClientAuth: tls.RequireAnyClientCert}, file, "127.0.0.1", "asks for a certificate of its senders"},
		"mutual12": {&tls.Config{Certificates: []tls.Certificate{sound}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, file, "127.0.0.1", "asks for a certificate of its senders"},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if c.config == nil {
					conn.Write([]byte("220 mail.example.org\r\n"))
				} else {
					conn = tls.Server(conn, c.config)
					conn.(*tls.Conn).Handshake()
				}
				time.Sleep(20 * time.Millisecond)
				conn.Close()
			}
		}()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		s := newSyslog(t, SyslogOptions{Address: "tls://" + net.JoinHostPort(c.host, port), Authorities: c.file})
		message := &Message{Alert: everyAlert()[0]}
		err = s.Send(context.Background(), message) // nothing was sent and lost before it is told
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A receiver that asks for a certificate, and does without, gets all.
func TestSyslogTLSAsksInVain(t *testing.T) {
	pair, file := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		t.Fatal(err)
	}
	got := serve(t, l, 0)
	sent(t, newSyslog(t, SyslogOptions{Address: "tls://" + l.Addr().String(), Authorities: file}), 0, 5)
	numbered(t, take(t, got, 5), 0)
}

// A receiver that speaks TLS, is away and comes back gets the rest.
func TestSyslogTLSReconnects(t *testing.T) {
	pair, file := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	got := serve(t, l, 2)
	var words told
	n := teller(t, Options{Sinks: []Sink{newSyslog(t, SyslogOptions{Address: "tls://" + address, Authorities: file})}, Queue: 10, Tell: words.tell, patience: quick})
	for i := range 2 {
		n.Look(look(i, hostLook(i)))
	}
	numbered(t, take(t, got, 2), 0)
	l.Close()
	time.Sleep(50 * time.Millisecond)
	n.Look(look(2, hostLook(2)))
	words.has(t, "syslog tls://"+address+": connect: ")
	if l, err = tls.Listen("tcp", address, config); err != nil {
		t.Fatal(err)
	}
	got = serve(t, l, 0)
	words.has(t, "takes alerts again")
	n.Look(look(3, hostLook(3)))
	numbered(t, take(t, got, 2), 2)
	n.Close()
}
