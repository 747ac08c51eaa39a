package main

import "testing"

// FuzzSize reads sizes: what is taken lies within bounds and is written as it is read.
func FuzzSize(f *testing.F) {
	for _, s := range []string{"96MiB", "2GiB", "1 TiB", "1023KiB", "-1", "9223372036854775807KiB", "+5", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again size
		if s.Set(text) != nil {
			return
		}
		if s < 1<<20 || s > mostMemory || s.heap() <= 0 {
			t.Fatalf("%q is %d", text, s)
		}
		if err := again.Set(s.String()); err != nil || again != s>>20<<20 {
			t.Fatalf("%q is written as %s, and that read as %d, %v", text, s.String(), again, err)
		}
	})
}
