package pipeline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// conversions are those of strftime(3) (POSIX.1-2024) that make sense in a file's name, as Go has them.
var conversions = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
	'j': "002", 'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'F': "2006-01-02", 'T': "15:04:05",
	'R': "15:04", 'D': "01/02/06", 'z': "-0700", 'Z': "MST",
}

// strftime puts the time, in the local zone, in the places of a pattern that ask for it.
func strftime(pattern string, at time.Time) (string, error) {
	at = at.Local()
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			continue
		}
		if i++; i == len(pattern) {
			return "", fmt.Errorf("%q ends in a percent sign; write %%%% for one", pattern)
		}
		switch c := pattern[i]; {
		case c == '%':
			b.WriteByte('%')
		case c == 's':
			b.WriteString(strconv.FormatInt(at.Unix(), 10))
		case conversions[c] != "":
			b.WriteString(at.Format(conversions[c]))
		default:
			return "", fmt.Errorf("%q: %%%c is no time that is known here; use %%Y %%m %%d %%H %%M %%S, and %%%% for a percent sign", pattern, c)
		}
	}
	return b.String(), nil
}
