package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"peeratlas/report"
)

// csvHead names the columns of the CSV, in order: the keys of docs/record.md, those of src
// and dst with the end before them.
var csvHead = append(append(append([]string{"start", "end", "proto", "src_ip", "src_port", "dst_ip", "dst_port", "community_id",
	"src_packets", "dst_packets", "src_bytes", "dst_bytes", "verdict", "p2p", "probability", "family", "path", "service", "peer"},
	placeHead("src_")...), placeHead("dst_")...),
	"first_packet", "src_payload_packets", "dst_payload_packets", "src_tcp_flags", "dst_tcp_flags", "vlan", "tunnel", "cut", "continues",
	"end_reason", "reported_peers", "evidence", "breach", "src_process", "dst_process")

func placeHead(end string) []string {
	names := []string{"country", "asn", "as_org", "name", "name_source", "name_time", "name_ech", "anycast", "hosting", "home"}
	for i := range names {
		names[i] = end + names[i]
	}
	return names
}

// csvWriter writes RFC 4180: a head line, CR LF, UTF-8 without a byte order mark.
type csvWriter struct {
	w     *csv.Writer
	begun bool
}

func newCSV(w io.Writer, _ string) Writer {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &csvWriter{w: c}
}

func (c *csvWriter) begin() {
	if !c.begun {
		c.begun = true
		c.w.Write(csvHead) // an error stays until Error is asked
	}
}

func (c *csvWriter) Write(r *report.Record, flags []report.Flag) error {
	c.begin()
	return c.w.Write(csvCells(r.Fields(flags)))
}

// Close writes what is buffered, and the head line if there was no record.
func (c *csvWriter) Close() error {
	c.begin()
	c.w.Flush()
	return c.w.Error()
}

func csvCells(f *report.Fields) []string {
	cells := append(make([]string, 0, len(csvHead)), stamp(f.Start), stamp(f.End), f.Proto, f.SrcIP, count(f.SrcPort), f.DstIP, count(f.DstPort),
		f.CommunityID, count(f.SrcPackets), count(f.DstPackets), count(f.SrcOctets), count(f.DstOctets), f.Verdict, truth(f.P2P),
		decimal(f.Probability), f.Family, f.Path, f.Service, f.Peer)
	cells = append(cells, placeCells(&f.Src)...)
	cells = append(cells, placeCells(&f.Dst)...)
	cells = append(cells, known(f.FirstPacket), count(f.SrcPayloads), count(f.DstPayloads), f.SrcFlags, f.DstFlags, known(f.VLAN), f.Tunnel,
		truth(f.Cut), truth(f.Continues), f.EndReason, reportedWords(f.Reported), evidenceWords(f.Evidence), breachWords(f.Breach),
		processWords(f.SrcProcess, f.SrcProcesses), processWords(f.DstProcess, f.DstProcesses))
	return report.Neutral(cells)
}

func placeCells(p *report.PlaceFields) []string {
	return []string{p.Country, known(p.ASN), p.ASOrg, p.Name, p.NameSource, stamp(p.NameTime), truth(p.NameECH), truth(p.Anycast),
		truth(p.Hosting), truth(p.Home)}
}

// reportedWords, evidenceWords and breachWords put a list into one cell.
func reportedWords(list []report.ReportedField) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.IP + " " + count(p.Port) + " " + p.Country + " " + p.By
	}
	return strings.Join(words, "; ")
}

// processWords names the process of an end, or those of which it is one.
func processWords(one *report.FoundProcess, several []report.ProcessField) string {
	if one != nil {
		return one.Words()
	}
	words := make([]string, len(several))
	for i := range several {
		words[i] = several[i].Words()
	}
	return strings.Join(words, " or ")
}

func evidenceWords(list []report.EvidenceField) string {
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = e.Claim + "=" + decimal(e.Counted)
	}
	return strings.Join(words, " ")
}

func breachWords(list []report.Flag) string {
	words := make([]string, len(list))
	for i, b := range list {
		words[i] = b.Action + " " + b.Rule
	}
	return strings.Join(words, "; ")
}

// stamp is RFC 3339 in UTC with all nine digits, so that times sort as text; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000000000Z")
}

// count is an integer in decimal.
func count[N uint16 | uint32 | uint64](n N) string { return strconv.FormatUint(uint64(n), 10) }

// known is count, and "" for 0, which stands for what is not known.
func known[N uint16 | uint32 | uint64](n N) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func truth(b bool) string { return strconv.FormatBool(b) }
