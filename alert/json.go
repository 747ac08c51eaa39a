package alert

import (
	"math"
	"strconv"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// nanoTime is RFC 3339 with all nine digits, in UTC.
const nanoTime = "2006-01-02T15:04:05.000000000Z"

// maxEvidence is how many lines of evidence an alert names: those that speak most for it.
const maxEvidence = 4

// AppendAlert appends a to dst as one line of NDJSON, newline included, in the format that
// docs/alerts.md describes. The order of keys is fixed. It keeps nothing of a.
func AppendAlert(dst []byte, a *Alert) []byte {
	dst = append(dst, `{"v":`...)
	dst = strconv.AppendInt(dst, Version, 10)
	dst = appendText(dst, "id", a.id())
	dst = appendTime(dst, "time", a.Time)
	dst = appendText(dst, "kind", string(a.Kind))
	dst = appendText(dst, "severity", a.Severity.String())
	dst = appendText(dst, "message", a.Message())
	if a.Scope != "" {
		dst = appendText(dst, "scope", a.Scope)
	}
	if h := a.host(); h.IsValid() {
		dst = appendText(dst, "host", h.String())
	}
	if a.Record != nil {
		dst = appendFlow(dst, a)
	}
	if a.Owner.PID != 0 {
		dst = appendOwner(append(dst, `,"process":`...), a.Owner)
	}
	if a.Breach != nil {
		dst = appendText(append(dst, `,"breach":{"rule":`...), "", a.Breach.Rule)
		dst = appendText(dst, "side", a.Breach.Side)
		dst = append(appendText(dst, "detail", a.Breach.Detail), '}')
	}
	if a.Loss != nil {
		dst = appendLoss(dst, a.Loss)
	}
	if a.Kind == VerdictChanged {
		dst = appendText(dst, "before", a.Before)
		dst = appendText(dst, "after", a.After)
	}
	if a.Kind == AlertsDropped {
		dst = strconv.AppendUint(append(dst, `,"dropped":`...), a.Number, 10)
	}
	return append(dst, '}', '\n')
}

// appendFlow writes the flow that shows it, seen from the host.
func appendFlow(dst []byte, a *Alert) []byte {
	r, h, p := a.Record, a.Contact.Host&1, a.Contact.Peer&1
	f, v := &r.Flow, &r.Verdict
	dst = appendUint(dst, "host_port", uint64(f.Key.Port[h]))
	dst = appendName(dst, "host_name", v.Name[h])
	dst = appendText(dst, "peer", a.peer().String())
	dst = appendUint(dst, "peer_port", uint64(f.Key.Port[p]))
	dst = appendName(dst, "peer_name", v.Name[p])
	dst = appendText(dst, "proto", protocol(f.Key.Protocol))
	dst = appendText(dst, "contact", a.contactWord())
	l := a.peerLocation()
	country := l.Country
	if country == "" {
		country = geo.Unknown
	}
	dst = appendText(dst, "country", country)
	if l.Anycast {
		dst = append(dst, `,"anycast":true`...)
	}
	if l.ASN != 0 {
		dst = appendUint(dst, "asn", uint64(l.ASN))
	}
	if l.ASOrg != "" {
		dst = appendText(dst, "as_org", l.ASOrg)
	}
	dst = appendText(dst, "family", v.Family)
	dst = appendText(dst, "path", v.Path.String())
	dst = appendText(dst, "verdict", v.Judgement.String())
	dst = appendNumber(dst, "probability", v.Probability, 1e4)
	dst = append(dst, `,"evidence":[`...)
	for i, e := range strongest(v.Evidence) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEvidence(dst, e)
	}
	dst = appendText(append(dst, ']'), "community_id", f.Key.CommunityID())
	dst = appendTime(dst, "start", time.Unix(0, f.Start))
	return appendTime(dst, "end", time.Unix(0, f.End))
}

// strongest are the lines that speak most for a verdict, in the order of the account, which is
// that of their weight.
func strongest(account []classify.Evidence) []*classify.Evidence {
	out := make([]*classify.Evidence, 0, maxEvidence)
	for i := range account {
		if account[i].Counted > 0 && len(out) < maxEvidence {
			out = append(out, &account[i])
		}
	}
	return out
}

func appendEvidence(dst []byte, e *classify.Evidence) []byte {
	dst = appendText(append(dst, '{'), "claim", e.Claim)
	dst = appendNumber(dst, "bits", e.Counted, 1e3)
	dst = appendText(dst, "detail", e.Detail)
	dst = append(dst, `,"packets":[`...)
	for i, n := range e.Packets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	return append(dst, ']', '}')
}

func appendOwner(dst []byte, o report.Owner) []byte {
	dst = strconv.AppendInt(append(dst, `{"pid":`...), int64(o.PID), 10)
	dst = appendText(dst, "name", o.Name)
	return append(appendText(dst, "user", o.User), '}')
}

func appendLoss(dst []byte, l *Loss) []byte {
	dst = appendText(append(dst, `,"loss":{`...), "cause", l.Cause)
	if l.Interface != "" {
		dst = appendText(dst, "interface", l.Interface)
	}
	dst = appendUint(dst, "lost", l.Lost)
	dst = appendUint(dst, "of", l.Of)
	return append(appendTime(dst, "began", l.Began), '}')
}

// appendName writes what the traffic called an end, if anything.
func appendName(dst []byte, key string, n classify.Name) []byte {
	if n.Source == classify.NoName || n.Text == "" {
		return dst
	}
	return appendText(appendText(dst, key, n.Text), key+"_source", n.Source.String())
}

// appendKey writes a comma, but after a brace, and the key; nothing for no key.
func appendKey(dst []byte, key string) []byte {
	if key == "" {
		return dst
	}
	if len(dst) > 0 && dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '"'), key...), '"', ':')
}

func appendText(dst []byte, key, text string) []byte {
	return report.AppendJSON(appendKey(dst, key), text)
}

func appendUint(dst []byte, key string, n uint64) []byte {
	return strconv.AppendUint(appendKey(dst, key), n, 10)
}

func appendTime(dst []byte, key string, t time.Time) []byte {
	dst = append(appendKey(dst, key), '"')
	return append(t.UTC().AppendFormat(dst, nanoTime), '"')
}

// appendNumber writes v rounded to 1/scale in the fewest digits; 0 for what JSON has no number for.
func appendNumber(dst []byte, key string, v, scale float64) []byte {
	if v = math.Round(v*scale) / scale; math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.AppendFloat(appendKey(dst, key), v+0, 'f', -1, 64)
}

// protocol is the word for a protocol that carries ports; others are given by number.
func protocol(p packet.Protocol) string {
	switch p {
	case packet.TCP:
		return "tcp"
	case packet.UDP:
		return "udp"
	}
	return strconv.Itoa(int(p))
}
