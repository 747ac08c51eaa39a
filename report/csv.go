package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// csvHead names the columns of WriteCSV, in order; docs/report.md describes them.
var csvHead = []string{"country", "country_name", "peer_ip", "contact", "verdict", "probability", "host_ips",
	"protos", "families", "paths", "flows", "bytes_out", "bytes_in", "first", "last",
	"asn", "as_org", "name", "name_source", "registered_country", "hosting", "name_time",
	"breaches", "policy_warnings", "processes"}

// Words in the column contact of rows that are no peer.
const (
	toldOnly = "reported" // signalling told of the address; it is no peer of a flow
	beyond   = "beyond"   // what a country's peers beyond the bound of memory add up to
	breach   = "breach"   // a rule of the policy against a host alone, or against a peer in no list
)

// WriteCSV writes one row for each peer (RFC 4180: lines end in CR LF, UTF-8), then one for each
// address that signalling told of and nobody contacted, then the flows whose peers are in no
// list, by country, and the breaches of a policy that are no listed peer's. Bytes and flows of
// all rows add up to the totals of the other formats.
// A cell that a spreadsheet would take for a formula begins with an apostrophe. It writes once.
func WriteCSV(w io.Writer, s *Summary) error {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	c.UseCRLF = true
	c.Write(csvHead)
	flagged := s.Policy.byPeer()
	for i := range s.Peers {
		rules := flagged[s.Peers[i].Addr]
		c.Write(append(peerCells(&s.Peers[i]), neutral([]string{rules[0], rules[1], allOwners(s.Peers[i].Owners)})...))
		delete(flagged, s.Peers[i].Addr)
	}
	for i := range s.Reported {
		if !s.Reported[i].Contacted {
			c.Write(reportedCells(&s.Reported[i]))
		}
	}
	for _, t := range s.rest() {
		c.Write(t)
	}
	for _, t := range s.Policy.rest(flagged) {
		c.Write(t)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("report as CSV: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func peerCells(p *Peer) []string {
	return neutral([]string{p.Row, rowName(p.Row), p.Addr.String(), p.Contact, p.Verdict,
		strconv.FormatFloat(p.Probability, 'f', 4, 64), addresses(p.Hosts, p.MoreHosts),
		strings.Join(p.Protocols, " "), strings.Join(p.Families, " "), strings.Join(p.Paths, " "),
		strconv.FormatUint(p.Flows, 10), strconv.FormatUint(p.OctetsOut, 10), strconv.FormatUint(p.OctetsIn, 10),
		p.First.Format(time.RFC3339Nano), p.Last.Format(time.RFC3339Nano),
		number(p.ASN), p.ASOrg, p.Name, p.NameSource, p.Country, yes(p.Hosting), instant(p.NameTime)})
}

func reportedCells(r *Reported) []string {
	cells := make([]string, len(csvHead))
	cells[0], cells[1], cells[2], cells[3] = r.Row, rowName(r.Row), r.Addr.String(), toldOnly
	cells[6] = r.Host.String()
	cells[13] = r.First.Format(time.RFC3339Nano)
	cells[15], cells[16], cells[19] = number(r.ASN), r.ASOrg, r.Country
	return neutral(cells)
}

// rest is what the rows of the countries hold more than the peers in the list.
func (s *Summary) rest() [][]string {
	listed := map[string]*[2]Tally{}
	for i := range s.Peers {
		p := &s.Peers[i]
		if listed[p.Row] == nil {
			listed[p.Row] = new([2]Tally)
		}
		listed[p.Row][kind(p.Verdict)].add(Tally{Flows: p.Flows, OctetsOut: p.OctetsOut, OctetsIn: p.OctetsIn})
	}
	var out [][]string
	for i := range s.Countries {
		c := &s.Countries[i]
		l := listed[c.Code]
		if l == nil {
			l = new([2]Tally)
		}
		for k, t := range [...]Tally{c.P2P, c.Likely} {
			if t.Flows <= l[k].Flows {
				continue
			}
			cells := make([]string, len(csvHead))
			cells[0], cells[1], cells[3] = c.Code, c.Name, beyond
			cells[4] = [...]string{"p2p", "likely"}[k]
			cells[10] = strconv.FormatUint(t.Flows-l[k].Flows, 10)
			cells[11] = strconv.FormatUint(t.OctetsOut-l[k].OctetsOut, 10)
			cells[12] = strconv.FormatUint(t.OctetsIn-l[k].OctetsIn, 10)
			out = append(out, neutral(cells))
		}
	}
	return out
}

// kind is the place of a verdict's tally.
func kind(verdict string) int {
	if verdict == "p2p" {
		return 0
	}
	return 1
}

// neutral makes cells safe for spreadsheets, which take a cell for a formula if it begins with one
// of a few characters; blanks before them do not help. No cell here is a negative number.
func neutral(cells []string) []string {
	for i, c := range cells {
		c = Clean(c, 0)
		if t := strings.TrimLeft(c, " '\""); t != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(t)[0]) ||
			strings.HasPrefix(cells[i], "\t") || strings.HasPrefix(cells[i], "\r") || strings.HasPrefix(cells[i], "\n") {
			c = "'" + c
		}
		cells[i] = c
	}
	return cells
}

func addresses(list []netip.Addr, more uint64) string {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(a.String())
	}
	if more > 0 {
		b.WriteString(" and " + strconv.FormatUint(more, 10) + " more")
	}
	return b.String()
}

// allOwners are owners in words, a semicolon between them.
func allOwners(all []Owner) string {
	var words []string
	for _, o := range all {
		words = append(words, o.words())
	}
	return strings.Join(words, "; ")
}

func number(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
