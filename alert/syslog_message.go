package alert

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// Bounds of a syslog message. Every receiver should accept 2,048 octets (RFC 5424, section 6.1).
const (
	maxSyslog     = 2048 // octets of a message
	maxStructured = 1400 // octets of its structured data: parameters that do not fit are left out
	maxParameter  = 160  // columns of one value
)

// DefaultEnterprise is the private enterprise number that is reserved for examples (RFC 5612). This
// project has none of its own.
const DefaultEnterprise = 32473

// structuredID names our parameters. An SD-ID that the IANA did not register carries a private
// enterprise number (RFC 5424, section 6.3.2).
func structuredID(enterprise uint32) string {
	return "peeratlas@" + strconv.FormatUint(uint64(enterprise), 10)
}

// byteOrderMark begins a MSG that is UTF-8 (RFC 5424, section 6.4). It is left out of one that is
// ASCII, where nothing depends on it and many receivers show it.
const byteOrderMark = "\xef\xbb\xbf"

// syslogHeader is what is the same in every message of one sender.
type syslogHeader struct {
	facility int
	host     string // RFC 5424, section 6.2.4
	process  string // section 6.2.6
	version  string // of the program
	// structured is the SD-ID of our parameters.
	structured string
}

// levels are the severities of RFC 5424, section 6.2.1, for ours.
var levels = [...]int{Info: 6, Notice: 5, Warning: 4, Critical: 2}

// facilities are the words of syslog.conf for RFC 5424's table 1.
var facilities = map[string]int{"kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8,
	"cron": 9, "authpriv": 10, "ftp": 11, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21,
	"local6": 22, "local7": 23}

// appendSyslog writes a as an RFC 5424 message:
//
//	<PRI>1 TIMESTAMP HOSTNAME peeratlas PROCID MSGID [meta ...][origin ...][peeratlas@32473 ...] MSG
//
// number counts the sender's messages from 1. It has no control character.
func appendSyslog(dst []byte, h *syslogHeader, a *Alert, number uint32) []byte {
	start := len(dst)
	level := levels[Critical]
	if int(a.Severity) < len(levels) {
		level = levels[a.Severity]
	}
	dst = append(strconv.AppendInt(append(dst, '<'), int64(h.facility*8+level), 10), '>', '1', ' ')
	dst = a.Time.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000Z") // at most six digits: section 6.2.3
	dst = append(append(append(dst, ' '), h.host...), " peeratlas "...)
	dst = append(append(append(dst, h.process...), ' '), strings.ToUpper(string(a.Kind))...)
	dst = strconv.AppendUint(append(dst, ` [meta sequenceId="`...), uint64(number), 10)
	dst = appendParameter(append(dst, `"][origin`...), "software", "peeratlas")
	dst = appendParameter(dst, "swVersion", h.version)
	dst = append(dst, ']')
	dst = appendStructured(dst, h.structured, a)
	message := a.Message()
	if !isASCII(message) {
		message = byteOrderMark + message
	}
	return append(append(dst, ' '), cutText(message, maxSyslog-(len(dst)-start)-1)...)
}

// appendStructured writes our parameters, the telling ones first: the names are those of the JSON.
func appendStructured(dst []byte, id string, a *Alert) []byte {
	end := len(dst) + maxStructured
	dst = append(append(dst, '['), id...)
	add := func(name, value string) {
		if with := appendParameter(dst, name, value); value != "" && len(with) < end {
			dst = with
		}
	}
	add("id", a.id())
	add("severity", a.Severity.String())
	add("time", a.Time.UTC().Format(nanoTime))
	add("scope", a.Scope)
	if h := a.host(); h.IsValid() {
		add("host", h.String())
	}
	if a.Breach != nil {
		add("rule", a.Breach.Rule)
		add("side", a.Breach.Side)
		add("breach", a.Breach.Detail)
	}
	if a.Record != nil {
		addFlow(add, a)
	}
	if o := a.Owner; o.PID != 0 {
		add("pid", strconv.Itoa(o.PID))
		add("process", o.Name)
		add("user", o.User)
	}
	if l := a.Loss; l != nil {
		add("cause", l.Cause)
		add("interface", l.Interface)
		add("lost", strconv.FormatUint(l.Lost, 10))
		add("of", strconv.FormatUint(l.Of, 10))
		add("began", l.Began.UTC().Format(nanoTime))
	}
	add("before", a.Before)
	add("after", a.After)
	if a.Kind == AlertsDropped {
		add("dropped", strconv.FormatUint(a.Number, 10))
	}
	return append(dst, ']')
}

func addFlow(add func(name, value string), a *Alert) {
	r, h, p := a.Record, a.Contact.Host&1, a.Contact.Peer&1
	k, v, l := &r.Flow.Key, &r.Verdict, a.peerLocation()
	add("host_port", strconv.Itoa(int(k.Port[h])))
	add("peer", a.peer().String())
	add("peer_port", strconv.Itoa(int(k.Port[p])))
	add("proto", protocol(k.Protocol))
	add("contact", a.contactWord())
	if l.Country == "" {
		add("country", geo.Unknown)
	} else {
		add("country", l.Country)
	}
	if l.Anycast {
		add("anycast", "true")
	}
	if l.ASN != 0 {
		add("asn", strconv.FormatUint(uint64(l.ASN), 10))
	}
	add("family", v.Family)
	add("path", v.Path.String())
	add("verdict", v.Judgement.String())
	add("probability", string(appendNumber(nil, "", v.Probability, 1e4)))
	add("community_id", k.CommunityID())
	if best := strongest(v.Evidence); len(best) > 0 {
		add("claim", best[0].Claim)
		add("bits", string(appendNumber(nil, "", best[0].Counted, 1e3)))
		packets := ""
		for _, n := range best[0].Packets {
			packets += "," + strconv.FormatUint(uint64(n), 10)
		}
		add("packets", strings.TrimPrefix(packets, ","))
		add("detail", best[0].Detail)
	}
	add("as_org", l.ASOrg)
	if n := v.Name[p]; n.Source != classify.NoName {
		add("peer_name", n.Text)
	}
	add("start", time.Unix(0, r.Flow.Start).UTC().Format(nanoTime))
}

// appendParameter writes SP, the name and the value in quotes, in which '"', '\' and ']' are escaped
// by '\' (RFC 5424, section 6.3.3). Before that, what would not show is written as its number.
func appendParameter(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), '=', '"')
	value = report.Clean(value, maxParameter)
	for i := range len(value) {
		if c := value[i]; c == '"' || c == '\\' || c == ']' {
			dst = append(dst, '\\')
		}
		dst = append(dst, value[i])
	}
	return append(dst, '"')
}

// printUSASCII is s as a field of the header takes it: printable ASCII without spaces, at most so
// long, and "-" for nothing (RFC 5424, section 6).
func printUSASCII(s string, most int) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s) && len(out) < most; i++ {
		if s[i] > ' ' && s[i] <= '~' {
			out = append(out, s[i])
		}
	}
	if len(out) == 0 {
		return "-"
	}
	return string(out)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cutText is the beginning of s, in whole characters, of at most so many octets.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	most = max(most, 0)
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
