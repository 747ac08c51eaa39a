package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clickHouse starts a server in this thread's network, over a folder; more is what its configuration says besides.
func clickHouse(t *testing.T, folder string, ports [2]int, more string) *exec.Cmd {
	t.Helper()
	for name, text := range map[string]string{
		"config.xml": fmt.Sprintf(`<yandex><logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/errors</errorlog></logger>
			<http_port>%[2]d</http_port><tcp_port>%[3]d</tcp_port><listen_host>0.0.0.0</listen_host><path>%[1]s/data/</path>
			<tmp_path>%[1]s/tmp/</tmp_path><users_config>%[1]s/users.xml</users_config><default_profile>default</default_profile>
			<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size><timezone>UTC</timezone>%[4]s</yandex>`, folder, ports[0], ports[1], more),
		"users.xml": `<yandex><profiles><default></default></profiles><users><watcher><password>hunter2</password><networks><ip>::/0</ip></networks>
			<profile>default</profile><quota>default</quota></watcher></users><quotas><default></default></quotas></yandex>`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("clickhouse-server", "--config-file="+folder+"/config.xml")
	c.Dir = folder
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killed9(c) })
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		// Dialling must be done on this thread: it alone is in the namespace.
		if out, err := exec.Command("bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d", ports[0])).CombinedOutput(); err == nil {
			return c
		} else if time.Now().After(end) {
			t.Fatalf("the server does not start: %s", out)
		}
	}
}

// killed9 ends a server as a loss of power would.
func killed9(c *exec.Cmd) {
	c.Process.Kill()
	c.Wait()
}

// needsClickHouse skips a test where there is no server.
func needsClickHouse(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a server takes its time to start")
	}
	if _, err := exec.LookPath("clickhouse-server"); err != nil {
		t.Skip("there is no clickhouse-server here (Debian: apt-get install clickhouse-server)")
	}
}

// A watch in its jail sends what it finds to a server that is killed meanwhile: its report is that of the
// watch, and the password is nowhere to be seen.
func TestWatchStoresRemotely(t *testing.T) {
	needsClickHouse(t)
	inOwnNetwork(t)
	dir, folder, ports := outputs(t), t.TempDir(), [2]int{28123, 29000} // nobody else is in this network
	t.Setenv("PEERATLAS_STORE_PASSWORD", "hunter2")
	address := fmt.Sprintf("clickhouse://watcher@127.0.0.1:%d/traffic", ports[0])
	server := clickHouse(t, folder, ports, "")
	list, out := frames(t, testdata+"office.pcapng"), newWire(t)
	w := watching(t, "--store", address, "--sensor", "mirror", "--store-spool", dir, "--store-flush", "100ms", "--look", "100ms")
	out.send(t, list[:len(list)/2], 3000)
	time.Sleep(300 * time.Millisecond)
	killed9(server)
	out.send(t, list[len(list)/2:], 3000)
	time.Sleep(time.Second)
	clickHouse(t, folder, ports, "")
	time.Sleep(2500 * time.Millisecond)
	w.end(t, syscall.SIGTERM)
	if said := w.said(); !strings.Contains(said, "batches wait in") || !strings.Contains(said, "none waits") || strings.Contains(said, "hunter2") {
		t.Errorf("said %s", said)
	}
	run := func(args ...string) string {
		text, err := exec.Command(program(t), args...).CombinedOutput() // on this thread, in its network
		if err != nil {
			t.Errorf("%v: %v: %s", args, err, text)
		}
		return string(text)
	}
	finding := regexp.MustCompile(`(?s)hosts? makes? encrypted.*?answered`)
	stored := run("report", "--store", address, "--sensor", "mirror")
	if want := finding.FindString(w.printed()); want == "" || finding.FindString(stored) != want {
		t.Errorf("the watch has found %q, its store says\n%s", want, stored)
	}
	// Captures are the same from a server and from a file.
	direct := run("report", "--store", address, "--sensor", "desk", testdata+"skype-classic.pcap")
	run("report", "--store", address, "--sensor", "desk", testdata+"skype-classic.pcap")
	if got := run("report", "--store", address, "--sensor", "desk"); got != direct {
		t.Errorf("the report of the server is another: %s", firstDifference(got, direct))
	}
	if left, _ := filepath.Glob(dir + "/*.batch"); len(left) > 0 {
		t.Errorf("%d batches are left", len(left))
	}
}
