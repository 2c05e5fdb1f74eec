package box

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/golden"
)

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol }

func nearBox(a, b Box, tol float64) bool {
	return near(a.X1, b.X1, tol) && near(a.Y1, b.Y1, tol) && near(a.X2, b.X2, tol) && near(a.Y2, b.Y2, tol)
}

func anyBox(t *rapid.T, name string) Box {
	v := rapid.SliceOfN(rapid.Float64Range(-10, 10), 4, 4).Draw(t, name)
	return Box{X1: min(v[0], v[1]), X2: max(v[0], v[1]), Y1: min(v[2], v[3]), Y2: max(v[2], v[3])}
}

func TestSection1_6_IoU(t *testing.T) {
	unit := Box{X2: 1, Y2: 1}
	for _, tc := range []struct {
		name string
		a, b Box
		want float64
	}{
		{"identical", unit, unit, 1},
		{"half beside", unit, unit.Shift(0.5, 0), 1.0 / 3},
		{"touching", unit, unit.Shift(1, 0), 0},
		{"apart", unit, unit.Shift(3, 3), 0},
		{"nested", unit, Box{X1: 0.25, Y1: 0.25, X2: 0.75, Y2: 0.75}, 0.25},
		{"exactly one half", Box{X2: 2, Y2: 1}, unit, 0.5},
		{"no area at all", Box{}, Box{}, 0},
		{"corners in the wrong order", Box{X1: 1, Y1: 1}, unit, 0},
	} {
		if got := IoU(tc.a, tc.b); !near(got, tc.want, 1e-15) {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

// A box is its middle (b_x, b_y), its height b_h and its width b_w.
func TestSection1_6_BoundingBox(t *testing.T) {
	b, c := Box{X1: 1, Y1: 2, X2: 4, Y2: 10}, Center{X: 2.5, Y: 6, H: 8, W: 3}
	if got := b.Center(); got != c {
		t.Errorf("got %+v, want %+v", got, c)
	}
	if got := c.Box(); got != b {
		t.Errorf("got %+v, want %+v", got, b)
	}
}

// Two objects in one cell go to the anchors of their shapes, whatever their
// order; a third finds no free one.
func TestSection1_6_Anchors(t *testing.T) {
	anchors := []Size{{H: 0.6, W: 0.2}, {H: 0.2, W: 0.6}}
	tall, wide := Center{X: 0.55, Y: 0.6, H: 0.5, W: 0.2}, Center{X: 0.6, Y: 0.55, H: 0.1, W: 0.5}
	for _, tc := range []struct {
		boxes []Center
		want  []Place
	}{
		{[]Center{tall, wide}, []Place{{1, 1, 0}, {1, 1, 1}}},
		{[]Center{wide, tall}, []Place{{1, 1, 1}, {1, 1, 0}}},
		{[]Center{tall, tall, wide}, []Place{{1, 1, 0}, {1, 1, 1}, {-1, -1, -1}}},
	} {
		got, err := Assign(2, 2, anchors, tc.boxes, make([]int, len(tc.boxes)), 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got.Places); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.boxes, diff)
		}
	}
}

func TestIoU_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyBox(t, "a"), anyBox(t, "b")
		ab := IoU(a, b)
		if ab != IoU(b, a) {
			t.Fatal("not symmetric")
		}
		if !(ab >= 0 && ab <= 1+1e-12) {
			t.Fatalf("%v outside 0..1", ab)
		}
		if a.Area() > 1e-9 && !near(IoU(a, a), 1, 1e-12) {
			t.Fatalf("with itself %v", IoU(a, a))
		}
		if !nearBox(a.Center().Box(), a, 1e-12) {
			t.Fatalf("%v became %v by its middle", a, a.Center().Box())
		}
		mid := a.Size()
		if !near(ShapeIoU(mid, b.Size()), IoU(Center{H: mid.H, W: mid.W}.Box(), Center{H: b.Size().H, W: b.Size().W}.Box()), 1e-9) {
			t.Fatal("ShapeIoU is not the IoU on one middle")
		}
	})
}

func TestEncode_decodeIsTheInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, g := anyBox(t, "proposal"), anyBox(t, "truth")
		for _, b := range []Box{p, g} {
			if s := b.Size(); s.H < 0.5 || s.W < 0.5 {
				t.Skip("too small")
			}
		}
		v, err := Encode(p, g)
		if err != nil {
			t.Fatal(err)
		}
		if got := Decode(p, v); !nearBox(got, g, 1e-9) {
			t.Fatalf("got %v, want %v", got, g)
		}
	})
	if _, err := Encode(Box{}, Box{X2: 1, Y2: 1}); err == nil || !strings.Contains(err.Error(), "expected areas above 0") {
		t.Errorf("got %v", err)
	}
	if b := Decode(Box{X2: 1, Y2: 1}, [4]float64{0, 0, 1e9, 1e9}); math.IsInf(b.X2, 0) || b.Size().W > 63 {
		t.Errorf("an untrained net makes %v", b)
	}
}

func TestKMeans(t *testing.T) {
	var sizes []Size
	for i := range 30 { // three groups that vary by 5 %
		f := 1 + 0.05*float64(i%3-1)
		sizes = append(sizes, Size{10 * f, 10 * f}, Size{20 * f, 60 * f}, Size{90 * f, 30 * f})
	}
	for seed := range uint64(5) {
		anchors, mean, err := KMeans(sizes, 3, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []Size{{10, 10}, {20, 60}, {90, 30}} {
			if !near(anchors[i].H, want.H, 1e-9) || !near(anchors[i].W, want.W, 1e-9) {
				t.Errorf("seed %d: anchor %d is %v, want %v", seed, i, anchors[i], want)
			}
		}
		if mean < 0.93 || mean > 1 { // 0.95² for two thirds of them
			t.Errorf("seed %d: mean IoU %v", seed, mean)
		}
	}
	if anchors, mean, err := KMeans([]Size{{1, 1}, {1, 1}}, 2, 0); err != nil || mean != 1 {
		t.Errorf("equal sizes: %v, %v, %v", anchors, mean, err)
	}
	for says, sizes := range map[string][]Size{
		"size 1 is 0×1, expected positive numbers": {{1, 1}, {0, 1}, {1, 1}}, "3 groups of 2 sizes": {{1, 1}, {2, 2}}, "size 0 is NaN": {{math.NaN(), 1}},
	} {
		if _, _, err := KMeans(sizes, 3, 0); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestAssign_failures(t *testing.T) {
	anchors := []Size{{0.5, 0.5}}
	good := []Center{{X: 1, Y: 1, H: 0.1, W: 0.1}}
	if got, err := Assign(2, 2, anchors, good, []int{0}, 1); err != nil || got.Places[0] != (Place{1, 1, 0}) {
		t.Errorf("a middle on the far corner: %v, %v", got.Places, err)
	}
	for _, tc := range []struct {
		boxes  []Center
		labels []int
		grid   int
		says   string
	}{
		{good, []int{0}, 0, "grid 0×0"},
		{good, nil, 2, "0 labels for 1 boxes"},
		{good, []int{1}, 2, "box 0 has class 1 of 1"},
		{[]Center{{X: 1.1, Y: 0, H: 1, W: 1}}, []int{0}, 2, "expected its middle in the picture"},
		{[]Center{{X: math.NaN(), Y: 0, H: 1, W: 1}}, []int{0}, 2, "expected its middle in the picture"},
		{[]Center{{X: 0.5, Y: 0.5, H: 0, W: 1}}, []int{0}, 2, "its sides above 0"},
	} {
		if _, err := Assign(tc.grid, tc.grid, anchors, tc.boxes, tc.labels, 1); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("got %v, want %q", err, tc.says)
		}
	}
}

func TestReference(t *testing.T) {
	boxes := func(x golden.Tensor) []Box {
		var out []Box
		for i := 0; i < len(x.F64); i += 4 {
			out = append(out, Box{x.F64[i], x.F64[i+1], x.F64[i+2], x.F64[i+3]})
		}
		return out
	}
	golden.Run(t, "datasets/box", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "iou_matrix":
			a, b := boxes(c.Tensor("input.a")), boxes(c.Tensor("input.b"))
			c.Check("output.iou", IoUMatrix(a, b), []int{len(a), len(b)})
		case "box_convert":
			var got []float64
			in := boxes(c.Tensor("input.xyxy"))
			for _, b := range in {
				m := b.Center()
				got = append(got, m.X, m.Y, m.H, m.W)
			}
			c.Check("output.box", got, []int{len(in), 4})
		case "rcnn_box_encode":
			p, g := boxes(c.Tensor("input.proposal")), boxes(c.Tensor("input.ground_truth"))
			var all, decoded []float64
			for i := range p {
				v, err := Encode(p[i], g[i])
				if err != nil {
					t.Fatal(err)
				}
				d := Decode(p[i], v)
				all, decoded = append(all, v[:]...), append(decoded, d.X1, d.Y1, d.X2, d.Y2)
			}
			c.Check("output.t", all, []int{len(p), 4})
			c.Check("output.decoded", decoded, []int{len(p), 4})
		case "anchor_assign":
			referenceAssign(t, c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

func referenceAssign(t *testing.T, c *golden.Case) {
	var anchors []Size
	hw := c.Tensor("input.anchors_hw").F64
	for i := 0; i < len(hw); i += 2 {
		anchors = append(anchors, Size{hw[i], hw[i+1]})
	}
	var truth []Center
	v := c.Tensor("input.box").F64
	for i := 0; i < len(v); i += 4 {
		truth = append(truth, Center{X: v[i], Y: v[i+1], H: v[i+2], W: v[i+3]})
	}
	grid, classes := c.Params.Int("grid"), c.Params.Int("classes")
	got, err := Assign(grid, grid, anchors, truth, c.Tensor("input.label").I64, classes)
	if err != nil {
		t.Fatal(err)
	}
	var places []int
	for _, p := range got.Places {
		places = append(places, p.Row, p.Col, p.Anchor)
	}
	c.Check("output.y", got.Y, []int{grid, grid, len(anchors), 5 + classes})
	c.CheckInts("output.assignment", places, []int{len(truth), 3})
}
