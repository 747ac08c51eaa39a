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
	IPv6     bool     // it runs over IPv6 too
	Run      func(*Lab) error
}

// scenes in the order of the list.
func scenes() []*Scene {
	return slices.Concat(webrtcScenes, chromiumScenes, overlayScenes, torrentScenes, vpnScenes, sharingScenes, serviceScenes, programScenes, ipsecScenes, torScenes, voiceScenes, meshScenes)
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
		what := s.What
		if s.IPv6 {
			what += " [also -ipv6]"
		}
		fmt.Fprintf(w, "%-22s %s\n", s.Name, what)
		if err := need(s.Needs); err != nil {
			fmt.Fprintf(w, "%-22s (cannot run here: %s)\n", "", strings.ReplaceAll(err.Error(), "\n", ", "))
		}
	}
}
