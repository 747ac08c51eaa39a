package pipeline

import (
	"bytes"
	"os/exec"
	"testing"
)

// wireshark runs one of its tools; a machine without them says so.
func wireshark(t *testing.T, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("%s is not installed: what it reads of our files is not compared", tool)
	}
	var out, words bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil || bytes.Contains(words.Bytes(), []byte("cut short")) {
		t.Fatalf("%s %s: %v: %s", tool, args, err, &words)
	}
	return out.String()
}
