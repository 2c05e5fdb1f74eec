package create

import (
	"context"
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// sweep paints with nine weightings around the given one and draws the pictures
// on a sheet: α by rows, β by columns.
func sweep(ctx context.Context, a *run.App, s *train.Style, content *image.Picture, styles []train.StylePicture, out string) error {
	// The usual weights take much of the style; the sheet goes on to where nearly
	// all of the content stays.
	ofAlpha, ofBeta := []float64{0.5, 5, 50}, []float64{0.1, 1, 10}
	var x []float32
	var captions []string
	var costs []map[string]any
	h, w := 0, 0
	alpha, beta := s.Alpha, s.Beta
	for _, i := range ofAlpha {
		for _, k := range ofBeta {
			s.Alpha, s.Beta = i*alpha, k*beta
			p, err := s.Paint(ctx, content, styles)
			if err != nil {
				return err
			}
			h, w = p.Height, p.Width
			x = append(x, p.Pix...)
			captions = append(captions, fmt.Sprintf("α %.4g  β %.4g", s.Alpha, s.Beta))
			costs = append(costs, map[string]any{"content_weight": s.Alpha, "style_weight": s.Beta, "content_cost": p.End.Content, "style_cost": p.End.Style})
			if !a.JSON {
				fmt.Fprintf(a.Out, "%d/%d  α %-6.4g β %-6.4g content %.4g  style %.4g\n", len(captions), len(ofAlpha)*len(ofBeta), s.Alpha, s.Beta, p.End.Content, p.End.Style)
			}
		}
	}
	img, err := plot.ImageGrid(x, [4]int{len(captions), 3, h, w}, plot.GridOpts{
		Title: "α: content, β: style", Captions: captions, Columns: len(ofBeta), Scale: max(1, 200/max(h, w)),
	})
	if err != nil {
		return err
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"event": "done", "file": out, "pictures": costs})
	}
	_, err = fmt.Fprintf(a.Out, "drawn: %s\n", out)
	return err
}
