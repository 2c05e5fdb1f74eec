package run

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// common are the settings of --set that every model knows.
type common struct {
	threads     int
	clip        float64 // +Inf for none
	saveEvery   time.Duration
	weightDecay float64
	schedule    string
}

func commonKeys() []string {
	return []string{"clip", "save_every", "schedule", "threads", "weight_decay"}
}

// schedules are the choices of --set schedule.
func schedules() []string { return []string{"constant", "cosine", "linear", "onecycle"} }

// common reads the common settings and refuses keys that the model lacks.
func (s Settings) common(m Model) (common, error) {
	var c common
	for k := range s.Set {
		_, own := m.Keys[k]
		if !own && !slices.Contains(commonKeys(), k) {
			return c, Unknown("setting", k, append(Keys(m.Keys), commonKeys()...))
		}
	}
	var err error
	if c.threads, err = s.Int("threads", 0, 1); err != nil {
		return c, err
	}
	if c.clip, err = s.Float("clip", math.Inf(1), math.SmallestNonzeroFloat64); err != nil {
		return c, err
	}
	if c.weightDecay, err = s.Float("weight_decay", 0, 0); err != nil {
		return c, err
	}
	if c.schedule, err = s.OneOf("schedule", "constant", schedules()...); err != nil {
		return c, err
	}
	c.saveEvery, err = s.Duration("save_every", 0)
	return c, err
}

// rates returns the learning rate of each of so many steps; nil for a constant
// one. The rate is the highest.
func (c common) rates(rate float64, steps int) solvers.Schedule {
	switch c.schedule {
	case "cosine":
		return solvers.CosineDecay{Start: rate, Steps: steps}
	case "linear":
		return solvers.PolynomialDecay{Start: rate, Steps: steps, Power: 1}
	case "onecycle":
		return solvers.NewOneCycle(rate, steps)
	}
	return nil
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
