package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sendAll sends what waits, in order, whenever the server takes it.
func (s *spool) sendAll(ctx context.Context) {
	defer close(s.done)
	for ctx.Err() == nil {
		if s.sendFirst(ctx) {
			continue
		}
		select {
		case <-s.wake:
			if s.away() { // after a failure it is not tried at once
				sleep(ctx, spoolPause)
			}
		case <-time.After(spoolPause):
		case <-ctx.Done():
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// What is sent at once at most: a server takes few large inserts more easily than many small ones.
const (
	sendFiles  = 100
	sendOctets = 4 << 20 // of files
)

// waiting are the names of what waits longest, as many as are sent at once.
func (s *spool) waiting() (names []string, down bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.files[:min(len(s.files), sendFiles)]), s.down
}

// sendFirst sends the batches that wait longest; it tells whether there may be more to send at once.
func (s *spool) sendFirst(ctx context.Context) bool {
	names, down := s.waiting()
	if len(names) == 0 && !down {
		return false
	}
	if !s.ready {
		if err := s.server.prepare(ctx); err != nil {
			s.failed(ctx, err)
			return false
		}
		s.ready = true
	}
	if len(names) == 0 {
		_, err := s.server.layout(ctx)
		if err != nil {
			s.failed(ctx, err)
			return false
		}
		s.sent(nil, 0, 0)
		return true
	}
	var batches []*Batch
	octets, taken := int64(0), 0
	for _, name := range names {
		path := filepath.Join(s.folder, name)
		if st, err := os.Stat(path); err == nil {
			if taken > 0 && octets+st.Size() > sendOctets {
				break
			}
			octets += st.Size()
		}
		taken++
		b, err := readBatch(path)
		switch {
		case errors.Is(err, os.ErrNotExist): // another watch over the same folder has sent it
		case err != nil:
			s.tell("%s is damaged (%v) and is left there as %s.damaged", path, err, name)
			os.Rename(path, path+".damaged")
			s.mutex.Lock()
			s.counts.Damaged++
			s.mutex.Unlock()
		default:
			batches = append(batches, b)
		}
	}
	if len(batches) > 0 {
		if err := s.server.send(ctx, batches...); err != nil {
			s.failed(ctx, err)
			return false
		}
	}
	s.sent(names[:taken], octets, len(batches))
	return true
}

// failed tells why batches still wait, where that is another cause than was told.
func (s *spool) failed(ctx context.Context, err error) {
	s.mutex.Lock()
	text := err.Error()
	news := ctx.Err() == nil && text != s.told && time.Since(s.toldAt) >= spoolTell
	if s.down = true; news {
		s.told, s.toldAt = text, time.Now()
	}
	s.mutex.Unlock()
	if news {
		s.tell("%v; batches wait in %s", err, s.folder)
	}
}

// sent takes what was sent off the list, and tells that the server is back if nothing waits.
func (s *spool) sent(names []string, octets int64, batches int) {
	for _, name := range names {
		os.Remove(filepath.Join(s.folder, name))
	}
	s.mutex.Lock()
	s.files = s.files[len(names):] // only the end grows meanwhile
	s.octets = max(s.octets-octets, 0)
	s.counts.Sent += uint64(batches)
	back, n := s.down && len(s.files) == 0, s.counts
	if back {
		s.down, s.octets, s.told = false, 0, ""
	}
	s.mutex.Unlock()
	if back {
		s.tell("it takes batches again, and none waits; %d were kept meanwhile, and %d sent later, in order", n.Kept, n.Sent)
	}
}
