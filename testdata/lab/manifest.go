package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
)

// Manifest tells how a capture came to be.
type Manifest struct {
	Scenes   []string          `json:"scenes"`
	Date     string            `json:"date"`
	Seconds  int               `json:"seconds"`
	Frames   int               `json:"frames"`
	Flows    map[string]int    `json:"flows"` // by label and family
	Loss     float64           `json:"loss_percent,omitempty"`
	Delay    string            `json:"delay,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
	Licence  string            `json:"licence"`
	Software []Software        `json:"software"`
	Hosts    []HostEntry       `json:"hosts"`
	Moved    map[string]string `json:"relocated,omitempty"` // address in the lab to address in the copy
	MovedHow []string          `json:"relocation,omitempty"`
}

// Software is a program or a library that spoke.
type Software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	From    string `json:"from"` // Debian or Go module
	Licence string `json:"licence"`
}

// HostEntry is a host with what ran on it.
type HostEntry struct {
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Seen     string   `json:"seen_from_outside"`
	Server   bool     `json:"server,omitempty"` // no peer of anyone
	Commands []string `json:"commands"`
}

const licence = "The capture is this project's own, made by it, under its licence. The programs' own licences stand beside them; none of their code is here."

func (l *Lab) writeManifest(path string, scenes []*Scene, begun time.Time, frames int, count map[string]int) error {
	m := Manifest{Date: begun.UTC().Format(time.RFC3339), Seconds: l.seconds, Frames: frames, Flows: count, Loss: l.loss, Notes: l.notes, Licence: licence}
	if l.delay > 0 {
		m.Delay = l.delay.String()
	}
	seen := map[string]bool{}
	for _, s := range scenes {
		m.Scenes = append(m.Scenes, s.Name)
		for _, software := range s.Software {
			if !seen[software.Name] {
				seen[software.Name] = true
				m.Software = append(m.Software, software.versioned())
			}
		}
	}
	for _, h := range l.hosts {
		e := HostEntry{Name: h.Name, Address: h.Addr, Seen: h.Seen, Server: h.Server}
		for _, p := range l.started {
			if p.host == h {
				e.Commands = append(e.Commands, l.readable(p.args))
			}
		}
		m.Hosts = append(m.Hosts, e)
	}
	return writeJSON(path, &m)
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// readable is a command line without paths of this machine.
func (l *Lab) readable(args []string) string {
	line := strings.Join(args, " ")
	if self, err := os.Executable(); err == nil {
		line = strings.ReplaceAll(line, self, "lab")
	}
	line = strings.ReplaceAll(line, l.dir+"/hosts/", "~")
	if len(line) > 300 {
		line = line[:300] + "..."
	}
	return filepath.ToSlash(line)
}

// versioned fills in the version: of the Debian package as installed, of the Go module as built in.
func (s Software) versioned() Software {
	switch s.From {
	case "Debian":
		out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", s.Name).Output()
		if err != nil {
			out = []byte("unknown")
		}
		s.Version = string(out)
	case "Go module":
		info, _ := debug.ReadBuildInfo()
		for _, d := range info.Deps {
			if d.Path == s.Name {
				s.Version = d.Version
			}
		}
	}
	return s
}

func deb(name, licence string) Software {
	return Software{Name: name, From: "Debian", Licence: licence}
}
func mod(name, licence string) Software {
	return Software{Name: name, From: "Go module", Licence: licence}
}
