package plot

import (
	"image"
	"math"
	"slices"

	"github.com/pkg/errors"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// A Series is one named line.
type Series struct {
	Name string
	X    []float64 // nil means 1, 2, 3, …
	Y    []float64 // NaN, infinities and beyond 1e150 leave a gap
}

// A Panel is one pair of axes with its lines.
type Panel struct {
	Title, XLabel, YLabel string
	LogX, LogY            bool // values ≤ 0 leave a gap
	// Share has the axis of y run from 0 to 1, where no value lies outside.
	Share  bool
	Series []Series
	// Uprights are places on the axis of x that are marked.
	Uprights []Upright
}

// An Upright is a dashed line from below to above.
type Upright struct {
	X    float64
	Name string // in the legend
}

// Curves draws the panels side by side, each 720 by 520 pixels: the loss and
// the metric of a run by epoch.
func Curves(panels ...Panel) (image.Image, error) {
	if len(panels) == 0 {
		return nil, errors.New("curves: no panel, expected at least one")
	}
	charts := make([]*chart, len(panels))
	for i, p := range panels {
		c, err := newCurves(p)
		if err != nil {
			return nil, errors.Wrapf(err, "curves: panel %d %q", i, p.Title)
		}
		charts[i] = c
	}
	return drawCharts(charts)
}

func newCurves(p Panel) (*chart, error) {
	if len(p.Series) == 0 {
		return nil, errors.New("no series, expected at least one")
	}
	c := newChart(p.Title, p.XLabel, p.YLabel)
	var xs, ys []float64
	for i, s := range p.Series {
		pieces, err := s.pieces(p.LogX, p.LogY)
		if err != nil {
			return nil, errors.Wrapf(err, "series %q", s.Name)
		}
		for _, piece := range pieces {
			if err := c.line(piece, i, len(s.Y) <= 40); err != nil {
				return nil, err
			}
			for _, pt := range piece {
				xs, ys = append(xs, pt.X), append(ys, pt.Y)
			}
		}
		c.legend = append(c.legend, entry{s.Name, i})
	}
	whole := !slices.ContainsFunc(xs, func(x float64) bool { return x != math.Trunc(x) })
	c.X.Min, c.X.Max = span(xs, 0)
	c.X.Tick.Marker = linearTicks{whole}
	c.Y.Min, c.Y.Max = span(ys, 0.04)
	c.Y.Tick.Marker = linearTicks{}
	if p.LogY {
		c.Y.Min, c.Y.Max = logSpan(ys)
		c.Y.Scale, c.Y.Tick.Marker = gplot.LogScale{}, logTicks{}
	}
	if p.Share && slices.Min(ys) >= 0 && slices.Max(ys) <= 1 {
		c.Y.Min, c.Y.Max = 0, 1
	}
	if p.LogX {
		c.X.Min, c.X.Max = slices.Min(xs), slices.Max(xs)
		if c.X.Min == c.X.Max {
			c.X.Min, c.X.Max = logSpan(xs)
		}
		c.X.Scale, c.X.Tick.Marker = gplot.LogScale{}, logTicks{}
	}
	for _, u := range p.Uprights {
		if err := c.upright(u); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// upright marks a place on the axis of x, where it lies within.
func (c *chart) upright(u Upright) error {
	if !(u.X >= c.X.Min && u.X <= c.X.Max) {
		return nil
	}
	line, err := plotter.NewLine(plotter.XYs{{X: u.X, Y: c.Y.Min}, {X: u.X, Y: c.Y.Max}})
	if err != nil {
		return errors.WithStack(err)
	}
	line.LineStyle = uprightStyle()
	c.Add(line)
	c.legend = append(c.legend, entry{u.Name, noSeries})
	return nil
}

// pieces cuts the line at what cannot be drawn.
func (s Series) pieces(logX, logY bool) ([]plotter.XYs, error) {
	if s.X != nil && len(s.X) != len(s.Y) {
		return nil, errors.Errorf("%d x, %d y, expected as many", len(s.X), len(s.Y))
	}
	var pieces []plotter.XYs
	var piece plotter.XYs
	flush := func() {
		if len(piece) > 0 {
			pieces = append(pieces, piece)
		}
		piece = nil
	}
	for i, y := range s.Y {
		x := float64(i + 1)
		if s.X != nil {
			x = s.X[i]
		}
		if !drawable(x) || !drawable(y) || logY && !(y > 1/huge) || logX && !(x > 1/huge) {
			flush()
			continue
		}
		piece = append(piece, plotter.XY{X: x, Y: y})
	}
	flush()
	if len(pieces) == 0 {
		return nil, errors.Errorf("none of its %d points can be drawn", len(s.Y))
	}
	return pieces, nil
}

// huge bounds what is drawn: differences, ratios and margins do not overflow.
const huge = 1e150

// drawable refuses NaN, infinities and huge numbers.
func drawable(v float64) bool { return math.Abs(v) < huge }

// span returns the range of x with a margin, never empty.
func span(x []float64, margin float64) (lo, hi float64) {
	lo, hi = slices.Min(x), slices.Max(x)
	if hi-lo <= 1e-12*math.Max(math.Abs(lo), math.Abs(hi)) {
		half := math.Max(math.Abs(lo)*0.1, 0.5)
		return lo - half, hi + half
	}
	return lo - margin*(hi-lo), hi + margin*(hi-lo)
}

// logSpan is span on a logarithmic axis.
func logSpan(x []float64) (lo, hi float64) {
	lo, hi = slices.Min(x), slices.Max(x)
	factor := math.Max(math.Pow(hi/lo, 0.04), 1.1)
	return lo / factor, hi * factor
}

// line adds one piece of series i, with points where they are few.
func (c *chart) line(points plotter.XYs, i int, marked bool) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return errors.WithStack(err)
	}
	line.Color, line.Width, line.Dashes = seriesColor(i), 1.6, seriesDashes(i)
	if len(points) > 200 {
		line.Width = 1
	}
	c.Add(line)
	if !marked && len(points) > 1 {
		return nil
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return errors.WithStack(err)
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: seriesColor(i), Radius: 2.2, Shape: draw.CircleGlyph{}}
	c.Add(dots)
	return nil
}
