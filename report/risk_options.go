package report

import (
	"cmp"
	"slices"
	"strconv"
)

// riskOptions are what may be done about a host, and what each would have changed in this capture.
func riskOptions(h *Host, r *hostReach) []RiskOption {
	all := h.all()
	out := []RiskOption{{"allow", "Nothing would have changed: " + counted(all.Peers(), "peer", "peers") + " in " +
		counted(h.Countries, "country", "countries") + ", " + octets(all.OctetsOut) + " out and " + octets(all.OctetsIn) + " in."}}
	for _, words := range restrictions(h, r) {
		out = append(out, RiskOption{"restrict", words})
	}
	if r != nil && r.direct.peers > 0 {
		out = append(out, RiskOption{"replace", "By a service that has servers of its own, in place of " + Clean(shareNames(h.Families), 80) + ": no contact with " +
			counted(r.direct.peers, "direct peer", "direct peers") + "; " + r.direct.words() + " would have gone through that service's provider."})
	}
	told := counted(all.Peers(), "new peer", "new peers")
	if h.Countries > 0 {
		told += " and " + counted(h.Countries, "first contact with a country", "first contacts with a country")
	}
	return append(out, RiskOption{"monitor", "Nothing would have been cut; peeratlas watch would have told of the host's first peer-to-peer flow, " + told + "."})
}

// restrictions are ways to allow a part, with what each would have cut.
func restrictions(h *Host, r *hostReach) []string {
	if r == nil {
		return nil
	}
	var out []string
	if len(r.denied) > 0 {
		var cut amount
		for _, a := range r.denied {
			cut.peers, cut.out, cut.in = cut.peers+1, cut.out+a.out, cut.in+a.in
		}
		out = append(out, "By the policy, enforced: contact with "+counted(cut.peers, "peer", "peers")+" would have been cut, with "+cut.words()+".")
	}
	if code, kept := r.busiest(); code != "" && len(r.rows) > 1 {
		cut := amount{r.all.peers - kept.peers, r.all.out - kept.out, r.all.in - kept.in, r.all.shared}
		out = append(out, "To the country with most octets, "+rowWords(code)+", alone: "+counted(cut.peers, "peer", "peers")+" of "+
			grouped(r.all.peers)+" would have been cut, in "+counted(uint64(len(r.rows)-1), "other country or place", "other countries and places")+
			", with "+cut.words()+".")
	}
	if r.relays.peers > 0 && r.direct.peers > 0 {
		out = append(out, "To direct peers, relays denied: "+counted(r.relays.peers, "peer", "peers")+" would have been cut, with "+r.relays.words()+".")
	}
	if len(h.Sockets) > 0 {
		s := &h.Sockets[0]
		out = append(out, "By closing "+Clean(s.Protocol, 8)+"/"+strconv.Itoa(int(s.Port))+", its busiest port: contact with "+counted(s.Peers, "peer", "peers")+
			" would have been cut; programs may choose another port.")
	}
	return out
}

// busiest is the country with most octets: "" if all peers are elsewhere.
func (r *hostReach) busiest() (code string, of amount) {
	codes := make([]string, 0, len(r.rows))
	for c := range r.rows {
		if isCountry(c) {
			codes = append(codes, c)
		}
	}
	if len(codes) == 0 {
		return "", amount{}
	}
	slices.SortFunc(codes, func(x, y string) int {
		a, b := r.rows[x], r.rows[y]
		return cmp.Or(cmp.Compare(b.out+b.in, a.out+a.in), cmp.Compare(b.peers, a.peers), cmp.Compare(x, y))
	})
	return codes[0], *r.rows[codes[0]]
}

// words are the octets, and whether they may be less.
func (a *amount) words() string {
	most := ""
	if a.shared {
		most = "at most "
	}
	return most + octets(a.out) + " out and " + octets(a.in) + " in"
}
