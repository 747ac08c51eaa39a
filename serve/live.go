package serve

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/report"
	"peeratlas/store"
)

// What these paths may be asked.
var (
	mapParameters   = []string{"since", "until", "host", "country", "sensor"}
	firstParameters = []string{"since", "until", "host", "country", "sensor", "limit"}
)

// peerMap answers with the map of the same rows that countries answers with.
func (s *Server) peerMap(w http.ResponseWriter, r *http.Request) error {
	if _, err := readOf(r.URL, mapParameters); err != nil {
		return err
	}
	sum, _, err := s.lists(r, report.ListCountries)
	if err != nil {
		return err
	}
	return write(w, report.NewPeerMap(sum.Countries))
}

// firstMet is what was met for the first time.
type firstMet struct {
	Countries []firstFlow `json:"countries"`
	Hosts     []firstFlow `json:"hosts"`
	Peers     []firstFlow `json:"peers"`
	Reaches   *time.Time  `json:"reaches,omitempty"` // of what ended before this, the store has removed some or all
}

// firstFlow is the flow in which that was.
type firstFlow struct {
	Start       time.Time `json:"start"`
	Sensor      string    `json:"sensor"`
	CommunityID string    `json:"community_id"`
	Host        string    `json:"host"`
	Peer        string    `json:"peer"`
	Country     string    `json:"country"`
	Name        string    `json:"name"` // of the country
	Family      string    `json:"family"`
}

// firsts answers with what the store was told of for the first time.
func (s *Server) firsts(w http.ResponseWriter, r *http.Request) error {
	q, err := readOf(r.URL, firstParameters)
	if err != nil {
		return err
	}
	var out firstMet
	for kind, into := range map[string]*[]firstFlow{store.FirstCountry: &out.Countries, store.FirstHost: &out.Hosts, store.FirstPeer: &out.Peers} {
		list, err := store.Firsts(r.Context(), s.options.Store, kind, q.query, q.limit)
		if err != nil {
			return err
		}
		*into = make([]firstFlow, 0, len(list))
		for _, f := range list {
			*into = append(*into, firstFlow{time.Unix(0, f.Start).UTC(), f.Sensor, f.CommunityID, f.Host, f.Peer, f.Country, report.CountryName(f.Country), f.Family})
		}
	}
	removed, err := s.options.Store.Removed(r.Context())
	if err != nil {
		return err
	}
	if !removed.Before.IsZero() {
		out.Reaches = &removed.Before
	}
	return write(w, out)
}

// sensor is what one sensor saw and lost in the time asked for.
type sensor struct {
	Name      string    `json:"sensor"`
	Runs      int       `json:"runs"`
	Running   int       `json:"running"` // watches that have not ended, or were killed
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
	Packets   uint64    `json:"packets"`
	Dropped   uint64    `json:"packets_dropped"`
	Flows     uint64    `json:"flows"`
	Evicted   uint64    `json:"flows_evicted"`
	NotStored uint64    `json:"records_not_stored"`
	Whole     bool      `json:"whole_captures"` // it read saved captures, whose packets are not counted by time: these are counted whole
}

// sensors adds up runs by sensor, in the order in which they began: watches by the time asked for.
func (s *Server) sensors(ctx context.Context, q store.Query, runs []store.Run) ([]sensor, error) {
	spans, err := s.options.Store.Spans(ctx, q)
	if err != nil {
		return nil, err
	}
	out, of, watch := []sensor{}, map[string]int{}, map[int64]int{}
	for i := range runs {
		r := &runs[i]
		at, known := of[r.Sensor]
		if !known {
			at = len(out)
			of[r.Sensor] = at
			out = append(out, sensor{Name: r.Sensor})
		}
		x, c := &out[at], &r.Coverage
		x.Runs++
		x.NotStored += r.NotStored
		if r.Kind != store.KindCapture {
			watch[r.ID] = at
			if !r.Ended {
				x.Running++
			}
			continue
		}
		x.Whole = true
		x.Packets, x.Dropped, x.Flows, x.Evicted = x.Packets+c.Packets, x.Dropped+c.Dropped, x.Flows+c.Flows, x.Evicted+c.Evicted
		x.between(c.First, c.Last)
	}
	for _, p := range spans {
		if at, ok := watch[p.Run]; ok {
			x := &out[at]
			x.Packets, x.Dropped, x.Flows, x.Evicted = x.Packets+p.Packets, x.Dropped+p.Dropped, x.Flows+p.Flows, x.Evicted+p.Evicted
			x.between(time.Unix(0, p.First).UTC(), time.Unix(0, p.Last).UTC())
		}
	}
	return out, nil
}

// between widens the time that the sensor saw something of.
func (x *sensor) between(first, last time.Time) {
	if first.IsZero() {
		return
	}
	if x.First.IsZero() || first.Before(x.First) {
		x.First = first
	}
	if last.After(x.Last) {
		x.Last = last
	}
}

// socket is a local port that flows are asked of; the zero value is any.
type socket struct {
	host  netip.Prefix // that was asked for; the zero prefix is the host of the flow
	proto string
	port  int
	any   bool // of any port
}

func readSocket(v url.Values, host netip.Prefix) (s socket, err error) {
	s = socket{host: host, proto: v.Get("proto"), any: v.Get("port") == ""}
	if s.proto != "" && s.proto != "udp" && s.proto != "tcp" {
		return s, wrong("proto is udp or tcp")
	}
	s.port, err = count("port", v.Get("port"), 0, 65535)
	return s, err
}

func (s *socket) asked() bool { return s.proto != "" || !s.any }

// has tells whether the host's end of a flow is the socket. A flow that cannot be read is told of where it is decoded.
func (s *socket) has(f *store.Flow) bool {
	r, err := store.DecodeRecord(f.Record)
	if err != nil {
		return true
	}
	k := &r.Flow.Key
	if s.proto != "" && (s.proto == "tcp") != (k.Protocol == packet.TCP) {
		return false
	}
	for e := range k.Addr {
		a := k.Addr[e].Netip()
		if (s.host.Contains(a) || !s.host.IsValid() && a.String() == f.Host) && (s.any || int(k.Port[e]) == s.port) {
			return true
		}
	}
	return false
}
