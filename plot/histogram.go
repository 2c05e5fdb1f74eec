package plot

import (
	"image"
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// A Sample is a named set of values of which the distribution is drawn.
type Sample struct {
	Name   string
	Values []float64 // finite
}

// Histogram draws how often the values of each sample fall into bins of equal
// width over their common range, as shares of the sample; several samples lie
// over each other, half transparent. bins 0 means the square root of the
// largest sample, at most 60.
func Histogram(title, xLabel string, bins int, samples []Sample) (image.Image, error) {
	lo, hi, most := math.Inf(1), math.Inf(-1), 0
	for _, s := range samples {
		for i, v := range s.Values {
			if !drawable(v) {
				return nil, errors.Errorf("histogram: value %g at %d of %q, expected a finite number", v, i, s.Name)
			}
			lo, hi = min(lo, v), max(hi, v)
		}
		if len(s.Values) == 0 {
			return nil, errors.Errorf("histogram: sample %q is empty", s.Name)
		}
		most = max(most, len(s.Values))
	}
	if most == 0 {
		return nil, errors.New("histogram: no sample, expected at least one")
	}
	if bins == 0 {
		bins = min(60, int(math.Ceil(math.Sqrt(float64(most)))))
	}
	if bins < 1 || bins > 10_000 {
		return nil, errors.Errorf("histogram: %d bins, expected 1 to 10000", bins)
	}
	lo, hi = span([]float64{lo, hi}, 0)
	c := newChart(title, xLabel, "share")
	top := 0.0
	for i, s := range samples {
		shares := shares(s.Values, lo, hi, bins)
		for _, v := range shares {
			top = max(top, v)
		}
		if err := c.steps(shares, lo, hi, seriesColor(i)); err != nil {
			return nil, errors.Wrapf(err, "histogram: %q", s.Name)
		}
		c.legend = append(c.legend, entry{s.Name, i})
	}
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = lo, hi, 0, 1.05*top
	c.X.Tick.Marker, c.Y.Tick.Marker = linearTicks{}, linearTicks{}
	return drawCharts([]*chart{c})
}

// shares returns the share of values in each of the bins of [lo, hi].
func shares(values []float64, lo, hi float64, bins int) []float64 {
	share := make([]float64, bins)
	for _, v := range values {
		bin := int(float64(bins) * ((v - lo) / (hi - lo)))
		share[min(bin, bins-1)] += 1 / float64(len(values))
	}
	return share
}

// steps adds one filled outline of bars.
func (c *chart) steps(share []float64, lo, hi float64, col color.NRGBA) error {
	width := (hi - lo) / float64(len(share))
	outline := plotter.XYs{{X: lo, Y: 0}}
	for i, v := range share {
		x := lo + float64(i)*width
		outline = append(outline, plotter.XY{X: x, Y: v}, plotter.XY{X: x + width, Y: v})
	}
	outline = append(outline, plotter.XY{X: hi, Y: 0})
	area, err := plotter.NewPolygon(outline)
	if err != nil {
		return errors.WithStack(err)
	}
	area.Color = color.NRGBA{col.R, col.G, col.B, 0x60}
	area.LineStyle.Color, area.LineStyle.Width = col, vg.Points(1.2)
	c.Add(area)
	return nil
}
