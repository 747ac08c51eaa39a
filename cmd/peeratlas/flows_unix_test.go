//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"peeratlas/export"
)

// A full disk and a closed pipe are told in words with status 2, in every format; Parquet is not thrown at a terminal.
func TestFlowsOnBadOutput(t *testing.T) {
	bin := program(t)
	scripts := map[string]string{"full disk": `"$0" flows --format "$1" "$2" > /dev/full`, "closed pipe": `set -o pipefail; "$0" flows --format "$1" "$2" | true`}
	if _, err := os.Stat("/dev/full"); err != nil {
		delete(scripts, "full disk")
	}
	for _, format := range export.Names() {
		for name, script := range scripts {
			c := exec.Command("bash", "-c", script, bin, format, testdata+"office.pcapng")
			var words strings.Builder
			c.Stderr = &words
			if c.Run(); c.ProcessState.ExitCode() != exitError || !strings.HasPrefix(words.String(), "peeratlas: write standard output: ") ||
				strings.Count(words.String(), "\n") != 1 {
				t.Errorf("%s, %s: %v: %s", format, name, c.ProcessState, words.String())
			}
		}
	}
	if _, err := exec.LookPath("script"); err != nil {
		t.Log("no script(1) here: the refusal on a terminal was not seen")
		return
	}
	c := exec.Command("script", "-qec", bin+" flows --format parquet "+testdata+"sample.pcap", "/dev/null")
	out, _ := c.CombinedOutput()
	if c.ProcessState.ExitCode() != exitError || !strings.Contains(string(out), "a terminal cannot show it; name a file with -o") {
		t.Errorf("on a terminal: %v: %q", c.ProcessState, out)
	}
}
