package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one another: written languages stack up to
// four, hostile text stacks them over the lines above.
const maxMarks = 4

// Clean makes text that may come from the wire safe to show on one line of a terminal or a page
// of plain text: control characters and invalid octets become \x1b, other characters that show
// nothing or that change the order of what is shown (bidirectional controls, line separators,
// zero-width ones) become \u202e. The result is for eyes: it cannot be turned back.
//
// max is how many columns the result may take; longer text ends in an ellipsis. 0 is no bound.
func Clean(s string, max int) string {
	if plainASCII(s) && (max <= 0 || len(s) <= max) {
		return s
	}
	var b strings.Builder
	used, marks, fits := 0, 0, 0 // fits: octets of b that leave room for the ellipsis
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		shown, w := s[i:i+n], width(r)
		if w == 0 {
			marks++
		} else {
			marks = 0
		}
		if r == utf8.RuneError && n == 1 || !visible(r) || marks > maxMarks {
			shown = escape(s[i:i+n], r)
			w = len(shown)
		}
		if max > 0 && used+w > max {
			return b.String()[:fits] + "…"
		}
		used += w
		b.WriteString(shown)
		if used < max {
			fits = b.Len()
		}
		i += n
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// escape writes a character, or the one octet that is none, as its number.
func escape(octets string, r rune) string {
	const digits = "0123456789abcdef"
	switch {
	case len(octets) == 1:
		return `\x` + string(digits[octets[0]>>4]) + string(digits[octets[0]&15])
	case r > 0xffff:
		return `\U` + pad(strconv.FormatInt(int64(r), 16), 8)
	}
	return `\u` + pad(strconv.FormatInt(int64(r), 16), 4)
}

func pad(hex string, n int) string {
	return strings.Repeat("0", max(n-len(hex), 0)) + hex
}

// visible tells whether r may be shown as it is. Letters, marks, numbers, punctuation and symbols
// may, unless Unicode itself says that they show nothing (Default_Ignorable_Code_Point,
// Unicode Standard Annex 44) or fonts leave them blank.
func visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r != 0x7f
	}
	if r == 0x2800 || r == 0x034f { // braille pattern blank, combining grapheme joiner
		return false
	}
	return unicode.IsPrint(r) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// wide lists the characters that take two columns of a terminal: East Asian Width W and F
// (Unicode Standard Annex 11, data of Unicode 15), neighbouring ranges joined over unassigned gaps.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x2329, 0x232a, 1}, {0x23e9, 0x23ec, 1},
		{0x23f0, 0x23f0, 1}, {0x23f3, 0x23f3, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1}, {0x267f, 0x267f, 1}, {0x2693, 0x2693, 1}, {0x26a1, 0x26a1, 1},
		{0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x26c4, 0x26c5, 1}, {0x26ce, 0x26ce, 1},
		{0x26d4, 0x26d4, 1}, {0x26ea, 0x26ea, 1}, {0x26f2, 0x26f3, 1}, {0x26f5, 0x26f5, 1},
		{0x26fa, 0x26fa, 1}, {0x26fd, 0x26fd, 1}, {0x2705, 0x2705, 1}, {0x270a, 0x270b, 1},
		{0x2728, 0x2728, 1}, {0x274c, 0x274c, 1}, {0x274e, 0x274e, 1}, {0x2753, 0x2755, 1},
		{0x2757, 0x2757, 1}, {0x2795, 0x2797, 1}, {0x27b0, 0x27b0, 1}, {0x27bf, 0x27bf, 1},
		{0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b50, 1}, {0x2b55, 0x2b55, 1}, {0x2e80, 0x303e, 1},
		{0x3041, 0x4dbf, 1}, {0x4e00, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe10, 0xfe19, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18d08, 1}, {0x1aff0, 0x1b2fb, 1}, {0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1},
		{0x1f18e, 0x1f18e, 1}, {0x1f191, 0x1f19a, 1}, {0x1f200, 0x1f320, 1}, {0x1f32d, 0x1f335, 1},
		{0x1f337, 0x1f37c, 1}, {0x1f37e, 0x1f393, 1}, {0x1f3a0, 0x1f3ca, 1}, {0x1f3cf, 0x1f3d3, 1},
		{0x1f3e0, 0x1f3f0, 1}, {0x1f3f4, 0x1f3f4, 1}, {0x1f3f8, 0x1f43e, 1}, {0x1f440, 0x1f440, 1},
		{0x1f442, 0x1f4fc, 1}, {0x1f4ff, 0x1f53d, 1}, {0x1f54b, 0x1f567, 1}, {0x1f57a, 0x1f57a, 1},
		{0x1f595, 0x1f596, 1}, {0x1f5a4, 0x1f5a4, 1}, {0x1f5fb, 0x1f64f, 1}, {0x1f680, 0x1f6c5, 1},
		{0x1f6cc, 0x1f6cc, 1}, {0x1f6d0, 0x1f6df, 1}, {0x1f6eb, 0x1f6fc, 1}, {0x1f7e0, 0x1f7f0, 1},
		{0x1f90c, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}

// width is how many columns of a terminal r takes. Medial and final Hangul letters join the one
// before them, as combining marks do.
func width(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me), r >= 0x1160 && r <= 0x11ff:
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// columns is how many columns of a terminal s takes. s is clean.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

// appendJSON appends s as a JSON string (RFC 8259, section 7) of printable characters: whatever
// Clean would not show is escaped, and so are < > & for the sake of a page that embeds it.
// Octets that are not UTF-8 become U+FFFD. A reader gets back all the rest as it was.
func appendJSON(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if bare[s[i]] {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r >= utf8.RuneSelf && !(r == utf8.RuneError && n == 1) && visible(r) {
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscaped(dst, r)
		i += n
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// bare tells which octets stand in a JSON string as they are.
var bare = func() (b [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		b[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return b
}()

func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendHex4(appendHex4(dst, high), low)
	}
	return appendHex4(dst, r)
}

func appendHex4(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// printable escapes in finished JSON what encoding/json leaves as it is and Clean would not
// show. Outside its strings JSON has only ASCII, and so has every escape.
func printable(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/16)
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == 0x7f || r >= utf8.RuneSelf && !visible(r) {
			out = appendEscaped(out, r)
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}
