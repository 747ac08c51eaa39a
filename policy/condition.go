package policy

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	"go4.org/netipx"

	"peeratlas/classify"
	"peeratlas/report"
)

// Families lists the words for families that detectors have, and unknown.
var Families = sync.OnceValue(func() []string {
	known := []string{"unknown"}
	for _, c := range classify.Claims() {
		if c.Family != "" && !slices.Contains(known, c.Family) {
			known = append(known, c.Family)
		}
	}
	slices.Sort(known)
	return known
})

// condition reads one key of a Match.
func (r *reader) condition(m *Match, key string, n *yaml.Node, g *groups) {
	switch key {
	case "hosts":
		m.Hosts, _ = r.networks(n, key, false)
	case "peers":
		m.Peers, m.PeerNames = r.networks(n, key, true)
	case "countries":
		m.Countries = map[string]bool{}
		r.countries(n, key, g, m.Countries)
	case "asns":
		m.ASNs = r.asns(n)
	case "as_orgs":
		r.words(n, key, `["example hosting*"]`, func(n *yaml.Node, word string) {
			m.ASOrgs = append(m.ASOrgs, r.pattern(n, key, word))
		})
	case "families":
		m.Families = r.set(n, key, Families())
	case "paths":
		m.Paths = r.set(n, key, []string{classify.Direct.String(), classify.Relayed.String(), classify.Probe.String()})
	case "contact":
		m.Contact = r.set(n, key, []string{report.Exchanged, report.Probed})
	case "began":
		m.Began = r.set(n, key, []string{report.SideHost, report.SidePeer})
	case "verdict":
		m.P2P = r.word(n, key, "p2p", "likely") == "p2p"
	case "probability":
		m.Probability = r.probability(n)
	}
	m.words = append(m.words, inWords(key, n))
}

// inWords says a condition as it was written.
func inWords(key string, n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode {
		return key + " " + n.Value
	}
	const most = 12
	var words []string
	for i, c := range n.Content {
		if i == most {
			words = append(words, "and "+strconv.Itoa(len(n.Content)-most)+" more")
			break
		}
		words = append(words, c.Value)
	}
	return strings.ReplaceAll(key, "as_orgs", "AS organisations") + " " + strings.Join(words, ", ")
}

// set reads a list of words of which all are known.
func (r *reader) set(n *yaml.Node, key string, known []string) map[string]bool {
	set := map[string]bool{}
	r.words(n, key, "["+known[0]+"]", func(n *yaml.Node, word string) {
		if !slices.Contains(known, word) {
			r.fail(n, "%s: %q is not known; %s", key, shorten(word), suggest(word, known))
			return
		}
		set[word] = true
	})
	return set
}

// networks reads prefixes and addresses, and patterns of names if these are allowed.
func (r *reader) networks(n *yaml.Node, key string, names bool) (*netipx.IPSet, []string) {
	var b netipx.IPSetBuilder
	var patterns []string
	any := false
	r.words(n, key, "[192.0.2.0/24]", func(n *yaml.Node, word string) {
		p, problem := prefix(word)
		switch {
		case problem == "":
			any = true
			b.AddPrefix(p)
		case names && !strings.ContainsAny(word, "/: ") && strings.ContainsAny(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz*"):
			patterns = append(patterns, r.pattern(n, key, word))
		default:
			r.fail(n, "%s: %q is no network: %s", key, shorten(word), problem)
		}
	})
	set, err := b.IPSet()
	if err != nil || !any {
		return nil, patterns
	}
	return set, patterns
}

// prefix reads a network; problem says what is wrong with it.
func prefix(word string) (p netip.Prefix, problem string) {
	if a, err := netip.ParseAddr(word); err == nil {
		if a.Zone() != "" {
			return p, "a zone has no meaning here; write the address without %" + a.Zone()
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), ""
	}
	p, err := netip.ParsePrefix(word)
	if err != nil {
		return p, "write such as 192.0.2.0/24, 2001:db8::/32 or one address"
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, "write IPv4 networks such as 192.0.2.0/24"
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return p, "it has bits beyond its length; write " + p.Masked().String() + ", or the one address " + p.Addr().String()
	}
	return p, ""
}

// asns reads numbers of autonomous systems: 64500, or AS64500.
func (r *reader) asns(n *yaml.Node) map[uint32]bool {
	set := map[uint32]bool{}
	r.words(n, "asns", "[64500, AS64501]", func(n *yaml.Node, word string) {
		v, err := strconv.ParseUint(strings.TrimPrefix(word, "AS"), 10, 32)
		if err != nil || v == 0 { // RFC 7607
			r.fail(n, "asns: %q is no number of an autonomous system; write 64500 or AS64500, from 1 to 4294967295", shorten(word))
			return
		}
		set[uint32(v)] = true
	})
	return set
}

// pattern reads a pattern, in lower case.
func (r *reader) pattern(n *yaml.Node, key, word string) string {
	if len(word) > maxText {
		r.fail(n, "%s: a pattern is longer than %d octets; say it shorter", key, maxText)
	}
	if strings.Trim(word, "*.") == "" {
		r.fail(n, "%s: %q fits every name, and addresses without one never; leave the key out to mean all", key, shorten(word))
	}
	return strings.ToLower(word)
}

// fits tells whether name is as pattern says, in which * stands for any characters, none too. Both
// are in lower case. It takes time by the product of their lengths at most.
func fits(pattern, name string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
