package pipeline

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A name is written over when it comes again in time, and never because the time went back.
func TestKeptNamesWhenTimeGoesBack(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	at := func(hour, minute int) time.Time { return time.Date(2025, 3, 12, hour, minute, 0, 0, time.UTC) }
	tests := []struct {
		name    string
		pattern string
		times   []time.Time
		want    []string
	}{
		{"time goes on", "%M", []time.Time{at(9, 1), at(9, 2), at(9, 2), at(9, 3)}, []string{"01", "02", "021", "03"}},
		{"an hour later it is written over", "%M", []time.Time{at(9, 1), at(9, 1), at(9, 2), at(10, 1), at(10, 1)}, []string{"01", "011", "02", "01", "011"}},
		{"the first file is begun by another clock", "%M", []time.Time{at(23, 2), at(9, 1), at(9, 2), at(9, 2), at(9, 3)}, []string{"02", "01", "021", "022", "03"}},
		{"a packet comes late", "%M", []time.Time{at(9, 4), at(9, 5), at(9, 4), at(9, 5), at(9, 4)}, []string{"04", "05", "041", "051", "042"}},
		{"back, and caught up within the same name", "%H", []time.Time{at(9, 59), at(10, 0), at(9, 50), at(10, 5), at(11, 0), at(10, 5).AddDate(0, 0, 1)}, []string{"09", "10", "091", "101", "11", "10"}},
		{"back, and on beyond where it was", "%M", []time.Time{at(9, 4), at(9, 5), at(9, 4), at(9, 6), at(10, 4)}, []string{"04", "05", "041", "06", "04"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			n, err := newKeptNames(filepath.Join(dir, tt.pattern), 0, true)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range tt.times {
				name, gone := n.next(at)
				if gone != "" {
					t.Errorf("%s is to go", gone)
				}
				file, err := openWhole(name)
				if err != nil {
					t.Fatal(err)
				}
				file.Close()
				got = append(got, filepath.Base(name))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// What is remembered of names is bounded.
func TestKeptNamesAreBounded(t *testing.T) {
	n, err := newKeptNames("%Y%m%d%H%M%S", 0, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * mostUsedTexts {
		n.next(time.Unix(int64(i), 0))
	}
	if len(n.used) != mostUsedTexts || len(n.made) != 0 {
		t.Error(len(n.used), len(n.made))
	}
	last := time.Unix(3*mostUsedTexts-1, 0)
	first, _ := n.next(time.Unix(0, 0))
	n.next(last.Add(-time.Second))
	if name, _ := n.next(last); name != last.Format("20060102150405")+"1" || len(first) != 14 {
		t.Errorf("%s, and long forgotten %s", name, first)
	}
}

// No packet is lost, whatever this machine's clock says when the first file is begun: it may be the
// name of a file that packets of another time are written to.
func TestKeeperBegunAtAnyMinute(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	first := time.Unix(0, r.packets[0].Timestamp)
	for minute := range 60 {
		dir := t.TempDir()
		o := KeeperOptions{Name: filepath.Join(dir, "%M"), Period: 4 * time.Minute, Size: 50_000, All: true, Program: "peeratlas test"}
		o.Say = func(s string) { t.Errorf("said: %s", s) }
		k, err := newKeeper(o, first.AddDate(1, 0, 0).Add(time.Duration(minute)*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		r.send(t, k, 0, len(r.packets))
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		packets := 0
		for _, name := range namesIn(t, dir) {
			packets += len(octetsOf(t, filepath.Join(dir, name)))
		}
		if packets != len(r.packets) {
			t.Errorf("begun %d minutes on: %d packets in %s, of %d", minute, packets, namesIn(t, dir), len(r.packets))
		}
	}
}
