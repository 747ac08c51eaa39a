package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"
)

// Relocation gives the far hosts public addresses, so that a report has countries and networks to
// show. Home hosts keep their private ones. Nothing was ever sent to the addresses that a copy shows.

// peerNetworks are networks of universities and research, one country each, for far peers.
var peerNetworks = []string{
	"141.76", "128.112", "133.11", "143.107", "131.111", "134.157", "128.100", "128.250", "130.89", "129.132", // DE US JP BR GB FR CA AU NL CH
	"147.46", "137.158", "137.132", "130.237", "147.251", "131.114", "132.248", "146.83", "149.156", "130.216", // KR ZA SG SE CZ IT MX CL PL NZ
}

// serverNetworks are networks of data centres, for servers.
var serverNetworks = []string{"88.198", "51.75", "104.131"} // DE FR US

// homeSeen is where the home's gateway is seen: an access provider's, Monaco.
const homeSeen = "88.209.77.21"

func relocateCommand(args []string) error {
	f := flag.NewFlagSet("relocate", flag.ContinueOnError)
	dir := f.String("o", "", "folder to write to")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *dir == "" || f.NArg() == 0 {
		return errors.New("relocate: name a folder with -o, and the captures")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	for _, path := range f.Args() {
		if err := relocate(path, *dir); err != nil {
			return fmt.Errorf("relocate %s: %w", path, err)
		}
	}
	return nil
}

// places draws an address for each far host. Hosts of one capture lie in networks of their own
// as far as there are enough; which, depends on the capture's name alone.
func places(m *Manifest) map[netip.Addr]netip.Addr {
	to := map[netip.Addr]netip.Addr{netip.MustParseAddr(gatewaySeen): netip.MustParseAddr(homeSeen)}
	home := netip.MustParsePrefix(homeNet6 + "/64")
	h := fnv.New32a()
	io.WriteString(h, strings.Join(m.Scenes, ","))
	at := h.Sum32()
	for i, e := range m.Hosts {
		from := netip.MustParseAddr(e.Seen)
		if _, known := to[from]; known || home.Contains(from) {
			continue
		}
		n := at + uint32(i)
		if from.Is6() {
			network := peerNetworks6[n%uint32(len(peerNetworks6))]
			if e.Server {
				network = serverNetworks6[n%uint32(len(serverNetworks6))]
			}
			to[from] = netip.MustParseAddr(fmt.Sprintf("%s:%d::%d", network, 40+n%20, 11+i))
			continue
		}
		network := peerNetworks[n%uint32(len(peerNetworks))]
		if e.Server {
			network = serverNetworks[n%uint32(len(serverNetworks))]
		}
		to[from] = netip.MustParseAddr(fmt.Sprintf("%s.%d.%d", network, 40+n%20, 11+i))
	}
	return to
}

func relocate(path, dir string) error {
	base := strings.TrimSuffix(path, ".pcapng")
	name := filepath.Base(base)
	data, err := os.ReadFile(base + ".manifest.json")
	if err != nil {
		return err
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Moved != nil {
		return errors.New("it has been relocated already")
	}
	r := relocation{to: places(&m)}
	if err := r.labels(base+".labels.csv", filepath.Join(dir, name+".labels.csv")); err != nil {
		return err
	}
	if err := r.capture(path, filepath.Join(dir, name+".pcapng.zst")); err != nil {
		return err
	}
	m.Moved, m.MovedHow = map[string]string{}, movedHow
	for from, to := range r.to {
		m.Moved[from.String()] = to.String()
	}
	return writeJSON(filepath.Join(dir, name+".manifest.json"), &m)
}

// movedHow documents what a relocated copy holds.
var movedHow = []string{
	"The addresses of the namespaces in the headers of IPv4 and IPv6, and in those that ICMP quotes, are mapped as listed; checksums of IPv4, TCP, UDP and ICMP are computed anew.",
	"Mapped as well: MAPPED, XOR-MAPPED, XOR-PEER, XOR-RELAYED, ALTERNATE-SERVER, RESPONSE-ORIGIN and OTHER-ADDRESS of STUN and TURN, also within DATA and ChannelData; FINGERPRINT is computed anew, MESSAGE-INTEGRITY no longer fits.",
	"In flows that their labels call dns, p2p-plain or vpn-n2n, each four or sixteen octets that are a mapped address are mapped, in clear payloads; the hash of discv4 is computed anew, its signature no longer fits.",
	"Not mapped: what is encrypted, and addresses written as text.",
}

type relocation struct {
	to    map[netip.Addr]netip.Addr
	plain map[[2]end]string // family of flows whose clear payloads hold addresses, both ways
}

func (r *relocation) text(addr string) string {
	a, err := netip.ParseAddr(addr)
	if to, moved := r.to[a]; err == nil && moved {
		return to.String()
	}
	return addr
}

func (r *relocation) labels(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return err
	}
	r.plain = map[[2]end]string{}
	for _, row := range rows[1:] {
		if f := row[6]; f == "dns" || f == "p2p-plain" || f == "vpn-n2n" {
			a, b := end{row[1], number(row[2], 0)}, end{row[3], number(row[4], 0)}
			r.plain[[2]end{a, b}], r.plain[[2]end{b, a}] = f, f
		}
		row[1], row[3] = r.text(row[1]), r.text(row[3])
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := csv.NewWriter(out).WriteAll(rows); err != nil {
		return err
	}
	return out.Close()
}

func (r *relocation) capture(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	reader, err := pcapgo.NewNgReader(in, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return err
	}
	w, err := newPcapng(z, "real programs in network namespaces, far hosts relocated; see the manifest beside")
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		data, info, err := reader.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		r.frame(data)
		info.InterfaceIndex = 0
		if err := w.WritePacket(info, data); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), z.Close(), out.Close())
}
