package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAccuracy(t *testing.T) {
	page := filepath.Join(t.TempDir(), "accuracy.md")
	status, out, stderr := peeratlas(t, nil, "accuracy", "-o", page, testdata)
	if status != exitDone || out != "" {
		t.Fatalf("status %d, %q on stdout: %s", status, out, stderr)
	}
	text := string(read(t, page))
	if !strings.HasPrefix(text, "# Accuracy\n") || !strings.Contains(text, "| testdata | 18 |") || strings.Contains(text, "## Calibration") {
		t.Errorf("the page is\n%.300s", text)
	}
	for _, row := range []struct {
		name string
		args []string
		says string
	}{
		{"too few to fit", []string{"accuracy", "--fit", testdata, testdata}, "too few"},
		{"weights of no fit", []string{"accuracy", "--weights", page, testdata}, "--fit FOLDER"},
		{"no labels", []string{"accuracy", t.TempDir()}, "no label files"},
		{"no folder", []string{"accuracy"}, "name one with captures"},
	} {
		if status, _, stderr := peeratlas(t, nil, row.args...); status != exitError || !strings.Contains(stderr, row.says) {
			t.Errorf("%s: status %d, %q", row.name, status, stderr)
		}
	}
	if again := string(read(t, page)); again != text {
		t.Error("a run that failed changed the file")
	}
}
