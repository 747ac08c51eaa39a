package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"peeratlas/classify"
)

type (
	storedHost struct {
		Addr        netip.Addr       `json:"ip"`
		Verdict     uint8            `json:"verdict"`
		Probability number           `json:"probability"`
		Prior       number           `json:"prior"`
		Family      text             `json:"family,omitempty"`
		P2P         int              `json:"p2p"`
		Likely      int              `json:"likely"`
		Relayed     int              `json:"relayed"`
		Peers       int              `json:"peers"`
		Networks    int              `json:"networks"`
		Evidence    []storedEvidence `json:"evidence,omitempty"`
	}
	storedSocket struct {
		Host     netip.Addr       `json:"ip"`
		Protocol string           `json:"proto"`
		Port     uint16           `json:"port"`
		Family   text             `json:"family,omitempty"`
		Flows    int              `json:"flows"`
		P2P      int              `json:"p2p"`
		Peers    int              `json:"peers"`
		Networks int              `json:"networks"`
		Answered int              `json:"answered"`
		Evidence []storedEvidence `json:"evidence,omitempty"`
	}
)

// mostJudged bounds the hosts, and the sockets, that are stored of one moment.
const mostJudged = 1 << 13

// encodeJudged is what was said of hosts and sockets together, at a time in nanoseconds.
func encodeJudged(run, at int64, hosts []classify.Host, sockets []classify.Socket) ([]Judged, error) {
	hour := hourOf(at)
	var out []Judged
	for i := range hosts[:min(len(hosts), mostJudged)] {
		h := &hosts[i]
		body, err := json.Marshal(storedHost{h.Addr.WithZone(""), uint8(h.Judgement), number(h.Probability), number(h.Prior), text(h.Family),
			h.P2P, h.Likely, h.Relayed, h.Peers, h.Networks, storeEvidence(h.Evidence)})
		if err != nil {
			return nil, fmt.Errorf("store a host: %w", err)
		}
		out = append(out, Judged{run, hour, judgedHost, h.Addr.WithZone("").String(), i, body})
	}
	for i := range sockets[:min(len(sockets), mostJudged)] {
		s := &sockets[i]
		body, err := json.Marshal(storedSocket{s.Host.WithZone(""), s.Protocol, s.Port, text(s.Family), s.Flows, s.P2P, s.Peers, s.Networks,
			s.Answered, storeEvidence(s.Evidence)})
		if err != nil {
			return nil, fmt.Errorf("store a socket: %w", err)
		}
		key := s.Protocol + " " + netip.AddrPortFrom(s.Host.WithZone(""), s.Port).String()
		out = append(out, Judged{run, hour, judgedSocket, key, i, body})
	}
	return out, nil
}

// decodeJudged reads what encodeJudged wrote, of one or of several runs. Of those who are in several, what
// rests on most counts.
func decodeJudged(list []Judged) (hosts []classify.Host, sockets []classify.Socket, err error) {
	runs := map[int64]bool{}
	host, socket := map[string]int{}, map[string]int{}
	for i := range list {
		j := &list[i]
		runs[j.Run] = true
		switch j.Kind {
		case judgedHost:
			h, err := decodeHost(j.Body)
			if err != nil {
				return nil, nil, err
			}
			if at, known := host[j.Key]; !known {
				host[j.Key] = len(hosts)
				hosts = append(hosts, h)
			} else if h.Probability > hosts[at].Probability {
				hosts[at] = h
			}
		case judgedSocket:
			s, err := decodeSocket(j.Body)
			if err != nil {
				return nil, nil, err
			}
			if at, known := socket[j.Key]; !known {
				socket[j.Key] = len(sockets)
				sockets = append(sockets, s)
			} else if s.P2P > sockets[at].P2P {
				sockets[at] = s
			}
		}
	}
	if len(runs) > 1 {
		slices.SortStableFunc(sockets, func(a, b classify.Socket) int { return cmp.Compare(b.P2P, a.P2P) })
	}
	return hosts, sockets, nil
}

func decodeHost(body []byte) (h classify.Host, err error) {
	var s storedHost
	if err := json.Unmarshal(body, &s); err != nil {
		return h, fmt.Errorf("stored host: %w", err)
	}
	if !s.Addr.IsValid() || s.Verdict > uint8(classify.P2P) {
		return h, fmt.Errorf("stored host: no address, or verdict %d", s.Verdict)
	}
	return classify.Host{Addr: s.Addr, Judgement: classify.Judgement(s.Verdict), Probability: float64(s.Probability), Prior: float64(s.Prior),
		Family: string(s.Family), P2P: s.P2P, Likely: s.Likely, Relayed: s.Relayed, Peers: s.Peers, Networks: s.Networks,
		Evidence: loadEvidence(s.Evidence)}, nil
}

func decodeSocket(body []byte) (k classify.Socket, err error) {
	var s storedSocket
	if err := json.Unmarshal(body, &s); err != nil {
		return k, fmt.Errorf("stored socket: %w", err)
	}
	if !s.Host.IsValid() || s.Protocol != "tcp" && s.Protocol != "udp" {
		return k, fmt.Errorf("stored socket: no address, or protocol %s", strconv.Quote(s.Protocol))
	}
	return classify.Socket{Host: s.Host, Protocol: s.Protocol, Port: s.Port, Family: string(s.Family), Flows: s.Flows, P2P: s.P2P,
		Peers: s.Peers, Networks: s.Networks, Answered: s.Answered, Evidence: loadEvidence(s.Evidence)}, nil
}
