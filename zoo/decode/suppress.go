package decode

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
)

// Detection is a box that a model claims to hold an object.
type Detection struct {
	Box   box.Box
	Score float64 // probability of the object, of the class
	Class int
}

// SuppressOptions are the settings of [Suppress].
type SuppressOptions struct {
	ScoreMin float64 // boxes below are dropped at once
	IoU      float64 // overlap from which on a box is dropped beside a better one
	PerClass bool    // only boxes of one class drop each other
}

// DefaultSuppress returns the cheatsheet's settings: 0.6 and 0.5, whatever the
// class.
func DefaultSuppress() SuppressOptions { return SuppressOptions{ScoreMin: 0.6, IoU: 0.5} }

// Suppress is non-max suppression. It drops boxes of a score below ScoreMin;
// then, while boxes are left,
//
//	step 1: take the box with the largest score, the first of several;
//	step 2: drop those whose IoU with it is at least IoU.
//
// It returns the positions of the boxes taken, the best first.
//
// Source: cheatsheet §1.6.
func Suppress(d []Detection, o SuppressOptions) ([]int, error) {
	if math.IsNaN(o.ScoreMin) || math.IsNaN(o.IoU) {
		return nil, errors.Errorf("non-max suppression: score %g, IoU %g", o.ScoreMin, o.IoU)
	}
	var order []int
	for i, x := range d {
		if x.Score >= o.ScoreMin {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d[b].Score, d[a].Score) })
	// The grid looks at few boxes where only like ones can drop each other.
	const few, loose = 64, 0.25
	var kept keeper = &list{d: d, o: o}
	if len(order) > few && o.IoU >= loose {
		kept = newGrid(d, o, len(order))
	}
	keep := []int{}
	for _, i := range order {
		if !kept.drops(i) {
			kept.add(i)
			keep = append(keep, i)
		}
	}
	return keep, nil
}

// keeper holds the boxes taken so far.
type keeper interface {
	drops(i int) bool // whether one of them drops box i
	add(i int)
}

func overlaps(d []Detection, o SuppressOptions, i, j int) bool {
	return (!o.PerClass || d[i].Class == d[j].Class) && box.IoU(d[i].Box, d[j].Box) >= o.IoU
}

// list compares with each of them.
type list struct {
	d    []Detection
	o    SuppressOptions
	kept []int
}

func (l *list) add(i int) { l.kept = append(l.kept, i) }

func (l *list) drops(i int) bool {
	return slices.ContainsFunc(l.kept, func(j int) bool { return overlaps(l.d, l.o, i, j) })
}

// grid compares with the like ones nearby. Boxes whose IoU is at least t have
// widths, heights that differ by the factor 1/t at most, and middles that are
// at most (w_1 + w_2)·(1/2 − t/(1 + t)) apart along x, likewise along y: their
// common width is at least t/(1 + t)·(w_1 + w_2). So the boxes lie in cells by
// the powers of two below their sides, and by their middles in units of those.
type grid struct {
	d     []Detection
	o     SuppressOptions
	reach float64 // 1/2 − t/(1 + t)
	first []int32 // by hash: the last box that fell there, −1 for none
	next  []int32 // the one before it in its chain
}

func newGrid(d []Detection, o SuppressOptions, n int) *grid {
	size := 1024
	for size < 2*n {
		size *= 2
	}
	g := &grid{d: d, o: o, first: make([]int32, size), next: make([]int32, len(d))}
	for i := range g.first {
		g.first[i] = -1
	}
	t := min(o.IoU, 1)
	g.reach = (0.5 - t/(1+t)) * (1 + 1e-9) // rounding, on the safe side
	return g
}

// slot returns the hash of a cell: the class where it counts, the exponents of
// the sides, the numbers of the middle.
func (g *grid) slot(class, w, h int, x, y float64) int {
	if !g.o.PerClass {
		class = 0
	}
	mix := math.Float64bits(x+0)*0x9e3779b97f4a7c15 ^ math.Float64bits(y+0)*0xc2b2ae3d27d4eb4f
	mix += uint64(w)*0x165667b19e3779f9 + uint64(h)*0x27d4eb2f165667c5 + uint64(class)*0xff51afd7ed558ccd
	mix ^= mix >> 32
	mix *= 0x9fb21c651e98df25
	return int((mix >> 33) & uint64(len(g.first)-1))
}

func (g *grid) add(i int) {
	b := g.d[i].Box
	if !b.Valid() {
		return // its IoU with any box is 0
	}
	c := b.Center()
	_, w := math.Frexp(c.W)
	_, h := math.Frexp(c.H)
	s := g.slot(g.d[i].Class, w, h, math.Floor(math.Ldexp(c.X, -w)), math.Floor(math.Ldexp(c.Y, -h)))
	g.next[i] = g.first[s]
	g.first[s] = int32(i)
}

func (g *grid) drops(i int) bool {
	b := g.d[i].Box
	if !b.Valid() {
		return false
	}
	c := b.Center()
	w0, w1 := g.exponents(c.W)
	h0, h1 := g.exponents(c.H)
	for w := w0; w <= w1; w++ {
		x0, nx := g.cells(c.X, c.W, w)
		for h := h0; h <= h1; h++ {
			y0, ny := g.cells(c.Y, c.H, h)
			for x := range nx {
				for y := range ny {
					for j := g.first[g.slot(g.d[i].Class, w, h, x0+float64(x), y0+float64(y))]; j >= 0; j = g.next[j] {
						if overlaps(g.d, g.o, i, int(j)) {
							return true
						}
					}
				}
			}
		}
	}
	return false
}

// exponents returns those that a like side may have.
func (g *grid) exponents(side float64) (lo, hi int) {
	t := min(g.o.IoU, 1) * (1 - 1e-9)
	_, lo = math.Frexp(side * t)
	_, hi = math.Frexp(side / t)
	return lo, hi
}

// cells returns the first cell, and how many, that hold the middles of boxes of a
// side below 2^e that may overlap one with this middle and side.
func (g *grid) cells(middle, side float64, e int) (first float64, n int) {
	r := g.reach*(side+math.Ldexp(1, e)) + 1e-9*side + 1e-15*math.Abs(middle)
	first = math.Floor(math.Ldexp(middle-r, -e))
	const most = 64 // far more than 2·r in units of 2^e, but for rounding at 2^53
	return first, int(min(math.Floor(math.Ldexp(middle+r, -e))-first+1, most))
}
