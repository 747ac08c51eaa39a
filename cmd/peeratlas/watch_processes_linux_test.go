package main

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The process that has a socket is told, while others come and go as fast as they can.
func TestWatchProcesses(t *testing.T) {
	inOwnNetwork(t)
	const far, gateway = "203.0.113.5", "02:00:00:00:00:02"
	for _, words := range []string{"addr add 10.9.0.1/24 dev span0", "route add default via 10.9.0.2", "neigh add 10.9.0.2 lladdr " + gateway + " dev span0"} {
		if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", words, err, out)
		}
	}
	w := watching(t, "--processes", "--format", "json", "--look", "300ms", "--log", outputs(t)+"/log.ndjson")
	stop := make(chan struct{})
	var churn sync.WaitGroup
	for range 2 {
		churn.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					exec.Command("/bin/true").Run()
				}
			}
		})
	}
	own, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(10, 9, 0, 1), Port: 51820})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	time.Sleep(1500 * time.Millisecond) // it is there when a snapshot of sockets is taken
	talk(t, own, netip.MustParseAddrPort(far+":51821"))
	time.Sleep(2 * time.Second)
	close(stop)
	churn.Wait()
	if status, _ := w.end(t, syscall.SIGTERM); status != exitInterrupted {
		t.Fatalf("status %d: %s", status, w.said())
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for line := range strings.Lines(w.printed()) {
		var e struct {
			Process *struct {
				PID        int
				Name, User string
			} `json:"src_process"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if p := e.Process; p != nil {
			told++
			if name, _ := os.ReadFile("/proc/self/comm"); p.PID != os.Getpid() || p.Name != strings.TrimSpace(string(name)) || p.User != me.Username {
				t.Errorf("%+v: %s", *p, line)
			}
		}
	}
	if told == 0 {
		t.Errorf("no process is told: %s\n%s", w.said(), w.printed())
	}
}

// talk has a socket talk WireGuard with an address that the wire answers for.
func talk(t *testing.T, own *net.UDPConn, far netip.AddrPort) {
	t.Helper()
	out, mac := newWire(t), interfaceMAC(t, "span0")
	// The ends of the conversation with most packets, as its first packet has them.
	list, count := frames(t, testdata+"wireguard.pcap"), map[string]int{}
	most := ""
	for _, f := range list {
		if len(f) < 43 || f[12] != 8 || f[14] != 0x45 || f[23] != 17 {
			continue
		}
		there, back := string(f[26:38]), string(reversed(f))
		if count[back] > 0 {
			there = back
		}
		if count[there]++; count[there] > count[most] {
			most = there
		}
	}
	n := 0
	for _, f := range list {
		if len(f) < 43 || f[12] != 8 || n == 200 {
			continue
		}
		switch {
		case string(f[26:38]) == most:
			if _, err := own.WriteToUDPAddrPort(f[42:], far); err != nil {
				t.Fatal(err)
			}
		case string(reversed(f)) == most:
			out.send(t, [][]byte{udpFrame(mac, far, own.LocalAddr().(*net.UDPAddr).AddrPort(), f[42:])}, 0)
		default:
			continue
		}
		n++
		time.Sleep(2 * time.Millisecond)
	}
	if n < 10 {
		t.Fatalf("%d packets: the capture has no such conversation", n)
	}
}

// reversed are the ends of a UDP packet's answer.
func reversed(f []byte) []byte { return slices.Concat(f[30:34], f[26:30], f[36:38], f[34:36]) }

func interfaceMAC(t *testing.T, name string) net.HardwareAddr {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return i.HardwareAddr
}

// udpFrame is a packet as the other side of the wire sends it; its UDP checksum is left out.
func udpFrame(to net.HardwareAddr, from, dst netip.AddrPort, payload []byte) []byte {
	b := slices.Concat(to, []byte{2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0})
	b = binary.BigEndian.AppendUint16(b, uint16(28+len(payload)))
	b = append(b, 0, 0, 0x40, 0, 64, 17, 0, 0)
	b = slices.Concat(b, from.Addr().AsSlice(), dst.Addr().AsSlice())
	sum := uint32(0)
	for i := 14; i < 34; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(b[24:], ^uint16(sum+sum>>16))
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	return append(append(b, 0, 0), payload...)
}
