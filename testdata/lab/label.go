package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The truth of a label.
const (
	positive = "positive"
	negative = "negative"
	unsure   = "unsure"
)

// Rule says what flows are: those of a protocol between a host's port and another's, since the
// lab knows which program it started where. Zero ports and nil hosts stand for any.
type Rule struct {
	Proto   string // tcp, udp, or "" for both
	Host    *Host
	Port    int
	Far     *Host
	FarPort int
	Least   int // octets of payload; a flow with fewer is not meant
	Label   string
	Family  string
	Relayed bool   // the far end stands in for the peer
	Path    string // direct, NAT, relay and so on
	Why     string
}

// Is registers a rule. The first rule that fits tells the truth about a flow.
func (l *Lab) Is(r ...Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, r...)
}

// has tells whether a host is known by an address, inside or outside its NAT.
func (h *Host) has(addr string) bool {
	return h == nil || h.Addr == addr || h.Seen == addr && !h.Home
}

func (r *Rule) fits(f *traffic) bool {
	if r.Proto != "" && r.Proto != f.proto {
		return false
	}
	if f.payload < r.Least {
		return false
	}
	for i := range 2 {
		a, b := f.ends[i], f.ends[1-i]
		if r.Host.has(a.addr) && (r.Port == 0 || r.Port == a.port) && r.Far.has(b.addr) && (r.FarPort == 0 || r.FarPort == b.port) {
			return true
		}
	}
	return false
}

// end is one end of a flow.
type end struct {
	addr string
	port int
}

// traffic is a five-tuple of a capture, both directions.
type traffic struct {
	proto   string
	ends    [2]end // the first sent the first packet
	packets int
	octets  int
	payload int // octets of it
}

func (f *traffic) String() string {
	return fmt.Sprintf("%s %s:%d - %s:%d, %d packets", f.proto, f.ends[0].addr, f.ends[0].port, f.ends[1].addr, f.ends[1].port, f.packets)
}

// label is what the first rule that fits says of a flow. A connection on which nothing was said is unsure.
func label(rules []Rule, f *traffic) (Rule, bool) {
	for _, r := range rules {
		if !r.fits(f) {
			continue
		}
		if f.payload == 0 && f.proto == "tcp" && r.Label == positive {
			r.Label, r.Family, r.Why = unsure, "tcp-no-payload", "nothing was said on it: "+r.Why
		}
		return r, true
	}
	return Rule{}, false
}

// writeLabels writes the truth about each flow, in order of first packets. A flow that no rule
// explains is an error that names it.
func writeLabels(path string, rules []Rule, flows []*traffic) (map[string]int, error) {
	rows := [][]string{{"proto", "ip_a", "port_a", "ip_b", "port_b", "label", "family", "relayed", "packets", "bytes", "why"}}
	count := map[string]int{}
	var lost []string
	for _, f := range flows {
		r, found := label(rules, f)
		if !found {
			lost = append(lost, f.String())
			continue
		}
		why := r.Why
		if r.Path != "" {
			why = r.Path + ": " + why
		}
		relayed := "0"
		if r.Relayed {
			relayed = "1"
		}
		rows = append(rows, []string{f.proto, f.ends[0].addr, strconv.Itoa(f.ends[0].port), f.ends[1].addr, strconv.Itoa(f.ends[1].port),
			r.Label, r.Family, relayed, strconv.Itoa(f.packets), strconv.Itoa(f.octets), why})
		count[r.Label+" "+r.Family]++
	}
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	if err := csv.NewWriter(out).WriteAll(rows); err != nil {
		return nil, err
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("no program explains %d flows of the capture:\n  %s", len(lost), strings.Join(lost, "\n  "))
	}
	return count, out.Close()
}
