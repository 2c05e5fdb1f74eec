package recurrent_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// TestSection2_2_LongMemory: to copy the first of 100 symbols behind the last
// takes a memory that an LSTM has and a vanilla network, whose gradient
// vanishes, has not.
func TestSection2_2_LongMemory(t *testing.T) {
	lstm := func(s graph.Scope, in, hidden int, x *graph.Node) *graph.Node {
		_, last := recurrent.NewLSTM(s, in, hidden, recurrent.Opts{}).Sequence(x, recurrent.LSTMState{}, nil)
		return last.H
	}
	vanilla := func(s graph.Scope, in, hidden int, x *graph.Node) *graph.Node {
		_, last := recurrent.NewRNN(s, in, hidden, recurrent.Opts{}).Sequence(x, nil, nil)
		return last
	}
	chance := math.Log(4)
	if loss := copyFirst(t, lstm); !(loss < 0.05) {
		t.Errorf("LSTM: loss %.3f, want below 0.05", loss)
	}
	if loss := copyFirst(t, vanilla); !(loss > 0.8*chance) {
		t.Errorf("vanilla network: loss %.3f, expected near that of chance, %.3f", loss, chance)
	}
}

// copyFirst trains a network to name the first of 100 symbols, one of four
// that noise follows, and returns the mean loss of the last 20 steps.
func copyFirst(t *testing.T, layer func(s graph.Scope, in, hidden int, x *graph.Node) *graph.Node) float64 {
	const T, N, symbols, hidden, steps = 100, 16, 4, 16, 250
	const in = symbols + 2 // one-hot, two of noise
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y := g.Input("x", T, N, in), g.Labels("y", N)
	h := layer(g.Scope().At("rnn"), in, hidden, x).Reshape(N, hidden)
	logits := nn.NewLinear(g.Scope().At("out"), hidden, symbols).Forward(h)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = prog.Close() }()
	if p := g.Store().Param("rnn.bias_ih_l0"); p.Len() == 4*hidden {
		// Gates that remember T steps to begin with: arXiv:1804.11188 §3.
		v := p.Values()
		r := rand.New(rand.NewPCG(3, 3))
		for k := range hidden {
			b := math.Log(1 + r.Float64()*(T-2))
			v[k], v[hidden+k] = -b, b
		}
		if err := p.SetValues(v); err != nil {
			t.Fatal(err)
		}
	}
	solver := solvers.NewAdam(0.01)
	r := rand.New(rand.NewPCG(1, 2))
	values, labels := make([]float32, T*N*in), make([]int, N)
	var tail float64
	for step := range steps {
		clear(values)
		for n := range labels {
			labels[n] = r.IntN(symbols)
			values[n*in+labels[n]] = 1
			for s := 1; s < T; s++ {
				values[(s*N+n)*in+symbols] = float32(0.3 * r.NormFloat64())
				values[(s*N+n)*in+symbols+1] = float32(0.3 * r.NormFloat64())
			}
		}
		if err := prog.Run(x.Feed(values), y.FeedInts(labels)); err != nil {
			t.Fatal(err)
		}
		if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 1, 0); err != nil {
			t.Fatal(err)
		}
		if err := solver.Step(prog.Gradients()); err != nil {
			t.Fatal(err)
		}
		if step >= steps-20 {
			tail += prog.Loss() / 20
		}
	}
	return tail
}
