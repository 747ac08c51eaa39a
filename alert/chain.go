package alert

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// LogVersion is the `v` of heads and ends of files of the log of contacts, which docs/alerts.md
// describes.
const LogVersion = 1

// A link is what the lines up to one come to. A line of a log is a JSON object whose last key is
// `chain`: the SHA-256 of the link before it (32 octets) and of the line's octets up to that key.
// So a line that was changed, taken away, added or moved shows at the line after it.
//
//	{...            ,"chain":"<64 hexadecimal digits>"}
//	└─ body, hashed ┘
type link [sha256.Size]byte

const (
	chainKey   = `,"chain":"`
	chainEnd   = `"}`
	chainTail  = len(chainKey) + 2*sha256.Size + len(chainEnd)
	maxLogLine = 1 << 20 // octets of a line that is read
)

// next is the link of a line with this body.
func (l link) next(body []byte) link {
	h := sha256.New()
	h.Write(l[:])
	h.Write(body)
	var n link
	h.Sum(n[:0])
	return n
}

func (l link) String() string { return hex.EncodeToString(l[:]) }

// parseLink reads what String writes; no other spelling of it.
func parseLink(s string) (l link, ok bool) {
	if len(s) != 2*len(l) {
		return l, false
	}
	_, err := hex.Decode(l[:], []byte(s))
	return l, err == nil && l.String() == s
}

// appendLinked appends the line of body, an object without its last brace, and returns its link.
func appendLinked(dst []byte, before link, body []byte) ([]byte, link) {
	l := before.next(body)
	dst = append(append(dst, body...), chainKey...)
	return append(append(hex.AppendEncode(dst, l[:]), chainEnd...), '\n'), l
}

// splitLinked takes a line without its line feed apart.
func splitLinked(line []byte) (body []byte, stated link, ok bool) {
	at := len(line) - chainTail
	if at < 1 || line[0] != '{' || string(line[at:at+len(chainKey)]) != chainKey || string(line[len(line)-len(chainEnd):]) != chainEnd {
		return nil, stated, false
	}
	stated, ok = parseLink(string(line[at+len(chainKey) : len(line)-len(chainEnd)]))
	return line[:at], stated, ok
}

// Events of lines that are no contacts.
const (
	eventBegin = "begin"
	eventEnd   = "end"
	eventLost  = "lost"
)

// fileHead is the first line of a file.
type fileHead struct {
	Version   int            `json:"v"`
	Event     string         `json:"event"`
	Sequence  uint64         `json:"sequence"` // of files, from 1
	Time      time.Time      `json:"time"`
	Program   string         `json:"program"`
	Oldest    uint64         `json:"oldest"`              // sequence of the oldest file that was there
	Previous  *previousFile  `json:"previous,omitempty"`  // none of the first
	Recovered *recoveredFile `json:"recovered,omitempty"` // the file before was not ended by the program that wrote it
}

// previousFile binds a file to the one before.
type previousFile struct {
	File   string `json:"file"`   // without folder and compression
	SHA256 string `json:"sha256"` // of its uncompressed octets, the end included
	Chain  string `json:"chain"`  // link of its last line
}

// recoveredFile says how the file before was found.
type recoveredFile struct {
	Torn     int64  `json:"torn_bytes"`          // octets after its last whole line
	TornFile string `json:"torn_file,omitempty"` // where they were put
	Damage   string `json:"damage,omitempty"`    // what was wrong with it beside
}

// fileEnd is the last line of a file.
type fileEnd struct {
	Version  int       `json:"v"`
	Event    string    `json:"event"`
	Sequence uint64    `json:"sequence"`
	Time     time.Time `json:"time"`
	Reason   string    `json:"reason"`
	Lines    uint64    `json:"lines"`  // between head and end
	SHA256   string    `json:"sha256"` // of the octets before this line
}

// Reasons of an end.
const (
	endSize      = "size"
	endAge       = "age"
	endLines     = "lines"
	endAsked     = "asked"     // by SIGHUP
	endClosed    = "closed"    // the watch ended
	endRecovered = "recovered" // by the next start: the program was killed
)

// Damage is something wrong with a file of a log.
type Damage struct {
	File string
	Line uint64 // from 1; 0 if it is about the file as a whole
	Text string
}

// String is one line without its end: the text holds nothing of the wire.
func (d Damage) String() string {
	if d.Line == 0 {
		return d.File + ": " + d.Text
	}
	return fmt.Sprintf("%s: line %d: %s", d.File, d.Line, d.Text)
}

// maxDamage bounds what is told of one file.
const maxDamage = 20

// chained is what reading a file of a log gave.
type chained struct {
	head   fileHead
	headed bool // it has a head
	end    *fileEnd
	lines  uint64 // between head and end
	all    uint64 // with both
	last   link   // as the last whole line states it
	hash   hash.Hash
	whole  int64 // octets of whole lines
	torn   int64 // octets after them
	damage []Damage
	more   uint64         // damage beyond maxDamage
	wanted *link          // to look for
	found  bool           // wanted is the link of a line whose chain holds
	seen   func(b []byte) // each body, for tests and those who want them; may be nil
}

// sha is the SHA-256 of the whole lines; of nothing, if not even the first octet could be read.
func (c *chained) sha() string {
	if c.hash == nil {
		c.hash = sha256.New()
	}
	return hex.EncodeToString(c.hash.Sum(nil))
}

func (c *chained) bad(format string, args ...any) {
	if len(c.damage) >= maxDamage {
		c.more++
		return
	}
	c.damage = append(c.damage, Damage{Line: c.all, Text: fmt.Sprintf(format, args...)})
}

// read takes in a file of a log from its first octet, and notes what is wrong. The error is that
// of r.
func (c *chained) read(r io.Reader) error {
	c.hash = sha256.New()
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > maxLogLine {
			c.all++
			c.bad("it is longer than %d octets; what follows was not read", maxLogLine)
			return nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			c.torn = int64(len(line))
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
		c.line(line)
		line = line[:0]
	}
}

// line takes in one line with its line feed.
func (c *chained) line(line []byte) {
	c.all++
	after := c.end != nil
	before := c.hash.Sum(nil)
	c.hash.Write(line)
	c.whole += int64(len(line))
	body, stated, ok := splitLinked(line[:len(line)-1])
	if !ok {
		c.bad("it is no line of a log of contacts")
		c.lines++
		return
	}
	if c.seen != nil {
		c.seen(body)
	}
	if c.all == 1 {
		c.readHead(line)
	}
	if after {
		c.bad("it comes after the end")
	}
	if c.last.next(body) == stated {
		c.found = c.found || c.wanted != nil && *c.wanted == stated
	} else {
		c.bad("it was changed, or a line before it was changed, taken away or added")
	}
	c.last = stated
	if c.all == 1 {
		return
	}
	if !bytes.Contains(body, []byte(`"event":"end"`)) || !c.readEnd(line, before) {
		c.lines++
	}
}

// readHead takes in a first line, and the link that the file begins with.
func (c *chained) readHead(line []byte) {
	h := &c.head
	if json.Unmarshal(line, h) != nil || h.Event != eventBegin || h.Sequence == 0 {
		c.bad("it is not the head of a file of a log of contacts")
		c.lines++
		return
	}
	c.headed = true
	if h.Version != LogVersion {
		c.bad("its format is of version %d, which this program does not know", h.Version)
	}
	if h.Previous == nil {
		if h.Sequence != 1 {
			c.bad("it is file %d and names none before it", h.Sequence)
		}
		return
	}
	var ok bool
	if c.last, ok = parseLink(h.Previous.Chain); !ok {
		c.bad("the chain of the file before is no SHA-256")
	}
}

// readEnd takes in a line if it is an end. before is the hash of the octets before it.
func (c *chained) readEnd(line, before []byte) bool {
	var e fileEnd
	if json.Unmarshal(line, &e) != nil || e.Event != eventEnd {
		return false
	}
	if c.end == nil {
		c.end = &e
	}
	if e.SHA256 != hex.EncodeToString(before) {
		c.bad("its SHA-256 is not that of the lines before it")
	}
	if e.Lines != c.lines {
		c.bad("it tells of %d lines, and there are %d", e.Lines, c.lines)
	}
	if e.Sequence != c.head.Sequence {
		c.bad("it is the end of file %d, and this is file %d", e.Sequence, c.head.Sequence)
	}
	return true
}
