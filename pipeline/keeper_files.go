package pipeline

import (
	"errors"
	"fmt"
	"os"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// keptFiles are the files of a Keeper: one is written at a time.
type keptFiles struct {
	o       *KeeperOptions
	stats   *KeeperStats
	names   keptNames
	file    *wholeFile // nil: none is open
	writer  *capture.Writer
	opened  int64             // when this file was
	began   int64             // time of its first packet; 0 is none yet
	now     int64             // latest time of a packet
	epoch   uint64            // changes when flows must tell their verdicts again
	ours    []uint32          // interface number in the file, and one, by that of the source
	totals  []interfaceCounts // by the source's number
	failing bool              // writing fails, which was told
	waiting bool              // until the next look nothing is tried
	lost    uint64            // packets that were lost when all was well
	size    int64             // of the file when it failed
}

// interfaceCounts are what an interface counted: now, and when the file was begun.
type interfaceCounts struct {
	now, then report.InterfaceCount
	came      uint64 // packets that passed here since the file was begun
	seen      bool   // now is known
}

// mostWritten bounds the interfaces that are told apart.
const mostWritten = 1 << 12

func (f *keptFiles) init(o *KeeperOptions, stats *KeeperStats) (err error) {
	f.o, f.stats = o, stats
	f.totals = make([]interfaceCounts, len(o.Interfaces))
	f.names, err = newKeptNames(o.Name, o.Count, o.Period > 0 || o.Size > 0)
	return err
}

// came counts a packet of interface n.
func (f *keptFiles) came(n uint32) {
	if int64(n) < int64(len(f.totals)) {
		f.totals[n].came++
		return
	}
	for int64(n) >= int64(len(f.totals)) && n < mostWritten {
		f.totals = append(f.totals, interfaceCounts{})
	}
	if n < mostWritten {
		f.totals[n].came++
	}
}

// counted takes what the interfaces themselves count.
func (f *keptFiles) counted(counts []report.InterfaceCount) {
	for i := range counts {
		if i >= len(f.totals) {
			return
		}
		f.totals[i].now, f.totals[i].seen = counts[i], true
	}
}

// begin begins the next file. An error names it.
func (f *keptFiles) begin(at time.Time) error {
	name, gone := f.names.next(at)
	file, err := openWhole(name)
	if err != nil {
		return fmt.Errorf("write %s: %w; choose a folder that exists and can be written", name, unwrapPath(err))
	}
	f.stats.Files++
	o := fileOptions(f.o.Program)
	o.Comment = f.about()
	f.file, f.opened, f.began, f.ours, f.size = file, at.UnixNano(), 0, f.ours[:0], 0
	f.epoch++
	if f.writer, err = capture.NewWriter(file, o); err != nil {
		file.Close()
		f.file = nil
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	if gone != "" {
		os.Remove(gone) // that it cannot be is no reason to stop
	}
	for i := range f.totals {
		f.totals[i].then, f.totals[i].came = f.totals[i].now, 0
	}
	return nil
}

// about is the comment of a file.
func (f *keptFiles) about() string {
	text := "The packets of encrypted peer-to-peer flows; the first of each flow tells the verdict."
	if f.o.All {
		text = "All packets that were watched; a packet tells the verdict of its flow where that is new and encrypted peer-to-peer."
	}
	if s := f.stats; s.TooOld+s.Lost > 0 {
		text += " " + lostWords(s)
	}
	return text
}

func lostWords(s *KeeperStats) string {
	return fmt.Sprintf("Up to here %d packets of such flows were too old when their verdict came, and %d could not be written.", s.TooOld, s.Lost)
}

// ready sees to it that there is a file to write to; false counts a lost packet.
func (f *keptFiles) ready(now int64) bool {
	f.now = now
	if f.waiting {
		f.stats.Lost++
		return false
	}
	if f.file != nil && f.due(now) {
		f.rotate()
	}
	if f.file == nil {
		if err := f.begin(time.Unix(0, now)); err != nil {
			f.stats.Lost++
			f.fail(err)
			return false
		}
	}
	if f.began == 0 {
		f.began = now
	}
	return true
}

// due tells whether the file is full, or its time over.
func (f *keptFiles) due(now int64) bool {
	return f.o.Size > 0 && f.writer.Octets() > f.o.Size && f.writer.Written() > 0 ||
		f.o.Period > 0 && f.began != 0 && now-f.began >= int64(f.o.Period)
}

// write writes a packet to the file that is ready, and tells whether it did.
func (f *keptFiles) write(p *capture.Packet, comment string) bool {
	id, err := f.interfaceOf(p.Interface, p.LinkType)
	if err != nil {
		f.stats.Lost++
		f.fail(err)
		return false
	}
	lost := f.writer.Lost()
	f.stats.Packets++
	if err := f.writer.WritePacket(id, p, capture.ReceptionFlags(p.LinkType, p.Data), comment); err != nil {
		f.undo(lost)
		f.fail(err)
		return false
	}
	return true
}

// undo takes packets off the count that a failed write lost.
func (f *keptFiles) undo(lostBefore uint64) {
	lost := f.writer.Lost() - lostBefore
	f.stats.Lost += lost
	f.stats.Packets -= min(f.stats.Packets, lost)
}

// interfaceOf is the number in the file of the source's interface n.
func (f *keptFiles) interfaceOf(n uint32, link packet.LinkType) (uint32, error) {
	if int64(n) < int64(len(f.ours)) && f.ours[n] != 0 {
		return f.ours[n] - 1, nil
	}
	info := capture.InterfaceInfo{}
	if int64(n) < int64(len(f.o.Interfaces)) {
		info = f.o.Interfaces[n]
	}
	info.LinkType = link
	lost := f.writer.Lost()
	id, err := f.writer.AddInterface(info)
	if err != nil {
		f.undo(lost)
		return 0, err
	}
	for int64(n) >= int64(len(f.ours)) && n < mostWritten {
		f.ours = append(f.ours, 0)
	}
	if n < mostWritten {
		f.ours[n] = id + 1
	}
	return id, nil
}

// fail tells that writing fails, once, and waits for the next look.
func (f *keptFiles) fail(err error) {
	f.waiting = true
	f.epoch++
	if f.file != nil {
		f.size = f.file.size
	}
	if !f.failing {
		f.failing = true
		f.o.Say(fmt.Sprintf("evidence: %s; packets of evidence are lost until this works again", report.Clean(err.Error(), 0)))
	}
}

// again lets writing be tried once more.
func (f *keptFiles) again() {
	f.waiting = false
	if f.file != nil && f.file.dead {
		f.file.Close()
		f.file = nil
	}
}

// rest writes what is gathered, at a look, and ends a file whose time is over.
func (f *keptFiles) rest(now int64) {
	f.now = now
	if f.waiting || f.file == nil {
		return
	}
	lost := f.writer.Lost()
	if err := f.writer.Flush(); err != nil {
		f.undo(lost)
		f.fail(err)
		return
	}
	if f.failing && f.file.size > f.size {
		f.failing = false
		f.o.Say(fmt.Sprintf("evidence: %s is written again; %d packets of evidence were lost", report.Clean(f.file.name, 0), f.stats.Lost-f.lost))
	}
	if !f.failing {
		f.lost = f.stats.Lost
	}
	if f.due(now) {
		f.rotate()
	}
}

// rotate ends the file; the next packet begins another.
func (f *keptFiles) rotate() {
	if err := f.end(); err != nil {
		f.fail(err)
	}
}

// end writes the statistics and closes the file. Lost packets are counted.
func (f *keptFiles) end() error {
	if f.file == nil {
		return nil
	}
	lost := f.writer.Lost()
	err := f.finish()
	if ferr := f.writer.Flush(); err == nil {
		err = ferr
	}
	f.undo(lost)
	if cerr := f.file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		err = fmt.Errorf("write %s: %w", f.file.name, cause(err))
	}
	f.file = nil
	return err
}

// finish describes the interfaces that had no packet, and writes what each counted.
func (f *keptFiles) finish() error {
	for i := range f.totals {
		c := &f.totals[i]
		if used := i < len(f.ours) && f.ours[i] != 0; i >= len(f.o.Interfaces) && c.came == 0 && !used {
			continue
		}
		link := packet.LinkEthernet
		if i < len(f.o.Interfaces) && f.o.Interfaces[i].LinkType != 0 {
			link = f.o.Interfaces[i].LinkType
		}
		id, err := f.interfaceOf(uint32(i), link)
		if err != nil {
			return err
		}
		t := capture.InterfaceTotals{Start: f.began, End: max(f.began, f.now), Received: c.came, Delivered: c.came}
		if f.began == 0 {
			t.Start, t.End = f.opened, max(f.opened, f.now)
		}
		if c.seen {
			t.DroppedBySystem = c.now.DroppedByKernel - c.then.DroppedByKernel
			t.DroppedByInterface = c.now.DroppedByInterface - c.then.DroppedByInterface
			t.Delivered = c.now.Received - c.then.Received
			t.Received = t.Delivered + t.DroppedBySystem
		}
		switch {
		case i == 0 && f.o.All && f.stats.Untold > 0:
			t.Comment = fmt.Sprintf("Of %d encrypted peer-to-peer flows up to here no packet tells the verdict, which came behind the last.", f.stats.Untold)
		case i == 0 && !f.o.All:
			t.Comment = fmt.Sprintf("%d packets of %d flows were kept so far. %s", f.stats.Packets, f.stats.Flows, lostWords(f.stats))
		}
		if err := f.writer.WriteTotals(id, &t); err != nil {
			return err
		}
	}
	return nil
}

// cause strips the words that the message has already.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
