package plot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gplot "gonum.org/v1/plot"
	"pgregory.net/rapid"
)

// count returns how many pixels of img have exactly that colour.
func count(img image.Image, want color.Color) int {
	r, g, b, a := want.RGBA()
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r2, g2, b2, a2 := img.At(x, y).RGBA(); r == r2 && g == g2 && b == b2 && a == a2 {
				n++
			}
		}
	}
	return n
}

func encode(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCurves_drawsEverySeries(t *testing.T) {
	panel := Panel{Title: "loss", XLabel: "epoch", LogY: true, Series: []Series{
		{Name: "train", Y: []float64{2, 1, 0.5, 0.2}},
		{Name: "val", Y: []float64{2, math.NaN(), 0.9, 0}},
	}}
	img, err := Curves(panel, Panel{Title: "accuracy", Series: []Series{{Name: "val", Y: []float64{0.9}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds().Size(), image.Pt(1440, 518); got != want {
		t.Errorf("size %v, want %v", got, want)
	}
	for i := range 2 {
		if n := count(img, seriesColor(i)); n < 100 {
			t.Errorf("series %d has %d pixels of its colour", i, n)
		}
	}
	again, err := Curves(panel, Panel{Title: "accuracy", Series: []Series{{Name: "val", Y: []float64{0.9}}}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, img), encode(t, again)) {
		t.Error("two pictures of one panel differ")
	}
}

func TestCurves_extremes(t *testing.T) {
	for name, y := range map[string][]float64{
		"constant":   {3, 3, 3},
		"zero":       {0, 0},
		"tiny":       {1e-140, 2e-140},
		"far apart":  {-1e149, 1e149},
		"near":       {1e15, 1e15 + 1},
		"infinite":   {math.Inf(1), 1, math.Inf(-1), 2},
		"subnormal":  {5e-324, 1},
		"wide log":   {1e-149, 1e149},
		"one number": {7},
	} {
		for _, logY := range []bool{false, true} {
			_, err := Curves(Panel{LogY: logY, Series: []Series{{Y: y}}})
			if err != nil && !(logY && strings.Contains(err.Error(), "can be drawn")) {
				t.Errorf("%s, log %v: %v", name, logY, err)
			}
		}
	}
}

func TestTicks_properties(t *testing.T) {
	check := func(t *rapid.T, ticks []gplot.Tick, lo, hi float64) {
		labels, seen := 0, map[string]bool{}
		for i, tick := range ticks {
			if i > 0 && tick.Value <= ticks[i-1].Value {
				t.Fatalf("ticks %v do not increase", ticks)
			}
			if tick.Value < lo-1e-8*(hi-lo) || tick.Value > hi+1e-8*(hi-lo) {
				t.Fatalf("tick %v outside %g to %g", tick, lo, hi)
			}
			if tick.Label != "" {
				if labels++; seen[tick.Label] {
					t.Fatalf("label %q twice in %v", tick.Label, ticks)
				}
				seen[tick.Label] = true
			}
		}
		if labels < 1 || labels > 15 {
			t.Fatalf("%d labels from %g to %g", labels, lo, hi)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1000, 1000).Draw(t, "lo")
		hi := lo + math.Exp(rapid.Float64Range(-5, 20).Draw(t, "log of range"))
		check(t, linearTicks{}.Ticks(lo, hi), lo, hi)
		lo = math.Exp(rapid.Float64Range(-30, 30).Draw(t, "log of lo"))
		hi = lo * math.Exp(rapid.Float64Range(0.2, 60).Draw(t, "log of factor"))
		if math.Log10(hi/lo) > 0.35 { // a shorter axis may fall between two digits
			check(t, logTicks{}.Ticks(lo, hi), lo, hi)
		}
	})
}

func TestRates(t *testing.T) {
	x, y := []float64{0, 0, 0.5, 1}, []float64{0, 0.7, 0.9, 1}
	for _, f := range []func(string, []Series) (image.Image, error){ROC, PrecisionRecall} {
		img, err := f("faces", []Series{{Name: "triplet", X: x, Y: y}})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(img, seriesColor(0)); n < 500 {
			t.Errorf("the curve has %d pixels", n)
		}
	}
}

func TestHistogram(t *testing.T) {
	img, err := Histogram("distances", "d", 0, []Sample{{"same", []float64{0.1, 0.2, 0.2, 0.3}}, {"different", []float64{0.8, 0.9, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if n := count(img, seriesColor(i)); n < 100 {
			t.Errorf("sample %d has %d pixels of its colour", i, n)
		}
	}
	if _, err := Histogram("", "", 3, []Sample{{"constant", []float64{2, 2}}}); err != nil {
		t.Error(err)
	}
	sum := 0.0
	for _, s := range shares([]float64{0, 1, 2, 3, 4}, 0, 4, 3) {
		sum += s
	}
	if math.Abs(sum-1) > 1e-15 {
		t.Errorf("shares sum to %g, want 1", sum)
	}
}

func TestPlot_errors(t *testing.T) {
	for name, c := range map[string]struct {
		call func() (image.Image, error)
		want string
	}{
		"no panel":  {func() (image.Image, error) { return Curves() }, "no panel"},
		"no series": {func() (image.Image, error) { return Curves(Panel{Title: "a"}) }, `panel 0 "a": no series`},
		"lengths": {func() (image.Image, error) { return Curves(Panel{Series: []Series{{"s", []float64{1}, nil}}}) },
			`series "s": 1 x, 0 y`},
		"all nan": {func() (image.Image, error) {
			return Curves(Panel{LogY: true, Series: []Series{{"s", nil, []float64{0, math.NaN()}}}})
		}, "none of its 2 points can be drawn"},
		"rate":      {func() (image.Image, error) { return ROC("", []Series{{"s", []float64{2}, []float64{0}}}) }, "rate 2 of point 0"},
		"no x":      {func() (image.Image, error) { return PrecisionRecall("", []Series{{"s", nil, []float64{0}}}) }, "no x"},
		"no sample": {func() (image.Image, error) { return Histogram("", "", 0, nil) }, "no sample"},
		"empty":     {func() (image.Image, error) { return Histogram("", "", 0, []Sample{{"s", nil}}) }, `sample "s" is empty`},
		"nan":       {func() (image.Image, error) { return Histogram("", "", 0, []Sample{{"s", []float64{math.NaN()}}}) }, "value NaN at 0"},
		"bins":      {func() (image.Image, error) { return Histogram("", "", -1, []Sample{{"s", []float64{1}}}) }, "-1 bins"},
		"square":    {func() (image.Image, error) { return ConfusionMatrix("", make([]int, 3), nil) }, "3 counts, expected a square"},
		"none":      {func() (image.Image, error) { return ConfusionMatrix("", nil, nil) }, "0 counts"},
		"negative":  {func() (image.Image, error) { return ConfusionMatrix("", []int{0, -1, 0, 0}, nil) }, "count -1 in row 0, column 1"},
		"names":     {func() (image.Image, error) { return ConfusionMatrix("", make([]int, 4), []string{"a"}) }, "1 names, expected 2"},
		"too large": {func() (image.Image, error) { return ConfusionMatrix("", make([]int, 3000*3000), nil) }, "pixels, expected at most"},
		"channels":  {func() (image.Image, error) { return ImageGrid(make([]float32, 2), [4]int{1, 2, 1, 1}, GridOpts{}) }, "2 channels"},
		"values":    {func() (image.Image, error) { return ImageGrid(nil, [4]int{1, 1, 2, 2}, GridOpts{}) }, "0 values, expected 4"},
		"overflow":  {func() (image.Image, error) { return ImageGrid(nil, [4]int{1 << 40, 1, 1 << 40, 2}, GridOpts{}) }, "a product that fits"},
		"captions": {func() (image.Image, error) {
			return ImageGrid(make([]float32, 1), [4]int{1, 1, 1, 1}, GridOpts{Captions: []string{"a", "b"}})
		}, "2 captions, expected 1"},
		"range": {func() (image.Image, error) {
			return ImageGrid(make([]float32, 1), [4]int{1, 1, 1, 1}, GridOpts{Low: 2, High: 1})
		}, "black 2, white 1"},
		"scale": {func() (image.Image, error) {
			return ImageGrid(make([]float32, 1), [4]int{1, 1, 1, 1}, GridOpts{Scale: 1 << 30})
		}, "larger than a picture"},
	} {
		if _, err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestWritePNG(t *testing.T) {
	dir := t.TempDir()
	img, err := ImageGrid([]float32{0, 1}, [4]int{2, 1, 1, 1}, GridOpts{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.png")
	if err := WritePNG(path, img); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, encode(t, img)) {
		t.Error("the file is not the picture")
	}
	if err := WritePNG(filepath.Join(dir, "no", "a.png"), img); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "no", "a.png")) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
