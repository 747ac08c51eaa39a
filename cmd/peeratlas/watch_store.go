package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/jail"
	"peeratlas/pipeline"
	"peeratlas/report"
	"peeratlas/store"
)

// watchStore are the flags of what a watch keeps for later.
type watchStore struct {
	storeName
	sensor      string
	flush       time.Duration
	days        int
	most, queue size
	spool       string
	spoolSize   size

	opened   store.Store
	recorder *store.Recorder // nil: nothing is stored
}

func (h *watchStore) addFlags(f *pflag.FlagSet) {
	h.addTo(f, "that what is found is added to, for report, flows and diff --store")
	f.StringVar(&h.sensor, "sensor", "", "`name` of this sensor in --store (default: the host's)")
	f.DurationVar(&h.flush, "store-flush", time.Second, "how often --store writes what there is: what a kill loses at most, of what the latest look told (ClickHouse: 10s)")
	f.IntVar(&h.days, "store-days", 0, "`days` that --store keeps (0: all)")
	f.Var(&h.most, "store-size", "`size` of --store beyond which the oldest is removed (default: none)")
	f.StringVar(&h.spool, "store-spool", "", "`folder` for what a ClickHouse server does not take while it is away or slow; it is sent later, in order")
	h.spoolSize = 1 << 30
	f.Var(&h.spoolSize, "store-spool-size", "`size` of what is in --store-spool at most")
	h.queue = 64 << 20
	f.Var(&h.queue, "store-queue", "`size` of records that wait for --store at most; beyond, they are dropped and counted")
}

// remoteFlush is how often a server is sent what there is: it wants few and large inserts.
const remoteFlush = 10 * time.Second

// allow adds what the store needs to what a jail leaves.
func (h *watchStore) allow(j *jail.Options) {
	switch {
	case h.file == "":
	case store.IsClickHouse(h.file):
		j.Network = true
		if h.spool != "" {
			j.WritableFolders = append(j.WritableFolders, h.spool)
		}
		if h.authorities != "" {
			j.ReadableFiles = append(j.ReadableFiles, h.authorities)
		}
	default:
		j.WritableFolders = append(j.WritableFolders, filepath.Dir(h.file))
	}
}

// open opens the store and begins a run in it. close must follow.
func (h *watchStore) open(cmd *cobra.Command, w *watch, o *pipeline.WatchOptions, say func(string)) (err error) {
	if h.file == "" {
		if h.sensor != "" || h.days != 0 || h.most != 0 || h.spool != "" {
			return usage(cmd, "--sensor, --store-days, --store-size and --store-spool are for --store; name a file with that")
		}
		return nil
	}
	if h.flush <= 0 || h.days < 0 {
		return usage(cmd, "--store-flush is above 0, and --store-days cannot be negative")
	}
	switch remote := store.IsClickHouse(h.file); {
	case remote && h.most != 0:
		return usage(cmd, "--store-size is for a file; a server keeps --store-days")
	case !remote && h.spool != "":
		return usage(cmd, "--store-spool is for a ClickHouse server; a file is always there")
	case remote && !cmd.Flags().Changed("store-flush"):
		h.flush = remoteFlush
	}
	if h.opened, err = h.write(cmd.Context(), time.Second, store.ClickHouseOptions{Days: h.days, Spool: h.spool, SpoolOctets: int64(h.spoolSize), Tell: say}); err != nil {
		return err
	}
	r := store.Run{Sensor: sensorName(h.sensor), Kind: store.KindWatch, Program: o.Program, Home: w.home, Sources: w.geo.Load().Sources(), Words: o.Inputs}
	if len(w.read) > 0 {
		r.Kind, r.Origin = store.KindReplay, replayOrigin(w.read, w.filter)
	}
	h.recorder = store.NewRecorder(h.opened, r, store.RecorderOptions{Flush: h.flush, Queue: int64(h.queue), Tell: say, Replace: r.Origin != "",
		Retention: store.Retention{Age: time.Duration(h.days) * 24 * time.Hour, Octets: int64(h.most)}})
	o.Places, o.Running, o.Judged = true, h.recorder.Running, h.recorder.Judge
	w.tellers = append(w.tellers, h.recorder.Look)
	w.again = append(w.again, func() error { h.recorder.Locate(w.geo.Load().Sources()); return nil })
	return nil
}

// adding returns a write that stores each record before write gets it.
func (h *watchStore) adding(write func(*report.Record) error) func(*report.Record) error {
	if h.recorder == nil {
		return write
	}
	return func(r *report.Record) error {
		if err := h.recorder.Add(r); err != nil {
			return err
		}
		return write(r)
	}
}

func (h *watchStore) finish(c report.Coverage) {
	if h.recorder != nil {
		h.recorder.Finish(c)
	}
}

// close writes what there is, and tells what could not be stored.
func (h *watchStore) close() error {
	if h.recorder == nil {
		return nil
	}
	err := h.recorder.Close()
	if cerr := h.opened.Close(); err == nil {
		err = cerr
	}
	h.recorder = nil
	return err
}

// replayOrigin tells captures from others by how they begin and how long they are; "" where that cannot
// be known, as of a pipe.
func replayOrigin(paths []string, filter string) string {
	const head = 1 << 20
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", filter)
	for _, path := range paths {
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			return ""
		}
		f, err := os.Open(path)
		if err != nil {
			return ""
		}
		fmt.Fprintf(h, "%d\n", st.Size())
		_, err = io.CopyN(h, f, head)
		f.Close()
		if err != nil && err != io.EOF {
			return ""
		}
	}
	return "replay " + hex.EncodeToString(h.Sum(nil)[:16])
}
