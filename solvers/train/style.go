package train

import (
	"context"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// Style paints a content picture in the style of others: it changes a picture G
// so that
//
//	J(G) = α·J_content(G) + β·J_style(G) + γ·J_variation(G)
//
// becomes small, the activations being those of a network that stays as it is.
// The parts are the cheatsheet's, each divided by its size in the originals so
// that α and β mean the same for all pictures and networks:
//
//	J_content   = ½·‖a(C) − a(G)‖² / ½·‖a(C)‖²
//	J_style     = 1/L·Σ_l ‖G(S) − G(G)‖²_F / ‖G(S)‖²_F   over L layers' Gram matrices
//	J_variation = the mean difference of neighbouring pixels, from 0 to 1
//
// Source: cheatsheet §1.6.2; arXiv:1508.06576.
type Style struct {
	Network *FeatureNetwork
	// Alpha α, Beta β and Gamma γ weigh content, style and smoothness.
	Alpha, Beta, Gamma float64
	// Steps is how often G is changed, shared among the sizes.
	Steps int
	// LBFGS says to use L-BFGS, with an evaluation a step; otherwise Adam takes
	// the steps, from the learning rate Rate down to a twentieth of it.
	LBFGS bool
	Rate  float64
	// Size is the longer side of G, pixels. Above [StyleBase] G is painted at
	// half the size first, again and again.
	Size int
	// Seed is of the noise to start from; 0 starts from the content picture.
	Seed uint64
	// Threads of the computation; 0 means as many as processors.
	Threads int
	// OnStep is called before each step, where it is set.
	OnStep func(StyleStep) error
}

// StyleBase is the largest size that is painted at once: what a network sees of
// a picture at a glance.
const StyleBase = 256

// StylePicture is a picture whose style is taken, with its share.
type StylePicture struct {
	*image.Picture
	Weight float64 // positive; shares are made of them
}

// Costs are the parts of J. The parts are as they are before α, β and γ.
type Costs struct {
	Total, Content, Style, Variation float64
}

// StyleStep is a moment of the painting.
type StyleStep struct {
	Step, Steps   int // of all sizes; done, in all
	Height, Width int
	Costs
	// Picture returns what there is by now.
	Picture func() *image.Picture
}

// Painted is the result.
type Painted struct {
	*image.Picture
	// Start are the costs of the content picture at the full size, End those of
	// the result.
	Start, End Costs
}

// Check returns an error for settings with which nothing can be painted, and for
// pictures that are too narrow. It looks at no network.
func (s *Style) Check(content *image.Picture, styles []StylePicture) error {
	for _, v := range []struct {
		what  string
		value float64
	}{{"content weight", s.Alpha}, {"style weight", s.Beta}, {"variation weight", s.Gamma}} {
		if !(v.value >= 0) || math.IsInf(v.value, 0) {
			return errors.Errorf("style: %s %g, expected a number from 0 on", v.what, v.value)
		}
	}
	switch {
	case len(styles) == 0:
		return errors.New("style: no style picture")
	case s.Alpha == 0 && s.Beta == 0:
		return errors.New("style: both weights are 0, expected content or style to count")
	case s.Steps < 1:
		return errors.Errorf("style: %d steps, expected at least 1", s.Steps)
	case !s.LBFGS && (!(s.Rate > 0) || math.IsInf(s.Rate, 0)):
		return errors.Errorf("style: learning rate %g, expected a positive number", s.Rate)
	case s.Size < leastSide:
		return errors.Errorf("style: size %d, expected at least %d pixels", s.Size, leastSide)
	}
	for _, p := range styles {
		if _, _, err := fit("style", p.Picture, s.sizes()[0]); err != nil {
			return err
		}
	}
	_, _, err := fit("content", content, s.sizes()[0])
	return err
}

// Paint paints content in the styles. When the context is done it returns its
// error with what there is by then.
func (s *Style) Paint(ctx context.Context, content *image.Picture, styles []StylePicture) (*Painted, error) {
	if err := s.Check(content, styles); err != nil {
		return nil, err
	}
	if s.Network == nil {
		return nil, errors.New("style: no network, expected one whose features are compared")
	}
	sizes := s.sizes()
	p := &Painted{}
	for i, size := range sizes {
		from := s.Steps * i / len(sizes)
		to := s.Steps * (i + 1) / len(sizes)
		e, err := s.easel(content, styles, size)
		if err != nil {
			return nil, err
		}
		start := e.content
		if p.Picture != nil {
			if start, err = resized(p.Picture, e.content.Height, e.content.Width); err != nil {
				return nil, err
			}
		} else if s.Seed != 0 {
			start = noisePicture(s.Seed, e.content.Height, e.content.Width)
		}
		if size == s.Size {
			e.set(e.content)
			if p.Start, err = e.costs(); err != nil {
				return nil, err
			}
		}
		e.set(start)
		err = s.paint(ctx, e, from, to)
		p.Picture = e.picture()
		if err != nil {
			return p, err
		}
		if p.End, err = e.costs(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// sizes are the longer sides that G is painted at, in order.
func (s *Style) sizes() []int {
	sizes := []int{s.Size}
	for sizes[0] > StyleBase {
		sizes = append([]int{(sizes[0] + 1) / 2}, sizes...)
	}
	return sizes
}

// restful is the share of the learning rate that is gone at the end.
const restful = 0.95

// paint takes the steps from one number to another.
func (s *Style) paint(ctx context.Context, e *easel, from, to int) error {
	step := from
	before := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.OnStep == nil {
			return nil
		}
		c := e.content
		return s.OnStep(StyleStep{Step: step, Steps: s.Steps, Height: c.Height, Width: c.Width, Costs: e.last(), Picture: e.picture})
	}
	if s.LBFGS {
		opt := solvers.NewLBFGS(e.prog.Gradients())
		opt.Evaluations = max(1, to-from)
		_, err := opt.Minimize(func() (float64, error) {
			if err := e.prog.Run(); err != nil {
				return 0, err
			}
			if !finite(e.prog.Loss()) {
				return 0, diverged(e.store, e.prog, "J", e.prog.Loss())
			}
			err := before()
			step++
			return e.prog.Loss(), err
		})
		e.clamp()
		return err
	}
	opt := solvers.NewAdam(s.Rate)
	for ; step < to; step++ {
		// The last steps are short: what trembles comes to rest.
		opt.SetLearnRate(s.Rate * (1 - restful*float64(step-from)/float64(to-from)))
		if err := e.prog.Run(); err != nil {
			return err
		}
		if !finite(e.prog.Loss()) {
			return diverged(e.store, e.prog, "J", e.prog.Loss())
		}
		if err := before(); err != nil {
			return err
		}
		if err := opt.Step(e.prog.Gradients()); err != nil {
			return err
		}
		e.clamp()
	}
	return nil
}

// easel is the picture in work at one size, with the program of its cost.
type easel struct {
	store   *graph.Store
	prog    *graph.Program
	content *image.Picture
	pixels  *graph.Param
}

// The names of the picture and of the targets that the program is fed.
const (
	pictureName = "picture"
	contentName = "content"
	gramPrefix  = "gram "
)

// easel prepares to paint at a size.
func (s *Style) easel(content *image.Picture, styles []StylePicture, size int) (*easel, error) {
	c, err := fitted("content", content, size)
	if err != nil {
		return nil, err
	}
	store, err := s.Network.store()
	if err != nil {
		return nil, err
	}
	store.SetThreads(s.Threads)
	e := &easel{store: store, content: c}
	target, err := s.Network.Content(store, c)
	if err != nil {
		return nil, err
	}
	grams, err := s.Network.Style(store, styles, size)
	if err != nil {
		return nil, err
	}

	g := graph.New(store, graph.Train)
	picture := g.Scope().Param(pictureName, graph.Constant(0), 1, 3, c.Height, c.Width)
	parts := s.Network.costs(g, picture, target, grams)
	j := losses.StyleTransfer(s.Alpha, s.Beta, parts.content, parts.styles, parts.weights)
	if s.Gamma > 0 {
		j = j.Add(parts.variation.Scale(s.Gamma))
	}
	style := losses.StyleTransfer(0, 1, parts.content, parts.styles, parts.weights)
	loss := j
	if s.LBFGS {
		loss = j.Add(beyond(picture).Scale(fence))
	}
	if e.prog, err = g.Compile(loss, j, parts.content, style, parts.variation); err != nil {
		return nil, errors.Wrap(err, "build the cost of style transfer")
	}
	e.pixels = store.Param(pictureName)
	return e, e.prog.Run(parts.feeds...)
}

// set makes p, of the easel's size, the picture in work.
func (e *easel) set(p *image.Picture) { copy(e.pixels.Float32s(), p.Pix) }

// clamp keeps the pixels within 0 to 1.
func (e *easel) clamp() {
	x := e.pixels.Float32s()
	for i, v := range x {
		x[i] = min(max(v, 0), 1)
	}
}

// picture returns a copy of the picture in work.
func (e *easel) picture() *image.Picture {
	p := &image.Picture{Pix: slices.Clone(e.pixels.Float32s()), Channels: 3, Height: e.content.Height, Width: e.content.Width}
	for i, v := range p.Pix {
		p.Pix[i] = min(max(v, 0), 1)
	}
	return p
}

// costs computes the costs of the picture in work.
func (e *easel) costs() (Costs, error) {
	if err := e.prog.Run(); err != nil {
		return Costs{}, err
	}
	return e.last(), nil
}

// last returns the costs of the last run.
func (e *easel) last() Costs {
	at := func(i int) float64 { return e.prog.Scalar(e.prog.Fetched(i)) }
	return Costs{at(0), at(1), at(2), at(3)}
}

// fence is what L-BFGS, which knows no bounds, adds for pixels beyond 0 to 1.
const fence = 1e3

// beyond returns the mean of the squares by which pixels leave 0 to 1.
func beyond(x *graph.Node) *graph.Node {
	return x.Sub(x.Clamp(0, 1)).Square().Mean()
}
