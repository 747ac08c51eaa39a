package main

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{
		"96": 96 << 20, "96MiB": 96 << 20, "1 GiB": 1 << 30, "2GiB": 2 << 30, "2048KiB": 2 << 20, "1TiB": 1 << 40,
		"": -1, "0": -1, "-1": -1, "1KiB": -1, "MiB": -1, "96MB": -1, "1e3": -1, "99999999999999": -1, "9999999TiB": -1,
	} {
		var s size
		err := s.Set(text)
		if (err == nil) != (want > 0) || err == nil && int64(s) != want {
			t.Errorf("%q: %d, %v; want %d", text, s, err, want)
		}
	}
	if s := size(96 << 20); s.String() != "96MiB" {
		t.Errorf("written as %s", s.String())
	}
}
