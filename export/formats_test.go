package export

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// paths lists the keys of an object with the types of their values, but not what is under the
// program's own name.
func paths(t *testing.T, line string) map[string]string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Fatal(err)
	}
	if _, there := object["peeratlas"].(map[string]any)["evidence"]; !there {
		t.Errorf("no evidence under the program's name: %s", line)
	}
	delete(object, "peeratlas")
	out := map[string]string{}
	var walk func(string, any)
	walk = func(at string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for key, below := range x {
				walk(strings.TrimPrefix(at+"."+key, "."), below)
			}
		case []any:
			out[at] = fmt.Sprintf("list of %T", x[0])
		default:
			out[at] = fmt.Sprintf("%T", x)
		}
	}
	walk("", object)
	return out
}

// everyKind are flows over both protocols, with and without what may be missing.
func everyKind() []*report.Record {
	full, bare, udp := record("name.example"), record(""), record("name.example")
	bare.Verdict.Name, bare.Location, bare.Verdict.Service = [2]classify.Name{}, [2]geo.Location{}, "tls"
	bare.Flow.SetVLAN(0)
	udp.Flow.Key.Protocol, udp.Flow.Initiator = packet.UDP, 1
	return []*report.Record{full, bare, udp, {}}
}

// eveKeys are those of events of type flow, with their types: OISF/suricata, etc/schema.json at commit 0d3cfbbe3f73.
// It allows no other; what is our own therefore stands under one key.
var eveKeys = map[string]string{
	"timestamp": "string", "flow_id": "float64", "event_type": "string", "vlan": "list of float64", "src_ip": "string", "src_port": "float64",
	"dest_ip": "string", "dest_port": "float64", "proto": "string", "app_proto": "string", "community_id": "string",
	"flow.pkts_toserver": "float64", "flow.pkts_toclient": "float64", "flow.bytes_toserver": "float64", "flow.bytes_toclient": "float64",
	"flow.start": "string", "flow.end": "string", "flow.age": "float64", "flow.state": "string", "flow.reason": "string",
	"tcp.tcp_flags": "string", "tcp.tcp_flags_ts": "string", "tcp.tcp_flags_tc": "string", "tcp.syn": "bool", "tcp.fin": "bool", "tcp.rst": "bool",
	"tcp.psh": "bool", "tcp.ack": "bool", "tcp.urg": "bool", "tcp.ecn": "bool", "tcp.cwr": "bool",
}

// ecsKeys are fields of the Elastic Common Schema with their types in JSON: the interfaces of @elastic/ecs 8.11.5, which
// 9.4.0 has still.
var ecsKeys = map[string]string{
	"@timestamp": "string", "ecs.version": "string", "event.kind": "string", "event.category": "list of string", "event.type": "list of string",
	"event.module": "string", "event.dataset": "string", "event.action": "string", "event.id": "string", "event.start": "string", "event.end": "string",
	"event.duration": "float64", "network.type": "string", "network.transport": "string", "network.iana_number": "string", "network.protocol": "string",
	"network.application": "string", "network.direction": "string", "network.bytes": "float64", "network.packets": "float64",
	"network.community_id": "string", "network.vlan.id": "string",
	"related.ip": "list of string", "related.hosts": "list of string", "observer.product": "string", "observer.version": "string",
	"source.address": "string", "source.ip": "string", "source.port": "float64", "source.bytes": "float64", "source.packets": "float64",
	"source.domain": "string", "source.geo.country_iso_code": "string", "source.as.number": "float64", "source.as.organization.name": "string",
	"destination.address": "string", "destination.ip": "string", "destination.port": "float64", "destination.bytes": "float64",
	"destination.packets": "float64", "destination.domain": "string", "destination.geo.country_iso_code": "string",
	"destination.as.number": "float64", "destination.as.organization.name": "string",
}

func TestKeysOfOtherPrograms(t *testing.T) {
	for format, known := range map[string]map[string]string{"eve": eveKeys, "ecs": ecsKeys} {
		seen := map[string]bool{}
		for line := range strings.Lines(written(t, format, nil, everyKind()...)) {
			for path, kind := range paths(t, line) {
				if known[path] != kind {
					t.Errorf("%s: %s is a %s, want %q", format, path, kind, known[path])
				}
				seen[path] = true
			}
		}
		for path := range known {
			optional := strings.HasPrefix(path, "source.") || strings.HasPrefix(path, "tcp.")
			if !seen[path] && !optional {
				t.Errorf("%s: %s was never written", format, path)
			}
		}
	}
}

// What Suricata and ECS have words for is said in their words.
func TestWordsOfOtherPrograms(t *testing.T) {
	out := written(t, "eve", nil, record("name.example"))
	for _, want := range []string{`{"timestamp":"2025-03-12T09:00:03.500000+0000","flow_id":`, `"event_type":"flow","vlan":[12],"src_ip":"192.168.1.34","src_port":50212,`,
		`"proto":"TCP"`, `"bytes_toclient":549755813888`, `"start":"2025-03-12T09:00:01.000000+0000"`, `"age":2,`, `"state":"established"`,
		`"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"12","syn":true,"fin":true,"psh":true,"ack":true}`} {
		if !strings.Contains(out, want) {
			t.Errorf("EVE has no %s: %s", want, out)
		}
	}
	out = written(t, "ecs", nil, record("name.example"))
	for _, want := range []string{`"@timestamp":"2025-03-12T09:00:01.000000001Z"`, `"duration":2499999999`, `"network":{"type":"ipv4","transport":"tcp","iana_number":"6"`,
		`"application":"webrtc","direction":"outbound","bytes":549755814888,"packets":30`, `"vlan":{"id":"12"}`,
		`"geo":{"country_iso_code":"DE"},"as":{"number":64500,"organization":{"name":"name.example"}}`, `"observer":{"product":"peeratlas","version":"1.2.3"}`} {
		if !strings.Contains(out, want) {
			t.Errorf("ECS has no %s: %s", want, out)
		}
	}
	for want, home := range map[string][2]bool{"internal": {true, true}, "outbound": {true, false}, "inbound": {false, true}, "external": {}} {
		if got := direction(home[0], home[1]); got != want {
			t.Errorf("%v is %s", home, got)
		}
	}
}

// A state is told where the control bits leave no doubt, whatever their order was.
func TestConnState(t *testing.T) {
	const s, f, r, a = syn, fin, rst, ack
	tests := []struct {
		name              string
		orig, resp        uint8
		answered, payload bool
		want              string
	}{
		{"attempt", s, 0, false, false, "S0"},
		{"attempt given up", s | r, 0, false, false, "RSTOS0"},
		{"attempt closed", s | f, 0, false, false, "SH"},
		{"attempt closed and reset", s | f | r, 0, false, false, ""},
		{"rejected", s, r | a, true, false, "REJ"},
		{"rejected with payload", s, r | a, true, true, ""},
		{"open", s | a, s | a, true, true, "S1"},
		{"handshake without its end", s, s | a, true, false, ""},
		{"closed by both", s | a | f, s | a | f, true, true, "SF"},
		{"closed by the originator", s | a | f, s | a, true, true, "S2"},
		{"closed by the responder", s | a, s | a | f, true, true, "S3"},
		{"reset by the originator", s | a | r, s | a, true, true, "RSTO"},
		{"reset by the responder", s | a, s | a | r, true, true, "RSTR"},
		{"reset by both", s | a | r, s | a | r, true, true, ""},
		{"closed, then reset", s | a | f, s | a | f | r, true, true, ""},
		{"in the middle", a, a, true, true, "OTH"},
		{"end of the middle", a | f, a, true, true, ""},
		{"SYN of the responder alone", a, s | a, true, true, ""},
	}
	for _, tt := range tests {
		if got := tcpState(tt.orig, tt.resp, tt.answered, tt.payload); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for want, packets := range map[string][2]uint32{"SF": {1, 1}, "S0": {1, 0}, "SHR": {0, 1}} {
		r := &report.Record{Flow: flow.Flow{Key: flow.Key{Protocol: packet.UDP}, Packets: packets}}
		if got := connState(r); got != want {
			t.Errorf("UDP %v: %s", packets, got)
		}
	}
}

// What is not known is unset, and no text is taken for that.
func TestZeekValues(t *testing.T) {
	for text, want := range map[string]string{"": "-", "-": `\x2d`, "(empty)": `\x28empty)`, "a\tb\n": `a\x09b\x0a`, "caf\u00e9": "caf\u00e9",
		`a\b`: `a\x5cb`, "\xff": `\xff`, "\u202e": `\xe2\x80\xae`, "a,b": "a,b"} {
		if got := zeekText(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := zeekVector(2, func(i int) string { return []string{"a,b", "-"}[i] }); got != `a\x2cb,\x2d` {
		t.Error(got)
	}
	for n, want := range map[int64]string{0: "0.000000", 1_999_999_999: "1.999999", -1_500_000_000: "-1.500000", -1: "-0.000000",
		-1 << 63: "-9223372036.854775", 1<<63 - 1: "9223372036.854775"} {
		if got := seconds(n); got != want {
			t.Errorf("%d ns are %s, want %s", n, got, want)
		}
	}
	out := written(t, "zeek", nil, record("x"))
	fields := strings.Split(strings.Split(out, "\n")[6], "\t")[1:]
	row := strings.Split(strings.Split(out, "\n")[8], "\t")
	for _, unknown := range []string{"orig_bytes", "resp_bytes", "missed_bytes", "history", "tunnel_parents", "service"} {
		if got := row[slices.Index(fields, unknown)]; got != "-" {
			t.Errorf("%s is %s: who told?", unknown, got)
		}
	}
}

// The page names every format and every column of conn.log.
func TestFormatsPage(t *testing.T) {
	octets, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(octets)
	for _, name := range Names() {
		if !strings.Contains(page, "\n## "+name) && !strings.Contains(page, ", "+name+"\n") {
			t.Errorf("no section on %s", name)
		}
	}
	for _, c := range zeekColumns {
		short := strings.TrimPrefix(c[0], "peeratlas")
		if !strings.Contains(page, "`"+c[0]+"`") && !strings.Contains(page, "`"+short+"`") && !strings.HasPrefix(c[0], "id.") {
			t.Errorf("no word on %s", c[0])
		}
	}
}
