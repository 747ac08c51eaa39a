package report

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// chance is a record of few addresses, times and words, so that all sorts of ties come about.
func chance(random *rand.Rand) *Record {
	addr := func() packet.Addr {
		if random.IntN(3) == 0 {
			return packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(random.IntN(4))}))
		}
		return packet.AddrFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(12))}))
	}
	place := func() geo.Location {
		return geo.Location{Country: []string{"DE", "FR", "", geo.Private}[random.IntN(4)], ASN: uint32(random.IntN(3)), ASOrg: []string{"", "a\xff", "b"}[random.IntN(3)],
			Anycast: random.IntN(9) == 0, Hosting: random.IntN(3) == 0}
	}
	name := func() classify.Name {
		if random.IntN(2) == 0 {
			return classify.Name{}
		}
		return classify.Name{Text: []string{"x.example", "y.example"}[random.IntN(2)], Source: classify.NameSource(1 + random.IntN(3)), Time: random.Int64N(3), ECH: false}
	}
	r := &Record{Location: [2]geo.Location{place(), place()}, Home: [2]bool{random.IntN(2) == 0, random.IntN(4) == 0}}
	f, v := &r.Flow, &r.Verdict
	f.Key.Addr = [2]packet.Addr{addr(), addr()}
	f.Key.Port, f.Key.Protocol = [2]uint16{uint16(random.IntN(3)), uint16(random.Uint32())}, []packet.Protocol{packet.TCP, packet.UDP}[random.IntN(2)]
	f.Start = 1e18 + random.Int64N(6)
	f.End = f.Start + random.Int64N(9)
	f.Packets, f.Payloads = [2]uint32{uint32(random.IntN(3)), uint32(random.IntN(3))}, [2]uint32{uint32(random.IntN(2)), uint32(random.IntN(2))}
	f.SetOctets(0, random.Uint64N(1000))
	f.SetOctets(1, random.Uint64N(1000))
	*v = classify.Verdict{Judgement: classify.Judgement(random.IntN(4)), Probability: []float64{0, 0.5, 0.99}[random.IntN(3)], Family: []string{"skype", "webrtc", "", "z"}[random.IntN(4)],
		Path: classify.Path(random.IntN(4)), Peer: [2]bool{random.IntN(2) == 0, random.IntN(2) == 0}, Name: [2]classify.Name{name(), name()}}
	v.Evidence = []classify.Evidence{{Claim: "a.b", Counted: 1 + random.Float64(), Bits: 3, Detail: fmt.Sprint(f.Key)}}
	if random.IntN(3) == 0 {
		v.Reported = []classify.Reported{{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(random.IntN(3))}), 9), By: "stun"}, {}}
		r.Reported = []geo.Location{place()}
	}
	return r
}

// lists are all of a Builder's.
func lists(t *testing.T, add func(*Builder), reasons func(int64) []Reason) Lists {
	t.Helper()
	var all Lists
	sockets := []classify.Socket{{Host: netip.MustParseAddr("10.0.0.1"), Protocol: "udp", Port: 1, P2P: 3}}
	for _, kind := range []string{ListCountries, ListHosts, ListPeers} {
		b := NewBuilder(Options{Reasons: reasons})
		add(b)
		l := b.List(kind, sockets)
		all.Countries, all.Hosts, all.Peers = append(all.Countries, l.Countries...), append(all.Hosts, l.Hosts...), append(all.Peers, l.Peers...)
	}
	return all
}

// However flows are divided, in whatever order, their parts add up to the lists that all of them make one by one.
func TestPartsAddUp(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		records := make([]*Record, random.IntN(80))
		for i := range records {
			records[i] = chance(random)
		}
		want := lists(t, func(b *Builder) {
			for _, r := range records {
				b.Add(r)
			}
		}, nil)
		// Some are in parts, of which some are in parts of parts, and the rest are added.
		order := random.Perm(len(records))
		loose := random.IntN(len(order) + 1)
		groups := 1 + random.IntN(6)
		parts := make([]*Builder, groups)
		for g := range parts {
			parts[g] = NewBuilder(Options{})
		}
		for _, i := range order[loose:] {
			parts[random.IntN(groups)].AddStored(records[i], int64(i)+1)
		}
		upper := NewBuilder(Options{})
		var bodies [][]byte
		for g, p := range parts {
			body := p.AppendPart(nil)
			if g%2 == 0 {
				bodies = append(bodies, body)
			} else if err := upper.Merge(body); err != nil {
				t.Fatal(err)
			}
		}
		bodies = append(bodies, upper.AppendPart(nil))
		got := lists(t, func(b *Builder) {
			for n, body := range bodies {
				if n == len(bodies)/2 {
					for _, i := range order[:loose] {
						b.Add(records[i])
					}
				}
				if err := b.Merge(body); err != nil {
					t.Fatal(err)
				}
			}
		}, func(ref int64) []Reason { return records[ref-1].Reasons() })
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, %d records:\ngot  %+v\nwant %+v", seed, len(records), got, want)
		}
	}
}

func FuzzMerge(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	b := NewBuilder(Options{})
	f.Add(b.AppendPart(nil))
	for range 20 {
		b.AddStored(chance(random), 3)
	}
	f.Add(b.AppendPart(nil))
	f.Fuzz(func(t *testing.T, p []byte) {
		b := NewBuilder(Options{})
		if b.Merge(p) != nil {
			return
		}
		if err := b.Merge(p); err != nil { // what was taken once is taken again
			t.Fatal(err)
		}
		again := NewBuilder(Options{})
		if err := again.Merge(b.AppendPart(nil)); err != nil {
			t.Error(err)
		}
		for _, kind := range []string{ListCountries, ListHosts, ListPeers} {
			x := NewBuilder(Options{})
			x.Merge(p)
			x.List(kind, nil)
		}
	})
}
