package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
)

// drawn returns a picture whose pixels are a function of channel and place,
// each from 0 to 1.
func drawn(channels, h, w int, at func(c int, y, x float64) float64) *image.Picture {
	p := &image.Picture{Pix: make([]float32, channels*h*w), Channels: channels, Height: h, Width: w}
	for c := range channels {
		for y := range h {
			for x := range w {
				p.Pix[(c*h+y)*w+x] = float32(at(c, float64(y)/float64(h), float64(x)/float64(w)))
			}
		}
	}
	return p
}

// disc is a bright disc on a shaded ground.
func disc(channels, h, w int) *image.Picture {
	return drawn(channels, h, w, func(c int, y, x float64) float64 {
		if math.Hypot(y-0.5, x-0.5) < 0.3 {
			return 0.9 - 0.2*float64(c)
		}
		return 0.2 + 0.3*y
	})
}

// stripes are diagonal.
func stripes(h, w int) *image.Picture {
	return drawn(3, h, w, func(c int, y, x float64) float64 { return 0.5 + 0.4*math.Sin(40*(x+y)+float64(c)) })
}

// smallStyle paints 40×40 pixels with random weights.
func smallStyle() Style {
	return Style{Network: NewSqueezeNetFeatures("", 1), Alpha: 1, Beta: 100, Gamma: 1, Steps: 30, LBFGS: true, Rate: 0.05, Size: 40, Threads: 1}
}

func paintWith(t *testing.T, s Style, content *image.Picture, styles ...StylePicture) *Painted {
	t.Helper()
	p, err := s.Paint(t.Context(), content, styles)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStyle_lowersTheCost(t *testing.T) {
	for _, lbfgs := range []bool{true, false} {
		s := smallStyle()
		s.LBFGS = lbfgs
		steps := 0
		s.OnStep = func(StyleStep) error { steps++; return nil }
		p := paintWith(t, s, disc(3, 40, 40), StylePicture{stripes(50, 50), 1})
		if p.Start.Content != 0 || p.End.Total > p.Start.Total/3 {
			t.Errorf("L-BFGS %t: J from %+v to %+v, want a third", lbfgs, p.Start, p.End)
		}
		// J is the sum of its parts, to rounding in float32.
		if sum := p.End.Content + 100*p.End.Style + p.End.Variation; math.Abs(sum-p.End.Total) > 1e-4*sum {
			t.Errorf("J %v of parts %v", p.End.Total, sum)
		}
		if steps != s.Steps {
			t.Errorf("L-BFGS %t: %d steps told, want %d", lbfgs, steps, s.Steps)
		}
		for _, v := range p.Pix {
			if v < 0 || v > 1 {
				t.Fatalf("a pixel of %v", v)
			}
		}
		again := paintWith(t, s, disc(3, 40, 40), StylePicture{stripes(50, 50), 1})
		if !slices.Equal(again.Pix, p.Pix) {
			t.Error("a second time other pixels")
		}
	}
}

// A larger α keeps more of the content, a larger β takes more of the style.
func TestStyle_weights(t *testing.T) {
	cost := func(alpha, beta float64) Costs {
		s := smallStyle()
		s.Alpha, s.Beta, s.Gamma = alpha, beta, 0
		return paintWith(t, s, disc(3, 40, 40), StylePicture{stripes(40, 40), 1}).End
	}
	faithful, stylish := cost(10, 1), cost(0.1, 1)
	if !(faithful.Content < stylish.Content/2 && stylish.Style < faithful.Style/2) {
		t.Errorf("α = 10: %+v; α = 0.1: %+v", faithful, stylish)
	}
}

// Pictures of all sizes and kinds are brought to the size.
func TestStyle_pictures(t *testing.T) {
	s := smallStyle()
	s.Steps = 2
	style := StylePicture{stripes(36, 44), 1}
	for _, c := range []struct {
		name    string
		content *image.Picture
		h, w    int
	}{
		{"grey", disc(1, 60, 50), 40, 33},
		{"one pixel", disc(3, 1, 1), 40, 40},
		{"wide", disc(3, 36, 40), 36, 40},
		{"large", disc(3, 500, 400), 40, 32},
	} {
		p := paintWith(t, s, c.content, style)
		if p.Height != c.h || p.Width != c.w || p.Channels != 3 {
			t.Errorf("%s: %d×%d of %d channels, want %d×%d of 3", c.name, p.Width, p.Height, p.Channels, c.w, c.h)
		}
	}
	black := drawn(3, 40, 40, func(int, float64, float64) float64 { return 0 })
	if p := paintWith(t, s, black, StylePicture{black, 1}); !finite(p.End.Total) {
		t.Errorf("black on black: %+v", p.End)
	}
	s.Seed = 3
	if p := paintWith(t, s, disc(3, 40, 40), style); p.Height != 40 {
		t.Errorf("from noise: %d rows", p.Height)
	}
}

// Large pictures are painted at half the size first.
func TestStyle_sizes(t *testing.T) {
	s := smallStyle()
	for size, want := range map[int][]int{40: {40}, 256: {256}, 257: {129, 257}, 1000: {250, 500, 1000}} {
		s.Size = size
		if got := s.sizes(); !slices.Equal(got, want) {
			t.Errorf("size %d: %v, want %v", size, got, want)
		}
	}
	s.Size, s.Steps, s.Threads = 260, 4, 0
	heights := map[int]int{}
	s.OnStep = func(step StyleStep) error { heights[step.Width]++; return nil }
	p := paintWith(t, s, disc(3, 40, 80), StylePicture{stripes(40, 40), 1})
	if p.Width != 260 || p.Height != 130 || heights[130] != 2 || heights[260] != 2 {
		t.Errorf("%d×%d, steps by width %v", p.Width, p.Height, heights)
	}
}

// Several styles are mixed by weight: the matrices are the mean of theirs.
func TestStyle_mixture(t *testing.T) {
	n := NewSqueezeNetFeatures("", 1)
	store, err := n.store()
	if err != nil {
		t.Fatal(err)
	}
	a, b := stripes(40, 40), disc(3, 40, 40)
	grams := func(styles ...StylePicture) []float32 {
		g, err := n.Style(store, styles, 40)
		if err != nil {
			t.Fatal(err)
		}
		return g[0]
	}
	ofA, ofB, both := grams(StylePicture{a, 1}), grams(StylePicture{b, 5}), grams(StylePicture{a, 3}, StylePicture{b, 1})
	for i, v := range both {
		if want := 0.75*ofA[i] + 0.25*ofB[i]; math.Abs(float64(v-want)) > 1e-5*math.Max(1, math.Abs(float64(want))) {
			t.Fatalf("element %d: %v, want %v", i, v, want)
		}
	}
}

func TestStyle_interrupted(t *testing.T) {
	for _, lbfgs := range []bool{true, false} {
		s := smallStyle()
		s.LBFGS = lbfgs
		ctx, cancel := context.WithCancel(t.Context())
		s.OnStep = func(step StyleStep) error {
			if step.Step == 5 {
				cancel()
				if got := step.Picture(); got.Height != 40 {
					t.Errorf("a snapshot of %d rows", got.Height)
				}
			}
			return nil
		}
		p, err := s.Paint(ctx, disc(3, 40, 40), []StylePicture{{stripes(40, 40), 1}})
		if !errors.Is(err, context.Canceled) || p == nil || p.Picture == nil {
			t.Errorf("%v, %v, want what there is", p, err)
		}
	}
}

func TestStyle_errors(t *testing.T) {
	content, style := disc(3, 40, 40), []StylePicture{{stripes(40, 40), 1}}
	for _, c := range []struct {
		name    string
		change  func(s *Style)
		content *image.Picture
		styles  []StylePicture
		want    string
	}{
		{"steps", func(s *Style) { s.Steps = 0 }, content, style, "0 steps"},
		{"size", func(s *Style) { s.Size = 31 }, content, style, "size 31, expected at least 32"},
		{"weights", func(s *Style) { s.Alpha, s.Beta = 0, 0 }, content, style, "both weights are 0"},
		{"negative", func(s *Style) { s.Beta = -1 }, content, style, "style weight -1"},
		{"nan", func(s *Style) { s.Gamma = math.NaN() }, content, style, "variation weight NaN"},
		{"rate", func(s *Style) { s.LBFGS, s.Rate = false, 0 }, content, style, "learning rate 0"},
		{"none", func(*Style) {}, content, nil, "no style picture"},
		{"narrow", func(*Style) {}, disc(3, 10, 2000), style, "content picture of 2000×10: at size 40 it is 40×1, expected at least 32"},
		{"narrow style", func(*Style) {}, content, []StylePicture{{stripes(2000, 10), 1}}, "style picture of 10×2000"},
		{"empty", func(*Style) {}, &image.Picture{}, style, "content picture: it is empty"},
		{"share", func(*Style) {}, content, []StylePicture{{stripes(40, 40), 0}}, "style picture 1: weight 0"},
		{"file", func(s *Style) { s.Network = NewVGG19Features("none.safetensors") }, content, style, "none.safetensors"},
	} {
		s := smallStyle()
		c.change(&s)
		if _, err := s.Paint(t.Context(), c.content, c.styles); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

// The gradient of J by the pixels is that of finite differences.
func TestStyle_gradient(t *testing.T) {
	n := NewSqueezeNetFeatures("", 1)
	single, err := n.store()
	if err != nil {
		t.Fatal(err)
	}
	content, err := n.Content(single, disc(3, 33, 33))
	if err != nil {
		t.Fatal(err)
	}
	grams, err := n.Style(single, []StylePicture{{stripes(33, 33), 1}}, 33)
	if err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float64, 1)
	if err := n.load(store); err != nil {
		t.Fatal(err)
	}
	g := graph.New(store, graph.Train)
	parts := n.costs(g, g.Scope().Param(pictureName, nn.Uniform(0.1, 0.9), 1, 3, 33, 33), content, grams)
	j := losses.StyleTransfer(1, 100, parts.content, parts.styles, parts.weights).Add(parts.variation)
	prog, err := g.Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	wide := func(x []float32) []float64 { return widened(nil, x) }
	feeds := []graph.Feed{prog.Input(contentName).FeedFloat64s(wide(content))}
	for l, name := range n.StyleLayers {
		feeds = append(feeds, prog.Input(gramPrefix+name).FeedFloat64s(wide(grams[l])))
	}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	if got := len(prog.Gradients()); got != 1 {
		t.Fatalf("gradients of %d parameters, want the picture's alone", got)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 12, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report {
		// Differences of 1e-6 in a loss near 100 leave six digits.
		if !r.Right(1e-4) {
			t.Errorf("pixel %d: numerical %g, analytical %g", r.Index, r.Numerical, r.Analytical)
		}
	}
}
