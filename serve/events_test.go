package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/store"
)

// subscription reads the events of a server.
type subscription struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
	status int
}

func subscribe(t *testing.T, url, last string) *subscription {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", last)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode == 200 && kind != "text/event-stream" {
		t.Errorf("events are %s", kind)
	}
	return &subscription{t, bufio.NewScanner(answer.Body), cancel, answer.StatusCode}
}

// next is the next event.
func (s *subscription) next() (name, id, data string) {
	s.t.Helper()
	for s.lines.Scan() {
		key, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch key {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if data != "" {
				return name, id, data
			}
		}
	}
	s.t.Fatal("the stream has ended")
	return
}

// A stream begins with the state, tells of changes, and resumes with what it missed.
func TestEvents(t *testing.T) {
	s := filled(t)
	h := New(Options{Store: s, Look: 20 * time.Millisecond, Streams: 2})
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	one := subscribe(t, server.URL, "")
	name, before, data := one.next()
	if name != "state" || !strings.Contains(data, `"changed":[]`) || !strings.Contains(data, `"sensors":1`) {
		t.Errorf("%s: %s", name, data)
	}
	addFlow(t, s)
	after, told := "", map[string]bool{}
	for !told["coverage"] || !told["flows"] || !told["peers"] { // runs and peers are asked one after the other
		var st state
		if name, after, data = one.next(); name != "change" || after == before {
			t.Fatalf("%s %s: %s", name, after, data)
		}
		if err := json.Unmarshal([]byte(data), &st); err != nil {
			t.Fatal(err)
		}
		for _, c := range st.Changed {
			told[c] = true
		}
	}
	if !strings.Contains(data, `"newest_peer":"198.51.100.7"`) || !strings.Contains(data, `"sensors":2`) {
		t.Errorf("in the end: %s", data)
	}
	two := subscribe(t, server.URL, before)
	if name, id, data := two.next(); name != "change" || id != after || !strings.Contains(data, `"changed":["coverage","flows","peers"]`) {
		t.Errorf("resumed with %s %s: %s", name, id, data)
	}
	if three := subscribe(t, server.URL, ""); three.status != http.StatusServiceUnavailable {
		t.Errorf("a third stream: status %d", three.status)
	}
	two.cancel()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) { // who goes makes room
		if again := subscribe(t, server.URL, after); again.status == http.StatusOK {
			if name, _, data := again.next(); name != "state" || !strings.Contains(data, `"changed":[]`) {
				t.Errorf("resumed where nothing has changed: %s: %s", name, data)
			}
			break
		} else if time.Now().After(end) {
			t.Fatal("no room after one has gone")
		}
	}
	if status, _, _ := ask(t, h, "/api/v1/events?since=1h"); status != http.StatusBadRequest {
		t.Errorf("a parameter: status %d", status)
	}
}

func TestEventsAreAsDocumented(t *testing.T) {
	h := New(Options{Store: filled(t)})
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	_, _, data := subscribe(t, server.URL, "").next()
	_, body, _ := ask(t, h, "/api/v1/openapi.json")
	var doc map[string]any
	var v any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	get := doc["paths"].(map[string]any)["/api/v1/events"].(map[string]any)["get"].(map[string]any)
	answer := get["responses"].(map[string]any)["200"].(map[string]any)["content"].(map[string]any)["text/event-stream"].(map[string]any)
	for _, f := range conforms("event", v, answer["schema"].(map[string]any), doc) {
		t.Error(f)
	}
}

// A socket's flow behind many of others is on the first page.
func TestSocketBehindOthers(t *testing.T) {
	ctx, st := context.Background(), filled(t)
	i := store.NewImporter(st, store.Run{Sensor: "late", Words: []string{"b.pcap"}})
	r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, {Country: "DE"}}}
	r.Flow.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.MustParseAddr("10.0.0.1")), packet.AddrFrom(netip.MustParseAddr("192.0.2.200"))}
	r.Flow.Key.Port, r.Flow.Key.Protocol = [2]uint16{4001, 5000}, packet.UDP
	r.Flow.Start, r.Flow.End = time.Now().Add(-time.Minute).UnixNano(), time.Now().UnixNano()
	r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.97, Family: "skype", Path: classify.Direct, Peer: [2]bool{false, true}}
	if err := i.Add(ctx, r); err != nil {
		t.Fatal(err)
	}
	if err := i.Finish(ctx, report.Coverage{Packets: 5, First: time.Now().Add(-time.Minute), Last: time.Now()}, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, body, _ := ask(t, New(Options{Store: st}), "/api/v1/flows?port=4001&limit=1")
	if !strings.Contains(body, `"192.0.2.200"`) {
		t.Errorf("the flow of port 4001 is not told: %.300s", body)
	}
}

func TestSocketParameters(t *testing.T) {
	s := New(Options{Store: filled(t)})
	for query, want := range map[string]int{"": flows, "proto=udp": flows, "proto=tcp": 0, "port=4000": flows, "port=5000": 0, "host=10.0.0.1&proto=udp&port=4000": flows,
		"host=192.0.2.3&port=5000": 1, "port=4000&cursor=20": flows - 20} {
		_, body, _ := ask(t, s, "/api/v1/flows?"+query)
		var page struct{ Items []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Items) != want {
			t.Errorf("%s: %d flows, want %d; %v", query, len(page.Items), want, err)
		}
	}
	for _, query := range []string{"proto=icmp", "port=65536", "port=x"} {
		if status, _, _ := ask(t, s, "/api/v1/flows?"+query); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", query, status)
		}
	}
}
