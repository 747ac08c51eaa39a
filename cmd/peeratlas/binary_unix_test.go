//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "peeratlas")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "peeratlas")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		return "", &os.PathError{Op: string(out), Path: bin, Err: err}
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if bin, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(status)
}

// program is the path of the built program.
func program(t *testing.T) string {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// The built binary tells a closed pipe and a full disk in words, with status 2.
func TestBinaryOnBadOutput(t *testing.T) {
	bin := program(t)
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here: a full disk cannot be shown")
	}
	for name, script := range map[string]string{
		"flows, full disk":   `"$0" flows "$1" > /dev/full`,
		"flows, closed pipe": `set -o pipefail; "$0" flows "$1" | true`,
		"report, full disk":  `"$0" report "$1" > /dev/full`,
		"help":               `"$0" report --help > /dev/full`,
		"version":            `"$0" version > /dev/full`,
		"detectors":          `"$0" detectors > /dev/full`,
		"completion":         `"$0" completion bash > /dev/full`,
	} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command("bash", "-c", script, bin, testdata+"office.pcapng")
			var stderr bytes.Buffer
			c.Stderr = &stderr
			err := c.Run()
			if c.ProcessState.ExitCode() != exitError || !strings.Contains(stderr.String(), "peeratlas: write standard output: ") {
				t.Errorf("%v, stderr %q; want status 2 and words", err, stderr.String())
			}
		})
	}
}

// waited runs the binary until it has read what it was given and waits for more, sends
// signals, and returns how it ended.
func waited(t *testing.T, c *exec.Cmd, signals ...syscall.Signal) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	c.Stdout, c.Stderr = &out, &err
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for _, s := range signals {
		time.Sleep(700 * time.Millisecond)
		c.Process.Signal(s)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		c.Process.Kill()
		<-ended
		t.Fatal("it still waits 20 s after the signal")
	}
	return c.ProcessState.ExitCode(), out.String(), err.String()
}

// An interrupt gives totals so far, though nobody writes to the pipe any more.
func TestInterruptedOnIdlePipe(t *testing.T) {
	c := exec.Command(program(t), "report", "-")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	sample := read(t, testdata+"sample.pcap")
	go stdin.Write(sample[:len(sample)-7]) // in the middle of a packet
	status, out, words := waited(t, c, syscall.SIGUSR1, syscall.SIGINT)
	if status != exitInterrupted || !strings.Contains(out, "The reading was interrupted") || strings.Contains(out, "damaged") {
		t.Errorf("status %d, want %d; %s\n%s", status, exitInterrupted, words, out)
	}
	if !strings.Contains(words, " packets, ") || strings.Contains(words, ": 0 packets") {
		t.Errorf("SIGUSR1 printed no counters: %q", words)
	}
}

// Nobody may ever open a named pipe for writing.
func TestInterruptedBeforeTheFirstPacket(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, words := waited(t, exec.Command(program(t), "report", pipe), syscall.SIGINT)
	if status != exitInterrupted || out != "" || !strings.Contains(words, "before a packet was read") {
		t.Errorf("status %d, stdout %q, stderr %q", status, out, words)
	}
}

// What comes through a pipe is the same as what stands in the file.
func TestBinaryFromPipe(t *testing.T) {
	_, want, _ := peeratlas(t, nil, "flows", testdata+"office.pcapng")
	for name, chunk := range map[string]int{"all at once": 1 << 20, "in pieces": 1000} {
		c := exec.Command(program(t), "flows", "-")
		stdin, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		octets := read(t, testdata+"office.pcapng")
		go func() {
			defer stdin.Close()
			for len(octets) > 0 {
				n := min(chunk, len(octets))
				if _, err := stdin.Write(octets[:n]); err != nil {
					return
				}
				octets = octets[n:]
			}
		}()
		if status, out, words := waited(t, c); status != 0 || out != want {
			t.Errorf("%s: status %d, %s, other flows than from the file", name, status, words)
		}
	}
}

// A file that may not be read is a loss; notes beside captures are none.
func TestFolderWithUnreadableCapture(t *testing.T) {
	dir := t.TempDir()
	for name, octets := range map[string][]byte{"a.pcap": read(t, testdata+"sample.pcap"), "notes.txt": []byte("notes")} {
		if err := os.WriteFile(filepath.Join(dir, name), octets, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status, out, words := peeratlas(t, nil, "report", dir)
	if status != exitDone || !strings.Contains(out, "1 other file not read") || !strings.Contains(strings.Join(strings.Fields(out), " "), "Try peeratlas explain") ||
		strings.Contains(out, "a.pcap") {
		t.Errorf("status %d, %s\n%s", status, words, out)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "b.pcap")); err != nil {
		t.Fatal(err)
	}
	status, out, words = peeratlas(t, nil, "report", dir)
	if status != exitDamaged || !strings.Contains(out, "files that could not be read (1)") || !strings.Contains(words, "b.pcap was not read") {
		t.Errorf("status %d, %s\n%s", status, words, out)
	}
}

// The built binary joins a listing from standard input, and a page appears only when it is whole.
func TestBinaryNetstat(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	page := filepath.Join(dir, "launch.html")
	c := exec.Command(bin, "diff", "--netstat", "-", "--format", "html", "-o", page, testdata+"plain.pcap", testdata+"office.pcapng")
	c.Stdin = strings.NewReader(windowsOffice)
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(got, []byte("Skype.exe (4711)")) || !bytes.HasSuffix(got, []byte("</html>\n")) {
		t.Errorf("%v: %.200s", err, got)
	}
	c = exec.Command(bin, "diff", "--format", "html", "-o", filepath.Join(dir, "none", "x.html"), testdata+"plain.pcap", testdata+"office.pcapng")
	if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != exitError || !strings.Contains(string(out), "no such file or directory") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here: a full disk cannot be shown")
	}
	c = exec.Command("bash", "-c", `"$0" diff --format html "$1" "$2" > /dev/full`, bin, testdata+"plain.pcap", testdata+"office.pcapng")
	if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != exitError || !strings.Contains(string(out), "write standard output: no space left") {
		t.Errorf("%v: %s", err, out)
	}
}
