package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	for module, want := range map[string]string{
		"":                                   "0.1.0-dev",
		"(devel)":                            "0.1.0-dev",
		"v0.0.0-20261126081510-4c98f79484a4": "0.1.0-dev.20261126081510-4c98f79484a4",
		"v0.0.0-20261126081510-4c98f79484a4+dirty": "0.1.0-dev.20261126081510-4c98f79484a4+dirty",
		"v0.1.0":                               "0.1.0",
		"v0.1.0+dirty":                         "0.1.0+dirty",
		"v0.1.1-0.20261201081510-4c98f79484a4": "0.1.1-0.20261201081510-4c98f79484a4",
		"v0.2.0-rc.1.0.20261201081510-4c98f79484a4": "0.2.0-rc.1.0.20261201081510-4c98f79484a4",
	} {
		if got := versionOf(module); got != want {
			t.Errorf("%q: %q, want %q", module, got, want)
		}
	}
	status, out, stderr := peeratlas(t, nil, "version")
	if status != exitDone || !strings.HasPrefix(out, "peeratlas "+buildVersion()+", go") || !strings.Contains(out, "\n"+buildCommit()+"\n") {
		t.Errorf("status %d: %s%s", status, out, stderr)
	}
}

// TestReadme asserts that the program prints what the README shows, and that its first command reads the same capture.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	readme := string(read(t, filepath.Join(root, "README.md")))
	_, rest, found := strings.Cut(readme, "```\n$ peeratlas report ")
	shown, after, closed := strings.Cut(rest, "```\n")
	name, want, named := strings.Cut(shown, "\n")
	if !found || !closed || !named {
		t.Fatal("the README shows no report")
	}
	if !strings.Contains(after, "```\ngo run ./cmd/peeratlas report "+name+"\n") {
		t.Errorf("its first command does not read %s", name)
	}
	path := filepath.Join(root, filepath.FromSlash(name))
	status, out, stderr := peeratlas(t, nil, "report", path)
	if got := strings.ReplaceAll(out, path, name); status != exitDone || got != want {
		t.Errorf("status %d: %s%s\nthe README shows\n%s", status, got, stderr, want)
	}
}
