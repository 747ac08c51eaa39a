package policy

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"peeratlas/geo"
	"peeratlas/report"
)

// Hosting is the word among countries for addresses of hosting providers, wherever they are.
const Hosting = "hosting"

// placeWords stand among countries for places that are none.
var placeWords = []string{geo.Private, geo.Multicast, geo.Unknown, report.Anycast, Hosting}

// builtin are groups of countries that a treaty defines, by ISO 3166-1 code of the states alone:
// territories with a code of their own (GF, GP, MQ, RE, YT, AX, ...) are to be named.
var builtin = []Group{
	// Member states of the European Union since 2020-02-01: Treaty on European Union, article 52; agreement
	// on the withdrawal of the United Kingdom. https://european-union.europa.eu/principles-countries-history/eu-countries_en (2026-11)
	{Name: "EU", Countries: []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
		"LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}},
	// EU, and of EFTA those that the EEA Agreement names, article 2. https://www.efta.int/eea-relations-eu (2026-11)
	{Name: "EEA", Countries: []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
		"LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}},
	// European Free Trade Association: Vaduz Convention of 2001. https://www.efta.int/about-efta (2026-11)
	{Name: "EFTA", Countries: []string{"CH", "IS", "LI", "NO"}},
}

// meant are codes that people write for another: reserved in ISO 3166-1, but assigned to none.
var meant = map[string]string{"UK": "GB", "EL": "GR", "SU": "RU", "FX": "FR", "YU": "RS", "AN": "CW", "TP": "TL", "ZR": "CD"}

// groups are those of a file beside the built-in ones.
type groups struct {
	list   []Group
	byName map[string]*Group
}

func newGroups() *groups {
	g := &groups{byName: map[string]*Group{}}
	for i := range builtin {
		g.byName[builtin[i].Name] = &builtin[i]
	}
	return g
}

// read takes the groups in the order of the file: each may name those before it.
func (g *groups) read(r *reader, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "groups is %s; write a name and a list for each, such as nordic: [DK, FI, IS, NO, SE]", what(n))
		return
	}
	g.list = make([]Group, 0, len(n.Content)/2) // pointers into it stay
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		name := r.name(key)
		if name == "" {
			continue
		}
		if old := g.byName[name]; old != nil && old.Line == 0 {
			r.fail(key, "group %s is built in; choose another name", name)
			continue
		} else if old != nil {
			r.fail(key, "group %s again: it stands in line %d already; keep one", name, old.Line)
			continue
		}
		if isCountry(strings.ToUpper(name)) || slices.Contains(placeWords, name) {
			r.fail(key, "group %s has the name of a country or a word for places; choose another, such as our-%s", name, name)
			continue
		}
		set := map[string]bool{}
		r.countries(n.Content[i+1], "group "+name, g, set)
		g.list = append(g.list, Group{Name: name, Line: key.Line, Countries: sortedKeys(set)})
		g.byName[name] = &g.list[len(g.list)-1]
	}
}

// countries reads a list of codes, words for places, and groups.
func (r *reader) countries(n *yaml.Node, key string, g *groups, into map[string]bool) {
	r.words(n, key, "[DE, EEA, private]", func(n *yaml.Node, word string) {
		if group := g.byName[word]; group != nil {
			if group.Line > 0 {
				group.used = true
			}
			for _, c := range group.Countries {
				into[c] = true
			}
			return
		}
		if isCountry(word) || slices.Contains(placeWords, word) {
			into[word] = true
			return
		}
		r.fail(n, "%s: %q is no country, group or word for places; %s", key, shorten(word), g.hint(word))
	})
}

// hint says what may be meant by a word among countries.
func (g *groups) hint(word string) string {
	upper := strings.ToUpper(word)
	switch {
	case isCountry(upper):
		return "codes are in capitals: " + upper
	case meant[upper] != "":
		return "ISO 3166-1 has " + meant[upper] + " " + geo.CountryName(meant[upper])
	}
	if near := nearest(word, append(sortedKeys(g.byName), placeWords...)); near != "" && len(word) > 2 {
		return "did you mean " + near + "?"
	}
	return "write the two letters of ISO 3166-1, such as SG; or one of " + strings.Join(append(sortedKeys(g.byName), placeWords...), ", ")
}

// isCountry tells whether package geo knows the code.
func isCountry(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' && geo.CountryName(code) != code
}
