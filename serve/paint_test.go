package serve

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/store"
)

var (
	stored   = flag.Int("stored", 10_000, "flows in the store of BenchmarkFirstPaint")
	storedIn = flag.String("stored-in", "", "file that keeps the store of BenchmarkFirstPaint for the next time")
)

// BenchmarkFirstPaint opens the dashboard of a store with many flows of the last week, of 200 hosts and
// peers in 12 countries. With a million:
//
//	go test ./serve -run '^$' -bench FirstPaint -benchtime 5x -stored 1000000 -stored-in /var/tmp/million.db -timeout 30m
func BenchmarkFirstPaint(b *testing.B) {
	name := *storedIn
	if name == "" {
		name = b.TempDir() + "/x.db"
	}
	_, err := os.Stat(name)
	s, oerr := store.OpenSQLite(context.Background(), name)
	if oerr != nil {
		b.Fatal(oerr)
	}
	defer s.Close()
	if err != nil {
		fillMany(b, s, *stored)
	}
	w := newBrowser(b, New(Options{Store: s, Loop: true}))
	sum, worst := 0.0, 0.0
	for b.Loop() {
		w.do(chromedp.Navigate("about:blank"), chromedp.Navigate(w.url+"/"))
		w.until(`performance.getEntriesByName('first-contentful-paint').length`)
		paint := tell[float64](w, `performance.getEntriesByName('first-contentful-paint')[0].startTime`)
		sum, worst = sum+paint, max(worst, paint)
	}
	b.ReportMetric(sum/float64(b.N), "ms-to-first-paint")
	b.ReportMetric(worst, "ms-at-worst")
	began := time.Now()
	for end := began.Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if tell[bool](w, `Boolean(document.querySelector('#hosts table') && document.querySelector('#countries table') && document.querySelector('.world a[href]'))`) {
			b.ReportMetric(time.Since(began).Seconds(), "s-until-all-is-shown")
			return
		}
	}
	b.Logf("not all was shown within 90 s: %s", tell[string](w, `Array.from(document.querySelectorAll('.problem'), (e) => e.textContent).join('; ')`))
}

// fillMany stores n flows of the last week.
func fillMany(b *testing.B, s store.Store, n int) {
	b.Helper()
	ctx := context.Background()
	i := store.NewImporter(s, store.Run{Sensor: "mirror", Words: []string{"week.pcap"}})
	codes := []string{"DE", "FR", "US", "BR", "JP", "PL", "NL", "GB", "IN", "CA", "AU", "SE"}
	week := 7 * 24 * time.Hour
	began := time.Now().Add(-week)
	for k := range n {
		peer := k * 7919 % 60_000
		r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, {Country: codes[peer%len(codes)], ASN: uint32(64500 + peer%90), ASOrg: "Example Networks"}}}
		f := &r.Flow
		f.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(k % 200)})), packet.AddrFrom(netip.AddrFrom4([4]byte{198, 18 + byte(peer>>16), byte(peer >> 8), byte(peer)}))}
		f.Key.Port, f.Key.Protocol, f.FirstFrame = [2]uint16{4000, 5000}, packet.UDP, uint32(k+1)
		f.Start = began.Add(time.Duration(int64(week) / int64(n) * int64(k))).UnixNano()
		f.End = f.Start + 1e9
		f.Packets, f.Payloads = [2]uint32{30, 20}, [2]uint32{30, 20}
		f.SetOctets(0, 30_000)
		r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.97, Family: "skype", Path: classify.Direct, Peer: [2]bool{false, true},
			Evidence: []classify.Evidence{{Claim: "a.b", Bits: 9, Counted: 9, Detail: fmt.Sprint("connection ", k), Packets: []uint32{1}}}}
		if err := i.Add(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
	if err := i.Finish(ctx, report.Coverage{Packets: uint64(n) * 50, Flows: uint64(n), First: began, Last: time.Now()}, nil, nil, nil); err != nil {
		b.Fatal(err)
	}
}
