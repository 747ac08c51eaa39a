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

const (
	// window is the time that verdicts are counted in.
	window = 24 * time.Hour
	// silence is how long a sensor that says nothing is still told of.
	silence = 30 * 24 * time.Hour
)

// figure is one metric of a sensor.
type figure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	cause string // value of the label of that name; "" is none
	value func(*store.Run) float64
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("peeratlas_"+name, help, labels, nil)
}

// counter grows while a watch runs, and begins at 0 when its sensor begins another.
func counter(name, help string, value func(*store.State) uint64) figure {
	return figure{describe(name, help, "sensor"), prometheus.CounterValue, "", func(r *store.Run) float64 { return float64(value(&r.State)) }}
}

func gauge(name, help string, value func(*store.Run) float64) figure {
	return figure{describe(name, help, "sensor"), prometheus.GaugeValue, "", value}
}

// lost is the metric of packets that are not there, by cause.
var lost = describe("packets_lost_total", "Packets that the latest watch could not look into, by cause: kernel (its ring was full), interface (as that counts itself), undecodable (received, but damaged or nothing that is understood).", "sensor", "cause")

func cause(name string, value func(*store.State) uint64) figure {
	return figure{lost, prometheus.CounterValue, name, func(r *store.Run) float64 { return float64(value(&r.State)) }}
}

// figures are all metrics of sensors: each is of the latest watch.
var figures = []figure{
	counter("packets_total", "Packets that the latest watch of a sensor received.", func(s *store.State) uint64 { return s.Packets }),
	counter("bytes_total", "Octets of these packets, on the wire.", func(s *store.State) uint64 { return s.Octets }),
	cause("kernel", func(s *store.State) uint64 { return s.DroppedByKernel }),
	cause("interface", func(s *store.State) uint64 { return s.DroppedByInterface }),
	cause("undecodable", func(s *store.State) uint64 { return s.Undecodable }),
	counter("packets_cut_total", "Packets that the snap length cut.", func(s *store.State) uint64 { return s.Cut }),
	counter("mirror_acked_bytes_total", "Octets of TCP that acknowledgements tell of, in flows that were sampled.", func(s *store.State) uint64 { return s.Gaps.Octets }),
	counter("mirror_unseen_bytes_total", "Of these, octets that were never seen: the mirror lost them.", func(s *store.State) uint64 { return s.Gaps.UnseenOctets }),
	counter("flows_total", "Flows that the latest watch of a sensor saw.", func(s *store.State) uint64 { return s.Flows }),
	counter("flows_evicted_total", "Flows that were pushed out for want of memory.", func(s *store.State) uint64 { return s.Evicted }),
	gauge("flow_table_flows", "Flows that are held.", func(r *store.Run) float64 { return float64(r.State.Held) }),
	gauge("flow_table_flows_limit", "Flows that there is room for.", func(r *store.Run) float64 { return float64(r.State.MostHeld) }),
	gauge("heap_bytes", "Octets of memory that the watch has in use.", func(r *store.Run) float64 { return float64(r.State.Memory) }),
	{describe("records_not_stored_total", "Records that found no room on the way to the store.", "sensor"), prometheus.CounterValue, "",
		func(r *store.Run) float64 { return float64(r.NotStored) }},
	gauge("store_lag_seconds", "Age of the latest that the store knows of a sensor's watch.", func(r *store.Run) float64 { return max(time.Since(r.State.Told).Seconds(), 0) }),
	gauge("store_flush_seconds", "How often the watch writes to the store: the lag of one that is well comes to that.", func(r *store.Run) float64 { return r.State.Flush.Seconds() }),
	gauge("spool_batches", "Batches that waited for the server, when the sensor last told.", func(r *store.Run) float64 { return float64(r.State.Spool.Batches) }),
	gauge("spool_bytes", "Octets of these batches.", func(r *store.Run) float64 { return float64(r.State.Spool.Octets) }),
	gauge("spool_limit_bytes", "Octets that the spool has room for; 0 if there is none.", func(r *store.Run) float64 { return float64(r.State.Spool.Most) }),
	counter("spool_kept_batches_total", "Batches that had to wait for the server.", func(s *store.State) uint64 { return s.Spool.Kept }),
	counter("spool_sent_batches_total", "Batches that waited and were sent.", func(s *store.State) uint64 { return s.Spool.Sent }),
	counter("spool_damaged_batches_total", "Batches that waited and could not be read any more.", func(s *store.State) uint64 { return s.Spool.Damaged }),
	gauge("watch_start_time_seconds", "When the latest watch of a sensor began, since the Unix epoch.", func(r *store.Run) float64 { return float64(r.Began.UnixMilli()) / 1000 }),
	gauge("watch_ended", "1 if the latest watch of a sensor was ended; 0 if it runs, or was killed.", func(r *store.Run) float64 {
		if r.Ended {
			return 1
		}
		return 0
	}),
}

var (
	verdicts = describe("verdicts_day", "Flows that began in the last 24 hours (in whole hours) and have ended, by verdict, family or service, and country of the far end.", "verdict", "family", "country")
	build    = describe("build_info", "1, with the version of this program.", "version")
)

// collected are metrics that were made beforehand.
type collected []prometheus.Metric

// Describe implements prometheus.Collector: they are checked when they are gathered.
func (collected) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collected) Collect(ch chan<- prometheus.Metric) {
	for _, m := range c {
		ch <- m
	}
}

// collect asks the store.
func (s *Server) collect(ctx context.Context) (all collected, err error) {
	all = append(all, prometheus.MustNewConstMetric(build, prometheus.GaugeValue, 1, valid(s.options.Program)))
	runs, err := s.options.Store.Runs(ctx, store.Query{Latest: true})
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for i := range runs {
		r := &runs[i]
		name := valid(r.Sensor)
		if told[name] || time.Since(r.State.Told) > silence {
			continue // or an older program wrote it, that told nothing of this
		}
		told[name] = true
		for _, f := range figures {
			labels := []string{name}
			if f.cause != "" {
				labels = append(labels, f.cause)
			}
			all = append(all, prometheus.MustNewConstMetric(f.desc, f.kind, f.value(r), labels...))
		}
	}
	list, err := s.options.Store.Verdicts(ctx, time.Now().Add(-window))
	if err != nil {
		return nil, err
	}
	counts := map[[3]string]uint64{}
	for _, v := range list {
		counts[[3]string{valid(v.Verdict), valid(v.Family), valid(v.Country)}] += v.Flows
	}
	for k, n := range counts {
		all = append(all, prometheus.MustNewConstMetric(verdicts, prometheus.GaugeValue, float64(n), k[0], k[1], k[2]))
	}
	return all, nil
}

// valid is a label that Prometheus takes: UTF-8.
func valid(label string) string { return strings.ToValidUTF8(label, "?") }

// metrics answers in Prometheus' format.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	all, err := s.collect(r.Context())
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	if err := registry.Register(all); err != nil {
		return err
	}
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}
