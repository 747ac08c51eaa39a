package serve

import (
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"peeratlas/report"
)

type object = map[string]any

// openAPI answers with the description of all this (OpenAPI 3.1). The schemas are those of the types that
// are answered, so that they cannot lie about them.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) error {
	return write(w, document(s.options.Program))
}

func document(program string) object {
	paths := object{}
	addOf := func(path, summary string, schema object, list ...object) {
		problemAnswer := object{"description": "why not (RFC 9457)", "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}
		paths["/api/v1/"+path] = object{"get": object{"summary": summary, "parameters": append([]object{}, list...), "responses": object{
			"200":     object{"description": "the answer", "content": object{"application/json": object{"schema": schema}}},
			"429":     tooMany(problemAnswer),
			"default": problemAnswer,
		}}}
	}
	add := func(path, summary string, schema object, more ...object) {
		addOf(path, summary, schema, append(parameters(), more...)...)
	}
	add("countries", "Peers by country, those with most peers first", listOf[report.Country]())
	add("hosts", "Hosts with peers, those with most peers first", listOf[report.Host]())
	add("peers", "Peers, those with most octets first", listOf[report.Peer]())
	record := object{"type": "object", "description": "a flow, as docs/record.md says", "additionalProperties": true,
		"required": []string{"v", "start", "end", "proto", "src_ip", "src_port", "dst_ip", "dst_port", "community_id", "verdict", "p2p", "probability"}}
	add("flows", "Flows that are kept whole, in the order in which they were recorded",
		object{"type": "object", "required": []string{"items", "next"}, "additionalProperties": false, "properties": object{"items": object{"type": "array", "items": record}, "next": object{"type": "string"}}},
		parameter("p2p", "true leaves out what is only likely", object{"type": "boolean"}),
		parameter("proto", "udp or tcp", object{"type": "string", "enum": []string{"udp", "tcp"}}),
		parameter("port", "of the host", object{"type": "integer", "minimum": 0, "maximum": 65535}))
	account := object{}
	for name, kind := range map[string]string{"community_id": "string", "verdict": "string", "p2p": "boolean", "probability": "number", "prior": "number",
		"family": "string", "path": "string", "filter": "string"} {
		account[name] = object{"type": kind}
	}
	account["record"] = record
	account["evidence"] = schemaOf(reflect.TypeFor[[]report.Line]())
	add("evidence", "What speaks for and against the verdict of one flow", object{"type": "object", "properties": account, "additionalProperties": false},
		needed(parameter("community_id", "of the flow", object{"type": "string"})), needed(parameter("start", "of the flow", object{"type": "string", "format": "date-time"})))
	add("coverage", "What sensors saw and lost, and what the store does not know", object{"type": "object", "additionalProperties": false, "properties": object{
		"coverage": schemaOf(reflect.TypeFor[report.Coverage]()), "warnings": schemaOf(reflect.TypeFor[[]string]()),
		"runs":    object{"type": "array", "items": object{"type": "object", "additionalProperties": true}},
		"sensors": object{"type": "array", "items": schemaOf(reflect.TypeFor[sensor]())}}})
	addOf("map", "Where the peers are, ready to be drawn on the dashboard's map", schemaOf(reflect.TypeFor[report.PeerMap]()), chosen(mapParameters)...)
	addOf("firsts", "Countries, hosts and peers that were met for the first time in that time, the latest first", schemaOf(reflect.TypeFor[firstMet]()), chosen(firstParameters)...)
	addOf("events", "Server-sent events: one \"state\" to begin with, a \"change\" whenever the store has more. The id names the state, and Last-Event-ID resumes", schemaOf(reflect.TypeFor[state]()))
	stream := paths["/api/v1/events"].(object)["get"].(object)["responses"].(object)["200"].(object)
	stream["content"] = object{"text/event-stream": object{"schema": schemaOf(reflect.TypeFor[state]())}}
	return object{"openapi": "3.1.0", "info": object{"title": "peeratlas", "version": program}, "paths": paths,
		"components": object{"schemas": object{"Problem": object{"type": "object", "required": []string{"type", "title", "status", "detail"}, "additionalProperties": false,
			"properties": object{"type": object{"type": "string"}, "title": object{"type": "string"}, "status": object{"type": "integer"}, "detail": object{"type": "string"}}}}}}
}

// tooMany is the answer to a client beyond its rate.
func tooMany(problem object) object {
	return object{"description": "the client asks too often", "content": problem["content"],
		"headers": object{"Retry-After": object{"description": "seconds to wait", "schema": object{"type": "integer", "minimum": 1}}}}
}

func parameter(name, what string, schema object) object {
	return object{"name": name, "in": "query", "description": what, "schema": schema}
}

func needed(p object) object {
	p["required"] = true
	return p
}

// parameters are those of every path.
func parameters() []object {
	text := object{"type": "string"}
	return []object{
		parameter("since", "RFC 3339, or how long before now, such as 24h", text),
		parameter("until", "likewise", text),
		parameter("host", "an address or a prefix", text),
		parameter("country", "ISO 3166-1 alpha-2, or anycast, private, unknown", text),
		parameter("sensor", "its name", text),
		parameter("limit", "how many items", object{"type": "integer", "minimum": 0, "maximum": mostLimit, "default": defaultLimit}),
		parameter("cursor", "next of the answer before", text),
	}
}

// chosen are some of them.
func chosen(names []string) (out []object) {
	for _, p := range parameters() {
		if slices.Contains(names, p["name"].(string)) {
			out = append(out, p)
		}
	}
	return out
}

func listOf[T any]() object {
	return object{"type": "object", "required": []string{"items", "total", "next"}, "additionalProperties": false, "properties": object{
		"items": object{"type": "array", "items": schemaOf(reflect.TypeFor[T]())}, "total": object{"type": "integer"}, "next": object{"type": "string"}}}
}

// schemaOf is the schema of what encoding/json makes of a type.
func schemaOf(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix]():
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": []string{"array", "null"}, "items": schemaOf(t.Elem())}
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Struct:
		return schemaOfStruct(t)
	}
	return object{"type": "integer"}
}

func schemaOfStruct(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		properties[name] = schemaOf(f.Type)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}
