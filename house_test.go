// Package house keeps the architecture: the floor plan, and what every file owes it, as a test.
package house

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "peeratlas/"

// may lists, for each package, the packages of the house that it may import. Package main, in
// cmd/, may import any; a package that is not listed fails.
var may = map[string][]string{
	"capture/packet":  {},
	"geo":             {},
	"capture":         {"capture/packet"},
	"classify/flow":   {"capture/packet"},
	"classify":        {"classify/flow", "capture/packet"},
	"report":          {"classify", "classify/flow", "geo", "capture/packet"},
	"export":          {"report", "classify", "classify/flow", "geo", "capture/packet"},
	"pipeline":        {"capture", "classify", "classify/flow", "geo", "capture/packet", "report"},
	"geo/generate":    {"geo"},
	"report/generate": {},
	// Rooms at the end of the street: see decision 9.
	"alert":   {"report", "classify", "classify/flow", "geo", "capture/packet", "policy"},
	"doctor":  {"capture", "capture/packet", "report"},
	"jail":    {},
	"policy":  {"report", "classify", "classify/flow", "geo", "capture/packet"},
	"store":   {"report", "classify", "classify/flow", "geo", "capture/packet"}, // see decision 16
	"serve":   {"store", "report", "classify", "classify/flow", "geo", "capture/packet"},
	"process": {"report", "classify/flow", "capture/packet"},
	"view":    {"report", "classify", "classify/flow", "geo", "capture/packet"},
}

// only lists modules that have one room: whoever else imports them breaks the plan.
var only = map[string][]string{
	"github.com/google/gopacket":           {"capture"},
	"github.com/oschwald/geoip2-golang":    {"geo"},
	"github.com/oschwald/maxminddb-golang": {"geo", "geo/generate"},
	"github.com/maxmind/mmdbwriter":        {"geo", "geo/generate"},
	"charm.land/":                          {"view"},
	"github.com/charmbracelet/":            {"view"},
	"github.com/spf13/cobra":               {"cmd"},
	"github.com/spf13/pflag":               {"cmd"},
	"go.yaml.in/yaml":                      {"policy"},
	"github.com/parquet-go/":               {"export"},
	"github.com/cpuguy83/go-md2man":        {}, // renders the man pages, in a test: see decision 17
	"modernc.org/":                         {"store"},
	"github.com/prometheus/":               {"serve"},
}

// drawers are names that say nothing of what is inside.
var drawers = []string{"util", "utils", "common", "helpers", "helper", "misc", "base", "core", "internal"}

// walk calls visit for each Go file that is no test, with its package's folder.
func walk(t *testing.T, tests bool, visit func(path, pkg string, file *ast.File, fset *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || !tests && strings.HasSuffix(path, "_test.go") {
			return nil
		}
		// The files are parsed here, not asked of "go list": go test's cache sees the files
		// that a test opens, but not those that a child process opens.
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		visit(path, filepath.ToSlash(filepath.Dir(path)), f, fset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFloorPlan(t *testing.T) {
	walk(t, false, func(path, pkg string, f *ast.File, _ *token.FileSet) {
		if strings.HasPrefix(pkg, "testdata/") {
			return
		}
		room := pkg
		if strings.HasPrefix(pkg, "cmd/") {
			room = "cmd"
		} else if _, listed := may[pkg]; !listed {
			t.Errorf("%s: package %s is not on the floor plan", path, pkg)
		}
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if dep, ours := strings.CutPrefix(name, module); ours && room != "cmd" && !slices.Contains(may[pkg], dep) {
				t.Errorf("%s: %s may not import %s", path, pkg, dep)
			}
			for guest, rooms := range only {
				if strings.HasPrefix(name, guest) && !slices.Contains(rooms, room) {
					t.Errorf("%s: %s may not import %s, which lives in %v", path, pkg, name, rooms)
				}
			}
		}
	})
}

func TestNoDrawers(t *testing.T) {
	walk(t, true, func(path, pkg string, _ *ast.File, _ *token.FileSet) {
		for part := range strings.SplitSeq(strings.TrimSuffix(filepath.ToSlash(path), ".go"), "/") {
			if slices.Contains(drawers, part) {
				t.Errorf("%s: %q says nothing of what is inside", path, part)
			}
		}
	})
}

func TestFormatted(t *testing.T) {
	walk(t, true, func(path, _ string, _ *ast.File, _ *token.FileSet) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := format.Source(src); err != nil || !bytes.Equal(src, want) {
			t.Errorf("%s: not as gofmt has it (%v)", path, err)
		}
	})
}

func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	walk(t, false, func(_, pkg string, f *ast.File, _ *token.FileSet) {
		documented[pkg] = documented[pkg] || f.Doc != nil
	})
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

func TestExportedAreDocumented(t *testing.T) {
	walk(t, false, func(path, pkg string, f *ast.File, fset *token.FileSet) {
		if strings.HasPrefix(pkg, "testdata/") || strings.HasPrefix(pkg, "cmd/") {
			return
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Name.IsExported() && fn.Doc == nil && fn.Name.Name != "String" && fn.Name.Name != "Error" && publicReceiver(fn) {
				// Neighbours on adjacent lines share the comment of the first.
				if line := fset.Position(fn.Pos()).Line; !sharesDoc(f, fset, line) {
					t.Errorf("%s:%d: %s has no comment", path, line, fn.Name.Name)
				}
			}
		}
	})
}

// publicReceiver tells whether callers outside can reach fn: a function, or a method of an
// exported type.
func publicReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	e := fn.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if x, ok := e.(*ast.IndexExpr); ok {
		e = x.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// sharesDoc tells whether a declaration ends on the line before.
func sharesDoc(f *ast.File, fset *token.FileSet, line int) bool {
	for _, d := range f.Decls {
		if fset.Position(d.End()).Line == line-1 {
			return true
		}
	}
	return false
}

// The longest functions and files stay readable. Tables are exempt by being no functions;
// generated and test files by their nature.
func TestFunctionsFitAScreen(t *testing.T) {
	walk(t, false, func(path, pkg string, f *ast.File, fset *token.FileSet) {
		if strings.HasPrefix(pkg, "testdata/") {
			return
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > 70 {
					t.Errorf("%s: %s has %d lines, more than a screen of 70", path, fn.Name.Name, n)
				}
			}
		}
	})
}

// connects lists the files that may name what asks a resolver or opens a connection.
var connects = []string{
	"pipeline/resolve.go", // only --resolve leads there
	"alert/connect.go",    // only --syslog and --webhook lead there
}

// The promise to send nothing but what was asked for. The generator of the embedded databases
// downloads them.
func TestOnlyWhoIsAskedToConnects(t *testing.T) {
	found := map[string]bool{}
	walk(t, false, func(path, pkg string, f *ast.File, _ *token.FileSet) {
		if strings.HasPrefix(pkg, "testdata/") || pkg == "geo/generate" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "net" && (strings.HasPrefix(s.Sel.Name, "Lookup") || strings.HasPrefix(s.Sel.Name, "Dial") ||
				strings.Contains(s.Sel.Name, "Resolve")) {
				name := filepath.ToSlash(path)
				found[name] = true
				if !slices.Contains(connects, name) {
					t.Errorf("%s: net.%s", path, s.Sel.Name)
				}
			}
			return true
		})
	})
	for _, name := range connects {
		if !found[name] {
			t.Errorf("%s asks nobody: does this test look in the right place?", name)
		}
	}
}
