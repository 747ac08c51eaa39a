package capture

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Options that are only written (draft-ietf-opsawg-pcapng, sections 3.5, 4.1, 4.2, 4.3 and 4.6).
const (
	optionComment     = 1 // of any block
	optionHardware    = 2 // shb_hardware
	optionSystem      = 3 // shb_os
	optionApplication = 4 // shb_userappl
	optionName        = 2 // if_name
	optionDescription = 3 // if_description
	optionFilter      = 11
	optionFlags       = 2 // epb_flags
	optionStart       = 2 // isb_starttime
	optionEndTime     = 3 // isb_endtime
	optionIfReceived  = 4 // isb_ifrecv
	optionDelivered   = 8 // isb_usrdeliv
)

// mostText bounds the octets of one text. The format has room for 65,535, and pcapgo's reader
// for 65,532 (it adds the padding in 16 bits); a reader of comments wants fewer.
const mostText = 16 << 10

// cleanComment makes text that may come from the wire fit for an option: UTF-8, as the format
// asks, without control characters but line ends, and without those that change the order of what
// is shown. What it is clean already, which most is, stays as it is and costs no memory.
func cleanComment(s string) string {
	if cleanText(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() < mostText-utf8.UTFMax; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || !harmless(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func cleanText(s string) bool {
	if len(s) >= mostText || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !harmless(r) {
			return false
		}
	}
	return true
}

func harmless(r rune) bool {
	return r == '\n' || r >= ' ' && r < 0x7f || r > 0x9f && (unicode.IsPrint(r) || r == utf8.RuneError)
}
