package geo

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

// columns says where in a line the facts are; -1 is nowhere.
type columns struct {
	network           int // a prefix, or
	first, last       int // the ends of a run of addresses
	country, asn, org int
	header            bool // the first line names the columns
}

// readCSV adds the rows of a CSV or TSV file.
func (b *builder) readCSV(content io.Reader) error {
	lines := newLines(content)
	if !lines.next() {
		if lines.err() != nil {
			return lines.err()
		}
		return errors.New("no line with data")
	}
	c, err := columnsOf(lines.fields)
	if err != nil {
		return lines.at(err)
	}
	if err := b.start(heading{country: c.country >= 0, asn: c.asn >= 0}); err != nil {
		return err
	}
	for more := !c.header || lines.next(); more; more = lines.next() {
		if err := b.addLine(c, lines.fields); err != nil {
			return lines.at(err)
		}
	}
	return lines.err()
}

func (b *builder) addLine(c columns, line []string) error {
	get := func(column int) string {
		if column < 0 || column >= len(line) {
			return ""
		}
		return line[column]
	}
	var r row
	var err error
	if c.network >= 0 {
		r.first, r.last, err = parseNetwork(get(c.network))
	} else {
		r.first, r.last, err = parseRun(get(c.first), get(c.last))
	}
	if err != nil {
		return err
	}
	r.country, r.asn, r.org = get(c.country), parseASN(strings.TrimSpace(get(c.asn))), get(c.org)
	if err := c.check(r.fact, get(c.asn)); err != nil {
		return err
	}
	return b.add(r)
}

// check refuses a line whose facts are no facts: the file is damaged, or of another layout.
func (c columns) check(f fact, asn string) error {
	if c.country >= 0 && len(f.country) != 2 && !isNothing(f.country) {
		return fmt.Errorf("%q is no country code of two letters", f.country)
	}
	if c.asn >= 0 && f.asn == 0 && !isNothing(asn) {
		return fmt.Errorf("%q is no AS number", asn)
	}
	return nil
}

// isNothing knows the words for "no answer".
func isNothing(s string) bool {
	return slices.Contains([]string{"", "0", "AS0", "-", "None", "none", "null", "N/A"}, strings.TrimSpace(s))
}

// Names of columns, in lower case, as publishers write them.
var (
	networkNames = []string{"network", "cidr", "prefix"}
	firstNames   = []string{"start_ip", "ip_range_start", "range_start", "first_ip", "ip_start", "start"}
	lastNames    = []string{"end_ip", "ip_range_end", "range_end", "last_ip", "ip_end", "end"}
)

// columnsOf recognises the layout of a file by its first line.
func columnsOf(line []string) (columns, error) {
	if c, ok := columnsByName(line); ok {
		if c.country < 0 && c.asn < 0 {
			return c, errors.New("no column country_code, country_iso_code, asn or autonomous_system_number; " +
				"GeoLite2 country blocks name no country: give the whole zip archive")
		}
		return c, nil
	}
	c := columns{network: -1, first: 0, last: 1, country: -1, asn: -1, org: -1}
	if len(line) < 3 {
		return c, fmt.Errorf("%d columns; expected start,end,country or start,end,asn,name", len(line))
	}
	if _, _, err := parseRun(line[0], line[1]); err != nil {
		return c, fmt.Errorf("%w; expected start,end,country or start,end,asn,name, or a line of column names", err)
	}
	switch third := strings.TrimSpace(line[2]); {
	case len(line) == 8: // DB-IP city: start,end,continent,country,region,city,latitude,longitude
		c.country = 3
	case parseASN(third) != 0 || isNothing(third):
		c.asn, c.org = 2, 3
		if len(line) >= 5 { // iptoasn: start, end, asn, country, name
			c.country, c.org = 3, 4
		}
	default:
		c.country = 2
	}
	return c, nil
}

func columnsByName(line []string) (columns, bool) {
	names := make([]string, len(line))
	for i, name := range line {
		names[i] = strings.ToLower(strings.TrimSpace(name))
	}
	find := func(wanted []string) int {
		for _, w := range wanted {
			if i := slices.Index(names, w); i >= 0 {
				return i
			}
		}
		return -1
	}
	c := columns{network: find(networkNames), first: find(firstNames), last: find(lastNames), header: true,
		country: find(countryKeys), asn: find(asnKeys), org: find(orgKeys)}
	return c, c.network >= 0 || c.first >= 0 && c.last >= 0
}

// parseNetwork reads a prefix, or one address, as the run of its addresses.
func parseNetwork(s string) (first, last netip.Addr, err error) {
	p, err := parsePrefix(strings.TrimSpace(s))
	if err != nil {
		return first, last, fmt.Errorf("%q is no network", s)
	}
	run := networkOf(p, "")
	return run.first, run.last, nil
}

// parseRun reads both ends of a run of addresses.
func parseRun(from, to string) (first, last netip.Addr, err error) {
	if first, err = parseAddr(from); err != nil {
		return first, last, err
	}
	if last, err = parseAddr(to); err != nil {
		return first, last, err
	}
	if first.BitLen() != last.BitLen() || last.Less(first) {
		return first, last, fmt.Errorf("%s to %s is no run of addresses", first, last)
	}
	return first, last, nil
}

// parseAddr reads an address as text or as a decimal number; below 2^32 that is IPv4.
func parseAddr(s string) (netip.Addr, error) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").Unmap(), nil
	}
	n, ok := new(big.Int), len(s) > 0 && len(s) <= 39 && strings.Trim(s, "0123456789") == ""
	if ok {
		_, ok = n.SetString(s, 10)
	}
	switch {
	case ok && n.BitLen() <= 32:
		return netip.AddrFrom4([4]byte(n.FillBytes(make([]byte, 4)))), nil
	case ok && n.BitLen() <= 128:
		return netip.AddrFrom16([16]byte(n.FillBytes(make([]byte, 16)))).Unmap(), nil
	}
	return netip.Addr{}, fmt.Errorf("%q is no address", s)
}
