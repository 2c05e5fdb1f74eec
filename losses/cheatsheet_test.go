package losses_test

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// near allows the rounding of a few float64 operations.
func near(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= 1e-13*(1+math.Abs(w))) {
			t.Errorf("%s: element %d is %.17g, want %.17g", what, i, got[i], w)
		}
	}
}

// −[y·log z + (1 − y)·log(1 − z)]
func TestSection3_2_CrossEntropy(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{0.9, 0.2, 0.5}, 3)
	y := b.input("y", []float64{1, 0, 1}, 3)
	loss, grad := b.run(losses.BinaryCrossEntropy(b.theta, y, losses.Opts{Reduction: losses.None}), nil)
	near(t, "loss", loss, -math.Log(0.9), -math.Log(0.8), math.Ln2)
	near(t, "gradient", grad, -1/0.9, 1/0.8, -2)
}

// λ‖θ‖₁ at θ = (3, −4, 0): 7λ, gradient λ·sign θ.
func TestSection3_4_Lasso(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{3, -4, 0}, 3)
	loss, grad := b.run(losses.L1(0.5, b.theta), nil)
	near(t, "penalty", loss, 3.5)
	near(t, "gradient", grad, 0.5, -0.5, 0)
}

// λ‖θ‖₂² at θ = (3, −4, 0): 25λ, gradient 2λθ.
func TestSection3_4_Ridge(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{3, -4, 0}, 3)
	loss, grad := b.run(losses.L2(0.5, b.theta), nil)
	near(t, "penalty", loss, 12.5)
	near(t, "gradient", grad, 3, -4, 0)

	b = newBench(t, graph.Float64, []float64{3, -4, 0}, 3)
	loss, grad = b.run(losses.L2Half(0.5, b.theta), nil)
	near(t, "half", loss, 6.25)
	near(t, "gradient of half", grad, 1.5, -2, 0)
}

// λ[(1 − α)‖θ‖₁ + α‖θ‖₂²] at θ = (3, −4, 0), α = 0.2: λ(0.8·7 + 0.2·25).
func TestSection3_4_ElasticNet(t *testing.T) {
	b := newBench(t, graph.Float64, []float64{3, -4, 0}, 3)
	loss, grad := b.run(losses.ElasticNet(0.5, 0.2, b.theta), nil)
	near(t, "penalty", loss, 0.5*(0.8*7+0.2*25))
	near(t, "gradient", grad, 0.5*(0.8+0.2*6), -0.5*(0.8+0.2*8), 0)

	// λ[α‖θ‖₁ + (1 − α)/2‖θ‖₂²]
	b = newBench(t, graph.Float64, []float64{3, -4, 0}, 3)
	loss, _ = b.run(losses.ElasticNetGLM(0.5, 0.2, b.theta), nil)
	near(t, "statisticians' form", loss, 0.5*(0.2*7+0.4*25))
}
