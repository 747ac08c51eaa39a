package report

import (
	"math"
	"strconv"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// RecordVersion is the `v` of the record format that AppendRecord writes. It rises when a key
// changes its meaning or goes away; keys may be added at any time.
const RecordVersion = 1

// recordTime is RFC 3339 with all nine digits, so that records sort as text.
const recordTime = "2006-01-02T15:04:05.000000000Z"

// AppendRecord appends r to dst as one line of NDJSON, newline included, in the format that
// docs/record.md describes. The order of keys is fixed: the same record is the same octets.
// The source is the end that began the flow. It keeps nothing of r.
func AppendRecord(dst []byte, r *Record) []byte {
	f, v := &r.Flow, &r.Verdict
	src := f.Initiator & 1
	dst = append(dst, `{"v":1,"start":"`...)
	dst = at(f.Start).AppendFormat(dst, recordTime)
	dst = append(dst, `","end":"`...)
	dst = at(f.End).AppendFormat(dst, recordTime)
	dst = appendEnds(dst, f, src)
	dst = appendVerdict(dst, v)
	dst = appendPlace(append(dst, `,"src":`...), &r.Location[src], v.Name[src], r.Home[src])
	dst = appendPlace(append(dst, `,"dst":`...), &r.Location[1-src], v.Name[1-src], r.Home[1-src])
	if w := peerWord(v, src); w != "" {
		dst = append(append(append(dst, `,"peer":"`...), w...), '"')
	}
	dst = appendReported(dst, r)
	dst = appendFlow(dst, f, src)
	dst = appendProcesses(dst, r, src)
	return append(dst, '}', '\n')
}

// appendEnds writes who talked to whom, and how much.
func appendEnds(dst []byte, f *flow.Flow, src flow.Direction) []byte {
	k := &f.Key
	dst = append(dst, `","proto":"`...)
	dst = append(dst, protocol(k.Protocol)...)
	dst = append(dst, `","src_ip":"`...)
	dst = k.Addr[src].Netip().AppendTo(dst)
	dst = appendKeyUint(dst, `","src_port":`, uint64(k.Port[src]))
	dst = append(dst, `,"dst_ip":"`...)
	dst = k.Addr[1-src].Netip().AppendTo(dst)
	dst = appendKeyUint(dst, `","dst_port":`, uint64(k.Port[1-src]))
	dst = append(dst, `,"community_id":"`...)
	dst = append(dst, k.CommunityID()...)
	dst = appendKeyUint(dst, `","src_packets":`, uint64(f.Packets[src]))
	dst = appendKeyUint(dst, `,"dst_packets":`, uint64(f.Packets[1-src]))
	dst = appendKeyUint(dst, `,"src_bytes":`, f.Octets(src))
	return appendKeyUint(dst, `,"dst_bytes":`, f.Octets(1-src))
}

func appendVerdict(dst []byte, v *classify.Verdict) []byte {
	dst = append(dst, `,"verdict":"`...)
	dst = append(dst, v.Judgement.String()...)
	dst = append(dst, `","p2p":`...)
	dst = strconv.AppendBool(dst, v.Judgement == classify.P2P)
	dst = appendKeyFloat(dst, `,"probability":`, v.Probability, 1e4)
	dst = appendJSON(append(dst, `,"family":`...), v.Family)
	dst = append(dst, `,"path":"`...)
	dst = append(dst, v.Path.String()...)
	dst = append(dst, '"')
	if v.Service != "" {
		dst = appendJSON(append(dst, `,"service":`...), v.Service)
	}
	dst = appendKeyFloat(dst, `,"prior":`, v.Prior, 1e3)
	dst = append(dst, `,"evidence":[`...)
	for i := range v.Evidence {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEvidence(dst, &v.Evidence[i])
	}
	return append(dst, ']')
}

func appendEvidence(dst []byte, e *classify.Evidence) []byte {
	dst = appendJSON(append(dst, `{"claim":`...), e.Claim)
	dst = appendKeyFloat(dst, `,"bits":`, e.Bits, 1e3)
	dst = appendKeyFloat(dst, `,"counted":`, e.Counted, 1e3)
	if e.Group != "" {
		dst = appendJSON(append(dst, `,"group":`...), e.Group)
	}
	dst = appendJSON(append(dst, `,"detail":`...), e.Detail)
	dst = append(dst, `,"packets":[`...)
	for i, p := range e.Packets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(p), 10)
	}
	return append(dst, ']', '}')
}

// appendPlace writes what is known of one end.
func appendPlace(dst []byte, l *geo.Location, n classify.Name, home bool) []byte {
	dst = appendJSON(append(dst, `{"country":`...), country(l))
	if l.ASN != 0 {
		dst = appendKeyUint(dst, `,"asn":`, uint64(l.ASN))
	}
	if l.ASOrg != "" {
		dst = appendJSON(append(dst, `,"as_org":`...), l.ASOrg)
	}
	if n.Source != classify.NoName && n.Text != "" {
		dst = appendJSON(append(dst, `,"name":`...), n.Text)
		dst = append(append(append(dst, `,"name_source":"`...), n.Source.String()...), '"')
		if n.Time != 0 {
			dst = append(dst, `,"name_time":"`...)
			dst = append(at(n.Time).AppendFormat(dst, recordTime), '"')
		}
		dst = appendTrue(dst, `,"name_ech":true`, n.ECH)
	}
	dst = appendTrue(dst, `,"anycast":true`, l.Anycast)
	dst = appendTrue(dst, `,"hosting":true`, l.Hosting)
	dst = appendTrue(dst, `,"home":true`, home)
	return append(dst, '}')
}

// peerWord says which end is a peer: outside the home networks; "" if there is none to speak of.
func peerWord(v *classify.Verdict, src flow.Direction) string {
	switch {
	case v.Judgement < classify.Likely:
		return ""
	case v.Peer[src] && v.Peer[1-src]:
		return "both"
	case v.Peer[src]:
		return "src"
	case v.Peer[1-src]:
		return "dst"
	}
	return ""
}

// appendReported writes the first address that signalling told of, and all of them if there are more.
func appendReported(dst []byte, r *Record) []byte {
	all := r.Verdict.Reported
	if len(all) == 0 {
		return dst
	}
	dst = append(dst, `,"reported_peer":`...)
	dst = appendReportedPeer(dst, all[0], r.reportedCountry(0))
	if len(all) == 1 {
		return dst
	}
	dst = append(dst, `,"reported_peers":[`...)
	for i := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendReportedPeer(dst, all[i], r.reportedCountry(i))
	}
	return append(dst, ']')
}

func appendReportedPeer(dst []byte, p classify.Reported, country string) []byte {
	dst = append(dst, `{"ip":"`...)
	if a := p.Addr.Addr(); a.IsValid() {
		dst = a.WithZone("").Unmap().AppendTo(dst) // a zone would be text
	}
	dst = appendKeyUint(dst, `","port":`, uint64(p.Addr.Port()))
	dst = appendJSON(append(dst, `,"country":`...), country)
	dst = appendJSON(append(dst, `,"by":`...), p.By)
	return append(dst, '}')
}

// appendFlow writes what the flow table knows beside the counts, where there is something to say.
func appendFlow(dst []byte, f *flow.Flow, src flow.Direction) []byte {
	if f.FirstFrame != 0 {
		dst = appendKeyUint(dst, `,"first_packet":`, uint64(f.FirstFrame))
	}
	if n := f.Payloads[src]; n != 0 {
		dst = appendKeyUint(dst, `,"src_payload_packets":`, uint64(n))
	}
	if n := f.Payloads[1-src]; n != 0 {
		dst = appendKeyUint(dst, `,"dst_payload_packets":`, uint64(n))
	}
	if c := f.TCPFlags[src]; c != 0 {
		dst = append(appendControlBits(append(dst, `,"src_tcp_flags":"`...), c), '"')
	}
	if c := f.TCPFlags[1-src]; c != 0 {
		dst = append(appendControlBits(append(dst, `,"dst_tcp_flags":"`...), c), '"')
	}
	if f.VLAN() != 0 {
		dst = appendKeyUint(dst, `,"vlan":`, uint64(f.VLAN()))
	}
	if f.Tunnel != packet.NoTunnel {
		dst = append(append(append(dst, `,"tunnel":"`...), f.Tunnel.String()...), '"')
	}
	dst = appendTrue(dst, `,"cut":true`, f.Cut())
	dst = appendTrue(dst, `,"continues":true`, f.Continues())
	if w := endReason(f.EndReason); w != "" {
		dst = append(append(append(dst, `,"end_reason":"`...), w...), '"')
	}
	return dst
}

func appendKeyUint(dst []byte, key string, n uint64) []byte {
	return strconv.AppendUint(append(dst, key...), n, 10)
}

// appendKeyFloat writes v rounded to 1/scale in the fewest digits.
func appendKeyFloat(dst []byte, key string, v, scale float64) []byte {
	return strconv.AppendFloat(append(dst, key...), rounded(v, scale), 'f', -1, 64)
}

// rounded is v to 1/scale.
func rounded(v, scale float64) float64 {
	return finite(math.Round(v*scale)/scale) + 0 // adding 0 makes -0 a plain 0
}

func appendTrue(dst []byte, key string, set bool) []byte {
	if set {
		dst = append(dst, key...)
	}
	return dst
}

// protocol is the word for an IP protocol that carries ports; others are given by number.
func protocol(p packet.Protocol) string {
	switch p {
	case packet.TCP:
		return "tcp"
	case packet.UDP:
		return "udp"
	}
	return strconv.Itoa(int(p))
}

// appendControlBits writes TCP control bits by their letters, from the lowest bit (RFC 9293, section 3.1).
func appendControlBits(dst []byte, c uint8) []byte {
	const letters = "FSRPAUEC"
	for i := range letters {
		if c>>i&1 != 0 {
			dst = append(dst, letters[i])
		}
	}
	return dst
}

// endReason is IPFIX flowEndReason (Information Element 136) in its own words.
func endReason(e flow.EndReason) string {
	switch e {
	case flow.IdleTimeout:
		return "idle timeout"
	case flow.ActiveTimeout:
		return "active timeout"
	case flow.EndOfFlow:
		return "end of flow"
	case flow.ForcedEnd:
		return "forced end"
	case flow.LackOfResources:
		return "lack of resources"
	}
	return ""
}

// country is never empty: what nobody looked up is unknown.
func country(l *geo.Location) string {
	if l.Country == "" {
		return geo.Unknown
	}
	return l.Country
}

// reported is the place of address i of Verdict.Reported.
func (r *Record) reported(i int) geo.Location {
	if i < len(r.Reported) {
		return r.Reported[i]
	}
	return geo.Location{Country: geo.Unknown}
}

func (r *Record) reportedCountry(i int) string {
	l := r.reported(i)
	return country(&l)
}
