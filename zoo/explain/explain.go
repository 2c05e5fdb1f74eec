package explain

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// Network is a network in two parts: feature maps, and the logits that are made
// of them.
type Network interface {
	// Features returns the feature maps [N, C, H, W] of x.
	Features(x *graph.Node) *graph.Node
	// Head returns the logits [N, classes] of the feature maps.
	Head(features *graph.Node) *graph.Node
}

// Maps are the feature maps of one picture behind a layer.
type Maps struct {
	Layer  string    // what made them
	Shape  [3]int    // C, H, W
	Values []float32 // [C, H, W]
}

// View is what a network makes of one picture.
type View struct {
	Logits []float32
	// Last are the maps that the head reads.
	Last Maps
	// Stages are the last maps of each size, the largest first.
	Stages []Maps

	store *graph.Store
	build func(s graph.Scope) Network
}

// Look runs the network, whose parameters are in the store, on a picture x of the
// given shape [C, H, W].
func Look(store *graph.Store, build func(s graph.Scope) Network, x []float32, shape []int) (*View, error) {
	g := graph.New(store, graph.Eval)
	in := g.Input("x", append([]int{1}, shape...)...)
	network := build(g.Scope())
	last := network.Features(in)
	logits := network.Head(last)
	if err := g.Err(); err != nil {
		return nil, errors.Wrap(err, "look at a picture")
	}
	if last.Rank() != 4 {
		return nil, errors.Errorf("look at a picture: features of shape %v, expected maps [N, C, H, W]", last.Shape())
	}
	stages := lastOfEachSize(g.Layers(last))
	fetch := []*graph.Node{logits, last}
	for _, l := range stages {
		fetch = append(fetch, l.Node)
	}
	prog, err := g.Compile(nil, fetch...)
	if err != nil {
		return nil, errors.Wrap(err, "look at a picture")
	}
	if err := prog.Run(in.Feed(x)); err != nil {
		return nil, errors.Wrap(err, "look at a picture")
	}
	maps := func(layer string, n *graph.Node) Maps {
		return Maps{Layer: layer, Shape: [3]int(n.Shape()[1:]), Values: slices.Clone(prog.Float32s(n))}
	}
	v := &View{Logits: slices.Clone(prog.Float32s(logits)), Last: maps("features", last), store: store, build: build}
	for _, l := range stages {
		v.Stages = append(v.Stages, maps(l.Operation, l.Node))
	}
	return v, nil
}

// lastOfEachSize returns the last of the layers of each height and width.
func lastOfEachSize(layers []graph.Layer) []graph.Layer {
	var list []graph.Layer
	for _, l := range layers {
		if len(l.Output) != 4 || l.Output[2] == 1 && l.Output[3] == 1 {
			continue
		}
		if n := len(list); n > 0 && slices.Equal(list[n-1].Output[2:], l.Output[2:]) {
			list[n-1] = l
		} else {
			list = append(list, l)
		}
	}
	return list
}

// GradCAM returns where in the maps [H, W] the class is seen:
//
//	L = max(0, Σ_k α_k A_k),  α_k = 1/(H·W) Σ_ij ∂y_c/∂A_k,ij
//
// for the logit y_c of the class by the last feature maps A_k. Values are not
// scaled; all 0 means that nothing speaks for the class. The store is frozen
// afterwards.
//
// Source: arXiv:1610.02391 eq. 1-2.
func (v *View) GradCAM(class int) ([]float32, error) {
	if class < 0 || class >= len(v.Logits) {
		return nil, errors.Errorf("Grad-CAM of class %d, expected 0 to %d", class, len(v.Logits)-1)
	}
	v.store.Freeze("")
	g := graph.New(v.store, graph.Train) // of a frozen network: as in evaluation, with gradients
	c, h, w := v.Last.Shape[0], v.Last.Shape[1], v.Last.Shape[2]
	maps := g.Input("maps", 1, c, h, w).RequireGrad()
	logits := v.build(g.Scope()).Head(maps)
	chosen := g.Input("class", 1, len(v.Logits))
	prog, err := g.Compile(logits.Mul(chosen).Sum())
	if err != nil {
		return nil, errors.Wrap(err, "Grad-CAM")
	}
	one := make([]float32, len(v.Logits))
	one[class] = 1
	if err := prog.Run(maps.Feed(v.Last.Values), chosen.Feed(one)); err != nil {
		return nil, errors.Wrap(err, "Grad-CAM")
	}
	gradient := prog.Gradient(maps)
	heat := make([]float32, h*w)
	for k := range c {
		alpha := 0.0
		for _, d := range gradient[k*h*w : (k+1)*h*w] {
			alpha += d / float64(h*w)
		}
		for i, a := range v.Last.Values[k*h*w : (k+1)*h*w] {
			heat[i] += float32(alpha) * a
		}
	}
	for i, l := range heat {
		heat[i] = max(0, l)
	}
	return heat, nil
}

// Filters are the filters [K, C, h, w] of the first convolution.
func Filters(store *graph.Store) (name string, shape [4]int, values []float64, err error) {
	for _, p := range store.Params() {
		if len(p.Shape()) == 4 && !p.IsBuffer() {
			return p.Name(), [4]int(p.Shape()), p.Values(), nil
		}
	}
	return "", shape, nil, errors.New("the network has no convolution")
}
