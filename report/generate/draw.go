package main

import (
	"math"
	"strconv"
	"strings"
)

type point struct{ x, y float64 }

type pixel struct{ x, y int }

func (p point) round() pixel { return pixel{int(math.Round(p.x)), int(math.Round(p.y))} }

// Equal Earth: B. Šavrič, T. Patterson, B. Jenny, The Equal Earth map projection, International
// Journal of Geographical Information Science 33 (2019), formulas 4 to 8. Areas compare as on the globe.
const (
	a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	halfWidth      = 2.7066 // of the projected sphere, in radii
	mapWidth       = 2000.0
	north          = 84.0 // degrees at the upper edge
)

func equalEarth(longitude, latitude float64) (x, y float64) {
	theta := math.Asin(math.Sqrt(3) / 2 * math.Sin(latitude*math.Pi/180))
	s := theta * theta
	x = 2 * math.Sqrt(3) * longitude * math.Pi / 180 * math.Cos(theta) /
		(3 * (9*a4*s*s*s*s + 7*a3*s*s*s + 3*a2*s + a1))
	return x, theta * (a4*s*s*s*s + a3*s*s*s + a2*s + a1)
}

func project(degrees [2]float64) point {
	x, y := equalEarth(degrees[0], degrees[1])
	_, top := equalEarth(0, north)
	scale := mapWidth / 2 / halfWidth
	return point{mapWidth/2 + x*scale, (top - y) * scale}
}

// draw makes an area of the rings of a country.
func draw(code string, all [][][2]float64) area {
	var outlines [][]point
	var sizes []float64
	largest, total := -1, 0.0
	for _, r := range all {
		for _, part := range halves(r) {
			outline := projected(part)
			size := math.Abs(shoelace(outline))
			outlines, sizes = append(outlines, outline), append(sizes, size)
			total += size
			if largest < 0 || size > sizes[largest] {
				largest = len(sizes) - 1
			}
		}
	}
	a := area{code: code, kind: "area"}
	if largest < 0 {
		return a
	}
	a.label = inmost(outlines[largest])
	if total < leastArea && code != "-" {
		a.kind = "mark"
	}
	var path strings.Builder
	for i, o := range outlines {
		if i == largest || sizes[i] >= leastRing {
			outlinePath(&path, o)
		}
	}
	a.path = path.String()
	return a
}

// sea is the globe as far as the map shows it.
func sea() area {
	var r []point
	for latitude := float64(southernto); latitude <= north; latitude++ {
		r = append(r, project([2]float64{-180, latitude}))
	}
	for latitude := north; latitude >= southernto; latitude-- {
		r = append(r, project([2]float64{180, latitude}))
	}
	var path strings.Builder
	outlinePath(&path, r)
	return area{code: "*", kind: "sea", path: path.String()}
}

// halves cuts a ring where it crosses the edge of the map, at 180 degrees.
func halves(r [][2]float64) [][][2]float64 {
	unwrapped := make([][2]float64, len(r))
	turn, crosses := 0.0, false
	for i, p := range r {
		if i > 0 {
			if d := p[0] - r[i-1][0]; d > 180 {
				turn -= 360
			} else if d < -180 {
				turn += 360
			}
		}
		unwrapped[i] = [2]float64{p[0] + turn, p[1]}
		crosses = crosses || math.Abs(unwrapped[i][0]) > 180
	}
	if !crosses {
		return [][][2]float64{unwrapped}
	}
	edge := 180.0
	for _, p := range unwrapped {
		if p[0] < -180 {
			edge = -180
		}
	}
	inside := clip(unwrapped, edge, edge < 0)
	outside := clip(unwrapped, edge, edge > 0)
	for i := range outside {
		outside[i][0] -= math.Copysign(360, edge)
	}
	return [][][2]float64{inside, outside}
}

// clip is the part of a ring east of a meridian, or west of it (Sutherland and Hodgman).
func clip(r [][2]float64, meridian float64, east bool) [][2]float64 {
	in := func(p [2]float64) bool { return p[0] == meridian || p[0] > meridian == east }
	var out [][2]float64
	for i, p := range r {
		q := r[(i+len(r)-1)%len(r)]
		if in(p) != in(q) {
			f := (meridian - q[0]) / (p[0] - q[0])
			out = append(out, [2]float64{meridian, q[1] + f*(p[1]-q[1])})
		}
		if in(p) {
			out = append(out, p)
		}
	}
	return out
}

func projected(r [][2]float64) []point {
	out := make([]point, 0, len(r))
	for _, p := range r {
		out = append(out, project([2]float64{p[0], math.Max(p[1], southernto)}))
	}
	return out
}

func shoelace(r []point) (sum float64) {
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += p.x*q.y - q.x*p.y
	}
	return sum / 2
}

// outlinePath writes whole units, each point relative to the one before. What shrinks to a line is
// left out: it would be no valid path.
func outlinePath(b *strings.Builder, r []point) {
	at := r[0].round()
	var moves []pixel
	start := at
	for _, p := range r[1:] {
		if next := p.round(); next != at {
			moves = append(moves, pixel{next.x - at.x, next.y - at.y})
			at = next
		}
	}
	if len(moves) < 3 {
		return
	}
	b.WriteString("M" + strconv.Itoa(start.x) + " " + strconv.Itoa(start.y) + "l")
	for i, m := range moves {
		if i > 0 && m.x >= 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(m.x))
		if m.y >= 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(m.y))
	}
	b.WriteByte('z')
}

// simplify leaves out points that lie within the tolerance (Douglas and Peucker), as projected.
func simplify(arc [][2]float64) [][2]float64 {
	flat := make([]point, len(arc))
	for i, p := range arc {
		if i > 0 { // near 180 degrees both edges of the map are one place
			if d := p[0] - arc[i-1][0]; math.Abs(d) > 180 {
				return arc
			}
		}
		flat[i] = project(p)
	}
	keep := make([]bool, len(arc))
	keep[0], keep[len(arc)-1] = true, true
	thin(flat, keep, 0, len(arc)-1)
	var out [][2]float64
	for i, k := range keep {
		if k {
			out = append(out, arc[i])
		}
	}
	return out
}

func thin(flat []point, keep []bool, from, to int) {
	far, most := -1, tolerance
	for i := from + 1; i < to; i++ {
		if d := distance(flat[i], flat[from], flat[to]); d > most {
			far, most = i, d
		}
	}
	if far < 0 {
		return
	}
	keep[far] = true
	thin(flat, keep, from, far)
	thin(flat, keep, far, to)
}

// distance of p from the line between a and b, or from a where these are one.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return math.Hypot(p.x-a.x, p.y-a.y)
	}
	f := math.Min(math.Max(((p.x-a.x)*dx+(p.y-a.y)*dy)/(length*length), 0), 1)
	return math.Hypot(p.x-a.x-f*dx, p.y-a.y-f*dy)
}

// inmost is the point inside a ring that is farthest from its outline, to within a fortieth of its size:
// there a label has most room.
func inmost(r []point) point {
	low, high := r[0], r[0]
	for _, p := range r {
		low = point{math.Min(low.x, p.x), math.Min(low.y, p.y)}
		high = point{math.Max(high.x, p.x), math.Max(high.y, p.y)}
	}
	best, room := point{(low.x + high.x) / 2, (low.y + high.y) / 2}, 0.0
	const steps = 40
	for i := range steps {
		for j := range steps {
			p := point{low.x + (high.x-low.x)*(float64(i)+0.5)/steps, low.y + (high.y-low.y)*(float64(j)+0.5)/steps}
			if !inside(p, r) {
				continue
			}
			near := math.Inf(1)
			for k := range r {
				near = math.Min(near, distance(p, r[k], r[(k+1)%len(r)]))
			}
			if near > room {
				best, room = p, near
			}
		}
	}
	return best
}

func inside(p point, r []point) bool {
	in := false
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if a.y > p.y != (b.y > p.y) && p.x < a.x+(b.x-a.x)*(p.y-a.y)/(b.y-a.y) {
			in = !in
		}
	}
	return in
}
