package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
	"go4.org/netipx"
)

// keepDelegated writes the networks of a flat country database as CSV, cut to the address runs of
// the delegations. It returns the date of the database.
func keepDelegated(database string, delegations []string, to string) (time.Time, error) {
	runs, err := readRuns(delegations)
	if err != nil {
		return time.Time{}, err
	}
	reader, err := maxminddb.Open(database)
	if err != nil {
		return time.Time{}, err
	}
	defer reader.Close()
	file, err := os.Create(to)
	if err != nil {
		return time.Time{}, err
	}
	out := bufio.NewWriter(file)
	for found := range reader.Networks() {
		var flat struct {
			Country string `maxminddb:"country_code"`
		}
		if err := found.Decode(&flat); err != nil {
			return time.Time{}, errors.Join(err, file.Close())
		}
		for _, part := range overlaps(runs, netipx.RangeOfPrefix(found.Prefix())) {
			fmt.Fprintf(out, "%s,%s,%s\n", part.From(), part.To(), flat.Country)
		}
	}
	return reader.Metadata.BuildTime().UTC(), errors.Join(out.Flush(), file.Close())
}

// readRuns reads lines of start,end,... in order.
func readRuns(paths []string) ([]netipx.IPRange, error) {
	var runs []netipx.IPRange
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.SplitN(line, ",", 3)
			if len(fields) < 3 {
				return nil, fmt.Errorf("%s: %q is not start,end,country", path, line)
			}
			from, err := netip.ParseAddr(fields[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			to, err := netip.ParseAddr(fields[1])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			runs = append(runs, netipx.IPRangeFrom(from, to))
		}
	}
	slices.SortFunc(runs, func(a, b netipx.IPRange) int { return a.From().Compare(b.From()) })
	return runs, nil
}

// overlaps returns the parts of whole that are in runs.
func overlaps(runs []netipx.IPRange, whole netipx.IPRange) (parts []netipx.IPRange) {
	first, _ := slices.BinarySearchFunc(runs, whole.From(), func(r netipx.IPRange, from netip.Addr) int {
		return cmp.Or(r.To().Compare(from), 1) // the first run that ends at from or after it
	})
	for _, run := range runs[first:] {
		if whole.To().Less(run.From()) {
			break
		}
		from, to := run.From(), run.To()
		if from.Less(whole.From()) {
			from = whole.From()
		}
		if whole.To().Less(to) {
			to = whole.To()
		}
		parts = append(parts, netipx.IPRangeFrom(from, to))
	}
	return parts
}
