package darknet

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// Output is a YOLO layer of a built network.
type Output struct {
	// Raw has the outputs [N, k·(5 + p), rows, cols], for each anchor t_x, t_y, t_w,
	// t_h, t_0, then the classes.
	Raw        *graph.Node
	Rows, Cols int
	head       head
}

// maxOutputs is the most numbers that the layers give for a picture, all
// together: 2 GiB.
const maxOutputs = 1 << 29

// builder adds the layers of a network to a graph one by one. A few lines can
// ask for any size, so that it is counted before it is taken.
type builder struct {
	config  *Config
	s       graph.Scope
	made    []*graph.Node // by layer
	out     []Output
	weights int     // numbers that there may be yet
	outputs float64 // of all layers so far, for a picture
}

// Build adds the network to the graph of s: the outputs of the pictures
// x [N, C, H, W]. The convolution of layer i has the parameters i.weight, i.bias.
func (c *Config) Build(s graph.Scope, x *graph.Node) ([]Output, error) {
	return c.build(s, x, maxWeights/4)
}

// build is Build of a network that has at most so many weights.
func (c *Config) build(s graph.Scope, x *graph.Node, weights int) ([]Output, error) {
	b := &builder{config: c, s: s, weights: weights}
	if b.outputs = elements(c.Channels, c.Height, c.Width); b.outputs > maxOutputs {
		return nil, errors.Errorf("pictures of %d×%d×%d numbers, expected at most %d", c.Channels, c.Height, c.Width, maxOutputs)
	}
	for i, l := range c.Layers {
		y, err := b.layer(i, l, x)
		if err != nil {
			return nil, err
		}
		if err := y.Graph().Err(); err != nil {
			return nil, l.errorf("%v", err)
		}
		if b.outputs += elements(y.Shape()[1:]...); b.outputs > maxOutputs {
			return nil, l.errorf("%.0f numbers a picture up to this layer, of %v, expected at most %d", b.outputs, y.Shape()[1:], maxOutputs)
		}
		b.made = append(b.made, y)
		x = y
	}
	if len(b.out) == 0 {
		return nil, errors.New("no [yolo] or [region] layer, expected a detector")
	}
	return b.out, nil
}

// elements returns the product of sizes, which may be beyond an int.
func elements(sizes ...int) float64 {
	n := 1.0
	for _, s := range sizes {
		n *= float64(s)
	}
	return n
}

// layer returns the output of layer i for that of the layer before.
func (b *builder) layer(i int, l Layer, x *graph.Node) (*graph.Node, error) {
	switch l.Kind {
	case "convolutional":
		return b.convolution(i, l, x)
	case "maxpool":
		return maxPool(l, x)
	case "upsample":
		k, err := l.int("stride", 2, 1, 64)
		if err != nil {
			return nil, err
		}
		return x.UpsampleNearest(k*x.Dim(2), k*x.Dim(3)), nil
	case "dropout":
		return x, nil // of training only
	case "route":
		return b.route(i, l)
	case "shortcut":
		from, err := l.layers("from", i)
		if err != nil {
			return nil, err
		}
		for _, at := range from {
			if y := b.made[at]; !slices.Equal(x.Shape(), y.Shape()) {
				return nil, l.errorf("shapes %v, %v of layer %d, expected equal ones", x.Shape(), y.Shape(), at)
			}
			x = x.Add(b.made[at])
		}
		return activate(l, x)
	case "yolo", "region":
		h, err := l.head(b.config, x.Dim(2), x.Dim(3))
		if err != nil {
			return nil, err
		}
		if want := len(h.anchors) * (5 + h.classes); x.Dim(1) != want {
			return nil, l.errorf("the layer before has %d maps, expected %d for %d anchors, %d classes", x.Dim(1), want, len(h.anchors), h.classes)
		}
		b.out = append(b.out, Output{Raw: x, Rows: x.Dim(2), Cols: x.Dim(3), head: h})
		return x, nil
	}
	return nil, l.errorf("unknown layer, expected convolutional, maxpool, route, shortcut, upsample, dropout, yolo or region")
}

func (b *builder) convolution(i int, l Layer, x *graph.Node) (*graph.Node, error) {
	c, err := l.conv()
	if err != nil {
		return nil, err
	}
	if x.Dim(1)%c.groups != 0 {
		return nil, l.errorf("%d groups of %d maps, expected a divisor", c.groups, x.Dim(1))
	}
	need := elements(c.filters, x.Dim(1)/c.groups, c.size, c.size) + float64(c.filters)
	if need > float64(b.weights) {
		return nil, l.errorf("%.0f weights, expected at most the %d that are left", need, b.weights)
	}
	b.weights -= int(need)
	s := b.s.At(fmt.Sprint(i))
	w := s.Param("weight", graph.Constant(0), c.filters, x.Dim(1)/c.groups, c.size, c.size)
	y := x.Conv(w, s.Param("bias", graph.Constant(0), c.filters), graph.ConvOpts{
		Stride: []int{c.stride}, Pad: [][2]int{{c.pad, c.pad}}, Dilation: []int{c.dilation}, Groups: c.groups,
	})
	return activate(l, y)
}

// activate applies the layer's activation.
func activate(l Layer, x *graph.Node) (*graph.Node, error) {
	switch l.set["activation"] {
	case "linear", "":
		return x, nil
	case "leaky":
		return x.LeakyReLU(0.1), nil
	case "relu":
		return x.ReLU(), nil
	case "logistic":
		return x.Sigmoid(), nil
	case "swish":
		return x.Mul(x.Sigmoid()), nil
	case "mish":
		return x.Mul(x.Softplus().Tanh()), nil
	}
	return nil, l.errorf("unknown activation %q, expected linear, leaky, relu, logistic, swish or mish", l.set["activation"])
}

// maxPool pads by size − 1 in all where nothing is said, the smaller half before.
func maxPool(l Layer, x *graph.Node) (*graph.Node, error) {
	size, err := l.int("size", 2, 1, 1<<10)
	if err != nil {
		return nil, err
	}
	stride, err := l.int("stride", size, 1, 1<<10)
	if err != nil {
		return nil, err
	}
	pad, err := l.int("padding", size-1, 0, size-1)
	if err != nil {
		return nil, err
	}
	return x.MaxPool(graph.PoolOpts{Kernel: []int{size}, Stride: []int{stride}, Pad: [][2]int{{pad / 2, pad - pad/2}}}), nil
}

// route joins earlier layers, or parts of them.
func (b *builder) route(i int, l Layer) (*graph.Node, error) {
	from, err := l.layers("layers", i)
	if err != nil {
		return nil, err
	}
	groups, err := l.int("groups", 1, 1, 1<<10)
	if err != nil {
		return nil, err
	}
	part, err := l.int("group_id", 0, 0, groups-1)
	if err != nil {
		return nil, err
	}
	var all []*graph.Node
	for _, at := range from {
		x := b.made[at]
		if n := x.Dim(1) / groups; groups > 1 {
			x = x.Slice(1, part*n, (part+1)*n)
		}
		all = append(all, x)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return graph.Concat(1, all...), nil
}
