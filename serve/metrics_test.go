package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"peeratlas/report"
	"peeratlas/store"
)

// watched is filled, and a sensor that has told how it stands, twice under one name.
func watched(t testing.TB) store.Store {
	t.Helper()
	s := filled(t)
	for _, name := range []string{"north", "south\xff"} {
		for run := range uint64(2) {
			rec := store.NewRecorder(s, store.Run{Sensor: name, Kind: store.KindWatch, Began: time.Now().Add(time.Duration(run) * time.Second)}, store.RecorderOptions{Flush: time.Hour})
			err := rec.Look(&report.Look{Number: 1, Time: time.Now(), Summary: &report.Summary{Coverage: report.Coverage{Last: time.Now()}},
				Since: report.Since{Flows: 40 + run}, Load: report.Load{Flows: 17, MaxFlows: 1000, Evicted: 3, Memory: 1 << 20},
				Gaps:       report.Gaps{Octets: 5000, UnseenOctets: 50},
				Interfaces: []report.InterfaceCount{{Received: 900, Octets: 90000, DroppedByKernel: 4, DroppedByInterface: 5, Undecodable: 6, Cut: 7}, {Received: 100}}})
			if err != nil {
				t.Fatal(err)
			}
			if run == 1 && name == "north" {
				rec.Finish(report.Coverage{Last: time.Now()})
			}
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// Each figure is told of each sensor's latest watch, by names as Prometheus' conventions have them.
func TestMetrics(t *testing.T) {
	status, body, header := ask(t, New(Options{Store: watched(t), Program: "peeratlas test"}), "/metrics")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
		t.Fatalf("status %d, %v: %s", status, header, body)
	}
	for _, want := range []string{
		`peeratlas_packets_total{sensor="north"} 1000`, `peeratlas_bytes_total{sensor="north"} 90000`, `peeratlas_flows_total{sensor="north"} 41`,
		`peeratlas_packets_lost_total{cause="kernel",sensor="north"} 4`, `peeratlas_packets_lost_total{cause="interface",sensor="north"} 5`,
		`peeratlas_packets_lost_total{cause="undecodable",sensor="north"} 6`, `peeratlas_packets_cut_total{sensor="north"} 7`,
		`peeratlas_flows_evicted_total{sensor="north"} 3`, `peeratlas_flow_table_flows{sensor="north"} 17`, `peeratlas_flow_table_flows_limit{sensor="north"} 1000`,
		`peeratlas_heap_bytes{sensor="north"} 1.048576e+06`, `peeratlas_mirror_acked_bytes_total{sensor="north"} 5000`,
		`peeratlas_mirror_unseen_bytes_total{sensor="north"} 50`, `peeratlas_watch_ended{sensor="north"} 1`, `peeratlas_watch_ended{sensor="south?"} 0`,
		`peeratlas_spool_bytes{sensor="north"} 0`, `peeratlas_store_flush_seconds{sensor="north"} 3600`, `peeratlas_records_not_stored_total{sensor="north"} 0`, `peeratlas_build_info{version="peeratlas test"} 1`,
		`peeratlas_verdicts_day{country="DE",family="skype",verdict="p2p"} 13`, `peeratlas_verdicts_day{country="FR",family="skype",verdict="p2p"} 12`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	var lag float64
	if _, after, found := strings.Cut(body, `peeratlas_store_lag_seconds{sensor="north"} `); !found {
		t.Error("no lag is told")
	} else if fmt.Sscan(after, &lag); lag < 0 || lag > 60 {
		t.Errorf("a lag of %g s", lag)
	}
	if n := strings.Count(body, "peeratlas_flows_total{"); n != 2 {
		t.Errorf("%d sensors are told of", n)
	}
	faults, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil || len(faults) > 0 {
		t.Errorf("%v: %+v", err, faults)
	}
}

// away is a store whose server does not answer.
type away struct{ store.Store }

func (away) Runs(context.Context, store.Query) ([]store.Run, error) {
	return nil, errors.New("store 10.1.2.3/traffic: connection refused")
}

// Where the store is away there are no metrics, rather than some.
func TestMetricsOfNothing(t *testing.T) {
	status, body, _ := ask(t, New(Options{Store: away{}}), "/metrics")
	if status < 500 || strings.Contains(body, "peeratlas_") {
		t.Errorf("status %d: %s", status, body)
	}
}

// metricNames are those that /metrics has.
func metricNames(t *testing.T) (names []string) {
	t.Helper()
	_, body, _ := ask(t, New(Options{Store: watched(t)}), "/metrics")
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 2 && words[1] == "TYPE" {
			names = append(names, words[2])
		}
	}
	return names
}

// metricName finds names of metrics in expressions.
var metricName = regexp.MustCompile(`\bpeeratlas_\w+`)

// unknownMetrics are names in a text that /metrics does not have.
func unknownMetrics(names []string, text string) (unknown []string) {
	for _, name := range metricName.FindAllString(text, -1) {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
