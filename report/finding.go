package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"peeratlas/geo"
)

// finding says in a sentence or two what was found. It holds no text of the wire: families are
// words of the detectors.
func finding(s *Summary) string {
	t := &s.Totals
	switch {
	case t.P2PFlows > 0:
		return foundP2P(s)
	case t.LikelyFlows > 0:
		return foundLikely(s)
	case t.Flows == 0 && s.Coverage.Filtered > 0 && s.Coverage.Filtered == s.Coverage.Packets:
		return "There was nothing to judge: the filter left out all of " + counted(s.Coverage.Packets, "packet", "packets") + "."
	case t.Flows == 0:
		return "There was nothing to judge: " + counted(s.Coverage.Packets, "packet", "packets") + ", no TCP or UDP flow."
	}
	text := "No encrypted peer-to-peer traffic was found: " + counted(t.Flows, "flow", "flows") + " of " +
		counted(s.Coverage.InFlows, "packet", "packets") + " looked at"
	if t.UnknownFlows > 0 {
		text += ", " + grouped(t.UnknownFlows) + " of them without payload to judge by"
	}
	return text + "."
}

func foundP2P(s *Summary) string {
	t := &s.Totals
	// Where neither end is inside the home networks there may be no host to speak of.
	who, verb := counted(t.Hosts, "host", "hosts"), " make"
	if t.Hosts == 1 {
		verb = " makes"
	}
	if t.Hosts == 0 {
		who, verb = counted(t.P2PFlows, "flow", "flows"), " are"
	}
	text := who + verb + " encrypted peer-to-peer connections (" + list(familyNames(s, true), 3) + "): "
	peers := counted(t.P2P.Exchanged, "peer", "peers") + inCountries(t.CountriesData) + " exchanged data"
	silent := grouped(t.P2P.Probed) + " more never answered"
	switch {
	case t.P2P.Exchanged == 0:
		peers = counted(t.P2P.Probed, "peer", "peers") + inCountries(t.Countries) + " tried, none answered"
	case t.P2P.Probed > 0:
		peers += ", " + silent
	}
	if s.Beyond.PeerFlows > 0 {
		text += "at least "
	}
	text += peers + "."
	if n := t.LikelyFlows; n > 0 {
		text += " " + counted(n, "more flow is", "more flows are") + " likely."
	}
	return text
}

func foundLikely(s *Summary) string {
	t := &s.Totals
	return "No flow is certainly encrypted peer-to-peer, but " + counted(t.LikelyFlows, "flow is", "flows are") +
		" likely to be (" + list(familyNames(s, false), 3) + "): with " + counted(t.Likely.Peers(), "peer", "peers") +
		inCountries(t.LikelyCountries) + "."
}

func inCountries(n uint64) string {
	if n == 0 {
		return ""
	}
	return " in " + counted(n, "country", "countries")
}

// familyNames lists the families of P2P flows, or of all, those with most flows first.
func familyNames(s *Summary, p2p bool) []string {
	var names []string
	for i := range s.Families {
		if f := &s.Families[i]; f.P2PFlows > 0 || !p2p {
			name := f.Name
			if name == "unknown" {
				name = "unknown application"
			}
			names = append(names, name)
		}
	}
	return names
}

// No payload travels over TCP unless both ends speak (RFC 9293, section 3.5), so if this share of
// such flows, of so many at least, shows one direction only, the mirror port loses the other.
const (
	oneWayShare = 0.2
	oneWayFlows = 5
)

// warnings lists what weakens the verdicts, the gravest first.
func (b *Builder) warnings(s *Summary) []string {
	c := &s.Coverage
	out := []string{}
	if c.Panics > 0 {
		out = append(out, "T"+c.panicWords()[1:]+".")
	}
	if c.Interrupted {
		out = append(out, "The reading was interrupted: this covers the beginning of the input only.")
	}
	if len(c.Lost) > 0 {
		out = append(out, "The input was damaged or incomplete: "+list(countWords(c.Lost), 8)+".")
	}
	if c.Cut > 0 {
		out = append(out, grouped(c.Cut)+" of "+counted(c.Packets, "packet was", "packets were")+
			" cut short, so evidence in payloads may be missing: capture them whole (tcpdump -s 0).")
	}
	if c.Evicted > 0 {
		out = append(out, counted(c.Evicted, "flow was", "flows were")+
			" judged early for want of memory, without the flows that came later.")
	}
	if c.Unobserved > 0 {
		out = append(out, "The payload of "+counted(c.Unobserved, "flow was", "flows was")+" not examined for want of memory.")
	}
	if c.SocketsBeyond > 0 {
		out = append(out, counted(c.SocketsBeyond, "socket was", "sockets were")+" not judged as a whole for want of memory: their flows stand alone.")
	}
	if c.HostsBeyond > 0 {
		out = append(out, "The hosts of "+counted(c.HostsBeyond, "likely flow", "likely flows")+" got no verdict for want of memory.")
	}
	if c.NamesEvicted > 0 {
		out = append(out, counted(c.NamesEvicted, "name of an address was", "names of addresses were")+" forgotten for want of memory.")
	}
	if r := c.Resolver; r != nil && r.Failed+r.NotAsked > 0 {
		out = append(out, "Names are incomplete: "+r.String()+".")
	}
	if s.Beyond.Any() {
		out = append(out, "More addresses than are kept: numbers of peers and hosts are lower bounds.")
	}
	if b.tcp >= oneWayFlows && float64(b.oneWay) >= oneWayShare*float64(b.tcp) {
		out = append(out, fmt.Sprintf("%s of %s TCP flows show one direction only: does the mirror port copy both?",
			grouped(b.oneWay), grouped(b.tcp)))
	}
	if c.Backwards > 0 {
		times := "once"
		if c.Backwards > 1 {
			times = grouped(c.Backwards) + " times"
		}
		out = append(out, "The capture's clock went backwards "+times+".")
	}
	if b.homeless > 0 {
		out = append(out, counted(b.homeless, "peer-to-peer flow has", "peer-to-peer flows have")+
			" no end inside the home networks: name yours with --home-net, so that hosts and peers are told apart.")
	}
	return append(out, databaseWarnings(s)...)
}

func databaseWarnings(s *Summary) []string {
	if len(s.Databases) == 0 {
		return []string{"No geo database was used: countries are unknown."}
	}
	// An address is best looked up in data of the capture's own time.
	year := 0
	for _, d := range s.Databases {
		if last := s.Coverage.Last; !last.IsZero() && d.Date.Sub(last) > 4*geo.StaleAfter {
			year = d.Date.Year()
			break
		}
	}
	old := staleWords(s.Databases)
	switch {
	case old != "" && year != 0:
		return []string{fmt.Sprintf("%s, the capture is of %d: holders changed.", old, s.Coverage.Last.Year())}
	case old != "":
		return []string{old + ": some addresses have changed hands."}
	case year != 0:
		return []string{fmt.Sprintf("The capture is of %d, the geo data of %d: holders have changed.", s.Coverage.Last.Year(), year)}
	}
	return nil
}

// staleWords says which databases are old; "" is none.
func staleWords(all []Database) string {
	what, stale := "", 0
	for _, d := range all {
		if !d.Stale {
			continue
		}
		stale++
		what = "Country data"
		if d.Kind == geo.KindASN {
			what = "AS data"
		}
	}
	if stale == 0 {
		return ""
	}
	if stale == len(all) {
		what = "Geo data"
	}
	return fmt.Sprintf("%s is over %d days old", what, int(geo.StaleAfter.Hours()/24))
}

// privateHome stands for the home networks that package geo assumes by itself.
const privateHome = "private addresses"

// homeWords writes the home networks; those that package geo assumes by itself as one word.
func homeWords(h geo.Home, learnt []netip.Prefix) []string {
	out := []string{}
	prefixes := h.Prefixes()
	standard, _ := geo.ParseHome(nil)
	if n := len(standard.Prefixes()); n <= len(prefixes) && slices.Equal(prefixes[:n], standard.Prefixes()) {
		out, prefixes = append(out, privateHome), prefixes[n:]
	}
	for _, p := range prefixes {
		out = append(out, p.String())
	}
	for _, p := range learnt {
		out = append(out, p.String()+" (by its stations)")
	}
	return out
}

// next is the command that shows most of what the summary leaves out. inputs are the captures
// as the user named them: a folder is one word, however many files it holds.
func next(s *Summary, inputs []string) []string {
	if len(s.Hosts) == 0 {
		return append([]string{"peeratlas", "flows"}, captures(inputs)...)
	}
	return append(append([]string{"peeratlas", "explain"}, captures(inputs)...), s.Hosts[0].Addr.String())
}

// captures are the inputs if they are few and may be typed again.
func captures(inputs []string) []string {
	var out []string
	for _, name := range inputs {
		if name == "-" || Clean(name, 0) != name {
			return []string{"CAPTURE"}
		}
		if strings.HasPrefix(name, "-") {
			name = "./" + name
		}
		out = append(out, name)
	}
	if len(out) == 0 || len(out) > 2 {
		return []string{"CAPTURE..."}
	}
	return out
}

// shellLine writes words so that a POSIX shell takes them for the same words.
func shellLine(words []string) string {
	out := slices.Clone(words)
	for i, w := range out {
		if w == "" || strings.ContainsFunc(w, needsQuote) {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

func needsQuote(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,@%+=", r))
}
