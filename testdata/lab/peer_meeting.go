package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

//go:embed meeting.html
var meetingPage []byte

// meetingPeer serves a page that calls another browser, and carries the two sides' descriptions.
// Setting: listen. It says "met" when both sides are connected.
func meetingPeer(ctx context.Context, set settings) error {
	l, err := net.Listen("tcp", set["listen"])
	if err != nil {
		return err
	}
	box := map[string]chan []byte{"offer": make(chan []byte, 16), "answer": make(chan []byte, 16)}
	m := http.NewServeMux()
	m.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(meetingPage)
	})
	m.HandleFunc("POST /say/{side}", func(w http.ResponseWriter, r *http.Request) {
		if data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20)); err == nil && box[r.PathValue("side")] != nil {
			box[r.PathValue("side")] <- data
		}
	})
	m.HandleFunc("GET /hear/{side}", func(w http.ResponseWriter, r *http.Request) {
		select {
		case data := <-box[r.PathValue("side")]:
			w.Write(data)
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
	})
	m.HandleFunc("POST /state/{side}", func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(io.LimitReader(r.Body, 1000))
		say("state %s %q", r.PathValue("side"), data)
	})
	s := &http.Server{Handler: m, TLSConfig: serverTLS("h2", "http/1.1")}
	context.AfterFunc(ctx, func() { s.Close() })
	say("ready")
	if err := s.ServeTLS(l, "", ""); err != nil && ctx.Err() == nil {
		return fmt.Errorf("meeting: %w", err)
	}
	return nil
}
