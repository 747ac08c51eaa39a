package export

import (
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"peeratlas/report"
)

// ecsVersion is the version of the Elastic Common Schema that the names are from.
const ecsVersion = "8.11.0"

// ecsEvent is a flow in the Elastic Common Schema. Its field sets rule and threat stay empty: a
// capture knows nothing of them. process is that of the one end whose owner a listing tells.
type ecsEvent struct {
	Timestamp   string      `json:"@timestamp"`
	ECS         ecsSchema   `json:"ecs"`
	Event       ecsMeta     `json:"event"`
	Network     ecsNetwork  `json:"network"`
	Source      ecsEnd      `json:"source"`
	Destination ecsEnd      `json:"destination"`
	Related     ecsRelated  `json:"related"`
	Observer    ecsObserver `json:"observer"`
	Process     *ecsProcess `json:"process,omitempty"`
	Own         own         `json:"peeratlas"`
}

type ecsSchema struct {
	Version string `json:"version"`
}

type ecsMeta struct {
	Kind     string   `json:"kind"`
	Category []string `json:"category"`
	Type     []string `json:"type"`
	Module   string   `json:"module"`
	Dataset  string   `json:"dataset"`
	Action   string   `json:"action"`
	ID       string   `json:"id"`
	Start    string   `json:"start"`
	End      string   `json:"end"`
	Duration int64    `json:"duration"` // nanoseconds
}

type ecsNetwork struct {
	Type        string   `json:"type"` // ipv4 or ipv6
	Transport   string   `json:"transport"`
	IANANumber  string   `json:"iana_number"`
	Protocol    string   `json:"protocol,omitempty"`
	Application string   `json:"application,omitempty"`
	Direction   string   `json:"direction"`
	Octets      uint64   `json:"bytes"`
	Packets     uint64   `json:"packets"`
	CommunityID string   `json:"community_id"`
	VLAN        *ecsVLAN `json:"vlan,omitempty"`
}

type ecsVLAN struct {
	ID string `json:"id"`
}

type ecsEnd struct {
	Address string  `json:"address"`
	IP      string  `json:"ip"`
	Port    uint16  `json:"port"`
	Octets  uint64  `json:"bytes"`
	Packets uint64  `json:"packets"`
	Domain  string  `json:"domain,omitempty"`
	Geo     *ecsGeo `json:"geo,omitempty"`
	AS      *ecsAS  `json:"as,omitempty"`
}

type ecsGeo struct {
	Country string `json:"country_iso_code"`
}

type ecsAS struct {
	Number       uint32  `json:"number"`
	Organization *ecsOrg `json:"organization,omitempty"`
}

type ecsOrg struct {
	Name string `json:"name"`
}

type ecsRelated struct {
	IP    []string `json:"ip"`
	Hosts []string `json:"hosts,omitempty"`
}

type ecsObserver struct {
	Product string `json:"product"`
	Version string `json:"version,omitempty"`
}

type ecsProcess struct {
	PID  int64    `json:"pid,omitempty"`
	Name string   `json:"name,omitempty"`
	User *ecsUser `json:"user,omitempty"`
}

type ecsUser struct {
	Name string `json:"name"`
}

// ecsOwner is the process of a flow of which one end has an owner that is known.
func ecsOwner(f *report.Fields) *ecsProcess {
	p := f.SrcProcess
	if p == nil {
		p = f.DstProcess
	} else if f.DstProcess != nil {
		return nil
	}
	if p == nil {
		return nil
	}
	e := &ecsProcess{PID: p.PID, Name: p.Name}
	if p.User != "" {
		e.User = &ecsUser{p.User}
	}
	return e
}

func newECS(w io.Writer, program string) Writer {
	name, version, _ := strings.Cut(program, " ")
	seen := ecsObserver{Product: name, Version: version}
	return &lines{w: w, render: func(dst []byte, r *report.Record, flags []report.Flag) ([]byte, error) {
		e := ecsOf(r, r.Fields(flags))
		e.Observer = seen
		return appendObject(dst, e)
	}}
}

func ecsOf(r *report.Record, f *report.Fields) *ecsEvent {
	id := identify(r)
	e := &ecsEvent{Timestamp: stamp(f.Start), ECS: ecsSchema{ecsVersion},
		Event: ecsMeta{Kind: "event", Category: []string{"network"}, Type: []string{"connection"}, Module: "peeratlas", Dataset: "peeratlas.flow",
			Action: "network_flow", ID: hex.EncodeToString(id[:]), Start: stamp(f.Start), End: stamp(f.End), Duration: int64(f.End.Sub(f.Start))},
		Network: ecsNetwork{Type: "ipv6", Transport: f.Proto, IANANumber: strconv.Itoa(int(r.Flow.Key.Protocol)), Protocol: f.Service,
			Direction: direction(f.Src.Home, f.Dst.Home), Octets: f.SrcOctets + f.DstOctets, Packets: f.SrcPackets + f.DstPackets, CommunityID: f.CommunityID},
		Source:      ecsPlace(f.SrcIP, f.SrcPort, f.SrcOctets, f.SrcPackets, &f.Src),
		Destination: ecsPlace(f.DstIP, f.DstPort, f.DstOctets, f.DstPackets, &f.Dst),
		Related:     ecsRelated{IP: []string{f.SrcIP, f.DstIP}}, Process: ecsOwner(f), Own: own{f.V, f.Findings}}
	if k := &r.Flow.Key; k.Addr[0].Is4() && k.Addr[1].Is4() {
		e.Network.Type = "ipv4"
	}
	if f.Family != "unknown" {
		e.Network.Application = f.Family
	}
	if f.VLAN != 0 {
		e.Network.VLAN = &ecsVLAN{count(f.VLAN)}
	}
	for _, name := range []string{f.Src.Name, f.Dst.Name} {
		if name != "" {
			e.Related.Hosts = append(e.Related.Hosts, name)
		}
	}
	return e
}

func ecsPlace(ip string, port uint16, octets, packets uint64, p *report.PlaceFields) ecsEnd {
	e := ecsEnd{Address: ip, IP: ip, Port: port, Octets: octets, Packets: packets, Domain: p.Name}
	if len(p.Country) == 2 { // the words for what is no country are none
		e.Geo = &ecsGeo{p.Country}
	}
	if p.ASN != 0 {
		e.AS = &ecsAS{Number: p.ASN}
		if p.ASOrg != "" {
			e.AS.Organization = &ecsOrg{p.ASOrg}
		}
	}
	return e
}

// direction is ECS's word for it as seen from the border of the home networks.
func direction(src, dst bool) string {
	switch {
	case src && dst:
		return "internal"
	case src:
		return "outbound"
	case dst:
		return "inbound"
	}
	return "external"
}
