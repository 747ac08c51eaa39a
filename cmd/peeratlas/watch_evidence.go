package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/capture"
	"peeratlas/pipeline"
	"peeratlas/report"
)

// watchEvidence are the flags by which a watch writes packets, in tcpdump's manner.
type watchEvidence struct {
	file   string
	size   fileSize
	period seconds
	count  int
	keep   string
	memory size
	keeper *pipeline.Keeper // nil: no packets are written
}

func (w *watchEvidence) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&w.file, "write", "w", "", "pcapng `file` to write with the packets of peer-to-peer flows, those from before the verdict too; %Y%m%d-%H%M%S stand for the time at which it is begun")
	f.VarP(&w.size, "file-size", "C", "`size` after which another file is begun: in millions of octets as tcpdump's -C, or as 500KiB, 100MiB")
	f.VarP(&w.period, "rotate-seconds", "G", "`seconds` after which another file is begun, or a time such as 1h")
	f.IntVarP(&w.count, "file-count", "W", 0, "`files` to keep: the oldest of this run gives way (0: all)")
	f.StringVar(&w.keep, "keep", "p2p", "which packets -w writes: p2p, likely (these too) or all")
	w.memory = 64 << 20
	f.Var(&w.memory, "evidence-memory", "`size` of the packets that are held until a verdict comes; older ones are not written, and counted")
}

// open begins the first file; say takes lines for people. Without -w there is no tap.
func (w *watchEvidence) open(interfaces []capture.InterfaceInfo, say func(string)) (pipeline.Tap, error) {
	if !strings.Contains(" p2p likely all ", " "+w.keep+" ") {
		return nil, fmt.Errorf("--keep %s: choose p2p, likely or all", w.keep)
	}
	if w.file == "" {
		if w.size > 0 || w.period > 0 || w.count != 0 || w.keep != "p2p" {
			return nil, errors.New("-C, -G, -W and --keep say how packets are written; name the file with -w FILE")
		}
		return nil, nil
	}
	if w.count != 0 && w.size == 0 && w.period == 0 {
		return nil, errors.New("-W bounds the number of files; say with -C or -G when another is begun")
	}
	k, err := pipeline.NewKeeper(pipeline.KeeperOptions{
		Name: w.file, Size: int64(w.size), Period: time.Duration(w.period), Count: w.count, Memory: int64(w.memory),
		All: w.keep == "all", Likely: w.keep == "likely", Interfaces: interfaces, Program: "peeratlas " + buildVersion(), Say: say,
	})
	if err != nil {
		return nil, err
	}
	w.keeper = k
	return k, nil
}

// rotate begins another file. Any goroutine may ask for it, with or without -w.
func (w *watchEvidence) rotate() {
	if w.keeper != nil {
		w.keeper.Rotate()
	}
}

// close ends the last file and says what was written; "" if nothing was asked for.
func (w *watchEvidence) close() (words string, err error) {
	if w.keeper == nil {
		return "", nil
	}
	err = w.keeper.Close()
	s := w.keeper.Stats()
	words = fmt.Sprintf("evidence: %s, %s, in %s", report.Counted(s.Packets, "packet", "packets"), report.Counted(s.Flows, "peer-to-peer flow", "peer-to-peer flows"), w.file)
	if s.Files != 1 {
		words = fmt.Sprintf("%s and others: %d files", words, s.Files)
	}
	if s.Untold > 0 {
		words += fmt.Sprintf("; of %d flows no packet tells the verdict, which came behind the last", s.Untold)
	}
	if s.TooOld > 0 {
		words += fmt.Sprintf("; %d packets were too old when their verdict came (see --evidence-memory)", s.TooOld)
	}
	if s.Lost > 0 {
		words += fmt.Sprintf("; %d could not be written", s.Lost)
	}
	if s.Beyond > 0 {
		words += fmt.Sprintf("; %d flows were too many at once", s.Beyond)
	}
	return words, err
}

// folder is where files are made, for those who forbid all others; "" without -w.
func (w *watchEvidence) folder() string {
	if w.file == "" {
		return ""
	}
	dir, _, _ := strings.Cut(filepath.Dir(w.file), "%")
	if dir == "" {
		return "."
	}
	return dir
}

// fileSize is tcpdump's -C: a number of millions of octets, or one with a unit.
type fileSize int64

// Set implements pflag.Value.
func (s *fileSize) Set(text string) error {
	number, unit := strings.TrimSpace(text), int64(1_000_000)
	for _, u := range []struct {
		suffix string
		octets int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20}, {"M", 1 << 20}, {"g", 1 << 30}, {"G", 1 << 30}} {
		if head, found := strings.CutSuffix(number, u.suffix); found {
			number, unit = head, u.octets
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > mostMemory/unit {
		return errors.New("write it as 100 (millions of octets), 500KiB, 100MiB or 2GiB")
	}
	*s = fileSize(n * unit)
	return nil
}

// String implements pflag.Value.
func (s *fileSize) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type implements pflag.Value.
func (s *fileSize) Type() string { return "size" }

// seconds is tcpdump's -G: a number of seconds, or a time with its unit.
type seconds time.Duration

// Set implements pflag.Value.
func (s *seconds) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, nerr := strconv.ParseInt(text, 10, 32); nerr == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < time.Second {
		return errors.New("write it as 3600 (seconds), 30m or 1h, at least one second")
	}
	*s = seconds(d)
	return nil
}

// String implements pflag.Value.
func (s *seconds) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Type implements pflag.Value.
func (s *seconds) Type() string { return "seconds" }
