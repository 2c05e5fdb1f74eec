package recurrent_test

import (
	"runtime"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// BenchmarkLanguageModel measures a training step of a language model: batch
// 20, 35 steps, 10,000 words, two layers of 200 units, SGD with the gradient's
// norm clipped at 5. With -v it logs where the time goes.
func BenchmarkLanguageModel(b *testing.B) {
	b.Run("LSTM", func(b *testing.B) {
		languageModel(b, func(s graph.Scope, h0, c0, x *graph.Node) *graph.Node {
			y, _ := recurrent.NewLSTM(s, 200, 200, recurrent.Opts{Layers: 2}).Sequence(x, recurrent.LSTMState{H: h0, C: c0}, nil)
			return y
		})
	})
	b.Run("GRU", func(b *testing.B) {
		languageModel(b, func(s graph.Scope, h0, _, x *graph.Node) *graph.Node {
			y, _ := recurrent.NewGRU(s, 200, 200, recurrent.Opts{Layers: 2}).Sequence(x, h0, nil)
			return y
		})
	})
}

func languageModel(b *testing.B, layers func(s graph.Scope, h0, c0, x *graph.Node) *graph.Node) {
	const B, T, V, H = 20, 35, 10000, 200
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	words, next := g.InputInts("x", T, B), g.Labels("y", T*B)
	h0, c0 := g.Input("h0", 2, B, H), g.Input("c0", 2, B, H)
	table := s.Param("e.weight", nn.Normal(0, 1), V, H)
	y := layers(s.At("r"), h0, c0, table.Embedding(words))
	logits := nn.NewLinear(s.At("o"), H, V).Forward(y.Reshape(T*B, H))
	prog, err := g.Compile(losses.CrossEntropy(logits, next, losses.CrossEntropyOpts{}))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = prog.Close() }()
	x, labels, zero := make([]int, T*B), make([]int, T*B), make([]float32, 2*B*H)
	for i := range x {
		x[i], labels[i] = i*7919%V, i*104729%V
	}
	feeds := []graph.Feed{words.FeedInts(x), next.FeedInts(labels), h0.Feed(zero), c0.Feed(zero)}
	solver := solvers.NewSGD(1)
	step := func() {
		if err := prog.Run(feeds...); err != nil {
			b.Fatal(err)
		}
		if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 5, 1e-6); err != nil {
			b.Fatal(err)
		}
		if err := solver.Step(prog.Gradients()); err != nil {
			b.Fatal(err)
		}
	}
	step()
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(T*B*b.N)/b.Elapsed().Seconds(), "tokens/s")
	if !testing.Verbose() {
		return
	}
	m := prog.Memory()
	b.Logf("%d threads; bytes: parameters %d, gradients %d, arena %d", runtime.GOMAXPROCS(0), m.Parameters, m.Gradients, m.Arena)
	prog.Profile(true)
	step()
	for i, t := range prog.Times() {
		if i < 12 {
			b.Logf("%8.2f ms  %s", float64(t.Time.Microseconds())/1e3, t.Operation)
		}
	}
}
