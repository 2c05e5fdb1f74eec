package tsne

import (
	"context"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/plot"
)

// Map embeds vectors x [N, dim] on a plane and names them: words by their vectors,
// pictures by what a network makes of them. Where labels occur more than once,
// those that are alike have one colour.
func Map(ctx context.Context, title string, x []float32, dim int, labels []string, o Options) (plot.Map, error) {
	if dim < 1 || len(labels)*dim != len(x) {
		return plot.Map{}, errors.Errorf("map: %d numbers, %d labels, expected %d numbers for each", len(x), len(labels), dim)
	}
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	y, err := Embed(ctx, wide, dim, o)
	if err != nil {
		return plot.Map{}, err
	}
	groups := map[string]int{}
	for _, l := range labels {
		if groups[l] == 0 {
			groups[l] = len(groups) + 1
		}
	}
	m := plot.Map{Title: title, Points: make([]plot.Point, len(labels))}
	for i, l := range labels {
		m.Points[i] = plot.Point{X: y[2*i], Y: y[2*i+1], Label: l}
		if len(groups) < len(labels) {
			m.Points[i].Group = groups[l]
		}
	}
	return m, nil
}
