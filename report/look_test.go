package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
)

// hostileSighting is of a flow whose every text is somebody else's.
func hostileSighting() Sighting {
	const evil = "\x1b[31m\nname\r\u202e\","
	r := far{proto: packet.UDP, src: "192.168.1.7", sport: 5000, dst: "203.0.113.9", dport: 6000, judgement: classify.P2P, family: evil,
		path: classify.Direct, payloads: [2]uint32{1, 1}, name: classify.Name{Text: evil, Source: classify.FromDNS}}.record()
	for e := range r.Location {
		r.Location[e].ASOrg, r.Location[e].Country = evil, evil
	}
	r.Verdict.Evidence = []classify.Evidence{{Claim: evil, Bits: 9, Counted: 9, Detail: evil}}
	s := Sighting{Record: *r, News: Appeared | Ended}
	for e := range s.Owner {
		s.Owner[e] = Owner{PID: 12, Name: evil, User: evil}
	}
	return s
}

func sighted(judgement classify.Judgement, peer string, news News) Sighting {
	return Sighting{News: news, Record: *far{proto: packet.UDP, src: "192.168.1.7", sport: 5000, dst: peer, dport: 6000, judgement: judgement,
		family: "webrtc", path: classify.Direct, payloads: [2]uint32{1, 1}, start: 3 * time.Second}.record()}
}

func TestLookLinesTellOncePerPair(t *testing.T) {
	var out, words bytes.Buffer
	p := NewLookLines(&out, &words)
	steps := []struct {
		judgement classify.Judgement
		peer      string
		says      string // "" is nothing
	}{
		{classify.Likely, "203.0.113.9", " likely webrtc direct udp 192.168.1.7:5000 -> 203.0.113.9:6000 "},
		{classify.Likely, "203.0.113.9", ""},
		{classify.P2P, "203.0.113.9", " p2p webrtc direct udp 192.168.1.7:5000 -> 203.0.113.9:6000 "},
		{classify.P2P, "203.0.113.9", ""},
		{classify.Likely, "203.0.113.9", ""},
		{classify.Other, "203.0.113.77", ""},
		{classify.P2P, "203.0.113.10", ": both ends sent connectivity checks: two ICE agents (+17.0 bits)\n"},
	}
	for i, s := range steps {
		out.Reset()
		if err := p.Look(&Look{News: []Sighting{sighted(s.judgement, s.peer, Changed)}}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, s.says) || s.says == "" && got != "" || strings.Count(got, "\n") > 1 {
			t.Errorf("step %d: %q, want %q", i, got, s.says)
		}
	}
	if words.Len() > 0 {
		t.Errorf("words: %s", words.String())
	}
}

// A line when loss begins, one when it is over, whatever happens between.
func TestLossIsToldWhenItStartsAndEnds(t *testing.T) {
	var out, words, events bytes.Buffer
	p, e := NewLookLines(&out, &words), NewLookEvents(&events)
	for i, dropped := range []uint64{0, 0, 5, 5, 9, 100, 100, 100, 100, 100, 100, 100, 130} {
		l := &Look{Time: begin.Add(time.Duration(2*i) * time.Second), Last: i == 12,
			Interfaces: []InterfaceCount{{Name: "eth1\x1b", Up: true, Received: uint64(1000 * i), DroppedByKernel: dropped}, {Name: "eth2", Up: true, Received: 7}}}
		if err := p.Look(l); err != nil {
			t.Fatal(err)
		}
		if err := e.Look(l); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(words.String()), "\n")
	for i, want := range []string{"losing packets: 5 packets dropped", "no loss any more: 100 packets dropped in 8 s, 9,000 received", "losing packets: 30 packets dropped"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d of %q, want %q", i, lines, want)
		}
	}
	if len(lines) != 3 || out.Len() > 0 || strings.ContainsRune(words.String(), 0x1b) || strings.Contains(words.String(), "eth2") {
		t.Errorf("%q, %q", words.String(), out.String())
	}
	states := []string{}
	for line := range strings.Lines(events.String()) {
		var event struct {
			Event, State string
			Dropped      uint64 `json:"packets_dropped"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		states = append(states, event.Event+event.State)
	}
	if want := []string{"lossbegins", "lossends", "lossbegins", "end"}; !slices.Equal(states, want) {
		t.Errorf("%v, want %v", states, want)
	}
}

// What the wire, a database or a process says breaks out of no line.
func TestLooksAreHostile(t *testing.T) {
	var out, words, events bytes.Buffer
	l := &Look{Number: 1, Last: true, News: []Sighting{hostileSighting()}, Interfaces: []InterfaceCount{{Name: "\x1b]0;x\a", Up: true, DroppedByKernel: 3}}}
	if err := NewLookLines(&out, &words).Look(l); err != nil {
		t.Fatal(err)
	}
	if err := NewLookEvents(&events).Look(l); err != nil {
		t.Fatal(err)
	}
	all := out.String() + words.String() + events.String() + LookCounters(l) + "\n"
	for _, r := range all {
		if r != '\n' && (r < ' ' || r == 0x7f || r == 0x202e) {
			t.Errorf("%q holds %q", all, r)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), ", pid 12)") {
		t.Errorf("%d lines: %s", n, out.String())
	}
	lines := strings.Split(strings.TrimSpace(events.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d events: %q", len(lines), lines)
	}
	var flow struct {
		V       int
		Event   string
		News    []string
		Process Owner `json:"src_process"`
		Flow    struct {
			Verdict string
			SrcIP   string `json:"src_ip"`
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &flow); err != nil {
		t.Fatalf("%v: %s", err, lines[0])
	}
	if flow.V != RecordVersion || flow.Event != "flow" || !slices.Equal(flow.News, []string{"appeared", "ended"}) || flow.Process.PID != 12 ||
		flow.Flow.Verdict != "p2p" || flow.Flow.SrcIP != "192.168.1.7" {
		t.Errorf("%+v of %s", flow, lines[0])
	}
}

// A loss that one look alone saw lasted for as long as since the look before, and not for 0 s.
func TestLossOfOneLookHasItsTime(t *testing.T) {
	var out, words bytes.Buffer
	p := NewLookLines(&out, &words)
	for i, dropped := range []uint64{0, 5, 5, 5, 5, 5, 5} {
		if err := p.Look(&Look{Time: begin.Add(time.Duration(2*i) * time.Second), Interfaces: []InterfaceCount{{Name: "eth1", Up: true, DroppedByKernel: dropped}}}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(words.String(), "no loss any more: 5 packets dropped in 2 s") {
		t.Error(words.String())
	}
}
