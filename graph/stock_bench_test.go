package graph_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// lenetBatch is the batch size of the comparison with stock Gorgonia.
const lenetBatch = 64

// BenchmarkLeNetStep is a training step of LeNet with ReLU and max pooling on
// 64 pictures, loss and gradients: what the machines differ in.
func BenchmarkLeNetStep(b *testing.B) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", lenetBatch, 1, 28, 28)
	y := g.Labels("labels", lenetBatch)
	s := g.Scope()
	h := nn.NewConv2d(s.At("conv1"), 1, 6, 5, nn.ConvOpts{Pad: 2}).Forward(x).ReLU().MaxPool2d(2)
	h = nn.NewConv2d(s.At("conv2"), 6, 16, 5, nn.ConvOpts{}).Forward(h).ReLU().MaxPool2d(2).Flatten()
	h = nn.NewLinear(s.At("fc1"), 400, 120).Forward(h).ReLU()
	h = nn.NewLinear(s.At("fc2"), 120, 84).Forward(h).ReLU()
	h = nn.NewLinear(s.At("fc3"), 84, 10).Forward(h)
	prog, err := g.Compile(h.LogSoftmax(-1).NLL(y, graph.NLLOpts{}).Mean())
	if err != nil {
		b.Fatal(err)
	}
	images, labels := make([]float32, x.Len()), make([]int, lenetBatch)
	for i := range images {
		images[i] = float32(i%17)/17 - 0.5
	}
	for i := range labels {
		labels[i] = i % 10
	}
	for b.Loop() {
		if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lenetBatch*b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkLeNetStep_stock is the same work by stock Gorgonia: its operations
// on its TapeMachine.
func BenchmarkLeNetStep_stock(b *testing.B) {
	step, err := stockLeNet()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lenetBatch*b.N)/b.Elapsed().Seconds(), "images/s")
}

// stock builds a network of stock operations; the first error sticks.
type stock struct {
	g      *gorgonia.ExprGraph
	params gorgonia.Nodes
	err    error
}

func (s *stock) weight(name string, shape ...int) *gorgonia.Node {
	n := gorgonia.NewTensor(s.g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithInit(gorgonia.GlorotU(1)))
	s.params = append(s.params, n)
	return n
}

func (s *stock) keep(n *gorgonia.Node, err error) *gorgonia.Node {
	if s.err == nil {
		s.err = err
	}
	return n
}

func (s *stock) conv(name string, x *gorgonia.Node, in, out, pad int) *gorgonia.Node {
	one, two := []int{1, 1}, []int{2, 2}
	y := s.keep(gorgonia.Conv2d(x, s.weight(name, out, in, 5, 5), tensor.Shape{5, 5}, []int{pad, pad}, one, one))
	y = s.keep(gorgonia.BroadcastAdd(y, s.weight(name+"b", 1, out, 1, 1), nil, []byte{0, 2, 3}))
	return s.keep(gorgonia.MaxPool2D(s.keep(gorgonia.Rectify(y)), tensor.Shape{2, 2}, []int{0, 0}, two))
}

func (s *stock) linear(name string, x *gorgonia.Node, in, out int) *gorgonia.Node {
	y := s.keep(gorgonia.Mul(x, s.weight(name, in, out)))
	return s.keep(gorgonia.BroadcastAdd(y, s.weight(name+"b", 1, out), nil, []byte{0}))
}

func stockLeNet() (step func() error, err error) {
	s := &stock{g: gorgonia.NewGraph()}
	x := gorgonia.NewTensor(s.g, tensor.Float32, 4, gorgonia.WithShape(lenetBatch, 1, 28, 28), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.GlorotN(1)))
	target := tensor.New(tensor.WithShape(lenetBatch, 10), tensor.Of(tensor.Float32))
	for i := range lenetBatch {
		if err := target.SetAt(float32(1), i, i%10); err != nil {
			return nil, err
		}
	}
	y := gorgonia.NewMatrix(s.g, tensor.Float32, gorgonia.WithShape(lenetBatch, 10), gorgonia.WithName("y"), gorgonia.WithValue(target))
	h := s.conv("c2", s.conv("c1", x, 1, 6, 2), 6, 16, 0)
	h = s.keep(gorgonia.Reshape(h, tensor.Shape{lenetBatch, 400}))
	h = s.keep(gorgonia.Rectify(s.linear("f1", h, 400, 120)))
	h = s.keep(gorgonia.Rectify(s.linear("f2", h, 120, 84)))
	h = s.linear("f3", h, 84, 10)
	logp := s.keep(gorgonia.Log(s.keep(gorgonia.SoftMax(h))))
	rows := s.keep(gorgonia.Sum(s.keep(gorgonia.HadamardProd(logp, y)), 1))
	loss := s.keep(gorgonia.Neg(s.keep(gorgonia.Mean(rows))))
	if s.err != nil {
		return nil, s.err
	}
	if _, err := gorgonia.Grad(loss, s.params...); err != nil {
		return nil, err
	}
	vm := gorgonia.NewTapeMachine(s.g, gorgonia.BindDualValues(s.params...))
	grads := gorgonia.NodesToValueGrads(s.params)
	solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(1e-4))
	return func() error {
		if err := vm.RunAll(); err != nil {
			return err
		}
		defer vm.Reset()
		return solver.Step(grads) // which also sets the gradients back to zero
	}, nil
}
