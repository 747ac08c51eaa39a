package process

import (
	"bytes"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// answerer answers as told, after a time.
type answerer struct {
	after time.Duration
	owner report.Owner
}

func (a *answerer) Owner(protocol packet.Protocol, local, remote netip.AddrPort) report.Owner {
	time.Sleep(a.after)
	o := a.owner
	o.PID += int(protocol)<<20 | int(local.Port())
	o.User = local.String() + ">" + remote.String()
	return o
}

func remoteOf(t *testing.T, a *answerer) (*Remote, func()) {
	t.Helper()
	questions, ask, err1 := os.Pipe()
	answers, answer, err2 := os.Pipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	done := make(chan error)
	go func() { err := Serve(questions, answer, a); questions.Close(); answer.Close(); done <- err }()
	r := NewRemote(ask, answers)
	return r, func() {
		r.Close()
		<-done
	}
}

func TestRemote(t *testing.T) {
	r, end := remoteOf(t, &answerer{owner: report.Owner{Name: strings.Repeat("n", 300)}})
	defer end()
	for i := range 100 {
		local := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(i))
		if i%2 == 1 {
			local = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), uint16(i))
		}
		var o report.Owner
		for range 100 { // a busy machine may be late
			if o = r.Owner(packet.UDP, local, netip.MustParseAddrPort("198.51.100.7:9")); o.PID != 0 {
				break
			}
			time.Sleep(answerRest / 4)
		}
		want := report.Owner{PID: 17<<20 | i, Name: strings.Repeat("n", 255), User: local.String() + ">198.51.100.7:9"}
		if o != want {
			t.Fatalf("%+v, want %+v", o, want)
		}
	}
	if o := r.Owner(packet.UDP, netip.AddrPort{}, netip.AddrPort{}); o != (report.Owner{}) || r.Err() != nil {
		t.Errorf("%+v, %v", o, r.Err())
	}
}

// Whoever answers late holds nobody up, and its late answer is not taken for another question's.
func TestRemoteLate(t *testing.T) {
	a := &answerer{after: 60 * time.Millisecond}
	r, end := remoteOf(t, a)
	defer end()
	began := time.Now()
	for port := range uint16(1000) {
		if o := r.Owner(packet.TCP, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), netip.MustParseAddrPort("198.51.100.7:9")); o.PID != 0 {
			t.Fatalf("%+v in spite of the wait", o)
		}
	}
	if took := time.Since(began); took > answerRest {
		t.Errorf("1000 questions took %s", took)
	}
	time.Sleep(answerRest + 100*time.Millisecond)
	if o := r.Owner(packet.TCP, netip.MustParseAddrPort("192.0.2.1:77"), netip.MustParseAddrPort("198.51.100.7:9")); o.PID != 0 {
		t.Errorf("the late answer was taken: %+v", o)
	}
}

func TestRemoteGone(t *testing.T) {
	r, end := remoteOf(t, &answerer{})
	end()
	if o := r.Owner(packet.TCP, netip.MustParseAddrPort("192.0.2.1:77"), netip.MustParseAddrPort("198.51.100.7:9")); o.PID != 0 || r.Err() == nil {
		t.Errorf("%+v, %v", o, r.Err())
	}
}

func FuzzServe(f *testing.F) {
	f.Add(make([]byte, questionLength))
	f.Add([]byte("cut"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		err := Serve(bytes.NewReader(b), &out, &answerer{})
		if (err != nil) != (len(b)%questionLength != 0) {
			t.Fatalf("%d octets: %v", len(b), err)
		}
		n := 0
		for rest := out.Bytes(); len(rest) > 0; n++ {
			_, _, length := readAnswer(rest)
			if length == 0 {
				t.Fatal("an answer is cut")
			}
			rest = rest[length:]
		}
		if n != len(b)/questionLength {
			t.Fatalf("%d answers to %d octets", n, len(b))
		}
		readAnswer(b)
	})
}
