package train

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// FeatureNetwork is a network whose activations stand for a picture's content and
// style. Its weights stay as they are.
type FeatureNetwork struct {
	// ContentLayer is compared for content, StyleLayers by their Gram matrices.
	ContentLayer string
	StyleLayers  []string

	name      string
	network   func(s graph.Scope) activating
	mean, std [3]float64 // of red, green, blue from 0 to 1
	reversed  bool       // it takes blue, green, red
	weights   string     // a file; "" for random weights
	rename    func(string) string
	seed      uint64
}

// activating is a network that gives the activations of its layers.
type activating interface {
	Activations(x *graph.Node, names ...string) map[string]*graph.Node
}

// Name returns squeezenet, squeezenet-torchvision or vgg19.
func (n *FeatureNetwork) Name() string { return n.name }

// OpenFeatures returns the network whose weights are in a file: VGG-19 or
// SqueezeNet 1.1 of torchvision, or SqueezeNet 1.1 in its authors' form.
func OpenFeatures(weights string) (*FeatureNetwork, error) {
	f, err := checkpoint.Open(weights)
	if err != nil {
		return nil, errors.Wrap(err, "load weights")
	}
	defer f.Close()
	for _, known := range []struct{ tensor, network string }{
		{"fire8/squeeze1x1.weight", "squeezenet"},
		{"features.11.squeeze.weight", "squeezenet-torchvision"},
		{"features.28.weight", "vgg19"}, // also in VGG-16, which Load refuses
	} {
		if _, _, ok := f.Info(known.tensor); ok {
			return NewFeatures(known.network, weights)
		}
	}
	return nil, errors.Errorf("load weights %s: neither those of VGG-19 nor of SqueezeNet 1.1", weights)
}

// NewFeatures returns the network of that name, see [FeatureNetwork.Name], with
// the weights of a file; without one, weights are random until others are loaded.
func NewFeatures(name, weights string) (*FeatureNetwork, error) {
	switch name {
	case "squeezenet":
		return NewSqueezeNetFeatures(weights, 1), nil
	case "squeezenet-torchvision":
		n := NewSqueezeNetFeatures(weights, 1)
		n.name, n.reversed, n.rename = name, false, nil
		n.mean, n.std = imageNet()
		return n, nil
	case "vgg19":
		return NewVGG19Features(weights), nil
	}
	return nil, errors.Errorf("no feature network %q, expected squeezenet, squeezenet-torchvision or vgg19", name)
}

// imageNet returns the means and deviations of ImageNet's pictures.
func imageNet() (mean, std [3]float64) {
	return [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}
}

// NewSqueezeNetFeatures returns SqueezeNet 1.1 with the weights of a file in the
// authors' form, whose inputs are blue, green and red from 0 to 255 less the means
// of ImageNet. Without a file the weights are random, decided by seed: even such
// features tell styles apart (arXiv:1606.04801), if less well.
func NewSqueezeNetFeatures(weights string, seed uint64) *FeatureNetwork {
	return &FeatureNetwork{
		ContentLayer: "fire4", StyleLayers: []string{"conv1", "fire2", "fire4", "fire6", "fire8"},
		name:     "squeezenet",
		network:  func(s graph.Scope) activating { return zoo.NewSqueezeNet11Features(s, "fire8") },
		mean:     [3]float64{123.68 / 255, 116.779 / 255, 103.939 / 255},
		std:      [3]float64{1. / 255, 1. / 255, 1. / 255},
		reversed: true, weights: weights, rename: zoo.SqueezeNet11Name, seed: seed,
	}
}

// NewVGG19Features returns VGG-19 with the weights of a file in torchvision's
// form, whose inputs are red, green and blue from 0 to 1, normalised by ImageNet's
// means and deviations.
func NewVGG19Features(weights string) *FeatureNetwork {
	mean, std := imageNet()
	return &FeatureNetwork{
		ContentLayer: "relu4_2", StyleLayers: []string{"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"},
		name:    "vgg19",
		network: func(s graph.Scope) activating { return zoo.NewVGG19Features(s, "relu5_1") },
		mean:    mean, std: std, weights: weights,
	}
}

// featuresScope is where the network lies in a store.
const featuresScope = "network"

// store returns a new store with the network's weights, frozen.
func (n *FeatureNetwork) store() (*graph.Store, error) {
	store := graph.NewStore(graph.Float32, n.seed)
	return store, n.load(store)
}

// load makes the network's weights in a store and freezes them.
func (n *FeatureNetwork) load(store *graph.Store) error {
	g := graph.New(store, graph.Eval)
	n.look(g)(g.Input(inputName, 1, 3, 64, 64))
	if err := g.Err(); err != nil {
		return err
	}
	store.Freeze(featuresScope)
	if n.weights == "" {
		return nil
	}
	rename := func(name string) string {
		if n.rename != nil {
			name = n.rename(name)
		}
		return featuresScope + "." + name
	}
	d, err := checkpoint.Load(n.weights, store, checkpoint.Opts{Lenient: true, Rename: rename})
	if err != nil {
		return err
	}
	d.Unexpected = nil // what lies above the cut
	d.Missing = slices.DeleteFunc(d.Missing, func(name string) bool { _, of := cutScope(name, featuresScope); return !of })
	if !d.None() {
		return errors.Wrapf(checkpoint.ErrOtherModel, "load weights %s: %s", n.weights, d)
	}
	return nil
}

// look builds the network and returns what gives, of pictures x [N, 3, H, W] in
// red, green, blue from 0 to 1, the activations of the layers that are compared.
func (n *FeatureNetwork) look(g *graph.Graph) func(x *graph.Node) map[string]*graph.Node {
	net := n.network(g.Scope().At(featuresScope))
	mean, std := g.Constant(n.mean[:], 1, 3, 1, 1), g.Constant(n.std[:], 1, 3, 1, 1)
	names := append([]string{n.ContentLayer}, n.StyleLayers...)
	return func(x *graph.Node) map[string]*graph.Node {
		x = x.Sub(mean).Div(std)
		if n.reversed {
			x = graph.Concat(1, x.Slice(1, 2, 3), x.Slice(1, 1, 2), x.Slice(1, 0, 1))
		}
		return net.Activations(x, names...)
	}
}

// Content returns the activation of the content layer for a picture.
func (n *FeatureNetwork) Content(store *graph.Store, p *image.Picture) ([]float32, error) {
	g := graph.New(store, graph.Eval)
	x := g.Input(inputName, 1, 3, p.Height, p.Width)
	prog, err := g.Compile(nil, n.look(g)(x)[n.ContentLayer])
	if err != nil {
		return nil, errors.Wrapf(err, "content picture of %d×%d", p.Width, p.Height)
	}
	if err := prog.Run(x.Feed(p.RGB().Pix)); err != nil {
		return nil, err
	}
	return slices.Clone(prog.Float32s(prog.Fetched(0))), nil
}

// Style returns the Gram matrices, as [losses.GramMean], of each style layer: the
// mean over the pictures by their weights. Each picture is brought to the size,
// its longer side, first.
func (n *FeatureNetwork) Style(store *graph.Store, styles []StylePicture, size int) ([][]float32, error) {
	total := 0.0
	for i, s := range styles {
		if !(s.Weight > 0) || math.IsInf(s.Weight, 0) {
			return nil, errors.Errorf("style picture %d: weight %g, expected a positive number", i+1, s.Weight)
		}
		total += s.Weight
	}
	grams := make([][]float32, len(n.StyleLayers))
	for _, s := range styles {
		p, err := fitted("style", s.Picture, size)
		if err != nil {
			return nil, err
		}
		g := graph.New(store, graph.Eval)
		x := g.Input(inputName, 1, 3, p.Height, p.Width)
		at := n.look(g)(x)
		var fetch []*graph.Node
		for _, name := range n.StyleLayers {
			fetch = append(fetch, losses.GramMean(at[name]))
		}
		prog, err := g.Compile(nil, fetch...)
		if err != nil {
			return nil, errors.Wrapf(err, "style picture of %d×%d", p.Width, p.Height)
		}
		if err := prog.Run(x.Feed(p.Pix)); err != nil {
			return nil, err
		}
		for l := range n.StyleLayers {
			gram := prog.Float32s(prog.Fetched(l))
			if grams[l] == nil {
				grams[l] = make([]float32, len(gram))
			}
			for i, v := range gram {
				grams[l][i] += float32(s.Weight/total) * v
			}
		}
	}
	return grams, nil
}

// costParts are the parts of J with what their program is to be fed once.
type costParts struct {
	content, variation *graph.Node
	styles             []*graph.Node
	weights            []float64
	feeds              []graph.Feed
}

// costs builds the parts of J for a picture in work [1, 3, H, W].
func (n *FeatureNetwork) costs(g *graph.Graph, picture *graph.Node, content []float32, grams [][]float32) costParts {
	at := n.look(g)(picture)
	c := at[n.ContentLayer]
	target := g.Input(contentName, c.Shape()...)
	p := costParts{
		content:   losses.ContentCost(c, target).Scale(1 / (0.5*squared(content) + tiny)),
		variation: losses.TotalVariation(picture).Scale(1 / float64(2*picture.Len())),
		feeds:     []graph.Feed{target.Feed(content)},
	}
	p.addStyles(g, n, at, grams)
	return p
}

// addStyles builds the costs of the style layers for the activations of G.
func (p *costParts) addStyles(g *graph.Graph, n *FeatureNetwork, at map[string]*graph.Node, grams [][]float32) {
	for l, name := range n.StyleLayers {
		a := at[name]
		gram := g.Input(gramPrefix+name, 1, a.Dim(1), a.Dim(1))
		// The matrices are means over the places of pictures of any sizes; the
		// cost wants sums over those of G.
		size := float64(a.Len() / a.Dim(0))
		p.styles = append(p.styles, losses.StyleCostGram(a, gram.Scale(size)))
		p.weights = append(p.weights, 4/(squared(grams[l])+tiny)/float64(len(n.StyleLayers)))
		p.feeds = append(p.feeds, gram.Feed(grams[l]))
	}
}

// tiny keeps a black picture's costs finite.
const tiny = 1e-12

// squared returns Σ x².
func squared(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// leastSide is the shorter side that a picture needs for the networks' deepest
// style layer to have a few places.
const leastSide = 32

// fitted returns p in colour with the longer side size.
func fitted(what string, p *image.Picture, size int) (*image.Picture, error) {
	h, w, err := fit(what, p, size)
	if err != nil {
		return nil, err
	}
	return resized(p.RGB(), h, w)
}

// fit returns the sides of p when its longer one is size.
func fit(what string, p *image.Picture, size int) (h, w int, err error) {
	if p == nil || p.Height < 1 || p.Width < 1 {
		return 0, 0, errors.Errorf("%s picture: it is empty", what)
	}
	longer := max(p.Height, p.Width)
	h = max(1, (p.Height*size+longer/2)/longer)
	w = max(1, (p.Width*size+longer/2)/longer)
	if min(h, w) < leastSide {
		return 0, 0, errors.Errorf("%s picture of %d×%d: at size %d it is %d×%d, expected at least %d pixels a side: a larger size, or a picture less narrow",
			what, p.Width, p.Height, size, w, h, leastSide)
	}
	return h, w, nil
}

func resized(p *image.Picture, h, w int) (*image.Picture, error) {
	if p.Height == h && p.Width == w {
		return p, nil
	}
	y, err := augment.Resize(augment.Image[float32]{C: p.Channels, H: p.Height, W: p.Width, Pix: p.Pix}, h, w, augment.BilinearSmooth)
	if err != nil {
		return nil, err
	}
	return &image.Picture{Pix: y.Pix, Channels: p.Channels, Height: h, Width: w}, nil
}

// noisePicture is grey with a little noise.
func noisePicture(seed uint64, h, w int) *image.Picture {
	r := rand.New(rand.NewPCG(seed, 0))
	p := &image.Picture{Pix: make([]float32, 3*h*w), Channels: 3, Height: h, Width: w}
	for i := range p.Pix {
		p.Pix[i] = min(max(0.5+0.1*float32(r.NormFloat64()), 0), 1)
	}
	return p
}
