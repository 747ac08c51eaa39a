package main

import (
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
