package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// topology is what is read of a TopoJSON file.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]float64
	Objects   struct {
		Countries struct{ Geometries []geometry }
	}
}

type geometry struct {
	Type       string
	ID         string
	Properties struct{ Name string }
	Arcs       any // of a Polygon [][]int, of a MultiPolygon [][][]int
}

// area is one line of the output.
type area struct {
	code  string
	label point
	kind  string // "area", or "mark" of what is too small to be seen as an area
	path  string
}

// Sizes in units of the map, which is 2,000 units wide.
const (
	tolerance  = 0.6 // by which an outline may be simplified
	leastRing  = 7   // square units of a ring that is drawn: smaller islands are not
	leastArea  = 30  // square units of a country that is drawn as an area: smaller ones become marks
	southernto = -57 // degrees: what lies farther south is not drawn
)

// marks are the places of codes of ISO 3166-1 that Natural Earth has no country of their own for, in
// degrees east and north: a point on the largest island or in the town. Antarctica, which the map
// does not reach, stands at its edge.
var marks = map[string][2]float64{
	"AQ": {60, southernto}, "BQ": {-68.3, 12.2}, "BV": {3.4, -54.4}, "CC": {96.8, -12.2}, "CX": {105.6, -10.5},
	"GF": {-53.1, 4}, "GI": {-5.3, 36.1}, "GP": {-61.6, 16.2}, "MQ": {-61, 14.6}, "RE": {55.5, -21.1},
	"SJ": {16, 78.5}, "TK": {-171.8, -9.2}, "TV": {179.2, -8.5}, "UM": {166.6, 19.3}, "YT": {45.1, -12.8},
	"IO": {72.4, -7.3},
}

func (t *topology) areas() ([]area, error) {
	arcs := t.simplified()
	var out []area
	seen := map[string]bool{}
	for _, g := range t.Objects.Countries.Geometries {
		code, err := g.code()
		if err != nil {
			return nil, err
		}
		if code == "AQ" || marks[code] != [2]float64{} || code != "-" && seen[code] {
			continue // the second of a code is a part of it that Natural Earth sets apart
		}
		seen[code] = true
		own, apart := part(code, rings(g.Arcs, arcs))
		out = append(out, draw(code, own))
		for other, list := range apart {
			if a := draw(other, list); a.kind == "area" {
				out = append(out, a)
				seen[other] = true
			}
		}
	}
	for code, at := range marks {
		if !seen[code] {
			out = append(out, area{code: code, label: project(at), kind: "mark"})
		}
	}
	out = append(out, sea())
	slices.SortFunc(out, func(x, y area) int { return strings.Compare(x.code+x.path, y.code+y.path) })
	return out, nil
}

// parts are codes of ISO 3166-1 for what Natural Earth draws as a part of another country.
var parts = map[string][]string{"FR": {"GF", "GP", "MQ", "RE", "YT"}, "NL": {"BQ"}, "NO": {"BV", "SJ"}}

// part sets those rings of a country apart that have a code of their own: they lie around its mark.
func part(code string, all [][][2]float64) (own [][][2]float64, apart map[string][][][2]float64) {
	apart = map[string][][][2]float64{}
	for _, r := range all {
		of, near := code, math.Inf(1)
		for _, other := range parts[code] {
			at := marks[other]
			x, y := math.Abs(r[0][0]-at[0]), math.Abs(r[0][1]-at[1])
			if x < 20 && y < 5 && x+y < near {
				of, near = other, x+y
			}
		}
		if of == code {
			own = append(own, r)
		} else {
			apart[of] = append(apart[of], r)
		}
	}
	return own, apart
}

// code is the alpha-2 code of a country, "-" of an area that ISO 3166-1 has none for.
func (g *geometry) code() (string, error) {
	if g.ID == "" {
		if g.Properties.Name == "Kosovo" {
			return "XK", nil // in common use, and in the databases of countries
		}
		return "-", nil
	}
	if g.Properties.Name == "Ashmore and Cartier Is." {
		return "-", nil // under Australia's number, and not Australia
	}
	number, err := strconv.Atoi(g.ID)
	if err != nil {
		return "", fmt.Errorf("%s: %w", g.Properties.Name, err)
	}
	region, err := language.EncodeM49(number)
	if err != nil {
		return "", fmt.Errorf("%s (%s): %w", g.Properties.Name, g.ID, err)
	}
	return region.String(), nil
}

// rings are the outer rings of a polygon or of several, in degrees. Holes are countries, which are
// drawn over them.
func rings(arcs any, points [][][2]float64) [][][2]float64 {
	list, _ := arcs.([]any)
	if len(list) == 0 {
		return nil
	}
	first, _ := list[0].([]any)
	if len(first) > 0 {
		if _, one := first[0].(float64); one {
			return [][][2]float64{ring(first, points)}
		}
	}
	var out [][][2]float64
	for _, polygon := range list {
		out = append(out, rings(polygon, points)...)
	}
	return out
}

// ring joins arcs; ~i is arc i backwards.
func ring(numbers []any, points [][][2]float64) [][2]float64 {
	var out [][2]float64
	for _, n := range numbers {
		i := int(n.(float64))
		backwards := i < 0
		if backwards {
			i = ^i
		}
		arc := slices.Clone(points[i])
		if backwards {
			slices.Reverse(arc)
		}
		if len(out) > 0 {
			arc = arc[1:]
		}
		out = append(out, arc...)
	}
	return out
}

// simplified are the arcs in degrees, without the points that make no difference to the eye. A border
// is simplified once, for both of its sides.
func (t *topology) simplified() [][][2]float64 {
	out := make([][][2]float64, len(t.Arcs))
	for i, deltas := range t.Arcs {
		var at [2]float64
		arc := make([][2]float64, 0, len(deltas))
		for _, d := range deltas {
			at[0] += d[0]
			at[1] += d[1]
			arc = append(arc, [2]float64{at[0]*t.Transform.Scale[0] + t.Transform.Translate[0], at[1]*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
		out[i] = simplify(arc)
	}
	return out
}
