package alert

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// beside compares single files with those beside them that were not named: the file before, whose
// SHA-256 the head has, and the file after, whose head has theirs. What is not there, or cannot be
// read, is a note: single files may have been copied from where the others are.
func (g *gathered) beside(v *Verified, files []*verifying) {
	full, err := g.of.list()
	if err != nil {
		full = nil // the folder may be executable only
	}
	for _, f := range files {
		if !f.headed {
			continue // told already
		}
		if f.sequence > 1 && !slices.ContainsFunc(files, func(o *verifying) bool { return o.sequence == f.sequence-1 }) {
			if before := neighbour(v, full, f, f.sequence-1, "before"); before != nil {
				f.follows(v, before, false)
			}
		}
		if f.full && !slices.ContainsFunc(files, func(o *verifying) bool { return o.sequence == f.sequence+1 }) {
			if after := g.after(v, full, f); after != nil {
				after.follows(v, f, false)
			}
		}
	}
}

// after is the file that follows f, which may be the one that is written.
func (g *gathered) after(v *Verified, full []fullFile, f *verifying) *verifying {
	path := g.of.file()
	c, err := readFull(path, nil)
	switch {
	case err == nil && c.headed && c.head.Sequence == f.sequence+1:
		return &verifying{path: path, sequence: c.head.Sequence, chained: c}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		v.note("%s was not compared with the file after it: %v", f.path, err)
		return nil
	case f.end != nil && f.end.Reason == endClosed && !slices.ContainsFunc(full, func(o fullFile) bool { return o.sequence > f.sequence }):
		return nil // the watch ended with it
	}
	return neighbour(v, full, f, f.sequence+1, "after")
}

// neighbour reads a full file, or notes why not. Side is where it is of f.
func neighbour(v *Verified, full []fullFile, f *verifying, sequence uint64, side string) *verifying {
	at := slices.IndexFunc(full, func(o fullFile) bool { return o.sequence == sequence })
	if at < 0 {
		v.note("%s was not compared with the file %s it: file %d is not in its folder", f.path, side, sequence)
		return nil
	}
	n := full[at]
	c, err := readFull(n.path, nil)
	if errors.Is(err, fs.ErrPermission) || side == "after" && !c.headed {
		v.note("%s was not compared with the file %s it: %s cannot be read", f.path, side, n.path)
		return nil
	} // else what can be read has another SHA-256, or its head says enough
	return &verifying{path: n.path, full: true, sequence: n.sequence, name: n.unpacked(), chained: c}
}

func (v *Verified) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// Whole tells whether the log is what was written, to its end or to what its writer has written so
// far.
func (v *Verified) Whole() bool { return len(v.Damage) == 0 && (!v.Open || v.Written) }
