package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// worldArea is one area of the map, as report/generate made it of Natural Earth.
type worldArea struct {
	Code string // "-" if ISO 3166-1 has none for it
	X, Y int    // where its label stands
	Mark bool   // too small to be seen as an area
	Path string
}

var world = sync.OnceValue(func() []worldArea {
	var out []worldArea
	for line := range strings.Lines(readParts("html/world.tsv")) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		x, _ := strconv.Atoi(f[1])
		y, _ := strconv.Atoi(f[2])
		out = append(out, worldArea{Code: f[0], X: x, Y: y, Mark: f[3] == "mark", Path: f[4]})
	}
	return out
})

// Units of the map, as report/generate draws it.
const (
	worldWidth  = 2000
	worldHeight = 880
)

// mapView is the map with what was found on it.
type mapView struct {
	Sea    string
	Ground string       // outline of all areas where nothing was found
	Areas  []mapCountry // with peers, as areas
	Marks  []mapCountry // with peers, too small for an area
	Wide   []mapLabel   // numbers for a wide page
	Narrow []mapLabel   // for a narrow one: larger, and fewer
	Places []mapPlace
}

// mapCountry is a country with peers.
type mapCountry struct {
	Code, Name, Words string
	Class             string // how it is filled
	Path              string
	X, Y, R           int
	Peers             uint64
}

type mapLabel struct {
	X, Y int
	Text string
	Dark bool // on a dark fill
}

// mapPlace is a place of its own for what is in no country, or not in one alone.
type mapPlace struct {
	Name, Words, Filter string
	ID                  string // of its row, "" if it has none
	Number              uint64
	Also                bool // also counted in countries
}

// Map places the rows on the map.
func (p *htmlView) Map() *mapView { return mapOf(p.Countries, p.Totals) }

// mapOf places rows of countries on the map.
func mapOf(list []Country, t Totals) *mapView {
	m := &mapView{Places: placesOf(list, t)}
	rows := map[string]*Country{}
	for i := range list {
		rows[list[i].Code] = &list[i]
	}
	var ground strings.Builder
	for _, a := range world() {
		if a.Code == "*" {
			m.Sea = a.Path
			continue
		}
		c := rows[a.Code]
		if c == nil || c.P2P.Peers()+c.Likely.Peers() == 0 {
			if !a.Mark {
				ground.WriteString(a.Path)
			}
			continue
		}
		out := countryOnMap(a, c)
		if a.Mark {
			m.Marks = append(m.Marks, out)
		} else {
			m.Areas = append(m.Areas, out)
		}
	}
	m.Ground = ground.String()
	m.Wide, m.Narrow = m.labels(24), m.labels(46)
	return m
}

func countryOnMap(a worldArea, c *Country) mapCountry {
	out := mapCountry{Code: a.Code, Name: rowWords(c.Code), Path: a.Path, X: a.X, Y: a.Y, R: 9, Peers: c.P2P.Peers()}
	out.Words = counted(c.P2P.Exchanged, "peer", "peers") + " exchanged data, " + grouped(c.P2P.Probed) + " only probed"
	if n := c.Likely.Peers(); n > 0 {
		out.Words += ", " + grouped(n) + " likely"
		out.Peers += n
	}
	out.Class = fillOf(c)
	return out
}

// fillOf tells how a country is filled: by the peers that exchanged data, or as one where none did.
func fillOf(c *Country) string {
	n := c.P2P.Exchanged
	switch {
	case n >= 100:
		return "x4"
	case n >= 10:
		return "x3"
	case n >= 2:
		return "x2"
	case n == 1:
		return "x1"
	}
	return "x0"
}

// labels are the numbers that have room, the largest first: who has none is told by the title and
// by the table.
func (m *mapView) labels(size int) []mapLabel {
	all := slices.Concat(m.Areas, m.Marks)
	slices.SortStableFunc(all, func(x, y mapCountry) int {
		return cmp.Or(cmp.Compare(y.Peers, x.Peers), cmp.Compare(len(y.Path), len(x.Path)))
	})
	type box struct{ x0, y0, x1, y1 int }
	var taken []box
	for _, c := range m.Marks {
		taken = append(taken, box{c.X - c.R, c.Y - c.R, c.X + c.R, c.Y + c.R})
	}
	var out []mapLabel
	for _, c := range all {
		text := grouped(c.Peers)
		half := (utf8.RuneCountInString(text)*size*65/100 + 10) / 2
		l := mapLabel{X: c.X, Y: c.Y, Text: text, Dark: c.Path != "" && c.R == 9 && (c.Class == "x3" || c.Class == "x4")}
		if slices.ContainsFunc(m.Marks, func(o mapCountry) bool { return o.Code == c.Code }) {
			l.X, l.Dark = min(c.X+c.R+half+2, worldWidth-half), false
		}
		b := box{l.X - half, l.Y - size/2, l.X + half, l.Y + size/2}
		if slices.ContainsFunc(taken, func(o box) bool { return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 }) {
			continue
		}
		taken = append(taken, b)
		out = append(out, l)
	}
	return out
}

// placesOf are what the map has no country for, each with its own words: nothing is hidden, and
// nothing is put into a country that it is not known to be in.
func placesOf(list []Country, t Totals) []mapPlace {
	drawn := map[string]bool{}
	for _, a := range world() {
		drawn[a.Code] = true
	}
	var out []mapPlace
	for i := range list {
		c := &list[i]
		n := c.P2P.Peers() + c.Likely.Peers()
		if n == 0 || drawn[c.Code] {
			continue
		}
		place := mapPlace{Name: rowWords(c.Code), Number: n, ID: rowID(c.Code), Filter: rowID(c.Code)}
		switch c.Code {
		case Anycast:
			place.Words = "announced from many places"
		case "private":
			place.Words = "inside, or behind a router"
		case "unknown":
			place.Words = "in no database"
		case "multicast":
			place.Words = "to a group, not to one"
		default:
			place.Words = "not on this map"
		}
		out = append(out, place)
	}
	if n := t.Relayed; n > 0 {
		out = append(out, mapPlace{Name: "Relays", Words: "the country is the relay's", Number: n, Filter: "relayed", Also: true})
	}
	if n := t.Hosting; n > 0 {
		out = append(out, mapPlace{Name: "Hosting providers", Words: "rented machines", Number: n, Filter: "hosting", Also: true})
	}
	if n := t.Reported; n > 0 {
		out = append(out, mapPlace{Name: "Told of in signalling", Words: "packets to them may not exist", Number: n})
	}
	return out
}
