package proposal

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/shapes"
)

// squares is a grey picture with two squares of their own colours.
func squares() augment.Image[float32] {
	x := augment.NewImage[float32](3, 40, 60)
	for i := range x.Pix {
		x.Pix[i] = 0.5
	}
	paint := func(channel, r0, c0, side int) {
		for r := r0; r < r0+side; r++ {
			for c := c0; c < c0+side; c++ {
				for k := range 3 {
					x.Plane(k)[r*60+c] = 0
				}
				x.Plane(channel)[r*60+c] = 1
			}
		}
	}
	paint(0, 5, 8, 15)
	paint(2, 15, 35, 20)
	return x
}

func TestSegment_squares(t *testing.T) {
	regions, count, err := Segment(squares(), 100, 20)
	if err != nil {
		t.Fatal(err)
	}
	at := func(r, c int) int { return regions[r*60+c] }
	if count < 3 || at(0, 0) != 0 || at(12, 15) == at(0, 0) || at(25, 45) == at(0, 0) || at(12, 15) == at(25, 45) {
		t.Errorf("%d regions: background %d, red %d, blue %d", count, at(0, 0), at(12, 15), at(25, 45))
	}
	if at(7, 10) != at(17, 20) || at(39, 0) != at(0, 59) {
		t.Error("a square or the background is in pieces")
	}
	// a threshold above all edges leaves one region, as does a least size
	for _, c := range []struct {
		k     float64
		least int
	}{{1e9, 0}, {1, 60 * 40}} {
		if _, count, err = Segment(squares(), c.k, c.least); err != nil || count != 1 {
			t.Errorf("k %g, least %d: %d regions, %v, want 1", c.k, c.least, count, err)
		}
	}
}

func TestSearch_findsObjects(t *testing.T) {
	boxes, err := Search(squares(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []box.Box{{X1: 8, Y1: 5, X2: 23, Y2: 20}, {X1: 35, Y1: 15, X2: 55, Y2: 35}} {
		best := 0.0
		for _, b := range boxes {
			best = max(best, box.IoU(b.Scale(60, 40), want))
		}
		if best < 0.8 {
			t.Errorf("%v: best IoU %.2f of %d proposals", want, best, len(boxes))
		}
	}
	if again, err := Search(squares(), Options{}); err != nil || !slices.Equal(again, boxes) {
		t.Error("a second search gives other boxes")
	}
	if few, err := Search(squares(), Options{Most: 2}); err != nil || !slices.Equal(few, boxes[:2]) {
		t.Errorf("two of them: %v, %v", few, err)
	}
}

// TestSearch_recall: most drawn shapes are among the proposals.
func TestSearch_recall(t *testing.T) {
	const side, n = 96, 30
	set, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: n, Size: side, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := augment.NewImage[float32](3, side, side)
	all, hit := 0.0, 0.0
	for i := range n {
		if _, err := set.At(i, x.Pix); err != nil {
			t.Fatal(err)
		}
		boxes, err := Search(x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		objects, err := set.Objects(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			all++
			if slices.ContainsFunc(boxes, func(b box.Box) bool { return box.IoU(b, o.Box) >= 0.5 }) {
				hit++
			}
		}
	}
	t.Logf("recall %.3f", hit/all)
	if hit < 0.9*all {
		t.Errorf("%g of %g objects have a proposal of IoU 0.5", hit, all)
	}
}

func TestSearch_degenerate(t *testing.T) {
	one := augment.NewImage[float32](1, 1, 1)
	if boxes, err := Search(one, Options{}); err != nil || len(boxes) != 0 {
		t.Errorf("one pixel: %v, %v", boxes, err)
	}
	flat := augment.NewImage[float32](3, 10, 10)
	if boxes, err := Search(flat, Options{}); err != nil || len(boxes) != 1 || boxes[0] != (box.Box{X2: 1, Y2: 1}) {
		t.Errorf("one colour: %v, %v, want the whole picture", boxes, err)
	}
	odd := augment.NewImage[float32](3, 8, 8)
	odd.Pix[5] = float32(math.NaN())
	if _, err := Search(odd, Options{}); err != nil {
		t.Errorf("NaN: %v", err)
	}
	for _, c := range []struct {
		x    augment.Image[float32]
		o    Options
		want string
	}{
		{augment.Image[float32]{C: 3, H: 2, W: 2}, Options{}, "0 values of [3, 2, 2]"},
		{flat, Options{Scales: []float64{-1}}, "k -1"},
		{flat, Options{Most: -1}, "expected no negative number"},
	} {
		if _, err := Search(c.x, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	set, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 1, Size: 224, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	x := augment.NewImage[float32](3, 224, 224)
	if _, err := set.At(0, x.Pix); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Search(x, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
