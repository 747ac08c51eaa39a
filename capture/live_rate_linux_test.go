package capture

import (
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	liveRate    = flag.Int("live.rate", 200_000, "packets a second that TestLiveRate and BenchmarkLive send; 0 is as many as can be")
	liveSeconds = flag.Int("live.seconds", 2, "how long TestLiveRate sends")
)

// threadTime is the processor time of the calling thread.
func threadTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flood is what became of a stream that was read while it was sent.
type flood struct {
	received, dropped uint64
	octets            uint64        // looked at
	took              time.Duration // the sending
	cpu               time.Duration // of the thread that reads
}

// receive sends a stream and reads it, looking at one cache line of each packet as a decoder would.
func receive(t testing.TB, l *Live, send *sender, number, size, rate int) (f flood) {
	done := make(chan time.Duration, 1)
	go func() {
		// Its own thread, so that it does not wait for the reader's.
		runtime.LockOSThread()
		done <- send.stream(t, number, size, rate)
	}()
	dst, before := make([]Packet, 1024), threadTime()
	first := l.Stats()
	for f.received+f.dropped < uint64(number) {
		n, err := l.ReadBatch(dst)
		if err != nil {
			t.Fatal(err)
		}
		for i := range dst[:n] {
			d := dst[i].Data
			f.octets += uint64(d[12]) + uint64(d[len(d)-1]&1)
		}
		f.received += uint64(n)
		if n == 0 && len(done) > 0 {
			before := f.dropped
			f.dropped = l.Stats().DroppedBySystem - first.DroppedBySystem
			if f.dropped == before && f.received+f.dropped < uint64(number) {
				time.Sleep(lag)
			}
		}
	}
	f.cpu = threadTime() - before
	f.took = <-done
	return f
}

// The ring loses none of 200,000 packets a second. It has room for two seconds and more: a machine
// that others keep busy lets a reader wait for half a second, which is not what is tested.
func TestLiveRate(t *testing.T) {
	inOwnNetwork(t)
	veth(t, "v")
	send := newSender(t, "va")
	for _, method := range methods(t) {
		l := openLive(t, LiveOptions{Interfaces: []string{"vb"}, Method: method, RingOctets: 256 << 20})
		number := *liveSeconds * max(*liveRate, 200_000)
		f := receive(t, l, send, number, 300, *liveRate)
		t.Logf("%s: %d packets/s, %d of %d lost, %d ns of CPU a packet", method,
			int(float64(number)/f.took.Seconds()), f.dropped, number, f.cpu.Nanoseconds()/int64(number))
		if method == "ring" && f.dropped > 0 {
			t.Errorf("%d packets of %d were dropped", f.dropped, number)
		}
		if s := l.Stats(); s.Packets+s.DroppedBySystem != uint64(number) || s.DroppedByInterface != 0 {
			t.Errorf("%s: %+v", method, s)
		}
		l.Close()
	}
}

// BenchmarkLive compares the methods on a pair of interfaces.
func BenchmarkLive(b *testing.B) {
	for _, size := range []int{100, 1000} {
		for _, method := range []string{"ring", "afpacket", "pcapgo", "libpcap"} {
			b.Run(fmt.Sprintf("%s/%d octets", method, size), func(b *testing.B) {
				inOwnNetwork(b)
				veth(b, "v")
				l, err := OpenLive(LiveOptions{Interfaces: []string{"vb"}, Method: method})
				if err != nil {
					b.Skip(err)
				}
				defer l.Close()
				f := receive(b, l, newSender(b, "va"), b.N, size, *liveRate)
				b.ReportMetric(float64(f.cpu.Nanoseconds())/float64(b.N), "cpu-ns/packet")
				b.ReportMetric(float64(b.N)/f.took.Seconds(), "packets/s")
				b.ReportMetric(100*float64(f.dropped)/float64(b.N), "%lost")
			})
		}
	}
}
