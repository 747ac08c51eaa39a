package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Scene is a few hosts with programs.
type Scene struct {
	Name     string
	What     string
	Software []Software
	Needs    []string // executables
	Run      func(*Lab) error
}

// scenes in the order of the list.
func scenes() []*Scene {
	return slices.Concat(webrtcScenes, chromiumScenes, overlayScenes, torrentScenes, vpnScenes, sharingScenes, serviceScenes, programScenes, ipsecScenes, torScenes)
}

func findScenes(names string) ([]*Scene, error) {
	all := scenes()
	if names == "all" {
		return all, nil
	}
	var out []*Scene
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(s *Scene) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no scene %q; lab list names them", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func list(w io.Writer) {
	for _, s := range scenes() {
		fmt.Fprintf(w, "%-22s %s\n", s.Name, s.What)
		if err := need(s.Needs); err != nil {
			fmt.Fprintf(w, "%-22s (cannot run here: %s)\n", "", strings.ReplaceAll(err.Error(), "\n", ", "))
		}
	}
}
