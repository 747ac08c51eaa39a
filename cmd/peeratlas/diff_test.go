package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	office := testdata + "office.pcapng"
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"two captures", []string{testdata + "plain.pcap", office}, exitDone, "192.168.10.23: 31 new peers, 0 gone, 0 stayed"},
		{"the same twice", []string{office, office}, exitDone, "Nothing changed."},
		{"a filter", []string{testdata + "plain.pcap", office, "host 192.168.10.31"}, exitDone, "1 host has more new"},
		{"a moment", []string{"--at", "2025-03-12 09:01:00", office}, exitDone, "families  + webrtc"},
		{"a moment with a zone", []string{"--at", "2025-03-12T10:01:00+01:00", office}, exitDone, "families  + webrtc"},
		{"a moment elsewhere", []string{"--at", "2020-01-01T00:00:00Z", office}, exitError, "the capture runs from 2025-03-12T09:00:00Z"},
		{"no moment", []string{"--at", "noon", office}, exitError, "write it as 2026-11-25T09:05:00Z"},
		{"one capture", []string{office}, exitError, "name two captures, BEFORE and AFTER"},
		{"a format that is none", []string{"--format", "pdf", office, office}, exitError, "choose text, json or html"},
		{"damage", []string{office, testdata + "damaged.pcapng"}, exitDamaged, "Before"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, words := peeratlas(t, nil, append([]string{"diff"}, tt.args...)...)
			if status != tt.status || !strings.Contains(out+words, tt.want) {
				t.Errorf("status %d, want %d\n%s\n%s", status, tt.status, out, words)
			}
		})
	}
	_, out, _ := peeratlas(t, nil, "diff", "--format", "json", testdata+"plain.pcap", office)
	var d struct {
		Schema string
		Hosts  []struct {
			Address      string
			Beyond_noise bool
			Peers_gained []struct{ Address string }
		}
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Schema != "peeratlas-diff/1" || len(d.Hosts) != 2 || !d.Hosts[0].Beyond_noise || len(d.Hosts[0].Peers_gained) != 31 {
		t.Errorf("%v: %+v", err, d)
	}
}
