package export

import (
	"fmt"
	"io"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// eveFlow is an event of type flow as Suricata writes it (etc/schema.json of its source). What
// its flow engine alone knows, such as whether a rule alerted, is not there.
type eveFlow struct {
	Timestamp string    `json:"timestamp"`
	FlowID    uint64    `json:"flow_id"`
	EventType string    `json:"event_type"`
	VLAN      []uint16  `json:"vlan,omitempty"`
	SrcIP     string    `json:"src_ip"`
	SrcPort   uint16    `json:"src_port"`
	DestIP    string    `json:"dest_ip"`
	DestPort  uint16    `json:"dest_port"`
	Proto     string    `json:"proto"`
	AppProto  string    `json:"app_proto,omitempty"`
	Flow      eveCounts `json:"flow"`
	TCP       *eveTCP   `json:"tcp,omitempty"`
	Community string    `json:"community_id"`
	Own       own       `json:"peeratlas"`
}

type eveCounts struct {
	PktsToServer  uint64 `json:"pkts_toserver"`
	PktsToClient  uint64 `json:"pkts_toclient"`
	BytesToServer uint64 `json:"bytes_toserver"`
	BytesToClient uint64 `json:"bytes_toclient"`
	Start         string `json:"start"`
	End           string `json:"end"`
	Age           int64  `json:"age"` // seconds
	State         string `json:"state,omitempty"`
	Reason        string `json:"reason,omitempty"`
}

// eveTCP holds the control bits in hexadecimal, of both ends, towards the server and towards the client.
type eveTCP struct {
	Flags   string `json:"tcp_flags"`
	FlagsTS string `json:"tcp_flags_ts"`
	FlagsTC string `json:"tcp_flags_tc"`
	SYN     bool   `json:"syn,omitempty"`
	FIN     bool   `json:"fin,omitempty"`
	RST     bool   `json:"rst,omitempty"`
	PSH     bool   `json:"psh,omitempty"`
	ACK     bool   `json:"ack,omitempty"`
	URG     bool   `json:"urg,omitempty"`
	ECN     bool   `json:"ecn,omitempty"`
	CWR     bool   `json:"cwr,omitempty"`
}

// own is what other programs' formats have no place for, under the program's name.
type own struct {
	V int32 `json:"v"`
	report.Findings
}

func newEVE(w io.Writer, _ string) Writer {
	return &lines{w: w, render: func(dst []byte, r *report.Record, flags []report.Flag) ([]byte, error) {
		return appendObject(dst, eveOf(r, r.Fields(flags)))
	}}
}

func eveOf(r *report.Record, f *report.Fields) *eveFlow {
	e := &eveFlow{Timestamp: eveTime(f.End), FlowID: identify(r).number(), EventType: "flow",
		SrcIP: f.SrcIP, SrcPort: f.SrcPort, DestIP: f.DstIP, DestPort: f.DstPort, Proto: eveProtocol(r.Flow.Key.Protocol), AppProto: f.Service,
		Flow: eveCounts{PktsToServer: f.SrcPackets, PktsToClient: f.DstPackets, BytesToServer: f.SrcOctets, BytesToClient: f.DstOctets,
			Start: eveTime(f.Start), End: eveTime(f.End), Age: int64(f.End.Sub(f.Start) / time.Second),
			State: eveState(&r.Flow), Reason: eveReason(r.Flow.EndReason)},
		Community: f.CommunityID, Own: own{f.V, f.Findings}}
	if f.VLAN != 0 {
		e.VLAN = []uint16{f.VLAN}
	}
	if r.Flow.Key.Protocol == packet.TCP {
		s, c := r.Flow.TCPFlags[r.Flow.Initiator&1], r.Flow.TCPFlags[1-r.Flow.Initiator&1]
		all := s | c
		e.TCP = &eveTCP{Flags: hexByte(all), FlagsTS: hexByte(s), FlagsTC: hexByte(c), FIN: all&fin != 0, SYN: all&syn != 0, RST: all&rst != 0,
			PSH: all&0x08 != 0, ACK: all&ack != 0, URG: all&0x20 != 0, ECN: all&0x40 != 0, CWR: all&0x80 != 0}
	}
	return e
}

// eveState is Suricata's word for how far a flow got, where it follows from what was seen.
func eveState(f *flow.Flow) string {
	answered := f.Packets[0] > 0 && f.Packets[1] > 0
	bits := f.TCPFlags[0] | f.TCPFlags[1]
	switch {
	case f.Key.Protocol == packet.TCP && (bits&rst != 0 || f.TCPFlags[0]&f.TCPFlags[1]&fin != 0):
		return "closed"
	case !answered:
		return "new"
	case f.Key.Protocol == packet.TCP && f.Payloads[0]+f.Payloads[1] == 0:
		return "" // the handshake may have been completed or not
	}
	return "established"
}

// eveReason is Suricata's word for why a flow was told.
func eveReason(e flow.EndReason) string {
	switch e {
	case flow.IdleTimeout, flow.ActiveTimeout:
		return "timeout"
	case flow.ForcedEnd, flow.LackOfResources:
		return "forced"
	case flow.Running:
		return "shutdown" // the input ended before the flow
	}
	return ""
}

func eveProtocol(p packet.Protocol) string {
	switch p {
	case packet.TCP:
		return "TCP"
	case packet.UDP:
		return "UDP"
	}
	return fmt.Sprintf("%03d", p)
}

// eveTime has microseconds and a zone without a colon, as Suricata's times.
func eveTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000-0700") }

func hexByte(b uint8) string { return fmt.Sprintf("%02x", b) }
