package solvers

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/nearest"
)

// Solver is what every optimiser here is.
type Solver interface {
	gorgonia.Solver
	// LearnRate returns the learning rate of the next step.
	LearnRate() float64
	// SetLearnRate sets it.
	SetLearnRate(rate float64)
	// Common returns what all optimisers have in common, to be changed.
	Common() *Settings
	Stateful
}

// choice is an optimiser that [New] makes.
type choice struct {
	rate float64 // customary learning rate
	make func(rate float64) Solver
}

func choices() map[string]choice {
	return map[string]choice{
		"sgd":      {1e-2, func(rate float64) Solver { return NewSGD(rate) }},
		"momentum": {1e-2, func(rate float64) Solver { return NewMomentum(rate) }},
		"nesterov": {1e-2, func(rate float64) Solver { return NewNesterov(rate) }},
		"rmsprop":  {1e-3, func(rate float64) Solver { return NewRMSprop(rate) }},
		"adagrad":  {1e-2, func(rate float64) Solver { return NewAdagrad(rate) }},
		"adadelta": {1, func(rate float64) Solver { return NewAdadelta(rate) }},
		"adam":     {1e-3, func(rate float64) Solver { return NewAdam(rate) }},
		"amsgrad":  {1e-3, func(rate float64) Solver { return NewAMSGrad(rate) }},
		"adamw":    {1e-3, func(rate float64) Solver { return NewAdamW(rate) }},
		// The cheatsheet's forms, where they are others than PyTorch's.
		"momentum-averaged": {1e-1, func(rate float64) Solver {
			m := NewMomentum(rate)
			m.Averaged = true
			return m
		}},
		"adam-uncorrected": {1e-3, func(rate float64) Solver {
			a := NewAdam(rate)
			a.BiasCorrection = false
			return a
		}},
		"rmsprop-centered": {1e-3, func(rate float64) Solver {
			r := NewRMSprop(rate)
			r.Centered = true
			return r
		}},
		"rmsprop-momentum": {1e-3, func(rate float64) Solver {
			r := NewRMSprop(rate)
			r.Momentum = 0.9
			return r
		}},
	}
}

// Names returns the names that [New] knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(choices())) }

// New returns the optimiser of that name, as for a command line. The learning
// rate 0 stands for the one customary with it.
func New(name string, rate float64) (Solver, error) {
	c, ok := choices()[name]
	if !ok {
		return nil, unknown(name)
	}
	if rate == 0 {
		rate = c.rate
	}
	if !(rate > 0) || math.IsInf(rate, 0) {
		return nil, errors.Errorf("solver %s: learning rate %g, expected a positive number", name, rate)
	}
	return c.make(rate), nil
}

// unknown is the error for a name that no optimiser has.
func unknown(name string) error {
	if meant := nearest.Name(name, Names()); meant != "" {
		return errors.Errorf("no solver %q, did you mean %s? There are %s", name, meant, strings.Join(Names(), ", "))
	}
	return errors.Errorf("no solver %q, expected one of %s", name, strings.Join(Names(), ", "))
}
