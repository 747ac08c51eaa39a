package pipeline

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// What a keeper wrote has the flows of the capture that are p2p, with all their packets, wherever in
// the capture the verdicts came.
func TestKeeperKeepsWhatCameBeforeTheVerdict(t *testing.T) {
	for _, capture := range []string{"office.pcapng", "wireguard.pcap", "tunnels.pcap"} {
		r := newReplay(t, "../testdata/"+capture)
		want, _ := judgedFlows(t, nil, nil, "../testdata/"+capture)
		for _, at := range []int{0, 1, len(r.packets) / 3, len(r.packets) - 1, len(r.packets)} {
			name := filepath.Join(t.TempDir(), "x.pcapng")
			k := newTestKeeper(t, KeeperOptions{Name: name})
			r.send(t, k, 0, at)
			k.Look(r.look(at, report.Appeared, func(i int) bool { return i%2 == 0 }))
			r.send(t, k, at, len(r.packets))
			k.Look(r.look(len(r.packets), report.Changed|report.Ended, every))
			if err := k.Close(); err != nil {
				t.Fatal(err)
			}
			got, result := judgedFlows(t, nil, nil, name)
			if !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s, verdict after %d packets: %d flows, want %d", capture, at, len(got), len(want))
			}
			s := k.Stats()
			if s.TooOld != 0 || s.Lost != 0 || s.Beyond != 0 || s.Flows != uint64(len(r.records)) || s.Packets != result.Coverage.Packets || s.Files != 1 {
				t.Errorf("%s, verdict after %d packets: %+v for %d flows and %d packets", capture, at, s, len(r.records), result.Coverage.Packets)
			}
			if n := len(k.flows) + len(k.byKey) + k.text; n != 0 {
				t.Errorf("%s: flows that ended are still held", capture)
			}
			verdicts := 0
			for _, c := range commentsOf(t, name) {
				if strings.HasPrefix(c, "peeratlas: p2p") {
					verdicts++
				} else if c != "" {
					t.Errorf("comment %q", c)
				}
			}
			if verdicts < len(r.records) {
				t.Errorf("%s: %d verdicts in comments, of %d flows", capture, verdicts, len(r.records))
			}
		}
	}
}

func TestKeeperKeepsAll(t *testing.T) {
	const path = "../testdata/office.pcapng"
	r := newReplay(t, path)
	name := filepath.Join(t.TempDir(), "x.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: name, All: true})
	half := len(r.packets) / 2
	r.send(t, k, 0, half)
	k.Look(r.look(half, report.Appeared, every))
	r.send(t, k, half, len(r.packets))
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	same := func(path string) (text string) {
		source, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		home, _ := geo.ParseHome(nil)
		Run(context.Background(), source, Options{Home: home, Write: func(r *report.Record) error {
			text += fmt.Sprintf("%+v %+v\n", r.Flow, r.Verdict)
			return nil
		}})
		return text
	}
	if same(name) != same(path) {
		t.Error("the records of the file are others than those of the capture")
	}
	if !strings.Contains(strings.Join(commentsOf(t, name), "\n"), "peeratlas: p2p") {
		t.Error("no verdict is told")
	}
}

// Where all packets are written at once, each peer-to-peer flow either tells its verdict or is
// counted among those that do not, and the file says how many these are.
func TestKeeperKeepsAllAndCountsWhatItDoesNotTell(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	for _, tt := range []struct {
		name string
		at   int // packets before the look
		news report.News
	}{
		{"ended at the look", len(r.packets), report.Appeared | report.Ended},
		{"open to the end", len(r.packets), report.Appeared},
		{"some go on", len(r.packets) / 2, report.Appeared},
	} {
		name := filepath.Join(t.TempDir(), "x.pcapng")
		k := newTestKeeper(t, KeeperOptions{Name: name, All: true})
		r.send(t, k, 0, tt.at)
		look, keys := r.look(tt.at, tt.news, every), map[flow.Key]bool{}
		for i := range look.News {
			keys[look.News[i].Record.Flow.Key] = true
		}
		k.Look(look)
		r.send(t, k, tt.at, len(r.packets))
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, c := range commentsOf(t, name) {
			if strings.HasPrefix(c, "peeratlas: p2p") {
				told++
			}
		}
		s := k.Stats()
		if int(s.Flows) != len(keys) || int(s.Untold)+told != len(keys) || s.Untold == 0 {
			t.Errorf("%s: %d flows tell their verdict, of %d; %+v", tt.name, told, len(keys), s)
		}
		octets, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(octets), fmt.Sprintf("Of %d encrypted peer-to-peer flows up to here no packet tells", s.Untold)) {
			t.Errorf("%s: the file does not say so: %v", tt.name, err)
		}
	}
}

// All that interfaces count since the file was begun stands at its end.
func TestKeeperTellsWhatInterfacesCount(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	dir := t.TempDir()
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(dir, "x"), Interfaces: []capture.InterfaceInfo{{Name: "eth1", Filter: "ip"}, {Name: "eth2"}}})
	count := func(received, kernel, iface uint64) []report.InterfaceCount {
		return []report.InterfaceCount{{Received: received, DroppedByKernel: kernel, DroppedByInterface: iface}, {Received: 2 * received}}
	}
	r.send(t, k, 0, len(r.packets))
	l := r.look(len(r.packets), report.Appeared, every)
	l.Interfaces = count(100, 7, 3)
	k.Look(l)
	k.Rotate()
	r.send(t, k, 0, len(r.packets))
	k.Look(&report.Look{Interfaces: count(150, 9, 4)})
	k.Close()
	sum := [2]uint64{}
	for _, name := range []string{"x", "x1"} {
		f, err := capture.Open([]string{filepath.Join(dir, name)}, capture.Options{Describe: true})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = f.ReadBatch(make([]capture.Packet, 100))
		}
		s := f.Stats()
		sum[0] += s.DroppedBySystem
		sum[1] += s.DroppedByInterface
		a, _, _ := f.Interface(0)
		b, _, known := f.Interface(1)
		if a.Name != "eth1" || a.Filter != "ip" || b.Name != "eth2" || !known || s.Interfaces != 2 {
			t.Errorf("%s: interfaces %+v, %+v of %d", name, a, b, s.Interfaces)
		}
	}
	if sum != [2]uint64{9, 4} {
		t.Errorf("dropped %v in all files together", sum)
	}
}

func TestKeeperAllocatesNothing(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(t.TempDir(), "x"), Memory: 4 << 20})
	defer k.Close()
	step := func() { k.Packets(r.packets[:1000], r.keys[:1000]) }
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations per 1,000 packets that are held, want 0", n)
	}
	k.Look(r.look(1000, report.Appeared, every))
	step()
	before := k.Stats().Packets
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations per 1,000 packets of which some are written, want 0", n)
	}
	if k.Stats().Packets == before {
		t.Error("no packet was written")
	}
}

// Wireshark's tools read all files whole.
func TestKeeperFilesInWireshark(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	dir := t.TempDir()
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(dir, "x.pcapng"), Size: 40_000})
	r.send(t, k, 0, 500)
	k.Look(r.look(500, report.Appeared, every))
	r.send(t, k, 500, len(r.packets))
	k.Look(r.look(len(r.packets), report.Changed|report.Ended, every))
	k.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if uint64(len(files)) != k.Stats().Files || len(files) < 4 {
		t.Fatalf("files %s, %+v", files, k.Stats())
	}
	packets := 0
	for _, name := range files {
		packets += strings.Count(wireshark(t, "tshark", "-n", "-r", name, "-T", "fields", "-e", "frame.number"), "\n")
		if out := wireshark(t, "capinfos", "-M", name); !strings.Contains(out, "Number of stat entries = 1") {
			t.Errorf("capinfos: %s", out)
		}
	}
	if uint64(packets) != k.Stats().Packets {
		t.Errorf("tshark reads %d packets, want %d", packets, k.Stats().Packets)
	}
}

func BenchmarkKeeper(b *testing.B) {
	r := newReplay(b, "../testdata/office.pcapng")
	for _, n := range []int{0, 1000, 60000} {
		b.Run(fmt.Sprintf("%d flows kept", n), func(b *testing.B) {
			k := newTestKeeper(b, KeeperOptions{Name: os.DevNull})
			l := &report.Look{}
			for i := range n {
				s := report.Sighting{Record: r.records[0], News: report.Appeared}
				s.Record.Flow.Key.Addr[0][3] = 1
				s.Record.Flow.Key.Port = [2]uint16{uint16(i), uint16(i >> 16)}
				s.Record.Flow.Packets = [2]uint32{}
				l.News = append(l.News, s)
			}
			k.Look(l)
			packets := len(r.packets) / 100 * 100
			octets := 0
			for i := range packets {
				octets += len(r.packets[i].Data)
			}
			b.ReportAllocs()
			began := time.Now()
			for b.Loop() {
				r.send(b, k, 0, packets)
			}
			b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
			b.ReportMetric(float64(octets)/float64(packets), "octets/packet")
		})
	}
}
