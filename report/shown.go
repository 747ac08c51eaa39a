package report

import (
	"net/netip"

	"peeratlas/classify/flow"
)

// What this package writes in tables is for other rooms to write alike.

// Printable escapes in finished JSON, as encoding/json writes it, the characters that Clean would
// not show, so that it can be shown on a terminal.
func Printable(json []byte) []byte { return printable(json) }

// Columns is how many columns of a terminal s takes. s is as Clean returns it.
func Columns(s string) int { return columns(s) }

// Grouped writes n with a comma between thousands.
func Grouped(n uint64) string { return grouped(n) }

// Octets writes a number of octets in decimal multiples (IEC 80000-13), with two or three digits.
func Octets(n uint64) string { return octets(n) }

// Counted writes a number with its noun, in the plural unless it is one.
func Counted(n uint64, one, many string) string { return counted(n, one, many) }

// Wrap breaks clean text into lines of at most so many columns, between words where it can.
func Wrap(s string, most int) []string { return wrap(s, most) }

// FlowFilter is a Wireshark display filter for the packets of a flow, in any tunnel.
func FlowFilter(k *flow.Key) string { return flowFilter(k) }

// Strongest is the claim that counts most in r's verdict, for or against; "" if none was made.
func (r *Record) Strongest() string { return strongest(&r.Verdict) }

// Place is the row that the address at end e of the flow is counted in: a country's code, Anycast,
// or one of geo's words.
func (r *Record) Place(e int) string { return rowOf(&r.Location[e&1]) }

// AddressFilter is a display filter for all packets from or to an address.
func AddressFilter(a netip.Addr) string { return addressTerm(a) }
