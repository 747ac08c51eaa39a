package classify

// maxNameText bounds the text of a name, in octets: RFC 1035, section 2.3.4 gives a name 255.
// A longer one, which only escapes can make, ends in three dots: no name has an empty label.
const maxNameText = 255

// Names from the wire are written as master files write them (RFC 1035, section 5.1): an octet
// that is no printable ASCII is a backslash and three digits, a dot inside a label and a
// backslash have a backslash before them. So each name has one text, and no text deceives:
// internationalised names stay the A-labels that they are on the wire (RFC 5890, section
// 2.3.2.1) and are never decoded, since letters of other scripts look like Latin ones.

// appendOctet appends one octet of a name, unless it would not fit.
func appendOctet(dst []byte, b byte, plain bool) []byte {
	switch {
	case len(dst) > maxNameText:
	case plain:
		dst = append(dst, b)
	case b > ' ' && b < 0x7f:
		dst = append(dst, '\\', b)
	default:
		dst = append(dst, '\\', '0'+b/100, '0'+b/10%10, '0'+b%10)
	}
	return dst
}

// bounded cuts a text that did not fit, at the end of a whole escape.
func bounded(dst []byte) []byte {
	if len(dst) <= maxNameText {
		return dst
	}
	at := 0
	for {
		n := 1
		if dst[at] == '\\' {
			if n = 2; at+1 < len(dst) && digit(dst[at+1]) {
				n = 4
			}
		}
		if at+n > maxNameText-3 {
			return append(dst[:at], "..."...)
		}
		at += n
	}
}

// labelText appends a DNS label, in lower case: DNS tells no case, and some resolvers shuffle it
// (draft-vixie-dnsext-dns0x20).
func labelText(dst, label []byte) []byte {
	for _, b := range label {
		dst = appendOctet(dst, lower(b), b > ' ' && b < 0x7f && b != '.' && b != '\\')
	}
	return dst
}

// hostText appends the name of a host in one piece, as SNI and certificates have it.
func hostText(dst, name []byte) []byte {
	for _, b := range name {
		dst = appendOctet(dst, lower(b), b > ' ' && b < 0x7f && b != '\\')
	}
	return bounded(dst)
}

// certificateText is hostText for what may be a common name: words, with blanks and case.
func certificateText(dst, name []byte) []byte {
	for _, b := range name {
		dst = appendOctet(dst, b, b >= ' ' && b < 0x7f && b != '\\')
	}
	return bounded(dst)
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
