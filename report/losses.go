package report

// Damage is what could not be read of one input.
type Damage struct {
	Input   string  `json:"input"` // as in Coverage.Inputs
	Lost    []Count `json:"lost"`
	Problem string  `json:"problem,omitempty"` // what the reader or the decompressor said
}

// Skipped is a file of a folder that was not read.
type Skipped struct {
	Input      string `json:"input"`
	Reason     string `json:"reason"`
	Unreadable bool   `json:"unreadable"` // it may be a capture: its octets could not be had
}

// mostLosses bounds the lines about single inputs: a folder may hold thousands.
const mostLosses = 8

// LossLines says what was lost, and what helps, in lines for a log or a terminal: clean, without
// a full stop, none if nothing was lost.
func (c *Coverage) LossLines() []string {
	var lines []string
	if c.Panics > 0 {
		lines = append(lines, c.panicWords())
	}
	for i := range c.Damaged {
		lines = append(lines, c.Damaged[i].line())
	}
	for _, s := range c.Skipped {
		if s.Unreadable {
			lines = append(lines, inputName(s.Input)+" was not read: "+Clean(s.Reason, 0))
		}
	}
	if extra := len(lines) - mostLosses; extra > 0 {
		lines = append(lines[:mostLosses], counted(uint64(extra), "more input is", "more inputs are")+" damaged or unreadable")
	}
	if c.Dropped > 0 {
		lines = append(lines, counted(c.Dropped, "packet was", "packets were")+" dropped while the capture was made")
	}
	if c.Cut > 0 {
		lines = append(lines, grouped(c.Cut)+" of "+counted(c.Packets, "packet", "packets")+
			" cut short by the snap length; capture them whole (tcpdump -s 0)")
	}
	return lines
}

// panicWords tells of this program's own faults.
func (c *Coverage) panicWords() string {
	text := "this program failed " + counted(c.Panics, "time", "times") + " and passed over what it failed on"
	if c.PanicFrame > 0 {
		text += ", first at packet " + grouped(uint64(c.PanicFrame))
	}
	return text + " (" + Clean(c.Panic, 200) + "): please report it with the capture"
}

func (d *Damage) line() string {
	text := inputName(d.Input) + " is damaged or incomplete: " + list(countWords(d.Lost), 8)
	if d.Problem != "" {
		text += ": " + Clean(d.Problem, 200)
	}
	return text
}

func inputName(input string) string {
	if input == "-" {
		return "standard input"
	}
	return Clean(input, 0)
}

// countWords writes each count as a reason and its number.
func countWords(counts []Count) []string {
	var words []string
	for _, c := range counts {
		words = append(words, Clean(c.Reason, 0)+" ("+grouped(c.Number)+")")
	}
	return words
}
