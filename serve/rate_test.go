package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A client may ask in bursts, and on the average so often; another one is none the worse for it.
func TestRate(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLimiter(2)
	l.now = func() time.Time { return now }
	taken := func(client string, tries int) (n int) {
		for range tries {
			if _, ok := l.take(client); ok {
				n++
			}
		}
		return n
	}
	if n := taken("a", 20); n != 2*rateBurst {
		t.Errorf("a burst of %d is let through", n)
	}
	if wait, ok := l.take("a"); ok || wait != 500*time.Millisecond {
		t.Errorf("wait %s, %v", wait, ok)
	}
	if n := taken("b", 3); n != 3 {
		t.Errorf("another client: %d", n)
	}
	now = now.Add(1500 * time.Millisecond)
	if n := taken("a", 20); n != 3 {
		t.Errorf("after 1.5 s: %d", n)
	}
	now = now.Add(-time.Hour) // the clock was set back
	if n := taken("a", 20); n != 0 {
		t.Errorf("by a clock that was set back: %d", n)
	}
	now = now.Add(2 * time.Hour)
	if n := taken("a", 20); n != 2*rateBurst {
		t.Errorf("after hours: %d", n)
	}
}

func TestRateForgetsWhoAskedLongestAgo(t *testing.T) {
	l := newLimiter(0.001)
	l.take("first")
	for n := range mostClients {
		l.take("first")
		l.take(fmt.Sprint(n))
	}
	if len(l.clients) != mostClients || l.order.Len() != mostClients {
		t.Errorf("%d and %d clients are held", len(l.clients), l.order.Len())
	}
	if _, ok := l.take("first"); ok {
		t.Error("who keeps asking was forgotten")
	}
	if l.clients["0"] != nil {
		t.Error("who asked longest ago was not forgotten")
	}
}

func TestClientOf(t *testing.T) {
	for from, want := range map[string]string{"192.0.2.1:5": "192.0.2.1", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:5": "fe80::/64", "@": "@"} {
		if got := clientOf(&http.Request{RemoteAddr: from}, false); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	for _, token := range []string{"", "secret"} {
		s := New(Options{Store: nil, Rate: 1, Token: token})
		ask := func(path, from, token string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr = from
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w
		}
		for range rateBurst {
			if w := ask("/api/v1/openapi.json", "192.0.2.1:1", token); w.Code != http.StatusOK {
				t.Fatalf("within the rate: %d %s", w.Code, w.Body)
			}
		}
		w := ask("/api/v1/openapi.json", "192.0.2.1:2", token)
		var p struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusTooManyRequests || p.Status != w.Code || w.Header().Get("Retry-After") != "1" ||
			w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("beyond the rate: %d %v %s", w.Code, w.Header(), w.Body)
		}
		// Who bears the token is one client, wherever he asks from.
		want := http.StatusOK
		if token != "" {
			want = http.StatusTooManyRequests
		}
		if w := ask("/api/v1/openapi.json", "192.0.2.2:1", token); w.Code != want {
			t.Errorf("another address, token %q: %d, want %d", token, w.Code, want)
		}
		if w := ask("/healthz", "192.0.2.1:1", token); w.Code != http.StatusOK {
			t.Errorf("healthz: %d", w.Code)
		}
	}
	// Who guesses tokens is bounded too, and takes nothing from those who have it.
	s := New(Options{Rate: 1, Token: "secret"})
	for n := range 2 * rateBurst {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
		if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusTooManyRequests}[n < rateBurst]; w.Code != want {
			t.Errorf("guess %d: %d, want %d", n, w.Code, want)
		}
	}
	r, w := httptest.NewRequest("GET", "/api/v1/openapi.json", nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer secret")
	if s.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("the token's client: %d", w.Code)
	}
}
