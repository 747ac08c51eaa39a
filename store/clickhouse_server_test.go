package store

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is a real ClickHouse on loopback, with an empty folder of its own.
type server struct {
	t      testing.TB
	folder string
	port   int
	cmd    *exec.Cmd
}

// newServer starts one. Where there is none installed, the test is skipped.
func newServer(t testing.TB) *server {
	t.Helper()
	return newServerWith(t, "")
}

// newServerWith starts one with more in its configuration.
func newServerWith(t testing.TB, more string) *server {
	t.Helper()
	if testing.Short() {
		t.Skip("a server takes its time to start")
	}
	binary, err := exec.LookPath("clickhouse-server")
	if err != nil {
		t.Skip("there is no clickhouse-server here (Debian: apt-get install clickhouse-server)")
	}
	s := &server{t: t, folder: t.TempDir(), port: freePort(t)}
	for name, text := range map[string]string{
		"config.xml": fmt.Sprintf(`<yandex><logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/errors</errorlog></logger>
			<http_port>%[2]d</http_port><tcp_port>%[3]d</tcp_port><listen_host>127.0.0.1</listen_host><path>%[1]s/data/</path>
			<tmp_path>%[1]s/tmp/</tmp_path><users_config>%[1]s/users.xml</users_config><default_profile>default</default_profile>
			<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size><timezone>UTC</timezone>%[4]s</yandex>`, s.folder, s.port, freePort(t), more),
		"users.xml": `<yandex><profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
			<users><watcher><password>se'cret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></watcher>
			<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
			<quotas><default></default></quotas></yandex>`,
	} {
		if err := os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.cmd = exec.Command(binary, "--config-file="+s.folder+"/config.xml")
	s.start()
	t.Cleanup(s.kill)
	return s
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.cmd.Path, s.cmd.Args[1:]...)
	s.cmd.Dir = s.folder
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/ping", s.port)); err == nil {
			r.Body.Close()
			return
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(s.folder + "/errors")
			s.t.Fatalf("the server does not start: %s", log)
		}
	}
}

// kill ends the server as a loss of power would.
func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *server) options() ClickHouseOptions {
	return ClickHouseOptions{URL: fmt.Sprintf("clickhouse://watcher@127.0.0.1:%d/traffic", s.port), Password: "se'cret", Timeout: 10 * time.Second}
}

func (s *server) open(o ClickHouseOptions) *ClickHouse {
	s.t.Helper()
	c, err := OpenClickHouse(context.Background(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// value is the one number that a query answers.
func (s *server) value(c *ClickHouse, query string) (n int) {
	s.t.Helper()
	err := ask(context.Background(), c, query, func(r *struct {
		N int `json:"n,string"`
	}) error {
		n = r.N
		return nil
	})
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestClickHouseRefuses(t *testing.T) {
	for url, says := range map[string]string{
		"clickhouse://u:hunter2@127.0.0.1:1/db":        "seen by everybody",
		"clickhouse://127.0.0.1:1":                     "DATABASE",
		"clickhouse://127.0.0.1:1/a.b":                 "letters, digits",
		"clickhouse://127.0.0.1:1/db?password=hunter2": "DATABASE",
		"clickhouse://127.0.0.1:1/db":                  "is the server up",
	} {
		_, err := OpenClickHouse(context.Background(), ClickHouseOptions{URL: url})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", url, err, says)
		}
	}
}
