package alert

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with go test -run %s -update", err, t.Name())
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it, then go test -update\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

// everyAlert is one alert of each kind, and some with all that may be in them.
func everyAlert() []*Alert {
	w := NewWatcher(WatcherOptions{Changes: true, Breaches: func(l *report.Look) []Breach {
		if l.Number != 1 {
			return nil
		}
		return []Breach{{Rule: "no-brazil", Side: "denied", Detail: "country BR is denied", Sighting: &l.News[0]}, {Rule: "quota", Detail: "12 peers"},
			{Rule: "far-away", Side: "no rule allows it", Detail: "country JP is far", Sighting: &l.News[0], Warns: true}}
	}})
	l := look(1,
		far{host: h1, peer: p1, country: "BR", answered: true, owner: report.Owner{PID: 4711, Name: "skype", User: "ann"}, name: "peer.example.net"},
		far{host: h1, peer: p2, country: "CZ"},
		far{host: h2, peer: p2, location: geo.Location{Country: "US", Anycast: true, ASN: 64501}, family: "webrtc", path: classify.Relayed, answered: true},
		far{host: "fd00::1", peer: "2001:db8:9::1", country: "CZ", answered: true, inbound: true},
		far{host: "10.0.0.9", peer: p1, location: geo.Location{Country: "DE", ASN: 1, ASOrg: hostile}, name: hostile, detail: hostile,
			owner: report.Owner{PID: 1, Name: hostile, User: hostile}})
	l.Interfaces = []report.InterfaceCount{{Name: "eth1", Received: 1000, DroppedByKernel: 24}}
	alerts := w.Look(l)
	l = look(20, far{host: h1, peer: p1, country: "BR", answered: true, verdict: classify.Likely, news: report.Changed})
	l.Interfaces = []report.InterfaceCount{{Name: "eth1", Received: 2000, DroppedByKernel: 24}}
	l.Summary.Hosts = []report.Host{{Addr: netip.MustParseAddr(h1), Verdict: "likely"}}
	alerts = append(alerts, w.Look(l)...)
	return append(alerts, &Alert{Time: l.Time, Kind: AlertsDropped, Severity: Warning, Number: 17})
}

func TestAppendAlert(t *testing.T) {
	var out []byte
	seen := map[Kind]bool{}
	for _, a := range everyAlert() {
		out = AppendAlert(out, a)
		seen[a.Kind] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d kinds, not all", len(seen))
	}
	golden(t, "alerts.ndjson", out)
	var words []byte
	for _, a := range everyAlert() {
		words = fmt.Appendln(words, a.Severity, a.Message())
	}
	golden(t, "alerts.txt", words)
}

// Every alert is one line of printable characters that a JSON reader takes, and fits the schema.
func TestAlertsFitSchema(t *testing.T) {
	octets, err := os.ReadFile("../docs/alerts.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(octets, &schema); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, a := range everyAlert() {
		line := AppendAlert(nil, a)
		if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
			t.Errorf("%d line feeds: %q", n, line)
		}
		if text := string(line[:len(line)-1]); text != report.Clean(text, 0) {
			t.Errorf("not printable: %q", text)
		}
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, fault := range unfit(schema, v, "alert") {
			t.Errorf("%s: %s", fault, line)
		}
		for key := range v {
			if !strings.Contains(string(page), "| `"+key+"`") && !strings.Contains(string(page), ", `"+key+"`") {
				t.Errorf("docs/alerts.md has no %s", key)
			}
		}
		if id := v["id"].(string); ids[id] {
			t.Errorf("two alerts have the id %s", id)
		} else {
			ids[id] = true
		}
	}
	// A schema that takes anything tests nothing.
	for _, bad := range []string{`{}`, `{"v":2,"id":"","time":"","kind":"x","severity":"info","message":""}`} {
		var v map[string]any
		json.Unmarshal([]byte(bad), &v)
		if len(unfit(schema, v, "alert")) == 0 {
			t.Errorf("the schema takes %s", bad)
		}
	}
}

// unfit checks the parts of JSON Schema that the schema uses, and that it knows every key.
func unfit(schema map[string]any, v any, at string) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if c, ok := schema["const"]; ok && c != v {
		bad("%v is not %v", v, c)
	}
	if e, ok := schema["enum"].([]any); ok && !slices.Contains(e, v) {
		bad("%v is none of %v", v, e)
	}
	switch x := v.(type) {
	case string:
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(x) {
			bad("%q does not match %s", x, p)
		}
		if schema["type"] != nil && schema["type"] != "string" {
			bad("%q is text", x)
		}
	case float64:
		if schema["type"] == "integer" && x != float64(int64(x)) || schema["type"] == "string" {
			bad("%v is no %v", x, schema["type"])
		}
		if m, ok := schema["minimum"].(float64); ok && x < m {
			bad("%v is below %v", x, m)
		}
		if m, ok := schema["maximum"].(float64); ok && x > m {
			bad("%v is above %v", x, m)
		}
	case []any:
		if m, ok := schema["maxItems"].(float64); ok && len(x) > int(m) {
			bad("%d items", len(x))
		}
		for i, item := range x {
			faults = append(faults, unfit(schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		for _, key := range schema["required"].([]any) {
			if _, there := x[key.(string)]; !there {
				bad("no %v", key)
			}
		}
		properties := schema["properties"].(map[string]any)
		for key, value := range x {
			p, known := properties[key].(map[string]any)
			if !known {
				bad("key %s is not in the schema", key)
				continue
			}
			faults = append(faults, unfit(p, value, at+"."+key)...)
		}
	}
	return faults
}
