package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// captures are all of testdata's.
func captures(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, ending := range []string{"*.pcap", "*.pcapng", "*.pcap.gz", "*.pcapng.zst"} {
		found, err := filepath.Glob(testdata + ending)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) < 15 {
		t.Fatalf("only %d captures in %s", len(paths), testdata)
	}
	return paths
}

// schemas returns the published schema, and one that knows no key but its own: output that fits it has no key that
// is not published.
func schemas(t *testing.T, name string) (lax, strict *jsonschema.Schema) {
	t.Helper()
	return compiled(t, name, false), compiled(t, name, true)
}

func compiled(t *testing.T, name string, strict bool) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(read(t, "../../docs/"+name))))
	if err != nil {
		t.Fatal(err)
	}
	if strict && closeObjects(document) < 5 {
		t.Errorf("%s: hardly an object in it: is this the schema?", name)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// closeObjects forbids unknown keys in every object of a schema, and counts them.
func closeObjects(schema any) (n int) {
	m, ok := schema.(map[string]any)
	if !ok {
		return 0
	}
	if properties, ok := m["properties"].(map[string]any); ok {
		m["additionalProperties"] = false
		n++
		for _, p := range properties {
			n += closeObjects(p)
		}
	}
	return n + closeObjects(m["items"])
}

func fits(t *testing.T, s *jsonschema.Schema, document string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// Real output of every capture fits the published schemas, without and with a policy.
func TestOutputFitsSchemas(t *testing.T) {
	reports, strictReports := schemas(t, "report.schema.json")
	records, strictRecords := schemas(t, "record.schema.json")
	strict := filepath.Join(t.TempDir(), "strict.yaml")
	if err := os.WriteFile(strict, []byte("version: 1\ndefault: deny\nlimits:\n  - {name: few, most: {peers: 2}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range captures(t) {
		for _, policy := range []string{"", strict, "../../docs/policy-example.yaml"} {
			args := []string{path}
			if policy != "" {
				args = append(args, "--policy", policy)
			}
			t.Run(filepath.Base(path)+" "+filepath.Base(policy), func(t *testing.T) {
				_, out, stderr := peeratlas(t, nil, append([]string{"report", "--format", "json"}, args...)...)
				for _, s := range []*jsonschema.Schema{reports, strictReports} {
					if err := fits(t, s, out); err != nil {
						t.Errorf("report: %v\n%s", err, stderr)
					}
				}
				_, out, _ = peeratlas(t, nil, append([]string{"flows"}, args...)...)
				for line := range strings.Lines(out) {
					for _, s := range []*jsonschema.Schema{records, strictRecords} {
						if err := fits(t, s, line); err != nil {
							t.Fatalf("record: %v\n%s", err, line)
						}
					}
				}
			})
		}
	}
}

// A schema that takes anything tests nothing: every key that is always there is missed, every value of another
// type is refused, and an unknown key is refused by the strict one alone.
func TestSchemasRefuse(t *testing.T) {
	_, report, _ := peeratlas(t, nil, "report", "--format", "json", testdata+"office.pcapng")
	_, flows, _ := peeratlas(t, nil, "flows", testdata+"office.pcapng")
	record, _, _ := strings.Cut(flows, "\n")
	for name, document := range map[string]string{"report.schema.json": report, "record.schema.json": record} {
		lax, strict := schemas(t, name)
		var m map[string]any
		if err := json.Unmarshal([]byte(document), &m); err != nil {
			t.Fatal(err)
		}
		with := func(change func(map[string]any)) string {
			var c map[string]any
			json.Unmarshal([]byte(document), &c)
			change(c)
			octets, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			return string(octets)
		}
		for key := range m {
			if err := fits(t, lax, with(func(c map[string]any) { c[key] = map[string]any{"a": []int{1}} })); err == nil {
				t.Errorf("%s takes an odd object for %s", name, key)
			}
			err := fits(t, lax, with(func(c map[string]any) { delete(c, key) }))
			if always := required(t, name)[key]; always != (err != nil) {
				t.Errorf("%s without %s: %v", name, key, err)
			}
		}
		odd := with(func(c map[string]any) { c["something_new"] = 1 })
		if err := fits(t, lax, odd); err != nil {
			t.Errorf("%s: keys may be added: %v", name, err)
		}
		if fits(t, strict, odd) == nil {
			t.Errorf("%s, strict, takes an unknown key", name)
		}
	}
}

func required(t *testing.T, name string) map[string]bool {
	t.Helper()
	var s struct{ Required []string }
	if err := json.Unmarshal(read(t, "../../docs/"+name), &s); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, key := range s.Required {
		out[key] = true
	}
	return out
}
