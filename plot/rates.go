package plot

import (
	"image"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// ROC draws true over false positive rates, both 0 to 1, one line a series,
// and the diagonal of a guess.
func ROC(title string, series []Series) (image.Image, error) {
	c, err := newRates(title, "false positive rate", "true positive rate", series)
	if err != nil {
		return nil, errors.Wrap(err, "roc")
	}
	guess, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		return nil, errors.Wrap(err, "roc")
	}
	guess.Color, guess.Dashes = faint(), []vg.Length{3, 3}
	c.Add(guess)
	return drawCharts([]*chart{c})
}

// PrecisionRecall draws precision over recall, both 0 to 1, one line a series.
func PrecisionRecall(title string, series []Series) (image.Image, error) {
	c, err := newRates(title, "recall", "precision", series)
	if err != nil {
		return nil, errors.Wrap(err, "precision and recall")
	}
	return drawCharts([]*chart{c})
}

func newRates(title, xLabel, yLabel string, series []Series) (*chart, error) {
	for _, s := range series {
		for _, list := range [][]float64{s.X, s.Y} {
			for i, v := range list {
				if !(v >= 0 && v <= 1) {
					return nil, errors.Errorf("series %q: rate %g of point %d, expected 0 to 1", s.Name, v, i)
				}
			}
		}
		if s.X == nil {
			return nil, errors.Errorf("series %q: no x, expected one for each y", s.Name)
		}
	}
	c, err := newCurves(Panel{Title: title, XLabel: xLabel, YLabel: yLabel, Series: series})
	if err != nil {
		return nil, err
	}
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = 0, 1, 0, 1
	c.X.Tick.Marker, c.Y.Tick.Marker = linearTicks{}, linearTicks{}
	c.width, c.height = 4.4*vg.Inch, 4.6*vg.Inch
	return c, nil
}
