package report

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"peeratlas/geo"
)

// Redactor gives hosts pseudonyms, the same for the same host and key: host-8f3a-c01d. It covers
// addresses of hosts and of home networks wherever they stand, what hosts are called, MAC
// addresses, and what could be turned back into any of them. One goroutine uses it, for one report:
// Summary, Page, then Writer. Nil redacts nothing.
//
// Within a Summary a pseudonym is an address of 100::/64, which no packet bears (RFC 6666): 100::8f3a:c01d. It has
// as many characters as the pseudonym, so that tables keep their columns; Writer puts that in its place.
type Redactor struct {
	key     []byte
	home    geo.Home
	learnt  []netip.Prefix
	hosts   map[netip.Addr]bool       // outside the home networks
	public  map[netip.Addr]bool       // peers, which the report is about
	given   map[netip.Addr]netip.Addr // stand-ins of hosts
	taken   map[netip.Addr]bool       // stand-ins
	names   map[string]bool           // of hosts, in lower case
	folders *strings.Replacer         // paths of inputs to their last parts
}

// LeastRedactKey is how many octets a key has at least: fewer could be tried out.
const LeastRedactKey = 16

// NewRedactor returns a Redactor. Who has the key can tell which host a pseudonym stands for, by
// trying all addresses; nil makes a random one, which is kept nowhere.
func NewRedactor(key []byte, home geo.Home) *Redactor {
	if key == nil {
		key = make([]byte, sha256.Size)
		rand.Read(key) // never fails (crypto/rand)
	}
	return &Redactor{key: key, home: home, hosts: map[netip.Addr]bool{}, public: map[netip.Addr]bool{}, given: map[netip.Addr]netip.Addr{},
		taken: map[netip.Addr]bool{}, names: map[string]bool{}, folders: strings.NewReplacer()}
}

// standIns are where pseudonyms stand within a Summary.
var standIns = netip.MustParsePrefix("100::/64")

// isStandIn tells whether an address is a pseudonym: filters leave it out.
func isStandIn(a netip.Addr) bool { return standIns.Contains(a) }

// Summary redacts s in place.
func (r *Redactor) Summary(s *Summary) {
	if r == nil {
		return
	}
	r.learn(s)
	for i := range s.Hosts {
		h := &s.Hosts[i]
		h.Name, h.NameSource, h.NameTime = "", "", time.Time{}
	}
	if s.Joined != nil {
		told := s.Joined.warnings() // they name files, as much as a line has room for
		s.Warnings = slices.DeleteFunc(s.Warnings, func(w string) bool { return slices.Contains(told, w) })
		r.listings(s.Joined)
	}
	for i := range s.Peers {
		if p := &s.Peers[i]; r.hides(p.Addr) {
			p.Name, p.NameSource, p.NameTime, p.NameECH = "", "", time.Time{}, false
		}
	}
	if p := s.Policy; p != nil {
		p.File = filepath.Base(p.File)
		r.breaches(p.Breaches)
		r.breaches(p.Warnings)
	}
	for i := range s.Databases {
		s.Databases[i].Path = filepath.Base(s.Databases[i].Path)
	}
	s.Home = homeHidden(s.Home)
	s.Coverage.LearntHome, s.Next = nil, nil
	r.walk(reflect.ValueOf(s).Elem())
	s.Warnings = append(s.Warnings, s.Joined.warnings()...)
}

// Page redacts what a page holds beside the Summary, in place, after Summary. The command line, which may
// hold anything, is left out.
func (r *Redactor) Page(o *HTMLOptions) {
	if r == nil {
		return
	}
	o.Redacted, o.Settings = true, nil
	o.Title = r.text(o.Title)
	for i := range o.Inputs {
		o.Inputs[i].Name = r.text(filepath.Base(o.Inputs[i].Name))
		o.Inputs[i].Problem = r.text(o.Inputs[i].Problem)
	}
	if o.Diff == nil {
		return
	}
	o.Diff.Before.Coverage, o.Diff.After.Coverage = nil, nil // of the Summary, which is redacted
	o.Diff.Before.Input, o.Diff.After.Input = filepath.Base(o.Diff.Before.Input), filepath.Base(o.Diff.After.Input)
	told := o.Diff.Joined.warnings()
	if o.Diff.Joined != nil {
		r.listings(o.Diff.Joined)
	}
	for i := range o.Diff.Hosts {
		h := &o.Diff.Hosts[i]
		r.hosts[h.Addr] = true
		for _, list := range [][]DiffPeer{h.Gained, h.Lost, h.Stayed} {
			for k := range list {
				if r.hides(list[k].Addr) {
					list[k].Name = ""
				}
			}
		}
	}
	listed := slices.Contains(told, o.Diff.Warning)
	r.walk(reflect.ValueOf(o.Diff).Elem())
	if listed {
		o.Diff.Warning = o.Diff.Joined.warnings()[0]
	}
}

// hides tells whether an address is a host's, or of a home network.
func (r *Redactor) hides(a netip.Addr) bool {
	if !a.IsValid() || a.IsUnspecified() || isStandIn(a) {
		return false
	}
	if a = a.Unmap().WithZone(""); r.hosts[a] || r.home.Contains(a) {
		return true
	}
	for _, p := range r.learnt {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// standIn is the pseudonym of an address, as an address.
func (r *Redactor) standIn(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if s, known := r.given[a]; known {
		return s
	}
	for try := byte(0); ; try++ { // two hosts never share one
		sum := r.digest(append(a.AsSlice(), try))
		var octets [16]byte
		octets[0] = 1                                                                    // 0100::
		binary.BigEndian.PutUint32(octets[12:], binary.BigEndian.Uint32(sum)|0x80008000) // each part has four digits
		if s := netip.AddrFrom16(octets); !r.taken[s] {
			r.given[a], r.taken[s] = s, true
			return s
		}
	}
}

func (r *Redactor) digest(of []byte) []byte {
	h := hmac.New(sha256.New, r.key)
	h.Write(of)
	return h.Sum(nil)
}

// walk redacts all addresses and all text that v holds, whatever fields it has or will have.
func (r *Redactor) walk(v reflect.Value) {
	switch held := v.Interface().(type) {
	case netip.Addr:
		if r.hides(held) {
			v.Set(reflect.ValueOf(r.standIn(held)))
		}
		return
	case netip.Prefix:
		if r.hides(held.Addr()) {
			v.Set(reflect.ValueOf(netip.Prefix{}))
		}
		return
	case time.Time, Database:
		return
	case Owner: // who uses the host is hidden, what runs on it is not
		held.User, held.Name = "", r.text(held.Name)
		v.Set(reflect.ValueOf(held))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.text(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				r.walk(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			r.walk(v.Elem())
		}
	}
}

// standInText is how Writer finds stand-ins, also those that a narrow table cut short.
var standInText = regexp.MustCompile(`\b100::([89a-f][0-9a-f]{3}:[89a-f][0-9a-f]{3}\b|[0-9a-f:]*…)`)

// pseudonym is what people read of a stand-in, or of as much of it as is there.
func pseudonym(standIn []byte) []byte {
	return append([]byte("host-"), bytes.ReplaceAll(bytes.TrimPrefix(standIn, []byte("100::")), []byte(":"), []byte("-"))...)
}

// Writer returns a writer that puts pseudonyms in place of their stand-ins. A stand-in must be
// within one Write: all writers of this package write once.
func (r *Redactor) Writer(w io.Writer) io.Writer {
	if r == nil {
		return w
	}
	return pseudonyms{w}
}

type pseudonyms struct{ w io.Writer }

// Write passes p on; n is of p.
func (o pseudonyms) Write(p []byte) (n int, err error) {
	if _, err := o.w.Write(standInText.ReplaceAllFunc(p, pseudonym)); err != nil {
		return 0, err
	}
	return len(p), nil
}
