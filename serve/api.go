package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
	"peeratlas/store"
)

// list answers with a part of a list; next is the cursor of the part behind it, "" at the end.
type list[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total"`
	Next  string `json:"next"`
}

// part is what q asks for of all.
func part[T any](all []T, q question) list[T] {
	from := min(q.offset, len(all))
	to := min(from+q.limit, len(all))
	l := list[T]{Items: all[from:to], Total: len(all)}
	if l.Items == nil {
		l.Items = []T{}
	}
	if to < len(all) && to > from {
		l.Next = strconv.Itoa(to)
	}
	return l
}

// write answers with JSON of characters that show.
func write(w http.ResponseWriter, v any) error {
	p, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(append(report.Printable(p), '\n'))
	return ignore(err)
}

// ignore leaves out that a client has gone.
func ignore(error) error { return nil }

func (s *Server) lists(r *http.Request, kind string) (*report.Lists, question, error) {
	q, err := read(r.URL)
	if err != nil {
		return nil, q, err
	}
	sum, err := s.cache.get(r.Context(), q.query, kind, r.URL.Query().Get("since")+" "+r.URL.Query().Get("until"))
	return sum, q, err
}

func (s *Server) countries(w http.ResponseWriter, r *http.Request) error {
	sum, q, err := s.lists(r, report.ListCountries)
	if err != nil {
		return err
	}
	return write(w, part(sum.Countries, q))
}

func (s *Server) hosts(w http.ResponseWriter, r *http.Request) error {
	sum, q, err := s.lists(r, report.ListHosts)
	if err != nil {
		return err
	}
	return write(w, part(sum.Hosts, q))
}

func (s *Server) peers(w http.ResponseWriter, r *http.Request) error {
	sum, q, err := s.lists(r, report.ListPeers)
	if err != nil {
		return err
	}
	return write(w, part(sum.Peers, q))
}

// coverage answers what sensors saw, and what the store does not know.
func (s *Server) coverage(w http.ResponseWriter, r *http.Request) error {
	q, err := read(r.URL)
	if err != nil {
		return err
	}
	c, warnings, err := store.Coverage(r.Context(), s.options.Store, q.query)
	if err != nil {
		return err
	}
	runs, err := s.options.Store.Runs(r.Context(), q.query)
	if err != nil {
		return err
	}
	type run struct {
		Sensor    string    `json:"sensor"`
		Kind      string    `json:"kind"`
		Inputs    []string  `json:"inputs"`
		Began     time.Time `json:"began"`
		Ended     bool      `json:"ended"`
		First     time.Time `json:"first,omitzero"`
		Last      time.Time `json:"last,omitzero"`
		NotStored uint64    `json:"not_stored"`
	}
	list := make([]run, 0, len(runs))
	for i := range runs {
		x := &runs[i]
		list = append(list, run{x.Sensor, x.Kind, x.Words, x.Began, x.Ended, x.Coverage.First, x.Coverage.Last, x.NotStored})
	}
	sensors, err := s.sensors(r.Context(), q.query, runs)
	if err != nil {
		return err
	}
	if warnings == nil {
		warnings = []string{}
	}
	return write(w, map[string]any{"coverage": c, "warnings": warnings, "runs": list, "sensors": sensors})
}

// errEnough ends a search.
var errEnough = errors.New("enough")

// flows answers with records as flows writes them.
func (s *Server) flows(w http.ResponseWriter, r *http.Request) error {
	q, err := read(r.URL, "p2p", "proto", "port")
	if err != nil {
		return err
	}
	socket, err := readSocket(r.URL.Query(), q.query.Host)
	if err != nil {
		return err
	}
	q.query.P2P = r.URL.Query().Get("p2p") == "true"
	answer := struct {
		Items []json.RawMessage `json:"items"`
		Next  string            `json:"next"`
	}{Items: []json.RawMessage{}}
	// The store does not know which flows are of a socket: those are chosen, and turned over, here.
	skip := 0
	if socket.asked() {
		skip = q.offset
	} else {
		q.query.Skip, q.query.Most = q.offset, q.limit+1
	}
	err = s.options.Store.Flows(r.Context(), q.query, func(f *store.Flow) error {
		if socket.asked() && !socket.has(f) {
			return nil
		}
		if skip > 0 {
			skip--
			return nil
		}
		if len(answer.Items) == q.limit {
			if q.limit > 0 {
				answer.Next = strconv.Itoa(q.offset + q.limit)
			}
			return errEnough
		}
		record, err := store.DecodeRecord(f.Record)
		if err == nil {
			answer.Items = append(answer.Items, report.AppendRecord(nil, record))
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return write(w, answer)
}

// evidence answers with the account of one flow.
func (s *Server) evidence(w http.ResponseWriter, r *http.Request) error {
	q, err := read(r.URL, "community_id", "start")
	if err != nil {
		return err
	}
	id := r.URL.Query().Get("community_id")
	start, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("start"))
	if id == "" || err != nil {
		return wrong("evidence is asked by community_id and start, as a flow has them")
	}
	q.query.Since, q.query.Until, q.query.CommunityID = start, start.Add(1), id
	var found *report.Record
	err = s.options.Store.Flows(r.Context(), q.query, func(f *store.Flow) error {
		if f.CommunityID != id || f.Start != start.UnixNano() {
			return nil
		}
		var err error
		if found, err = store.DecodeRecord(f.Record); err != nil {
			return err
		}
		return errEnough
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case found == nil:
		return errNothing
	}
	return write(w, account(found))
}

func account(r *report.Record) any {
	v := &r.Verdict
	lines := make([]report.Line, 0, len(v.Evidence))
	for i := range v.Evidence {
		e := &v.Evidence[i]
		lines = append(lines, report.Line{Claim: e.Claim, Group: e.Group, Bits: e.Bits, Counted: e.Counted, Detail: e.Detail, Packets: append([]uint32{}, e.Packets...)})
	}
	return map[string]any{"community_id": r.Flow.Key.CommunityID(), "verdict": v.Judgement.String(), "p2p": v.Judgement == classify.P2P,
		"probability": v.Probability, "prior": v.Prior, "family": v.Family, "path": v.Path.String(), "evidence": lines,
		"filter": report.FlowFilter(&r.Flow.Key), "record": json.RawMessage(report.AppendRecord(nil, r))}
}

// answers keeps the lists that were made lately: a page is turned, and several look at the same.
type answers struct {
	make  func(context.Context, store.Query, string) (report.Lists, error)
	mutex sync.Mutex
	held  map[answerKey]kept
}

// answerKey has the words of the times: of "24h" the moment is another each time.
type answerKey struct {
	kind, host, country, sensor, times string
}

type kept struct {
	list *report.Lists
	made time.Time
}

const (
	keepFor  = 5 * time.Second
	mostKept = 16
)

// forget drops all of them: the store has more.
func (c *answers) forget() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	clear(c.held)
}

func (c *answers) get(ctx context.Context, q store.Query, kind, times string) (*report.Lists, error) {
	k := answerKey{kind, q.Host.String(), q.Country, q.Sensor, times}
	c.mutex.Lock()
	h, known := c.held[k]
	c.mutex.Unlock()
	if known && time.Since(h.made) < keepFor {
		return h.list, nil
	}
	list, err := c.make(ctx, q, kind)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for k, h := range c.held {
		if time.Since(h.made) >= keepFor {
			delete(c.held, k)
		}
	}
	if c.held == nil || len(c.held) >= mostKept {
		c.held = map[answerKey]kept{}
	}
	c.held[k] = kept{&list, time.Now()}
	return &list, nil
}
