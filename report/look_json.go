package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// LookEvents tells of looks as lines of JSON (NDJSON), one for each event. It is used by one
// goroutine.
//
//	{"v":1,"event":"flow","time":...,"news":["appeared","ended"],"src_process":{...},"flow":{as flows writes it}}
//	{"v":1,"event":"loss","time":...,"interface":"eth1","state":"begins" or "ends",...}
//	{"v":1,"event":"end","time":...,"since":{...},"interfaces":[...],...}
type LookEvents struct {
	Intervals Intervals // none unless Every is set
	out       io.Writer
	loss      lossWatch
	up        upWatch
	line      []byte
}

// NewLookEvents returns LookEvents that write to out.
func NewLookEvents(out io.Writer) *LookEvents { return &LookEvents{out: out} }

// newsWords are the values of News in words, by bit.
var newsWords = [...]string{"appeared", "changed", "ended"}

// Words are the values that n holds.
func (n News) Words() []string {
	var words []string
	for bit, w := range newsWords {
		if n>>bit&1 != 0 {
			words = append(words, w)
		}
	}
	return words
}

// Look writes what is new.
func (p *LookEvents) Look(l *Look) error {
	for i := range l.News {
		n := &l.News[i]
		p.line = AppendSighting(p.line[:0], n, l.Time)
		if _, err := p.out.Write(p.line); err != nil {
			return err
		}
	}
	err := p.up.tell(l, func(c *InterfaceCount) error {
		return p.write(struct {
			V         int       `json:"v"`
			Event     string    `json:"event"`
			Time      time.Time `json:"time"`
			Interface string    `json:"interface"`
			Up        bool      `json:"up"`
		}{RecordVersion, "interface", l.Time.UTC(), c.Name, c.Up})
	})
	if err != nil {
		return err
	}
	err = p.loss.tell(l, func(e *lossEvent) error {
		state := "begins"
		if e.Ended {
			state = "ends"
		}
		return p.write(struct {
			V         int       `json:"v"`
			Event     string    `json:"event"`
			Time      time.Time `json:"time"`
			Interface string    `json:"interface"`
			State     string    `json:"state"`
			Began     time.Time `json:"began"`
			Dropped   uint64    `json:"packets_dropped"`
			Received  uint64    `json:"packets"`
			Seconds   float64   `json:"seconds"`
		}{RecordVersion, "loss", l.Time.UTC(), e.Interface, state, e.Began.UTC(), e.Dropped, e.Received, e.Seconds})
	})
	if v, ends := p.Intervals.Look(l); ends && err == nil {
		err = p.write(&v)
	}
	if err != nil || !l.Last {
		return err
	}
	return p.write(struct {
		V          int              `json:"v"`
		Event      string           `json:"event"`
		Time       time.Time        `json:"time"`
		Began      time.Time        `json:"began"`
		Since      Since            `json:"since"`
		Evicted    uint64           `json:"flows_evicted"`
		Forgotten  uint64           `json:"flows_forgotten"`
		Interfaces []InterfaceCount `json:"interfaces"`
		Gaps       Gaps             `json:"mirror_gaps"`
	}{RecordVersion, "end", l.Time.UTC(), l.Began.UTC(), l.Since, l.Load.Evicted, l.Load.Forgotten, l.Interfaces, l.Gaps})
}

func (p *LookEvents) write(event any) error {
	b, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("event as JSON: %w", err)
	}
	_, err = p.out.Write(append(printable(b), '\n'))
	return err
}

// AppendSighting appends n, told at a time, to dst as one line of NDJSON, newline included.
func AppendSighting(dst []byte, n *Sighting, told time.Time) []byte {
	dst = append(dst, `{"v":1,"event":"flow","time":"`...)
	dst = told.UTC().AppendFormat(dst, recordTime)
	dst = append(dst, `","news":[`...)
	for i, w := range n.News.Words() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), w...), '"')
	}
	dst = append(dst, ']')
	src := n.Record.Flow.Initiator & 1
	for i, key := range [...]string{`,"src_process":`, `,"dst_process":`} {
		if o := &n.Owner[int(src)^i]; o.PID != 0 {
			dst = appendOwner(append(dst, key...), *o)
		}
	}
	dst = append(dst, `,"flow":`...)
	dst = AppendRecord(dst, &n.Record)
	dst[len(dst)-1] = '}' // in place of the newline
	return append(dst, '\n')
}
