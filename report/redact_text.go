package report

import (
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"
)

// What may tell of a host within text, in the order in which it is looked for.
var (
	macText    = regexp.MustCompile(`\b[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}\b`)
	nibbleText = regexp.MustCompile(`(?i)\b([0-9a-f]\.){16,32}ip6\.arpa\b`)
	arpaText   = regexp.MustCompile(`(?i)\b([0-9]{1,3}\.){1,4}in-addr\.arpa\b`)
	quadText   = regexp.MustCompile(`[0-9]{1,3}([.-][0-9]{1,3}){3}`)
	colonText  = regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*`)
	nameText   = regexp.MustCompile(`[\pL\pN_-]+(\.[\pL\pN_-]+)*`)
)

// text hides what text tells of hosts: their addresses in any notation that is common in names, MAC
// addresses and names. Of other addresses only those of peers stay: an address that signalling told
// may be the one that the network has outside.
func (r *Redactor) text(s string) string {
	if s == "" {
		return s
	}
	s = r.folders.Replace(s)
	s = macText.ReplaceAllStringFunc(s, func(m string) string {
		return "mac-" + hex.EncodeToString(r.digest([]byte(strings.ToLower(strings.ReplaceAll(m, "-", ":"))))[:4])
	})
	s = nibbleText.ReplaceAllString(s, "reverse name")
	s = arpaText.ReplaceAllString(s, "reverse name")
	s = quadText.ReplaceAllStringFunc(s, func(m string) string { return r.address(m, strings.ReplaceAll(m, "-", ".")) })
	s = colonText.ReplaceAllStringFunc(s, func(m string) string {
		bare := strings.TrimRight(m, ".:")
		if strings.HasPrefix(m[len(bare):], "::") {
			bare += "::"
		}
		return r.address(bare, bare) + m[len(bare):]
	})
	return nameText.ReplaceAllStringFunc(s, func(m string) string {
		if r.names[strings.ToLower(m)] {
			return "host-name"
		}
		return m
	})
}

// address is what stands for an address in text: as it was written if it is a peer's, or none.
func (r *Redactor) address(written, text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsUnspecified() || isStandIn(a) {
		return written
	}
	a = a.Unmap()
	if !r.hides(a) && r.public[a] {
		return written
	}
	return string(pseudonym([]byte(r.standIn(a).String())))
}
