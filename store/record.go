package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"unicode/utf8"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// recordFormat is the version of what EncodeRecord writes.
const recordFormat = 1

// text is a string of any octets: JSON has no word for those that are no UTF-8.
type text string

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(t))})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(p []byte) error {
	if len(p) == 0 || p[0] != '{' {
		return json.Unmarshal(p, (*string)(t))
	}
	var coded struct {
		Base64 []byte `json:"base64"`
	}
	err := json.Unmarshal(p, &coded)
	*t = text(coded.Base64)
	return err
}

// number is a float that may be infinite, or none: JSON has no word for these, and they count as 0.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		n = 0
	}
	return json.Marshal(float64(n))
}

// The parts of a stored record. All that a report tells of a flow is in it, exactly: the public
// record rounds.
type (
	storedRecord struct {
		V           int              `json:"v"`
		Start       int64            `json:"start"` // nanoseconds since the Unix epoch
		End         int64            `json:"end"`
		Protocol    uint8            `json:"proto"`
		Initiator   uint8            `json:"initiator"` // index in Ends
		Ends        [2]storedEnd     `json:"ends"`
		Frame       uint32           `json:"first_packet,omitempty"`
		VLAN        uint16           `json:"vlan,omitempty"`
		Tunnel      uint8            `json:"tunnel,omitempty"`
		Cut         bool             `json:"cut,omitempty"`
		Continues   bool             `json:"continues,omitempty"`
		EndReason   uint8            `json:"end_reason,omitempty"` // IPFIX flowEndReason
		Verdict     uint8            `json:"verdict"`
		Probability number           `json:"probability"`
		Prior       number           `json:"prior"`
		Family      text             `json:"family,omitempty"`
		Service     text             `json:"service,omitempty"`
		Path        uint8            `json:"path,omitempty"`
		Evidence    []storedEvidence `json:"evidence,omitempty"`
		Reported    []storedReported `json:"reported,omitempty"`
	}
	storedEnd struct {
		Addr     netip.Addr  `json:"ip"`
		Port     uint16      `json:"port"`
		Packets  uint32      `json:"packets"`
		Payloads uint32      `json:"payload_packets,omitempty"`
		Octets   uint64      `json:"bytes"`
		Flags    uint8       `json:"tcp_flags,omitempty"`
		Home     bool        `json:"home,omitempty"`
		Peer     bool        `json:"peer,omitempty"`
		Name     *storedName `json:"name,omitempty"`
		storedPlace
	}
	storedName struct {
		Text   text  `json:"text"`
		Source uint8 `json:"source"`
		Time   int64 `json:"time,omitempty"`
		ECH    bool  `json:"ech,omitempty"`
	}
	storedPlace struct {
		Country string `json:"country,omitempty"`
		ASN     uint32 `json:"asn,omitempty"`
		ASOrg   text   `json:"as_org,omitempty"`
		Anycast bool   `json:"anycast,omitempty"`
		Hosting bool   `json:"hosting,omitempty"`
	}
	storedEvidence struct {
		Claim   string   `json:"claim"`
		Group   string   `json:"group,omitempty"`
		Family  text     `json:"family,omitempty"`
		Bits    number   `json:"bits"`
		Counted number   `json:"counted"`
		Detail  text     `json:"detail,omitempty"`
		Packets []uint32 `json:"packets,omitempty"`
	}
	storedReported struct {
		Addr netip.AddrPort `json:"address"`
		By   text           `json:"by"`
		storedPlace
	}
)

// EncodeRecord is r as JSON from which DecodeRecord makes the same record. Evidence that was not
// asked for yet is asked for, so it is to be called before the next flow is judged.
func EncodeRecord(r *report.Record) ([]byte, error) {
	f, v := &r.Flow, &r.Verdict
	s := storedRecord{V: recordFormat, Start: f.Start, End: f.End, Protocol: uint8(f.Key.Protocol), Initiator: uint8(f.Initiator & 1),
		Frame: f.FirstFrame, VLAN: f.VLAN(), Tunnel: uint8(f.Tunnel), Cut: f.Cut(), Continues: f.Continues(), EndReason: uint8(f.EndReason),
		Verdict: uint8(v.Judgement), Probability: number(v.Probability), Prior: number(v.Prior), Family: text(v.Family),
		Service: text(v.Service), Path: uint8(v.Path), Evidence: storeEvidence(v.Account())}
	for e := range s.Ends {
		s.Ends[e] = storedEnd{Addr: f.Key.Addr[e].Netip(), Port: f.Key.Port[e], Packets: f.Packets[e], Payloads: f.Payloads[e],
			Octets: f.Octets(flow.Direction(e)), Flags: f.TCPFlags[e], Home: r.Home[e], Peer: v.Peer[e], storedPlace: storePlace(&r.Location[e])}
		if n := v.Name[e]; n != (classify.Name{}) {
			s.Ends[e].Name = &storedName{text(n.Text), uint8(n.Source), n.Time, n.ECH}
		}
	}
	for i, told := range v.Reported {
		o := storedReported{By: text(told.By)}
		if a := told.Addr.Addr(); a.IsValid() {
			o.Addr = netip.AddrPortFrom(a.WithZone(""), told.Addr.Port()) // a zone would be text
		}
		if i < len(r.Reported) {
			o.storedPlace = storePlace(&r.Reported[i])
		}
		s.Reported = append(s.Reported, o)
	}
	p, err := json.Marshal(&s)
	if err != nil {
		return nil, fmt.Errorf("store a record: %w", err)
	}
	return p, nil
}

// DecodeRecord reads what EncodeRecord wrote. A file may have been changed by anybody: what cannot
// be is an error.
func DecodeRecord(p []byte) (*report.Record, error) {
	var s storedRecord
	if err := json.Unmarshal(p, &s); err != nil {
		return nil, fmt.Errorf("stored record: %w", err)
	}
	return s.record()
}

// decodeBrief is DecodeRecord without evidence, which is most of a record.
func decodeBrief(p []byte) (*report.Record, error) {
	var s struct {
		storedRecord
		Evidence skipped `json:"evidence"` // stands before the other one
	}
	if err := json.Unmarshal(p, &s); err != nil {
		return nil, fmt.Errorf("stored record: %w", err)
	}
	return s.storedRecord.record()
}

// skipped is of any value, and keeps nothing of it.
type skipped struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// record is the record that was stored.
func (s *storedRecord) record() (*report.Record, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("stored record: %w", err)
	}
	r := &report.Record{Flow: flow.Flow{Start: s.Start, End: s.End, FirstFrame: s.Frame, Initiator: flow.Direction(s.Initiator),
		EndReason: flow.EndReason(s.EndReason), Tunnel: packet.Tunnel(s.Tunnel)}}
	f, v := &r.Flow, &r.Verdict
	f.Key.Protocol = packet.Protocol(s.Protocol)
	f.SetVLAN(s.VLAN)
	if s.Cut {
		f.SetCut()
	}
	if s.Continues {
		f.SetContinues()
	}
	*v = classify.Verdict{Judgement: classify.Judgement(s.Verdict), Probability: float64(s.Probability), Prior: float64(s.Prior),
		Family: string(s.Family), Service: string(s.Service), Path: classify.Path(s.Path), Evidence: loadEvidence(s.Evidence)}
	for e := range s.Ends {
		o := &s.Ends[e]
		f.Key.Addr[e], f.Key.Port[e] = packet.AddrFrom(o.Addr), o.Port
		f.Packets[e], f.Payloads[e], f.TCPFlags[e] = o.Packets, o.Payloads, o.Flags
		f.SetOctets(flow.Direction(e), o.Octets)
		r.Home[e], v.Peer[e], r.Location[e] = o.Home, o.Peer, o.place()
		if n := o.Name; n != nil {
			v.Name[e] = classify.Name{Text: string(n.Text), Source: classify.NameSource(n.Source), Time: n.Time, ECH: n.ECH}
		}
	}
	for i := range s.Reported {
		o := &s.Reported[i]
		v.Reported = append(v.Reported, classify.Reported{Addr: o.Addr, By: string(o.By)})
		r.Reported = append(r.Reported, o.place())
	}
	return r, nil
}

// check holds s against what the house's types have words for.
func (s *storedRecord) check() error {
	switch {
	case s.V != recordFormat:
		return fmt.Errorf("version %d is not known; a newer peeratlas wrote it", s.V)
	case s.Protocol != uint8(packet.TCP) && s.Protocol != uint8(packet.UDP):
		return fmt.Errorf("protocol %d", s.Protocol)
	case s.Verdict > uint8(classify.P2P) || s.Path > uint8(classify.Probe) || s.Initiator > 1 || s.VLAN > 4095:
		return fmt.Errorf("a verdict, path, end or VLAN that there is not")
	case s.Tunnel >= uint8(packet.NumTunnels):
		return fmt.Errorf("tunnel %d", s.Tunnel)
	}
	for e := range s.Ends {
		o := &s.Ends[e]
		if !o.Addr.IsValid() || o.Octets >= 1<<40 || o.Name != nil && o.Name.Source > uint8(classify.FromResolver) {
			return fmt.Errorf("an end without an address, or with a count or name that there is not")
		}
	}
	return nil
}

func storePlace(l *geo.Location) storedPlace {
	return storedPlace{l.Country, l.ASN, text(l.ASOrg), l.Anycast, l.Hosting}
}

func (p *storedPlace) place() geo.Location {
	return geo.Location{Country: p.Country, ASN: p.ASN, ASOrg: string(p.ASOrg), Anycast: p.Anycast, Hosting: p.Hosting}
}

func storeEvidence(list []classify.Evidence) []storedEvidence {
	var out []storedEvidence
	for i := range list {
		e := &list[i]
		out = append(out, storedEvidence{e.Claim, e.Group, text(e.Family), number(e.Bits), number(e.Counted), text(e.Detail), e.Packets})
	}
	return out
}

func loadEvidence(list []storedEvidence) []classify.Evidence {
	var out []classify.Evidence
	for i := range list {
		e := &list[i]
		out = append(out, classify.Evidence{Claim: e.Claim, Group: e.Group, Family: string(e.Family), Bits: float64(e.Bits),
			Counted: float64(e.Counted), Detail: string(e.Detail), Packets: e.Packets})
	}
	return out
}
