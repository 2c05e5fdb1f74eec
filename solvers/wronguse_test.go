package solvers_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/solvers"
)

// broken is a value whose parts can be anything.
type broken struct {
	name        string
	value, grad gorgonia.Value
	err         error
}

func (b *broken) Name() string                  { return b.name }
func (b *broken) Value() gorgonia.Value         { return b.value }
func (b *broken) Grad() (gorgonia.Value, error) { return b.grad, b.err }

// list has neither a name nor an identity.
type list []float64

func (l list) Value() gorgonia.Value         { return nil }
func (l list) Grad() (gorgonia.Value, error) { return nil, nil }

// An error changes nothing: neither the values before the wrong one nor state.
func TestStep_wrongUse(t *testing.T) {
	dense := func(n int) *tensor.Dense { return tensor.New(tensor.WithBacking(make([]float64, n))) }
	matrix := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(make([]float64, 6)))
	if err := matrix.T(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(a *solvers.Adam)
		value  gorgonia.ValueGrad
		want   string
	}{
		{"nil", nil, nil, "adam step: value 1: nil"},
		{"no identity", nil, list{1}, "a solvers_test.list has neither a name nor an identity"},
		{"no value", nil, &broken{name: "x", grad: dense(2)}, "x: weights: no value"},
		{"no gradient", nil, &broken{name: "x", value: dense(2)}, "x: gradient: no value"},
		{"failing gradient", nil, &broken{name: "x", value: dense(2), err: fmt.Errorf("not yet")}, "x: gradient: not yet"},
		{"lengths", nil, &broken{name: "x", value: dense(2), grad: dense(3)}, "x: gradient: 3 elements (3), expected 2 (2)"},
		{"types", nil, &broken{name: "x", value: dense(1), grad: tensor.New(tensor.WithBacking([]float32{1}))}, "float32, expected float64 as the weights"},
		{"integers", nil, &broken{name: "x", value: tensor.New(tensor.WithBacking([]int{1})), grad: dense(1)}, "elements of type int, expected float32 or float64"},
		{"integer scalar", nil, &broken{name: "x", value: gorgonia.NewI(1), grad: dense(1)}, "a *gorgonia.I, expected a dense tensor or a scalar"},
		{"a view", nil, &broken{name: "x", value: matrix, grad: dense(6)}, "expected contiguous elements in row-major order"},
		{"twice", nil, newValue("first", false, []float64{1, 2}), "first: another value has the same name"},
		{"another type than before", nil, newValue("known", true, []float64{1}), "known: float32 (1), but the state is of float64 (1)"},
		{"another shape than before", nil, newValue("known", false, []float64{1, 2}), "known: float64 (2), but the state is of float64 (1)"},
		{"learning rate", func(a *solvers.Adam) { a.SetLearnRate(math.NaN()) }, nil, "adam step: learning rate NaN"},
		{"beta1", func(a *solvers.Adam) { a.Beta1 = 1 }, nil, "beta1 1, expected in [0, 1)"},
		{"epsilon", func(a *solvers.Adam) { a.Epsilon = -1 }, nil, "epsilon -1, expected a finite number not below 0"},
		{"decay", func(a *solvers.Adam) { a.WeightDecay = math.Inf(1) }, nil, "weight decay +Inf"},
		{"penalty", func(a *solvers.Adam) { a.Penalty.L1 = -1 }, nil, "L1 penalty -1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			opt := solvers.NewAdam(0.1)
			if err := opt.Step([]gorgonia.ValueGrad{newValue("known", false, []float64{1})}); err != nil {
				t.Fatal(err)
			}
			before := fmt.Sprint(opt.State())
			if test.change != nil {
				test.change(opt)
			}
			first := newValue("first", false, []float64{1, 1})
			set(first.grad, []float64{1, 1})
			err := opt.Step([]gorgonia.ValueGrad{first, test.value})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if got := get(first.w); !slices.Equal(got, []float64{1, 1}) {
				t.Errorf("the first value became %v", got)
			}
			if got := fmt.Sprint(opt.State()); got != before {
				t.Errorf("the state became %s, was %s", got, before)
			}
		})
	}
	if err := new(solvers.Adam).Step(nil); err == nil || !strings.Contains(err.Error(), "made without its constructor") {
		t.Errorf("error %v of a literal", err)
	}
}
