package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/process"
	"peeratlas/report"
)

// netstatFlags are those of commands that join pasted listings of sockets with flows.
type netstatFlags struct{ files, hosts []string }

func (o *netstatFlags) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.files, "netstat", nil, "`file` with what netstat -ano (or -anob, or netstat -ano and tasklist), netstat -tunp, ss -tunap or lsof -i -n -P printed on a host: tells the process of its sockets; - is standard input (may be repeated)")
	f.StringArrayVar(&o.hosts, "netstat-host", nil, "`address` of the host that the listings were taken on, several with commas, if they name none or name others; once for all listings, or once for each in their order")
}

// Bounds of listings.
const (
	mostListings = 64
	mostListing  = 32 << 20 // octets of one
	toldUnread   = 5        // lines of one that were not understood
)

// joined are the listings that a command joins with flows.
type joined struct {
	listings *process.Listings
	owner    report.OwnerOf // nil: there are none
	all      []report.Listing
}

// open reads the listings, before any packet is. taken tells whether a capture comes by standard input.
func (o *netstatFlags) open(cmd *cobra.Command, taken bool) (*joined, error) {
	if len(o.files) == 0 {
		if len(o.hosts) > 0 {
			return nil, usage(cmd, "--netstat-host says whose a listing is, and there is none: --netstat FILE")
		}
		return &joined{}, nil
	}
	if n := len(o.hosts); len(o.files) > mostListings || n > 1 && n != len(o.files) {
		return nil, usage(cmd, "--netstat was given %d times and --netstat-host %d: give the host once for all listings, or once for each; at most %d", len(o.files), n, mostListings)
	}
	if first := slices.Index(o.files, "-"); first >= 0 && (taken || slices.Contains(o.files[first+1:], "-")) {
		return nil, usage(cmd, "standard input can be read but once: - stands for a capture or for one listing")
	}
	j := &joined{listings: new(process.Listings)}
	for i, name := range o.files {
		var hosts []netip.Addr
		if n := len(o.hosts); n > 0 {
			var err error
			if hosts, err = addressesOf(o.hosts[min(i, n-1)]); err != nil {
				return nil, err
			}
		}
		if err := j.add(cmd, name, hosts); err != nil {
			return nil, err
		}
	}
	j.owner, j.all = j.listings.FlowOwner, j.listings.All()
	return j, nil
}

// addressesOf reads addresses with commas between them.
func addressesOf(text string) ([]netip.Addr, error) {
	var all []netip.Addr
	for word := range strings.SplitSeq(text, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(word))
		if err != nil || a.IsUnspecified() {
			return nil, fmt.Errorf("--netstat-host %s: write addresses, such as 192.168.1.34 or 192.168.1.34,2001:db8::34", text)
		}
		all = append(all, a)
	}
	return all, nil
}

// add reads one listing, and says which of its lines were not understood.
func (j *joined) add(cmd *cobra.Command, name string, hosts []netip.Addr) error {
	text, err := readListing(cmd, name)
	if err != nil {
		return fmt.Errorf("--netstat: %w", err)
	}
	unread, err := j.listings.Add(name, text, hosts)
	for i, u := range unread {
		if i == toldUnread {
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: %s: line %d was not understood: %s\n", report.Clean(name, 0), u.Line, report.Clean(u.Why, 0))
	}
	if n := len(unread); n > toldUnread {
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: %s: %d lines in all were not understood\n", report.Clean(name, 0), n)
	}
	if errors.Is(err, process.ErrWhose) {
		return fmt.Errorf("--netstat %s: %w; say it: --netstat-host ADDRESS", name, err)
	} else if err != nil {
		return fmt.Errorf("--netstat %s: %w", name, err)
	}
	return nil
}

func readListing(cmd *cobra.Command, name string) ([]byte, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, mostListing+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > mostListing {
		return nil, fmt.Errorf("%s has more than %d octets: a listing of sockets is far smaller", name, mostListing)
	}
	return text, nil
}

// tell says how many sockets had an owner, where the output does not.
func (j *joined) tell(cmd *cobra.Command, r *report.Joined) {
	if r == nil {
		return
	}
	for _, line := range r.Lines() {
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: netstat: %s\n", line)
	}
}
