package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// tap is tcpdump on the mirror.
type tap struct {
	cmd  *exec.Cmd
	path string
	log  string
}

// capture starts to write what the mirror shows.
func (l *Lab) capture() (*tap, error) {
	t := &tap{path: filepath.Join(l.dir, "mirror.pcap"), log: filepath.Join(l.dir, "logs", "tcpdump.log")}
	t.cmd = exec.Command("ip", "netns", "exec", l.run+"switch", "tcpdump", "-i", "mirrored", "-s", "0", "-B", "32768", "-n", "-U", "-Z", "root", "-w", t.path)
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(t.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	t.cmd.Stderr = log
	if err := t.cmd.Start(); err != nil {
		return nil, fmt.Errorf("tcpdump: %w", err)
	}
	for range 100 {
		if s, err := os.Stat(t.path); err == nil && s.Size() >= 24 {
			return t, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.cmd.Process.Kill()
	return nil, fmt.Errorf("tcpdump did not begin:\n%s", tail(t.log))
}

var droppedByKernel = regexp.MustCompile(`(\d+) packets? dropped by (?:kernel|interface)`)

// stop ends the capture, and returns how many frames were lost.
func (t *tap) stop() (lost int, err error) {
	time.Sleep(1200 * time.Millisecond) // what the kernel holds back
	if err := t.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return 0, err
	}
	if err := t.cmd.Wait(); err != nil {
		return 0, fmt.Errorf("tcpdump: %w:\n%s", err, tail(t.log))
	}
	data, err := os.ReadFile(t.log)
	for _, m := range droppedByKernel.FindAllSubmatch(data, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		lost += n
	}
	return lost, err
}

// convert writes the pcap of a tap as pcapng, and returns its flows in the order of first packets.
// Frames that are no IP (ARP) stay in the capture but are in no flow.
func convert(from, to, comment string) ([]*traffic, int, error) {
	in, err := os.Open(from)
	if err != nil {
		return nil, 0, err
	}
	defer in.Close()
	r, err := pcapgo.NewReader(in)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", from, err)
	}
	out, err := os.Create(to)
	if err != nil {
		return nil, 0, err
	}
	defer out.Close()
	w, err := newPcapng(out, comment)
	if err != nil {
		return nil, 0, err
	}
	var count tally
	for n := 0; ; n++ {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return count.flows, n, errors.Join(w.Flush(), out.Close())
		}
		if err != nil {
			return nil, n, fmt.Errorf("%s, frame %d: %w", from, n+1, err)
		}
		count.add(data, info.Length)
		if err := w.WritePacket(info, data); err != nil {
			return nil, n, err
		}
	}
}

// newPcapng begins a capture of one interface.
func newPcapng(w io.Writer, comment string) (*pcapgo.NgWriter, error) {
	return pcapgo.NewNgWriterInterface(w, pcapgo.NgInterface{Name: "mirror", Description: "mirror of the home's switch", OS: "Linux", LinkType: layers.LinkTypeEthernet,
		SnapLength: 262144, TimestampResolution: 6}, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "peeratlas lab", Comment: comment}})
}

// tally finds the flows of a capture.
type tally struct {
	flows []*traffic
	by    map[[2]end]map[string]*traffic
}

func (t *tally) add(data []byte, length int) {
	p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	var from, to string
	switch ip := p.NetworkLayer().(type) {
	case *layers.IPv4:
		from, to = ip.SrcIP.String(), ip.DstIP.String()
	case *layers.IPv6:
		from, to = ip.SrcIP.String(), ip.DstIP.String()
	default:
		return
	}
	f := traffic{}
	switch u := p.TransportLayer().(type) {
	case *layers.TCP:
		f.proto, f.payload = "tcp", len(u.Payload)
		f.ends = [2]end{{from, int(u.SrcPort)}, {to, int(u.DstPort)}}
	case *layers.UDP:
		f.proto, f.payload = "udp", len(u.Payload)
		f.ends = [2]end{{from, int(u.SrcPort)}, {to, int(u.DstPort)}}
	default:
		return
	}
	if t.by == nil {
		t.by = map[[2]end]map[string]*traffic{}
	}
	known := t.by[f.ends][f.proto]
	if known == nil {
		known = t.by[[2]end{f.ends[1], f.ends[0]}][f.proto]
	}
	if known == nil {
		if t.by[f.ends] == nil {
			t.by[f.ends] = map[string]*traffic{}
		}
		known = &traffic{proto: f.proto, ends: f.ends}
		t.by[f.ends][f.proto] = known
		t.flows = append(t.flows, known)
	}
	known.packets++
	known.octets += length
	known.payload += f.payload
}
