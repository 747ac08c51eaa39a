package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newWebhook(t *testing.T, o WebhookOptions) Sink {
	t.Helper()
	s, err := NewWebhook(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// message is everyAlert's with hostile text.
func message(t *testing.T) *Message {
	t.Helper()
	for _, a := range everyAlert() {
		if a.Owner.Name == hostile {
			return &Message{Alert: a, Line: AppendAlert(nil, a)}
		}
	}
	t.Fatal("no such alert")
	return nil
}

func TestWebhookPosts(t *testing.T) {
	var got []byte
	var head http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		head = r.Header.Clone()
		head.Set("Method", r.Method)
		w.WriteHeader(http.StatusAccepted)
		w.Write(bytes.Repeat([]byte("x"), 1<<20)) // more than is read of an answer
	}))
	defer server.Close()
	m := message(t)
	s := newWebhook(t, WebhookOptions{URL: server.URL + "/hook", Token: "s3cret", Version: "1.2\r\nX: y"})
	if err := s.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, m.Line) || !json.Valid(got) {
		t.Errorf("%q", got)
	}
	for key, want := range map[string]string{"Method": "POST", "Content-Type": "application/json", "Authorization": "Bearer s3cret", "User-Agent": "peeratlas/1.2X:y"} {
		if head.Get(key) != want {
			t.Errorf("%s: %q, want %q", key, head.Get(key), want)
		}
	}
}

func TestWebhookAnswers(t *testing.T) {
	for _, test := range []struct {
		code  int
		after string
		again bool
		pause time.Duration
	}{
		{200, "", false, 0}, {204, "", false, 0},
		{400, "", false, 0}, {401, "", false, 0}, {404, "", false, 0}, {413, "", false, 0},
		{408, "", true, 0}, {500, "", true, 0}, {502, "", true, 0}, {503, "7", true, 7 * time.Second}, {429, "120", true, 2 * time.Minute},
		{429, "soon", true, 0},
		{301, "", false, 0}, {302, "", false, 0}, {304, "", false, 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", test.after)
			w.WriteHeader(test.code)
		}))
		err := newWebhook(t, WebhookOptions{URL: server.URL + "/secret-path"}).Send(context.Background(), message(t))
		server.Close()
		var no refused
		var asked later
		errors.As(err, &asked)
		if (err == nil) != (test.code < 300) || err != nil && errors.As(err, &no) == test.again || asked.after != test.pause {
			t.Errorf("%d: %v, again %v, pause %v", test.code, err, !errors.As(err, &no), asked.after)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("told a secret: %v", err)
		}
	}
}

// Redirects: the same server with the same request, nobody else.
func TestWebhookRedirects(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	var body atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/there":
			b, _ := io.ReadAll(r.Body)
			body.Store(r.Method + " " + r.Header.Get("Authorization") + " " + string(b))
		case "/307":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		case "/308":
			http.Redirect(w, r, "/there", http.StatusPermanentRedirect)
		case "/302":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusTemporaryRedirect)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/https":
			http.Redirect(w, r, strings.Replace("http://"+r.Host, "http:", "https:", 1), http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	for path, ok := range map[string]bool{"/307": true, "/308": true, "/302": false, "/loop": false, "/other": false, "/https": false} {
		body.Store("")
		m := message(t)
		err := newWebhook(t, WebhookOptions{URL: server.URL + path, Token: "s"}).Send(context.Background(), m)
		var no refused
		if (err == nil) != ok || !ok && !errors.As(err, &no) {
			t.Errorf("%s: %v", path, err)
		}
		if got := body.Load(); ok && got != "POST Bearer s "+string(m.Line) || !ok && got != "" {
			t.Errorf("%s: %q", path, got)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("another server was asked")
	}
}

func TestWebhookSlowServer(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release }))
	var drip *httptest.Server
	defer func() {
		close(release) // before the servers, who wait for their handlers
		server.Close()
		drip.Close()
	}()
	s := newWebhook(t, WebhookOptions{URL: server.URL + "/secret", Timeout: 100 * time.Millisecond})
	start := time.Now()
	err := s.Send(context.Background(), message(t))
	if took := time.Since(start); err == nil || took > 5*time.Second || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v after %v", err, took)
	}
	// The body may be slow as well: it is cut off by the time too.
	drip = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-release
	}))
	start = time.Now()
	newWebhook(t, WebhookOptions{URL: drip.URL, Timeout: 100 * time.Millisecond}).Send(context.Background(), message(t))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("after %v", took)
	}
}

// A server that fails for a while gets every alert in the end, in order.
func TestWebhookRetries(t *testing.T) {
	var mutex sync.Mutex
	calls := 0
	var hosts []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		if calls++; calls%3 != 0 {
			w.WriteHeader(500)
			return
		}
		var a struct{ Host string }
		json.NewDecoder(r.Body).Decode(&a)
		hosts = append(hosts, a.Host)
	}))
	defer server.Close()
	n := teller(t, Options{Sinks: []Sink{newWebhook(t, WebhookOptions{URL: server.URL})}, patience: &patience{tries: 10, first: time.Millisecond, most: time.Millisecond}})
	for i := range 5 {
		n.Look(look(i, hostLook(i)))
	}
	eventually(t, "five alerts", func() bool { mutex.Lock(); defer mutex.Unlock(); return len(hosts) == 5 })
	n.Close()
	if got := strings.Join(hosts, " "); got != "10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4" {
		t.Error(got)
	}
}

func TestWebhookTLS(t *testing.T) {
	pair, file := certificate(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = secured(nil)
	server.TLS.Certificates = append(server.TLS.Certificates, pair)
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	if err := newWebhook(t, WebhookOptions{URL: server.URL, Authorities: file, Token: "s"}).Send(context.Background(), message(t)); err != nil {
		t.Error(err)
	}
	if err := newWebhook(t, WebhookOptions{URL: server.URL, Token: "s"}).Send(context.Background(), message(t)); err == nil {
		t.Error("an unknown certificate is trusted")
	}
}

func TestWebhookOptions(t *testing.T) {
	for _, o := range []WebhookOptions{
		{URL: ""}, {URL: "ftp://x/"}, {URL: "https://"}, {URL: "https://user:pw@example.org/"}, {URL: "https://example.org/\x00"},
		{URL: "http://example.org/", Token: "s"}, {URL: "https://example.org/", Token: "a\nb"}, {URL: "https://example.org/", Authorities: "/none"},
	} {
		if _, err := NewWebhook(o); err == nil || o.Token != "" && strings.Contains(err.Error(), o.Token+"\"") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	s := newWebhook(t, WebhookOptions{URL: "https://hooks.example.org/services/T0/B0/secret"})
	if s.Name() != "webhook https://hooks.example.org" {
		t.Error(s.Name())
	}
	// Nobody listens: the error has no path either.
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	l.Close()
	if err := newWebhook(t, WebhookOptions{URL: "http://" + l.Addr().String() + "/secret"}).Send(context.Background(), message(t)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestReadToken(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	for text, want := range map[string]string{"abc": "abc", "abc\n": "abc", "abc\r\n": "abc", "": "", "\n": "", "a\nb\n": "", strings.Repeat("x", maxToken+1): ""} {
		os.WriteFile(name, []byte(text), 0o600)
		got, err := ReadToken(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.20q: %.20q, %v", text, got, err)
		}
	}
	if _, err := ReadToken(name + "none"); err == nil {
		t.Error("a file that is not there is read")
	}
}
