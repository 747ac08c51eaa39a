package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// spool keeps batches in a folder while a server is away, and sends them in order when it is back. A file
// is a batch; its name tells the order. A batch that was sent and not removed, because the program ended
// between, is sent again and changes nothing.
type spool struct {
	server *ClickHouse
	folder string
	most   int64

	mutex  sync.Mutex
	files  []string // names that wait, in order
	octets int64
	number uint64
	down   bool // the server did not take the latest
	ready  bool // the tables were looked at

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

const (
	defaultSpool = 1 << 30
	spoolEnding  = ".batch"
	// spoolPause is between attempts to send.
	spoolPause = time.Second
	// spoolClose is how long an end waits for what is in the spool.
	spoolClose = 1500 * time.Millisecond
)

// openSpool opens the folder, makes it if need be, and begins to send what is in it.
func openSpool(c *ClickHouse, ready bool) (*spool, error) {
	s := &spool{server: c, folder: c.options.Spool, most: c.options.SpoolOctets, ready: ready, down: !ready, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if s.most <= 0 {
		s.most = defaultSpool
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, fmt.Errorf("--store-spool %s: %w; choose a folder that can be written", s.folder, unwrapPath(err))
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, fmt.Errorf("--store-spool %s: %w", s.folder, unwrapPath(err))
	}
	for _, e := range entries { // by name, that is, in order
		switch info, err := e.Info(); {
		case err != nil:
		case strings.HasSuffix(e.Name(), ".tmp"):
			os.Remove(filepath.Join(s.folder, e.Name())) // nobody was told that it is written
		case strings.HasSuffix(e.Name(), spoolEnding):
			s.files = append(s.files, e.Name())
			s.octets += info.Size()
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go s.sendAll(ctx)
	return s, nil
}

func (s *spool) tell(format string, args ...any) {
	if s.server.options.Tell != nil {
		s.server.options.Tell(fmt.Sprintf("store %s: ", s.server.name()) + fmt.Sprintf(format, args...))
	}
}

// away tells whether batches wait, or the server did not answer.
func (s *spool) away() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.down || len(s.files) > 0
}

// write sends a batch if none waits before it, else, or if that fails, it waits in the spool.
func (s *spool) write(ctx context.Context, b *Batch) error {
	if !s.away() {
		err := s.server.send(ctx, b)
		if err == nil {
			return nil
		}
		s.mutex.Lock()
		s.down = true
		s.mutex.Unlock()
		s.tell("%v; batches wait in %s", err, s.folder)
	}
	return s.keep(b)
}

// keep puts a batch into the folder. What it returned from is on the disk.
func (s *spool) keep(b *Batch) error {
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	err := json.NewEncoder(z).Encode(b)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return fmt.Errorf("spool a batch: %w", err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.octets+int64(zipped.Len()) > s.most {
		return fmt.Errorf("the spool %s is full with %d octets; bring the server back, or raise --store-spool-size", s.folder, s.octets)
	}
	s.number++
	name := fmt.Sprintf("%020d-%06d%s", time.Now().UnixNano(), s.number, spoolEnding)
	if err := writeWhole(filepath.Join(s.folder, name), zipped.Bytes()); err != nil {
		return fmt.Errorf("--store-spool %s: %w", s.folder, unwrapPath(err))
	}
	s.files = append(s.files, name)
	s.octets += int64(zipped.Len())
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// writeWhole writes a file that appears under its name when it is on the disk.
func writeWhole(path string, octets []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		os.Remove(path + ".tmp")
	}
	return err
}

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
			return false
		}
		s.ready = true
	}
	if len(names) == 0 {
		_, err := s.server.version(ctx)
		if err == nil {
			s.sent(nil, 0)
		}
		return err == nil
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
		default:
			batches = append(batches, b)
		}
	}
	if len(batches) > 0 {
		if err := s.server.send(ctx, batches...); err != nil {
			return false
		}
	}
	s.sent(names[:taken], octets)
	return true
}

// sent takes what was sent off the list, and tells that the server is back if nothing waits.
func (s *spool) sent(names []string, octets int64) {
	for _, name := range names {
		os.Remove(filepath.Join(s.folder, name))
	}
	s.mutex.Lock()
	s.files = s.files[len(names):] // only the end grows meanwhile
	s.octets = max(s.octets-octets, 0)
	back := s.down && len(s.files) == 0
	if back {
		s.down, s.octets = false, 0
	}
	s.mutex.Unlock()
	if back {
		s.tell("it takes batches again, and none waits")
	}
}

// mostBatch bounds what a file of the spool unpacks to.
const mostBatch = 1 << 30

func readBatch(path string) (*Batch, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b := new(Batch)
	if err := json.NewDecoder(io.LimitReader(z, mostBatch)).Decode(b); err != nil {
		return nil, err
	}
	return b, nil
}

// close waits a little for what is in the spool, and says what stays there.
func (s *spool) close() error {
	for end := time.Now().Add(spoolClose); s.away() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	s.stop()
	<-s.done
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if n := len(s.files); n > 0 {
		return fmt.Errorf("store %s: the server is away; %d batches stay in %s, and the next watch with it sends them", s.server.name(), n, s.folder)
	}
	return nil
}
