package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// flooded puts so many forged packets between those of a capture: SYNs, or datagrams of random
// octets, from anywhere to fifty hosts. It tells how many flows all of them make.
func flooded(packets []capture.Packet, forged int, tcp bool) (mixed []capture.Packet, flows map[flow.Key]bool) {
	r := rand.New(rand.NewPCG(9, 1))
	flows = map[flow.Key]bool{}
	payload := make([]byte, 80)
	for i := range packets {
		mixed = append(mixed, packets[i])
		for len(mixed)-i-1 < forged*(i+1)/len(packets) {
			h := packet.Headers{Protocol: packet.UDP, SrcPort: uint16(r.Uint32()), DstPort: uint16(r.Uint32())}
			copy(h.Src[10:], []byte{0xff, 0xff, byte(11 + r.IntN(100)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
			copy(h.Dst[10:], []byte{0xff, 0xff, 10, 9, 9, byte(r.IntN(50))})
			for k := range payload {
				payload[k] = byte(r.Uint32())
			}
			frame := udpFrame(&h, string(payload[:18+r.IntN(60)]))
			if tcp {
				h.Protocol = packet.TCP
				frame = append(frame[:38], make([]byte, 16)...) // the ports stay where they are
				copy(frame[16:], []byte{0, 40})
				frame[23], frame[46], frame[47] = 6, 0x50, packet.SYN
			}
			key, _ := flow.KeyOf(&h)
			flows[key] = true
			mixed = append(mixed, capture.Packet{Data: frame, Timestamp: packets[i].Timestamp, OriginalLength: uint32(len(frame)), LinkType: packet.LinkEthernet})
		}
	}
	return mixed, flows
}

// A flood that fills the table many times over pushes out its own flows and other strangers: the
// peers that were there all the time are found as without it, and every flow is counted once.
func TestFloodHidesNoPeer(t *testing.T) {
	forged := 120_000
	if testing.Short() {
		forged = 40_000
	}
	for _, name := range []string{"skype-classic.pcap", "ice-call.pcapng", "wireguard.pcap"} {
		packets := packetsIn(t, "../testdata/"+name)
		want, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
		for _, tcp := range []bool{true, false} {
			mixed, strangers := flooded(packets, forged, tcp)
			t.Run(fmt.Sprint(name, " ", tcp), func(t *testing.T) {
				got := judgedUnderFlood(t, mixed, len(strangers)+len(want))
				for key, v := range got {
					if strings.Contains(key, " 10 9 9 ") && strings.Contains(v, "p2p") {
						t.Errorf("a forged flow is peer-to-peer: %s %s", key, v)
					}
				}
				lost, other := 0, 0
				for key, v := range verdictByKey(want) {
					switch g := got[key]; {
					case !strings.HasPrefix(v, "p2p"):
					case g == "":
						lost++
					case g != v:
						other++
						t.Logf("%s: %s, without the flood %s", key, g, v)
					}
				}
				if lost+other > 0 {
					t.Errorf("%d peer-to-peer flows are lost, and %d judged otherwise", lost, other)
				}
			})
		}
	}
}

// verdictByKey leaves out the number of the first packet, which the flood changes, and the evidence.
func verdictByKey(verdicts map[string]string) map[string]string {
	out := map[string]string{}
	for key, v := range verdicts {
		_, judged, _ := strings.Cut(v, "] ")
		fields := strings.Fields(judged)
		out[key[:strings.LastIndex(key, "}")+1]] = fields[0]
	}
	return out
}

// judgedUnderFlood runs a street with room for few flows, and checks that all of them come out.
func judgedUnderFlood(t *testing.T, mixed []capture.Packet, most int) map[string]string {
	t.Helper()
	source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(pcapngOf(mixed, 1, 0, 0))})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	got := map[string]string{}
	early, late := 0, 0
	home, _ := geo.ParseHome(nil)
	s := newStreet(source, Options{MaxFlows: 5000, Home: home})
	s.options.Write = func(r *report.Record) error {
		if r.Flow.EndReason == flow.LackOfResources {
			early++
		}
		late++
		got[fmt.Sprint(r.Flow.Key)] = r.Verdict.Judgement.String()
		return nil
	}
	res, err := s.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c := &res.Coverage
	held := uint64(0)
	for _, l := range s.lanes {
		held += uint64(l.table.Len())
	}
	if c.Flows != c.Evicted+held || c.Flows != uint64(late) || held != 5000 || c.Packets != uint64(len(mixed)) || sumOf(c) != c.Packets {
		t.Errorf("%d flows, %d pushed out, %d held; %d packets of %d", c.Flows, c.Evicted, held, sumOf(c), len(mixed))
	}
	// Of the forged flows each came once, or met another by chance, and one's idle time does not end it.
	if c.Flows < uint64(most)-5 || c.Flows > uint64(most)+uint64(most)/100 {
		t.Errorf("%d flows, %d are in the capture", c.Flows, most)
	}
	if early == 0 || uint64(early) > c.Evicted {
		t.Errorf("%d records tell of a lack of room, %d flows gave way", early, c.Evicted)
	}
	return got
}
