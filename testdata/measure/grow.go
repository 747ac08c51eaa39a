package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// load is a capture of UDP datagrams: so many flows of so many sockets at home, each flow's packets
// spread over the whole time, payloads of random octets.
type load struct {
	packets, flows, sockets, octets int
}

// write makes the capture. The same load has the same octets.
func (l load) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(uint64(l.flows), uint64(l.sockets)))
	le, be := binary.LittleEndian, binary.BigEndian
	w.Write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0})
	record := make([]byte, 16+42+l.octets)
	frame := record[16:]
	copy(frame, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0})
	frame[22], frame[23] = 64, 17
	be.PutUint16(frame[16:], uint16(28+l.octets))
	be.PutUint16(frame[38:], uint16(8+l.octets))
	for n := range l.packets {
		flow := n % l.flows
		socket := flow % l.sockets
		home, far := [4]byte{10, byte(socket >> 16), byte(socket >> 8), byte(socket)}, [4]byte{}
		be.PutUint32(far[:], 0x40000000+uint32(flow)*2654435761>>3)
		ports := [2]uint16{uint16(20000 + socket%20000), uint16(10000 + flow%50000)}
		if n/l.flows%2 == 1 { // every other packet is the answer
			home, far = far, home
			ports[0], ports[1] = ports[1], ports[0]
		}
		copy(frame[26:], home[:])
		copy(frame[30:], far[:])
		be.PutUint16(frame[34:], ports[0])
		be.PutUint16(frame[36:], ports[1])
		for at := 42; at < len(frame); at += 8 {
			var octets [8]byte
			le.PutUint64(octets[:], random.Uint64())
			copy(frame[at:], octets[:])
		}
		le.PutUint32(record, uint32(1_700_000_000+n/100_000))
		le.PutUint32(record[4:], uint32(n%100_000*10))
		le.PutUint32(record[8:], uint32(len(frame)))
		le.PutUint32(record[12:], uint32(len(frame)))
		w.Write(record)
	}
	return w.Flush()
}

// grow prints how the cost grows with one thing while the rest stays.
func grow(own, dir string, rounds int) error {
	base := load{packets: 1_000_000, flows: 20_000, sockets: 1_000, octets: 200}
	fmt.Printf("\n| packets | flows | sockets | octets of payload | cores | CPU s | wall s | peak MB | ns of CPU a packet |\n|---|---|---|---|---|---|---|---|---|\n")
	var loads []load
	for _, n := range []int{250_000, 1_000_000, 4_000_000} {
		l := base
		l.packets = n
		loads = append(loads, l)
	}
	for _, n := range []int{1_000, 100_000, 500_000} {
		l := base
		l.flows = n
		loads = append(loads, l)
	}
	for _, n := range []int{1, 100, 20_000} {
		l := base
		l.sockets = n
		loads = append(loads, l)
	}
	path := filepath.Join(dir, "load.pcap")
	for i, l := range loads {
		if err := l.write(path); err != nil {
			return err
		}
		cores := []int{1}
		if i == 1 { // the base
			for n := 2; n <= min(runtime.NumCPU(), 8); n *= 2 {
				cores = append(cores, n)
			}
		}
		for _, n := range cores {
			p := program{"", []string{own, "report", "--memory", "1GiB", "{}"}, []string{"GOMAXPROCS=" + strconv.Itoa(n)}}
			c := inTurns([]program{p}, path, rounds)[0]
			if c.failed != "" {
				return fmt.Errorf("peeratlas: %s", c.failed)
			}
			fmt.Printf("| %d | %d | %d | %d | %d | %.2f | %.2f | %d | %.0f |\n", l.packets, l.flows, l.sockets, l.octets, n,
				c.cpu.Seconds(), c.wall.Seconds(), c.peak>>20, float64(c.cpu.Nanoseconds())/float64(l.packets))
		}
	}
	return nil
}
