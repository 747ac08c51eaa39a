// Command generate rebuilds the world map of the HTML report.
//
//	go generate ./report                               # from the npm registry, version as pinned below
//	go run ./generate -map path/to/countries-50m.json  # from a file at hand
//
// It runs in the folder of package report and writes html/world.tsv: one line for each area, with
// its ISO 3166-1 alpha-2 code ("-" if it has none, "*" for the globe), the point for its label, "area",
// "mark" or "sea", and the path of its outline in the units of an SVG. The same file gives the same octets. It is no
// part of the program.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Natural Earth's countries at 1:50 million, version 4.1.0 (public domain,
// https://www.naturalearthdata.com), as TopoJSON of the npm package world-atlas (ISC).
const (
	pinned    = "world-atlas@2.0.2"
	integrity = "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ=="
	input     = "package/countries-50m.json"
	output    = "html/world.tsv"
)

func main() {
	path := flag.String("map", "", "TopoJSON `file` of countries; default: npm pack "+pinned)
	flag.Parse()
	if err := run(*path); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	text, err := read(path)
	if err != nil {
		return err
	}
	var topology topology
	if err := json.Unmarshal(text, &topology); err != nil {
		return fmt.Errorf("topology: %w", err)
	}
	areas, err := topology.areas()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, a := range areas {
		fmt.Fprintf(&out, "%s\t%d\t%d\t%s\t%s\n", a.code, a.label.round().x, a.label.round().y, a.kind, a.path)
	}
	fmt.Printf("%s: %d areas, %d octets\n", output, len(areas), out.Len())
	return os.WriteFile(output, out.Bytes(), 0o644)
}

// read returns the file at path, or the pinned one of the registry.
func read(path string) ([]byte, error) {
	if path != "" {
		return os.ReadFile(path)
	}
	folder, err := os.MkdirTemp("", "map-generate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pack := exec.Command("npm", "pack", "--silent", pinned)
	pack.Dir, pack.Stderr = folder, os.Stderr
	name, err := pack.Output()
	if err != nil {
		return nil, fmt.Errorf("npm pack: %w; give a local file by -map", err)
	}
	octets, err := os.ReadFile(filepath.Join(folder, strings.TrimSpace(string(name))))
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(octets)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != integrity {
		return nil, fmt.Errorf("integrity is %s, pinned is %s", got, integrity)
	}
	return unpack(octets)
}

// unpack returns the input out of a .tgz.
func unpack(archive []byte) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	for entries := tar.NewReader(plain); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s holds no %s", pinned, input)
		}
		if err != nil {
			return nil, err
		}
		if header.Name == input {
			return io.ReadAll(entries)
		}
	}
}
