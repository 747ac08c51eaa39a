package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"

	"peeratlas/report"
	"peeratlas/store"
)

// state is how much a store knows, so that a page can tell whether to ask again.
type state struct {
	Changed []string  `json:"changed"` // "coverage", "flows", "peers": what there is more of than before
	Sensors int       `json:"sensors"`
	Packets uint64    `json:"packets"`
	Dropped uint64    `json:"packets_dropped"`
	Flows   uint64    `json:"flows"`
	Peer    string    `json:"newest_peer"` // the peer that was met last, "" if there is none
	Last    time.Time `json:"last,omitzero"`

	id string // of what is said of coverage, flows and peers, each a part
}

// look asks the store for its state.
func (s *Server) look(ctx context.Context) (st state, err error) {
	runs, err := s.options.Store.Runs(ctx, store.Query{})
	if err != nil {
		return st, err
	}
	newest, err := store.Firsts(ctx, s.options.Store, store.FirstPeer, store.Query{}, 1)
	if err != nil {
		return st, err
	}
	covers, flows, peers := fnv.New64a(), fnv.New64a(), fnv.New64a()
	sensors := map[string]bool{}
	for i := range runs {
		r := &runs[i]
		c := &r.Coverage
		sensors[r.Sensor] = true
		st.Packets, st.Dropped, st.Flows = st.Packets+c.Packets, st.Dropped+c.Dropped, st.Flows+c.Flows
		if c.Last.After(st.Last) {
			st.Last = c.Last
		}
		fmt.Fprintln(covers, r.ID, r.Ended, c.Packets, c.Dropped, c.Evicted, c.Last.UnixNano(), r.NotStored)
		fmt.Fprintln(flows, r.ID, c.Flows)
	}
	st.Sensors = len(sensors)
	for _, f := range newest {
		st.Peer = f.Peer
		fmt.Fprintln(peers, f.Peer, f.Start)
	}
	st.id = fmt.Sprintf("%x-%x-%x", covers.Sum64(), flows.Sum64(), peers.Sum64())
	return st, nil
}

// since fills in what has changed since the state of an id; of an id that is none, all has.
func (st *state) since(id string) {
	was, is := strings.Split(id, "-"), strings.Split(st.id, "-")
	st.Changed = []string{}
	for i, name := range []string{"coverage", "flows", "peers"} {
		if len(was) != len(is) || was[i] != is[i] {
			st.Changed = append(st.Changed, name)
		}
	}
}

// news looks at the store for all streams together, while there is one.
type news struct {
	look    func(context.Context) (state, error)
	changed func() // is called before the streams are told
	mutex   sync.Mutex
	streams map[chan state]bool
	stop    context.CancelFunc
}

// join returns a channel on which the latest state comes; nil if there are as many streams as there may be.
func (n *news) join(most int, every time.Duration) chan state {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(n.streams) >= most {
		return nil
	}
	if len(n.streams) == 0 {
		n.streams = map[chan state]bool{}
		var ctx context.Context
		ctx, n.stop = context.WithCancel(context.Background())
		go n.watch(ctx, every)
	}
	ch := make(chan state, 1)
	n.streams[ch] = true
	return ch
}

func (n *news) leave(ch chan state) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if delete(n.streams, ch); len(n.streams) == 0 {
		n.stop()
	}
}

// watch looks until nobody listens. A store that does not answer is asked again: the streams stay, and
// the questions of their pages tell what is wrong.
func (n *news) watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for known := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limit, cancel := context.WithTimeout(ctx, 10*time.Second)
		st, err := n.look(limit)
		cancel()
		if err != nil {
			continue
		}
		if st.id != known {
			known = st.id
			n.changed()
		}
		n.tell(ctx, st)
	}
}

// tell passes a state on; who has not read the one before misses that.
func (n *news) tell(ctx context.Context, st state) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if ctx.Err() != nil {
		return
	}
	for ch := range n.streams {
		select {
		case <-ch:
		default:
		}
		ch <- st
	}
}

const (
	heartbeat = 15 * time.Second // between comments, so that both ends know that the other is there
	writeTime = 10 * time.Second // that a client may take to read an event
)

// events streams changes (WHATWG HTML, section 9.2). It takes no turn of those that other questions wait for.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if _, err := readOf(r.URL, nil); err != nil {
		failed(w, r.Context(), err)
		return
	}
	ch := s.news.join(s.options.Streams, s.options.Look)
	if ch == nil {
		w.Header().Set("Retry-After", "30")
		problem(w, http.StatusServiceUnavailable, "as many clients are told of changes as may be; ask again in half a minute")
		return
	}
	defer s.news.leave(ch)
	ctx, cancel := context.WithTimeout(r.Context(), s.options.Time)
	st, err := s.look(ctx)
	cancel()
	if err != nil {
		failed(w, ctx, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	stream(w, r, st, ch)
}

// stream writes events until the client goes.
func stream(w http.ResponseWriter, r *http.Request, st state, ch <-chan state) {
	c := http.NewResponseController(w)
	c.SetReadDeadline(time.Time{}) // nothing more is to be read; not every writer knows deadlines
	send := func(text string) bool {
		c.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return c.Flush() == nil
	}
	known := r.Header.Get("Last-Event-ID")
	name := "state"
	if known != "" && known != st.id {
		name = "change"
	}
	if st.since(known); known == "" {
		st.Changed = []string{}
	}
	if !send("retry: 3000\n" + event(name, &st)) {
		return
	}
	known = st.id
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text := ": all is well\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
		case st := <-ch:
			if st.id == known {
				continue
			}
			st.since(known)
			known, text = st.id, event("change", &st)
		}
		if !send(text) {
			return
		}
	}
}

// event is one event; its data is one line.
func event(name string, st *state) string {
	p, err := json.Marshal(st)
	if err != nil {
		p = []byte("{}") // cannot be: there is nothing in it that JSON has no word for
	}
	return fmt.Sprintf("event: %s\nid: %s\ndata: %s\n\n", name, st.id, report.Printable(p))
}
