package train

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/plot"
)

// History is the records of the epochs of a training. A notebook shows it as
// curves.
type History []Epoch

// History returns the records of the epochs that are done.
func (l *Loop) History() History { return slices.Clone(l.progress.History) }

// Curves draws what was measured by epoch, beside each other the losses, the terms
// of the training loss, the shares of validation from 0 to 1, and what is of yet
// another unit.
func (h History) Curves() (image.Image, error) { return h.CurvesMarked(0) }

// CurvesMarked is Curves with a mark at the best epoch; 0 marks none.
func (h History) CurvesMarked(best int) (image.Image, error) {
	var panels []plot.Panel
	add := func(unit, name string, epoch int, y float64) {
		i := slices.IndexFunc(panels, func(p plot.Panel) bool { return p.Title == unit })
		if i < 0 {
			i = len(panels)
			panels = append(panels, plot.Panel{Title: unit, XLabel: "epoch", Share: unit == shares})
		}
		p := &panels[i]
		k := slices.IndexFunc(p.Series, func(s plot.Series) bool { return s.Name == name })
		if k < 0 {
			k = len(p.Series)
			p.Series = append(p.Series, plot.Series{Name: name})
		}
		p.Series[k].X, p.Series[k].Y = append(p.Series[k].X, float64(epoch)), append(p.Series[k].Y, y)
	}
	for _, e := range h {
		add(lossUnit, "train_loss", e.Epoch, e.TrainLoss)
		for _, m := range e.Validation {
			add(unitOf(m.Name), m.Name, e.Epoch, m.Value)
		}
	}
	for i := range panels {
		if p := &panels[i]; !p.Share {
			p.LogY = spread(p.Series) > 20
		}
		if best > 0 {
			panels[i].Uprights = []plot.Upright{{X: float64(best), Name: fmt.Sprintf("best: epoch %d", best)}}
		}
	}
	return plot.Curves(panels...)
}

// The units of what is measured.
const (
	lossUnit  = "loss"
	termsUnit = "terms of the training loss"
	shares    = "validation"
)

// unitOf returns the unit of a metric, which those of one panel have in common. What
// is not known has one of its own.
func unitOf(metric string) string {
	name := strings.TrimPrefix(metric, "val_")
	switch {
	case strings.HasPrefix(name, "loss_"):
		return termsUnit
	case strings.HasSuffix(name, "loss"):
		return lossUnit
	case strings.HasSuffix(name, "_cost"):
		return "cost of validation"
	case strings.HasPrefix(name, "acc"), strings.HasSuffix(name, "accuracy"), strings.HasSuffix(name, "_f1"),
		slices.Contains([]string{"map", "map50", "iou", "auc", "eer", "confidence"}, name):
		return shares
	}
	return name
}

// spread returns how many times the largest value is the least, 0 where one is
// not positive.
func spread(series []plot.Series) float64 {
	least, most := math.Inf(1), 0.0
	for _, s := range series {
		for _, y := range s.Y {
			least, most = min(least, y), max(most, y)
		}
	}
	if !(least > 0) {
		return 0
	}
	return most / least
}

// PNG is the curves; nothing before the first epoch, and where they cannot be
// drawn.
func (h History) PNG() []byte {
	if len(h) == 0 {
		return nil
	}
	img, err := h.Curves()
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil
	}
	return b.Bytes()
}

// String has a line for each epoch.
func (h History) String() string {
	if len(h) == 0 {
		return "no epoch is done"
	}
	lines := make([]string, len(h))
	for i, e := range h {
		lines[i] = fmt.Sprintf("epoch %d  train_loss %.4f", e.Epoch, e.TrainLoss)
		for _, m := range e.Validation {
			lines[i] += fmt.Sprintf("  %s %.4f", m.Name, m.Value)
		}
	}
	return strings.Join(lines, "\n")
}
