package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"peeratlas/capture"
)

// Arguments splits a command's words as tcpdump's users expect: captures first, then a filter
// expression in one word or several. The first word that is no existing path (and not "-")
// begins the expression. read is what -r gave, captures in any case. expr is what -f gave, ""
// if nothing; both must pass then.
func Arguments(read, words []string, expr string) ([]string, *capture.Filter, error) {
	paths, rest := words, []string(nil)
	for i, w := range words {
		if w == "-" {
			continue
		}
		if _, err := os.Stat(w); errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) {
			paths, rest = words[:i], words[i:]
			break
		}
	}
	paths = slices.Concat(read, paths)
	trailing := strings.Join(rest, " ")
	if trailing != "" {
		if _, err := capture.ParseFilter(trailing); err != nil {
			return nil, nil, fmt.Errorf("%q is neither a capture (no such file) nor a filter expression (%w)", rest[0], err)
		}
		if len(paths) == 0 {
			return nil, nil, fmt.Errorf("no capture given before the filter expression %q; name a file, a folder, or \"-\" for standard input", trailing)
		}
	}
	switch {
	case expr == "" && trailing == "":
		return paths, nil, nil
	case expr == "":
		expr = trailing
	case trailing != "":
		expr = "(" + expr + ") and (" + trailing + ")"
	}
	f, err := capture.ParseFilter(expr)
	if err != nil {
		return nil, nil, fmt.Errorf("filter expression: %w", err)
	}
	return paths, f, nil
}

// isNotDirectory tells the error of "file/more", which has no portable name.
func isNotDirectory(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && !errors.Is(err, fs.ErrPermission)
}
