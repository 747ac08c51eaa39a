package store

import (
	"bytes"
	"math"
	"net/netip"
	"reflect"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// full is a record with something in every place, some of it hostile.
func full() *report.Record {
	r := record(classify.P2P, 7)
	f, v := &r.Flow, &r.Verdict
	f.Key.Protocol, f.Initiator, f.EndReason, f.Tunnel = packet.TCP, 1, flow.IdleTimeout, packet.Teredo
	f.TCPFlags = [2]uint8{0x1b, 0x12}
	f.SetVLAN(4095)
	f.SetCut()
	f.SetContinues()
	f.SetOctets(1, 1<<40-1)
	v.Probability, v.Prior, v.Service = 0.9876543210987654, -6.643856189774724, "tls\x1b[2J"
	v.Family = "sky\xffpe"
	v.Evidence = []classify.Evidence{{Claim: "a.b", Group: "g", Family: "skype", Bits: 1.0 / 3, Counted: -0.1, Detail: "<b>\x00\xfe\u202e", Packets: []uint32{1, 4294967295}}, {Claim: "c"}}
	v.Reported = []classify.Reported{{Addr: netip.MustParseAddrPort("[2001:db8::1]:99"), By: "stun\xff"}, {By: "none"}}
	v.Name = [2]classify.Name{{Text: "a.example", Source: classify.FromSNI, Time: 5, ECH: true}, {}}
	r.Location[1] = geo.Location{Country: "DE", ASN: 64496, ASOrg: "Org\xff\"", Anycast: true, Hosting: true}
	r.Reported = []geo.Location{{Country: "FR", ASN: 1}, {}}
	return r
}

func TestRecordComesBackWhole(t *testing.T) {
	for _, r := range []*report.Record{full(), record(classify.Unknown, 3)} {
		p, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRecord(p)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("got  %+v\nwant %+v", got, r)
		}
		if a, b := report.AppendRecord(nil, got), report.AppendRecord(nil, r); !bytes.Equal(a, b) {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	}
	r := full()
	r.Verdict.Probability, r.Verdict.Prior = math.NaN(), math.Inf(1)
	if p, err := EncodeRecord(r); err != nil || !bytes.Contains(p, []byte(`"probability":0,"prior":0`)) {
		t.Errorf("%s, %v", p, err)
	}
}

func TestDecodeRecordRefuses(t *testing.T) {
	good, err := EncodeRecord(record(classify.P2P, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"v":1`, `"v":2`}, {`"proto":17`, `"proto":1`}, {`"initiator":0`, `"initiator":2`}, {`"verdict":3`, `"verdict":4`}, {`"path":1`, `"path":9`},
		{`"ip":"10.0.0.1"`, `"ip":""`}, {`"bytes":300`, `"bytes":1099511627776`}, {`{"v"`, `{"tunnel":255,"v"`}, {`{"v"`, `{"vlan":4096,"v"`}, {`{"v"`, `[{"v"`},
	} {
		p := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(p, good) {
			t.Fatalf("there is no %s in %s", change[0], good)
		}
		if _, err := DecodeRecord(p); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, r := range []*report.Record{full(), record(classify.Other, 3)} {
		p, err := EncodeRecord(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		r, err := DecodeRecord(p)
		if err == nil {
			report.AppendRecord(nil, r)
			b := report.NewBuilder(report.Options{})
			b.Add(r)
			b.Finish(nil, report.Coverage{}, nil)
			again, err := EncodeRecord(r)
			if err != nil {
				t.Fatal(err)
			}
			if once, err := DecodeRecord(again); err != nil || !reflect.DeepEqual(once, r) {
				t.Errorf("%v: %+v became %+v", err, r, once)
			}
		}
		decodeJudged([]Judged{{Kind: judgedHost, Body: p}, {Kind: judgedSocket, Body: p}})
	})
}
