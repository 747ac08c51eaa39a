package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// This file is the one of the room that opens connections, and only for a sink that was asked for.

// connectTime bounds one try to connect, names included.
const connectTime = 5 * time.Second

// connect opens a connection; with a configuration, one that is encrypted.
func connect(ctx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, connectTime)
	defer stop()
	d := &net.Dialer{KeepAlive: 30 * time.Second}
	if secure == nil {
		return d.DialContext(ctx, network, address)
	}
	conn, err := (&tls.Dialer{NetDialer: d, Config: secure}).DialContext(ctx, network, address)
	if err != nil {
		return nil, advised(err)
	}
	return conn, nil
}

// trust is what certificates are verified by: the system's authorities and those in a file. It is
// read now, for later the process may not be allowed to read files.
func trust(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		if file == "" {
			return nil, fmt.Errorf("the system's certificate authorities: %w", err)
		}
		pool = x509.NewCertPool()
	}
	if file == "" {
		return pool, nil
	}
	octets, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(octets) {
		return nil, fmt.Errorf("certificate authorities: %s: %w", file, errors.New("there is no PEM certificate in it"))
	}
	return pool, nil
}

// secured is the configuration for encrypted connections.
func secured(authorities *x509.CertPool) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities}
}
