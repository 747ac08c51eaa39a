package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// files returns the paths of the inputs: in the given folder, or out of the archive that
// was given or fetched.
func (a archive) files(given, work string) ([]string, error) {
	if given == "" {
		fetched, err := a.fetch(work)
		if err != nil {
			return nil, err
		}
		given = fetched
	}
	state, err := os.Stat(given)
	if err != nil {
		return nil, err
	}
	if !state.IsDir() {
		folder := filepath.Join(work, a.flag)
		if err := a.unpack(given, folder); err != nil {
			return nil, err
		}
		given = folder
	}
	var paths []string
	for _, name := range a.inputs {
		paths = append(paths, filepath.Join(given, name))
	}
	return paths, nil
}

// fetch asks the npm client for the pinned package and checks that it is the one that was pinned.
func (a archive) fetch(work string) (string, error) {
	pack := exec.Command("npm", "pack", "--silent", a.pkg+"@"+a.version)
	pack.Dir, pack.Stderr = work, os.Stderr
	name, err := pack.Output()
	if err != nil {
		return "", fmt.Errorf("npm pack: %w; give a local package by flag", err)
	}
	path := filepath.Join(work, strings.TrimSpace(string(name)))
	octets, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha512.Sum512(octets)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != a.integrity {
		return "", fmt.Errorf("integrity is %s, pinned is %s", got, a.integrity)
	}
	return path, nil
}

// unpack copies the inputs out of a .tgz; npm puts all files under package/.
func (a archive) unpack(path, folder string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	found := 0
	for entries := tar.NewReader(plain); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(header.Name, "package/")
		if !slices.Contains(a.inputs, name) {
			continue
		}
		if err := save(entries, filepath.Join(folder, name)); err != nil {
			return err
		}
		found++
	}
	if found != len(a.inputs) {
		return fmt.Errorf("%s holds %d of %s", path, found, strings.Join(a.inputs, ", "))
	}
	return nil
}

func save(from io.Reader, path string) error {
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
