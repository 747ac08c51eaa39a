// Command generate writes the captures of testdata, and beside each the truth of its flows.
//
// The captures are made from protocol facts (RFCs and papers, cited where they are used), not
// recorded: no person's traffic is in them. Random octets come from a generator that is
// seeded with the scene's name, and the clock starts at a fixed moment, so every run writes
// the same octets. Run it from the root of the repository:
//
//	go run ./testdata/generate -out testdata
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// writer writes frames in some format, and returns those that a reader can have whole.
type writer func(w io.Writer, frames []frame) ([]frame, error)

// capture is one file of testdata.
type capture struct {
	file  string
	scene func() *scene
	write writer
}

// captures returns all files, in the order of README.md.
func captures() []capture {
	little, big := binary.LittleEndian, binary.BigEndian
	micro := pcapFile{order: little}.write
	nanoNG := pcapngFile{order: little, resolution: 9, statistics: true}.write
	return []capture{
		{"office.pcapng", officeScene, pcapngFile{order: little, resolution: 6, statistics: true}.write},
		{"skype-classic.pcap", classicScene, micro},
		{"ice-call.pcapng", iceScene, nanoNG},
		{"wireguard.pcap", wireGuardScene, micro},
		{"plain.pcap", plainScene, micro},
		{"unknown-p2p.pcap", unknownScene, micro},
		{"tunnels.pcap", tunnelScene, micro},
		{"cut60.pcap", officeScene, pcapFile{order: little, snap: 60}.write},
		{"sample.pcap", sampleScene, micro},
		{"nano.pcap.gz", sampleScene, gzipped(pcapFile{order: little, nano: true}.write)},
		{"bigendian.pcap", sampleScene, pcapFile{order: big}.write},
		{"bigendian-nano.pcap", sampleScene, pcapFile{order: big, nano: true}.write},
		{"modified.pcap", sampleScene, pcapFile{order: little, modified: true}.write},
		{"zstandard.pcapng.zst", sampleScene, zstandard(nanoNG)},
		{"bigendian-ng.pcapng", sampleScene, pcapngFile{order: big, resolution: 6}.write},
		{"sections.pcapng", sampleScene, sections},
		{"damaged.pcapng", sampleScene, damaged(false)},
		{"derailed.pcapng", sampleScene, damaged(true)},
	}
}

func main() {
	out := flag.String("out", "testdata", "the folder to write to")
	flag.Parse()
	list, err := generate(*out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	for _, row := range list {
		fmt.Println(strings.Join(row[:7], "\t"))
	}
}

// generate writes all captures, their labels, and captures.csv, whose rows it returns.
func generate(out string) ([][]string, error) {
	list := [][]string{{"file", "octets", "packets", "flows", "positive", "negative", "unsure", "sha256"}}
	for _, c := range captures() {
		row, err := c.generate(out)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.file, err)
		}
		list = append(list, row)
	}
	return list, writeCSV(filepath.Join(out, "captures.csv"), list)
}

// generate writes one capture and its labels, and returns its row of captures.csv.
func (c capture) generate(out string) ([]string, error) {
	s := c.scene()
	if s.err != nil {
		return nil, s.err
	}
	var b bytes.Buffer
	kept, err := c.write(&b, s.inOrder())
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(out, c.file), b.Bytes(), 0o644); err != nil {
		return nil, err
	}
	rows, count := labels(kept)
	name, _, _ := strings.Cut(c.file, ".")
	if err := writeCSV(filepath.Join(out, name+".labels.csv"), rows); err != nil {
		return nil, err
	}
	row := []string{c.file, strconv.Itoa(b.Len()), strconv.Itoa(len(kept)), strconv.Itoa(len(rows) - 1)}
	for _, label := range []string{"positive", "negative", "unsure"} {
		row = append(row, strconv.Itoa(count[label]))
	}
	return append(row, fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))), nil
}

// total is what a flow's frames add up to.
type total struct {
	flow            *flow
	first, other    netip.AddrPort // who sent the first frame, and to whom
	packets, octets int
}

// labels returns the rows of a label file, flows in order of their first frame, and how many
// flows have each label.
func labels(frames []frame) ([][]string, map[string]int) {
	known := map[*flow]*total{}
	var order []*total
	for _, f := range frames {
		if f.flow == nil {
			continue
		}
		t := known[f.flow]
		if t == nil {
			t = &total{flow: f.flow, first: f.from, other: f.to}
			known[f.flow] = t
			order = append(order, t)
		}
		t.packets++
		t.octets += len(f.data)
	}
	rows := [][]string{{"proto", "ip_a", "port_a", "ip_b", "port_b", "label", "family", "relayed", "packets", "bytes", "why"}}
	count := map[string]int{}
	for _, t := range order {
		rows = append(rows, t.row())
		count[t.flow.truth.label]++
	}
	return rows, count
}

func (t *total) row() []string {
	protocol, relayed := "udp", "0"
	if t.flow.protocol == protocolTCP {
		protocol = "tcp"
	}
	if t.flow.truth.relayed {
		relayed = "1"
	}
	return []string{
		protocol, t.first.Addr().String(), strconv.Itoa(int(t.first.Port())), t.other.Addr().String(), strconv.Itoa(int(t.other.Port())),
		t.flow.truth.label, t.flow.truth.family, relayed, strconv.Itoa(t.packets), strconv.Itoa(t.octets), t.flow.truth.why,
	}
}

func writeCSV(path string, rows [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
