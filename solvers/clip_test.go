package solvers_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/solvers"
)

func gradients(float32s bool, grads ...[]float64) []gorgonia.ValueGrad {
	var model []gorgonia.ValueGrad
	for _, g := range grads {
		v := newValue("", float32s, g)
		set(v.grad, g)
		model = append(model, v)
	}
	return model
}

func gradientsOf(model []gorgonia.ValueGrad) []float64 {
	var all []float64
	for _, v := range model {
		all = append(all, get(v.(*value).grad)...)
	}
	return all
}

func norm(x []float64) float64 {
	n := 0.0
	for _, v := range x {
		n = math.Hypot(n, v)
	}
	return n
}

// The norm afterwards is the smaller of the norm before and the bound, and the
// direction stays.
func TestClipByGlobalNorm_bound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		number := rapid.Float64Range(-1e3, 1e3)
		a, b := rapid.SliceOfN(number, 1, 40).Draw(rt, "a"), rapid.SliceOfN(number, 1, 40).Draw(rt, "b")
		bound := rapid.Float64Range(1e-3, 1e3).Draw(rt, "bound")
		before := append(slices.Clone(a), b...)
		model := gradients(false, a, b)
		got, err := solvers.ClipByGlobalNorm(model, bound, 0)
		if err != nil {
			rt.Fatal(err)
		}
		want := norm(before)
		if math.Abs(got-want) > 1e-12*want {
			rt.Errorf("norm %v, want %v", got, want)
		}
		after := gradientsOf(model)
		if n := norm(after); math.Abs(n-min(want, bound)) > 1e-12*n {
			rt.Errorf("norm %v afterwards, want %v", n, min(want, bound))
		}
		for i, v := range before {
			if want > 0 && math.Abs(after[i]*want-v*norm(after)) > 1e-9*want*norm(after) {
				rt.Errorf("element %d has another direction", i)
			}
		}
	})
}

func TestClipByGlobalNorm_edges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		name     string
		float32s bool
		grad     []float64
		norm     float64
		want     []float64
	}{
		{"a NaN is left for the caller to see", false, []float64{3, nan}, nan, []float64{3, nan}},
		{"so is an infinity", false, []float64{3, -inf}, inf, []float64{3, -inf}},
		{"both", false, []float64{nan, inf}, nan, []float64{nan, inf}},
		{"squares that overflow", false, []float64{3e300, 4e300}, 5e300, []float64{0.6, 0.8}},
		{"squares that overflow float32", true, []float64{3 << 100, 4 << 100}, 5 << 100, []float64{0.6, 0.8}},
		{"nothing", true, []float64{0, 0}, 0, []float64{0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			model := gradients(test.float32s, test.grad[:1], test.grad[1:])
			got, err := solvers.ClipByGlobalNorm(model, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			same := func(a, b float64) bool {
				return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-7*math.Abs(b) // float32
			}
			if !same(got, test.norm) && !(math.IsNaN(test.norm) && math.IsInf(got, 0)) {
				t.Errorf("norm %v, want %v", got, test.norm)
			}
			for i, v := range gradientsOf(model) {
				if !same(v, test.want[i]) {
					t.Errorf("element %d became %v, want %v", i, v, test.want[i])
				}
			}
		})
	}
}

func TestClipByValue_edges(t *testing.T) {
	for _, float32s := range []bool{true, false} {
		model := gradients(float32s, []float64{3, -0.25, math.Inf(-1), 0}, []float64{math.NaN()})
		if err := solvers.ClipByValue(model, 0.5); err != nil {
			t.Fatal(err)
		}
		got := gradientsOf(model)
		if !slices.Equal(got[:4], []float64{0.5, -0.25, -0.5, 0}) || !math.IsNaN(got[4]) {
			t.Errorf("clipped to %v", got)
		}
	}
}

func TestClip_wrongUse(t *testing.T) {
	sliced, err := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking(make([]float64, 6))).Slice(nil, gorgonia.S(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		model []gorgonia.ValueGrad
		bound float64
		want  string
	}{
		{"bound", nil, -1, "bound -1"},
		{"NaN", nil, math.NaN(), "bound NaN"},
		{"nil", []gorgonia.ValueGrad{nil}, 1, "value 0 is nil"},
		{"no gradient", []gorgonia.ValueGrad{&broken{}}, 1, "gradient of value 0: no value"},
		{"a view", []gorgonia.ValueGrad{&broken{grad: sliced}}, 1, "a view of shape (3), expected all elements of its memory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := solvers.ClipByGlobalNorm(test.model, test.bound, 0)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "clip by global norm: ") {
				t.Errorf("norm: error %v, want %q in it", err, test.want)
			}
			err = solvers.ClipByValue(test.model, test.bound)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "clip by value: ") {
				t.Errorf("value: error %v, want %q in it", err, test.want)
			}
		})
	}
}
