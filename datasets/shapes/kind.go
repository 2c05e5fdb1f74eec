package shapes

import "math"

// kind is a class of shapes in its own frame: about 2 units high, y pointing down, middle in the origin.
type kind struct {
	name      string
	round     bool // a turn does not show, so it is not turned
	outline   []Point
	landmarks [Landmarks]Point
	// distance returns the distance of a point to the outline, negative inside; nil means that of the polygon outline
	distance func(x, y float64) float64
}

// kinds returns the classes in the order of their labels.
func kinds() []kind {
	north, east, south, west := Point{0, -1}, Point{1, 0}, Point{0, 1}, Point{-1, 0}
	compass := [Landmarks]Point{north, east, south, west}
	return []kind{
		{
			name: "circle", round: true, outline: arc(0, 0, 2*math.Pi), landmarks: compass,
			distance: func(x, y float64) float64 { return math.Hypot(x, y) - 1 },
		},
		polygon("square", [Landmarks]int{0, 1, 2, 3}, -0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85),
		polygon("triangle", [Landmarks]int{0, 1, 2, 3}, 0, -1, 0.95, 0.8, 0, 0.8, -0.95, 0.8),
		star(),
		{
			name: "ring", round: true, outline: arc(0, 0, 2*math.Pi), landmarks: compass,
			distance: func(x, y float64) float64 { return math.Abs(math.Hypot(x, y)-0.75) - 0.25 },
		},
		cross(),
		polygon("arrow", [Landmarks]int{0, 1, 4, 7}, 0, -1, 0.9, 0, 0.22, 0, 0.22, 1, 0, 1, -0.22, 1, -0.22, 0, -0.9, 0),
		crescent(),
		polygon("bar", [Landmarks]int{0, 1, 2, 3}, -0.35, -1, 0.35, -1, 0.35, 1, -0.35, 1),
		dome(),
	}
}

// polygon makes a kind of the vertices x, y, x, y, …, clockwise; four of them, by index, are its landmarks.
func polygon(name string, landmarks [Landmarks]int, xy ...float64) kind {
	k := kind{name: name}
	for i := 0; i < len(xy); i += 2 {
		k.outline = append(k.outline, Point{xy[i], xy[i+1]})
	}
	for i, v := range landmarks {
		k.landmarks[i] = k.outline[v]
	}
	return k
}

func star() kind {
	const inner = 0.42
	var xy []float64
	for i := range 10 {
		r := 1.0
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		xy = append(xy, r*sin, -r*cos)
	}
	return polygon("star", [Landmarks]int{0, 2, 5, 8}, xy...)
}

func cross() kind {
	const w = 0.3
	k := polygon("cross", [Landmarks]int{}, -w, -1, w, -1, w, -w, 1, -w, 1, w, w, w, w, 1, -w, 1, -w, w, -1, w, -1, -w, -w, -w)
	k.landmarks = [Landmarks]Point{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}
	return k
}

// crescent is a disc without a smaller disc at its right.
func crescent() kind {
	const away, r = 0.45, 0.8
	x := (1 + away*away - r*r) / (2 * away) // where the two circles meet
	y := math.Sqrt(1 - x*x)
	from := math.Atan2(y, x)
	return kind{
		name: "crescent", outline: arc(0, from, 2*math.Pi-from),
		landmarks: [Landmarks]Point{{x, -y}, {away - r, 0}, {x, y}, {-1, 0}},
		distance: func(x, y float64) float64 {
			return max(math.Hypot(x, y)-1, r-math.Hypot(x-away, y))
		},
	}
}

// dome is half a disc, flat below.
func dome() kind {
	const low = 0.45
	return kind{
		name: "dome", outline: arc(low, math.Pi, 2*math.Pi),
		landmarks: [Landmarks]Point{{0, low - 1}, {1, low}, {0, low}, {-1, low}},
		distance: func(x, y float64) float64 {
			return max(math.Hypot(x, y-low)-1, y-low)
		},
	}
}

// arc returns points on the circle of radius 1 about (0, cy) from one angle to another, both included.
func arc(cy, from, to float64) []Point {
	const n = 64
	out := make([]Point, n+1)
	for i := range out {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/n)
		out[i] = Point{cos, cy + sin}
	}
	return out
}

// at returns the distance of (x, y) to the outline, negative inside.
func (k *kind) at(x, y float64) float64 {
	if k.distance != nil {
		return k.distance(x, y)
	}
	nearest, inside := math.Inf(1), false
	b := k.outline[len(k.outline)-1]
	for _, a := range k.outline {
		ex, ey := b.X-a.X, b.Y-a.Y
		wx, wy := x-a.X, y-a.Y
		t := min(max((wx*ex+wy*ey)/(ex*ex+ey*ey), 0), 1)
		dx, dy := wx-ex*t, wy-ey*t
		nearest = min(nearest, dx*dx+dy*dy)
		// an edge that crosses the ray to the right changes sides
		if (a.Y > y) != (b.Y > y) && x < a.X+ex*(y-a.Y)/ey {
			inside = !inside
		}
		b = a
	}
	if inside {
		return -math.Sqrt(nearest)
	}
	return math.Sqrt(nearest)
}
