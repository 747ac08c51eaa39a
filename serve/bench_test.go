//go:build unix

package serve

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/store"
)

// week is a made-up office: hosts whose peers come and go in sessions, in the countries of a skewed choice.
type week struct {
	random *rand.Rand
	begin  time.Time
	hosts  [][]uint32 // of each host the peers that it knows
}

const (
	weekHosts, weekPeers, weekCountries, weekHours = 200, 30000, 60, 7 * 24
)

func newWeek() *week {
	w := &week{random: rand.New(rand.NewPCG(1, 2)), begin: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), hosts: make([][]uint32, weekHosts)}
	for h := range w.hosts {
		for range 200 + w.random.IntN(400) {
			w.hosts[h] = append(w.hosts[h], uint32(w.random.IntN(weekPeers)))
		}
	}
	return w
}

// placeOf is where a peer is: half of all peers are in six countries.
func placeOf(peer uint32) geo.Location {
	n := peer / 2 % weekCountries
	if peer%2 == 0 {
		n %= 6
	}
	return geo.Location{Country: string([]byte{byte('A' + n/26), byte('A' + n%26)}), ASN: 64496 + peer%500, ASOrg: "Network " + strconv.Itoa(int(peer%500)), Hosting: peer%9 == 0}
}

// record is the flow of a host in an hour of the week.
func (w *week) record(hour int) *report.Record {
	h := min(w.random.IntN(weekHosts), w.random.IntN(weekHosts))
	// In an hour a host talks to a part of those that it knows.
	known := w.hosts[h]
	peer := known[(hour*7+w.random.IntN(40))%len(known)]
	r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, placeOf(peer)}}
	f := &r.Flow
	f.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, byte(h >> 8), byte(h)})),
		packet.AddrFrom(netip.AddrFrom4([4]byte{198, 18 + byte(peer>>16), byte(peer >> 8), byte(peer)}))}
	f.Key.Port, f.Key.Protocol = [2]uint16{uint16(20000 + h%4), uint16(1024 + w.random.IntN(60000))}, packet.UDP
	f.Start = w.begin.Add(time.Duration(hour)*time.Hour + time.Duration(w.random.Int64N(int64(time.Hour)))).UnixNano()
	length := time.Duration(w.random.ExpFloat64() * float64(3*time.Minute))
	if w.random.IntN(100) == 0 {
		length = time.Duration(w.random.Int64N(int64(10 * time.Hour)))
	}
	f.End = f.Start + int64(length)
	f.Packets, f.Payloads = [2]uint32{30, 20}, [2]uint32{30, uint32(w.random.IntN(3))}
	f.SetOctets(0, uint64(w.random.IntN(1e6)))
	f.SetOctets(1, uint64(w.random.IntN(1e6)))
	r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.9 + w.random.Float64()/10, Prior: -6.6, Family: []string{"skype", "bittorrent", "webrtc", "unknown"}[w.random.IntN(4)],
		Path: classify.Direct, Peer: [2]bool{false, true}, Evidence: []classify.Evidence{
			{Claim: "skype.udp.crc", Group: "payload", Family: "skype", Bits: 14.2, Counted: 14.2, Detail: "3 of 3 packets carry a matching checksum", Packets: []uint32{1, 2, 3}},
			{Claim: "socket.many-networks", Group: "socket", Bits: 3.1, Counted: 2.2, Detail: "one port talks to 31 networks", Packets: []uint32{7}}}}
	if w.random.IntN(8) == 0 {
		r.Verdict.Judgement, r.Verdict.Probability = classify.Likely, 0.7
	}
	return r
}

// fill stores a week of so many flows, a day a capture, each with verdicts of hosts and sockets.
func (w *week) fill(tb testing.TB, s store.Store, flows int) {
	ctx := context.Background()
	for day := range weekHours / 24 {
		i := store.NewImporter(s, store.Run{Sensor: "office", Program: "peeratlas", Words: []string{fmt.Sprintf("day%d.pcapng", day)}})
		days := weekHours / 24
		for n := range flows / days {
			if err := i.Add(ctx, w.record(24*day+24*n/(flows/days))); err != nil {
				tb.Fatal(err)
			}
		}
		var hosts []classify.Host
		var sockets []classify.Socket
		for h := range weekHosts {
			a := netip.AddrFrom4([4]byte{10, 0, byte(h >> 8), byte(h)})
			why := w.record(day).Verdict.Evidence
			hosts = append(hosts, classify.Host{Addr: a, Judgement: classify.P2P, Probability: 0.99, P2P: 20, Peers: 30, Networks: 20, Evidence: why})
			for n := range 2 {
				sockets = append(sockets, classify.Socket{Host: a, Protocol: "udp", Port: uint16(20000 + n), Family: "skype", Flows: 10, P2P: 9, Peers: 9, Networks: 9, Evidence: why})
			}
		}
		begin := w.begin.AddDate(0, 0, day)
		if err := i.Finish(ctx, report.Coverage{First: begin, Last: begin.Add(24*time.Hour - 1), Flows: uint64(flows / days)}, nil, hosts, sockets); err != nil {
			tb.Fatal(err)
		}
	}
}

// benchFlows is how many flows are stored: a million, unless PEERATLAS_BENCH_FLOWS says otherwise.
func benchFlows() int {
	if n, err := strconv.Atoi(os.Getenv("PEERATLAS_BENCH_FLOWS")); err == nil && n > 0 {
		return n
	}
	return 1_000_000
}

// benchServer is a store of a week in a ClickHouse server, which is filled if there is nothing in it.
func benchServer(b *testing.B, url string) store.Store {
	ctx := context.Background()
	s, err := store.OpenClickHouse(ctx, store.ClickHouseOptions{URL: url, Password: os.Getenv(store.PasswordVariable), Timeout: 5 * time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	runs, err := s.Runs(ctx, store.Query{})
	if err != nil {
		b.Fatal(err)
	}
	if len(runs) == 0 {
		newWeek().fill(b, s, benchFlows())
	}
	return s
}

// benchStore is a store of a week, in what PEERATLAS_BENCH_STORE names, a file or the address of a ClickHouse server: it
// outlives the run.
func benchStore(b *testing.B) store.Store {
	name := os.Getenv("PEERATLAS_BENCH_STORE")
	if store.IsClickHouse(name) {
		return benchServer(b, name)
	}
	if name == "" {
		name = filepath.Join(b.TempDir(), "week.db")
	}
	ctx := context.Background()
	if _, err := os.Stat(name); err != nil {
		s, err := store.OpenSQLite(ctx, name)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		newWeek().fill(b, s, benchFlows())
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		st, _ := os.Stat(name)
		b.Logf("%d flows stored in %s, %d MB", benchFlows(), time.Since(began).Round(time.Second), st.Size()>>20)
	}
	s, err := store.ReadSQLite(ctx, name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// benchPaths are what a page asks for, of all the week, of a day and of a part of it.
func benchPaths(b *testing.B, s store.Store) []string {
	var first *report.Record
	s.Flows(context.Background(), store.Query{Until: time.Date(2026, 11, 16, 1, 0, 0, 0, time.UTC)}, func(f *store.Flow) (err error) {
		if first, err = store.DecodeRecord(f.Record); err != nil {
			return err
		}
		return errEnough
	})
	if first == nil {
		b.Fatal("the store holds nothing")
	}
	day := "?since=2026-11-21T10:20:30Z&until=2026-11-22T10:20:30Z"
	return []string{"countries", "hosts", "peers", "countries" + day, "hosts" + day, "peers" + day, "peers?country=AB", "countries?host=10.0.0.77", "flows", "flows" + day, "flows?cursor=500000", "flows?p2p=true",
		"evidence?community_id=" + first.Flow.Key.CommunityID() + "&start=" + time.Unix(0, first.Flow.Start).UTC().Format(time.RFC3339Nano), "coverage", "coverage" + day}
}

// BenchmarkPaths tells the median of each path over a million flows, with nothing kept from the answer before.
func BenchmarkPaths(b *testing.B) {
	measurePaths(b, benchStore(b))
}

// processorTime is what this process has worked: on a machine that does other things too it tells more than a clock.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measurePaths(b *testing.B, s store.Store) {
	for _, path := range benchPaths(b, s) {
		b.Run(path, func(b *testing.B) {
			server := New(Options{Store: s, Time: 10 * time.Minute})
			var all []time.Duration
			worked := processorTime()
			for b.Loop() {
				server.cache = answers{make: server.cache.make}
				began := time.Now()
				w := httptest.NewRecorder()
				server.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/"+path, nil))
				if w.Code != http.StatusOK {
					b.Fatalf("%s: %d %s", path, w.Code, w.Body)
				}
				all = append(all, time.Since(began))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64((processorTime()-worked).Microseconds())/1000/float64(len(all)), "cpu-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
