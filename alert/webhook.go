package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// WebhookOptions of a webhook sink.
type WebhookOptions struct {
	URL         string        // https://... or http://...
	Timeout     time.Duration // of one request, default 10 s
	Token       string        // sent as bearer token (RFC 6750, section 2.1); "" is none. Never an argument of a command
	Authorities string        // file of PEM certificates to trust besides the system's
	Version     string        // of the program, for User-Agent
}

// webhook posts each alert as JSON.
type webhook struct {
	options WebhookOptions
	target  *url.URL
	client  *http.Client
}

// Bounds of a request.
const (
	maxRedirects = 3
	maxAnswer    = 64 << 10 // octets of an answer that are read, so that the connection can be used again
	maxToken     = 4 << 10
)

// NewWebhook returns a sink that posts alerts to an HTTP server. It honours the environment's
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
func NewWebhook(o WebhookOptions) (Sink, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return nil, errors.New("webhook: write its address as https://HOST/PATH")
	}
	if u.User != nil {
		return nil, errors.New("webhook: a password in the address shows in the list of processes; give a token by a file or the environment")
	}
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("webhook: the token holds a character that no token has; it is one line of printable ASCII")
	}
	if o.Token != "" && u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, errors.New("webhook: a token over http:// can be read on the way; use https://")
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	w := &webhook{options: o, target: u}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
		ResponseHeaderTimeout: o.Timeout, TLSHandshakeTimeout: connectTime, MaxResponseHeaderBytes: maxAnswer, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return connect(ctx, network, address, nil)
		}}
	if u.Scheme == "https" {
		authorities, err := trust(o.Authorities)
		if err != nil {
			return nil, fmt.Errorf("webhook: %w", err)
		}
		t.TLSClientConfig = secured(authorities)
	}
	w.client = &http.Client{Transport: t, Timeout: o.Timeout, CheckRedirect: w.redirect}
	return w, nil
}

// redirect follows only what keeps the request as it is (307, 308), on the same server: the alert
// and the token are nobody else's.
func (w *webhook) redirect(to *http.Request, via []*http.Request) error {
	code := 0
	if to.Response != nil {
		code = to.Response.StatusCode
	}
	if len(via) > maxRedirects || to.URL.Scheme != w.target.Scheme || to.URL.Host != w.target.Host ||
		code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Name leaves out the path: with some services it is the secret.
func (w *webhook) Name() string { return "webhook " + w.target.Scheme + "://" + w.target.Host }

func (w *webhook) Send(ctx context.Context, m *Message) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.options.URL, bytes.NewReader(m.Line))
	if err != nil {
		return refused{errors.New("the request cannot be made")}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "peeratlas/"+printUSASCII(w.options.Version, 32))
	if w.options.Token != "" {
		r.Header.Set("Authorization", "Bearer "+w.options.Token)
	}
	answer, err := w.client.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // without the address, which may be a secret
		}
		return advised(err)
	}
	io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	answer.Body.Close()
	return w.judge(answer)
}

// judge says whether an answer is one, and whether another try may help.
func (w *webhook) judge(answer *http.Response) error {
	code := answer.StatusCode
	err := fmt.Errorf("the server answers %d %s", code, http.StatusText(code))
	switch {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return refused{fmt.Errorf("%w: redirects are followed on the same server alone, and only 307 and 308; give the address that it leads to", err)}
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return later{err, retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	case code == http.StatusRequestTimeout, code >= 500:
		return err
	}
	return refused{err}
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 if it is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

func (w *webhook) Close(context.Context) error {
	w.client.CloseIdleConnections()
	return nil
}

// ReadToken reads a secret from a file: its first line, which must be all of it.
func ReadToken(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	defer f.Close()
	octets, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	token := strings.TrimRight(string(octets), "\r\n")
	if token == "" || len(octets) > maxToken || strings.ContainsAny(token, "\r\n") {
		return "", fmt.Errorf("token: %s: this is not one line of at most %d octets", name, maxToken)
	}
	return token, nil
}
