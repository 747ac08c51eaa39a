package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/capture"
	"peeratlas/classify"
)

// choices are the values of flags that take one of a few words and tell them in a sentence; those
// whose usage begins with "one of" are read from there.
var choices = map[string][]string{
	"alert-countries": {"host", "network"},
	"alert-severity":  {"info", "notice", "warning", "critical"},
	"keep":            {"p2p", "likely", "all"},
	"kind":            {"country", "asn"},
	"log-compress":    {"zstd", "gzip", "none"},
	"method":          {"ring", "afpacket", "pcapgo", "libpcap"},
}

// complete tells the shell what can stand where. It goes by what help tells: the words of a
// command's use line, and the name of a flag's value.
func complete(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && !cmd.HasSubCommands() {
		cmd.ValidArgsFunction = completeWord(cmd)
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" {
			return
		}
		// The only error is that there is one already: whoever set it knows better.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, completeValue(f))
	})
	for _, c := range cmd.Commands() {
		if c.Name() != "completion" { // whose shells cobra completes
			complete(c)
		}
	}
}

// completeWord completes the words of a command: interfaces, folders or files as its use line says.
func completeWord(cmd *cobra.Command) cobra.CompletionFunc {
	_, words, _ := strings.Cut(cmd.Use, " ")
	switch {
	case words == "":
		return cobra.NoFileCompletions
	case words == "[NAME...]":
		return completeDetectors
	case strings.HasPrefix(words, "INTERFACE|"):
		return interfacesOr(cobra.ShellCompDirectiveDefault)
	case strings.HasPrefix(words, "INTERFACE"):
		return interfacesOr(cobra.ShellCompDirectiveNoFileComp)
	case strings.HasPrefix(words, "FOLDER") && !strings.Contains(words, "FILE"):
		return offer(nil, cobra.ShellCompDirectiveFilterDirs)
	}
	return offer(nil, cobra.ShellCompDirectiveDefault)
}

// completeValue completes the value of a flag, after the name that its usage gives it.
func completeValue(f *pflag.Flag) cobra.CompletionFunc {
	if words := values(f); len(words) > 0 {
		return offer(words, cobra.ShellCompDirectiveNoFileComp)
	}
	switch name, _ := pflag.UnquoteUsage(f); name {
	case "file", "program":
		return offer(nil, cobra.ShellCompDirectiveDefault)
	case "folder":
		return offer(nil, cobra.ShellCompDirectiveFilterDirs)
	case "interface":
		return interfacesOr(cobra.ShellCompDirectiveNoFileComp)
	}
	return cobra.NoFileCompletions
}

// values are the words that a flag takes, nil if they are not few.
func values(f *pflag.Flag) []string {
	list, found := strings.CutPrefix(f.Usage, "one of ")
	if !found {
		return choices[f.Name]
	}
	var words []string
	for word := range strings.SplitSeq(list, ", ") {
		word, _, _ = strings.Cut(word, " ")
		words = append(words, strings.TrimRight(word, ";:."))
	}
	return words
}

// offer completes with those of words that go on as begun.
func offer(words []string, d cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) (fit []cobra.Completion, _ cobra.ShellCompDirective) {
		for _, w := range words {
			if strings.HasPrefix(w, begun) {
				fit = append(fit, w)
			}
		}
		return fit, d
	}
}

// interfacesOr completes the names of interfaces, and what else d says where none fits.
func interfacesOr(d cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		list, _ := capture.Interfaces() // without them nothing is offered: a shell has no place for an error
		var names []string
		for n := range list {
			if !strings.ContainsFunc(list[n].Name, unprintable) {
				names = append(names, list[n].Name)
			}
		}
		return offer(names, d)(cmd, args, begun)
	}
}

// unprintable tells what a line of a completion cannot hold, or a shell may not be handed.
func unprintable(r rune) bool { return r <= ' ' || r >= 0x7f }

func completeDetectors(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []string
	for _, d := range classify.Sheets() {
		names = append(names, d.Name)
	}
	return offer(names, cobra.ShellCompDirectiveNoFileComp)(cmd, args, begun)
}
