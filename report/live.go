package report

import (
	"bytes"
	"html/template"
)

// LivePage is what a page that shows a summary while it grows has in common with the HTML report.
type LivePage struct {
	Style  string        // palette, tables and map
	Script string        // sorting of tables (makeSortable) and buttons that copy (makeCopy)
	World  template.HTML // the map without peers: each country an element "m-CODE" to be filled
	Legend template.HTML // what the fills of the map mean
}

// Live returns the parts of the HTML report that a live page is made of.
func Live() (LivePage, error) {
	p := LivePage{Style: readParts("html/style.css", "html/tables.css", "html/map.css"), Script: readParts("html/sort.js", "html/copy.js")}
	for name, into := range map[string]*template.HTML{"world": &p.World, "legend": &p.Legend} {
		var b bytes.Buffer
		if err := htmlPage().page.ExecuteTemplate(&b, name, world()); err != nil {
			return LivePage{}, err
		}
		*into = template.HTML(b.String()) // of a template, and of outlines that are ours
	}
	return p, nil
}

// Named tells whether the area is of a country with a code.
func (a worldArea) Named() bool { return rowID(a.Code) != "" }

// PeerMap is where peers are, as the map shows it. All its text is clean.
type PeerMap struct {
	Areas  []MapArea  `json:"areas"`  // countries with peers
	Wide   []MapLabel `json:"wide"`   // numbers for a wide page
	Narrow []MapLabel `json:"narrow"` // for a narrow one: larger, and fewer
	Places []MapPlace `json:"places"` // what is in no country, or not in one alone
}

// MapArea is a country with peers.
type MapArea struct {
	Code  string `json:"country"`
	Name  string `json:"name"`
	Words string `json:"words"` // how many peers
	Fill  string `json:"fill"`  // x0 (none exchanged data) to x4 (100 and more did)
	Peers uint64 `json:"peers"`
}

// MapLabel is a number on the map, in units of its view box.
type MapLabel struct {
	X    int    `json:"x"`
	Y    int    `json:"y"`
	Text string `json:"text"`
	Dark bool   `json:"dark"` // on a dark fill
}

// MapPlace stands beside the map.
type MapPlace struct {
	Code  string `json:"country"` // row to ask for, "" if it has none
	Name  string `json:"name"`
	Words string `json:"words"`
	Peers uint64 `json:"peers"`
	Also  bool   `json:"also"` // counted in countries too
}

// NewPeerMap places rows of peers by country on the map of the HTML report.
func NewPeerMap(list []Country) PeerMap {
	var t Totals
	for i := range list {
		c := &list[i]
		t.Relayed += c.Relayed
		t.Hosting += c.Hosting
		t.Reported += c.Reported
	}
	m := mapOf(list, t)
	out := PeerMap{Areas: []MapArea{}, Wide: liveLabels(m.Wide), Narrow: liveLabels(m.Narrow), Places: []MapPlace{}}
	for _, part := range [][]mapCountry{m.Areas, m.Marks} {
		for _, c := range part {
			out.Areas = append(out.Areas, MapArea{c.Code, c.Name, c.Words, c.Class, c.Peers})
		}
	}
	for _, p := range m.Places {
		out.Places = append(out.Places, MapPlace{p.ID, p.Name, p.Words, p.Number, p.Also})
	}
	return out
}

func liveLabels(list []mapLabel) []MapLabel {
	out := make([]MapLabel, 0, len(list))
	for _, l := range list {
		out = append(out, MapLabel(l))
	}
	return out
}

// CountryName is what a row of countries is called, clean.
func CountryName(row string) string { return rowWords(row) }
