package pipeline

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/testdata/adversary"
)

// The adversary's traffic through the whole street: programs that are no peers, peers' programs
// that nobody labelled, and each of the former with one of the latter on one host, where what one
// program proves of socket and host must not spill over on the other.

var (
	allPairs = flag.Bool("adversary", false, "judge every pair of the adversary's scenes in every view: some minutes")
	table    = flag.Bool("recall", false, "print what is found of the adversary's peers in every view")
)

// partners are the positive scenes that pairs are made with: one of each kind of proof.
var partners = []string{"torrent-full", "torrent-mse-tcp", "skype", "libp2p", "nameless-thirty", "turn-call", "wireguard-mesh", "zerotier"}

// knownFalse are scenes that are wrongly called peer-to-peer in a view, "scene, view", because
// nothing of what is left tells them from peers; each with its reason.
var knownFalse = map[string]string{
	"game-server, joined 1 late":              backwards,
	"game-server-same-port, joined 1 late":    backwards,
	"game-server-with-masters, joined 1 late": backwards,
}

// backwards is what a mirror shows that misses the first payload of every flow, also of those that
// begin long after it: the server's answer comes first, so the server seems to ask. Where the
// capture begins late and later flows are whole, nothing is wrong (the view "begun half-way").
const backwards = "every answer comes before its question"

// adversaryMisses is the share that is missed of the positives as they are, alone and beside a
// negative.
var adversaryMisses = map[string]float64{
	"vpn-server, wireguard-mesh": 1, // one socket with 25 clients and two peers that it dialled: a server, mostly
	"wireguard-mesh-under-way":   1, // likely, no more: a server's tunnels look alike until a handshake tells who began
}

// judgeAdversary judges traffic as w shows it: how many flows of those that are none are called
// peer-to-peer, and how many of those that are.
func judgeAdversary(t *testing.T, w *view, traffic adversary.Traffic) (wrong []string, found, peers int) {
	t.Helper()
	home, err := geo.ParseHome(w.homes)
	if err != nil {
		t.Fatal(err)
	}
	truth := map[flow.Key]bool{}
	for k, peer := range traffic.Peers {
		low, high := w.moved(k.Low), w.moved(k.High)
		h := packet.Headers{Protocol: packet.UDP, Src: packet.AddrFrom(low.Addr()), SrcPort: low.Port(), Dst: packet.AddrFrom(high.Addr()), DstPort: high.Port()}
		if k.TCP {
			h.Protocol = packet.TCP
		}
		key, _ := flow.KeyOf(&h)
		truth[key] = peer
	}
	seen := map[flow.Key]bool{} // true if called peer-to-peer
	_, err = Run(context.Background(), w.show(traffic), Options{Home: home, Locator: embedded(t), MaxFlows: 4096, Write: func(r *report.Record) error {
		if r.Flow.Payloads[0]+r.Flow.Payloads[1] == 0 {
			return nil
		}
		p2p := r.Verdict.Judgement == classify.P2P
		if peer, known := truth[r.Flow.Key]; known && !peer && p2p && !seen[r.Flow.Key] {
			wrong = append(wrong, describeWrong(r))
		}
		seen[r.Flow.Key] = seen[r.Flow.Key] || p2p
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for k, p2p := range seen {
		if truth[k] {
			peers++
			if p2p {
				found++
			}
		}
	}
	return wrong, found, peers
}

func describeWrong(r *report.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v:%d - %v:%d %s %.4f", r.Flow.Key.Addr[0].Netip(), r.Flow.Key.Port[0], r.Flow.Key.Addr[1].Netip(), r.Flow.Key.Port[1], r.Verdict.Family, r.Verdict.Probability)
	for _, e := range r.Verdict.Evidence {
		if e.Counted != 0 {
			fmt.Fprintf(&b, " %s %+.1f", e.Claim, e.Counted)
		}
	}
	return b.String()
}

var embeddedOnce = sync.OnceValues(func() (geo.Locator, error) { return geo.Open(nil) })

func embedded(t *testing.T) geo.Locator {
	t.Helper()
	l, err := embeddedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// stageOf plays each scene once for all views of one kind, and hands out copies.
func stageOf() func(s *adversary.Scene, six bool) adversary.Traffic {
	played := map[string]adversary.Traffic{}
	return func(s *adversary.Scene, six bool) adversary.Traffic {
		k := fmt.Sprint(s.Name, six)
		if _, known := played[k]; !known {
			played[k] = s.Play(six)
		}
		t := played[k]
		t.Packets = slices.Clone(t.Packets)
		return t
	}
}

// draw is a number that the names choose.
func draw(names ...string) int {
	h := fnv.New32a()
	fmt.Fprint(h, names)
	return int(h.Sum32() >> 8)
}

// notShown tells whether a scene has no form in a view.
func (w *view) notShown(s *adversary.Scene) bool { return w.six && s.IPv4 }

func TestAdversaryAlone(t *testing.T) {
	play := stageOf()
	for n, w := range views() {
		if n > 0 && testing.Short() {
			break
		}
		shown := func(s *adversary.Scene) bool { // in half of the other views, unless all are asked for
			return !w.notShown(s) && (n == 0 || *allPairs || *table || draw(s.Name, w.name)%2 == 0)
		}
		for _, s := range adversary.Negatives() {
			if !shown(&s) {
				continue
			}
			if wrong, _, _ := judgeAdversary(t, &w, play(&s, w.six)); len(wrong) > 0 && knownFalse[s.Name+", "+w.name] == "" {
				t.Errorf("%s, %s: %d flows are called peer-to-peer, such as %s", s.Name, w.name, len(wrong), wrong[0])
			}
		}
		for _, s := range adversary.Positives() {
			if !shown(&s) {
				continue
			}
			wrong, found, peers := judgeAdversary(t, &w, play(&s, w.six))
			if len(wrong) > 0 {
				t.Errorf("%s, %s: %d flows in clear are called encrypted, such as %s", s.Name, w.name, len(wrong), wrong[0])
			}
			if *table {
				fmt.Printf("| %s | %s | %d | %d |\n", w.name, s.Name, found, peers)
			}
			if missed := float64(peers-found) / float64(peers); n == 0 && missed > adversaryMisses[s.Name] {
				t.Errorf("%s: %d of %d are found, %.2f may be missed", s.Name, found, peers, adversaryMisses[s.Name])
			}
		}
	}
}

// TestAdversaryPairs judges every negative with every partner on one host: as it is, and in one of
// the other views, which the pair's names draw.
func TestAdversaryPairs(t *testing.T) {
	ways, play := views(), stageOf()
	var peers []adversary.Scene
	for _, s := range adversary.Positives() {
		if slices.Contains(partners, s.Name) {
			peers = append(peers, s)
		}
	}
	for _, negative := range adversary.Negatives() {
		for n, positive := range peers {
			drawn := draw(negative.Name, positive.Name) % len(ways)
			if testing.Short() && (n+drawn)%4 != 0 {
				continue
			}
			for i, w := range ways {
				if i > 0 && i != drawn && !*allPairs || w.notShown(&positive) {
					continue
				}
				both := adversary.Both(play(&negative, w.six), play(&positive, w.six))
				name := negative.Name + ", " + positive.Name + ", " + w.name
				wrong, found, peers := judgeAdversary(t, &w, both)
				if len(wrong) > 0 && knownFalse[negative.Name+", "+w.name] == "" {
					t.Errorf("%s: %d flows are called peer-to-peer, such as %s", name, len(wrong), wrong[0])
				}
				if missed := float64(peers-found) / float64(peers); i == 0 && missed > adversaryMisses[negative.Name+", "+positive.Name] {
					t.Errorf("%s: %d of %d are found", name, found, peers)
				}
			}
		}
	}
}
