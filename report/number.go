package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// grouped writes n with a comma between thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// octets writes n in decimal multiples (IEC 80000-13) with two or three digits.
func octets(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v, unit := float64(n), 0
	for v >= 999.5 && unit < 6 {
		v /= 1000
		unit++
	}
	digits := 1
	if v >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + [...]string{"", "kB", "MB", "GB", "TB", "PB", "EB"}[unit]
}

// dash writes nothing as a dash, so that numbers stand out.
func dash(n uint64) string {
	if n == 0 {
		return "-"
	}
	return grouped(n)
}

func dashOctets(n uint64) string {
	if n == 0 {
		return "-"
	}
	return octets(n)
}

// counted writes a number with its noun, in the plural unless it is one.
func counted(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// signed writes a weight with its sign.
func signed(b float64) string {
	if b = finite(b); math.Abs(b) < 0.05 {
		return "0.0"
	}
	s := strconv.FormatFloat(b, 'f', 1, 64)
	if b > 0 {
		s = "+" + s
	}
	return s
}

// probability writes p with four decimals, never as a certainty that it is not.
func probability(p float64) string {
	switch p = finite(p); {
	case p > 0.9999:
		return "over 0.9999"
	case p < 0.0001:
		return "under 0.0001"
	}
	return strconv.FormatFloat(p, 'f', 4, 64)
}

// finite is v, or 0 for what JSON has no number for.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

const (
	dayTime  = "2006-01-02 15:04:05"
	timeOnly = "15:04:05"
	dayOnly  = "2006-01-02"
)

// at is the UTC time of nanoseconds since the Unix epoch.
func at(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }

// period writes from when to when, the day once if it is the same.
func period(first, last time.Time) string {
	switch {
	case first.IsZero():
		return ""
	case sameDay(first, last):
		return first.Format(dayTime) + "-" + last.Format(timeOnly) + " UTC"
	}
	return first.Format(dayTime) + " to " + last.Format(dayTime) + " UTC"
}

func sameDay(a, b time.Time) bool { return a.Format(dayOnly) == b.Format(dayOnly) }

// list joins words, the last two with and, and tells how many it left out beyond max.
func list(words []string, most int) string {
	if extra := len(words) - most; extra > 0 {
		return strings.Join(words[:most], ", ") + " and " + grouped(uint64(extra)) + " more"
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
