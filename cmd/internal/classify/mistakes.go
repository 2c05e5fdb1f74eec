package classify

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// report prints the measures of each class.
func (j *job) report(a *run.App, e *train.Evaluation, drawn []string) error {
	m, err := metrics.NewConfusion(len(j.card.Classes))
	if err != nil {
		return err
	}
	if err := m.Add(e.Guesses, e.Labels); err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%-14s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "examples")
	for i, r := range m.Report().Classes {
		fmt.Fprintf(a.Out, "%-14s %9.4f %9.4f %9.4f %9d\n", j.card.Classes[i], r.Precision, r.Recall, r.F1, r.Support)
	}
	for _, path := range drawn {
		fmt.Fprintf(a.Out, "drawn: %s\n", path)
	}
	return nil
}

// worst is how many mistakes are drawn.
const worst = 36

// drawMistakes draws the confusion matrix and the mistakes that the model was
// surest of, into the run's folder.
func (j *job) drawMistakes(e *train.Evaluation) ([]string, error) {
	m, err := metrics.NewConfusion(len(j.card.Classes))
	if err != nil {
		return nil, err
	}
	if err := m.Add(e.Guesses, e.Labels); err != nil {
		return nil, err
	}
	dir := j.dir
	if dir == "" {
		dir = "."
	}
	confusion := filepath.Join(dir, "confusion.png")
	img, err := plot.ConfusionMatrix(fmt.Sprintf("%s on %s", j.settings.Model, j.settings.Data), m.Counts(), j.card.Classes)
	if err != nil {
		return nil, err
	}
	if err := plot.WritePNG(confusion, img); err != nil {
		return nil, err
	}
	var wrong []int
	for i := range e.Labels {
		if e.Guesses[i] != e.Labels[i] {
			wrong = append(wrong, i)
		}
	}
	if len(wrong) == 0 {
		return []string{confusion}, nil
	}
	slices.SortStableFunc(wrong, func(a, b int) int { return cmp.Compare(e.Confidence[b], e.Confidence[a]) })
	wrong = wrong[:min(worst, len(wrong))]
	shape := j.data.plain.Shape()
	if len(shape) != 3 {
		return []string{confusion}, nil
	}
	images := make([]float32, len(wrong)*size(shape))
	var captions []string
	for k, i := range wrong {
		if _, err := j.data.plain.At(i, images[k*size(shape):(k+1)*size(shape)]); err != nil {
			return nil, err
		}
		captions = append(captions, fmt.Sprintf("%s→%s %.2f", j.card.Classes[e.Labels[i]], j.card.Classes[e.Guesses[i]], e.Confidence[i]))
	}
	mistakes := filepath.Join(dir, "mistakes.png")
	grid, err := plot.ImageGrid(images, [4]int{len(wrong), shape[0], shape[1], shape[2]}, plot.GridOpts{
		Title: "surest mistakes: truth→guess", Captions: captions,
	})
	if err != nil {
		return nil, err
	}
	return []string{confusion, mistakes}, plot.WritePNG(mistakes, grid)
}
