//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program that fails on a payload says so with the packet's number, does the rest of its work,
// and ends with status 3. The program of this test is built with a detector that fails.
func TestBinaryTellsItsFaults(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "peeratlas")
	if out, err := exec.Command("go", "build", "-tags", "faulty", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	payload := "a payload that a faulty detector panics on"
	plain := read(t, testdata+"plain.pcap")
	frame := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, byte(28 + len(payload)), 0, 1, 0, 0, 64, 17, 0, 0,
		10, 0, 0, 77, 203, 0, 113, 77, 0x9c, 0xbb, 0x9c, 0xbc, 0, byte(8 + len(payload)), 0, 0}
	frame = append(frame, payload...)
	record := append(bytes.Clone(plain[24:32]), binary.LittleEndian.AppendUint32(nil, uint32(len(frame)))...)
	record = append(append(record, record[8:12]...), frame...)
	marked := append(append(bytes.Clone(plain[:24]), record...), plain[24:]...)
	path := filepath.Join(t.TempDir(), "marked.pcap")
	if err := os.WriteFile(path, marked, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(bin, path string) (status int, flows []byte, words string) {
		var out, stderr bytes.Buffer
		c := exec.Command(bin, "report", "--format", "json", path)
		c.Stdout, c.Stderr = &out, &stderr
		if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), out.Bytes(), stderr.String()
	}
	status, out, words := run(bin, path)
	if status != exitDamaged || !strings.Contains(words, "this program failed 1 time and passed over what it failed on, first at packet 1 (observing: on the mark") {
		t.Errorf("status %d, %q", status, words)
	}
	var told struct {
		Coverage struct {
			Flows, Panics, Panic_packet int
			Panic                       string
		}
	}
	if err := json.Unmarshal(out, &told); err != nil || told.Coverage.Panics != 1 || told.Coverage.Panic_packet != 1 || told.Coverage.Panic == "" {
		t.Errorf("%v, %+v", err, told)
	}
	if status, _, words := run(bin, testdata+"plain.pcap"); status != exitDone || words != "" {
		t.Errorf("without the payload: status %d, %q", status, words)
	}
	if status, _, words := run(program(t), path); status != exitDone || words != "" {
		t.Errorf("the program of users: status %d, %q", status, words)
	}
}
