package capture_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What reads by libpcap needs a C compiler of macOS or a BSD to be built, and that system's libpcap.
// Here its Go is held against the types of gopacket's for these systems; of C everything is taken
// to be there.
func TestLibpcapTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles what this package needs for four other systems")
	}
	for _, system := range []string{"darwin", "freebsd", "openbsd", "netbsd"} {
		t.Run(system, func(t *testing.T) {
			c := foreignTypes(t, system, "amd64")
			if err := c.check("peeratlas/capture", ".", ""); err != nil {
				t.Error(err)
			}
			// Nothing else would be noticed.
			for _, wrong := range []string{"var _ int = pcap.NewInactiveHandle", "var _ = new(pcap.Handle).NoSuch", "var _ engine = pcapHandle{}"} {
				if err := c.check("peeratlas/capture", ".", wrong); err == nil {
					t.Errorf("%s is not found to be wrong", wrong)
				}
			}
		})
	}
}

const pcapPath = "github.com/google/gopacket/pcap"

// foreign checks packages for another system.
type foreign struct {
	context build.Context
	fset    *token.FileSet
	others  types.Importer
	pcap    *types.Package
}

func foreignTypes(t *testing.T, system, processor string) *foreign {
	t.Helper()
	c := &foreign{context: build.Default, fset: token.NewFileSet()}
	c.context.GOOS, c.context.GOARCH, c.context.CgoEnabled, c.context.BuildTags = system, processor, true, []string{"libpcap"}
	list := func(args ...string) string {
		cmd := exec.Command("go", append([]string{"list"}, args...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor, "GOFLAGS=")
		var words strings.Builder
		cmd.Stderr = &words
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list %s: %v: %s", args, err, words.String())
		}
		return string(out)
	}
	files := map[string]string{}
	for line := range strings.Lines(list("-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", ".", "github.com/google/gopacket/layers")) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[path] = file
	}
	c.others = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no types of %s", path)
		}
		return os.Open(files[path])
	})
	dir := filepath.Join(strings.TrimSpace(list("-m", "-f", "{{.Dir}}", "github.com/google/gopacket")), "pcap")
	if err := c.check(pcapPath, dir, ""); err != nil {
		t.Fatal(err)
	}
	return c
}

// Import takes gopacket's libpcap from its source: nothing compiled it.
func (c *foreign) Import(path string) (*types.Package, error) {
	if path == pcapPath && c.pcap != nil {
		return c.pcap, nil
	}
	return c.others.Import(path)
}

// check finds the types of a folder's package, with one declaration more.
func (c *foreign) check(path, dir, more string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, name := range names {
		fits, err := c.context.MatchFile(dir, filepath.Base(name))
		if err != nil {
			return err
		}
		if !fits || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if filepath.Base(name) == "libpcap.go" {
			text = append(text, more...)
		}
		f, err := parser.ParseFile(c.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no files for %s", dir, c.context.GOOS)
	}
	config := types.Config{Importer: c, Sizes: types.SizesFor("gc", c.context.GOARCH)}
	if path == pcapPath { // its bodies are about C's structures, of which nothing is known here
		config.FakeImportC, config.IgnoreFuncBodies = true, true
	}
	checked, err := config.Check(path, c.fset, files, nil)
	if path == pcapPath {
		c.pcap = checked
	}
	return err
}
