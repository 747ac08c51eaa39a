package pipeline

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Label is the truth about one flow of a capture.
type Label struct {
	Key     flow.Key
	Truth   Truth
	Family  string // as the labels call it
	Relayed bool   // the far end stands in for the peer
	Why     string
}

// Truth is what a flow is known to be.
type Truth uint8

// The truths.
const (
	Unsure Truth = iota // not scored
	Positive
	Negative
)

// labelColumns is the head of a label file, NAME.labels.csv beside NAME.pcap.
var labelColumns = []string{"proto", "ip_a", "port_a", "ip_b", "port_b", "label", "family", "relayed", "packets", "bytes", "why"}

// LoadLabels reads a label file.
func LoadLabels(path string) ([]Label, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLabels(f, path)
}

func readLabels(f io.Reader, path string) ([]Label, error) {
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(labelColumns)
	var out []Label
	for line := 1; ; line++ {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if line == 1 {
			continue
		}
		l, err := parseLabel(row)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, line, err)
		}
		out = append(out, l)
	}
}

func parseLabel(row []string) (Label, error) {
	h := packet.Headers{Protocol: packet.UDP}
	switch row[0] {
	case "tcp":
		h.Protocol = packet.TCP
	case "udp":
	default:
		return Label{}, fmt.Errorf("protocol %q", row[0])
	}
	var err error
	if h.Src, h.SrcPort, err = parseEnd(row[1], row[2]); err != nil {
		return Label{}, err
	}
	if h.Dst, h.DstPort, err = parseEnd(row[3], row[4]); err != nil {
		return Label{}, err
	}
	l := Label{Family: row[6], Relayed: row[7] == "1", Why: row[10]}
	l.Key, _ = flow.KeyOf(&h)
	switch row[5] {
	case "positive":
		l.Truth = Positive
	case "negative":
		l.Truth = Negative
	case "unsure":
	default:
		return Label{}, fmt.Errorf("label %q", row[5])
	}
	return l, nil
}

func parseEnd(ip, port string) (packet.Addr, uint16, error) {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return packet.Addr{}, 0, err
	}
	p, err := strconv.ParseUint(port, 10, 16)
	return packet.AddrFrom(a.WithZone("")), uint16(p), err
}
