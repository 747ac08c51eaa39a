package alert

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Verified is what became of a log of contacts, as far as its files show.
type Verified struct {
	Name        string // the file that is, or was, written
	Files       uint64
	Lines       uint64 // without heads and ends
	First, Last uint64 // sequences of files
	Chain       string // link of the last line: who keeps it elsewhere can tell later if the log was written anew
	Open        bool   // the file that is written last has no end
	Written     bool   // a process has the log's lock: what is open will have an end. Only asked if Open
	Damage      []Damage
	MoreDamage  uint64 // that is not listed
	Notes       []string
}

// verifying is one file on the way.
type verifying struct {
	path     string
	full     bool // by its name it has ended
	sequence uint64
	name     string // as heads give it; "" for the file that is written
	*chained
}

// VerifyLogs reads logs of contacts and tells where they are not what was written. A folder
// stands for the logs in it: no file of them may be missing, but the oldest that the log itself
// let go. Of single files each is read and compared with those before and after it, named or only
// beside it. If wanted is not empty, one of the lines must have that chain. Errors are of reading
// folders and of paths that are no logs.
func VerifyLogs(paths []string, wanted string) ([]*Verified, error) {
	var want *link
	if wanted != "" {
		l, ok := parseLink(strings.ToLower(wanted))
		if !ok {
			return nil, fmt.Errorf("%q is no chain; it has %d hexadecimal digits", wanted, 2*len(l))
		}
		want = &l
	}
	logs, err := gather(paths)
	if err != nil {
		return nil, err
	}
	found := false
	var out []*Verified
	for _, g := range logs {
		v, has, err := g.verify(want)
		if err != nil {
			return nil, err
		}
		found = found || has
		out = append(out, v)
	}
	if want != nil && !found && len(out) > 0 {
		last := out[len(out)-1]
		last.Damage = append(last.Damage, Damage{File: last.Name, Text: "no line has the chain " + want.String() + ": the log was cut, or written anew"})
	}
	return out, nil
}

// gathered are the files of one log that are to be read.
type gathered struct {
	of    logFolder
	paths []string
	whole bool // all its files must be there
}

// gather finds the files, by log.
func gather(paths []string) ([]*gathered, error) {
	var logs []*gathered
	add := func(path string, whole bool) {
		_, of, full := parseFull(path)
		if !full {
			of = folderOf(strings.TrimSuffix(strings.TrimSuffix(path, zstdExt), gzipExt))
		}
		at := slices.IndexFunc(logs, func(g *gathered) bool { return g.of == of })
		if at < 0 {
			at = len(logs)
			logs = append(logs, &gathered{of: of})
		}
		if g := logs[at]; !slices.Contains(g.paths, path) {
			g.paths = append(g.paths, path)
			g.whole = g.whole || whole
		}
	}
	for _, path := range paths {
		path = filepath.Clean(path)
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			add(path, false)
			continue
		}
		inside, err := logsIn(path)
		if err != nil {
			return nil, err
		}
		for _, p := range inside {
			add(p, true)
		}
	}
	return logs, nil
}

// logsIn are the files of logs in a folder: those named so, and those that begin so.
func logsIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []string
	written := map[string]bool{} // files that full ones were before they were full
	for _, e := range entries {
		if _, of, full := parseFull(filepath.Join(folder, e.Name())); full {
			written[of.stem+of.ext] = true
		}
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if _, _, full := parseFull(path); full || e.Type().IsRegular() && (written[e.Name()] || beginsAsLog(path)) {
			out = append(out, path)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no log of contacts in %s", folder)
	}
	return out, nil
}

func beginsAsLog(path string) bool {
	f, err := os.Open(path)
	if err != nil || strings.HasSuffix(path, tornExt) {
		return false
	}
	defer f.Close()
	b := make([]byte, len(headBegins))
	_, err = io.ReadFull(f, b)
	return err == nil && string(b) == headBegins
}

func (g *gathered) verify(want *link) (v *Verified, found bool, err error) {
	v = &Verified{Name: g.of.file()}
	v.Written = lockHeld(g.of.lock()) // before anything is read: what is written then may end meanwhile
	var files []*verifying
	for _, path := range g.paths {
		f := &verifying{path: path}
		var rerr error
		f.chained, rerr = readFull(path, want)
		if errors.Is(rerr, os.ErrPermission) {
			return nil, false, rerr
		}
		if full, _, ok := parseFull(path); ok {
			f.full, f.sequence, f.name = true, full.sequence, full.unpacked()
		} else {
			f.sequence = f.head.Sequence
		}
		f.alone(v, rerr)
		found = found || f.found
		files = append(files, f)
	}
	slices.SortStableFunc(files, func(x, y *verifying) int {
		if x.full != y.full { // the file that is written comes last, whatever it says
			if x.full {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.sequence, y.sequence), cmp.Compare(x.path, y.path))
	})
	last := files[len(files)-1]
	if n := len(files); n > 1 && !last.full && !last.headed { // nothing says which it was: it was the next
		last.sequence = files[n-2].sequence + 1
	}
	for i := range files[1:] {
		files[i+1].follows(v, files[i], g.whole)
	}
	if g.whole {
		ends(v, files[0], last)
	} else {
		g.beside(v, files)
	}
	v.First, v.Last, v.Open = files[0].sequence, last.sequence, last.end == nil && !last.full
	for _, f := range files {
		if f.headed {
			v.Chain = f.last.String()
		}
	}
	v.Written = v.Written && v.Open
	return v, found, nil
}

func (v *Verified) bad(f *verifying, format string, args ...any) {
	v.Damage = append(v.Damage, Damage{File: f.path, Text: fmt.Sprintf(format, args...)})
}

// alone tells what is wrong with a file by itself.
func (f *verifying) alone(v *Verified, rerr error) {
	v.Files++
	v.Lines += f.lines
	v.MoreDamage += f.more
	for _, d := range f.damage {
		d.File = f.path
		v.Damage = append(v.Damage, d)
	}
	switch {
	case rerr != nil && errors.Is(rerr, io.ErrUnexpectedEOF):
		v.bad(f, "it cannot be unpacked beyond line %d: it was cut", f.all)
	case rerr != nil:
		v.bad(f, "it cannot be read beyond line %d: %v", f.all, pathless(rerr))
	case f.all == 0 && f.torn == 0:
		v.bad(f, "it is empty")
	}
	if f.torn > 0 && v.Written && !f.full {
		v.note("%s: a line of it is being written", f.path)
	} else if f.torn > 0 {
		v.bad(f, "it ends within a line: %d octets after line %d", f.torn, f.all)
	}
	if f.full && f.end == nil {
		v.bad(f, "its end is missing")
	}
	if f.full && f.headed && f.head.Sequence != f.sequence {
		v.bad(f, "it is named as file %d, and its head says that it is file %d", f.sequence, f.head.Sequence)
	}
	if f.headed && f.head.Recovered != nil {
		r := f.head.Recovered
		note := "the file before was ended by the start that began this one"
		if r.Torn > 0 {
			note += fmt.Sprintf("; %d octets of a line that was not whole were put aside", r.Torn)
		}
		if r.Damage != "" {
			note += "; it was damaged then"
		}
		v.note("%s: %s", f.path, note)
	}
}

// follows compares a file with the one that comes before it among those that there are.
func (f *verifying) follows(v *Verified, before *verifying, whole bool) {
	switch {
	case f.sequence == before.sequence:
		v.bad(f, "there is another file %d: %s", f.sequence, before.path)
		return
	case f.sequence != before.sequence+1:
		if whole && f.sequence > before.sequence {
			v.bad(f, "files %d to %d before it are missing", before.sequence+1, f.sequence-1)
		} else if whole {
			v.bad(f, "it says that it is file %d, but it comes after file %d", f.sequence, before.sequence)
		}
		return
	}
	if !f.headed {
		return // told already
	}
	p := f.head.Previous
	switch {
	case p == nil:
		v.bad(f, "its head does not name %s, the file before", before.path)
	case p.SHA256 != before.sha():
		v.bad(f, "the file before, %s, is not what it was: its SHA-256 is another", before.path)
	case p.Chain != before.last.String():
		v.bad(f, "the file before, %s, ends with another chain", before.path)
	case before.name != "" && p.File != before.name:
		v.bad(f, "the file before was called otherwise than %s", before.path)
	}
}

// ends tells what is missing before the first file and after the last.
func ends(v *Verified, first, last *verifying) {
	if last.headed && last.head.Oldest < first.sequence {
		v.bad(first, "files %d to %d before it are missing", last.head.Oldest, first.sequence-1)
	} else if first.sequence > 1 {
		v.note("%s: the log begins here: it keeps no older files", first.path)
	}
	if last.end != nil && last.end.Reason != endClosed {
		v.bad(last, "the file after it is missing, unless the program was killed between the two")
	}
}
