package graph_test

import (
	"math/rand/v2"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

func TestSmoke(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	g := graph.New(store, graph.Train)
	x := g.Input("x", 4, 1, 12, 12)
	y := g.Labels("y", 4)
	s := g.Scope()
	h := nn.NewConv2d(s.At("conv1"), 1, 3, 5, nn.ConvOpts{Pad: 2}).Forward(x)
	h = nn.NewBatchNorm2d(s.At("bn1"), 3, nn.BatchNormOpts{}).Forward(h).Tanh().MaxPool2d(2)
	h = nn.NewConv2d(s.At("conv2"), 3, 4, 3, nn.ConvOpts{Stride: 2}).Forward(h).Tanh().AvgPool2d(2)
	h = nn.NewDropout(s.At("drop"), 0.3).Forward(h.Flatten())
	h = nn.NewLinear(s.At("fc"), h.Dim(1), 5).Forward(h)
	loss := h.LogSoftmax(-1).NLL(y, graph.NLLOpts{Smoothing: 0.1}).Mean()
	prog, err := g.Compile(loss, h)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	in := make([]float64, x.Len())
	for i := range in {
		in[i] = r.NormFloat64()
	}
	if err := prog.Run(x.FeedFloat64s(in), y.FeedInts([]int{0, 1, 4, 2})); err != nil {
		t.Fatal(err)
	}
	t.Log(prog.Loss(), prog.Memory())
	rep, err := gradcheck.Check(prog, gradcheck.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rep {
		t.Logf("%+v", r)
	}
	if rep.Worst().RelativeError > 1e-6 {
		t.Error(rep.Worst())
	}
	labels := []int{0, 1, 4, 2}
	if n := testing.AllocsPerRun(20, func() {
		if err := prog.Run(x.FeedFloat64s(in), y.FeedInts(labels)); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocs", n)
	}
}
