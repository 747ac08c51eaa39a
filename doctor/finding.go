package doctor

import (
	"fmt"
	"time"
)

// Severity says how much a finding matters.
type Severity uint8

// The severities, from least to most.
const (
	OK      Severity = iota // as it should be
	Unknown                 // too little was seen to tell
	Hint                    // verdicts hold, with less to go by, or something is worth a look
	Problem                 // verdicts or numbers will be wrong or missing until it is repaired
)

var severityWords = [...]string{"ok", "unknown", "hint", "problem"}

// String returns s as text and JSON have it.
func (s Severity) String() string {
	if int(s) < len(severityWords) {
		return severityWords[s]
	}
	return "no severity"
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Figure is one number behind a finding.
type Figure struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// Finding is what one check says. Its texts hold nothing from the wire but numbers and addresses.
type Finding struct {
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	Measured string   `json:"measured"`
	Limit    string   `json:"limit"` // from where it is a hint or a problem, and why
	Means    string   `json:"means"` // for verdicts; empty if it is as it should be
	Do       string   `json:"do"`    // on the switch or the host; empty if nothing
	Figures  []Figure `json:"figures"`
}

// is notes what is wrong.
func (f *Finding) is(s Severity, means, do string) {
	f.Severity, f.Means, f.Do = s, means, do
}

func (f *Finding) figure(name string, value uint64) {
	f.Figures = append(f.Figures, Figure{name, value})
}

// Report is what an examination found.
type Report struct {
	Program     string // name and version, as the caller says
	Input       string
	Live        bool
	Interrupted bool
	First, Last time.Time // earliest and latest timestamp; zero without packets
	Packets     uint64
	Octets      uint64 // on the wire
	Findings    []Finding

	Severity Severity // Problem if one finding is, else Hint, Unknown (nothing could be judged) or OK
}

// weigh sums the findings up. One check that could not tell does not make the whole unknown: that is
// for the amount of traffic to say, which is the first.
func (r *Report) weigh() {
	worst := OK
	for i := range r.Findings {
		if s := r.Findings[i].Severity; s != Unknown {
			worst = max(worst, s)
		}
	}
	if r.Severity = worst; worst < Problem && r.Findings[0].Severity == Unknown {
		r.Severity = Unknown
	}
}

// number counts the findings of a severity.
func (r *Report) number(s Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// grouped writes n with a comma between thousands.
func grouped(n uint64) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// counted writes a number with its noun, in the plural unless it is one.
func counted(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// octets writes n in decimal multiples (IEC 80000-13).
func octets(n uint64) string {
	v, units := float64(n), []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	for v >= 999.5 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if n < 1000 || v >= 99.5 {
		return fmt.Sprintf("%.0f %s", v, units[0])
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}

// share is n of all, 0 of nothing.
func share(n, all uint64) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

// percent writes a share with as many digits as tell it from none and from all.
func percent(n, all uint64) string {
	p := 100 * share(n, all)
	switch {
	case n == 0:
		return "0%"
	case p < 0.01:
		return "under 0.01%"
	case p < 1:
		return fmt.Sprintf("%.2f%%", p)
	case p < 10:
		return fmt.Sprintf("%.1f%%", p)
	case n < all && p > 99.4:
		return "over 99%"
	}
	return fmt.Sprintf("%.0f%%", p)
}

// of writes "3 of 7 packets (43%)", or "none of 7 packets".
func of(n, all uint64, noun string) string {
	if n == 0 {
		return "none of " + grouped(all) + " " + noun
	}
	return grouped(n) + " of " + grouped(all) + " " + noun + " (" + percent(n, all) + ")"
}

// span writes nanoseconds in the unit that people would choose.
func span(nanoseconds int64) string {
	d := time.Duration(nanoseconds)
	if d < 0 {
		if d++; d < 0 { // the least number has no opposite
			d = -d
		}
	}
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	case d < 2*time.Minute:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
