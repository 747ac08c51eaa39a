package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

const linkEthernet = 1

// pcapFile is a dialect of the classic format (draft-ietf-opsawg-pcap).
type pcapFile struct {
	order    binary.AppendByteOrder
	nano     bool // 0xa1b23c4d: nanoseconds
	modified bool // 0xa1b2cd34: records with interface, protocol and packet type (old Linux)
	snap     int  // 0 keeps all
}

// write writes the frames and returns those that a reader can have.
func (p pcapFile) write(w io.Writer, frames []frame) ([]frame, error) {
	snap := 262144
	if p.snap > 0 {
		snap = p.snap
	}
	magic, unit := uint32(0xa1b2c3d4), time.Microsecond
	switch {
	case p.nano:
		magic, unit = 0xa1b23c4d, time.Nanosecond
	case p.modified:
		magic = 0xa1b2cd34
	}
	o := p.order
	b := o.AppendUint16(o.AppendUint16(o.AppendUint32(nil, magic), 2), 4)
	b = o.AppendUint32(o.AppendUint32(append(b, make([]byte, 8)...), uint32(snap)), linkEthernet)
	for _, f := range frames {
		t := start.Add(f.at)
		kept := f.data[:min(len(f.data), snap)]
		b = o.AppendUint32(o.AppendUint32(b, uint32(t.Unix())), uint32(time.Duration(t.Nanosecond())/unit))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(kept))), uint32(len(f.data)))
		if p.modified {
			b = append(o.AppendUint16(o.AppendUint32(b, 2), etherIPv4), 0, 0)
		}
		b = append(b, kept...)
	}
	_, err := w.Write(b)
	return frames, err
}

// gzipped and zstandard compress what write writes. The compressed octets depend on the
// library's version; what they hold does not.
func gzipped(write writer) writer {
	return func(w io.Writer, frames []frame) ([]frame, error) {
		z := gzip.NewWriter(w)
		kept, err := write(z, frames)
		if err != nil {
			return nil, err
		}
		return kept, z.Close()
	}
}

func zstandard(write writer) writer {
	return func(w io.Writer, frames []frame) ([]frame, error) {
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		kept, err := write(z, frames)
		if err != nil {
			return nil, err
		}
		return kept, z.Close()
	}
}

// sections writes three sections, each with a byte order and a time unit of its own: little
// nanoseconds; big microseconds in obsolete Packet Blocks; little 2^-20 s with an offset.
func sections(w io.Writer, frames []frame) ([]frame, error) {
	const offset = 1_700_000_000
	third := len(frames) / 3
	parts := []pcapngFile{
		{order: binary.LittleEndian, resolution: 9},
		{order: binary.BigEndian, resolution: 6, obsolete: true},
		{order: binary.LittleEndian, resolution: 0x80 | 20, offset: offset},
	}
	for i, p := range parts {
		from, to := i*third, (i+1)*third
		if i == len(parts)-1 {
			to = len(frames)
		}
		if _, err := p.write(w, frames[from:to]); err != nil {
			return nil, err
		}
	}
	return frames, nil
}

// damaged writes a pcapng in which the frame in the middle is damaged and the last is cut
// off. framing tells which field is wrong: the block's total length, which loses the place
// of the next block, or only the captured length inside a block that is whole.
func damaged(framing bool) writer {
	return func(w io.Writer, frames []frame) ([]frame, error) {
		p := pcapngFile{order: binary.LittleEndian, resolution: 6}
		b := p.head(1)
		middle, last := len(frames)/2, len(frames)-1
		var kept []frame
		for i, f := range frames {
			block := p.packet(f)
			switch {
			case i == middle && framing:
				binary.LittleEndian.PutUint32(block[4:], 0x7f5a3c1e)
			case i == middle:
				binary.LittleEndian.PutUint32(block[20:], uint32(len(block)+4000))
			case i == last:
				block = block[:len(block)-23]
			default:
				kept = append(kept, f)
			}
			b = append(b, block...)
		}
		_, err := io.Copy(w, bytes.NewReader(b))
		return kept, err
	}
}

// sampleScene is the small scene that all formats hold: the same frames in each.
func sampleScene() *scene {
	s := newScene("sample", "130.75.88.12", "192.168.10.0/24")
	pc := s.at("192.168.10.23", 50333)
	s.arp(0, pc.host, s.at(officeResolver, 53).host)
	s.secure(100*ms, pc.host, officeResolver, "www.example.org", "93.184.216.34", tls13, 700)
	c := s.startCall(pc)
	c.gather(second, s.at("134.58.60.3", 3478))
	path, at := c.connect(second+200*ms, s.peer("SG"), positive("webrtc", "direct call: checks both ways, nominated, DTLS-SRTP"))
	s.media(at, at+600*ms, 40*ms, 40, 60, path.say)
	k := s.skype(s.at("192.168.10.24", 24816))
	for i, country := range []string{"LU", "US", "JP", "BR", "FR"} {
		k.probe(3*second+time.Duration(i)*30*time.Microsecond, s.peer(country), fateOf(i), skypePeer)
	}
	k.run()
	return s
}
