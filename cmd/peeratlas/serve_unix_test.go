//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServeUsage(t *testing.T) {
	dir := t.TempDir()
	file, empty := dir+"/history.db", dir+"/token"
	os.WriteFile(empty, nil, 0o600)
	peeratlas(t, nil, "report", "--store", file, testdata+"sample.pcap")
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"no store", []string{"serve"}, "--store FILE.db"},
		{"none there", []string{"serve", "--store", dir + "/none.db"}, "name one that --store has written"},
		{"to everybody", []string{"serve", "--store", file, "--listen", "0.0.0.0:0"}, "others than this machine would read it"},
		{"to everybody, by no name", []string{"serve", "--store", file, "--listen", ":0"}, "others than this machine would read it"},
		{"no port", []string{"serve", "--store", file, "--listen", "127.0.0.1"}, "address with a port"},
		{"empty token", []string{"serve", "--store", file, "--token-file", empty}, "--token-file"},
		{"a rate that is none", []string{"serve", "--store", file, "--rate", "-1"}, "--rate is a number"},
		{"no number", []string{"serve", "--store", file, "--rate", "NaN"}, "--rate is a number"},
		{"half a certificate", []string{"serve", "--store", file, "--tls-key", empty}, "belong together"},
		{"clients without a certificate", []string{"serve", "--store", file, "--client-ca", empty}, "needs --tls-certificate"},
	} {
		if status, _, stderr := peeratlas(t, nil, tt.args...); status != exitError || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: status %d: %s, want %q", tt.name, status, stderr, tt.says)
		}
	}
}

// The program answers while a watch writes, and ends when it is told to.
func TestBinaryServes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	_, want, _ := peeratlas(t, nil, "report", "--format", "json", "--store", file, testdata+"office.pcapng")
	c := exec.Command(program(t), "serve", "--store", file, "--listen", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "listening at ")
	if err != nil || !found {
		t.Fatalf("%v: %q", err, line)
	}
	get := func(path string) []byte {
		r, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 200 {
			t.Errorf("%s: status %d, %v: %s", path, r.StatusCode, err, body)
		}
		return body
	}
	if page := string(get("/")); !strings.Contains(page, "/assets/dashboard.js") || !strings.Contains(page, `id="m-DE"`) {
		t.Errorf("no dashboard: %.300s", page)
	}
	events, err := http.Get(address + "/api/v1/events") // it stays open until the program ends
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	stream := bufio.NewReader(events.Body)
	if line, err := stream.ReadString('\n'); err != nil || line != "retry: 3000\n" {
		t.Errorf("events begin with %q, %v", line, err)
	}
	var report struct{ Countries, Hosts, Peers []json.RawMessage }
	if err := json.Unmarshal([]byte(want), &report); err != nil {
		t.Fatal(err)
	}
	for path, n := range map[string]int{"countries": len(report.Countries), "hosts": len(report.Hosts), "peers": len(report.Peers)} {
		var answer struct {
			Items []json.RawMessage
			Total int
		}
		if err := json.Unmarshal(get("/api/v1/"+path), &answer); err != nil || len(answer.Items) != n || answer.Total != n || n == 0 {
			t.Errorf("%s: %d of %d, the report has %d; %v", path, len(answer.Items), answer.Total, n, err)
		}
	}
	if status, _, words := peeratlas(t, nil, "watch", "-r", testdata+"skype-classic.pcap", "--speed", "0", "--sensor", "late", "--store", file); status != exitDone {
		t.Errorf("a watch beside it: status %d: %s", status, words)
	}
	if body := get("/api/v1/coverage?sensor=late"); !strings.Contains(string(body), "skype-classic.pcap") {
		t.Errorf("what came later is not seen: %s", body)
	}
	late := time.AfterFunc(20*time.Second, func() { events.Body.Close() })
	for told := ""; !strings.Contains(told, `"sensors":2`); {
		if told, err = stream.ReadString('\n'); err != nil {
			t.Fatalf("the stream does not tell of the second sensor: %v", err)
		}
	}
	late.Stop()
	get("/metrics")
	get("/readyz")
	c.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}
