package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Each function here compares what a report holds with what its flows add up to.

func jsonDiffers(t *testing.T, text string, want figures) error {
	t.Helper()
	type tally struct {
		Exchanged uint64 `json:"peers_exchanged"`
		Probed    uint64 `json:"peers_probed"`
		Out       uint64 `json:"bytes_out"`
		In        uint64 `json:"bytes_in"`
	}
	var s struct {
		Totals struct {
			Flows  uint64
			P2P    uint64 `json:"p2p_flows"`
			Tally  tally  `json:"p2p"`
			Likely tally
		}
		Countries []struct {
			Country string
			P2P     tally
		}
		Coverage struct {
			InFlows uint64 `json:"packets_in_flows"`
		}
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	rows := map[string]uint64{}
	for _, c := range s.Countries {
		if n := c.P2P.Exchanged + c.P2P.Probed; n > 0 {
			rows[c.Country] = n
		}
	}
	return errors.Join(unequal("flows", s.Totals.Flows, want.flows), unequal("P2P flows", s.Totals.P2P, want.p2p),
		unequal("octets", []uint64{s.Totals.Tally.Out, s.Totals.Tally.In}, []uint64{want.out, want.in}),
		unequal("octets of likely peers", [2]uint64{s.Totals.Likely.Out, s.Totals.Likely.In}, want.likely),
		unequal("peers by country", rows, want.peers), unequal("packets", s.Coverage.InFlows, want.packets[0]+want.packets[1]))
}

func csvDiffers(t *testing.T, text string, want figures) error {
	t.Helper()
	cells, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows, out, in := map[string]uint64{}, uint64(0), uint64(0)
	for _, r := range table(t, cells[0], cells[1:]) {
		if r["verdict"] != "p2p" || r["contact"] != "exchanged" && r["contact"] != "probed" {
			continue
		}
		rows[r["country"]]++
		out, in = out+integer(t, r["bytes_out"]), in+integer(t, r["bytes_in"])
	}
	return errors.Join(unequal("peers by country", rows, want.peers), unequal("octets", []uint64{out, in}, []uint64{want.out, want.in}))
}

// words of rows that are no country, in tables for people.
var rowWords = map[string]string{"Anycast networks": "anycast", "Private network": "private", "Multicast": "multicast", "Unknown": "unknown"}

func rowCode(code, name string) string { return cmp.Or(code, rowWords[name], name) }

func markdownDiffers(t *testing.T, text string, want figures) error {
	t.Helper()
	section, totals, rows := "", map[string]string{}, map[string]uint64{}
	for line := range strings.Lines(text) {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(h)
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], "-") {
			continue
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), ",", "")
		}
		switch {
		case section == "":
			totals[cells[1]] = cells[2]
		case section == "Peers by country" && cells[2] != "country":
			if n := integer(t, cells[3]) + integer(t, cells[4]); n > 0 {
				rows[rowCode(cells[1], cells[2])] = n
			}
		}
	}
	if want.p2p == 0 && totals["flows"] == "" {
		return nil // there is nothing to tell
	}
	var got []uint64
	for _, key := range []string{"flows", "bytes sent to peers", "bytes received from peers"} {
		got = append(got, integer(t, totals[key]))
	}
	return errors.Join(unequal("P2P flows and octets", got, []uint64{want.p2p, want.out, want.in}), unequal("peers by country", rows, want.peers))
}

var (
	gaps     = regexp.MustCompile(` {2,}`)
	country  = regexp.MustCompile(`^[A-Z]{2}$`)
	lookedAt = regexp.MustCompile(`Looked at [\d,]+ packets? \([^)]*\) in ([\d,]+) flows?`)
)

// textDiffers compares the rows that the terminal's table shows, its last row, and the number of flows.
// Octets are rounded there.
func textDiffers(t *testing.T, text string, want figures) error {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	looked := lookedAt.FindStringSubmatch(flat)
	if looked == nil {
		return fmt.Errorf("no number of flows in it:\n%s", text)
	}
	errs := []error{unequal("flows", strings.ReplaceAll(looked[1], ",", ""), want.flows)}
	_, rest, there := strings.Cut(text, "PEERS BY COUNTRY")
	if !there {
		return errors.Join(append(errs, unequal("P2P flows", 0, want.p2p))...)
	}
	head, rest, _ := strings.Cut(rest, "\n")
	names, shown, total := gaps.Split(strings.TrimSpace(head), -1), uint64(0), uint64(0)
	for _, n := range want.peers {
		total += n
	}
	for line := range strings.Lines(rest) {
		cells := gaps.Split(strings.TrimSpace(line), -1)
		if len(cells) <= 1 {
			break
		}
		at := map[string]string{}
		for i, name := range names {
			at[name] = cells[min(i+1, len(cells)-1)]
		}
		peers := dashed(t, at["exchanged"]) + dashed(t, at["probed"])
		code, _, _ := strings.Cut(cells[0], " ")
		if cells[0] == "total" {
			errs = append(errs, unequal("peers", peers, total), about(at["sent"], want.out+want.likely[0]), about(at["received"], want.in+want.likely[1]))
		} else if country.MatchString(code) {
			errs = append(errs, unequal("peers in "+code, peers, want.peers[code]))
			shown += peers
		}
	}
	if shown > total {
		errs = append(errs, fmt.Errorf("rows show %d peers of %d", shown, total))
	}
	return errors.Join(errs...)
}

// about compares a rounded number of octets, such as "96.5 kB", with the whole one.
func about(cell string, want uint64) error {
	if cell == "-" && want == 0 {
		return nil
	}
	digits, unit, _ := strings.Cut(cell, " ")
	scale := map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
	got, err := strconv.ParseFloat(digits, 64)
	_, decimals, _ := strings.Cut(digits, ".")
	if step := math.Pow(10, -float64(len(decimals))); err != nil || scale == 0 || math.Abs(got-float64(want)/scale) > 0.51*step {
		return fmt.Errorf("%q octets, not %d", cell, want)
	}
	return nil
}

func dashed(t *testing.T, cell string) uint64 {
	t.Helper()
	if cell == "-" || cell == "" {
		return 0
	}
	return integer(t, strings.ReplaceAll(cell, ",", ""))
}
