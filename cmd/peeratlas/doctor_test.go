package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/pipeline"
)

func TestDoctorExitStatus(t *testing.T) {
	sample := testdata + "sample.pcap"
	tests := []struct {
		name string
		args []string
		want int
		says string // on either output
	}{
		{"sane", []string{testdata + "office.pcapng"}, exitDone, "Sane: nothing is wrong"},
		{"too little", []string{sample}, exitDone, "Too little traffic"},
		{"cut packets", []string{testdata + "cut60.pcap"}, exitDamaged, "a problem was found"},
		{"damaged", []string{testdata + "damaged.pcapng"}, exitDamaged, "the input itself is damaged or incomplete"},
		{"several captures", []string{sample, testdata + "plain.pcap"}, exitDone, "1,189 packets"},
		{"first packets", []string{"-c", "500", testdata + "office.pcapng"}, exitDone, "500 packets"},
		{"tags expected", []string{"--expect-vlan", testdata + "office.pcapng"}, exitDamaged, "none on 2,582 frames"},
		{"VLAN expected", []string{"--expect-vlan=100,7", testdata + "tunnels.pcap"}, exitDamaged, "What happens in these VLANs is not seen."},
		{"no VLAN", []string{"--expect-vlan=4095", sample}, exitError, "from 1 to 4094"},
		{"home network", []string{"--home-net", "none", testdata + "office.pcapng"}, exitDone, "no home address"},
		{"nothing named", nil, exitError, "name an interface, a capture"},
		{"neither", []string{"no-such-thing"}, exitError, "neither a capture (no such file) nor an interface"},
		{"format", []string{"--format", "csv", sample}, exitError, "text or json"},
		{"duration of a capture", []string{"--duration", "5s", sample}, exitError, "-c takes the first packets"},
		{"no duration", []string{"--duration", "0s", sample}, exitError, "takes some time"},
		{"both", []string{"-i", "lo", sample}, exitError, "cannot be examined together"},
		{"help", []string{"--help"}, exitDone, "3    a problem was found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, stderr := peeratlas(t, nil, append([]string{"doctor"}, tt.args...)...)
			if status != tt.want || !strings.Contains(out+stderr, tt.says) {
				t.Errorf("status %d, want %d with %q\n%s%s", status, tt.want, tt.says, out, stderr)
			}
		})
	}
}

func TestDoctorReadsStandardInput(t *testing.T) {
	status, out, stderr := peeratlas(t, read(t, testdata+"office.pcapng"), "doctor", "--format", "json", "-")
	var r struct {
		Schema, Program, Severity string
		Packets                   uint64
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != exitDone || r.Packets != 2582 || r.Severity != "ok" ||
		!strings.HasPrefix(r.Program, "peeratlas ") {
		t.Errorf("status %d, %+v, %v\n%s", status, r, err, stderr)
	}
}

// A live source, which never ends: the packets of a capture, again and again.
type mirrorPort struct {
	packets []capture.Packet
	at      int
	broken  error
	read    func()
}

func (m *mirrorPort) ReadBatch(dst []capture.Packet) (int, error) {
	if m.read != nil {
		m.read()
	}
	if m.at == len(m.packets) {
		time.Sleep(time.Millisecond)
		return 0, m.broken
	}
	n := copy(dst, m.packets[m.at:])
	m.at += n
	return n, nil
}

func (m *mirrorPort) Stats() capture.Stats {
	return capture.Stats{Packets: uint64(m.at), DroppedBySystem: uint64(m.at)}
}

func (m *mirrorPort) Close() error { return nil }

// live lets doctor read m where it would open an interface, and returns the name of one.
func live(t *testing.T, m *mirrorPort) (name string, asked *capture.LiveOptions) {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		t.Skip("this machine shows no interface")
	}
	f, err := capture.Open([]string{testdata + "office.pcapng"}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var batch [64]capture.Packet
	for err == nil {
		var n int
		n, err = f.ReadBatch(batch[:])
		for _, p := range batch[:n] {
			p.Data = bytes.Clone(p.Data)
			m.packets = append(m.packets, p)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	asked = new(capture.LiveOptions)
	before := openLive
	openLive = func(o capture.LiveOptions) (pipeline.Source, error) { *asked = o; return m, nil }
	t.Cleanup(func() { openLive = before })
	return all[0].Name, asked
}

func TestDoctorWatchesAnInterface(t *testing.T) {
	name, asked := live(t, new(mirrorPort))
	status, out, stderr := peeratlas(t, nil, "doctor", "--duration", "300ms", name)
	if status != exitDamaged || !strings.Contains(out, "2,582 of 5,164 packets were dropped (50%)") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	if len(asked.Interfaces) != 1 || asked.Interfaces[0] != name || len(asked.Program) != 1 {
		t.Errorf("asked for %+v, want %s and every packet", asked, name)
	}
}

func TestDoctorStopsAfterCount(t *testing.T) {
	name, _ := live(t, new(mirrorPort))
	if _, out, stderr := peeratlas(t, nil, "doctor", "-c", "700", "-i", name); !strings.Contains(out, ": 700 packets") {
		t.Errorf("%s%s", out, stderr)
	}
}

func TestDoctorIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := new(mirrorPort)
	m.read = func() {
		if m.at == len(m.packets) {
			cancel()
		}
	}
	name, _ := live(t, m)
	var out, stderr bytes.Buffer
	status := run(ctx, []string{"doctor", name}, nil, &out, &stderr)
	if status != exitInterrupted || !strings.Contains(out.String(), "2,582 packets") || !strings.Contains(out.String(), "interrupted") {
		t.Errorf("status %d\n%s%s", status, out.String(), stderr.String())
	}
}

func TestDoctorTellsErrorsOfTheInterface(t *testing.T) {
	name, _ := live(t, &mirrorPort{broken: errors.New("network is down")})
	if status, out, stderr := peeratlas(t, nil, "doctor", name); status != exitError || !strings.Contains(stderr, "network is down") || out != "" {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
}

// A file comes before an interface of its name; -i asks for the interface.
func TestDoctorPrefersFiles(t *testing.T) {
	name, _ := live(t, new(mirrorPort))
	t.Chdir(t.TempDir())
	if err := os.WriteFile(filepath.Base(name), []byte("no capture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := peeratlas(t, nil, "doctor", name); status != exitError || !strings.Contains(stderr, "not a capture") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if status, out, _ := peeratlas(t, nil, "doctor", "--duration", "100ms", "-i", name); status != exitDamaged || out == "" {
		t.Errorf("-i: status %d", status)
	}
}
