package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/store"
)

// flows is how many flows the store of the tests has.
const flows = 25

// filled is a store with some flows of now, the texts in them hostile.
func filled(t testing.TB) store.Store {
	t.Helper()
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, t.TempDir()+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	i := store.NewImporter(s, store.Run{Sensor: "mirror\xff\u202e", Words: []string{"a.pcap"}})
	now := time.Now().Add(-time.Hour)
	for n := range flows {
		r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, {Country: []string{"DE", "FR"}[n%2], ASOrg: "<script>\x1b[2J"}}}
		f := &r.Flow
		f.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.MustParseAddr("10.0.0.1")), packet.AddrFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}))}
		f.Key.Port, f.Key.Protocol, f.FirstFrame = [2]uint16{4000, 5000}, packet.UDP, uint32(n+1)
		f.Start, f.End = now.UnixNano()+int64(n), now.UnixNano()+1e9
		f.Packets, f.Payloads = [2]uint32{3, 2}, [2]uint32{3, 2}
		f.SetOctets(0, 300)
		r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.97, Family: "skype", Path: classify.Direct, Peer: [2]bool{false, true},
			Evidence: []classify.Evidence{{Claim: "a.b", Bits: 3, Counted: 3, Detail: "\u202e<b>", Packets: []uint32{1}}}}
		if err := i.Add(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.Finish(ctx, report.Coverage{Packets: 125, First: now, Last: now.Add(time.Second)}, nil, nil, []classify.Socket{{Host: netip.MustParseAddr("10.0.0.1"), Protocol: "udp",
		Port: 4000, Family: "skype", Flows: flows, P2P: flows, Peers: flows, Networks: 1, Answered: flows}}); err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(t testing.TB, h http.Handler, path string) (status int, body string, header http.Header) {
	t.Helper()
	r := httptest.NewRequest("GET", "http://localhost:8090"+path, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header()
}

// conforms holds a value against a schema of the kind that this package writes.
func conforms(where string, v any, schema, doc map[string]any) (faults []string) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = doc["components"].(map[string]any)["schemas"].(map[string]any)[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
	types := []any{schema["type"]}
	if several, ok := schema["type"].([]any); ok {
		types = several
	}
	var kind string
	switch x := v.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
	case float64:
		if kind = "number"; x == float64(int64(x)) && !slices.Contains(types, any("number")) {
			kind = "integer"
		}
	case []any:
		kind = "array"
		for i, e := range x {
			faults = append(faults, conforms(fmt.Sprintf("%s[%d]", where, i), e, schema["items"].(map[string]any), doc)...)
		}
	case map[string]any:
		kind = "object"
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := x[name.(string)]; !ok {
				faults = append(faults, where+" has no "+name.(string))
			}
		}
		for name, e := range x {
			if p, ok := properties[name].(map[string]any); ok {
				faults = append(faults, conforms(where+"."+name, e, p, doc)...)
			} else if schema["additionalProperties"] == false {
				faults = append(faults, where+"."+name+" is not described")
			}
		}
	}
	if !slices.Contains(types, any(kind)) {
		faults = append(faults, fmt.Sprintf("%s is %s, not %v", where, kind, types))
	}
	return faults
}

// Every path answers as the document says, with every parameter that it names, and so do errors.
func TestAnswersAreAsDocumented(t *testing.T) {
	s := New(Options{Store: filled(t), Program: "peeratlas test", Loop: true})
	_, body, _ := ask(t, s, "/api/v1/openapi.json")
	var doc map[string]any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	_, list, _ := ask(t, s, "/api/v1/flows")
	var all struct {
		Items []struct {
			CommunityID string `json:"community_id"`
			Start       string
		}
	}
	if err := json.Unmarshal([]byte(list), &all); err != nil || len(all.Items) != flows {
		t.Fatalf("%v: %s", err, list)
	}
	values := map[string]string{"since": "24h", "until": "0s", "host": "10.0.0.0/8", "country": "DE", "sensor": "none", "limit": "3", "cursor": "2", "p2p": "true", "proto": "udp", "port": "4000",
		"community_id": url.QueryEscape(all.Items[0].CommunityID), "start": all.Items[0].Start}
	paths := doc["paths"].(map[string]any)
	if len(paths) != 9 {
		t.Errorf("%d paths", len(paths))
	}
	for path, item := range paths {
		if path == "/api/v1/events" {
			continue // it has no end: see TestEventsAreAsDocumented
		}
		get := item.(map[string]any)["get"].(map[string]any)
		answers := get["responses"].(map[string]any)
		schema := func(status, kind string) map[string]any {
			return answers[status].(map[string]any)["content"].(map[string]any)[kind].(map[string]any)["schema"].(map[string]any)
		}
		always := ""
		for _, p := range get["parameters"].([]any) {
			if p := p.(map[string]any); p["required"] == true {
				always += "&" + p["name"].(string) + "=" + values[p["name"].(string)]
			}
		}
		for _, p := range append(get["parameters"].([]any), nil) {
			query := "?" + always
			if p, ok := p.(map[string]any); ok && p["required"] != true {
				query += "&" + p["name"].(string) + "=" + values[p["name"].(string)]
			}
			status, body, header := ask(t, s, path+query)
			var v any
			if err := json.Unmarshal([]byte(body), &v); err != nil {
				t.Fatalf("%s%s: %v", path, query, err)
			}
			if status == 404 && strings.Contains(query, "sensor=none") {
				continue // evidence of a flow that this sensor has not
			}
			if status != 200 || header.Get("Content-Type") != "application/json" {
				t.Errorf("%s%s: status %d: %s", path, query, status, body)
			}
			for _, f := range conforms(path, v, schema("200", "application/json"), doc) {
				t.Errorf("%s%s: %s", path, query, f)
			}
			if strings.ContainsFunc(strings.TrimSpace(body), func(r rune) bool { return r < ' ' || r == '\u202e' || r == '<' }) {
				t.Errorf("%s%s: hostile characters: %q", path, query, body)
			}
		}
		status, body, header := ask(t, s, path+"?nonsense=1")
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil || status != 400 || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d, %v, %s", path, status, err, body)
		}
		for _, f := range conforms(path, v, schema("default", "application/problem+json"), doc) {
			t.Errorf("%s: %s", path, f)
		}
	}
}

// The pages of a list are the list.
func TestPages(t *testing.T) {
	s := New(Options{Store: filled(t)})
	for _, path := range []string{"flows", "peers"} {
		seen, cursor := map[string]bool{}, ""
		for pages := 0; ; pages++ {
			_, body, _ := ask(t, s, "/api/v1/"+path+"?limit=10&cursor="+cursor)
			var page struct {
				Items []map[string]any
				Next  string
			}
			if err := json.Unmarshal([]byte(body), &page); err != nil || pages > 5 {
				t.Fatalf("%v after %d pages: %s", err, pages, body)
			}
			for _, x := range page.Items {
				key := fmt.Sprint(x["address"], x["community_id"])
				if seen[key] {
					t.Errorf("%s twice", key)
				}
				seen[key] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != flows {
			t.Errorf("%s: %d of %d", path, len(seen), flows)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := New(Options{Store: filled(t), Loop: true, Token: "hunter2"})
	for _, tt := range []struct {
		name, method, url, token string
		status                   int
	}{
		{"no token", "GET", "http://localhost:8090/api/v1/flows", "", 401},
		{"wrong token", "GET", "http://localhost:8090/api/v1/flows", "Bearer hunter", 401},
		{"token", "GET", "http://127.0.0.1:8090/api/v1/flows", "Bearer hunter2", 200},
		{"token, IPv6", "HEAD", "http://[::1]:8090/api/v1/flows", "Bearer hunter2", 200},
		{"it lives", "GET", "http://localhost/healthz", "", 200},
		{"it is ready", "GET", "http://localhost/readyz", "Bearer hunter2", 200},
		{"a name of elsewhere", "GET", "http://evil.example/api/v1/flows", "Bearer hunter2", 421},
		{"writing", "POST", "http://localhost/api/v1/flows", "Bearer hunter2", 405},
		{"nothing", "GET", "http://localhost/api/v2/flows", "Bearer hunter2", 404},
		{"too many", "GET", "http://localhost/api/v1/flows?limit=1001", "Bearer hunter2", 400},
		{"no time", "GET", "http://localhost/api/v1/flows?since=lunch", "Bearer hunter2", 400},
		{"no host", "GET", "http://localhost/api/v1/flows?host=me", "Bearer hunter2", 400},
		{"twice", "GET", "http://localhost/api/v1/flows?limit=1&limit=2", "Bearer hunter2", 400},
		{"no such flow", "GET", "http://localhost/api/v1/evidence?community_id=1:x&start=2025-01-01T00:00:00Z", "Bearer hunter2", 404},
		{"which flow", "GET", "http://localhost/api/v1/evidence", "Bearer hunter2", 400},
	} {
		r := httptest.NewRequest(tt.method, tt.url, nil)
		r.Header.Set("Authorization", tt.token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, w.Code, tt.status, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v", tt.name, w.Header())
		}
	}
}

// waiting is a store that answers when it is let.
type waiting struct {
	store.Store
	gate chan bool
}

func (s waiting) Removed(ctx context.Context) (store.Removed, error) {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return store.Removed{}, ctx.Err()
	}
	return s.Store.Removed(ctx)
}

// More questions than are answered at once wait a little, and are told to come again.
func TestTooManyAtOnce(t *testing.T) {
	s := New(Options{Store: waiting{filled(t), make(chan bool)}, AtOnce: 2, Time: 4 * time.Second})
	var all sync.WaitGroup
	var one sync.Mutex
	statuses := map[int]int{}
	for range 5 {
		all.Go(func() {
			status, _, _ := ask(t, s, "/readyz")
			one.Lock()
			statuses[status]++
			one.Unlock()
		})
	}
	all.Wait()
	if statuses[503] != 5 { // three had no turn, two took too long
		t.Errorf("statuses %v", statuses)
	}
	if status, _, _ := ask(t, New(Options{Store: filled(t)}), "/readyz"); status != 200 {
		t.Errorf("status %d", status)
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"since=24h&until=1h", "host=10.0.0.0/8&country=DE", "limit=1000&cursor=5", "host=::1%25eth0", "since=2025-01-01T00:00:00Z", "proto=udp&port=4000"} {
		f.Add(seed)
	}
	s := New(Options{Store: filled(f)})
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.URL.Path, r.URL.RawQuery = "/api/v1/flows", query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: status %d: %s", query, w.Code, w.Body)
		}
	})
}
