package run

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// common are the settings of --set that every model knows.
type common struct {
	threads    int
	saveEvery  time.Duration
	clip       float64 // +Inf for none
	clipValue  float64 // 0 for none
	schedule   schedule
	decay      float64
	penalty    solvers.Penalty
	rates      []solvers.Factor
	average    float64
	accumulate int
	patience   int
	minDelta   float64
	histograms bool
}

// CommonKeys are what --set knows for every model, with what they mean.
func CommonKeys() map[string]string {
	return map[string]string{
		"accumulate":      "batches whose gradients make one step",
		"average":         "decay of a moving average of the weights, kept in average/, such as 0.999",
		"clip":            "most that the norm of all gradients may be",
		"clip_value":      "most that an element of the gradients may be",
		"histograms":      "true: distributions of the parameters in the TensorBoard events",
		"l1":              "λ of the penalty λ·‖θ‖₁ (LASSO); with l2 together: Elastic Net",
		"l2":              "λ of the penalty λ·‖θ‖₂² (Ridge)",
		"min_delta":       "by how much validation must improve, for patience",
		"patience":        "epochs without improvement after which training stops",
		"rates":           "factors of the learning rate by names of parameters, such as conv1:0.1+fc:2",
		"save_every":      "time between checkpoints, such as 30s",
		"schedule":        "of the learning rate: " + strings.Join(schedules(), ", "),
		"schedule_at":     "epochs at which multistep falls, such as 10+15",
		"schedule_every":  "epochs of a step, of a warm-up, of the first period of restarts, of the plateau's patience",
		"schedule_factor": "by which step, multistep, exponential and plateau multiply, restarts lengthen, inversetime divides",
		"schedule_power":  "power of polynomial",
		"threads":         "threads that compute",
		"weight_decay":    "λ of λ·w added to the gradients of weights, or of AdamW",
	}
}

// commonTo returns the common keys that mean something for m: a loop of its own
// knows few of them.
func commonTo(m Model) []string {
	if m.Train != nil {
		return []string{"save_every", "threads"}
	}
	return Keys(CommonKeys())
}

// common reads the common settings and refuses keys that the model lacks.
func (s Settings) common(m Model) (common, error) {
	var c common
	known := append(Keys(m.Keys), commonTo(m)...)
	for k := range s.Set {
		if !slices.Contains(known, k) {
			return c, Unknown("setting", k, known)
		}
	}
	if m.Train != nil {
		var err error
		if c.threads, err = s.Int("threads", 0, 1); err == nil {
			c.saveEvery, err = s.Duration("save_every", 0)
		}
		return c, err
	}
	var err error
	integer := func(to *int, key string, least int) {
		if err == nil {
			*to, err = s.Int(key, 0, least)
		}
	}
	number := func(to *float64, key string, other, least float64) {
		if err == nil {
			*to, err = s.Float(key, other, least)
		}
	}
	integer(&c.threads, "threads", 1)
	integer(&c.accumulate, "accumulate", 1)
	integer(&c.patience, "patience", 1)
	number(&c.clip, "clip", math.Inf(1), math.SmallestNonzeroFloat64)
	number(&c.clipValue, "clip_value", 0, math.SmallestNonzeroFloat64)
	number(&c.decay, "weight_decay", 0, 0)
	number(&c.penalty.L1, "l1", 0, 0)
	number(&c.penalty.L2, "l2", 0, 0)
	number(&c.minDelta, "min_delta", 0, 0)
	number(&c.average, "average", 0, 0)
	if err == nil && c.average >= 1 {
		err = s.refuse("average", errors.New("expected below 1"))
	}
	if err == nil {
		c.histograms, err = s.Bool("histograms", false)
	}
	if err == nil {
		c.rates, err = s.rates()
	}
	if err == nil {
		c.schedule, err = s.schedule()
	}
	if err == nil {
		c.saveEvery, err = s.Duration("save_every", 0)
	}
	if err == nil && c.patience > 0 && s.Val == 0 {
		err = s.refuse("patience", errors.New("there is no validation part with --val 0"))
	}
	return c, err
}

// rates reads factors of the learning rate, such as conv1:0.1+fc:2.
func (s Settings) rates() ([]solvers.Factor, error) {
	text := s.Text("rates", "")
	if text == "" {
		return nil, nil
	}
	var list []solvers.Factor
	for _, part := range strings.Split(text, "+") {
		name, by, ok := strings.Cut(part, ":")
		f, err := strconv.ParseFloat(by, 64)
		if !ok || err != nil || !(f >= 0) || math.IsInf(f, 0) {
			return nil, s.refuse("rates", errors.Errorf("%q, expected NAME:FACTOR", part))
		}
		list = append(list, solvers.Factor{Prefix: name, By: f})
	}
	return list, nil
}

// apply gives a solver what is set for it.
func (c common) apply(solver solvers.Solver) {
	o := solver.Common()
	if o.RateFactors = c.rates; c.decay > 0 || c.penalty != (solvers.Penalty{}) {
		o.WeightDecay, o.Penalty, o.Decays = c.decay, c.penalty, solvers.OnlyWeights
	}
}

func (s Settings) refuse(key string, err error) error {
	return Usagef("--set %s=%s: %v", key, s.Set[key], err)
}

// Text returns the value of --set key, or other where there is none.
func (s Settings) Text(key, other string) string {
	if v, ok := s.Set[key]; ok {
		return v
	}
	return other
}

// Int returns the value of --set key, at least least, or other where there is
// none.
func (s Settings) Int(key string, other, least int) (int, error) {
	v, ok := s.Set[key]
	if !ok {
		return other, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, s.refuse(key, errors.New("expected a whole number"))
	}
	if n < least {
		return 0, s.refuse(key, errors.Errorf("expected at least %d", least))
	}
	return n, nil
}

// Float returns the finite value of --set key, at least least, or other where
// there is none. A least of math.SmallestNonzeroFloat64 means positive.
func (s Settings) Float(key string, other, least float64) (float64, error) {
	v, ok := s.Set[key]
	if !ok {
		return other, nil
	}
	x, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return 0, s.refuse(key, errors.New("expected a number"))
	}
	if least == math.SmallestNonzeroFloat64 && !(x > 0) || math.IsInf(x, 0) {
		return 0, s.refuse(key, errors.New("expected a positive number"))
	}
	if !(x >= least) {
		return 0, s.refuse(key, errors.Errorf("expected a number from %g on", least))
	}
	return x, nil
}

// Bool returns the value of --set key, or other where there is none.
func (s Settings) Bool(key string, other bool) (bool, error) {
	v, ok := s.Set[key]
	if !ok {
		return other, nil
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		return false, s.refuse(key, errors.New("expected true or false"))
	}
	return b, nil
}

// OneOf returns the value of --set key, one of the choices, or other where there
// is none.
func (s Settings) OneOf(key, other string, choices ...string) (string, error) {
	v, ok := s.Set[key]
	if !ok {
		return other, nil
	}
	if !slices.Contains(choices, v) {
		return "", Unknown(key, v, choices)
	}
	return v, nil
}

// Duration returns the positive value of --set key, such as 30s, or other where
// there is none.
func (s Settings) Duration(key string, other time.Duration) (time.Duration, error) {
	v, ok := s.Set[key]
	if !ok {
		return other, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, s.refuse(key, errors.New("expected a positive duration, such as 30s"))
	}
	return d, nil
}
