package view

import (
	"sync"

	"peeratlas/report"
)

// inbox holds what nobody has drawn yet: the newest look, and the news of all looks since the
// last that was taken. Whoever puts never waits for whoever takes.
type inbox struct {
	mu      sync.Mutex
	look    *report.Look
	news    []report.Sighting
	most    int    // bound of news
	missed  uint64 // news that gave way
	skipped uint64 // looks that were never drawn
	waiting int    // looks put since the last was taken
	tracker tracker
	wake    chan struct{} // holds a token if there is something to take
}

func newInbox(most int) *inbox { return &inbox{most: most, wake: make(chan struct{}, 1)} }

// put takes the next look.
func (b *inbox) put(l *report.Look) {
	if l == nil {
		return
	}
	if l.Summary == nil {
		bare := *l
		bare.Summary = &report.Summary{}
		l = &bare
	}
	b.mu.Lock()
	if b.waiting > 0 {
		b.skipped++
	}
	b.look = l
	b.waiting++
	b.news = append(b.news, l.News...)
	if n := len(b.news) - b.most; n > b.most/8 {
		b.news = append([]report.Sighting(nil), b.news[n:]...)
		b.missed += uint64(n)
	}
	b.tracker.add(l)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// peek is what the head of the screen shows, whatever the tables do.
func (b *inbox) peek() (l *report.Look, t tracker, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.look, b.tracker, b.waiting
}

// take empties the inbox; the look is nil if none came.
func (b *inbox) take() (l *report.Look, news []report.Sighting, missed uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == 0 {
		return nil, nil, 0
	}
	l, news, missed = b.look, b.news, b.missed
	b.news, b.missed, b.waiting = nil, 0, 0
	return l, news, missed
}

// passedOver is how many looks were never drawn, because newer ones had come.
func (b *inbox) passedOver() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.skipped
}
