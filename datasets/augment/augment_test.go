package augment

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// grid returns the picture [1, h, w] with the values.
func grid(h, w int, v ...float64) Image[float64] { return Image[float64]{Pix: v, C: 1, H: h, W: w} }

func must(t *testing.T) func(m Image[float64], err error) []float64 {
	return func(m Image[float64], err error) []float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m.Pix
	}
}

func TestSection3_1_DataAugmentation(t *testing.T) {
	x := grid(2, 3, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
	ok := must(t)
	for _, tc := range []struct {
		name      string
		got, want []float64
	}{
		{"flip columns", ok(FlipHorizontal(x)), []float64{0.2, 0.1, 0, 0.5, 0.4, 0.3}},
		{"flip rows", ok(FlipVertical(x)), []float64{0.3, 0.4, 0.5, 0, 0.1, 0.2}},
		{"half a turn", ok(Rotate(x, 180)), []float64{0.5, 0.4, 0.3, 0.2, 0.1, 0}},
		{"crop", ok(Crop(x, 0, 1, 2, 2)), []float64{0.1, 0.2, 0.4, 0.5}},
		{"padded crop", ok(PadCrop(x, 1, 0, 2, 2, 3)), []float64{0, 0, 0, 0.1, 0.2, 0}},
		{"information loss", ok(Cutout(x, 1, -1, 5, 2, 0.7)), []float64{0, 0.1, 0.2, 0.7, 0.4, 0.5}},
		{"colour shift", ok(ColorShift(x, []float64{0.75})), []float64{0.75, 0.85, 0.95, 1, 1, 1}},
		{"noise", ok(AddNoise(x, []float64{-1, 0.1, 0, 0, 0, 1})), []float64{0, 0.2, 0.2, 0.3, 0.4, 1}},
		{"brightness", ok(Brightness(x, 3)), []float64{0, 0.3, 0.6, 0.9, 1, 1}},
		{"contrast", ok(Contrast(x, 2)), []float64{0, 0, 0.15, 0.35, 0.55, 0.75}}, // mean 0.25
		{"normalise", ok(Normalize(x, []float64{0.1}, []float64{0.1})), []float64{-1, 0, 1, 2, 3, 4}},
		{"nearest", ok(Resize(x, 1, 2, Nearest)), []float64{0, 0.1}},
		{"nearest exact", ok(Resize(x, 1, 2, NearestExact)), []float64{0.3, 0.5}},
		{"bilinear", ok(Resize(x, 2, 6, Bilinear)), []float64{0, 0.025, 0.075, 0.125, 0.175, 0.2, 0.3, 0.325, 0.375, 0.425, 0.475, 0.5}},
		{"bilinear, corners", ok(Resize(x, 2, 5, BilinearCorners)), []float64{0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5}},
		// a triangle of radius 2 about 0.5: weights ¾, ¾, ¼, normalised
		{"smooth", ok(Resize(grid(1, 4, 0, 1, 2, 3), 1, 2, BilinearSmooth)), []float64{(3*0 + 3*1 + 1*2) / 7., (1*1 + 3*2 + 3*3) / 7.}},
	} {
		if diff := cmp.Diff(tc.want, tc.got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// A pipeline without steps leaves the original.
func TestSection3_1_Original(t *testing.T) {
	p, err := NewPipeline(1, []int{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{0, 0.1, 0.2, 0.3, 0.4, 1}
	p.Apply(x, 3, 5)
	if diff := cmp.Diff([]float32{0, 0.1, 0.2, 0.3, 0.4, 1}, x); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHWCToCHW(t *testing.T) {
	m, err := HWCToCHW([]float64{1, 10, 2, 20, 3, 30}, 1, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{1, 2, 3, 10, 20, 30}, m.Pix); diff != "" {
		t.Error(diff)
	}
}

func TestResizeShorter(t *testing.T) {
	for _, tc := range [][4]int{{10, 20, 5, 10}, {20, 10, 10, 5}, {7, 7, 5, 5}, {1, 1000, 5, 5000}} {
		m, err := ResizeShorter(NewImage[float32](1, tc[0], tc[1]), 5, BilinearSmooth)
		if err != nil || m.H != tc[2] || m.W != tc[3] {
			t.Errorf("%d×%d became %d×%d, %v", tc[0], tc[1], m.H, m.W, err)
		}
	}
}

// A transpose is right when ⟨gy, Resize(x)⟩ = ⟨ResizeBackward(gy), x⟩.
func TestResizeBackward_isTheTranspose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-1, 1)
		draw := func(name string, h, w int) Image[float64] {
			return grid(h, w, rapid.SliceOfN(value, h*w, h*w).Draw(t, name)...)
		}
		side := rapid.IntRange(1, 7)
		x := draw("x", side.Draw(t, "h"), side.Draw(t, "w"))
		gy := draw("gy", side.Draw(t, "height"), side.Draw(t, "width"))
		mode := Mode(rapid.IntRange(0, int(NearestExact)).Draw(t, "mode"))
		y, err := Resize(x, gy.H, gy.W, mode)
		if err != nil {
			t.Fatal(err)
		}
		gx, err := ResizeBackward(gy, x.H, x.W, mode)
		if err != nil {
			t.Fatal(err)
		}
		a, b := 0.0, 0.0
		for i := range y.Pix {
			a += y.Pix[i] * gy.Pix[i]
		}
		for i := range x.Pix {
			b += x.Pix[i] * gx.Pix[i]
		}
		if math.Abs(a-b) > 1e-12*49 {
			t.Fatalf("%v and %v differ", a, b)
		}
	})
}

func TestFlip_twiceIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(1, 6).Draw(t, "h"), rapid.IntRange(1, 6).Draw(t, "w")
		x := grid(h, w, rapid.SliceOfN(rapid.Float64Range(0, 1), h*w, h*w).Draw(t, "x")...)
		for name, flip := range map[string]func(Image[float64]) (Image[float64], error){"columns": FlipHorizontal[float64], "rows": FlipVertical[float64]} {
			y, err := flip(x)
			if err != nil {
				t.Fatal(err)
			}
			if y, err = flip(y); err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(x.Pix, y.Pix) {
				t.Fatalf("%s: %v became %v", name, x.Pix, y.Pix)
			}
		}
	})
}

func TestFailures(t *testing.T) {
	x := NewImage[float32](3, 4, 5)
	bad := Image[float32]{Pix: make([]float32, 3), C: 1, H: 2, W: 2}
	nan := float32(math.NaN())
	err := func(_ Image[float32], err error) error { return err }
	for _, tc := range []struct {
		err  error
		says string
	}{
		{err(FlipHorizontal(bad)), "FlipHorizontal: 3 values do not fill [1, 2, 2]"},
		{err(FlipVertical(bad)), "FlipVertical: 3 values"},
		{err(Rotate(bad, 1)), "3 values"},
		{err(Rotate(x, math.Inf(1))), "not finite"},
		{err(Crop(x, 0, 1, 4, 5)), "part 4×5 at row 0, column 1 lies outside 4×5"},
		{err(Crop(x, -1, 0, 1, 1)), "lies outside"},
		{err(Crop(x, 0, 0, math.MaxInt, 1)), "lies outside"},
		{err(PadCrop(x, -1, 0, 0, 1, 1)), "lies outside"},
		{err(Cutout(x, 0, 0, -1, 1, 0)), "Cutout: size -1×1 is negative"},
		{err(Brightness(x, -1)), "found -1, expected 0 or more"},
		{err(Contrast(x, nan)), "found NaN"},
		{err(ColorShift(x, []float32{1})), "1 shifts for 3 channels"},
		{err(AddNoise(x, []float32{1})), "1 noise values for 60 pixels"},
		{err(Normalize(x, []float32{0, 0, 0}, []float32{1, 0, 1})), "deviation of channel 1: found 0"},
		{err(Normalize(x, nil, nil)), "0 means, 0 deviations for 3 channels"},
		{err(Resize(x, 0, 1, Bilinear)), "Resize: size 4×5 to 0×1"},
		{err(Resize(x, 1, 1, 77)), "mode 77 is not known"},
		{err(ResizeBackward(x, 0, 1, Bilinear)), "ResizeBackward"},
		{err(HWCToCHW([]float32{1}, 1, 2, 3)), "HWCToCHW: 1 values"},
	} {
		if tc.err == nil || !strings.Contains(tc.err.Error(), tc.says) {
			t.Errorf("got %v, want %q", tc.err, tc.says)
		}
	}
}

func TestMoments(t *testing.T) {
	var m Moments
	if mean, std := m.Result(); mean != nil || std != nil {
		t.Error("a result of nothing")
	}
	for _, v := range []float32{0, 1} {
		x := NewImage[float32](2, 1, 2)
		x.Pix[0], x.Pix[1], x.Pix[2], x.Pix[3] = v, v, 0.5, 0.5
		if err := m.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	mean, std := m.Result()
	if mean[0] != 0.5 || std[0] != 0.5 || mean[1] != 0.5 || std[1] != 1 {
		t.Errorf("mean %v, deviation %v; want [0.5 0.5], [0.5 1]", mean, std)
	}
	if err := m.Add(NewImage[float32](1, 1, 1)); err == nil || !strings.Contains(err.Error(), "1 channels after pictures of 2") {
		t.Errorf("got %v", err)
	}
}
