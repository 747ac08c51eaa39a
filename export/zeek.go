package export

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// zeekColumns are those of conn.log (base/protocols/conn/main.zeek of its source, and community_id of
// policy/protocols/conn/community-id-logging.zeek) in Zeek's order, and then our own. Columns that
// a record cannot fill stay, unset: readers expect them.
var zeekColumns = [][2]string{
	{"ts", "time"}, {"uid", "string"}, {"id.orig_h", "addr"}, {"id.orig_p", "port"}, {"id.resp_h", "addr"}, {"id.resp_p", "port"},
	{"proto", "enum"}, {"service", "string"}, {"duration", "interval"}, {"orig_bytes", "count"}, {"resp_bytes", "count"},
	{"conn_state", "string"}, {"local_orig", "bool"}, {"local_resp", "bool"}, {"missed_bytes", "count"}, {"history", "string"},
	{"orig_pkts", "count"}, {"orig_ip_bytes", "count"}, {"resp_pkts", "count"}, {"resp_ip_bytes", "count"},
	{"tunnel_parents", "set[string]"}, {"ip_proto", "count"}, {"community_id", "string"},
	{"peeratlas_verdict", "string"}, {"peeratlas_probability", "double"}, {"peeratlas_family", "string"}, {"peeratlas_path", "string"},
	{"peeratlas_peer", "string"}, {"peeratlas_orig_country", "string"}, {"peeratlas_resp_country", "string"},
	{"peeratlas_orig_anycast", "bool"}, {"peeratlas_resp_anycast", "bool"}, {"peeratlas_orig_asn", "count"}, {"peeratlas_resp_asn", "count"},
	{"peeratlas_orig_as_org", "string"}, {"peeratlas_resp_as_org", "string"}, {"peeratlas_orig_name", "string"}, {"peeratlas_resp_name", "string"},
	{"peeratlas_evidence", "vector[string]"}, {"peeratlas_breach", "vector[string]"},
	{"peeratlas_orig_process", "string"}, {"peeratlas_resp_process", "string"},
}

// zeekUnset stands for what is not known.
const zeekUnset = "-"

// zeek writes conn.log as Zeek's ASCII writer does. The times of #open and #close are of the
// packets, not of the clock, so the same capture gives the same octets; without a record there is none.
type zeek struct {
	w     io.Writer
	line  []byte
	begun bool
	last  time.Time
}

func newZeek(w io.Writer, _ string) Writer { return &zeek{w: w} }

func (z *zeek) Write(r *report.Record, flags []report.Flag) error {
	f := r.Fields(flags)
	z.line = z.line[:0]
	if !z.begun {
		z.head(f.Start)
	}
	if f.End.After(z.last) {
		z.last = f.End
	}
	for i, cell := range zeekCells(r, f) {
		if i > 0 {
			z.line = append(z.line, '\t')
		}
		z.line = append(z.line, cell...)
	}
	z.line = append(z.line, '\n')
	_, err := z.w.Write(z.line)
	return err
}

func (z *zeek) head(opened time.Time) {
	z.begun, z.last = true, opened
	names, types := "#fields", "#types"
	for _, c := range zeekColumns {
		names, types = names+"\t"+c[0], types+"\t"+c[1]
	}
	z.line = append(z.line, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"...)
	if !opened.IsZero() {
		z.line = append(z.line, "#open\t"+zeekDate(opened)+"\n"...)
	}
	z.line = append(z.line, names+"\n"+types+"\n"...)
}

// Close writes the last line, and the head if there was no record.
func (z *zeek) Close() error {
	z.line = z.line[:0]
	if !z.begun {
		z.head(time.Time{})
	}
	if !z.last.IsZero() {
		z.line = append(z.line, "#close\t"+zeekDate(z.last)+"\n"...)
	}
	_, err := z.w.Write(z.line)
	return err
}

// zeekCells are in the order of zeekColumns. Payload octets (orig_bytes), gaps (missed_bytes), the
// order of events (history) and the identifiers of outer connections are not known.
func zeekCells(r *report.Record, f *report.Fields) []string {
	duration := zeekUnset
	if d := f.End.Sub(f.Start); d > 0 {
		duration = seconds(int64(d))
	}
	return []string{seconds(r.Flow.Start), identify(r).uid(), f.SrcIP, count(f.SrcPort), f.DstIP, count(f.DstPort),
		zeekText(f.Proto), zeekText(zeekService(f.Service)), duration, zeekUnset, zeekUnset,
		zeekText(connState(r)), zeekBool(f.Src.Home), zeekBool(f.Dst.Home), zeekUnset, zeekUnset,
		count(f.SrcPackets), count(f.SrcOctets), count(f.DstPackets), count(f.DstOctets),
		zeekUnset, count(uint16(r.Flow.Key.Protocol)), f.CommunityID,
		f.Verdict, decimal(f.Probability), zeekText(f.Family), zeekText(f.Path),
		zeekText(zeekPeer(f.Peer)), zeekText(f.Src.Country), zeekText(f.Dst.Country),
		zeekBool(f.Src.Anycast), zeekBool(f.Dst.Anycast), zeekCount(f.Src.ASN), zeekCount(f.Dst.ASN),
		zeekText(f.Src.ASOrg), zeekText(f.Dst.ASOrg), zeekText(f.Src.Name), zeekText(f.Dst.Name),
		zeekVector(len(f.Evidence), func(i int) string { return f.Evidence[i].Claim + "=" + decimal(f.Evidence[i].Counted) }),
		zeekBreach(f.Breach), zeekText(processWords(f.SrcProcess, f.SrcProcesses)), zeekText(processWords(f.DstProcess, f.DstProcesses))}
}

// zeekBreach is unset without a breach: there may have been no policy at all.
func zeekBreach(list []report.Flag) string {
	if len(list) == 0 {
		return zeekUnset
	}
	return zeekVector(len(list), func(i int) string { return list[i].Action + " " + list[i].Rule })
}

// zeekService is Zeek's word for a service: it calls TLS by the name of its analyzer.
func zeekService(word string) string {
	if word == "tls" {
		return "ssl"
	}
	return word
}

// zeekPeer is which end is a peer, in Zeek's words for the ends.
func zeekPeer(word string) string {
	switch word {
	case "src":
		return "orig"
	case "dst":
		return "resp"
	}
	return word
}

func zeekBool(b bool) string {
	if b {
		return "T"
	}
	return "F"
}

func zeekCount(n uint32) string {
	if n == 0 {
		return zeekUnset
	}
	return count(n)
}

// zeekText is s as one field: octets that do not show, backslashes, and characters that change how
// the rest is shown become \xHH, which Zeek reads back as it was. Empty text is unset: it stands for what is not known.
func zeekText(s string) string {
	if s == "" {
		return zeekUnset
	}
	return zeekEscape(s, "")
}

// zeekVector is a list of n texts; of none it is the word for that.
func zeekVector(n int, item func(int) string) string {
	if n == 0 {
		return "(empty)"
	}
	items := make([]string, n)
	for i := range items {
		items[i] = zeekEscape(item(i), ",")
	}
	return strings.Join(items, ",")
}

func zeekEscape(s, also string) string {
	if s == zeekUnset || s == "(empty)" { // a text that would be taken for the mark
		return hexOctets(s[:1]) + s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		part := s[i : i+n]
		if part == `\` || strings.Contains(also, part) || report.Clean(part, 0) != part {
			part = hexOctets(part)
		}
		b.WriteString(part)
		i += n
	}
	return b.String()
}

func hexOctets(s string) (hex string) {
	for i := range len(s) {
		hex += fmt.Sprintf(`\x%02x`, s[i])
	}
	return hex
}

// seconds is a number of nanoseconds in seconds, cut to microseconds as Zeek's are.
func seconds(nanoseconds int64) string {
	sign, n := "", uint64(nanoseconds)
	if nanoseconds < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%06d", sign, n/1e9, n%1e9/1e3)
}

func zeekDate(t time.Time) string { return t.Format("2006-01-02-15-04-05") }

// TCP control bits (RFC 9293, section 3.1).
const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	ack = 0x10
)

// connState is Zeek's conn_state, where it follows from which packets there were; "" where it takes
// their order, which a record does not hold.
func connState(r *report.Record) string {
	f := &r.Flow
	o := f.Initiator & 1
	orig, resp := f.Packets[o] > 0, f.Packets[1-o] > 0
	if f.Key.Protocol == packet.UDP {
		switch {
		case orig && resp:
			return "SF"
		case orig:
			return "S0"
		}
		return "SHR"
	}
	if f.Key.Protocol != packet.TCP || !orig {
		return ""
	}
	return tcpState(f.TCPFlags[o], f.TCPFlags[1-o], resp, f.Payloads[o]+f.Payloads[1-o] > 0)
}

// tcpState takes the control bits of both ends, whether the responder sent anything, and whether any payload was seen.
func tcpState(o, r uint8, answered, payload bool) string {
	both := o | r
	switch {
	case both&syn == 0:
		if both&(fin|rst) == 0 {
			return "OTH"
		}
	case o&syn == 0:
	case !answered:
		return [...]string{"S0", "SH", "RSTOS0", ""}[o&fin|o&rst>>1]
	case r&syn == 0:
		if r&rst != 0 && r&fin == 0 && o&(fin|rst) == 0 && !payload {
			return "REJ"
		}
	case o&ack == 0:
	case both&rst == 0:
		return [...]string{"S1", "S2", "S3", "SF"}[o&fin|r&fin<<1]
	case both&fin == 0 && o&rst == 0:
		return "RSTR"
	case both&fin == 0 && r&rst == 0:
		return "RSTO"
	}
	return ""
}
