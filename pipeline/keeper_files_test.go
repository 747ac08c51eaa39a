package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// namesIn lists a folder.
func namesIn(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// keepAllOf sends the office capture, 260 s long, to a keeper of all packets and returns its files.
func keepAllOf(t testing.TB, name string, o KeeperOptions) (*replay, KeeperStats) {
	t.Helper()
	r := newReplay(t, "../testdata/office.pcapng")
	o.Name, o.All = name, true
	k := newTestKeeper(t, o)
	r.send(t, k, 0, len(r.packets))
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	return r, k.Stats()
}

func TestKeeperRotates(t *testing.T) {
	span := "2025-03-12 09:00 to 09:10 UTC"
	t.Setenv("TZ", "UTC")
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	tests := []struct {
		name    string
		o       KeeperOptions
		pattern string
		want    func(names []string) bool
		all     bool // no packet gave way
	}{
		{"by size", KeeperOptions{Size: 100_000}, "x.pcapng", func(n []string) bool {
			return slices.Equal(n[:3], []string{"x.pcapng", "x.pcapng1", "x.pcapng2"})
		}, true},
		{"by size, two of them", KeeperOptions{Size: 50_000, Count: 2}, "x", func(n []string) bool { return slices.Equal(n, []string{"x0", "x1"}) }, false},
		{"by size, twenty of them", KeeperOptions{Size: 20_000, Count: 20}, "x", func(n []string) bool {
			return n[0] == "x00" && n[1] == "x01" && len(n) <= 20
		}, true},
		{"by size, one", KeeperOptions{Size: 50_000, Count: 1}, "x", func(n []string) bool { return slices.Equal(n, []string{"x"}) }, false},
		{"by time", KeeperOptions{Period: time.Minute}, "x", func(n []string) bool { return slices.Contains(n, "x4") }, true},
		{"by time, named", KeeperOptions{Period: time.Minute}, "%Y%m%d-%H%M%S.pcapng", func(n []string) bool {
			return slices.ContainsFunc(n, func(s string) bool { return strings.HasPrefix(s, "20250312-0904") })
		}, true},
		{"by time, named, three of them", KeeperOptions{Period: time.Minute, Count: 3}, "%Y%m%d-%H%M%S", func(n []string) bool {
			return len(n) == 3 && strings.HasPrefix(n[0], "20250312-0")
		}, false},
		{"by both", KeeperOptions{Period: 4 * time.Minute, Size: 50_000}, "%M", func(n []string) bool {
			return slices.ContainsFunc(n, func(s string) bool { return len(s) > 2 }) && !slices.Contains(n, "%M")
		}, true},
		{"never", KeeperOptions{}, "100%%", func(n []string) bool { return slices.Equal(n, []string{"100%"}) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			r, stats := keepAllOf(t, filepath.Join(dir, tt.pattern), tt.o)
			names := namesIn(t, dir)
			if !tt.want(names) {
				t.Errorf("files %s of %s", names, span)
			}
			packets := 0
			for _, name := range names {
				info, err := os.Stat(filepath.Join(dir, name))
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v %v", name, info.Mode(), err)
				}
				if tt.o.Size > 0 && info.Size() > tt.o.Size+4096 {
					t.Errorf("%s has %d octets", name, info.Size())
				}
				packets += len(octetsOf(t, filepath.Join(dir, name)))
			}
			if tt.all && packets != len(r.packets) || packets > len(r.packets) || packets == 0 || stats.Packets != uint64(len(r.packets)) {
				t.Errorf("%d packets in the files, of %d; %+v", packets, len(r.packets), stats)
			}
		})
	}
}

// Each file tells the verdicts of its flows.
func TestKeeperEachFileTellsVerdicts(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	dir, half := t.TempDir(), len(r.packets)/2
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(dir, "x")})
	r.send(t, k, 0, half)
	k.Look(r.look(half, report.Appeared, every))
	k.Rotate()
	r.send(t, k, half, len(r.packets))
	k.Close()
	for _, name := range namesIn(t, dir) {
		if !strings.Contains(strings.Join(commentsOf(t, filepath.Join(dir, name)), "\n"), "peeratlas: p2p, probability") {
			t.Errorf("%s tells no verdict", name)
		}
	}
	if n := namesIn(t, dir); len(n) != 2 {
		t.Error(n)
	}
}

// A file that was taken away is begun anew under its name, as those expect who rotate logs.
func TestKeeperFileTakenAway(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	dir := t.TempDir()
	name := filepath.Join(dir, "x")
	k := newTestKeeper(t, KeeperOptions{Name: name, All: true})
	half := len(r.packets) / 2
	r.send(t, k, 0, half)
	if err := os.Rename(name, name+".old"); err != nil {
		t.Fatal(err)
	}
	k.Rotate()
	r.send(t, k, half, len(r.packets))
	k.Close()
	if n := namesIn(t, dir); !slices.Equal(n, []string{"x", "x.old"}) {
		t.Fatal(n)
	}
	if a, b := len(octetsOf(t, name+".old")), len(octetsOf(t, name)); a != half || a+b != len(r.packets) {
		t.Errorf("%d and %d packets of %d", a, b, len(r.packets))
	}
}

func TestKeeperRefuses(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		o    KeeperOptions
		want string
	}{
		{"no name", KeeperOptions{}, "name of a file"},
		{"standard output", KeeperOptions{Name: "-"}, "name of a file"},
		{"no time", KeeperOptions{Name: "x-%q"}, "%q is no time"},
		{"half a time", KeeperOptions{Name: "x-%"}, "ends in a percent sign"},
		{"no folder", KeeperOptions{Name: filepath.Join(dir, "none", "x")}, "choose a folder"},
		{"a folder", KeeperOptions{Name: dir}, "choose a folder"},
		{"count", KeeperOptions{Name: "x", Count: -1}, "negative"},
	}
	for _, tt := range tests {
		if _, err := NewKeeper(tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestStrftime(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	tests := []struct{ pattern, want string }{
		{"%Y-%m-%d_%H.%M.%S", "2026-03-04_05.06.07"}, {"%F %T%%", "2026-03-04 05:06:07%"}, {"%j%y%e", "06326 4"},
		{"2006-01-02 %b 15:04", "2006-01-02 Mar 15:04"}, {"plain", "plain"},
	}
	for _, tt := range tests {
		if got, err := strftime(tt.pattern, at); got != tt.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", tt.pattern, got, err, tt.want)
		}
	}
}

// A disk that is full ends nothing; when it is not any more, all goes on.
func TestKeeperFullDiskIsToldOnce(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	dir := t.TempDir()
	full := smallDisk(t, dir)
	name := filepath.Join(full, "x.pcapng")
	var said []string
	k := newTestKeeper(t, KeeperOptions{Name: name, All: true, Say: func(s string) { said = append(said, s) }})
	sent := 0
	for range 10 {
		r.send(t, k, 0, len(r.packets))
		sent += len(r.packets)
		if err := k.Look(&report.Look{}); err != nil {
			t.Fatal(err)
		}
	}
	s := k.Stats()
	if len(said) != 1 || !strings.Contains(said[0], "no space left") || s.Lost == 0 || s.Packets+s.Lost != uint64(sent) {
		t.Errorf("said %q; %+v of %d", said, s, sent)
	}
	if n := uint64(len(octetsOf(t, name))); n != s.Packets {
		t.Errorf("%d packets in the file, %d are counted", n, s.Packets)
	}
	wireshark(t, "capinfos", name)
	if err := os.Remove(filepath.Join(full, "ballast")); err != nil {
		t.Fatal(err)
	}
	before := s.Packets
	k.Look(&report.Look{})
	r.send(t, k, 0, len(r.packets))
	k.Look(&report.Look{})
	if s := k.Stats(); len(said) != 2 || !strings.Contains(said[1], "written again") || s.Packets != before+uint64(len(r.packets)) {
		t.Errorf("said %q; %+v", said, s)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if n := uint64(len(octetsOf(t, name))); n != k.Stats().Packets {
		t.Errorf("%d packets in the file, %d are counted", n, k.Stats().Packets)
	}
	wireshark(t, "capinfos", name)
}

// A file that cannot be begun is tried again at each look.
func TestKeeperFolderThatIsGone(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	dir := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var said []string
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(dir, "x"), All: true, Say: func(s string) { said = append(said, s) }})
	k.Rotate()
	r.send(t, k, 0, 1)
	os.RemoveAll(dir)
	k.Rotate()
	for range 3 {
		r.send(t, k, 0, 10)
		k.Look(&report.Look{})
	}
	if len(said) != 1 || k.Stats().Lost != 30 {
		t.Errorf("said %q, %+v", said, k.Stats())
	}
	os.Mkdir(dir, 0o700)
	r.send(t, k, 0, 10)
	k.Look(&report.Look{})
	if err := k.Close(); err != nil || len(said) != 2 || k.Stats().Packets != 11 {
		t.Errorf("said %q, %v, %+v", said, err, k.Stats())
	}
}

func FuzzKeeperName(f *testing.F) {
	for _, s := range []string{"x", "%Y%m%d", "%", "a%%b", "%s%j"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, pattern string, count int) {
		n, err := newKeptNames(pattern, count%1000, true)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for i := range 20 {
			name, _ := n.next(time.Unix(int64(i)*3600, 0))
			if name == "" || seen[name] && n.count == 0 && !n.movedAway() {
				t.Fatalf("%q again, or nothing", name)
			}
			seen[name] = true
		}
	})
}

// FuzzKeeper gives packets of any kind and flows that come and go.
func FuzzKeeper(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 200, 6, 7, 8, 9, 10})
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "x")
		k := newTestKeeper(t, KeeperOptions{Name: name, MaxFlows: 3, Memory: 1})
		k.ring.octets = k.ring.octets[:4096]
		for i, n := range b {
			key := keyNumber(n % 5)
			if n&0x80 != 0 {
				s := report.Sighting{News: report.News(n >> 4 & 7)}
				s.Record.Flow = flow.Flow{Key: key, Packets: [2]uint32{uint32(i), 0}}
				s.Record.Verdict.Judgement = [...]classify.Judgement{0, 1, 2, 3}[n>>2&3]
				k.Look(&report.Look{News: []report.Sighting{s}})
				continue
			}
			if n == 5 {
				key = flow.Key{}
			}
			p := capture.Packet{Data: make([]byte, n), Timestamp: int64(i), Interface: uint32(n%3) * 5000, OriginalLength: uint32(i)}
			k.Packets([]capture.Packet{p}, []flow.Key{key})
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		if n := uint64(len(octetsOf(t, name))); n != k.Stats().Packets {
			t.Errorf("%d packets, want %d", n, k.Stats().Packets)
		}
	})
}
