package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test's binary is the lab when it runs itself as a peer.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "peer" {
		if err := dispatch(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

// needLab skips where namespaces are not to be had; CI has them.
func needLab(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a lab takes a minute")
	}
	if os.Geteuid() != 0 {
		t.Skip("namespaces need root")
	}
	if err := need([]string{"ip", "nft", "ethtool", "tcpdump"}); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

type verdict struct {
	Proto   string `json:"proto"`
	SrcIP   string `json:"src_ip"`
	SrcPort int    `json:"src_port"`
	DstIP   string `json:"dst_ip"`
	DstPort int    `json:"dst_port"`
	P2P     bool   `json:"p2p"`
	Family  string `json:"family"`
	Path    string `json:"path"`
}

func key(proto, a string, pa any, b string, pb any) string {
	x, y := fmt.Sprint(a, " ", pa), fmt.Sprint(b, " ", pb)
	if y < x {
		x, y = y, x
	}
	return proto + " " + x + " " + y
}

func (v *verdict) key() string { return key(v.Proto, v.SrcIP, v.SrcPort, v.DstIP, v.DstPort) }

// Three programs for a minute: what watch says while they talk, and what flows says of the file,
// are both what was started.
func TestLiveAndFile(t *testing.T) {
	needLab(t)
	peeratlas := filepath.Join(t.TempDir(), "peeratlas")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", peeratlas, "./cmd/peeratlas").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	some, err := findScenes("webrtc-nat,wireguard-mesh,https")
	if err != nil {
		t.Fatal(err)
	}
	o := runOptions{scenes: some, seconds: 60, dir: t.TempDir()}
	scratch := t.TempDir()
	if err := os.Mkdir(filepath.Join(scratch, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := newLab(context.Background(), nextName(), scratch, o)
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err != nil {
		t.Fatal(err)
	}
	tap, err := l.capture()
	if err != nil {
		t.Fatal(err)
	}
	watch, events := startWatch(t, l, peeratlas)
	begun := time.Now()
	if err := l.play(some); err != nil {
		t.Fatal(err)
	}
	lost, err := tap.stop()
	if err != nil {
		t.Fatal(err)
	}
	watch.Process.Signal(syscall.SIGTERM)
	// 130: it was told to end, and wrote what it had; a watch that fell or saw a breach ends otherwise.
	if err := watch.Wait(); watch.ProcessState.ExitCode() != 130 {
		t.Errorf("watch: %v", err)
	}
	if err := l.conclude("short", some, o, begun, lost); err != nil {
		t.Fatal(err)
	}
	truth := readTruth(t, filepath.Join(o.dir, "short.labels.csv"))
	compare(t, "watch", truth, readEvents(t, events.Bytes()))
	out, err := exec.Command(peeratlas, "flows", filepath.Join(o.dir, "short.pcapng")).Output()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "flows", truth, readFlows(t, out))
}

func startWatch(t *testing.T, l *Lab, peeratlas string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var events bytes.Buffer
	watch := exec.Command("ip", "netns", "exec", l.run+"switch", peeratlas, "watch", "mirrored", "--format", "json")
	watch.Stdout = &events
	watch.Stderr = os.Stderr
	watch.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// A file's own folder may be closed to whom watch becomes: it reads none.
	watch.Dir = "/"
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	return watch, &events
}

func readTruth(t *testing.T, path string) map[string][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string][]string{}
	for _, r := range rows[1:] {
		truth[key(r[0], r[1], r[2], r[3], r[4])] = r
	}
	if len(truth) < 6 {
		t.Fatalf("only %d flows", len(truth))
	}
	return truth
}

func readFlows(t *testing.T, data []byte) map[string]verdict {
	t.Helper()
	found := map[string]verdict{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		found[v.key()] = v
	}
	return found
}

// readEvents keeps the last that watch said of each flow; the report at the end is no event.
func readEvents(t *testing.T, data []byte) map[string]verdict {
	t.Helper()
	found := map[string]verdict{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e struct {
			Event string  `json:"event"`
			Flow  verdict `json:"flow"`
		}
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "flow" {
			found[e.Flow.key()] = e.Flow
		}
	}
	return found
}

// compare wants every positive flow called so, by its name and path, and no negative one.
func compare(t *testing.T, by string, truth map[string][]string, found map[string]verdict) {
	t.Helper()
	called := 0
	for k, r := range truth {
		v := found[k]
		switch {
		case r[5] == positive && !v.P2P:
			t.Errorf("%s misses %s (%s)", by, k, r[10])
		case r[5] == negative && v.P2P:
			t.Errorf("%s calls %s peer-to-peer (%s), which is %s", by, k, v.Family, r[10])
		case r[5] == positive && !strings.Contains(r[6], v.Family):
			t.Errorf("%s calls %s %s, which is %s", by, k, v.Family, r[6])
		case r[5] == positive && (r[7] == "1") != (v.Path == "relayed"):
			t.Errorf("%s calls the path of %s %s, which is %s", by, k, v.Path, r[10])
		case r[5] == positive:
			called++
		}
	}
	if called < 4 {
		t.Errorf("%s found %d flows of peers, 4 at least were there", by, called)
	}
}
