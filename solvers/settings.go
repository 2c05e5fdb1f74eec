package solvers

import (
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// Settings are what all optimisers have in common. They may change between
// steps. An optimiser is made by its constructor, never by a literal.
type Settings struct {
	// WeightDecay λ adds λ·w to the gradient: the penalty λ/2·‖w‖². (AdamW
	// has its own form.)
	WeightDecay float64
	// Penalty adds the gradient of a penalty on the weights.
	Penalty Penalty
	// Decays chooses by name the parameters that WeightDecay and Penalty act
	// on; nil stands for all, [OnlyWeights] is the customary choice.
	Decays func(name string) bool
	// RateFactors multiply the learning rate, DecayFactors WeightDecay and
	// Penalty, of the parameters below a prefix; the longest prefix counts.
	RateFactors, DecayFactors []Factor

	kind      string // the optimiser's name, for messages
	rate      float64
	decoupled bool // WeightDecay is not the gradient's
	pool      *par.Pool
	memory
}

// Factor is a number for the parameters at and below a prefix: a name, or its
// leading parts up to a dot; "" stands for all.
type Factor struct {
	Prefix string
	By     float64
}

// newSettings makes the settings of an optimiser that keeps the named arrays
// for each parameter, the first of them always.
func newSettings(kind string, rate float64, always int, arrays ...string) Settings {
	return Settings{kind: kind, rate: rate, memory: newMemory(always, arrays)}
}

// LearnRate returns the learning rate of the next step.
func (s *Settings) LearnRate() float64 { return s.rate }

// SetLearnRate sets the learning rate of the steps that follow.
func (s *Settings) SetLearnRate(rate float64) { s.rate = rate }

// Common returns s: the settings of an optimiser known by its interface alone.
func (s *Settings) Common() *Settings { return s }

// SetThreads sets the number of threads that update large parameters;
// n ≤ 0 means GOMAXPROCS, which is the default. It changes no result.
func (s *Settings) SetThreads(n int) { s.pool = par.New(n) }

// OnlyWeights is the customary [Settings.Decays]: weights decay, biases and the
// gamma and beta of batch norm do not. It goes by the names of PyTorch's state
// dicts: a last part bias…, or a last part but one bn… or norm….
func OnlyWeights(name string) bool {
	layer, last := "", name
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		layer, last = name[:dot], name[dot+1:]
		layer = layer[strings.LastIndexByte(layer, '.')+1:]
	}
	return !strings.HasPrefix(last, "bias") && !strings.HasPrefix(layer, "bn") && !strings.HasPrefix(layer, "norm")
}

// factor returns the number of the longest prefix of name, 1 where none is.
func factor(list []Factor, name string) float64 {
	by, longest := 1.0, -1
	for _, f := range list {
		prefix := strings.TrimSuffix(f.Prefix, ".")
		if len(prefix) > longest && below(name, prefix) {
			by, longest = f.By, len(prefix)
		}
	}
	return by
}

func below(name, prefix string) bool {
	return prefix == "" || strings.HasPrefix(name, prefix) && (len(name) == len(prefix) || name[len(prefix)] == '.')
}

// check returns an error for settings that make no sense.
func (s *Settings) check() error {
	if s.kind == "" {
		return errors.New("an optimiser made without its constructor")
	}
	if s.rate < 0 || math.IsNaN(s.rate) || math.IsInf(s.rate, 0) {
		return errors.Errorf("learning rate %g, expected a finite number not below 0", s.rate)
	}
	if err := notNegative("weight decay", s.WeightDecay); err != nil {
		return err
	}
	if err := notNegative("L1 penalty", s.Penalty.L1); err != nil {
		return err
	}
	return notNegative("L2 penalty", s.Penalty.L2)
}

func notNegative(what string, v float64) error {
	if v >= 0 && !math.IsInf(v, 1) {
		return nil
	}
	return errors.Errorf("%s %g, expected a finite number not below 0", what, v)
}

// fraction is for decay rates: 1 would never forget, and never learn.
func fraction(what string, v float64) error {
	if v >= 0 && v < 1 {
		return nil
	}
	return errors.Errorf("%s %g, expected in [0, 1)", what, v)
}
