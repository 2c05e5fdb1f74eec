package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// evalFlags are the flags of eval.
type evalFlags struct {
	weights string
	data    string
	dataDir string
	plot    bool
	offline bool
}

func (a *app) evalCommand() *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:     "eval RUN|MODEL",
		Short:   "Measure a trained model on its test data",
		GroupID: groupTrain,
		Example: `  hocsau eval last
  hocsau eval runs/lenet-1 --plot
  hocsau eval lenet --weights lenet.safetensors --data mnist`,
		Args: takes(1, 1, "the folder of a run, last, or the name of a model with --weights"),
		RunE: func(c *cobra.Command, args []string) error { return a.eval(c.Context(), args[0], f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.weights, "weights", "", "safetensors file with the weights of MODEL")
	fl.StringVar(&f.data, "data", "", "data set (default: the run's)")
	fl.StringVar(&f.dataDir, "data-dir", "", "folder that data sets lie in, or the set's own")
	fl.BoolVar(&f.plot, "plot", false, "draw the confusion matrix and the worst mistakes as PNG")
	fl.BoolVar(&f.offline, "offline", false, "download nothing")
	return c
}

// open returns the trained model that the user names: a run, or a model with
// the weights of a file.
func (a *app) open(ctx context.Context, name, weights, data, dataDir string, offline bool) (*trained, *parts, error) {
	if weights == "" {
		path, err := resolveRun(name)
		if err != nil {
			if _, isModel := models()[name]; isModel {
				return nil, nil, usagef("%s is a model: --weights says which weights to use", name)
			}
			return nil, nil, err
		}
		t, err := openRun(path)
		if err != nil {
			return nil, nil, err
		}
		s := t.settings
		s.DataDir = orElse(dataDir, s.DataDir)
		s.Data = orElse(data, s.Data)
		if err := s.check(models()[t.Model]); err != nil {
			return nil, nil, err
		}
		p, err := openParts(ctx, s, &t.Normalisation, offline, a.err)
		return t, p, err
	}
	m, err := lookUp(name)
	if err != nil {
		return nil, nil, err
	}
	s := defaults(name, m)
	s.DataDir = dataDir
	s.Data = orElse(data, s.Data)
	if err := s.check(m); err != nil {
		return nil, nil, err
	}
	p, err := openParts(ctx, s, nil, offline, a.err)
	if err != nil {
		return nil, nil, err
	}
	t := &trained{path: name, settings: s, saved: saved{
		Model: name, Data: s.Data, Input: p.test.Shape(), Classes: p.test.Classes(), Normalisation: p.norm,
	}}
	return t, p, t.load(m, weights)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (a *app) eval(ctx context.Context, name string, f evalFlags) error {
	t, p, err := a.open(ctx, name, f.weights, f.data, f.dataDir, f.offline)
	if err != nil {
		return err
	}
	if got, want := size(p.test.Shape()), size(t.Input); got != want {
		return errors.Errorf("data set %s has examples of shape %v, the model takes %v", orElse(f.data, t.Data), p.test.Shape(), t.Input)
	}
	if len(p.test.Classes()) != len(t.Classes) {
		return errors.Errorf("data set %s has %d classes, the model %d", orElse(f.data, t.Data), len(p.test.Classes()), len(t.Classes))
	}
	begin := time.Now()
	e, err := t.task.Evaluate(p.test)
	if err != nil {
		return err
	}
	t.saved.Data = orElse(f.data, t.Data)
	var drawn []string
	if f.plot {
		if drawn, err = t.drawMistakes(e, p); err != nil {
			return err
		}
	}
	if a.json {
		result := tested{Accuracy: e.Accuracy, Top5: e.Top5, Loss: e.Loss, Examples: len(e.Labels), Seconds: time.Since(begin).Seconds()}
		return a.printJSON(doneLine(t.path, t.saved, result, t.meta.Progress))
	}
	return a.printReport(t, e, drawn)
}

func (a *app) printReport(t *trained, e *train.Evaluation, drawn []string) error {
	m, err := metrics.NewConfusion(len(t.Classes))
	if err != nil {
		return err
	}
	if err := m.Add(e.Guesses, e.Labels); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%-14s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "examples")
	for i, r := range m.Report().Classes {
		fmt.Fprintf(a.out, "%-14s %9.4f %9.4f %9.4f %9d\n", t.Classes[i], r.Precision, r.Recall, r.F1, r.Support)
	}
	fmt.Fprintf(a.out, "test_accuracy %.4f  test_loss %.4f  on %s examples\n", e.Accuracy, e.Loss, thousands(len(e.Labels)))
	for _, path := range drawn {
		fmt.Fprintf(a.out, "drawn: %s\n", path)
	}
	if t.meta.Model != nil {
		fmt.Fprintf(a.out, "Try a picture of your own with\n%s predict %s PICTURE.png\n", self(), shellWord(t.path))
	}
	return nil
}

// worst is how many mistakes are drawn.
const worst = 36

// drawMistakes draws the confusion matrix and the mistakes that the model was
// surest of, into the run's folder.
func (t *trained) drawMistakes(e *train.Evaluation, p *parts) ([]string, error) {
	m, err := metrics.NewConfusion(len(t.Classes))
	if err != nil {
		return nil, err
	}
	if err := m.Add(e.Guesses, e.Labels); err != nil {
		return nil, err
	}
	dir := t.path
	if t.meta.Model == nil {
		dir = "."
	}
	confusion := filepath.Join(dir, "confusion.png")
	img, err := plot.ConfusionMatrix(fmt.Sprintf("%s on %s", t.Model, t.Data), m.Counts(), t.Classes)
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
	sort.SliceStable(wrong, func(i, j int) bool { return e.Confidence[wrong[i]] > e.Confidence[wrong[j]] })
	wrong = wrong[:min(worst, len(wrong))]
	shape := p.plain.Shape()
	if len(shape) != 3 {
		return []string{confusion}, nil
	}
	images := make([]float32, len(wrong)*size(shape))
	var captions []string
	for k, i := range wrong {
		if _, err := p.plain.At(i, images[k*size(shape):(k+1)*size(shape)]); err != nil {
			return nil, err
		}
		captions = append(captions, fmt.Sprintf("%s→%s %.2f", t.Classes[e.Labels[i]], t.Classes[e.Guesses[i]], e.Confidence[i]))
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
