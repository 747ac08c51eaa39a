package policy

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"peeratlas/classify"
	"peeratlas/report"
)

// schema is as much of JSON Schema (draft 2020-12) as docs/policy.schema.json uses.
type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Ref                  string             `json:"$ref,omitempty"`
	Type                 any                `json:"type,omitempty"` // a word or several
	Const                any                `json:"const,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	Minimum              *float64           `json:"minimum,omitempty"`
	Maximum              *float64           `json:"maximum,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	MinProperties        int                `json:"minProperties,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Defs                 map[string]*schema `json:"$defs,omitempty"`
}

func num(f float64) *float64 { return &f }

func ref(name string) *schema { return &schema{Ref: "#/$defs/" + name} }

func list(items *schema, words string) *schema {
	return &schema{Type: "array", MinItems: 1, Items: items, Description: words}
}

func words(of ...string) *schema { return &schema{Enum: of} }

// described says what each key of a Match is.
func matchSchemas() map[string]*schema {
	text := &schema{Type: "string", MaxLength: maxText}
	return map[string]*schema{
		"hosts":       list(text, "addresses and networks of hosts"),
		"peers":       list(text, "addresses and networks of peers, and names, in which * stands for any characters"),
		"countries":   list(text, "ISO 3166-1 alpha-2 codes, groups, and the words "+strings.Join(placeWords, ", ")),
		"asns":        list(&schema{Type: []string{"integer", "string"}, Pattern: "^(AS)?[0-9]+$"}, "numbers of autonomous systems: 64500 or AS64500"),
		"as_orgs":     list(text, "holders of autonomous systems, in which * stands for any characters"),
		"families":    list(words(Families()...), "what flows are taken for"),
		"paths":       list(words(classify.Direct.String(), classify.Relayed.String(), classify.Probe.String()), "how flows reach the peer"),
		"contact":     list(words(report.Exchanged, report.Probed), "whether payload went both ways"),
		"began":       list(words(report.SideHost, report.SidePeer), "who began"),
		"verdict":     {Enum: []string{"p2p", "likely"}, Description: "judged so at least"},
		"probability": {Type: "number", Minimum: num(0), Maximum: num(1), Description: "at least"},
	}
}

// wanted is the schema that follows from the code.
func wanted() *schema {
	name := &schema{Type: "string", Pattern: `^[A-Za-z0-9._-]{1,64}$`}
	text := func(words string) *schema { return &schema{Type: "string", MaxLength: maxText, Description: words} }
	action := &schema{Enum: []string{"allow", "warn", "deny"}}
	size := func(words string) *schema {
		return &schema{Type: []string{"integer", "string"}, Pattern: "^[0-9]+(B|[kMGT]B|[kKMGT]iB)?$", Minimum: num(0), Description: words}
	}
	own := map[string]map[string]*schema{
		"policy": {"version": {Const: 1}, "name": text("of the policy, for reports"), "default": action, "on_doubt": action, "consider": ref("consider"),
			"groups": {Type: "object", Description: "names for countries", AdditionalProperties: list(text(""), "codes, words and groups before this one")},
			"rules":  list(ref("rule"), "the first that fits decides"), "limits": list(ref("limit"), "for each host"), "exceptions": list(ref("exception"), "until they end")},
		"consider": {"verdict": words("p2p", "likely"), "probability": {Type: "number", Minimum: num(0), Maximum: num(1)}, "probed": {Type: "boolean"}},
		"rule":     {"name": name, "action": action, "on_doubt": action, "unless": ref("unless")},
		"limit":    {"name": name, "action": words("warn", "deny"), "unless": ref("unless"), "most": ref("most")},
		"most": {"peers": {Type: "integer", Minimum: num(0)}, "countries": {Type: "integer", Minimum: num(0)},
			"bytes_out": size("IP octets that the host sent to peers"), "relayed_bytes": size("IP octets over relays, both ways")},
		"unless": {},
		"exception": {"name": name, "rules": list(text(""), "rules, limits, or default"), "owner": text("who answers for it"), "reason": text("why it is made"),
			"expires": {Type: "string", Pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Description: "last day on which it counts, UTC"}},
	}
	defs := map[string]*schema{}
	for kind, k := range kinds {
		s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false, Required: k.required}
		if kind == "most" || kind == "unless" {
			s.MinProperties = 1
		}
		for _, key := range k.keys {
			if s.Properties[key] = own[kind][key]; s.Properties[key] == nil {
				s.Properties[key] = matchSchemas()[key]
			}
		}
		defs[kind] = s
	}
	root := defs["policy"]
	delete(defs, "policy")
	root.Schema, root.Title, root.Defs = "https://json-schema.org/draft/2020-12/schema", "A policy for peeratlas, version 1", defs
	root.Description = "docs/policy.md says what it means. The program checks more: names that lead nowhere, codes that are no country, networks with bits beyond their length."
	return root
}

// TestSchema: docs/policy.schema.json says what the reader takes.
func TestSchema(t *testing.T) {
	want, err := json.MarshalIndent(wanted(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	const path = "../docs/policy.schema.json"
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what the code says; look at it, then go test -update", path)
	}
	for _, kind := range sortedKeys(kinds) {
		s := wanted()
		if kind != "policy" {
			s = s.Defs[kind]
		}
		for key, p := range s.Properties {
			if p == nil {
				t.Errorf("%s has no schema for %s", kind, key)
			}
		}
		for _, key := range kinds[kind].required {
			if needs[key] == "" || !slices.Contains(kinds[kind].keys, key) {
				t.Errorf("%s: nothing is said of a missing %s", kind, key)
			}
		}
	}
}

// TestDocumented: docs/policy.md tells of every key, word and group.
func TestDocumented(t *testing.T) {
	octets, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(octets)
	for kind, k := range kinds {
		for _, key := range k.keys {
			if !strings.Contains(text, "`"+key+"`") {
				t.Errorf("%s: key %s is not documented", kind, key)
			}
		}
	}
	for _, w := range append(slices.Clone(placeWords), Families()...) {
		if !strings.Contains(text, "`"+w+"`") {
			t.Errorf("word %s is not documented", w)
		}
	}
	for _, g := range builtin {
		if !strings.Contains(text, "`"+g.Name+"` | "+strings.Join(g.Countries, " ")+" |") {
			t.Errorf("group %s is not documented, or other than it is: %s", g.Name, strings.Join(g.Countries, " "))
		}
	}
}
