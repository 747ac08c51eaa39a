package report

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The published schemas are made of the types that are written and of the tables of the pages that
// explain them, so that none of the three can tell another tale. Real output is held against them
// in cmd/peeratlas.

// schemaNode is as much of JSON Schema (draft 2020-12) as the published ones use; its keys are
// written in this order.
type schemaNode struct {
	Schema      string       `json:"$schema,omitempty"`
	ID          string       `json:"$id,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	Const       any          `json:"const,omitempty"`
	Type        string       `json:"type,omitempty"`
	Enum        []string     `json:"enum,omitempty"`
	Format      string       `json:"format,omitempty"`
	Pattern     string       `json:"pattern,omitempty"`
	Minimum     *int         `json:"minimum,omitempty"`
	Maximum     *uint64      `json:"maximum,omitempty"`
	MaxItems    int          `json:"maxItems,omitempty"`
	Required    []string     `json:"required,omitempty"`
	Properties  *schemaNodes `json:"properties,omitempty"`
	Items       *schemaNode  `json:"items,omitempty"`
}

// schemaNodes are properties in the order in which they are written.
type schemaNodes struct {
	names []string
	nodes []*schemaNode
}

func (p *schemaNodes) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, name := range p.names {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		node, err := json.Marshal(p.nodes[i])
		if err != nil {
			return nil, err
		}
		b.WriteString(`"` + name + `":`)
		b.Write(node)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// words are the values of keys that take few, by the end of their path; the longest end counts.
var words = map[string][]string{
	"proto":       {"tcp", "udp"},
	"protos[]":    {"tcp", "udp"},
	"path":        {"", "direct", "relayed", "probe"},
	"paths[]":     {"direct", "relayed", "probe"},
	"peer":        {"src", "dst", "both"},
	"name_source": {"dns", "sni", "certificate", "ptr", "mdns", "llmnr", "resolver"},
	"verdict":     {"p2p", "likely", "other", "unknown"},
	"contact":     {Exchanged, Probed},
	"action":      {Deny, Warn},
	"side":        {SideHost, SidePeer},
	"result":      {Pass, Fail},
	"state":       {ExceptionActive, ExceptionSoon, ExceptionExpired},
	"began":       {"host", "peer"},
	"counts":      {"peers", "countries", "bytes_out", "relayed_bytes"},
	"doubt[]":     {"relayed", "anycast", "hosting", "ipv6", "unknown"},
	"end_reason":  {"idle timeout", "active timeout", "end of flow", "forced end", "lack of resources"},

	"rules[].kind":     {"rule", "limit", "default"},
	"rules[].action":   {Allow, Deny, Warn},
	"breaches[].peer":  nil, // an address
	"warnings[].peer":  nil,
	"breaches[].path":  {"", "direct", "relayed", "probe"},
	"databases[].path": nil,
}

// schemaOf makes the schema of t, whose keys stand below path; means tells the meaning of a path.
func schemaOf(t reflect.Type, path string, means func(path string) string) *schemaNode {
	n := &schemaNode{Description: means(path)}
	zero := 0
	switch {
	case t == reflect.TypeFor[time.Time]():
		n.Type, n.Format, n.Pattern = "string", "date-time", "Z$"
		return n
	case t == reflect.TypeFor[netip.Addr](), t == reflect.TypeFor[netip.Prefix]():
		n.Type = "string"
		return n
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), path, means)
	case reflect.Slice:
		n.Type, n.Items = "array", schemaOf(t.Elem(), path+"[]", means)
	case reflect.Struct:
		n.Type, n.Properties = "object", new(schemaNodes)
		n.addFields(t, path, means)
	case reflect.String:
		n.Type, n.Pattern = "string", pattern(path)
		n.Enum = enumOf(path)
	case reflect.Bool:
		n.Type = "boolean"
	case reflect.Float64:
		n.Type = "number"
		if strings.HasSuffix(path, "probability") {
			most := uint64(1)
			n.Minimum, n.Maximum = &zero, &most
		}
	default:
		n.Type, n.Minimum = "integer", &zero
		if most := uint64(t.Bits()); t.Kind() >= reflect.Uint && most < 64 {
			most = 1<<most - 1
			n.Maximum = &most
		}
	}
	return n
}

// addFields adds the fields of struct t, those of embedded structs among them.
func (n *schemaNode) addFields(t reflect.Type, path string, means func(string) string) {
	for f := range t.Fields() {
		if f.Anonymous {
			e := f.Type
			if e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			n.addFields(e, path, means)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		below := strings.TrimPrefix(path+"."+name, ".")
		if !strings.Contains(options, "omit") {
			n.Required = append(n.Required, name)
		}
		n.Properties.names = append(n.Properties.names, name)
		n.Properties.nodes = append(n.Properties.nodes, schemaOf(f.Type, below, means))
	}
}

func enumOf(path string) []string {
	best := ""
	for end := range words {
		if len(end) > len(best) && (path == end || strings.HasSuffix(path, "."+end)) {
			best = end
		}
	}
	return words[best]
}

func pattern(path string) string {
	if strings.HasSuffix(path, "row") || path == "countries[].country" {
		return "^([A-Z]{2}|anycast|private|multicast|unknown)$"
	}
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "country":
		return "^([A-Z]{2}|private|multicast|unknown)$"
	case "community_id":
		return "^1:[A-Za-z0-9+/]{27}=$"
	case "sha256":
		return "^[0-9a-f]{64}$"
	}
	return ""
}

// meanings reads the tables of a page: key, type and unit, (when,) meaning.
func meanings(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| `") || len(cells) < 3 {
			continue
		}
		keys := strings.Split(strings.Trim(strings.TrimSpace(cells[0]), "`"), "`, `")
		units, means := []string{cells[1]}, []string{cells[len(cells)-1]}
		if !strings.Contains(cells[1], "`") { // else they are the values of each
			units = strings.Split(cells[1], ", ")
		}
		if !sameKey(keys) {
			means = strings.Split(means[0], "; ")
		}
		for i, key := range keys {
			unit, meaning := unmarked(cells[1]), unmarked(cells[len(cells)-1])
			if len(units) == len(keys) {
				unit = unmarked(units[i])
			}
			if len(means) == len(keys) {
				meaning = unmarked(means[i])
			}
			out[key] = strings.Trim(unit+": "+meaning, ": ")
		}
	}
	return out
}

var pageLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// unmarked is a table's cell without Markdown.
func unmarked(cell string) string {
	return strings.TrimSpace(pageLink.ReplaceAllString(strings.ReplaceAll(cell, "`", ""), "$1"))
}

// sameKey tells whether all keys are one, of the two ends or of several lists: their row tells one meaning.
func sameKey(keys []string) bool {
	name := func(key string) string {
		key = key[strings.LastIndexByte(key, '.')+1:]
		return strings.TrimPrefix(strings.TrimPrefix(key, "src_"), "dst_")
	}
	return !slices.ContainsFunc(keys, func(key string) bool { return name(key) != name(keys[0]) })
}

// meaningIn looks a path up, which may stand for several places.
func meaningIn(t *testing.T, known map[string]string) func(string) string {
	return func(path string) string {
		if path == "" || strings.HasSuffix(path, "[]") {
			return ""
		}
		for _, p := range []string{path, strings.Replace(path, "policy.warnings", "policy.breaches", 1),
			strings.Replace(path, "policy.breaches", "policy.warnings", 1)} {
			if m := known[p]; m != "" {
				return m
			}
		}
		t.Errorf("no page tells what %s means", path)
		return ""
	}
}

// published compares a schema with the one in docs, or writes it anew.
func published(t *testing.T, name string, root *schemaNode) {
	t.Helper()
	octets, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	json.Indent(&b, octets, "", " ")
	golden(t, "../../docs/"+name, append(b.Bytes(), '\n'))
}

func TestReportSchema(t *testing.T) {
	type root struct {
		Schema string `json:"schema"`
		*Summary
	}
	n := schemaOf(reflect.TypeFor[root](), "", meaningIn(t, meanings(t, "../docs/report.md")))
	n.Schema, n.ID, n.Title = "https://json-schema.org/draft/2020-12/schema", "urn:peeratlas:report:1", "peeratlas report"
	n.Description = "What peeratlas report --format json writes; docs/report.md explains it. Keys may be added while schema is " + Schema + "."
	n.Properties.nodes[0].Const = Schema
	published(t, "report.schema.json", n)
}

func TestRecordSchema(t *testing.T) {
	known := meanings(t, "../docs/record.md")
	for key, m := range known { // "start", "end": one row for both, and src for dst
		known[strings.Replace(key, "src.", "dst.", 1)] = m
	}
	n := schemaOf(reflect.TypeFor[Fields](), "", meaningIn(t, known))
	n.Schema, n.ID, n.Title = "https://json-schema.org/draft/2020-12/schema", "urn:peeratlas:record:1", "peeratlas flow record"
	n.Description = "One line of peeratlas flows; docs/record.md explains it. Keys may be added while v is 1."
	one := schemaOf(reflect.TypeFor[ReportedField](), "reported_peer", meaningIn(t, known))
	n.Properties.names = append(n.Properties.names, "reported_peer")
	n.Properties.nodes = append(n.Properties.nodes, one)
	for i, name := range n.Properties.names {
		p := n.Properties.nodes[i]
		switch name {
		case "v":
			p.Const = RecordVersion
		case "reported_peers":
			p.MaxItems = 8
		case "evidence":
			for j, name := range p.Items.Properties.names {
				if name == "packets" {
					p.Items.Properties.nodes[j].MaxItems = 4
				}
			}
		}
	}
	published(t, "record.schema.json", n)
}
