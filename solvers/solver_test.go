package solvers_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/solvers"
)

func TestNew(t *testing.T) {
	want := []string{"adadelta", "adagrad", "adam", "adam-uncorrected", "adamw", "amsgrad", "momentum", "momentum-averaged", "nesterov", "rmsprop", "rmsprop-centered", "rmsprop-momentum", "sgd"}
	if got := solvers.Names(); !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	for _, name := range solvers.Names() {
		s, err := solvers.New(name, 0.25)
		if err != nil || s.LearnRate() != 0.25 {
			t.Errorf("%s: %v, error %v", name, s, err)
		}
		s, err = solvers.New(name, 0)
		if err != nil || !(s.LearnRate() > 0) {
			t.Errorf("%s has no customary learning rate, error %v", name, err)
		}
		s.SetLearnRate(0.5)
		if s.LearnRate() != 0.5 {
			t.Errorf("%s: learning rate %v after it was set to 0.5", name, s.LearnRate())
		}
	}
}

func TestNew_wrongUse(t *testing.T) {
	for _, test := range []struct {
		name string
		rate float64
		want string
	}{
		{"Adm", 1, `no solver "Adm", did you mean adam? There are adadelta, adagrad, adam, adam-uncorrected, adamw`},
		{"momentun", 1, "did you mean momentum?"},
		{"RMSProp", 1, "did you mean rmsprop?"},
		{"", 1, `no solver "", expected one of adadelta, adagrad`},
		{"adam", -1, "solver adam: learning rate -1, expected a positive number"},
		{"adam", math.NaN(), "learning rate NaN"},
		{"adam", math.Inf(1), "learning rate +Inf"},
	} {
		if _, err := solvers.New(test.name, test.rate); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q in it", test.name, err, test.want)
		}
	}
}

// once is the weight after the given gradients, from 1.
func once(t *testing.T, opt gorgonia.Solver, grads ...float64) float64 {
	t.Helper()
	v := newValue("w", false, []float64{1})
	for _, g := range grads {
		set(v.grad, []float64{g})
		if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
			t.Fatal(err)
		}
	}
	return get(v.w)[0]
}

// w ← w − α ∂L/∂w
func TestSection3_2_Update(t *testing.T) {
	if got, want := once(t, solvers.NewSGD(0.1), 2), 1-0.1*2; got != want {
		t.Errorf("w = %v, want %v", got, want)
	}
}

// v_dw = βv + (1 − β)dw, w ← w − αv_dw
func TestSection3_3_Momentum(t *testing.T) {
	opt := solvers.NewMomentum(0.5)
	opt.Averaged = true
	v1 := 0.1 * 2
	v2 := 0.9*v1 + 0.1*3
	near(t, "two steps", []float64{once(t, opt, 2, 3)}, 1-0.5*v1-0.5*v2)

	// The same in PyTorch's form, with α(1 − β).
	near(t, "two steps, not averaged", []float64{once(t, solvers.NewMomentum(0.05), 2, 3)}, 1-0.5*v1-0.5*v2)
}

// s = βs + (1 − β)dw², w ← w − α dw/√s
func TestSection3_3_RMSprop(t *testing.T) {
	opt := solvers.NewRMSprop(0.5)
	opt.EpsilonInside, opt.Epsilon = true, 0
	s1 := 0.1 * 4
	s2 := 0.9*s1 + 0.1*9
	near(t, "two steps", []float64{once(t, opt, 2, 3)}, 1-0.5*2/math.Sqrt(s1)-0.5*3/math.Sqrt(s2))
}

// w ← w − α v/(√s + ε), as printed and with the corrections.
func TestSection3_3_Adam(t *testing.T) {
	opt := solvers.NewAdam(0.5)
	opt.BiasCorrection = false
	v, s := 0.1*2, 0.001*4
	near(t, "one step", []float64{once(t, opt, 2)}, 1-0.5*v/(math.Sqrt(s)+1e-8))
	near(t, "one step, corrected", []float64{once(t, solvers.NewAdam(0.5), 2)}, 1-0.5)
}

func TestSection3_3_Adagrad(t *testing.T) {
	near(t, "two steps", []float64{once(t, solvers.NewAdagrad(0.5), 2, 3)}, 1-0.5-0.5*3/math.Sqrt(13))
}

func TestSection3_3_Adadelta(t *testing.T) {
	opt := solvers.NewAdadelta(1)
	opt.Rho, opt.Epsilon = 0.5, 1
	d1 := 1 / math.Sqrt(0.5*4+1) * 2
	s2, u1 := 0.5*2+0.5*9, 0.5*d1*d1
	d2 := math.Sqrt(u1+1) / math.Sqrt(s2+1) * 3
	near(t, "two steps", []float64{once(t, opt, 2, 3)}, 1-d1-d2)
}

// Forms that the cheatsheet does not print, two or three steps by hand.
func TestForms_byHand(t *testing.T) {
	momentum := solvers.NewMomentum(0.1)
	momentum.Dampening = 0.5
	near(t, "dampening, not at step 1", []float64{once(t, momentum, 2, 3)}, 1-0.1*2-0.1*(0.9*2+0.5*3))

	near(t, "nesterov", []float64{once(t, solvers.NewNesterov(0.1), 2, 3)},
		1-0.1*(2+0.9*2)-0.1*(3+0.9*(0.9*2+3)))

	rolling := solvers.NewRMSprop(0.1)
	rolling.Beta, rolling.Epsilon, rolling.Momentum = 0.5, 0, 0.5
	q1, q2 := 2/math.Sqrt(2), 3/math.Sqrt(1+4.5)
	near(t, "rmsprop with momentum", []float64{once(t, rolling, 2, 3)}, 1-0.1*q1-0.1*(0.5*q1+q2))

	centered := solvers.NewRMSprop(0.1)
	centered.Beta, centered.Epsilon, centered.Centered = 0.5, 0, true
	near(t, "rmsprop centered", []float64{once(t, centered, 2)}, 1-0.1*2/math.Sqrt(2-1))

	adagrad := solvers.NewAdagrad(0.1)
	adagrad.RateDecay, adagrad.InitialSum = 0.5, 5
	near(t, "adagrad", []float64{once(t, adagrad, 2, 4)}, 1-0.1*2/3-0.1/1.5*4/5)

	amsgrad := solvers.NewAMSGrad(0.1)
	amsgrad.Beta1, amsgrad.Beta2, amsgrad.Epsilon = 0, 0.5, 0
	// v: 8, 4; u: 8, 8; corrections ½, ¾
	near(t, "amsgrad when squares shrink", []float64{once(t, amsgrad, 4, 0, 1)},
		1-0.1*4/math.Sqrt(8/0.5)-0.1*1/math.Sqrt(8/0.875))
}

// At a β of 0 the forms with memory are those without.
func TestForms_agree(t *testing.T) {
	momentum, nesterov := solvers.NewMomentum(0.1), solvers.NewNesterov(0.1)
	momentum.Beta, nesterov.Beta = 0, 0
	want := once(t, solvers.NewSGD(0.1), 2, -3, 5)
	near(t, "momentum", []float64{once(t, momentum, 2, -3, 5)}, want)
	near(t, "nesterov", []float64{once(t, nesterov, 2, -3, 5)}, want)

	adamw := solvers.NewAdamW(0.1)
	adamw.WeightDecay = 0
	want = once(t, solvers.NewAdam(0.1), 2, -3, 5)
	near(t, "adamw without decay", []float64{once(t, adamw, 2, -3, 5)}, want)
	near(t, "amsgrad while squares grow", []float64{once(t, solvers.NewAMSGrad(0.1), 2, -3, 5)}, want)
}
