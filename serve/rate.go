package serve

import (
	clist "container/list"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

const (
	// DefaultRate is how many requests a client may make in a second on the average.
	DefaultRate = 10
	// rateBurst is of how many seconds the requests may come at once: a page asks for a dozen things when it opens.
	rateBurst = 4
	// mostClients bounds the table of clients; the one that asked longest ago gives way.
	mostClients = 4096
)

// limiter bounds the requests of each client: a token bucket (RFC 2697 has one for octets) for each.
type limiter struct {
	rate    float64 // requests a second
	now     func() time.Time
	mutex   sync.Mutex
	clients map[string]*clist.Element // of bucket
	order   clist.List                // the one that asked last first
}

// bucket holds what a client may still ask.
type bucket struct {
	client string
	left   float64
	at     time.Time
}

func newLimiter(rate float64) *limiter {
	return &limiter{rate: rate, now: time.Now, clients: map[string]*clist.Element{}}
}

// take counts a request; where it is one too many it tells how long to wait.
func (l *limiter) take(client string) (wait time.Duration, ok bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now, most := l.now(), math.Max(1, l.rate*rateBurst)
	e := l.clients[client]
	if e == nil {
		if len(l.clients) >= mostClients {
			delete(l.clients, l.order.Remove(l.order.Back()).(*bucket).client)
		}
		e = l.order.PushFront(&bucket{client, most, now})
		l.clients[client] = e
	}
	l.order.MoveToFront(e)
	b := e.Value.(*bucket)
	b.left = math.Min(most, b.left+math.Max(0, now.Sub(b.at).Seconds())*l.rate)
	b.at = now
	if b.left >= 1 {
		b.left--
		return 0, true
	}
	return time.Duration((1 - b.left) / l.rate * float64(time.Second)), false
}

// clientOf is whom a request counts for: the token, where one is asked for and borne; else the address it came from, of
// IPv6 the network of 64 bits, of which one machine has all.
func clientOf(r *http.Request, token bool) string {
	if token {
		return "token"
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}

// within tells whether a request is within its client's rate, and answers it if not.
func (s *Server) within(w http.ResponseWriter, r *http.Request, token bool) bool {
	if s.limits == nil || r.URL.Path == "/healthz" {
		return true
	}
	wait, ok := s.limits.take(clientOf(r, token))
	if !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		problem(w, http.StatusTooManyRequests, "you ask more often than --rate lets a client; ask again later")
	}
	return ok
}
