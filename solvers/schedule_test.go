package solvers_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/solvers"
)

// By hand from PyTorch's rule: of 11 steps at a rise of 0.3 the peak lies at
// step 0.3·11 − 1 = 2.3, between the whole steps; with 0.4·10 − 1 it is step 3.
func TestOneCycle(t *testing.T) {
	s := solvers.NewOneCycle(1, 10)
	s.Rise, s.StartDivisor, s.EndDivisor = 0.4, 10, 100
	half := func(from, to, part float64) float64 { return to + (from-to)/2*(1+math.Cos(math.Pi*part)) }
	for _, test := range []struct {
		name        string
		three, line bool
		step        int
		want        float64
	}{
		{"start", false, false, 0, 0.1},
		{"rising", false, false, 1, half(0.1, 1, 1./3)},
		{"peak", false, false, 3, 1},
		{"falling", false, false, 5, half(1, 0.001, 2./6)},
		{"last", false, false, 9, 0.001},
		{"after", false, false, 50, 0.001},
		{"line rising", false, true, 2, 0.7},
		{"line falling", false, true, 6, 0.5005},
		{"three: peak", true, false, 3, 1},
		{"three: falling", true, false, 4, half(1, 0.1, 1./3)},
		{"three: as at first", true, false, 6, 0.1},
		{"three: annihilated", true, true, 7, 0.1 - 0.099/3},
		{"three: last", true, false, 9, 0.001},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s
			s.ThreePhases, s.Linear = test.three, test.line
			if got := s.Rate(test.step); math.Abs(got-test.want) > 1e-15 {
				t.Errorf("rate %.17g, want %.17g", got, test.want)
			}
		})
	}
}

func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		name     string
		schedule solvers.Schedule
		want     []float64
	}{
		{"constant", solvers.ConstantRate(3), []float64{3, 3}},
		{"step", solvers.StepDecay{Start: 4, Every: 2, Gamma: 0.5}, []float64{4, 4, 2, 2, 1}},
		{"never a step", solvers.StepDecay{Start: 4, Gamma: 0.5}, []float64{4, 4}},
		{"multi-step", solvers.MultiStepDecay{Start: 4, Milestones: []int{3, 1}, Gamma: 0.5}, []float64{4, 2, 2, 1}},
		{"exponential", solvers.ExponentialDecay{Start: 4, Gamma: 0.5}, []float64{4, 2, 1}},
		{"polynomial", solvers.PolynomialDecay{Start: 4, Steps: 4, Power: 2}, []float64{4, 2.25, 1, 0.25, 0, 0}},
		{"inverse time", solvers.InverseTimeDecay{Start: 4, Decay: 1}, []float64{4, 2, 4. / 3, 1}},
		{"cosine", solvers.CosineDecay{Start: 4, Steps: 4, End: 2}, []float64{4, 3 + math.Sqrt2/2, 3, 3 - math.Sqrt2/2, 2}},
		{"restarts", solvers.WarmRestarts{Start: 4, First: 2, Factor: 2}, []float64{4, 2, 4, 2 + math.Sqrt2, 2, 2 - math.Sqrt2, 4}},
		{"equal restarts", solvers.WarmRestarts{Start: 4, First: 2, Factor: 1}, []float64{4, 2, 4, 2, 4}},
		{"warm-up", solvers.LinearWarmup{Peak: 4, Warmup: 2, From: 0.5}, []float64{2, 3, 4, 4}},
		{"warm-up, cosine", solvers.WarmupCosine{Peak: 4, Warmup: 2, Steps: 4}, []float64{2, 4, 4, 2, 0}},
	} {
		for k, want := range test.want {
			if got := test.schedule.Rate(k); math.Abs(got-want) > 1e-15*4 {
				t.Errorf("%s: rate %.17g at step %d, want %.17g", test.name, got, k, want)
			}
		}
	}
}

// Every schedule stays between 0 and its peak, whatever its settings, and
// gives the same rate whenever it is asked.
func TestSchedules_stayInBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, m := rapid.IntRange(0, 50).Draw(rt, "n"), rapid.IntRange(0, 5).Draw(rt, "m")
		part := rapid.Float64Range(0, 1).Draw(rt, "part")
		k := rapid.IntRange(0, 200).Draw(rt, "k")
		cycle := solvers.NewOneCycle(1, n)
		cycle.Rise = part
		three := cycle
		three.ThreePhases = true
		for name, s := range map[string]solvers.Schedule{
			"constant":        solvers.ConstantRate(1),
			"step":            solvers.StepDecay{Start: 1, Every: n, Gamma: part},
			"multi-step":      solvers.MultiStepDecay{Start: 1, Milestones: []int{n, m, n}, Gamma: part},
			"exponential":     solvers.ExponentialDecay{Start: 1, Gamma: part},
			"polynomial":      solvers.PolynomialDecay{Start: 1, Steps: n, Power: part},
			"inverse time":    solvers.InverseTimeDecay{Start: 1, Decay: part},
			"cosine":          solvers.CosineDecay{Start: 1, Steps: n, End: part},
			"restarts":        solvers.WarmRestarts{Start: 1, First: m, Factor: m, End: part},
			"warm-up":         solvers.LinearWarmup{Peak: 1, Warmup: n, From: part},
			"warm-up, cosine": solvers.WarmupCosine{Peak: 1, Warmup: m, Steps: n},
			"one cycle":       cycle,
			"three phases":    three,
		} {
			rate := s.Rate(k)
			if !(rate >= 0 && rate <= 1+1e-12) {
				rt.Errorf("%s: rate %v at step %d", name, rate, k)
			}
			if s.Rate(k) != rate {
				rt.Errorf("%s: another rate when asked again", name)
			}
		}
	})
}

func TestPlateau(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(p *solvers.Plateau)
		metrics []float64
		want    []float64
	}{
		{"falls on", nil, []float64{5, 4, 3}, []float64{1, 1, 1}},
		{"more than patience", nil, []float64{5, 5, 5, 5, 5}, []float64{1, 1, 0.5, 0.5, 0.25}},
		{"relative threshold", nil, []float64{100, 95, 92}, []float64{1, 1, 0.5}},
		{"absolute threshold", func(p *solvers.Plateau) { p.Absolute = true }, []float64{100, 95, 92}, []float64{1, 1, 1}},
		{"cooldown", func(p *solvers.Plateau) { p.Cooldown = 2 }, []float64{5, 5, 5, 5, 5, 5, 5}, []float64{1, 1, 0.5, 0.5, 0.5, 0.5, 0.25}},
		{"floor", func(p *solvers.Plateau) { p.Floor = 0.4 }, []float64{5, 5, 5, 5, 5}, []float64{1, 1, 0.5, 0.5, 0.4}},
		{"floor above the start", func(p *solvers.Plateau) { p.Floor = 2 }, []float64{5, 5, 5}, []float64{1, 1, 1}},
		{"NaN", nil, []float64{math.NaN(), 5, math.NaN(), math.NaN()}, []float64{1, 1, 1, 0.5}},
	} {
		p := solvers.NewPlateau(1)
		p.Patience, p.Factor, p.Threshold = 1, 0.5, 0.1
		if test.change != nil {
			test.change(p)
		}
		for k, metric := range test.metrics {
			if got := p.Report(metric); got != test.want[k] || p.Rate() != got {
				t.Errorf("%s: rate %v after report %d, want %v", test.name, got, k, test.want[k])
			}
		}
	}
}

func TestPlateau_state(t *testing.T) {
	metrics := []float64{5, 4, math.NaN(), 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3}
	plateau := func() *solvers.Plateau {
		p := solvers.NewPlateau(1)
		p.Patience, p.Factor, p.Cooldown, p.Floor = 1, 0.5, 2, 0.2
		return p
	}
	whole := plateau()
	for stop, metric := range metrics {
		part := plateau()
		part.SetState(whole.State())
		if a, b := part.Report(metric), whole.Report(metric); a != b || part.State() != whole.State() {
			t.Errorf("restored before report %d: rate %v, undisturbed %v", stop, a, b)
		}
	}
	if whole.Rate() != 0.2 {
		t.Errorf("rate %v in the end, want the floor", whole.Rate())
	}
}

func TestEarlyStopping(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name     string
		patience int
		losses   []float64
		stop     int // epoch, −1 never
		best     int
	}{
		{"falls", 2, []float64{3, 2, 1}, -1, 2},
		{"rises", 2, []float64{3, 2, 4, 5, 1}, 3, 1},
		{"ties are no improvement", 2, []float64{3, 3, 3}, 2, 0},
		{"a NaN is none", 3, []float64{nan, 2, nan, nan, 1}, -1, 4},
		{"nothing but NaN", 3, []float64{nan, nan, nan}, 2, -1},
		{"patience 0 is 1", 0, []float64{3, 2, 2}, 2, 1},
		{"negative losses", 1, []float64{-1, -2, -1}, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := &solvers.EarlyStopping{Patience: test.patience}
			stop := -1
			for epoch, loss := range test.losses {
				again := &solvers.EarlyStopping{Patience: test.patience}
				again.SetState(e.State())
				stopped := e.Report(loss)
				if again.Report(loss) != stopped || again.State() != e.State() {
					t.Errorf("restored before epoch %d it goes another way", epoch)
				}
				best, _ := e.Best()
				if e.Improved() != (best == epoch) {
					t.Errorf("epoch %d: improved %t, best %d", epoch, e.Improved(), best)
				}
				if stopped {
					stop = epoch
					break
				}
			}
			if best, _ := e.Best(); stop != test.stop || best != test.best {
				t.Errorf("stopped at %d with the best at %d, want %d and %d", stop, best, test.stop, test.best)
			}
			if before := e.State(); stop >= 0 && (!e.Report(-100) || e.State() != before) {
				t.Error("it reads on after the stop")
			}
		})
	}
}

func TestTrapezoid(t *testing.T) {
	s := solvers.Trapezoid{Peak: 2, Warmup: 4, Steps: 20, Least: 0.1}
	for step, want := range map[int]float64{0: 0.5, 3: 2, 4: 2, 9: 2, 10: 2, 15: 1, 19: 0.2, 30: 0.2} {
		if got := s.Rate(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: %g, want %g", step, got, want)
		}
	}
}
