package pipeline

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

func defaultHome(t testing.TB) geo.Home {
	t.Helper()
	home, err := geo.ParseHome(nil)
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// TestRebuiltIsJudgedAlike shows captures through an alteration that changes nothing: the verdicts
// must be those of the captures themselves.
func TestRebuiltIsJudgedAlike(t *testing.T) {
	nothing := Variant{Name: "nothing", begin: func(geo.Home) alteration { return alteration{} }}
	folders := []string{"../testdata"}
	if !testing.Short() {
		folders = append(folders, needCorpus(t))
	}
	for _, folder := range folders {
		plain, err := Measure(context.Background(), folder)
		if err != nil {
			t.Fatal(err)
		}
		altered, err := MeasureVariant(context.Background(), folder, nothing)
		if err != nil {
			t.Fatal(err)
		}
		if silent := altered.Silent.FalseNegative + altered.Silent.TrueNegative; len(altered.Flows)+silent != len(plain.Flows) || altered.Silent.FalseNegative > 0 {
			t.Errorf("%s: %d flows and %d without payload, want %d", folder, len(altered.Flows), silent, len(plain.Flows))
		}
		type name struct {
			capture string
			label   Label
		}
		want := map[name]Scored{}
		for _, s := range plain.Flows {
			want[name{s.Capture, s.Label}] = s
		}
		for _, s := range altered.Flows {
			w := want[name{s.Capture, s.Label}]
			if s.Verdict.Judgement != w.Verdict.Judgement || s.Verdict.Family != w.Verdict.Family || s.Verdict.Probability != w.Verdict.Probability {
				t.Errorf("%s %v: %v %q %v, want %v %q %v", s.Capture, s.Label.Key, s.Verdict.Judgement, s.Verdict.Family, s.Verdict.Probability,
					w.Verdict.Judgement, w.Verdict.Family, w.Verdict.Probability)
			}
		}
	}
}

// TestVariantsOnCorpus holds what a user of a bad mirror port may rely on: it hides flows and
// invents none. What changes ports, addresses or neighbours hides nothing either.
func TestVariantsOnCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("measures the corpus once for each variant")
	}
	folder := needCorpus(t)
	for _, v := range Variants() {
		a, err := MeasureVariant(context.Background(), folder, v)
		if err != nil {
			t.Fatal(err)
		}
		if a.All.Precision() < 0.99 || a.Direct.Precision() < 0.95 {
			mistakes(t, a)
			t.Errorf("%s: precision %.4f, direct %.4f", v.Name, a.All.Precision(), a.Direct.Precision())
		}
		switch v.Name {
		case "twice", "other ports", "other addresses", "mixed", "one address":
			if a.All.Recall() < 0.99 {
				t.Errorf("%s: recall %.4f", v.Name, a.All.Recall())
			}
		}
	}
}

func TestOtherPortIsAPermutation(t *testing.T) {
	seen := map[uint16]bool{}
	for p := range 1 << 16 {
		q := otherPort(uint16(p))
		if seen[q] {
			t.Fatalf("two ports become %d", q)
		}
		seen[q] = true
		if service := p < 1024 || classify.ServicePort(uint16(p)); service != (int(q) == p) {
			t.Errorf("port %d becomes %d", p, q)
		}
	}
}

func TestOtherAddress(t *testing.T) {
	home := defaultHome(t)
	r := rand.New(rand.NewPCG(1, 2))
	check := func(a packet.Addr) {
		b := otherAddress(home, a)
		if otherAddress(home, b) != a {
			t.Fatalf("%v becomes %v, which becomes %v", a.Netip(), b.Netip(), otherAddress(home, b).Netip())
		}
		if home.Contains(a.Netip()) != home.Contains(b.Netip()) || a.Netip().IsMulticast() != b.Netip().IsMulticast() {
			t.Fatalf("%v becomes %v: another class", a.Netip(), b.Netip())
		}
	}
	for range 100_000 {
		a := packet.Addr{10: 0xff, 11: 0xff}
		for i := 12; i < 16; i++ {
			a[i] = byte(r.Uint32())
		}
		check(a)
		for i := range a {
			a[i] = byte(r.Uint32())
		}
		a[0] = 0x20 | a[0]&0x1f
		check(a)
	}
	for _, same := range []string{"127.0.0.1", "192.168.1.255", "224.0.0.251", "255.255.255.255", "fe80::1", "ff02::fb", "::1"} {
		a := packet.AddrFrom(netip.MustParseAddr(same))
		if b := otherAddress(home, a); b != a {
			t.Errorf("%s becomes %v", same, b.Netip())
		}
	}
	for from, to := range map[string]string{"192.168.1.7": "192.168.1.248", "8.8.4.4": "8.82.94.94"} {
		if b := otherAddress(home, packet.AddrFrom(netip.MustParseAddr(from))); b.Netip().String() != to {
			t.Errorf("%s becomes %v, want %s", from, b.Netip(), to)
		}
	}
}

func TestRenumberAnswers(t *testing.T) {
	move := func(a packet.Addr) packet.Addr { return otherAddress(defaultHome(t), a) }
	head := []byte{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'x', 0, 0, 1, 0, 1}
	a := append(slices.Clone(head), 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 8, 8, 4, 4)
	a = append(a, 0xc0, 12, 0, 28, 0, 1, 0, 0, 1, 0, 0, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	want := slices.Clone(a)
	copy(want[len(head)+12:], []byte{8, 8 ^ 0x5a, 4 ^ 0x5a, 4 ^ 0x5a})
	v6 := want[len(want)-16:]
	for i := 2; i < 16; i++ {
		v6[i] ^= 0x5a
	}
	before := slices.Clone(a)
	if got := renumberAnswers(a, move); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	if !bytes.Equal(a, before) {
		t.Error("the packet itself was changed")
	}
	for n := range a {
		renumberAnswers(a[:n], move) // nothing may panic
	}
}

func TestRebuild(t *testing.T) {
	d := packet.NewDecoder()
	addr := func(s string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(s)) }
	payload := []byte("some octets of payload")
	for _, h := range []packet.Headers{
		{Src: addr("192.0.2.1"), Dst: addr("10.0.0.1"), SrcPort: 4000, DstPort: 53, Protocol: packet.UDP, PayloadOctets: int32(len(payload))},
		{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 4000, DstPort: 53, Protocol: packet.UDP, PayloadOctets: 900},
		{Src: addr("192.0.2.1"), Dst: addr("10.0.0.1"), SrcPort: 4000, DstPort: 80, Protocol: packet.TCP, TCPFlags: packet.PSH | packet.ACK, Seq: 7, Ack: 9, PayloadOctets: int32(len(payload))},
		{Src: addr("2001:db8::1"), Dst: addr("2001:db8::2"), SrcPort: 4000, DstPort: 80, Protocol: packet.TCP, TCPFlags: packet.ACK, PayloadOctets: 70_000},
	} {
		frame, wire := rebuild(&h, payload)
		var got packet.Headers
		if outcome := d.Decode(packet.LinkEthernet, frame, wire, &got); outcome != packet.OK {
			t.Fatalf("%+v: %v", h, outcome)
		}
		if !bytes.Equal(frame[got.PayloadStart:got.PayloadStart+got.PayloadCaptured], payload) {
			t.Errorf("payload %x", frame[got.PayloadStart:])
		}
		want := h
		want.PayloadOctets = min(h.PayloadOctets, 65535-20-20)
		want.PayloadStart, want.PayloadCaptured, want.Octets, want.Flags = got.PayloadStart, got.PayloadCaptured, got.Octets, got.Flags
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if cut := got.Flags&packet.Cut != 0; cut != (int(want.PayloadOctets) > len(payload)) {
			t.Errorf("cut is %v", cut)
		}
	}
}

// fewPackets is a source of packets one nanosecond apart, from a time on.
type fewPackets struct {
	from int64
	n    int
}

func (s *fewPackets) ReadBatch(dst []capture.Packet) (int, error) {
	if s.n == 0 {
		return 0, io.EOF
	}
	dst[0] = capture.Packet{Timestamp: s.from, Data: []byte{byte(s.n)}}
	s.from += 10
	s.n--
	return 1, nil
}

func (s *fewPackets) Stats() capture.Stats { return capture.Stats{} }
func (s *fewPackets) Close() error         { return nil }

func TestMixedKeepsTheOrderOfTime(t *testing.T) {
	m := newMixed([]Source{&fewPackets{500, 70}, &fewPackets{0, 0}, &fewPackets{77_003, 3}})
	var times []int64
	batch := make([]capture.Packet, 16)
	for {
		n, err := m.ReadBatch(batch)
		for _, p := range batch[:n] {
			times = append(times, p.Timestamp-mixedBegin)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(times) != 73 || !slices.IsSorted(times) || times[0] != 0 || times[1] != 0 || times[72] != 690 {
		t.Errorf("%d packets at %v", len(times), times)
	}
}

func TestContestedLabelsAreNotScored(t *testing.T) {
	key := func(port uint16) Label {
		l := Label{Truth: Positive}
		l.Key.Port[0] = port
		return l
	}
	negative := key(2)
	negative.Truth = Negative
	got := contested([]labelled{{labels: []Label{key(1), key(2)}}, {labels: []Label{key(1), negative}}})
	want := []Truth{Positive, Unsure, Positive, Unsure}
	for i, l := range append(got[0].labels, got[1].labels...) {
		if l.Truth != want[i] {
			t.Errorf("label %d is %v, want %v", i, l.Truth, want[i])
		}
	}
}
