package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exitStatuses end every command's help.
const exitStatuses = `
EXIT STATUS
  0    done
  1    a policy was breached, whatever else befell the input
  2    wrong usage, or an error: nothing was written under the output's name
  3    done, but the input was cut, damaged or had lost packets: the loss is counted
  130  interrupted: totals so far were written
`

// exitAnnotation is where a command keeps exit statuses that are told in its own words.
const exitAnnotation = "exit status"

// help prints to standard output; that nobody could read it is told at the end, by run.
func help(cmd *cobra.Command, _ []string) {
	text := strings.TrimSpace(cmp.Or(cmd.Long, cmd.Short))
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s%s", text, tidy(cmd.UsageString()), cmp.Or(cmd.Annotations[exitAnnotation], exitStatuses))
}

const (
	helpColumns = 80
	flagIndent  = "      " // of a flag without a short name
)

// tidy lays the flags of a usage text out anew: without pflag's "[=true|false]", and wrapped
// for a terminal.
func tidy(usage string) string {
	const noise = "[=true|false]"
	var left, right []string
	lines, width := strings.Split(usage, "\n"), 0
	for _, line := range lines {
		flag, words := line, ""
		if t := strings.TrimLeft(line, " "); strings.HasPrefix(t, "-") {
			if at := strings.Index(line[len(flagIndent):], "   "); at >= 0 {
				flag, words = line[:len(flagIndent)+at], strings.TrimSpace(line[len(flagIndent)+at:])
			}
			flag = optional(strings.TrimSuffix(flag, noise))
			width = max(width, len(flag))
		}
		left, right = append(left, flag), append(right, words)
	}
	var b strings.Builder
	for i, flag := range left {
		b.WriteString(flag)
		if right[i] != "" {
			blank := strings.Repeat(" ", width+2)
			b.WriteString(blank[len(flag):] + strings.Join(wrapped(right[i], helpColumns-len(blank)), "\n"+blank))
		}
		if i < len(left)-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// optional turns pflag's --flag value[="default"] into --flag[=value]: that is how it is typed.
func optional(flag string) string {
	head, _, found := strings.Cut(flag, `[="`)
	if at := strings.LastIndexByte(head, ' '); found && at > 0 {
		return head[:at] + "[=" + head[at+1:] + "]"
	}
	return flag
}

// wrapped breaks text between words into lines of at most so many octets, if its words fit.
func wrapped(text string, most int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= most:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// usage is an error of the command line, with where to read more.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return fmt.Errorf(format+"; see %s --help", append(args, cmd.CommandPath())...)
}

// atLeast is cobra.MinimumNArgs in words that say what is missing.
func atLeast(n int, missing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usage(cmd, "%s", missing)
		}
		return nil
	}
}

// noWords is cobra.NoArgs in words that name what is too much.
func noWords(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, "%q is too much: %s takes no words", args[0], cmd.Name())
	}
	return nil
}

// elsewhere answers flags of tcpdump that a saved capture has no use for.
var elsewhere = map[string]string{
	"i": "this reads saved captures; to read an interface: peeratlas watch INTERFACE, or tcpdump -i INTERFACE -w - | peeratlas report -",
	"w": "nothing is captured here; -o FILE takes the report, --write-evidence FILE the packets of peer-to-peer flows",
	"s": "the length was chosen when the capture was made (tcpdump -s)",
}

// flagError is the error of a flag that cannot be read.
func flagError(cmd *cobra.Command, err error) error {
	for short, words := range elsewhere {
		if strings.HasPrefix(err.Error(), "unknown shorthand flag: '"+short+"'") {
			return fmt.Errorf("-%s: %s", short, words)
		}
	}
	return usage(cmd, "%w", err)
}
