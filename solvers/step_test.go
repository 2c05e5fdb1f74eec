package solvers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// everyForm is every optimiser with every one of its forms.
func everyForm() map[string]func() solvers.Solver {
	forms := map[string]func() solvers.Solver{
		"momentum averaged": func() solvers.Solver { m := solvers.NewMomentum(0.1); m.Averaged = true; return m },
		"momentum dampened": func() solvers.Solver { m := solvers.NewMomentum(0.1); m.Dampening = 0.5; return m },
		"rmsprop inside":    func() solvers.Solver { r := solvers.NewRMSprop(0.1); r.EpsilonInside = true; return r },
		"rmsprop centered":  func() solvers.Solver { r := solvers.NewRMSprop(0.1); r.Centered = true; return r },
		"rmsprop rolling":   func() solvers.Solver { r := solvers.NewRMSprop(0.1); r.Momentum = 0.5; return r },
		"rmsprop all":       func() solvers.Solver { r := solvers.NewRMSprop(0.1); r.Momentum, r.Centered = 0.5, true; return r },
		"adam as printed":   func() solvers.Solver { a := solvers.NewAdam(0.1); a.BiasCorrection = false; return a },
		"adagrad decaying": func() solvers.Solver {
			a := solvers.NewAdagrad(0.1)
			a.RateDecay, a.InitialSum = 0.1, 0.5
			return a
		},
	}
	for _, name := range solvers.Names() {
		forms[name] = func() solvers.Solver {
			s, err := solvers.New(name, 0.1)
			if err != nil {
				panic(err)
			}
			return s
		}
	}
	return forms
}

func numbers(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float32(r.NormFloat64()))
	}
	return x
}

func bits(x []float64) []uint64 {
	b := make([]uint64, len(x))
	for i, v := range x {
		b[i] = math.Float64bits(v)
	}
	return b
}

func TestStep_allocatesNothing(t *testing.T) {
	for _, float32s := range []bool{true, false} {
		for name, form := range everyForm() {
			t.Run(fmt.Sprintf("%s float32 %t", name, float32s), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				opt := form()
				common := opt.Common()
				common.WeightDecay = 0.1
				common.Penalty = solvers.ElasticNet(0.1, 0.5)
				common.Decays = solvers.OnlyWeights
				common.RateFactors = []solvers.Factor{{Prefix: "layer1", By: 0.1}}
				var model []gorgonia.ValueGrad
				for i := range 3 {
					v := newValue(fmt.Sprintf("layer%d.weight", i), float32s, numbers(r, 50), 5, 10)
					set(v.grad, numbers(r, 50))
					model = append(model, v)
				}
				bias := newValue("layer1.bias", float32s, numbers(r, 5))
				model = append(model, bias)
				if n := testing.AllocsPerRun(10, func() {
					if err := solvers.ClipByValue(model, 10); err != nil {
						t.Fatal(err)
					}
					if _, err := solvers.ClipByGlobalNorm(model, 1, 1e-6); err != nil {
						t.Fatal(err)
					}
					if err := opt.Step(model); err != nil {
						t.Fatal(err)
					}
				}); n != 0 {
					t.Errorf("%v allocations a step, want none", n)
				}
			})
		}
	}
}

// A large parameter on many threads gets the bits of one thread.
func TestStep_threads(t *testing.T) {
	const n = 100_003
	for _, float32s := range []bool{true, false} {
		for name, form := range everyForm() {
			r := rand.New(rand.NewPCG(3, 4))
			start, grad := numbers(r, n), numbers(r, n)
			results := [2][]float64{}
			for i, threads := range []int{1, 4} {
				opt := form()
				opt.Common().SetThreads(threads)
				v := newValue("w", float32s, start)
				set(v.grad, grad)
				for range 2 {
					if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
						t.Fatal(err)
					}
				}
				results[i] = get(v.w)
			}
			if !slices.Equal(bits(results[0]), bits(results[1])) {
				t.Errorf("%s, float32 %t: four threads give other bits than one", name, float32s)
			}
		}
	}
}

// The mean squares of a constant gradient leave nothing but rounding under the
// root of the centered form.
func TestStep_staysFinite(t *testing.T) {
	for _, float32s := range []bool{true, false} {
		for name, form := range everyForm() {
			opt := form()
			v := newValue("w", float32s, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1})
			for range 400 {
				set(v.grad, []float64{0.3, 0, -0.7, 1e-12, 3, 0.1, 0.9, 1e-3, 77, -0.013})
				if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
					t.Fatal(err)
				}
			}
			for i, w := range get(v.w) {
				if math.IsNaN(w) || math.IsInf(w, 0) {
					t.Errorf("%s, float32 %t: weight %d is %v", name, float32s, i, w)
				}
			}
		}
	}
}

// A parameter left out of a step is left alone, and its own count of steps
// goes on where it was.
func TestStep_subset(t *testing.T) {
	a, b := newValue("a", false, []float64{1}), newValue("b", false, []float64{1})
	alone := newValue("b", false, []float64{1})
	both, single := solvers.NewAdam(0.1), solvers.NewAdam(0.1)
	for k := range 6 {
		for _, v := range []*value{a, b, alone} {
			set(v.grad, []float64{float64(k) - 1.5})
		}
		model := []gorgonia.ValueGrad{a}
		if k%2 == 0 {
			model = append(model, b)
			if err := single.Step([]gorgonia.ValueGrad{alone}); err != nil {
				t.Fatal(err)
			}
		}
		if err := both.Step(model); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := get(b.w)[0], get(alone.w)[0]; got != want {
		t.Errorf("b is %v, alone it is %v", got, want)
	}
}

// Programs of two batch sizes over one store share the state of the optimiser,
// and their gradients are as they were after a step.
func TestStep_programs(t *testing.T) {
	store := graph.NewStore(graph.Float64, 1)
	program := func(batch int) (*graph.Program, []float64) {
		g := graph.New(store, graph.Train)
		x := g.Input("x", batch, 2)
		w := g.Scope().Param("w", graph.Constant(1), 1, 2)
		p, err := g.Compile(x.MatMulT(w).Square().Mean())
		if err != nil {
			t.Fatal(err)
		}
		in := make([]float64, 2*batch)
		for i := range in {
			in[i] = float64(i%3) - 0.5
		}
		if err := p.Run(x.FeedFloat64s(in)); err != nil {
			t.Fatal(err)
		}
		grad, err := p.Gradients()[0].Grad()
		if err != nil {
			t.Fatal(err)
		}
		return p, grad.Data().([]float64)
	}
	opt := solvers.NewAdam(0.1)
	opt.Penalty = solvers.Lasso(0.3)
	for step, batch := range []int{4, 3} {
		p, grad := program(batch)
		before := slices.Clone(grad)
		if err := opt.Step(p.Gradients()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(grad, before) {
			t.Errorf("the step changed the gradient from %v to %v", before, grad)
		}
		if e := opt.State()[0]; e.Name != "w/steps" || e.F64[0] != float64(step+1) {
			t.Errorf("state %v after %d steps", e, step+1)
		}
	}
}

// A penalty in the optimiser is the penalty as a node of the loss.
func TestPenalty_asLoss(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 3, 3).Draw(rt, "w")
		values[0] = 0
		lambda, alpha := rapid.Float64Range(0, 1).Draw(rt, "lambda"), rapid.Float64Range(0, 1).Draw(rt, "alpha")
		for name, form := range map[string]struct {
			decay func(s *solvers.Settings)
			loss  func(w *graph.Node) *graph.Node
		}{
			"lasso": {
				func(s *solvers.Settings) { s.Penalty = solvers.Lasso(lambda) },
				func(w *graph.Node) *graph.Node { return losses.L1(lambda, w) },
			},
			"ridge": {
				func(s *solvers.Settings) { s.Penalty = solvers.Ridge(lambda) },
				func(w *graph.Node) *graph.Node { return losses.L2(lambda, w) },
			},
			"elastic net": {
				func(s *solvers.Settings) { s.Penalty = solvers.ElasticNet(lambda, alpha) },
				func(w *graph.Node) *graph.Node { return losses.ElasticNet(lambda, alpha, w) },
			},
			"weight decay": {
				func(s *solvers.Settings) { s.WeightDecay = lambda },
				func(w *graph.Node) *graph.Node { return losses.L2Half(lambda, w) },
			},
		} {
			store := graph.NewStore(graph.Float64, 1)
			g := graph.New(store, graph.Train)
			w := g.Scope().Param("w", nil, 3)
			if err := store.Param("w").SetValues(values); err != nil {
				t.Fatal(err)
			}
			p, err := g.Compile(form.loss(w))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			if err := solvers.NewMomentum(0.1).Step(p.Gradients()); err != nil {
				t.Fatal(err)
			}
			want := store.Param("w").Values()

			for _, opt := range []solvers.Solver{solvers.NewMomentum(0.1), solvers.NewSGD(0.1)} {
				form.decay(opt.Common())
				v := newValue("w", false, values)
				if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
					t.Fatal(err)
				}
				for i, got := range get(v.w) {
					if math.Abs(got-want[i]) > 1e-14*(1+math.Abs(want[i])) {
						t.Errorf("%s: weight %d is %v, with the penalty in the loss %v", name, i, got, want[i])
					}
				}
			}
		}
	})
}

// AdamW keeps its decay out of the moments, and a penalty in them.
func TestAdamW_decoupled(t *testing.T) {
	opt := solvers.NewAdamW(0.1)
	v := newValue("w", false, []float64{2, -2})
	if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil { // gradient 0
		t.Fatal(err)
	}
	near(t, "decay alone", get(v.w), 2*(1-0.1*0.01), -2*(1-0.1*0.01))

	opt = solvers.NewAdamW(0.1)
	opt.WeightDecay = 0
	opt.Penalty = solvers.Ridge(5)
	v = newValue("w", false, []float64{2, -2})
	if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
		t.Fatal(err)
	}
	near(t, "first step by a penalty", get(v.w), 1.9, -1.9)
}

func near(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= 1e-7*(1+math.Abs(w))) { // Adam's epsilon shows at 1e-8
			t.Errorf("%s: element %d is %.17g, want %.17g", what, i, got[i], w)
		}
	}
}

func TestFactors(t *testing.T) {
	opt := solvers.NewSGD(1)
	opt.WeightDecay = 1
	opt.Decays = solvers.OnlyWeights
	opt.RateFactors = []solvers.Factor{{Prefix: "net.", By: 0.5}, {Prefix: "", By: 0.25}, {Prefix: "net.layer1", By: 0}}
	opt.DecayFactors = []solvers.Factor{{Prefix: "net.head", By: 0.5}}
	for _, test := range []struct {
		name string
		want float64 // from 1, with gradient 0
	}{
		{"other.weight", 0.75},
		{"net.weight", 0.5},
		{"network.weight", 0.75},
		{"net.layer1.weight", 1},
		{"net.layer10.weight", 0.5},
		{"net.head.weight", 0.75},
		{"net.head.bias", 1},
	} {
		v := newValue(test.name, false, []float64{1})
		if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
			t.Fatal(err)
		}
		if got := get(v.w)[0]; got != test.want {
			t.Errorf("%s: 1 became %v, want %v", test.name, got, test.want)
		}
	}
}

func TestOnlyWeights(t *testing.T) {
	for name, want := range map[string]bool{
		"weight": true, "bias": false, "conv1.weight": true, "conv1.bias": false,
		"layer1.0.bn1.weight": false, "bn.bias": false, "encoder.norm2.weight": false,
		"lstm.weight_ih_l0": true, "lstm.bias_hh_l0": false, "bnb": true, "embedding.weight": true,
	} {
		if got := solvers.OnlyWeights(name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// A gradient that is a transposed view is taken in the order of its shape.
func TestStep_transposedGradient(t *testing.T) {
	for _, float32s := range []bool{true, false} {
		v := newValue("w", float32s, []float64{0, 0, 0, 0, 0, 0}, 2, 3)
		g := newValue("g", float32s, []float64{1, 2, 3, 4, 5, 6}, 3, 2)
		if err := g.w.T(); err != nil {
			t.Fatal(err)
		}
		v.grad = g.w // [2, 3]: 1 3 5 / 2 4 6
		if err := solvers.NewSGD(1).Step([]gorgonia.ValueGrad{v}); err != nil {
			t.Fatal(err)
		}
		near(t, "weights", get(v.w), -1, -3, -5, -2, -4, -6)
		if got := get(g.w); !slices.Equal(got, []float64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("the gradient became %v", got)
		}
	}
}
