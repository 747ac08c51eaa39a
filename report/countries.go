package report

import (
	"cmp"
	"slices"

	"peeratlas/geo"
)

// row gathers one country's peers.
type row struct {
	Country
	networks map[uint32]*Network
	hosts    map[int32]bool
	families [maxFamilies]uint32
	first    int64
	last     int64
}

// finishCountries adds up the peers and the reported addresses by country.
func (b *Builder) finishCountries(told []Reported) []Country {
	rows := map[string]*row{}
	of := b.hostsOf()
	for i := range b.peer {
		b.addToRow(rowFor(rows, rowOf(&b.peer[i].location)), &b.peer[i], of[i])
	}
	for i := range told {
		rowFor(rows, told[i].Row).Reported++
	}
	for code, t := range b.rest {
		r := rowFor(rows, code)
		r.P2P.add(t[0])
		r.Likely.add(t[1])
	}
	out := make([]Country, 0, len(rows))
	for _, r := range rows {
		out = append(out, b.finishRow(r))
	}
	slices.SortFunc(out, byPeers)
	return out
}

func rowFor(rows map[string]*row, code string) *row {
	r := rows[code]
	if r == nil {
		r = &row{Country: Country{Code: code, Name: rowName(code)}, networks: map[uint32]*Network{}, hosts: map[int32]bool{}}
		rows[code] = r
	}
	return r
}

// rowName is what a row is called in a table.
func rowName(code string) string {
	if code == Anycast {
		return "Anycast networks"
	}
	return geo.CountryName(code)
}

func (b *Builder) addToRow(r *row, p *peer, hosts []int32) {
	if r.first == 0 && r.last == 0 {
		r.first, r.last = p.first, p.last
	}
	r.first, r.last = min(r.first, p.first), max(r.last, p.last)
	if p.p2p {
		r.P2P.add(p.tally())
		if p.relayed {
			r.Relayed++
		}
		if p.location.Hosting {
			r.Hosting++
		}
	} else {
		r.Likely.add(p.tally())
	}
	for _, h := range hosts {
		r.hosts[h] = true
	}
	for i := range b.families {
		if p.families.has(i) {
			r.families[i]++
		}
	}
	if p.location.ASN != 0 {
		n := r.networks[p.location.ASN]
		if n == nil {
			n = &Network{ASN: p.location.ASN, Org: p.location.ASOrg}
			r.networks[n.ASN] = n
		}
		n.Org = min(n.Org, p.location.ASOrg)
		n.Peers++
	}
}

func (b *Builder) finishRow(r *row) Country {
	c := r.Country
	if r.P2P.Peers()+r.Likely.Peers() > 0 {
		c.First, c.Last = at(r.first), at(r.last)
	}
	c.Hosts = uint64(len(r.hosts))
	c.Families = b.shares(r.families[:])
	c.Networks = make([]Network, 0, len(r.networks))
	for _, n := range r.networks {
		c.Networks = append(c.Networks, *n)
	}
	slices.SortFunc(c.Networks, func(x, y Network) int {
		return cmp.Or(cmp.Compare(y.Peers, x.Peers), cmp.Compare(x.ASN, y.ASN))
	})
	if len(c.Networks) > maxTop {
		c.Networks = slices.Clone(c.Networks[:maxTop])
	}
	return c
}

// byPeers puts countries before the words that are none, and those with most peers first:
// what exchanged data weighs more than what was only probed.
func byPeers(x, y Country) int {
	kind := func(c *Country) int {
		if c.IsCountry() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(kind(&x), kind(&y)),
		cmp.Compare(y.P2P.Exchanged, x.P2P.Exchanged), cmp.Compare(y.P2P.Probed, x.P2P.Probed),
		cmp.Compare(y.P2P.Flows, x.P2P.Flows), cmp.Compare(y.Likely.Peers(), x.Likely.Peers()),
		cmp.Compare(y.P2P.OctetsOut+y.P2P.OctetsIn, x.P2P.OctetsOut+x.P2P.OctetsIn), cmp.Compare(x.Code, y.Code))
}
