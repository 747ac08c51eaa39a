package report

import (
	"time"
	"unicode/utf8"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// Fields are a record's keys as docs/record.md names them, for formats other than AppendRecord's.
// Its text is as the wire and the databases gave it, but for octets that are no UTF-8: each format
// escapes for itself. A number of 0 and an empty text say that there is nothing to say.
type Fields struct {
	V           int32     `json:"v" parquet:"v"`
	Start       time.Time `json:"start" parquet:"start,timestamp(nanosecond)"` // UTC
	End         time.Time `json:"end" parquet:"end,timestamp(nanosecond)"`
	Proto       string    `json:"proto" parquet:"proto,dict"`
	SrcIP       string    `json:"src_ip" parquet:"src_ip"`
	SrcPort     uint16    `json:"src_port" parquet:"src_port"`
	DstIP       string    `json:"dst_ip" parquet:"dst_ip"`
	DstPort     uint16    `json:"dst_port" parquet:"dst_port"`
	CommunityID string    `json:"community_id" parquet:"community_id"`
	SrcPackets  uint64    `json:"src_packets" parquet:"src_packets"`
	DstPackets  uint64    `json:"dst_packets" parquet:"dst_packets"`
	SrcOctets   uint64    `json:"src_bytes" parquet:"src_bytes"`
	DstOctets   uint64    `json:"dst_bytes" parquet:"dst_bytes"`
	Findings
}

// Findings are those of Fields that other programs' formats have no place for.
type Findings struct {
	Verdict     string          `json:"verdict" parquet:"verdict,dict"`
	P2P         bool            `json:"p2p" parquet:"p2p"`
	Probability float64         `json:"probability" parquet:"probability"`
	Family      string          `json:"family" parquet:"family,dict"`
	Path        string          `json:"path" parquet:"path,dict"`
	Service     string          `json:"service,omitempty" parquet:"service,optional,dict"`
	Prior       float64         `json:"prior" parquet:"prior"`
	Evidence    []EvidenceField `json:"evidence" parquet:"evidence,list"`
	Src         PlaceFields     `json:"src" parquet:"src"`
	Dst         PlaceFields     `json:"dst" parquet:"dst"`
	Peer        string          `json:"peer,omitempty" parquet:"peer,optional,dict"`
	Reported    []ReportedField `json:"reported_peers,omitempty" parquet:"reported_peers,list"`
	FirstPacket uint32          `json:"first_packet,omitempty" parquet:"first_packet,optional"`
	SrcPayloads uint32          `json:"src_payload_packets,omitempty" parquet:"src_payload_packets"`
	DstPayloads uint32          `json:"dst_payload_packets,omitempty" parquet:"dst_payload_packets"`
	SrcFlags    string          `json:"src_tcp_flags,omitempty" parquet:"src_tcp_flags,optional,dict"`
	DstFlags    string          `json:"dst_tcp_flags,omitempty" parquet:"dst_tcp_flags,optional,dict"`
	VLAN        uint16          `json:"vlan,omitempty" parquet:"vlan,optional"`
	Tunnel      string          `json:"tunnel,omitempty" parquet:"tunnel,optional,dict"`
	Cut         bool            `json:"cut,omitempty" parquet:"cut"`
	Continues   bool            `json:"continues,omitempty" parquet:"continues"`
	EndReason   string          `json:"end_reason,omitempty" parquet:"end_reason,optional,dict"`
	Breach      []Flag          `json:"breach,omitempty" parquet:"breach,list"`

	// Whose the ends are, as listings of sockets tell: Process if it is one, else Processes and Doubt.
	SrcProcess   *FoundProcess  `json:"src_process,omitempty" parquet:"src_process,optional"`
	SrcProcesses []ProcessField `json:"src_processes,omitempty" parquet:"src_processes,list"`
	SrcDoubt     string         `json:"src_doubt,omitempty" parquet:"src_doubt,optional,dict"`
	DstProcess   *FoundProcess  `json:"dst_process,omitempty" parquet:"dst_process,optional"`
	DstProcesses []ProcessField `json:"dst_processes,omitempty" parquet:"dst_processes,list"`
	DstDoubt     string         `json:"dst_doubt,omitempty" parquet:"dst_doubt,optional,dict"`
}

// ProcessField is a process that has a socket.
type ProcessField struct {
	PID  int64  `json:"pid" parquet:"pid"`
	Name string `json:"name" parquet:"name"`
	User string `json:"user" parquet:"user"`
}

// FoundProcess is the one process that has an end, and the row of a listing by which it was found.
type FoundProcess struct {
	ProcessField
	By string `json:"by" parquet:"by,dict"`
}

// Words is the process as "name (pid)".
func (p *ProcessField) Words() string { return (Owner{int(p.PID), p.Name, p.User}).words() }

// EvidenceField is one line of a record's account.
type EvidenceField struct {
	Claim   string   `json:"claim" parquet:"claim,dict"`
	Bits    float64  `json:"bits" parquet:"bits"`
	Counted float64  `json:"counted" parquet:"counted"`
	Group   string   `json:"group,omitempty" parquet:"group,optional,dict"`
	Detail  string   `json:"detail" parquet:"detail"`
	Packets []uint32 `json:"packets" parquet:"packets,list"`
}

// PlaceFields are what is known of one end.
type PlaceFields struct {
	Country    string    `json:"country" parquet:"country,dict"`
	ASN        uint32    `json:"asn,omitempty" parquet:"asn,optional"`
	ASOrg      string    `json:"as_org,omitempty" parquet:"as_org,optional,dict"`
	Name       string    `json:"name,omitempty" parquet:"name,optional"`
	NameSource string    `json:"name_source,omitempty" parquet:"name_source,optional,dict"`
	NameTime   time.Time `json:"name_time,omitzero" parquet:"name_time,optional,timestamp(nanosecond)"`
	NameECH    bool      `json:"name_ech,omitempty" parquet:"name_ech"`
	Anycast    bool      `json:"anycast,omitempty" parquet:"anycast"`
	Hosting    bool      `json:"hosting,omitempty" parquet:"hosting"`
	Home       bool      `json:"home,omitempty" parquet:"home"`
}

// ReportedField is an address that signalling told of.
type ReportedField struct {
	IP      string `json:"ip" parquet:"ip"`
	Port    uint16 `json:"port" parquet:"port"`
	Country string `json:"country" parquet:"country,dict"`
	By      string `json:"by" parquet:"by,dict"`
}

// Fields returns the keys of r, and what the rules of a policy say against it. It keeps nothing
// of r but strings and lists of packets.
func (r *Record) Fields(flags []Flag) *Fields {
	f, v := &r.Flow, &r.Verdict
	src := f.Initiator & 1
	dst := 1 - src
	out := &Fields{V: RecordVersion, Start: at(f.Start), End: at(f.End), Proto: protocol(f.Key.Protocol),
		SrcIP: f.Key.Addr[src].Netip().String(), SrcPort: f.Key.Port[src],
		DstIP: f.Key.Addr[dst].Netip().String(), DstPort: f.Key.Port[dst], CommunityID: f.Key.CommunityID(),
		SrcPackets: uint64(f.Packets[src]), DstPackets: uint64(f.Packets[dst]), SrcOctets: f.Octets(src), DstOctets: f.Octets(dst),
		Findings: Findings{Verdict: v.Judgement.String(), P2P: v.Judgement == classify.P2P, Probability: rounded(v.Probability, 1e4),
			Family: valid(v.Family), Path: v.Path.String(), Service: valid(v.Service), Prior: rounded(v.Prior, 1e3),
			Src: r.place(src), Dst: r.place(dst), FirstPacket: f.FirstFrame, SrcPayloads: f.Payloads[src], DstPayloads: f.Payloads[dst],
			SrcFlags: string(appendControlBits(nil, f.TCPFlags[src])), DstFlags: string(appendControlBits(nil, f.TCPFlags[dst])), VLAN: f.VLAN(), Tunnel: f.Tunnel.String(),
			Cut: f.Cut(), Continues: f.Continues(), EndReason: endReason(f.EndReason)}}
	out.Peer = peerWord(v, src)
	out.Evidence = make([]EvidenceField, 0, len(v.Evidence))
	for _, e := range v.Evidence {
		if e.Packets == nil {
			e.Packets = []uint32{}
		}
		out.Evidence = append(out.Evidence, EvidenceField{Claim: valid(e.Claim), Bits: rounded(e.Bits, 1e3), Counted: rounded(e.Counted, 1e3),
			Group: valid(e.Group), Detail: valid(e.Detail), Packets: e.Packets})
	}
	for i, p := range v.Reported {
		told := ReportedField{Port: p.Addr.Port(), Country: valid(r.reportedCountry(i)), By: valid(p.By)}
		if a := p.Addr.Addr(); a.IsValid() {
			told.IP = a.WithZone("").Unmap().String()
		}
		out.Reported = append(out.Reported, told)
	}
	for _, g := range flags {
		out.Breach = append(out.Breach, Flag{valid(g.Rule), g.Action})
	}
	out.SrcProcess, out.SrcProcesses, out.SrcDoubt = processes(&r.Owned[src])
	out.DstProcess, out.DstProcesses, out.DstDoubt = processes(&r.Owned[dst])
	return out
}

// processes are the owners of an end: one, or several and why.
func processes(o *Ownership) (*FoundProcess, []ProcessField, string) {
	var all []ProcessField
	for _, owner := range o.Owners[:min(len(o.Owners), maxOwners)] {
		all = append(all, ProcessField{PID: int64(max(owner.PID, 0)), Name: valid(owner.Name), User: valid(owner.User)})
	}
	if len(all) == 1 {
		return &FoundProcess{all[0], string(o.By)}, nil, ""
	}
	return nil, all, string(o.Doubt)
}

func (r *Record) place(e flow.Direction) PlaceFields {
	l, n := &r.Location[e], r.Verdict.Name[e]
	p := PlaceFields{Country: valid(country(l)), ASN: l.ASN, ASOrg: valid(l.ASOrg), Anycast: l.Anycast, Hosting: l.Hosting, Home: r.Home[e]}
	if n.Source != classify.NoName && n.Text != "" {
		p.Name, p.NameSource, p.NameECH = valid(n.Text), n.Source.String(), n.ECH
		if n.Time != 0 {
			p.NameTime = at(n.Time)
		}
	}
	return p
}

// Row is the code of the row of a report that the end counts in: its country, or the word for
// what says nothing of a country.
func (p *PlaceFields) Row() string {
	return rowOf(&geo.Location{Country: p.Country, Anycast: p.Anycast})
}

// valid is s with U+FFFD for each octet that is no UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// Neutral makes cells of a CSV safe for spreadsheets, in place: what does not show is escaped as
// by Clean, and a cell that would be taken for a formula begins with an apostrophe.
func Neutral(cells []string) []string { return neutral(cells) }
