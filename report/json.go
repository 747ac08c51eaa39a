package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Schema names the format that WriteJSON writes; docs/report.md describes it. The number rises
// when a key changes its meaning or goes away; keys may be added at any time.
const Schema = "peeratlas-report/1"

// WriteJSON writes s as one JSON object (RFC 8259) of printable characters, indented by one
// space. The same summary gives the same octets. It writes once.
func WriteJSON(w io.Writer, s *Summary) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	err := e.Encode(struct {
		Schema string `json:"schema"`
		*Summary
	}{Schema, s.filled()})
	if err != nil {
		return fmt.Errorf("report as JSON: %w", err)
	}
	_, err = w.Write(printable(b.Bytes()))
	return err
}

// filled is s with empty lists where it has none, so that readers meet [] and never null.
func (s *Summary) filled() *Summary {
	c := *s
	fill(&c.Countries)
	fill(&c.Hosts)
	fill(&c.Families)
	fill(&c.Peers)
	fill(&c.Reported)
	fill(&c.Databases)
	fill(&c.Home)
	fill(&c.Warnings)
	fill(&c.Next)
	fill(&c.Coverage.Inputs)
	fill(&c.Coverage.NotFlows)
	fill(&c.Coverage.Lost)
	fill(&c.Coverage.Damaged)
	fill(&c.Coverage.Skipped)
	fill(&c.Coverage.Tunnelled)
	fill(&c.Coverage.LearntHome)
	return &c
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}
