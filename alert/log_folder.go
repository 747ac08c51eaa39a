package alert

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// logFolder knows how the files of one log are named.
type logFolder struct {
	dir, stem, ext string
}

func folderOf(name string) logFolder {
	base := filepath.Base(name)
	ext := filepath.Ext(base)
	if ext == base { // ".ndjson" is a name
		ext = ""
	}
	return logFolder{filepath.Dir(name), strings.TrimSuffix(base, ext), ext}
}

// file is the one that is written.
func (d logFolder) file() string { return filepath.Join(d.dir, d.stem+d.ext) }

// lock is the file that is locked while the log is written.
func (d logFolder) lock() string { return filepath.Join(d.dir, "."+d.stem+d.ext+".lock") }

// fullFile is a file of a log that is not written any more.
type fullFile struct {
	path     string
	sequence uint64
	packing  string // its last extension, if that is of a compression
}

// unpacked is the name that heads give it.
func (f *fullFile) unpacked() string {
	return strings.TrimSuffix(filepath.Base(f.path), f.packing)
}

// rotated is where a file goes when it has ended.
func (d logFolder) rotated(h fileHead) string {
	return filepath.Join(d.dir, fmt.Sprintf("%s-%06d-%s%s", d.stem, h.Sequence, h.Time.UTC().Format("20060102T150405Z"), d.ext))
}

// fullName takes the name of a full file apart.
var fullName = regexp.MustCompile(`^(.*)-(\d{6,19})-\d{8}T\d{6}Z((?:\.[^.]*)?)(` + regexp.QuoteMeta(zstdExt) + `|` + regexp.QuoteMeta(gzipExt) + `)?$`)

// parseFull reads the name of a full file of any log.
func parseFull(path string) (f fullFile, of logFolder, ok bool) {
	m := fullName.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return f, of, false
	}
	n, err := strconv.ParseUint(m[2], 10, 64)
	if err != nil || n == 0 {
		return f, of, false
	}
	of = logFolder{filepath.Dir(path), m[1], m[3]}
	f = fullFile{path, n, m[4]}
	if f.packing == "" && (of.ext == zstdExt || of.ext == gzipExt) { // a log without an extension
		f.packing, of.ext = of.ext, ""
	}
	return f, of, true
}

// list are the full files of this log, the oldest first.
func (d logFolder) list() ([]fullFile, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	var out []fullFile
	for _, e := range entries {
		if f, of, ok := parseFull(filepath.Join(d.dir, e.Name())); ok && of == (logFolder{filepath.Dir(f.path), d.stem, d.ext}) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(x, y fullFile) int {
		return cmp.Or(cmp.Compare(x.sequence, y.sequence), cmp.Compare(x.path, y.path))
	})
	return out, nil
}

// oldest is the sequence of the oldest file that will be there when file number next has begun and
// all but keep full ones are gone.
func (d logFolder) oldest(next uint64, keep int) uint64 {
	files, err := d.list()
	if err != nil || len(files) == 0 {
		return next
	}
	if keep > 0 && len(files) > keep {
		files = files[len(files)-keep:]
	}
	return min(files[0].sequence, next)
}

// move gives a file another name, but not one that is taken.
func (d logFolder) move(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("move %s: %s exists already", from, to)
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("move %s: %w", from, err)
	}
	syncFolder(d.dir)
	return nil
}

// prune removes the oldest full files beyond keep; 0 keeps all.
func (d logFolder) prune(keep int, tell func(string)) {
	if keep <= 0 {
		return
	}
	files, err := d.list()
	for i := 0; err == nil && i < len(files)-keep; i++ {
		err = os.Remove(files[i].path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tell(fmt.Sprintf("log of contacts: an old file stays: %v", err))
	}
}
