package proposal

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
)

// Options are the settings of [Search]; zero values mean the usual ones.
type Options struct {
	Scales []float64 // k of the segmentations to begin with; nil means 100, 300
	Least  int       // pixels of a region to begin with; 0 means 20
	Side   int       // least side of a proposal in pixels; 0 means 5
	Most   int       // proposals that are kept; 0 means 300
}

func (o Options) withDefaults() Options {
	if o.Scales == nil {
		o.Scales = []float64{100, 300}
	}
	if o.Least == 0 {
		o.Least = 20
	}
	if o.Side == 0 {
		o.Side = 5
	}
	if o.Most == 0 {
		o.Most = 300
	}
	return o
}

// Search is selective search on x [C, H, W], values in [0, 1]: the regions of each
// segmentation are joined until one is left, always the two neighbours of the
// greatest
//
//	s = s_colour + s_texture + s_size + s_fill
//
// the first two being intersections of histograms. The boxes of all regions, as
// shares of the picture, without repeats, are returned, those of late, large
// regions first.
//
// Source: Uijlings et al. 2013 §3. Differs from it: one colour space; texture by
// gradients of single pixels.
func Search(x augment.Image[float32], o Options) ([]box.Box, error) {
	o = o.withDefaults()
	if o.Least < 0 || o.Side < 0 || o.Most < 0 {
		return nil, errors.Errorf("selective search: %+v, expected no negative number", o)
	}
	lists := make([][]region, 0, len(o.Scales))
	for _, k := range o.Scales {
		number, count, err := Segment(x, k, o.Least)
		if err != nil {
			return nil, errors.Wrap(err, "selective search")
		}
		lists = append(lists, grow(x, number, count))
	}
	var boxes []box.Box
	seen := map[[4]int]bool{}
	// the last of each list first: none of the segmentations comes before another
	for back := 1; len(boxes) < o.Most; back++ {
		more := false
		for _, list := range lists {
			if back > len(list) {
				continue
			}
			more = true
			r := list[len(list)-back]
			at := [4]int{r.x1, r.y1, r.x2, r.y2}
			if seen[at] || r.x2-r.x1 < o.Side || r.y2-r.y1 < o.Side || len(boxes) == o.Most {
				continue
			}
			seen[at] = true
			boxes = append(boxes, box.Box{X1: float64(r.x1), Y1: float64(r.y1), X2: float64(r.x2), Y2: float64(r.y2)}.Scale(1/float64(x.W), 1/float64(x.H)))
		}
		if !more {
			break
		}
	}
	return boxes, nil
}

// The sizes of the histograms of a channel.
const (
	colorBins   = 25
	textureBins = 8 // directions of the gradient
)

// region is a set of pixels.
type region struct {
	size           int
	x1, y1, x2, y2 int       // the pixels lie in [x1, x2) × [y1, y2)
	color, texture []float32 // histograms, each of sum 1
	near           map[int]bool
	joined         bool
}

// grow joins regions until none has a neighbour; it returns all that there were.
func grow(x augment.Image[float32], number []int, count int) []region {
	all := describe(x, number, count)
	type pair struct{ a, b int }
	likes := map[pair]float64{}
	area := float64(x.H * x.W)
	note := func(a, b int) { likes[pair{min(a, b), max(a, b)}] = similarity(&all[a], &all[b], area) }
	for a := range all {
		for b := range all[a].near {
			note(a, b)
		}
	}
	for len(likes) > 0 {
		best, most := pair{-1, -1}, math.Inf(-1)
		for p, s := range likes {
			if s > most || s == most && (p.a < best.a || p.a == best.a && p.b < best.b) {
				best, most = p, s
			}
		}
		a, b, n := best.a, best.b, len(all)
		all = append(all, united(&all[a], &all[b]))
		for _, old := range []int{a, b} {
			for c := range all[old].near {
				delete(likes, pair{min(old, c), max(old, c)})
				delete(all[c].near, old)
				if c != a && c != b {
					all[c].near[n], all[n].near[c] = true, true
				}
			}
			all[old].joined, all[old].near = true, nil
		}
		for c := range all[n].near {
			note(n, c)
		}
	}
	return all
}

// similarity is Uijlings' s of two neighbours.
func similarity(a, b *region, area float64) float64 {
	s := 0.0
	for i, v := range a.color {
		s += float64(min(v, b.color[i]))
	}
	for i, v := range a.texture {
		s += float64(min(v, b.texture[i]))
	}
	size := float64(a.size + b.size)
	around := float64((max(a.x2, b.x2) - min(a.x1, b.x1)) * (max(a.y2, b.y2) - min(a.y1, b.y1)))
	return s + (1 - size/area) + (1 - (around-size)/area)
}

func united(a, b *region) region {
	r := region{
		size: a.size + b.size, near: map[int]bool{},
		x1: min(a.x1, b.x1), y1: min(a.y1, b.y1), x2: max(a.x2, b.x2), y2: max(a.y2, b.y2),
	}
	share := float32(a.size) / float32(r.size)
	mix := func(p, q []float32) []float32 {
		m := make([]float32, len(p))
		for i := range m {
			m[i] = share*p[i] + (1-share)*q[i]
		}
		return m
	}
	r.color, r.texture = mix(a.color, b.color), mix(a.texture, b.texture)
	return r
}

// describe finds extent, histograms and neighbours of the regions to begin with.
func describe(x augment.Image[float32], number []int, count int) []region {
	all := make([]region, count)
	for i := range all {
		all[i] = region{x1: x.W, y1: x.H, near: map[int]bool{}, color: make([]float32, x.C*colorBins), texture: make([]float32, x.C*textureBins)}
	}
	touch := func(a, b int) {
		if a != b {
			all[a].near[b], all[b].near[a] = true, true
		}
	}
	for i, at := range number {
		r, c := i/x.W, i%x.W
		g := &all[at]
		g.size++
		g.x1, g.x2, g.y1, g.y2 = min(g.x1, c), max(g.x2, c+1), min(g.y1, r), max(g.y2, r+1)
		for k := range x.C {
			p := x.Plane(k)
			g.color[k*colorBins+min(max(int(p[i]*colorBins), 0), colorBins-1)]++
			dx := float64(p[r*x.W+min(c+1, x.W-1)] - p[r*x.W+max(c-1, 0)])
			dy := float64(p[min(r+1, x.H-1)*x.W+c] - p[max(r-1, 0)*x.W+c])
			angle := (math.Atan2(dy, dx) + math.Pi) / (2 * math.Pi) * textureBins
			g.texture[k*textureBins+int(angle)%textureBins] += float32(math.Hypot(dx, dy))
		}
		if c > 0 {
			touch(at, number[i-1])
		}
		if r > 0 {
			touch(at, number[i-x.W])
		}
	}
	for i := range all {
		normalise(all[i].color)
		normalise(all[i].texture)
	}
	return all
}

func normalise(h []float32) {
	sum := float32(0)
	for _, v := range h {
		sum += v
	}
	if sum > 0 {
		for i := range h {
			h[i] /= sum
		}
	}
}
