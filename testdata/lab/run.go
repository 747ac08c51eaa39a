package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

type runOptions struct {
	scenes   []*Scene
	seconds  int
	dir      string
	together string
	jobs     int
	loss     float64
	delay    time.Duration
	ipv6     bool
}

// name of a scene's capture.
func (o runOptions) name(s *Scene) string {
	if o.ipv6 {
		return s.Name + "-ipv6"
	}
	return s.Name
}

// runAll runs the scenes, each by itself or all together.
func runAll(ctx context.Context, o runOptions) error {
	if o.together != "" {
		return runOne(ctx, o.together, o.scenes, o)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		errs  []error
		seats = make(chan struct{}, max(1, o.jobs))
	)
	for _, s := range o.scenes {
		seats <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-seats }()
			if err := runOne(ctx, o.name(s), []*Scene{s}, o); err != nil {
				fmt.Fprintf(os.Stderr, "%s: failed\n", s.Name)
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// labs counts the networks of this process, for their names.
var labs struct {
	sync.Mutex
	n int
}

func nextName() string {
	labs.Lock()
	defer labs.Unlock()
	labs.n++
	return fmt.Sprintf("lab%d.%d-", os.Getpid(), labs.n)
}

// runOne runs scenes in one network and writes NAME.pcapng, NAME.labels.csv and NAME.manifest.json.
func runOne(ctx context.Context, name string, scenes []*Scene, o runOptions) (err error) {
	for _, s := range scenes {
		if err := need(append(s.Needs, "ip", "nft", "ethtool", "tcpdump")); err != nil {
			return err
		}
		if o.ipv6 && !s.IPv6 {
			return fmt.Errorf("scene %s does not run over IPv6; lab list marks those that do", s.Name)
		}
	}
	scratch, err := os.MkdirTemp("", "peeratlas-lab-")
	if err != nil {
		return err
	}
	os.Chmod(scratch, 0o755) // some daemons give up root, and read here all the same
	if err := os.MkdirAll(filepath.Join(scratch, "logs"), 0o755); err != nil {
		return err
	}
	l, err := newLab(ctx, nextName(), scratch, o)
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, l.Close())
		}
		if err == nil {
			os.RemoveAll(scratch)
		} else {
			fmt.Fprintf(os.Stderr, "%s: logs are in %s\n", name, scratch)
		}
	}()
	if err != nil {
		return err
	}
	t, err := l.capture()
	if err != nil {
		return err
	}
	begun := time.Now()
	sceneErr := l.play(scenes)
	lost, err := t.stop()
	closed = true
	if err := errors.Join(sceneErr, err, l.Close()); err != nil {
		return err
	}
	return l.conclude(name, scenes, o, begun, lost)
}

// play runs the scenes at the same time for the run's seconds.
func (l *Lab) play(scenes []*Scene) error {
	var wg sync.WaitGroup
	errs := make([]error, len(scenes))
	over := time.AfterFunc(time.Duration(l.seconds)*time.Second, func() { close(l.end) })
	defer over.Stop()
	for i, s := range scenes {
		wg.Go(func() {
			if err := s.Run(l); err != nil {
				errs[i] = fmt.Errorf("scene %s: %w", s.Name, err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(append(errs, l.ctx.Err())...); err != nil {
		return err
	}
	// Scenes whose programs are all there go on until the time is over.
	l.Sleep(time.Duration(l.seconds) * time.Second)
	return l.ctx.Err()
}

func (l *Lab) conclude(name string, scenes []*Scene, o runOptions, begun time.Time, lost int) (err error) {
	if lost > 0 {
		l.notes = append(l.notes, fmt.Sprintf("%d frames were lost by the capture", lost))
	}
	base := filepath.Join(o.dir, name)
	defer func() {
		if err != nil { // half a scene is none
			os.Remove(base + ".pcapng")
			os.Remove(base + ".labels.csv")
		}
	}()
	flows, frames, err := convert(filepath.Join(l.dir, "mirror.pcap"), base+".pcapng", "real programs in network namespaces; see "+name+".manifest.json")
	if err != nil {
		return err
	}
	if len(flows) == 0 {
		return errors.New("the capture shows no flow")
	}
	count, err := writeLabels(base+".labels.csv", l.rules, flows)
	if err != nil {
		return err
	}
	if err = l.writeManifest(base+".manifest.json", scenes, begun, frames, count); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d frames, %d flows\n", name, frames, len(flows))
	return nil
}
