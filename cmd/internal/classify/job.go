package classify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// described is what a checkpoint says of a classifier.
type described struct {
	Input         []int         `json:"input"`
	Classes       []string      `json:"classes"`
	Normalisation normalisation `json:"normalisation"`
	// Form has the settings of the model that the weights it began with need.
	Form map[string]string `json:"form,omitempty"`
	// Fit says that pictures of other sizes are brought to that of Input.
	Fit bool `json:"fit,omitempty"`
	// Familiar is the largest logit that all but one in a hundred of the
	// test examples exceed; a picture below it lies far from them. It is
	// missing in a run that is not finished.
	Familiar *float64 `json:"familiar,omitempty"`
}

func (d described) check(path string) error {
	if len(d.Input) == 0 || len(d.Classes) == 0 || len(d.Normalisation.Mean) == 0 || len(d.Normalisation.Mean) != len(d.Normalisation.Std) {
		return errors.Errorf("run %s: the checkpoint does not say what its inputs and classes are", path)
	}
	return nil
}

// job is a classifier with its data.
type job struct {
	settings run.Settings
	about    described
	data     *parts
	tested   datasets.Dataset // the test part as the task takes it
	task     *train.Classifier
	flags    *pflag.FlagSet // of eval
	dir      string         // where pictures are drawn
}

// open opens the classifier that s describes with its data.
func open(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (*job, error) {
	d, err := knownOf(s, o)
	if err != nil {
		return nil, err
	}
	s.Set = merged(s.Set, d.Form)
	p, err := openParts(ctx, s, d, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	if o.About == nil {
		d.Input, d.Classes, d.Normalisation = p.test.Shape(), p.test.Classes(), p.norm
	}
	if got, want := size(p.test.Shape()), size(d.Input); got != want {
		return nil, errors.Errorf("data set %s has examples of shape %v, the model takes %v", s.Data, p.test.Shape(), d.Input)
	}
	if len(p.test.Classes()) != len(d.Classes) {
		return nil, errors.Errorf("data set %s has %d classes, the model %d", s.Data, len(p.test.Classes()), len(d.Classes))
	}
	j, err := newJob(s, d, p)
	if err != nil {
		return nil, err
	}
	if j.flags = o.Flags; o.About != nil || o.Flags == nil {
		j.dir = o.Path
	}
	if o.Flags != nil {
		return j, nil
	}
	if init, ok := initialisers()[s.Text("init", "")]; ok && o.About == nil {
		if err := j.Build(); err != nil {
			return nil, err
		}
		if err := nn.Redraw(j.Store(), init); err != nil {
			return nil, err
		}
	}
	last := "" // of a run that goes on
	if o.About != nil {
		last = o.Path
	}
	if err := j.transferTo(a, last); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

// knownOf returns what is known of the model before its data is opened: by the
// checkpoint of its run, by the weights that it has or begins with, or by the
// settings. Without a normalisation the data set decides that.
func knownOf(s run.Settings, o run.OpenOptions) (described, error) {
	var d described
	if o.About != nil {
		r := &run.Run{Path: o.Path, About: o.About}
		if err := r.Describe(&d); err != nil {
			return d, err
		}
		return d, d.check(o.Path)
	}
	n := networks()[s.Model]
	_, sized := s.Set["size"]
	d = described{Input: n.inputFor(s), Fit: sized}
	weights := run.OrElse(o.Weights, s.Text("weights", ""))
	if weights == "" {
		return d, nil
	}
	p, err := identify(weights, s.Model, n)
	if err != nil || p == nil {
		return d, err
	}
	known := p.describe(nil)
	if sized {
		known.Input = d.Input
	}
	return known, nil
}

// merged has the entries of both, those of b where both have one.
func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

// newJob makes the task of a classifier on data, of which the training part may
// be missing.
func newJob(s run.Settings, d described, p *parts) (*job, error) {
	list, err := parseAugment(s.Text("augment", "none"))
	if err != nil {
		return nil, err
	}
	change, err := transform(list, d.Normalisation, s.Seed, d.Input)
	if err != nil {
		return nil, err
	}
	store := graph.NewStore(graph.Float32, s.Seed)
	n := networks()[s.Model]
	val := p.val
	if p.train == nil {
		val = p.test // says what the inputs are
	}
	task, err := train.NewClassifier(store, func(sc graph.Scope) nn.Layer {
		return n.build(sc, s, d.Input, len(d.Classes))
	}, p.train, val, train.ClassifierOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed, Transform: change})
	if err != nil {
		return nil, err
	}
	return &job{settings: s, about: d, data: p, tested: p.test, task: task}, nil
}

func (j *job) network() network { return networks()[j.settings.Model] }

func (j *job) Store() *graph.Store { return j.task.Store() }
func (j *job) Build() error        { return j.task.Build() }
func (j *job) Task() train.Task    { return j.task }
func (j *job) About() any          { return j.about }
func (j *job) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *job) Sizes() string {
	val := 0
	if j.data.val != nil {
		val = j.data.val.Len()
	}
	return fmt.Sprintf("%s examples to train on, %s to validate, %s to test",
		run.Thousands(j.data.train.Len()), run.Thousands(val), run.Thousands(j.data.test.Len()))
}

// Parts returns the parts of the data, as the model sees them.
func (j *job) Parts() []run.Part {
	parts := []run.Part{{Name: "train", Set: j.data.train}}
	if j.data.val != nil {
		parts = append(parts, run.Part{Name: "val", Set: j.data.val})
	}
	return append(parts, run.Part{Name: "test", Set: j.data.test})
}

// evalFlags declares the area's flags of eval.
func evalFlags(f *pflag.FlagSet) {
	f.Bool("plot", false, "draw pictures of the result as PNG")
}

// Test measures the classifier on the test part.
func (j *job) Test(_ context.Context, _ *run.App) (run.Result, error) {
	e, err := j.task.Evaluate(j.tested)
	if err != nil {
		return run.Result{}, err
	}
	if j.flags == nil { // the end of training: the run learns what is usual
		limit := familiar(e)
		j.about.Familiar = &limit
	}
	var drawn []string
	if j.flags != nil {
		wanted, err := j.flags.GetBool("plot")
		if err != nil {
			return run.Result{}, err
		}
		if wanted {
			if drawn, err = j.drawMistakes(e); err != nil {
				return run.Result{}, err
			}
		}
	}
	return run.Result{
		Metrics:  train.Metrics{{Name: "test_accuracy", Value: e.Accuracy}, {Name: "test_top5", Value: e.Top5}, {Name: "test_loss", Value: e.Loss}},
		Examples: len(e.Labels),
		After:    func(a *run.App) error { return j.showGuesses(a, e) },
		Report:   func(a *run.App) error { return j.report(a, e, drawn) },
	}, nil
}

// familiar returns the largest logit that all but one in a hundred examples
// exceed.
func familiar(e *train.Evaluation) float64 {
	classes := len(e.Logits) / len(e.Labels)
	var tops []float64
	for i := range e.Labels {
		tops = append(tops, float64(slices.Max(e.Logits[i*classes:(i+1)*classes])))
	}
	slices.Sort(tops)
	return tops[len(tops)/100]
}

// showGuesses shows ten test pictures with the model's guesses.
func (j *job) showGuesses(a *run.App, e *train.Evaluation) error {
	plain := j.data.plain
	shape := plain.Shape()
	if len(shape) != 3 || shape[0] != 1 || shape[1] > 32 {
		return nil
	}
	n := min(10, plain.Len())
	images := make([]float32, n*size(shape))
	captions := make([]string, n)
	for i := range n {
		if _, err := plain.At(i, images[i*size(shape):(i+1)*size(shape)]); err != nil {
			return err
		}
		captions[i] = j.about.Classes[e.Guesses[i]] + " ✓"
		if e.Guesses[i] != e.Labels[i] {
			captions[i] = fmt.Sprintf("%s ✗ is %s", j.about.Classes[e.Guesses[i]], j.about.Classes[e.Labels[i]])
		}
	}
	return plot.Terminal(a.Out, images, [3]int{n, shape[1], shape[2]}, plot.TerminalOpts{
		Captions: captions, Width: a.Terminal(), Color: a.Terminal() > 0,
	})
}
