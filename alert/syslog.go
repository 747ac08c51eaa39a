package alert

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// SyslogOptions of a syslog sink.
type SyslogOptions struct {
	// Address is udp://HOST[:514], tcp://HOST:PORT, tls://HOST[:6514] or unix:///dev/log.
	Address string
	// Facility is a word of syslog.conf, such as "daemon", the default, or "local0".
	Facility string
	// Authorities is a file of PEM certificates to trust besides the system's, for tls.
	Authorities string
	// Enterprise is the private enterprise number in the SD-ID, which the IANA gave to who runs
	// this; DefaultEnterprise if it is 0.
	Enterprise uint32
	// Hostname and Version are put into each message; Hostname is the machine's by default.
	Hostname, Version string
}

// syslog sends RFC 5424 messages: one in a datagram (RFC 5426, and unix), or framed by counting
// octets (RFC 6587, section 3.4.1; RFC 5425, section 4.3).
type syslog struct {
	options  SyslogOptions
	network  string // "udp", "tcp" or "unix"
	address  string
	secure   *tls.Config // nil for what is not encrypted
	header   syslogHeader
	number   uint32
	numbered *Message // that number was given to

	conn   net.Conn
	framed byte                   // how conn tells where a message ends: see the framings
	asked  atomic.Bool            // the far end asked for a certificate, which is not to be had
	gone   *atomic.Pointer[error] // why the far end closed conn, io.EOF if it did not say; nil if nobody listens for that
}

// Framings of messages on a connection.
const (
	datagrams      = iota
	countingOctets // RFC 6587, section 3.4.1
	trailers       // a line feed: RFC 6587, section 3.4.2, as local stream sockets take it
)

const (
	sendTime    = 5 * time.Second // bounds one write to a connection
	refusalTime = time.Second     // in which a receiver refuses a sender that has no certificate
)

// NewSyslog returns a sink that sends alerts to a syslog receiver. It connects when there is
// something to send, and again when the connection is lost.
func NewSyslog(o SyslogOptions) (Sink, error) {
	s := &syslog{options: o}
	if err := s.parse(); err != nil {
		return nil, err
	}
	if o.Facility == "" {
		o.Facility = "daemon"
	}
	facility, known := facilities[o.Facility]
	if !known {
		return nil, fmt.Errorf("syslog: there is no facility %q; name one such as daemon, authpriv or local0", o.Facility)
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname()
	}
	if s.secure != nil {
		var authorities *x509.CertPool
		var err error
		if authorities, err = trust(o.Authorities); err != nil {
			return nil, fmt.Errorf("syslog: %w", err)
		}
		s.secure.RootCAs = authorities
		s.secure.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.asked.Store(true)
			return new(tls.Certificate), nil
		}
	}
	s.header = syslogHeader{facility: facility, host: printUSASCII(o.Hostname, 255), process: strconv.Itoa(os.Getpid()),
		version: printUSASCII(o.Version, 32), structured: structuredID(cmp.Or(o.Enterprise, DefaultEnterprise))}
	return s, nil
}

func (s *syslog) parse() error {
	bad := func(why string) error {
		return fmt.Errorf("syslog: %q: %s; write it as udp://192.0.2.1:514, tcp://192.0.2.1:601, tls://log.example.org:6514 or unix:///dev/log", s.options.Address, why)
	}
	u, err := url.Parse(s.options.Address)
	switch {
	case err != nil:
		return bad("this is no address")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return bad("there is more in it than an address")
	case u.Scheme == "unix":
		if u.Host != "" || u.Path == "" {
			return bad("the path of a socket begins with a slash")
		}
		s.network, s.address = "unix", u.Path
		return nil
	}
	ports := map[string]string{"udp": "514", "tcp": "", "tls": "6514"} // RFC 5426, section 3.3; RFC 5425, section 4.1
	port, known := ports[u.Scheme]
	switch {
	case !known:
		return bad("it does not say how")
	case u.Hostname() == "" || u.Path != "" && u.Path != "/":
		return bad("it does not name a host")
	case u.Port() != "":
		port = u.Port()
	case port == "":
		return bad("it does not name a port")
	}
	s.network, s.address = u.Scheme, net.JoinHostPort(u.Hostname(), port)
	if s.network == "tls" {
		s.network, s.secure = "tcp", secured(nil)
		s.secure.ServerName = u.Hostname()
	}
	return nil
}

func (s *syslog) Name() string { return "syslog " + s.options.Address }

func (s *syslog) Send(ctx context.Context, m *Message) error {
	if s.numbered != m { // the same message, tried again, keeps its number
		s.numbered = m
		if s.number++; s.number > 1<<31-1 {
			s.number = 1 // RFC 5424, section 7.3.1
		}
	}
	if why := s.hungUp(); why != nil {
		s.hangUp()
		if !errors.Is(why, io.EOF) {
			return fmt.Errorf("the receiver hung up: %w", why)
		}
	}
	if s.conn == nil {
		if err := s.dial(ctx); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
	}
	if err := s.write(ctx, appendSyslog(nil, &s.header, m.Alert, s.number)); err != nil {
		s.hangUp()
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

func (s *syslog) dial(ctx context.Context) (err error) {
	if s.network == "unix" {
		s.framed = datagrams
		s.conn, err = connect(ctx, "unixgram", s.address, nil)
		if !errors.Is(err, syscall.EPROTOTYPE) {
			return err
		}
		s.framed = trailers // it is a stream socket
	} else if s.network == "tcp" {
		s.framed = countingOctets
	}
	s.asked.Store(false)
	if s.conn, err = connect(ctx, s.network, s.address, s.secure); err == nil && s.framed != datagrams {
		s.listen()
		err = s.accepted(ctx)
	}
	return err
}

// accepted waits for a refusal, if one may come yet: TLS 1.3 lets a sender write before it is told
// that it needs a certificate, and what it wrote is lost.
func (s *syslog) accepted(ctx context.Context) error {
	if !s.asked.Load() {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, refusalTime)
	defer stop()
	for ctx.Err() == nil {
		if why := s.hungUp(); why != nil {
			s.hangUp()
			return fmt.Errorf("the receiver hung up: %w", why)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// listen notices that the far end hangs up: without, the first message after that is lost, for
// the system takes it and only then learns that nobody wants it.
func (s *syslog) listen() {
	conn, gone := s.conn, new(atomic.Pointer[error])
	s.gone = gone
	go func() {
		_, err := io.Copy(io.Discard, conn)
		if refusedBy(err) { // TLS 1.3 tells a sender without a certificate only now
			err = advised(err)
		} else {
			err = io.EOF
		}
		gone.Store(&err)
	}()
}

// hungUp is why the far end closed the connection; nil if it did not.
func (s *syslog) hungUp() error {
	if s.gone == nil {
		return nil
	}
	if why := s.gone.Load(); why != nil {
		return *why
	}
	return nil
}

func (s *syslog) write(ctx context.Context, message []byte) error {
	switch s.framed {
	case countingOctets:
		message = append(append(strconv.AppendInt(nil, int64(len(message)), 10), ' '), message...)
	case trailers:
		message = append(message, '\n')
	}
	s.conn.SetWriteDeadline(time.Now().Add(sendTime))
	conn := s.conn
	defer context.AfterFunc(ctx, func() { conn.SetWriteDeadline(time.Unix(1, 0)) })()
	_, err := s.conn.Write(message)
	return err
}

func (s *syslog) hangUp() {
	if s.conn != nil {
		s.conn.Close()
		s.conn, s.gone = nil, nil
	}
}

func (s *syslog) Close(context.Context) error {
	s.hangUp()
	return nil
}
