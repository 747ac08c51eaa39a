package pipeline

import (
	"strings"
	"testing"
)

func TestSplitSubject(t *testing.T) {
	const file = "subject_test.go" // what exists may be a capture
	tests := []struct{ words, subject, rest, err string }{
		{file, "", file, ""},
		{file + " 192.0.2.1", "192.0.2.1", file, ""},
		{file + " 192.0.2.1:443", "192.0.2.1:443", file, ""},
		{file + " [2001:db8::1]:443", "[2001:db8::1]:443", file, ""},
		{file + " 2001:db8::1", "2001:db8::1", file, ""},
		{file + " ::ffff:192.0.2.1", "192.0.2.1", file, ""},
		{file + " 1:t7AeVdpzGBNDajRt4OpUTWGbHSs=", "1:t7AeVdpzGBNDajRt4OpUTWGbHSs=", file, ""},
		{file + " udp 192.0.2.1", "192.0.2.1", file + " udp", ""},
		{file + " " + file + " 192.0.2.1", "192.0.2.1", file + " " + file, ""},
		{file + " " + file, "", file + " " + file, ""},
		{file + " host 192.0.2.1", "", file + " host 192.0.2.1", ""},
		{file + " udp", "", file + " udp", ""},
		{file + " -", "", file + " -", ""},
		{"192.0.2.1", "192.0.2.1", "", ""}, // the capture comes by -r
		{file + " 192.0.2.999", "", "", `"192.0.2.999" is no file`},
		{file + " 192.0.2.1/24", "", "", `"192.0.2.1/24" is no file`},
	}
	for _, tt := range tests {
		s, rest, err := SplitSubject(strings.Fields(tt.words))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.words, err, tt.err)
			}
			continue
		}
		got := ""
		if !s.Empty() {
			got = s.String()
		}
		if err != nil || got != tt.subject || strings.Join(rest, " ") != tt.rest {
			t.Errorf("%s: %q of %q, %v; want %q of %q", tt.words, got, rest, err, tt.subject, tt.rest)
		}
	}
}
