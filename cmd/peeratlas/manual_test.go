package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The man pages are written by a test, which knows the commands, so that what renders them is no
// part of the program: packaging/build runs it.
var packageFolder = flag.String("package", "", "write man pages and completions to this `folder`")

// Each command that help lists has a page, with all sections, that names each of its flags and
// each of its exit statuses.
func TestManual(t *testing.T) {
	folder := cmp.Or(*packageFolder, t.TempDir())
	root := newRoot()
	root.InitDefaultVersionFlag()
	root.InitDefaultHelpCmd()
	addCompletion(root)
	pages := 0
	visit(root, func(c *cobra.Command) {
		if !hasPage(c) {
			return
		}
		pages++
		page := minus(string(md2man.Render([]byte(manual(c, buildTime(t))))))
		if err := os.WriteFile(filepath.Join(folder, pageName(c)+".1"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer(`\-`, "-", `\&`, "", `\fB`, "", `\fI`, "", `\fP`, "", `\fR`, "").Replace(page)
		want := []string{".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH EXIT STATUS", ".SH SEE ALSO", "\n0\n", "\n2\n"}
		if c.HasExample() {
			want = append(want, ".SH EXAMPLES", strings.TrimSpace(strings.Split(c.Example, "\n")[0]))
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { want = append(want, "\n"+flagWords(f, func(s string) string { return s })+"\n") })
		for _, w := range want {
			if !strings.Contains(plain, w) {
				t.Errorf("%s: no %q", pageName(c), w)
			}
		}
	})
	if pages < 15 {
		t.Errorf("%d pages", pages)
	}
}

// hasPage tells whether a command has a page of its own. Those of cobra's completion differ by the
// name of a shell: one page names them.
func hasPage(c *cobra.Command) bool {
	return c.Name() != "help" && (!c.HasParent() || c.IsAvailableCommand() && c.Parent().Name() != "completion")
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// buildTime is that of the commit, as reproducible builds tell it.
func buildTime(t *testing.T) time.Time {
	epoch, err := strconv.ParseInt(cmp.Or(os.Getenv("SOURCE_DATE_EPOCH"), "0"), 10, 64)
	if err != nil {
		t.Fatalf("SOURCE_DATE_EPOCH: %v", err)
	}
	return time.Unix(epoch, 0).UTC()
}

// manual is a command's page in Markdown.
func manual(c *cobra.Command, at time.Time) string {
	c.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, "%% %q \"1\" %q \"peeratlas\" \"User Commands\"\n", strings.ToUpper(pageName(c)), at.Format("2006-01-02"))
	fmt.Fprintf(&b, "# NAME\n%s - %s\n", escape(pageName(c)), escape(c.Short))
	words := strings.Fields(strings.TrimPrefix(c.UseLine(), c.CommandPath()))
	fmt.Fprintf(&b, "# SYNOPSIS\n**%s**", escape(c.CommandPath()))
	if c.HasSubCommands() {
		b.WriteString(" *COMMAND*")
	}
	for _, w := range words {
		fmt.Fprintf(&b, " *%s*", escape(w))
	}
	b.WriteString("\n# DESCRIPTION\n" + paragraphs(cmp.Or(c.Long, c.Short+".")))
	if c.HasSubCommands() {
		b.WriteString("# COMMANDS\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "**%s**\n:   %s\n\n", escape(sub.Name()), escape(sub.Short))
			}
		}
	}
	b.WriteString("# OPTIONS\n")
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			fmt.Fprintf(&b, "%s\n:   %s\n\n", flagWords(f, escape), escape(flagUsage(f)))
		}
	})
	if c.HasExample() {
		b.WriteString("# EXAMPLES\n")
		for line := range strings.SplitSeq(c.Example, "\n") {
			fmt.Fprintf(&b, "    %s\n", strings.TrimPrefix(line, "  "))
		}
		b.WriteString("\n")
	}
	b.WriteString("# EXIT STATUS\n" + statuses(cmp.Or(c.Annotations[exitAnnotation], exitStatuses)))
	fmt.Fprintf(&b, "# SEE ALSO\n%s\n", strings.Join(seeAlso(c), ",\n"))
	return b.String()
}

// minus makes each hyphen one that is still an ASCII minus sign when it is copied from the page:
// most stand in flags and commands.
func minus(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, ".") {
			line = strings.ReplaceAll(strings.ReplaceAll(line, `\-`, "-"), "-", `\-`)
		}
		b.WriteString(line)
	}
	return b.String()
}

// escape keeps Markdown from reading a meaning into text.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]()#+-.!:|&<>~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// paragraphs keeps blank lines, and what is indented as it stands.
func paragraphs(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch {
		case strings.HasPrefix(line, "  "), strings.HasPrefix(line, "\t"):
			b.WriteString("    " + strings.TrimSpace(line) + "\n")
		default:
			b.WriteString(escape(line) + "\n")
		}
	}
	return b.String()
}

// flagWords are a flag as it is typed: -f, --filter expression.
func flagWords(f *pflag.Flag, escape func(string) string) string {
	bold, italic := "", ""
	if escape("-") != "-" {
		bold, italic = "**", "*"
	}
	text := bold + escape("--"+f.Name) + bold
	if f.Shorthand != "" {
		text = bold + escape("-"+f.Shorthand) + bold + ", " + text
	}
	name, _ := pflag.UnquoteUsage(f)
	switch {
	case f.Value.Type() == "bool" || name == "":
		return text
	case f.NoOptDefVal != "":
		return text + escape("[=") + italic + escape(name) + italic + escape("]")
	}
	return text + " " + italic + escape(name) + italic
}

// flagUsage is what a flag does, and what it is without.
func flagUsage(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	if slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) || strings.Contains(text, "(default") {
		return text
	}
	return text + " (default " + f.DefValue + ")"
}

// statuses are help's list of exit statuses as definitions.
func statuses(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		number, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch _, err := strconv.Atoi(number); {
		case number == "EXIT":
		case err == nil:
			fmt.Fprintf(&b, "\n**%s**\n:   %s\n", number, escape(strings.TrimSpace(words)))
		case number != "":
			fmt.Fprintf(&b, "    %s\n", escape(strings.TrimSpace(line)))
		}
	}
	return b.String() + "\n"
}

// seeAlso are the pages above and below, and the programs beside.
func seeAlso(c *cobra.Command) []string {
	var pages []string
	if c.HasParent() {
		pages = append(pages, pageName(c.Parent()))
	}
	for _, sub := range c.Commands() {
		if hasPage(sub) {
			pages = append(pages, pageName(sub))
		}
	}
	for i, p := range pages {
		pages[i] = "**" + escape(p) + "**(1)"
	}
	return append(pages, "**tcpdump**(8)", `**pcap\-filter**(7)`)
}
