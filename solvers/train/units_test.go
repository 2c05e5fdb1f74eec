package train

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

func TestUnitOf(t *testing.T) {
	for name, want := range map[string]string{
		"val_loss": lossUnit, "val_map": shares, "val_map50": shares, "val_accuracy": shares, "val_entity_f1": shares,
		"loss_coord": termsUnit, "val_style_cost": "cost of validation", "val_frechet": "frechet", "val_bleu": "bleu",
	} {
		if got := unitOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Losses, terms of the training loss, and shares are drawn apart.
func TestHistory_panels(t *testing.T) {
	h := History{
		{Epoch: 1, TrainLoss: 90, Validation: Metrics{{"val_map", 0.1}, {"loss_coord", 40}}},
		{Epoch: 2, TrainLoss: 9, Validation: Metrics{{"val_map", 0.3}, {"loss_coord", 4}}},
	}
	img, err := h.CurvesMarked(2)
	if err != nil || img.Bounds().Dx() != 3*720 {
		t.Errorf("curves %v (%v), want three panels", img.Bounds(), err)
	}
}

// dots are examples [2] of one class.
type dots int

func (d dots) Len() int                           { return int(d) }
func (d dots) Shape() []int                       { return []int{2} }
func (d dots) Classes() []string                  { return []string{"a", "b"} }
func (d dots) At(i int, x []float32) (int, error) { x[0] = float32(i); return i % 2, nil }
func normed(s graph.Scope) nn.Layer {
	return nn.Sequential{nn.NewBatchNorm(s.At("bn"), 2, nn.BatchNormOpts{}), nn.NewLinear(s.At("fc"), 2, 2)}
}

// One example left for batch norm is refused before the first step.
func TestClassifier_lastBatchOfOne(t *testing.T) {
	for _, c := range []struct {
		n, batch int
		drop     bool
		want     string
	}{
		{9, 4, false, "9 examples in batches of 4 leave one for the last"},
		{9, 4, true, ""}, {10, 4, false, ""}, {9, 1, false, "batches of one example"},
	} {
		task, err := NewClassifier(graph.NewStore(graph.Float32, 1), normed, datasets.Dataset(dots(c.n)), nil, ClassifierOpts{Batch: c.batch, DropLast: c.drop})
		if err != nil {
			t.Fatal(err)
		}
		switch err := task.Ready(); {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "no variance")):
			t.Errorf("%d in batches of %d: %v, want %q", c.n, c.batch, err, c.want)
		}
		task.Close()
	}
}
