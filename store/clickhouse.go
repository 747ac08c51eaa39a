package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// PasswordVariable is the environment variable with the password of a ClickHouse server.
const PasswordVariable = "PEERATLAS_STORE_PASSWORD"

// ClickHouseOptions of a ClickHouse store. The zero value of a field means its default.
type ClickHouseOptions struct {
	URL         string // clickhouse://USER@HOST:8123/DATABASE, or clickhouses:// for TLS
	Password    string // default: none
	Authorities string // PEM file of certificate authorities to trust besides the system's
	Days        int    // that rows are kept by the server; default: what the tables say, or all
	// Spool is a folder for batches that the server does not take; "" keeps none. What is in it is sent first.
	Spool       string
	SpoolOctets int64             // bound of what is in it. Default 1 GiB
	Tell        func(line string) // takes words for the user, on a goroutine of its own; nil for nobody
	Timeout     time.Duration     // of one request. Default 20 s
}

// ClickHouse is a store in a ClickHouse server, over its HTTP interface: version 18.16 or later. Every row
// has a key of its own, so that a batch that is sent again replaces what was there and doubles nothing.
type ClickHouse struct {
	options  ClickHouseOptions
	base     url.URL // of requests
	user     string
	database string
	client   *http.Client
	settings map[string]bool // that this server knows, of those that not all do
	ttl      bool            // this server removes old rows by itself
	spool    *spool          // nil: there is none
	written  uint64          // of the latest batch; of the goroutine that writes
}

// IsClickHouse tells whether the name of a store is a server's.
func IsClickHouse(name string) bool {
	return strings.HasPrefix(name, "clickhouse://") || strings.HasPrefix(name, "clickhouses://")
}

// NewClickHouse checks the options; nobody is asked yet.
func NewClickHouse(o ClickHouseOptions) (*ClickHouse, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("store: the address of the server cannot be read; write clickhouse://USER@HOST:8123/DATABASE") // its text may hold a password
	}
	if _, set := u.User.Password(); set {
		return nil, fmt.Errorf("store: a password on the command line is seen by everybody; put it into the environment as %s, or into a file for --store-password-file", PasswordVariable)
	}
	c := &ClickHouse{options: o, user: u.User.Username(), database: strings.Trim(u.Path, "/"), settings: map[string]bool{}}
	if u.Hostname() == "" || !plainName(c.database) || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("store %s: write clickhouse://USER@HOST:8123/DATABASE, the database in letters, digits and _", o.URL)
	}
	c.base = url.URL{Scheme: "http", Host: u.Host, Path: "/"}
	t := &http.Transport{MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: o.timeout()}
	if u.Scheme == "clickhouses" {
		c.base.Scheme = "https"
		if t.TLSClientConfig, err = tlsOf(o.Authorities); err != nil {
			return nil, err
		}
	}
	if u.Port() == "" {
		c.base.Host += map[string]string{"http": ":8123", "https": ":8443"}[c.base.Scheme]
	}
	c.client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

func (o *ClickHouseOptions) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return 20 * time.Second
}

// plainName tells whether a name needs no quotes.
func plainName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}

func tlsOf(authorities string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if authorities == "" {
		return c, nil
	}
	pem, err := os.ReadFile(authorities)
	if err != nil {
		return nil, fmt.Errorf("--store-ca: %w", err)
	}
	if c.RootCAs, err = x509.SystemCertPool(); err != nil {
		c.RootCAs = x509.NewCertPool()
	}
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--store-ca %s: there is no certificate in it; it is to be PEM", authorities)
	}
	return c, nil
}

// prepareTime is how long a watch with a spool waits for a server before it begins without it.
const prepareTime = 3 * time.Second

// OpenClickHouse opens a store to write and to read, and makes its tables. With a spool the server may be
// away: it is asked again when there is something to write.
func OpenClickHouse(ctx context.Context, o ClickHouseOptions) (*ClickHouse, error) {
	c, err := NewClickHouse(o)
	if err != nil {
		return nil, err
	}
	if o.Spool == "" {
		return c, c.prepare(ctx)
	}
	began, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	err = c.prepare(began)
	var refused *refusal
	if errors.As(err, &refused) && !refused.later() || errors.Is(err, errSchema) || errors.Is(err, ErrForeign) || untrusted(err) {
		return nil, err // waiting would not help
	}
	if c.spool, err = openSpool(c, err == nil); err != nil {
		return nil, err
	}
	return c, nil
}

// untrusted tells whether a server's certificate is none that is trusted, or it has none.
func untrusted(err error) bool {
	var e *tls.CertificateVerificationError
	return errors.As(err, &e) || errors.Is(err, http.ErrSchemeMismatch)
}

// ReadClickHouse opens a store to read only.
func ReadClickHouse(ctx context.Context, o ClickHouseOptions) (*ClickHouse, error) {
	c, err := NewClickHouse(o)
	if err != nil {
		return nil, err
	}
	found, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	version, err := c.version(ctx, found)
	if err == nil && version == 0 {
		err = fmt.Errorf("store %s: %w: there is no database of that name with its tables; --store makes them when something is written", c.name(), ErrForeign)
	}
	if err == nil {
		err = c.check(version, found)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// name is what the store is called in errors: it has no password.
func (c *ClickHouse) name() string { return c.base.Host + "/" + c.database }

// Spool tells how much of the spool is used, and what went through it. Any goroutine may call it.
func (c *ClickHouse) Spool() Spool {
	if c.spool == nil {
		return Spool{}
	}
	return c.spool.uses()
}

// Close gives back connections. What is in the spool stays there, and is told.
func (c *ClickHouse) Close() error {
	var err error
	if c.spool != nil {
		err = c.spool.close()
	}
	c.client.CloseIdleConnections()
	return err
}
