package main

import (
	"fmt"
	"slices"
	"strings"

	"peeratlas/geo"
	"peeratlas/report"
)

// counters says how the watch stands.
func (w *watch) counters() {
	text := "nothing was looked at yet"
	if l := w.latest.Load(); l != nil {
		text = report.LookCounters(l)
	}
	fmt.Fprintf(w.parts.words, "peeratlas: %s\n", text)
	if w.parts.teller == nil {
		return
	}
	for _, c := range w.parts.teller.Counts() {
		fmt.Fprintf(w.parts.words, "peeratlas: %s: %s told, %d not told, %d waiting\n", report.Clean(c.Sink, 0), report.Counted(c.Sent, "alert", "alerts"), c.Lost, c.Waiting)
	}
}

// hangup reads anew what may have been replaced. What cannot be read stays as it was.
func (w *watch) hangup() {
	w.parts.hung.Store(true)
	whole := true
	for _, again := range w.again {
		if err := again(); err != nil {
			whole = false
			say(w.parts.words, fmt.Errorf("%w; going on with what was read before", err))
		}
	}
	files := slices.Clone(w.geoFiles)
	if w.parts.against.file != "" {
		files = append(files, w.parts.against.file)
	}
	if whole && len(files) > 0 {
		fmt.Fprintf(w.parts.words, "peeratlas: read anew: %s\n", report.Clean(strings.Join(files, ", "), 0))
	}
}

// reloadGeo opens the databases anew and hands them to the watch.
func (w *watch) reloadGeo() error {
	if len(w.geoFiles) == 0 {
		return nil // the embedded ones cannot change
	}
	db, err := geo.Open(w.geoFiles)
	if err != nil {
		return err
	}
	db.Load()
	w.geo.Store(db)
	select {
	case <-w.locators: // one that nobody took yet
	default:
	}
	w.locators <- db
	return nil
}
