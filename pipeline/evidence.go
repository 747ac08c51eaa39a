package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// Evidence takes the packets of peer-to-peer flows out of captures that are read a second time:
// Note sees the records of a Run, and Copy the packets. It is for one goroutine.
type Evidence struct {
	// Only lets pass the flows that are wanted; nil wants all that are peer-to-peer.
	Only func(*report.Record) bool
	// Program names this program and its version in the file.
	Program string
	// Memory bounds what is kept between the readings, in octets. Default 128 MiB.
	Memory int64

	spans  map[flow.Key][]span
	flows  uint64
	beyond uint64
	text   int // octets of comments kept
}

// span is one record's part of the packets of its key: those from number first on that are not
// later than end, as far as no other span begins.
type span struct {
	first   uint32
	wanted  bool
	end     int64
	packets uint64 // that the record counts
	found   uint64
	comment string
}

// spanOctets is what a flow may take between the readings without its comment, which shares the
// bound by halves: beyond it, flows are left out and counted, and comments are short.
const (
	spanOctets             = 256
	defaultEvidenceBetween = 128 << 20
)

// EvidenceResult is what a Copy wrote.
type EvidenceResult struct {
	Flows   uint64 // that are in the file
	Packets uint64
	Missing uint64 // packets of these flows that the second reading did not find: an input has changed
	Beyond  uint64 // flows left out for want of memory
}

// Note sees a record of the first reading.
func (e *Evidence) Note(r *report.Record) {
	wanted := r.Verdict.Judgement == classify.P2P && (e.Only == nil || e.Only(r))
	spans, known := e.spans[r.Flow.Key]
	if !wanted && !known {
		return // it ends no span: its key has none
	}
	if e.Memory <= 0 {
		e.Memory = defaultEvidenceBetween
	}
	if e.flows >= uint64(e.Memory/2/spanOctets) {
		if wanted {
			e.beyond++
		}
		return
	}
	e.flows++
	s := span{first: r.Flow.FirstFrame, end: r.Flow.End, wanted: wanted}
	if wanted {
		s.packets = uint64(r.Flow.Packets[0]) + uint64(r.Flow.Packets[1])
		s.comment = e.comment(r)
	}
	if e.spans == nil {
		e.spans = map[flow.Key][]span{}
	}
	// Flows that memory pushed out are told of early, so that the order is not that of first packets.
	at := sort.Search(len(spans), func(i int) bool { return spans[i].first > s.first })
	e.spans[r.Flow.Key] = slices.Insert(spans, at, s)
}

func (e *Evidence) comment(r *report.Record) string {
	text := report.Comment(r, [2]report.Owner{})
	if e.text += len(text); int64(e.text) > e.Memory/2 {
		text, _, _ = strings.Cut(text, "\n")
	}
	return text
}

// of is the span that a packet belongs to; nil if it is of none that is wanted.
func (e *Evidence) of(k *flow.Key, frame uint32, ts int64) *span {
	spans := e.spans[*k]
	for i := len(spans) - 1; i >= 0; i-- {
		if s := &spans[i]; s.first <= frame {
			if s.wanted && ts <= s.end {
				return s
			}
			return nil
		}
	}
	return nil
}

// Rereadable tells with an error if one of these inputs cannot be read twice.
func Rereadable(paths []string) error {
	for _, path := range paths {
		if path == "-" {
			return errors.New("standard input cannot be read twice; save the capture to a file (tcpdump -w FILE) and give its name")
		}
		if _, info, err := lookAt(path); err == nil && info != nil && !info.IsDir() && !info.Mode().IsRegular() {
			return fmt.Errorf("%s cannot be read twice, it is no regular file; save the capture to a file first", path)
		}
	}
	return nil
}

// Copy reads the captures of the first reading again, from their beginning, and writes the packets
// of the flows that were noted as pcapng. most is how many packets the first reading had: what was
// added since is not looked at. source was opened with capture.Options.Describe.
func (e *Evidence) Copy(ctx context.Context, source *capture.Files, filter *capture.Filter, most uint64, out io.Writer) (EvidenceResult, error) {
	c := evidenceCopy{Evidence: e, source: source, filter: filter, decoder: packet.NewDecoder()}
	var err error
	if c.writer, err = capture.NewWriter(out, c.header()); err != nil {
		return EvidenceResult{}, err
	}
	packets, keys := make([]capture.Packet, batchSize), make([]flow.Key, batchSize)
	for more := true; more && uint64(c.frame) < most; {
		if ctx.Err() != nil {
			return EvidenceResult{}, ctx.Err()
		}
		n, err := source.ReadBatch(packets[:min(batchSize, most-uint64(c.frame))])
		if more = err == nil; !more && !errors.Is(err, io.EOF) {
			return EvidenceResult{}, err
		}
		c.keys(packets[:n], keys)
		if err := c.take(packets[:n], keys); err != nil {
			return EvidenceResult{}, err
		}
	}
	return c.finish()
}

// evidenceCopy is the second reading.
type evidenceCopy struct {
	*Evidence
	source  *capture.Files
	filter  *capture.Filter
	decoder *packet.Decoder
	writer  *capture.Writer
	frame   uint32
	next    int // packet of the batch to decode next
	names   []string
	number  []uint64          // packets read, by input
	ours    map[uint32]uint32 // interface number in the file, by that in the inputs
	totals  []capture.InterfaceTotals
	came    []uint64 // packets read, by interface number in the inputs
}

// mostCounted bounds the interfaces whose packets are counted.
const mostCounted = 1 << 16

func (c *evidenceCopy) receive(n uint32) {
	for int64(n) >= int64(len(c.came)) && n < mostCounted {
		c.came = append(c.came, 0)
	}
	if n < mostCounted {
		c.came[n]++
	}
}

func (c *evidenceCopy) header() capture.WriterOptions {
	inputs := c.source.Stats().Inputs
	paths := make([]string, len(inputs))
	for i := range inputs {
		paths[i] = inputs[i].Path
	}
	c.names, c.number, c.ours = inputNames(paths), make([]uint64, len(inputs)), map[uint32]uint32{}
	text := "The packets of encrypted peer-to-peer flows, of " + strings.Join(c.names[:min(len(c.names), 20)], ", ")
	if len(c.names) > 20 {
		text += fmt.Sprintf(" and %d more", len(c.names)-20)
	}
	o := fileOptions(c.Program)
	o.Comment = text + ". A flow's first packet tells the verdict, each packet where it was."
	return o
}

// inputNames are the files' names without folders, unless two are the same then.
func inputNames(paths []string) []string {
	names, seen := make([]string, len(paths)), map[string]bool{}
	for i, p := range paths {
		names[i] = report.Clean(filepath.Base(p), 200)
		if seen[names[i]] {
			for j, p := range paths {
				names[j] = report.Clean(p, 200)
			}
			break
		}
		seen[names[i]] = true
	}
	return names
}

// keys decodes a batch as the first reading did. keys[i] has no protocol if packet i is of no flow.
func (c *evidenceCopy) keys(packets []capture.Packet, keys []flow.Key) {
	for c.next = 0; c.keysFrom(packets, keys); {
	}
}

// keysFrom goes on at c.next. A packet that the decoder fails on is of no flow.
func (c *evidenceCopy) keysFrom(packets []capture.Packet, keys []flow.Key) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	var h packet.Headers
	for c.next < len(packets) {
		p := &packets[c.next]
		keys[c.next] = flow.Key{}
		c.next++
		outcome := c.decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h)
		if (c.filter == nil || c.filter.Match(&h)) && outcome == packet.OK {
			keys[c.next-1], _ = flow.KeyOf(&h)
		}
	}
	return false
}

// take writes those of a batch that are wanted.
func (c *evidenceCopy) take(packets []capture.Packet, keys []flow.Key) error {
	for i := range packets {
		p := &packets[i]
		c.frame++
		_, input, known := c.source.Interface(p.Interface)
		if known {
			c.number[input]++
		}
		c.receive(p.Interface)
		if keys[i].Protocol == 0 {
			continue
		}
		s := c.of(&keys[i], c.frame, p.Timestamp)
		if s == nil {
			continue
		}
		id, err := c.interfaceOf(p)
		if err != nil {
			return err
		}
		comment := ""
		if known {
			comment = fmt.Sprintf("%s packet %d", c.names[input], c.number[input])
		}
		if s.found++; s.found == 1 {
			comment = strings.TrimSuffix(s.comment+"\n"+comment, "\n")
		}
		t := &c.totals[id]
		t.End = max(t.End, p.Timestamp)
		if err := c.writer.WritePacket(id, p, capture.ReceptionFlags(p.LinkType, p.Data), comment); err != nil {
			return err
		}
	}
	return nil
}

// interfaceOf is the number in the file of the interface that p came by.
func (c *evidenceCopy) interfaceOf(p *capture.Packet) (uint32, error) {
	if id, added := c.ours[p.Interface]; added {
		return id, nil
	}
	info, input, known := c.source.Interface(p.Interface)
	info.LinkType = p.LinkType
	if known && info.Description == "" {
		info.Description = "of " + c.names[input]
	}
	id, err := c.writer.AddInterface(info)
	if err != nil {
		return 0, err
	}
	c.ours[p.Interface] = id
	c.totals = append(c.totals, capture.InterfaceTotals{Start: p.Timestamp, End: p.Timestamp})
	return id, nil
}

// finish writes what there is to say at the end.
func (c *evidenceCopy) finish() (r EvidenceResult, err error) {
	for _, spans := range c.spans {
		for i := range spans {
			if s := &spans[i]; s.wanted && s.found > 0 {
				r.Flows++
			}
			r.Missing += spans[i].packets - min(spans[i].packets, spans[i].found)
		}
	}
	in := c.source.Stats()
	for number, id := range c.ours {
		if number < mostCounted {
			c.totals[id].Received, c.totals[id].Delivered = c.came[number], c.came[number]
		}
	}
	for id := range c.totals {
		t := &c.totals[id]
		if dropped := in.DroppedByInterface + in.DroppedBySystem; id == 0 && dropped > 0 {
			t.Comment = fmt.Sprintf("the originals tell of %d packets that their capture dropped", dropped)
		}
		if err := c.writer.WriteTotals(uint32(id), t); err != nil {
			return r, err
		}
	}
	err = c.writer.Flush()
	r.Packets, r.Beyond = c.writer.Written(), c.beyond
	return r, err
}
