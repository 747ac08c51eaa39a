//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// writeFlood writes a capture of n packets, 20 us apart, each of another flow: TCP SYNs, or
// datagrams of random octets. Every packet is forged: any source, one of 50 home hosts.
func writeFlood(w io.Writer, n int, tcp bool) {
	r := rand.New(rand.NewPCG(1, 9))
	header := []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x65\x00\x00\x00") // raw IP
	if _, err := w.Write(header); err != nil {
		return
	}
	b := make([]byte, 0, 1<<16)
	for i := range n {
		size := 40
		if !tcp {
			size = 28 + 20 + r.IntN(60)
		}
		us := uint64(1_700_000_000e6) + uint64(i)*20
		for _, v := range []uint32{uint32(us / 1e6), uint32(us % 1e6), uint32(size), uint32(size)} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		at := len(b)
		b = append(b, make([]byte, size)...)
		p := b[at:]
		p[0], p[8], p[9] = 0x45, 64, 17
		binary.BigEndian.PutUint16(p[2:], uint16(size))
		binary.BigEndian.PutUint32(p[12:], 11<<24+r.Uint32N(100<<24))
		copy(p[16:], []byte{10, 0, 0, byte(r.IntN(50))})
		binary.BigEndian.PutUint32(p[20:], r.Uint32())
		if tcp {
			p[9], p[32], p[33] = 6, 0x50, 2
		} else {
			binary.BigEndian.PutUint16(p[24:], uint16(size-20))
			for k := 28; k < size; k++ {
				p[k] = byte(r.Uint32())
			}
		}
		if len(b) > 1<<15 || i == n-1 {
			if _, err := w.Write(b); err != nil {
				return
			}
			b = b[:0]
		}
	}
}

// A flood of forged packets takes no more memory than it may, every flow that gives way is
// counted, and it makes nobody a peer.
func TestBinaryUnderFlood(t *testing.T) {
	packets := 1_000_000
	if testing.Short() {
		packets = 300_000
	}
	for name, tcp := range map[string]bool{"SYNs": true, "datagrams": false} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command(program(t), "report", "--format", "json", "--memory", "96MiB", "-")
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				writeFlood(in, packets, tcp)
				in.Close()
			}()
			var out, words bytes.Buffer
			c.Stdout, c.Stderr = &out, &words
			if err := c.Run(); err != nil {
				t.Fatalf("%v, %s", err, words.String())
			}
			var s struct {
				Coverage struct{ Packets, Flows, Flows_evicted, Panics int }
				Peers    []any
			}
			if err := json.Unmarshal(out.Bytes(), &s); err != nil {
				t.Fatal(err)
			}
			// A random flow meets another of the same ends by chance once in many floods.
			if s.Coverage.Packets != packets || s.Coverage.Flows < packets-50 || s.Coverage.Flows > packets || s.Coverage.Panics != 0 || len(s.Peers) != 0 {
				t.Errorf("%+v, %d peers, %d packets sent", s.Coverage, len(s.Peers), packets)
			}
			held := s.Coverage.Flows - s.Coverage.Flows_evicted
			if room := (96<<20 - 48<<20) / 440; held > room || held < room-8 { // it is shared among eight lanes
				t.Errorf("%d flows were held at the end, there is room for %d", held, room)
			}
			usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
			if !ok {
				t.Skip("this system does not tell how much memory a process took")
			}
			peak := int64(usage.Maxrss)
			if runtime.GOOS != "darwin" {
				peak <<= 10 // getrusage(2) counts KiB, but in octets on macOS
			}
			t.Logf("%d MiB, %v of CPU", peak>>20, c.ProcessState.UserTime()+c.ProcessState.SystemTime())
			var own syscall.Rusage
			if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
				t.Fatal(err)
			}
			if usage.Maxrss <= own.Maxrss {
				// A process counts what its parent held when it was forked: under the race detector
				// this test itself is larger than what it measures.
				t.Logf("the peak may be this test's own, %d, and is not judged", own.Maxrss)
				return
			}
			if peak > 128<<20 {
				t.Errorf("%d octets of memory", peak)
			}
		})
	}
}
