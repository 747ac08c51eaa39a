package main

import (
	"cmp"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What a shell is offered, and whether files are offered too (":0" is cobra's word for that, ":4"
// for no files, ":16" for folders alone).
func TestCompletion(t *testing.T) {
	loopback := "lo"
	if list, err := net.Interfaces(); err == nil {
		for _, i := range list {
			if i.Flags&net.FlagLoopback != 0 {
				loopback = i.Name
			}
		}
	}
	tests := []struct {
		name  string
		words []string
		want  []string // these among others
		not   string   // none begins so
		ends  string
	}{
		{"commands", []string{""}, []string{"report", "watch"}, "owners", ":4"},
		{"captures are files", []string{"report", ""}, nil, "", ":0"},
		{"formats of a report", []string{"report", "--format", ""}, []string{"text", "json", "csv", "md"}, "", ":4"},
		{"formats begun", []string{"report", "--format", "j"}, []string{"json"}, "text", ":4"},
		{"formats with an equals sign", []string{"report", "--format=c"}, []string{"csv"}, "", ":4"},
		{"formats of a watch, without what is said of them", []string{"watch", "--format", ""}, []string{"text", "json"}, "(", ":4"},
		{"severities", []string{"watch", "--alert-severity", ""}, []string{"info", "critical"}, "", ":4"},
		{"methods", []string{"watch", "--method", "p"}, []string{"pcapgo"}, "ring", ":4"},
		{"a file", []string{"report", "--policy", ""}, nil, "", ":0"},
		{"a file by a short flag", []string{"report", "-o", ""}, nil, "", ":0"},
		{"a folder", []string{"accuracy", "--fit", ""}, nil, "", ":16"},
		{"folders as words", []string{"accuracy", ""}, nil, "", ":16"},
		{"folders or files", []string{"log", "verify", ""}, nil, "", ":0"},
		{"a number is nothing that can be offered", []string{"report", "--count", ""}, nil, "", ":4"},
		{"interfaces of a watch", []string{"watch", ""}, []string{loopback}, "", ":4"},
		{"interfaces by a flag", []string{"watch", "-i", loopback[:1]}, []string{loopback}, "", ":4"},
		{"interfaces or captures", []string{"doctor", ""}, []string{loopback}, "", ":0"},
		{"detectors", []string{"detectors", "st"}, []string{"stun"}, "wire", ":4"},
		{"no words", []string{"interfaces", ""}, nil, "", ":4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out, stderr := peeratlas(t, nil, append([]string{"__completeNoDesc"}, tt.words...)...)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if status != exitDone || lines[len(lines)-1] != tt.ends {
				t.Fatalf("status %d, %q, want %s at the end; %s", status, lines, tt.ends, stderr)
			}
			for _, w := range tt.want {
				if !slices.Contains(lines, w) {
					t.Errorf("%q is not offered: %q", w, lines)
				}
			}
			for _, l := range lines {
				if tt.not != "" && strings.HasPrefix(l, tt.not) {
					t.Errorf("%q is offered", l)
				}
			}
		})
	}
}

// Whatever is offered for a flag, its help names. A flag without a list that says "one of" in other
// words would be offered nothing: each --format has a list.
func TestCompletionIsOfTheHelp(t *testing.T) {
	named := map[string]bool{}
	visit(newRoot(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			named[f.Name] = true
			if f.Name == "format" && len(values(f)) < 2 {
				t.Errorf("%s --format: no list in %q", c.CommandPath(), f.Usage)
			}
			for _, v := range values(f) {
				if v == "" || strings.ContainsAny(v, " ();") || !strings.Contains(f.Usage, v) {
					t.Errorf("%s --%s: %q is offered, its help says: %s", c.CommandPath(), f.Name, v, f.Usage)
				}
			}
		})
	})
	for name := range choices {
		if !named[name] {
			t.Errorf("there are choices for --%s, which no command has", name)
		}
	}
}

// Every shell's script is written whole, under the name by which the shell finds it.
func TestCompletionScripts(t *testing.T) {
	folder := cmp.Or(*packageFolder, t.TempDir())
	for shell, name := range map[string]string{"bash": "peeratlas", "zsh": "_peeratlas", "fish": "peeratlas.fish", "powershell": "peeratlas.ps1"} {
		status, out, stderr := peeratlas(t, nil, "completion", shell)
		if status != exitDone || !strings.Contains(out, "__complete") {
			t.Errorf("%s: status %d, %d octets; %s", shell, status, len(out), stderr)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// visit calls f for each command, the root first.
func visit(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		visit(sub, f)
	}
}
