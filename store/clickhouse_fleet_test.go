package store

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

// until waits for something that is to come, and not longer than it may take on a busy machine.
func until(t *testing.T, what string, came func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !came(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come", what)
		}
	}
}

// small is a batch of a run of its own.
func small(n, flows int) *Batch {
	r := Run{ID: int64(n), Sensor: "s", Kind: KindWatch, Origin: fmt.Sprint(n), Began: time.Unix(1e9+int64(n), 0), Ended: true}
	b := &Batch{Run: r, Flows: someFlows(flows), Number: 1}
	for i := range b.Flows {
		b.Flows[i].Run, b.Flows[i].CommunityID = r.ID, fmt.Sprint(n, ":", i)
	}
	return b
}

// Tables are made once, however many sensors begin at the same moment; tables that are not whole, or of
// another program, are told with what to do, also to a watch that has a spool to wait in.
func TestClickHouseSchema(t *testing.T) {
	s := newServer(t)
	ctx := context.Background()
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			c, err := OpenClickHouse(ctx, s.options())
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	all.Wait()
	c := s.open(s.options())
	change := func(statements ...string) {
		t.Helper()
		for _, text := range statements {
			if err := c.exec(ctx, text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	spooled := s.options()
	spooled.Spool = t.TempDir()
	for _, step := range []struct{ name, change, says, back string }{
		{"a column less", "ALTER TABLE traffic.flow DROP COLUMN is_final", "ADD COLUMN is_final UInt8", "ALTER TABLE traffic.flow ADD COLUMN is_final UInt8"},
		{"a table less", "RENAME TABLE traffic.span TO default.span", "the table span is missing", "RENAME TABLE default.span TO traffic.span"},
		{"a newer one", "INSERT INTO traffic.version VALUES (99)", "of version 99, and it knows 1; use the peeratlas that made them", ""},
		{"another's table too", "CREATE TABLE traffic.orders (id UInt8) ENGINE = Memory", "holds other tables, such as orders", "DROP TABLE traffic.orders"},
	} {
		change(step.change)
		for _, o := range []ClickHouseOptions{s.options(), spooled} {
			if _, err := OpenClickHouse(ctx, o); err == nil || !strings.Contains(err.Error(), step.says) {
				t.Errorf("%s: to write, spool %q: %v", step.name, o.Spool, err)
			}
		}
		if _, err := ReadClickHouse(ctx, s.options()); err == nil || !strings.Contains(err.Error(), step.says) {
			t.Errorf("%s: to read: %v", step.name, err)
		}
		if step.back != "" {
			change(step.back)
		}
	}
	// Making them was cut off: it goes on.
	change("DROP TABLE traffic.version", "DROP TABLE traffic.hour")
	s.open(spooled)
	if _, err := ReadClickHouse(ctx, s.options()); err != nil {
		t.Errorf("after the tables were made whole: %v", err)
	}
	change("CREATE DATABASE shop", "CREATE TABLE shop.version (v String) ENGINE = Memory")
	o := s.options()
	o.URL = strings.Replace(o.URL, "/traffic", "/shop", 1)
	if _, err := OpenClickHouse(ctx, o); !errors.Is(err, ErrForeign) {
		t.Errorf("a table version of another: %v", err)
	}
	if err := c.Write(ctx, small(1, 2)); err != nil {
		t.Error(err)
	}
}

// A batch that comes again counts once, also after the server was killed between; so does the retention of
// a server that knows no time to live.
func TestClickHouseAgain(t *testing.T) {
	s := newServer(t)
	ctx := context.Background()
	o := s.options()
	o.Days = 30
	c := s.open(o)
	b := small(1, 5)
	b.Totals = []Total{{Run: 1, Interval: floor(time.Now().Unix(), 300), Host: "h", Verdict: "other", Sums: Sums{Flows: 7}}}
	for i := range b.Flows { // half of them are of last year
		if b.Flows[i].Start = time.Now().UnixNano(); i%2 == 1 {
			b.Flows[i].Start = time.Now().AddDate(0, -5, 0).UnixNano()
		}
	}
	count := func(when string, flows, sums int) {
		t.Helper()
		if n := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL"); n != flows {
			t.Errorf("%s: %d flows, want %d", when, n, flows)
		}
		if n := s.value(c, "SELECT sum(flows) AS n FROM traffic.total FINAL"); n != sums {
			t.Errorf("%s: sums of %d flows, want %d", when, n, sums)
		}
		if n := s.value(c, "SELECT sum(flows) AS n FROM traffic.hour FINAL"); n != flows+sums {
			t.Errorf("%s: %d flows by hour, want %d", when, n, flows+sums)
		}
	}
	for range 2 {
		if err := c.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	count("sent twice", 5, 7)
	s.kill()
	s.start()
	if err := c.Write(ctx, b); err != nil {
		t.Fatal(err)
	}
	count("sent again after the server was killed", 5, 7)
	for _, statement := range []string{"flow", "total", "hour"} { // as the server itself merges parts one day
		if err := c.exec(ctx, "OPTIMIZE TABLE traffic."+statement+" FINAL"); err != nil {
			t.Error(err)
		}
	}
	count("after a merge", 5, 7)
	if n := s.value(c, "SELECT count() AS n FROM traffic.flow"); n != 5 {
		t.Errorf("%d rows are left after a merge", n)
	}
	if more, err := c.Retain(ctx, Retention{}, time.Now()); more || err != nil {
		t.Error(err)
	}
	if n := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL"); n != 3 || s.value(c, "SELECT sum(flows) AS n FROM traffic.total FINAL") != 7 {
		t.Errorf("%d flows are left by a retention of 30 days, want 3", n)
	}
	o.Days = 10
	c = s.open(o)
	if days, err := c.kept(ctx); days != 10 || err != nil {
		t.Errorf("%d days, %v", days, err)
	}
}

// What finds no room in a spool waits in the queue, and what finds none there is counted, and told to the
// store when it is back: nothing is missing that was not told. What waited comes in the order in which it
// was written; a file that is torn costs that batch alone.
func TestSpoolIsFull(t *testing.T) {
	s := newServer(t)
	s.open(s.options())
	s.kill()
	o := s.options()
	o.Spool, o.SpoolOctets = t.TempDir(), 12_000
	c := s.open(o)
	rec := NewRecorder(c, Run{Sensor: "s", Kind: KindWatch}, RecorderOptions{Flush: 5 * time.Millisecond, Queue: 50_000})
	const all = 3000
	for n := range uint32(all) {
		rec.Add(record(classify.P2P, n))
		if n%50 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	until(t, "a full spool", func() bool { rec.mutex.Lock(); defer rec.mutex.Unlock(); return rec.lost > 0 })
	use := c.Spool()
	if use.Octets > o.SpoolOctets || use.Octets < o.SpoolOctets/2 || use.Batches == 0 {
		t.Errorf("the spool has %+v", use)
	}
	files, _ := filepath.Glob(o.Spool + "/*" + spoolEnding)
	if len(files) != use.Batches || !slices.IsSorted(files) {
		t.Errorf("%d files, told of %d", len(files), use.Batches)
	}
	last := uint64(0)
	for _, name := range files {
		b, err := readBatch(name)
		if err != nil || b.Number != last+1 {
			t.Errorf("%s: batch %d after %d, %v", name, b.Number, last, err)
		}
		last++
	}
	s.start()
	until(t, "an empty spool", func() bool { return !c.spool.away() })
	rec.Finish(report.Coverage{})
	err := rec.Close()
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d records found no room", rec.lost)) {
		t.Errorf("close: %v", err)
	}
	until(t, "an empty spool", func() bool { return !c.spool.away() })
	runs, rerr := c.Runs(context.Background(), Query{})
	stored := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL")
	if rerr != nil || len(runs) != 1 || runs[0].NotStored != rec.lost || stored+int(rec.lost) != all || stored == 0 {
		t.Errorf("%d flows stored, %d told to be lost, of %d: %+v, %v", stored, rec.lost, all, runs, rerr)
	}
}

// A batch that a kill or a bad disk tore is told and left aside, the others around it are sent.
func TestSpoolIsTorn(t *testing.T) {
	s := newServer(t)
	s.open(s.options())
	s.kill()
	var words []string
	o := s.options()
	o.Spool = t.TempDir()
	c := s.open(o)
	for n := range 5 {
		if err := c.Write(context.Background(), small(n+1, 4)); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	files, _ := filepath.Glob(o.Spool + "/*" + spoolEnding)
	if len(files) != 5 {
		t.Fatalf("%d files", len(files))
	}
	for _, torn := range []string{files[2], files[4]} {
		octets, err := os.ReadFile(torn)
		if err == nil {
			err = os.WriteFile(torn, octets[:len(octets)/2], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(files[4]+".tmp", []byte("half of a"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	var one sync.Mutex
	o.Tell = func(w string) { one.Lock(); words = append(words, w); one.Unlock() }
	c = s.open(o)
	until(t, "an empty spool", func() bool { return !c.spool.away() })
	if n := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL"); n != 12 {
		t.Errorf("%d flows, want those of 3 batches", n)
	}
	if use := c.Spool(); use.Damaged != 2 || use.Sent != 3 {
		t.Errorf("%+v", use)
	}
	left, _ := filepath.Glob(o.Spool + "/*")
	one.Lock()
	defer one.Unlock()
	if len(left) != 2 || left[0] != files[2]+".damaged" || strings.Count(strings.Join(words, "\n"), "is damaged") != 2 {
		t.Errorf("%q are left, told %q", left, words)
	}
}

// authority makes an authority's certificate, and one for 127.0.0.1 that it signs, with its key.
func authority(t *testing.T) (ca, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signer, err := x509.CreateCertificate(rand.Reader, root, root, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, root, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ca, certificate, key = folder+"/ca.pem", folder+"/server.pem", folder+"/server.key"
	for name, block := range map[string]*pem.Block{ca: {Type: "CERTIFICATE", Bytes: signer}, certificate: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ca, certificate, key
}

// Over TLS a server is spoken to whose certificate an authority signed that is trusted, and no other.
func TestClickHouseTLS(t *testing.T) {
	ca, certificate, key := authority(t)
	other, _, _ := authority(t)
	port := freePort(t)
	s := newServerWith(t, fmt.Sprintf(`<https_port>%d</https_port><openSSL><server><certificateFile>%s</certificateFile><privateKeyFile>%s</privateKeyFile>
		<verificationMode>none</verificationMode></server></openSSL>`, port, certificate, key))
	ctx := context.Background()
	secure := fmt.Sprintf("clickhouses://watcher@127.0.0.1:%d/traffic", port)
	for _, tt := range []struct{ name, url, ca, says string }{
		{"another authority", secure, other, "--store-ca"},
		{"none", secure, "", "--store-ca"},
		{"no certificate in it", secure, key, "to be PEM"},
		{"another name", strings.Replace(secure, "127.0.0.1", "localhost", 1), ca, "name the server in --store as its certificate does"},
		{"no TLS there", strings.Replace(s.options().URL, "clickhouse:", "clickhouses:", 1), ca, "does not speak TLS"},
	} {
		for _, spool := range []string{"", t.TempDir()} {
			o := s.options()
			o.URL, o.Authorities, o.Spool = tt.url, tt.ca, spool
			if _, err := OpenClickHouse(ctx, o); err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "se'cret") {
				t.Errorf("%s, spool %q: %v", tt.name, spool, err)
			}
		}
	}
	o := s.options()
	o.URL, o.Authorities = secure, ca
	c := s.open(o)
	if err := c.Write(ctx, small(1, 3)); err != nil {
		t.Fatal(err)
	}
	if n := s.value(c, "SELECT count() AS n FROM traffic.flow FINAL"); n != 3 {
		t.Errorf("%d flows over TLS", n)
	}
}
