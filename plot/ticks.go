package plot

import (
	"math"
	"strconv"

	gplot "gonum.org/v1/plot"
)

// linearTicks labels multiples of 1, 2 or 5 times a power of ten, about eight
// of them; whole keeps them to whole numbers.
type linearTicks struct{ whole bool }

// Ticks implements gonum's plot.Ticker.
func (t linearTicks) Ticks(lo, hi float64) []gplot.Tick {
	step := niceStep((hi - lo) / 7)
	if t.whole {
		step = max(step, 1)
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	format := byte('f')
	if decimals > 6 || math.Max(math.Abs(lo), math.Abs(hi)) >= 1e6 {
		format, decimals = 'g', 4
	}
	var ticks []gplot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step && len(ticks) < 50; k++ {
		v := k * step
		if k == 0 {
			v = 0 // not −0
		}
		ticks = append(ticks, gplot.Tick{Value: v, Label: strconv.FormatFloat(v, format, decimals, 64)})
	}
	return ticks
}

// niceStep returns the smallest of 1, 2, 5 times a power of ten that is ≥ x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks labels the powers of ten, and their multiples by 2 and 5 where the
// axis is short; the other multiples are marked without label.
type logTicks struct{}

// Ticks implements gonum's plot.Ticker.
func (logTicks) Ticks(lo, hi float64) []gplot.Tick {
	decades := math.Log10(hi) - math.Log10(lo)
	every := max(1, int(math.Ceil(decades/8)))
	var ticks []gplot.Tick
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		for m := 1; m <= 9; m++ {
			v := float64(m) * math.Pow(10, e)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			labelled := m == 1 && int(e)%every == 0 || decades < 2.5 && (m == 2 || m == 5) || decades < 0.7
			switch {
			case labelled:
				ticks = append(ticks, gplot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			case every == 1:
				ticks = append(ticks, gplot.Tick{Value: v})
			}
		}
	}
	return ticks
}
