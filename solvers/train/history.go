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

// Curves draws the losses by epoch, and beside them the other metrics of
// validation.
func (h History) Curves() (image.Image, error) {
	loss := plot.Panel{Title: "loss", XLabel: "epoch", Series: []plot.Series{{Name: "train_loss"}}}
	other := plot.Panel{Title: "validation", XLabel: "epoch"}
	for _, e := range h {
		loss.Series[0].Y = append(loss.Series[0].Y, e.TrainLoss)
		for _, m := range e.Validation {
			to := &other
			if strings.HasSuffix(m.Name, "loss") {
				to = &loss
			}
			i := slices.IndexFunc(to.Series, func(s plot.Series) bool { return s.Name == m.Name })
			if i < 0 {
				i = len(to.Series)
				to.Series = append(to.Series, plot.Series{Name: m.Name})
			}
			to.Series[i].Y = append(to.Series[i].Y, m.Value)
		}
	}
	loss.LogY = spread(loss.Series) > 20
	panels := []plot.Panel{loss}
	if len(other.Series) > 0 {
		panels = append(panels, other)
	}
	return plot.Curves(panels...)
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
