package alert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// advised adds to an error of an encrypted connection what is to be done about it.
func advised(err error) error {
	var (
		unknown x509.UnknownAuthorityError
		other   x509.HostnameError
		invalid x509.CertificateInvalidError
		plain   tls.RecordHeaderError
	)
	advice := ""
	switch {
	case errors.As(err, &unknown):
		advice = "if the certificate is your own authority's, give that authority's PEM file by --alert-ca"
	case errors.As(err, &other):
		advice = "name the receiver as its certificate does, or give it a certificate with subjectAltName " + other.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		advice = "renew the receiver's certificate, or set this machine's clock"
	case errors.As(err, &plain):
		advice = "what answers there does not speak TLS: give the port where it does, or an address without TLS"
	case refusedBy(err) && needsCertificate(err.Error()):
		advice = "the receiver asks for a certificate of its senders, and this program has none: let it take senders without (in rsyslog, StreamDriver.AuthMode anon)"
	case refusedBy(err):
		advice = "the receiver refused: its own log says why"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}

// refusedBy tells whether the far end ended TLS by an alert, for which package tls has no name.
func refusedBy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// needsCertificate tells whether the words of an alert are about the certificate that this side did
// not send.
func needsCertificate(words string) bool {
	return strings.Contains(words, "certificate required") || strings.Contains(words, "bad certificate") || strings.Contains(words, "handshake failure")
}
