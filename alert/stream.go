package alert

import (
	"context"
	"fmt"
	"io"
)

// stream writes alerts as NDJSON.
type stream struct {
	name string
	w    io.Writer
}

// NewStream returns a sink that writes each alert as a line of JSON to w, by one call of Write.
func NewStream(name string, w io.Writer) Sink { return &stream{name, w} }

func (s *stream) Name() string { return s.name }

func (s *stream) Send(_ context.Context, m *Message) error {
	if _, err := s.w.Write(m.Line); err != nil {
		return refused{fmt.Errorf("write: %w", err)}
	}
	return nil
}

func (s *stream) Close(context.Context) error { return nil }
