package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewVOC(t *testing.T) {
	square := func(x float64) Box { return Box{x, 0, x + 10, 10} }
	truths := []Truth{{Box: square(0)}, {Box: square(100)}, {Image: 1, Box: square(0), Difficult: true}}
	detections := []Detection{
		{Score: 0.9, Box: square(0)},           // right
		{Score: 0.8, Box: square(1)},           // its truth is taken: wrong
		{Image: 1, Score: 0.7, Box: square(0)}, // difficult: does not count
		{Score: 0.6, Box: square(102)},         // IoU 8/12: right
		{Score: 0.5, Box: square(200)},         // wrong
	}
	v, err := NewVOC(truths, detections, 2, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ap", v.AP[0], 0.5*1+0.5*2/3, 1e-15)
	near(t, "ap 11", v.AP11[0], (6*1+5*2./3)/11, 1e-15)
	if !math.IsNaN(v.AP[1]) || v.MAP != v.AP[0] || v.MAP11 != v.AP11[0] {
		t.Errorf("a class without truth counts: %+v", v)
	}
	c, err := NewCOCO(truths[:2], detections, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Wrong are 0.8, 0.7 and 0.5 here; the right one of IoU 2/3 counts up to 0.65.
	near(t, "coco 50", c.AP50, (51*1+50*0.5)/101, 1e-15)
	near(t, "coco 75", c.AP75, 51./101, 1e-15)
	near(t, "coco", c.AP, (4*(51*1+50*0.5)+6*51)/1010, 1e-15)
}

// 3 of 10 found is a recall of 0.3, which 3*0.1 in floating point exceeds.
func TestPRCounts_recallOnTheLine(t *testing.T) {
	near(t, "sampled", newPRCounts([]bool{true, true, true}, 10).sampled(10), 4./11, 1e-15)
}

func TestNewCOCO_readsHundredInImage(t *testing.T) {
	box := Box{0, 0, 1, 1}
	var detections []Detection
	for i := range 100 {
		detections = append(detections, Detection{Image: 7, Score: float64(200 - i), Box: Box{5, 5, 6, 6}})
	}
	detections = append(detections, Detection{Image: 7, Score: 1, Box: box})
	c, err := NewCOCO([]Truth{{Image: 7, Box: box}}, detections, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.AP != 0 {
		t.Errorf("detection 101 counts: AP %g", c.AP)
	}
}

func TestAveragePrecision_properties(t *testing.T) {
	box := rapid.Custom(func(t *rapid.T) Box {
		x, y := rapid.IntRange(0, 8).Draw(t, "x"), rapid.IntRange(0, 8).Draw(t, "y")
		w, h := rapid.IntRange(0, 4).Draw(t, "w"), rapid.IntRange(0, 4).Draw(t, "h")
		return Box{float64(x), float64(y), float64(x + w), float64(y + h)}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := box.Draw(t, "a"), box.Draw(t, "b")
		if o := overlap(a, b); o != overlap(b, a) || o < 0 || o > 1 || a.area() > 0 && overlap(a, a) != 1 {
			t.Fatalf("overlap of %v and %v is %g", a, b, o)
		}
		var truths []Truth
		var perfect, noise []Detection
		for i := range rapid.IntRange(1, 6).Draw(t, "truths") {
			// Far apart, so that each overlaps only itself.
			x := float64(100 * i)
			tr := Truth{Image: i % 2, Class: i % 3, Box: Box{x, 0, x + 5, 5}}
			truths = append(truths, tr)
			perfect = append(perfect, Detection{Image: tr.Image, Class: tr.Class, Score: 1 + float64(i), Box: tr.Box})
		}
		for range rapid.IntRange(0, 5).Draw(t, "noise") {
			noise = append(noise, Detection{Image: rapid.IntRange(0, 1).Draw(t, "image"), Class: rapid.IntRange(0, 2).Draw(t, "class"), Score: 0.5, Box: box.Draw(t, "box")})
		}
		for _, d := range [][]Detection{perfect, append(perfect, noise...)} { // later noise takes nothing away
			v, err := NewVOC(truths, d, 3, 0.5)
			if err != nil || v.MAP != 1 || v.MAP11 != 1 {
				t.Fatalf("%+v, %v, want 1", v, err)
			}
			c, err := NewCOCO(truths, d, 3)
			if err != nil || math.Abs(c.AP-1) > 1e-12 {
				t.Fatalf("%+v, %v, want 1", c, err)
			}
		}
	})
}

func TestAveragePrecision_errors(t *testing.T) {
	good := Truth{Box: Box{0, 0, 1, 1}}
	for name, c := range map[string]struct {
		truth     Truth
		detection Detection
		classes   int
		want      string
	}{
		"classes":   {good, Detection{}, 0, "0 classes"},
		"truth":     {Truth{Class: 3}, Detection{}, 3, "truth 0 has class 3, expected 0 to 2"},
		"detection": {good, Detection{Class: -1}, 3, "detection 0 has class -1"},
		"score":     {good, Detection{Score: math.NaN()}, 1, "detection 0 has score NaN"},
		"corners":   {Truth{Box: Box{2, 0, 1, 1}}, Detection{}, 1, "expected x1 ≤ x2"},
		"infinite":  {good, Detection{Box: Box{0, 0, math.Inf(1), 1}}, 1, "is not finite"},
	} {
		_, err := NewVOC([]Truth{c.truth}, []Detection{c.detection}, c.classes, 0.5)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if _, err := NewCOCO([]Truth{c.truth}, []Detection{c.detection}, c.classes); err == nil {
			t.Errorf("%s: COCO accepts it", name)
		}
	}
}

func TestVOCCurve(t *testing.T) {
	truths := []Truth{{Box: Box{0, 0, 1, 1}}, {Image: 1, Box: Box{0, 0, 1, 1}}, {Image: 1, Class: 1, Box: Box{0, 0, 1, 1}}}
	found := []Detection{
		{Score: 0.9, Box: Box{0, 0, 1, 1}}, {Score: 0.8, Box: Box{0, 0, 1, 1}}, // the second one too many
		{Image: 1, Score: 0.7, Box: Box{0, 0, 1, 0.9}}, {Image: 1, Class: 1, Score: 0.6, Box: Box{5, 5, 6, 6}},
	}
	recall, precision := VOCCurve(truths, found, 0, 0.5)
	if want := []float64{0.5, 0.5, 1}; !slices.Equal(recall, want) {
		t.Errorf("recall %v, want %v", recall, want)
	}
	if want := []float64{1, 0.5, 2. / 3}; !slices.Equal(precision, want) {
		t.Errorf("precision %v, want %v", precision, want)
	}
	if r, p := VOCCurve(truths, found, 2, 0.5); r != nil || p != nil {
		t.Errorf("a class without truth: %v, %v", r, p)
	}
}
