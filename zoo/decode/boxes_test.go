package decode_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/zoo/decode"
)

// plain is the definition, without any shortcut.
func plain(d []decode.Detection, o decode.SuppressOptions) []int {
	left := []int{}
	for i, x := range d {
		if x.Score >= o.ScoreMin {
			left = append(left, i)
		}
	}
	keep := []int{}
	for len(left) > 0 {
		best := slices.MinFunc(left, func(a, b int) int { return cmp.Or(cmp.Compare(d[b].Score, d[a].Score), cmp.Compare(a, b)) })
		keep = append(keep, best)
		left = slices.DeleteFunc(left, func(i int) bool {
			return i == best || (!o.PerClass || d[i].Class == d[best].Class) && box.IoU(d[i].Box, d[best].Box) >= o.IoU
		})
	}
	return keep
}

// crowd draws boxes of many sizes, a share of them near earlier ones.
func crowd(r *rand.Rand, n int, room, side float64) []decode.Detection {
	d := make([]decode.Detection, n)
	for i := range d {
		c := box.Center{X: room * r.Float64(), Y: room * r.Float64(), H: side * math.Exp(2*r.NormFloat64()), W: side * math.Exp(2*r.NormFloat64())}
		if i > 0 && r.IntN(2) == 0 {
			c = d[r.IntN(i)].Box.Center()
			c.X, c.W = c.X+0.2*c.W*r.NormFloat64(), c.W*math.Exp(0.3*r.NormFloat64())
			c.Y, c.H = c.Y+0.2*c.H*r.NormFloat64(), c.H*math.Exp(0.3*r.NormFloat64())
		}
		d[i] = decode.Detection{Box: c.Box(), Score: math.Round(20*r.Float64()) / 20, Class: r.IntN(3)}
	}
	return d
}

func TestSuppress_definition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		n := rapid.SampledFrom([]int{0, 1, 10, 150, 300}).Draw(rt, "boxes")
		d := crowd(r, n, math.Exp(rapid.Float64Range(-3, 12).Draw(rt, "room")), 10)
		o := decode.SuppressOptions{
			ScoreMin: rapid.SampledFrom([]float64{0, 0.3}).Draw(rt, "score"),
			IoU:      rapid.SampledFrom([]float64{0, 0.1, 0.25, 0.5, 0.7, 1, 1.5}).Draw(rt, "IoU"),
			PerClass: rapid.Bool().Draw(rt, "class"),
		}
		keep, err := decode.Suppress(d, o)
		check(t, err)
		if want := plain(d, o); !slices.Equal(keep, want) {
			t.Fatalf("%d boxes, %+v: kept %v, want %v", n, o, keep, want)
		}
	})
}

// Boxes that tile the plane or lie upon each other, where the rounding of cells
// would show.
func TestSuppress_lattice(t *testing.T) {
	for _, side := range []float64{1, 3, 16, 0.1} {
		var d []decode.Detection
		for k := range 300 {
			x, y := side/2*float64(k%20), side/2*float64(k/20)
			d = append(d, decode.Detection{Score: 1, Box: box.Box{X1: x, Y1: y, X2: x + side, Y2: y + side}})
		}
		d = append(d, d...)
		for _, iou := range []float64{0.25, 1. / 3, 0.5, 1} {
			o := decode.SuppressOptions{IoU: iou}
			keep, err := decode.Suppress(d, o)
			check(t, err)
			if want := plain(d, o); !slices.Equal(keep, want) {
				t.Errorf("side %g, IoU %g: kept %d, want %d", side, iou, len(keep), len(want))
			}
		}
	}
}

// Boxes without area, outside of everything, infinite, not numbers.
func TestSuppress_degenerate(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	odd := []box.Box{
		{}, {X1: 1, Y1: 1, X2: 1, Y2: 5}, {X1: 5, Y1: 5, X2: 1, Y2: 1}, {X1: -inf, Y1: -inf, X2: inf, Y2: inf},
		{X1: nan, Y1: 0, X2: 1, Y2: 1}, {X1: -1e308, Y1: 0, X2: 1e308, Y2: 1}, {X2: 5e-324, Y2: 5e-324}, {X1: 1e15, Y1: 1e15, X2: 1e15 + 1, Y2: 1e15 + 1},
	}
	d := crowd(rand.New(rand.NewPCG(1, 2)), 80, 100, 10)
	for i, b := range slices.Concat(odd, odd) {
		d = append(d, decode.Detection{Box: b, Score: 0.5 + float64(i)/100})
	}
	d = append(d, decode.Detection{Box: box.Box{X2: 1, Y2: 1}, Score: nan})
	o := decode.SuppressOptions{ScoreMin: -inf, IoU: 0.5}
	keep, err := decode.Suppress(d, o)
	check(t, err)
	if want := plain(d, o); !slices.Equal(keep, want) {
		t.Errorf("kept %v, want %v", keep, want)
	}
}

// The cheatsheet's two steps on its own numbers.
func TestSection1_6_NonMaxSuppression(t *testing.T) {
	d := []decode.Detection{
		{Box: box.Box{X1: 0, Y1: 0, X2: 2, Y2: 1}, Score: 0.7},
		{Box: box.Box{X1: 0, Y1: 0, X2: 3, Y2: 1}, Score: 0.9},   // IoU 2/3 with the first
		{Box: box.Box{X1: 9, Y1: 0, X2: 10, Y2: 1}, Score: 0.59}, // below 0.6
		{Box: box.Box{X1: 2, Y1: 0, X2: 4, Y2: 1}, Score: 0.6},   // IoU 1/4 with the second
	}
	keep, err := decode.Suppress(d, decode.DefaultSuppress())
	check(t, err)
	if want := []int{1, 3}; !slices.Equal(keep, want) {
		t.Errorf("kept %v, want %v", keep, want)
	}
	d[0].Class = 1
	keep, err = decode.Suppress(d, decode.SuppressOptions{ScoreMin: 0.6, IoU: 0.5, PerClass: true})
	check(t, err)
	if want := []int{1, 0, 3}; !slices.Equal(keep, want) {
		t.Errorf("per class: kept %v, want %v", keep, want)
	}
}

func TestHead_Detect(t *testing.T) {
	h := decode.Head{Rows: 2, Cols: 3, Anchors: []box.Size{{H: 0.2, W: 0.1}, {H: 0.5, W: 0.5}}, Classes: 2}
	f := 7
	t0 := slices.Repeat([]float64{-20, 0, 0, 0, 0, 0, 0}, 2*2*3*2) // two pictures without an object
	set := func(picture, row, col, anchor int, fields ...float64) {
		copy(t0[(((picture*2+row)*3+col)*2+anchor)*f:], fields)
	}
	set(1, 1, 2, 0, 20, 0, 0, math.Log(2), 0, -20, 20)
	set(1, 1, 2, 1, 3, 0, 0, math.Log(0.8), math.Log(0.2), -20, 20) // the same box, less sure
	found, err := h.Detect(t0, decode.DefaultSuppress())
	check(t, err)
	if len(found) != 2 || len(found[0]) != 0 || len(found[1]) != 1 {
		t.Fatalf("found %+v", found)
	}
	d, want := found[1][0], box.Center{X: 2.5 / 3, Y: 1.5 / 2, H: 0.4, W: 0.1}
	c := d.Box.Center()
	if d.Class != 1 || d.Score < 0.999 || math.Abs(c.X-want.X)+math.Abs(c.Y-want.Y)+math.Abs(c.H-want.H)+math.Abs(c.W-want.W) > 1e-9 {
		t.Errorf("found %+v, %+v, want %+v", d, c, want)
	}
	h.Classes, f = 0, 5
	y, err := h.Decode(make([]float64, 2*3*2*f))
	check(t, err)
	one, err := h.Detections(y, 0.5)
	check(t, err)
	if len(one[0]) != 12 || one[0][0].Score != 0.5 || one[0][0].Class != 0 {
		t.Errorf("without classes: %+v", one)
	}
}

func TestBoxes_wrongUse(t *testing.T) {
	h := decode.Head{Rows: 2, Cols: 3, Anchors: []box.Size{{H: 1, W: 1}}, Classes: 1}
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"length", func() error { _, err := h.Decode(make([]float64, 35)); return err }, "yolo decode: 35 numbers, expected a multiple of 2×3×1×6"},
		{"grid", func() error { _, err := decode.Head{}.Decode(nil); return err }, "grid 0×0, 0 anchors, 0 classes"},
		{"detections", func() error { _, err := h.Detections(make([]float64, 1), 0); return err }, "yolo detections: 1 numbers"},
		{"detect", func() error { _, err := h.Detect(make([]float64, 1), decode.DefaultSuppress()); return err }, "yolo decode: 1 numbers"},
		{"threshold", func() error {
			_, err := h.Detect(make([]float64, 36), decode.SuppressOptions{IoU: math.NaN()})
			return err
		}, "non-max suppression: score 0, IoU NaN"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func BenchmarkSuppress(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	scattered := make([]decode.Detection, 10000) // hardly one drops another
	for i := range scattered {
		c := box.Center{X: 1e4 * r.Float64(), Y: 1e4 * r.Float64(), H: 20 + 20*r.Float64(), W: 20 + 20*r.Float64()}
		scattered[i] = decode.Detection{Box: c.Box(), Score: r.Float64()}
	}
	for name, d := range map[string][]decode.Detection{"crowd": crowd(r, 10000, 640, 30), "scattered": scattered} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := decode.Suppress(d, decode.SuppressOptions{IoU: 0.5}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
