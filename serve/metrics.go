package serve

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"peeratlas/store"
)

// window is the time that flows are counted in.
const window = 24 * time.Hour

// collector asks the store at each scrape.
type collector struct {
	store store.Store
	ctx   context.Context // of the scrape
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("peeratlas_"+name, help, labels, nil)
}

var (
	packets  = describe("packets", "Packets that the store knows of, by sensor.", "sensor")
	octets   = describe("octets", "Octets of these packets on the wire, by sensor.", "sensor")
	dropped  = describe("packets_dropped", "Packets that were lost by kernel and interface, by sensor.", "sensor")
	seen     = describe("flows", "Flows that the store knows of, by sensor.", "sensor")
	evicted  = describe("flows_evicted", "Flows that were pushed out for want of memory, by sensor.", "sensor")
	unstored = describe("records_not_stored", "Records that found no room on the way to the store, by sensor.", "sensor")
	verdicts = describe("verdicts_day", "Flows of the last 24 hours that are kept whole, by verdict, family and country of the peer.", "verdict", "family", "country")
	lag      = describe("store_lag_seconds", "Time since the latest word of a sensor.", "sensor")
)

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{packets, octets, dropped, seen, evicted, unstored, verdicts, lag} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	if err := c.collect(ch); err != nil {
		ch <- prometheus.NewInvalidMetric(verdicts, err)
	}
}

// sensorSums are what one sensor's spans come to.
type sensorSums struct {
	packets, octets, dropped, flows, evicted, unstored uint64
	last                                               int64
}

func (c collector) collect(ch chan<- prometheus.Metric) error {
	runs, err := c.store.Runs(c.ctx, store.Query{})
	if err != nil {
		return err
	}
	spans, err := c.store.Spans(c.ctx, store.Query{})
	if err != nil {
		return err
	}
	sensors, of := map[string]*sensorSums{}, map[int64]*sensorSums{}
	for i := range runs {
		r := &runs[i]
		if sensors[r.Sensor] == nil {
			sensors[r.Sensor] = new(sensorSums)
		}
		of[r.ID] = sensors[r.Sensor]
		of[r.ID].unstored += r.NotStored
	}
	for _, p := range spans {
		if s := of[p.Run]; s != nil {
			s.packets += p.Packets
			s.octets += p.Octets
			s.dropped += p.Dropped
			s.flows += p.Flows
			s.evicted += p.Evicted
			s.last = max(s.last, p.Last)
		}
	}
	for name, s := range sensors {
		for d, v := range map[*prometheus.Desc]uint64{packets: s.packets, octets: s.octets, dropped: s.dropped, seen: s.flows, evicted: s.evicted, unstored: s.unstored} {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), valid(name))
		}
		ch <- prometheus.MustNewConstMetric(lag, prometheus.GaugeValue, max(time.Since(time.Unix(0, s.last)).Seconds(), 0), valid(name))
	}
	return c.verdicts(ch)
}

func (c collector) verdicts(ch chan<- prometheus.Metric) error {
	counts := map[[3]string]int{}
	err := c.store.Flows(c.ctx, store.Query{Since: time.Now().Add(-window)}, func(f *store.Flow) error {
		counts[[3]string{f.Verdict, f.Family, f.Country}]++
		return nil
	})
	for k, n := range counts {
		ch <- prometheus.MustNewConstMetric(verdicts, prometheus.GaugeValue, float64(n), valid(k[0]), valid(k[1]), valid(k[2]))
	}
	return err
}

// valid is a label that Prometheus takes: UTF-8.
func valid(label string) string { return strings.ToValidUTF8(label, "?") }

// metrics answers in Prometheus' format.
func (s *Server) metrics() func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		registry := prometheus.NewRegistry()
		if err := registry.Register(collector{s.options.Store, r.Context()}); err != nil {
			return err
		}
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
		return nil
	}
}
