package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/solvers"
)

func TestFindRate(t *testing.T) {
	l := newLoop(t, nil, config{})
	r, err := FindRate(t.Context(), l.Task, solvers.NewSGD(1), RateRange{1e-5, 100, 120})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rates) != len(r.Losses) || len(r.Rates) != len(r.Smooth) || r.Rates[0] != 1e-5 {
		t.Errorf("%d rates from %g, %d losses", len(r.Rates), r.Rates[0], len(r.Losses))
	}
	// A rate of 1e-5 teaches nothing, one of 100 spoils everything.
	if r.Suggestion < 1e-3 || r.Suggestion > 10 {
		t.Errorf("suggested %g", r.Suggestion)
	}
	first, last := r.Smooth[0], r.Smooth[len(r.Smooth)-1]
	if least := minimum(r.Smooth); !(least < 0.9*first) || !(last > least) {
		t.Errorf("loss from %g by %g to %g, expected a fall and a rise", first, least, last)
	}
}

func minimum(x []float64) float64 {
	m := math.Inf(1)
	for _, v := range x {
		m = min(m, v)
	}
	return m
}

func TestSteepest(t *testing.T) {
	rates := []float64{1, 10, 100, 1000, 10000}
	if got := steepest(rates, []float64{5, 5, 4, 1, 2}); got != 100 {
		t.Errorf("%g, want 100", got)
	}
}

func TestFindRate_refuses(t *testing.T) {
	l := newLoop(t, nil, config{})
	for _, r := range []RateRange{{0, 1, 10}, {1, 1, 10}, {1, 2, 2}, {1, math.Inf(1), 10}} {
		if _, err := FindRate(t.Context(), l.Task, solvers.NewSGD(1), r); err == nil || !strings.Contains(err.Error(), "expected 0 < low < high") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindRate(ctx, l.Task, solvers.NewSGD(1), RateRange{1e-3, 1, 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
