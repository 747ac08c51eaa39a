// Package serve answers questions about a store over HTTP: a dashboard for a browser, a JSON interface
// under /api/v1, metrics, and whether it is well. It only reads.
//
// Everything that a client sends is bounded: how many questions at once, how long each may take, how
// much is answered. Errors are problem details (RFC 9457) and hold no text that a client did not send.
package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"time"

	"peeratlas/report"
	"peeratlas/store"
)

// Options of a Server. The zero value of a field means its default.
type Options struct {
	Store   store.Store
	Program string        // name and version
	Token   string        // that each request must bear (RFC 6750); "" asks for none
	Loop    bool          // it listens on loopback alone: other names than the machine's own are refused
	AtOnce  int           // questions that are answered at the same time. Default 4
	Time    time.Duration // that an answer may take. Default 30 s
	Streams int           // clients that are told of changes at the same time. Default 16
	Look    time.Duration // between two looks whether the store has changed, for these. Default 2 s
	Rate    float64       // requests a second that a client may make, on the average. 0 or less is no bound
}

// Server is the http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux
	slots   chan struct{}
	cache   answers
	limits  *limiter // nil: there is no bound
	news    news
}

// New returns a Server over a store, which stays the caller's to close.
func New(o Options) *Server {
	if o.AtOnce <= 0 {
		o.AtOnce = 4
	}
	if o.Time <= 0 {
		o.Time = 30 * time.Second
	}
	if o.Streams <= 0 {
		o.Streams = 16
	}
	if o.Look <= 0 {
		o.Look = 2 * time.Second
	}
	s := &Server{options: o, mux: http.NewServeMux(), slots: make(chan struct{}, o.AtOnce)}
	if o.Rate > 0 {
		s.limits = newLimiter(o.Rate)
	}
	s.cache.make = func(ctx context.Context, q store.Query, kind string) (report.Lists, error) {
		return store.List(ctx, o.Store, q, kind)
	}
	for path, answer := range map[string]func(http.ResponseWriter, *http.Request) error{
		"countries": s.countries, "hosts": s.hosts, "peers": s.peers, "flows": s.flows, "evidence": s.evidence, "coverage": s.coverage,
		"map": s.peerMap, "firsts": s.firsts, "openapi.json": s.openAPI,
	} {
		s.mux.HandleFunc("/api/v1/"+path, s.bounded(answer))
	}
	s.news.look, s.news.changed = s.look, s.cache.forget
	s.mux.HandleFunc("/api/v1/events", s.events)
	for path, asset := range dashboard() {
		s.mux.HandleFunc(path, asset.serve)
	}
	s.mux.HandleFunc("/metrics", s.bounded(s.metrics))
	s.mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	s.mux.HandleFunc("/readyz", s.bounded(s.ready))
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "there is nothing here; /api/v1/openapi.json says what there is")
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, "this only answers questions: use GET")
	case s.options.Loop && !local(r.Host): // a page of elsewhere may have its name lead here
		problem(w, http.StatusMisdirectedRequest, "this listens on loopback: ask it by localhost or 127.0.0.1")
	case !s.within(w, r, s.options.Token != "" && s.allowed(r)):
	case !s.allowed(r):
		h.Set("WWW-Authenticate", "Bearer")
		problem(w, http.StatusUnauthorized, "send the token of --token-file: Authorization: Bearer TOKEN")
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// local tells whether a request named this machine.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// allowed tells whether a request bears the token, if one is asked for. That the server lives may be
// known to everybody, and so may the dashboard be while it shows nothing: it asks for the token.
func (s *Server) allowed(r *http.Request) bool {
	if s.options.Token == "" || r.URL.Path == "/healthz" || isShell(r.URL.Path) {
		return true
	}
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.options.Token))
	return found && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// patience is how long a question waits for its turn.
const patience = 2 * time.Second

// bounded answers a few questions at once, and none for longer than its time.
func (s *Server) bounded(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case s.slots <- struct{}{}:
		case <-wait.C:
			w.Header().Set("Retry-After", "2")
			problem(w, http.StatusServiceUnavailable, "too many questions at once; ask again in two seconds")
			return
		case <-r.Context().Done():
			return
		}
		defer func() { <-s.slots }()
		ctx, cancel := context.WithTimeout(r.Context(), s.options.Time)
		defer cancel()
		if err := answer(w, r.WithContext(ctx)); err != nil {
			failed(w, ctx, err)
		}
	}
}

// ready tells whether the store answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.options.Store.Removed(r.Context()); err != nil {
		return err
	}
	_, err := w.Write([]byte("ok\n"))
	return err
}
