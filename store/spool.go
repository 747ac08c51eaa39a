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
	"strconv"
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
	latest int64  // number of the latest file: nanoseconds since the Unix epoch, or the one before and 1
	counts Spool  // since the watch began
	told   string // the latest error that was told, and when
	toldAt time.Time
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
	// spoolTell is the least time between words on why batches still wait.
	spoolTell = time.Minute
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
			if n, err := strconv.ParseInt(strings.TrimSuffix(e.Name(), spoolEnding), 10, 64); err == nil {
				s.latest = max(s.latest, n) // the clock may have been set back
			}
		}
	}
	if n := len(s.files); n > 0 {
		s.down = true // until they are sent
		s.tell("%d batches of %d octets wait in %s from before", n, s.octets, s.folder)
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

// uses is how much of the spool is used, and what went through it.
func (s *spool) uses() Spool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n := s.counts
	n.Batches, n.Octets, n.Most = len(s.files), s.octets, s.most
	return n
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
		if ctx.Err() != nil {
			err = errors.New("the server did not answer before the end")
		}
		s.mutex.Lock()
		s.down, s.told = true, err.Error()
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
	s.latest = max(time.Now().UnixNano(), s.latest+1)
	name := fmt.Sprintf("%020d%s", s.latest, spoolEnding)
	if err := writeWhole(filepath.Join(s.folder, name), zipped.Bytes()); err != nil {
		return fmt.Errorf("--store-spool %s: %w", s.folder, unwrapPath(err))
	}
	s.files = append(s.files, name)
	s.octets += int64(zipped.Len())
	s.counts.Kept++
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
	if d, derr := os.Open(filepath.Dir(path)); err == nil && derr == nil {
		d.Sync() // of its name too, where a folder can be; Windows knows no such thing
		d.Close()
	}
	if err != nil {
		os.Remove(path + ".tmp")
	}
	return err
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
