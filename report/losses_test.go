package report

import (
	"strings"
	"testing"
)

func TestLossLines(t *testing.T) {
	cut := []Count{{"last packet cut short by the end of the file", 1}, {"octets skipped", 1062}}
	tests := []struct {
		name string
		c    Coverage
		want []string
	}{
		{"nothing", Coverage{Packets: 7, Skipped: []Skipped{{"notes.txt", "not a capture", false}}}, nil},
		{"one input", Coverage{Damaged: []Damage{{"a.pcap", cut, ""}}},
			[]string{"a.pcap is damaged or incomplete: last packet cut short by the end of the file (1) and octets skipped (1,062)"}},
		{"standard input, with its error", Coverage{Damaged: []Damage{{"-", []Count{{"decompression errors", 1}}, "gzip: invalid checksum"}}},
			[]string{"standard input is damaged or incomplete: decompression errors (1): gzip: invalid checksum"}},
		{"hostile names", Coverage{Damaged: []Damage{{"\x1b[2J\n.pcap", []Count{{"damaged places", 1}}, "\x1b]0;x\a"}}, Skipped: []Skipped{{"\rx", "y\n", true}}},
			[]string{`\x1b[2J\x0a.pcap is damaged or incomplete: damaged places (1): \x1b]0;x\x07`, `\x0dx was not read: y\x0a`}},
		{"no permission", Coverage{Skipped: []Skipped{{"d/x.pcap", "permission denied", true}}}, []string{"d/x.pcap was not read: permission denied"}},
		{"a fault of its own", Coverage{Panics: 2, PanicFrame: 1234, Panic: "observing: \x1b[2J"},
			[]string{`this program failed 2 times and passed over what it failed on, first at packet 1,234 (observing: \x1b[2J): please report it with the capture`}},
		{"a fault of no packet", Coverage{Panics: 1, Panic: "judging: x"},
			[]string{`this program failed 1 time and passed over what it failed on (judging: x): please report it with the capture`}},
		{"cut and dropped", Coverage{Packets: 10, Cut: 9, Dropped: 1},
			[]string{"1 packet was dropped while the capture was made", "9 of 10 packets cut short by the snap length; capture them whole (tcpdump -s 0)"}},
	}
	for _, tt := range tests {
		if got := tt.c.LossLines(); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got\n%q\nwant\n%q", tt.name, got, tt.want)
		}
	}
	var many Coverage
	for range 100 {
		many.Damaged = append(many.Damaged, Damage{Input: "x", Lost: cut})
	}
	if got := many.LossLines(); len(got) != mostLosses+1 || got[mostLosses] != "92 more inputs are damaged or unreadable" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

func TestFindingOfNothing(t *testing.T) {
	for want, c := range map[string]Coverage{
		"There was nothing to judge: the filter left out all of 7 packets.": {Packets: 7, Filtered: 7},
		"There was nothing to judge: 7 packets, no TCP or UDP flow.":        {Packets: 7, Filtered: 6},
		"There was nothing to judge: 0 packets, no TCP or UDP flow.":        {},
	} {
		if got := finding(&Summary{Coverage: c}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
