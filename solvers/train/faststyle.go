package train

import (
	"math"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// transformScope is where the trained network lies in the store.
const transformScope = "transform"

// FastStyleOpts are the settings of a FastStyle.
type FastStyleOpts struct {
	Batch int
	Seed  uint64
	// Width and Blocks are those of [zoo.NewTransformNet].
	Width, Blocks int
	// Alpha, Beta and Gamma are those of [Style].
	Alpha, Beta, Gamma float64
	// StyleSize is the longer side of the style pictures.
	StyleSize int
	Threads   int
}

// FastStyle is the task of training a [zoo.TransformNet] to paint any picture in
// one style: the cost J of [Style], as the mean over content pictures x of
//
//	J(f(x)),  content x
//
// is made small by the parameters of f rather than by pixels. The network whose
// features are compared lies frozen in the same store.
//
// Source: cheatsheet §1.6.2; arXiv:1603.08155.
type FastStyle struct {
	store   *graph.Store
	network *FeatureNetwork
	styles  []StylePicture
	opts    FastStyleOpts

	train, val datasets.Dataset // values from 0 to 1
	epochs     *datasets.Epochs
	programs   *graph.Programs // training
	eval       *graph.Programs
	plain      *graph.Programs // of pictures left as they are
	painting   *graph.Program  // of one picture
	canvas     *graph.Node
	easel      sync.Mutex // held while a picture is painted
	grams      [][]float32
	usual      float64 // ½·‖a(C)‖² of a training picture
	built      bool
}

// NewFastStyle makes the task. Without a training set it only paints.
func NewFastStyle(network *FeatureNetwork, styles []StylePicture, train, val datasets.Dataset, o FastStyleOpts) (*FastStyle, error) {
	switch {
	case o.Batch < 1:
		return nil, errors.Errorf("fast style: batch size %d, expected at least 1", o.Batch)
	case train != nil && len(styles) == 0:
		return nil, errors.New("fast style: no style picture")
	case o.Width < 1 || o.Blocks < 0:
		return nil, errors.Errorf("fast style: width %d and %d blocks, expected at least 1 and 0", o.Width, o.Blocks)
	}
	if train != nil {
		if s := train.Shape(); len(s) != 3 || s[0] != 3 || s[1]%4 != 0 || s[2]%4 != 0 || min(s[1], s[2]) < leastSide {
			return nil, errors.Errorf("fast style: pictures of shape %v, expected [3, H, W] of at least %d pixels a side, multiples of 4", s, leastSide)
		}
	}
	t := &FastStyle{store: graph.NewStore(graph.Float32, o.Seed), network: network, styles: styles, train: train, val: val, opts: o}
	t.store.SetThreads(o.Threads)
	t.epochs = datasets.NewEpochs(train, datasets.LoaderOptions{Batch: o.Batch, DropLast: true, Seed: o.Seed})
	t.programs = graph.NewPrograms(t.store, graph.Train, t.build(true))
	t.eval = graph.NewPrograms(t.store, graph.Eval, t.build(true))
	t.plain = graph.NewPrograms(t.store, graph.Eval, t.build(false))
	return t, nil
}

// Store returns the parameters of both networks.
func (t *FastStyle) Store() *graph.Store { return t.store }

// Build makes the parameters.
func (t *FastStyle) Build() error {
	if t.built {
		return nil
	}
	if err := t.network.load(t.store); err != nil {
		return err
	}
	g := graph.New(t.store, graph.Eval)
	t.transform(g).Forward(g.Input(inputName, 1, 3, leastSide, leastSide))
	t.built = g.Err() == nil
	return g.Err()
}

func (t *FastStyle) transform(g *graph.Graph) *zoo.TransformNet {
	return zoo.NewTransformNet(g.Scope().At(transformScope), t.opts.Width, t.opts.Blocks)
}

// prepare computes what the costs are measured against, once the weights are
// those to be used.
func (t *FastStyle) prepare() error {
	if t.grams != nil {
		return nil
	}
	if err := t.Build(); err != nil {
		return err
	}
	grams, err := t.network.Style(t.store, t.styles, t.opts.StyleSize)
	if err != nil {
		return err
	}
	const sample = 8
	x, err := pictures(t.train, sample)
	if err != nil {
		return err
	}
	s := t.train.Shape()
	size := datasets.Size(s)
	for at := 0; at < len(x); at += size {
		a, err := t.network.Content(t.store, &image.Picture{Pix: x[at : at+size], Channels: 3, Height: s[1], Width: s[2]})
		if err != nil {
			return err
		}
		t.usual += 0.5 * squared(a) / float64(len(x)/size)
	}
	t.grams = grams
	return nil
}

// build makes the program of J for a batch of pictures, painted or as they are;
// it fetches content and style.
func (t *FastStyle) build(painted bool) graph.Build {
	return func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input(inputName, append([]int{size.Batch}, t.train.Shape()...)...)
		y := x
		if painted {
			y = t.transform(g).Forward(x)
		}
		look := t.network.look(g)
		before, after := look(x), look(y)
		target := before[t.network.ContentLayer].Detach()
		p := costParts{
			content:   losses.ContentCost(after[t.network.ContentLayer], target).Scale(1 / (t.usual + tiny)),
			variation: losses.TotalVariation(y).Scale(float64(size.Batch) / float64(2*y.Len())),
		}
		p.addStyles(g, t.network, after, t.grams)
		j := losses.StyleTransfer(t.opts.Alpha, t.opts.Beta, p.content, p.styles, p.weights).Add(p.variation.Scale(t.opts.Gamma))
		style := losses.StyleTransfer(0, 1, p.content, p.styles, p.weights)
		prog, err := compile(j, p.content, style)
		if err != nil {
			return nil, err
		}
		// The targets stay: Run keeps what it is not fed.
		return prog, prog.Run(append(p.feeds, prog.Input(inputName).Feed(make([]float32, x.Len())))...)
	}
}

// Steps returns the number of full batches in an epoch.
func (t *FastStyle) Steps() int { return t.epochs.Steps() }

// Begin starts an epoch at a batch.
func (t *FastStyle) Begin(epoch, batch int) { t.epochs.Begin(epoch, batch) }

// Step computes J of the next batch and its gradients.
func (t *FastStyle) Step(step int) (*graph.Program, int, error) {
	if err := t.prepare(); err != nil {
		return nil, 0, err
	}
	b, err := t.epochs.Next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := t.programs.For(graph.Size{Batch: b.N})
	if err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	return prog, b.N, prog.Run(prog.Input(inputName).Feed(b.X))
}

// Validate returns val_total_cost with its parts.
func (t *FastStyle) Validate() (Metrics, error) {
	if t.val == nil || t.val.Len() == 0 {
		return nil, nil
	}
	c, err := t.Evaluate(t.val)
	if err != nil {
		return nil, err
	}
	return Metrics{{"val_total_cost", c.Total}, {"val_content_cost", c.Content}, {"val_style_cost", c.Style}}, nil
}

// Evaluate returns the mean costs of a set's pictures when painted.
func (t *FastStyle) Evaluate(d datasets.Dataset) (Costs, error) { return t.mean(d, t.eval) }

// Unpainted returns the mean costs of a set's pictures as they are.
func (t *FastStyle) Unpainted(d datasets.Dataset) (Costs, error) { return t.mean(d, t.plain) }

func (t *FastStyle) mean(d datasets.Dataset, programs *graph.Programs) (Costs, error) {
	if err := t.prepare(); err != nil {
		return Costs{}, err
	}
	loader := datasets.NewLoader(d, datasets.LoaderOptions{Batch: t.opts.Batch, Sequential: true})
	defer loader.Close()
	var c Costs
	n := 0
	for loader.Next() {
		b := loader.Batch()
		err := programs.Use(graph.Size{Batch: b.N}, func(prog *graph.Program) error {
			if err := prog.Run(prog.Input(inputName).Feed(b.X)); err != nil {
				return err
			}
			w := float64(b.N)
			c.Total += w * prog.Loss()
			c.Content += w * prog.Scalar(prog.Fetched(0))
			c.Style += w * prog.Scalar(prog.Fetched(1))
			return nil
		})
		if err != nil {
			return c, err
		}
		n += b.N
	}
	if err := loader.Err(); err != nil {
		return c, errors.Wrap(err, "evaluate")
	}
	if n == 0 {
		return c, errors.New("evaluate: the data set is empty, expected at least one picture")
	}
	c.Total, c.Content, c.Style = c.Total/float64(n), c.Content/float64(n), c.Style/float64(n)
	if t.opts.Gamma > 0 {
		c.Variation = (c.Total - t.opts.Alpha*c.Content - t.opts.Beta*c.Style) / t.opts.Gamma
	}
	return c, nil
}

// Better reports whether a cost is less than the best.
func (t *FastStyle) Better(value, best float64) bool { return value < best }

// Close ends the reading of batches.
func (t *FastStyle) Close() { t.epochs.Close() }

// Paint paints a picture of any size in one pass. Several goroutines may call it
// at once: one paints at a time.
func (t *FastStyle) Paint(p *image.Picture) (*image.Picture, error) {
	if p == nil || p.Height < 1 || p.Width < 1 {
		return nil, errors.New("fast style: the picture is empty")
	}
	t.easel.Lock()
	defer t.easel.Unlock()
	if err := t.Build(); err != nil {
		return nil, err
	}
	// Edges are repeated until the sizes are multiples of 4, and a little beyond,
	// so that the zeros around the picture are not seen.
	const margin = 12
	p = p.RGB()
	h, w := up4(p.Height+2*margin), up4(p.Width+2*margin)
	wide := make([]float32, 3*h*w)
	for c := range 3 {
		for y := range h {
			from := (c*p.Height + within(y-margin, p.Height)) * p.Width
			for x := range w {
				wide[(c*h+y)*w+x] = p.Pix[from+within(x-margin, p.Width)]
			}
		}
	}
	if t.canvas == nil || t.canvas.Dim(2) != h || t.canvas.Dim(3) != w {
		g := graph.New(t.store, graph.Eval)
		x := g.Input(inputName, 1, 3, h, w)
		prog, err := g.Compile(nil, t.transform(g).Forward(x))
		if err != nil {
			return nil, errors.Wrapf(err, "paint a picture of %d×%d", p.Width, p.Height)
		}
		t.painting, t.canvas = prog, x
	}
	if err := t.painting.Run(t.canvas.Feed(wide)); err != nil {
		return nil, err
	}
	painted := t.painting.Float32s(t.painting.Fetched(0))
	out := &image.Picture{Pix: make([]float32, len(p.Pix)), Channels: 3, Height: p.Height, Width: p.Width}
	for c := range 3 {
		for y := range p.Height {
			from := (c*h+y+margin)*w + margin
			copy(out.Pix[(c*p.Height+y)*p.Width:][:p.Width], painted[from:from+p.Width])
		}
	}
	if firstBad(out.Pix) >= 0 {
		return nil, errors.New("fast style: the painted picture is not finite")
	}
	return out, nil
}

// within returns the index nearest to i in an axis of n elements.
func within(i, n int) int { return max(0, min(i, n-1)) }

func up4(n int) int { return int(math.Ceil(float64(n)/4)) * 4 }
