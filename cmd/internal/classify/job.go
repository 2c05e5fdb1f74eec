package classify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// job is a classifier with its data.
type job struct {
	network
	settings run.Settings
	card     *card.Card
	data     *parts
	tested   datasets.Dataset // the test part as the task takes it
	task     *train.Classifier
	flags    *pflag.FlagSet // of eval
	dir      string         // where pictures are drawn
}

// open opens the classifier that s describes with its data.
func open(ctx context.Context, a *run.App, n network, s run.Settings, o run.OpenOptions) (*job, error) {
	c, sized, err := n.known(s, o)
	if err != nil {
		return nil, err
	}
	p, err := openParts(ctx, s, c, sized, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	a.ReportParts(p.set, o.Flags == nil)
	if o.Card != nil && len(p.test.Classes()) != len(c.Classes) {
		return nil, errors.Errorf("data set %s has %d classes, the model %d", s.Data, len(p.test.Classes()), len(c.Classes))
	}
	if o.Weights != "" {
		if err := n.sameClasses(s, o.Weights, len(c.Classes)); err != nil {
			return nil, err
		}
	}
	j, err := newJob(n, s, c, p)
	if err != nil {
		return nil, err
	}
	if j.flags = o.Flags; o.Card != nil || o.Flags == nil {
		j.dir = o.Path
	}
	if o.Flags != nil {
		return j, nil
	}
	if init, ok := initialisers()[s.Text("init", "")]; ok && o.Card == nil {
		if err := j.Build(); err != nil {
			return nil, err
		}
		if err := nn.Redraw(j.Store(), init); err != nil {
			return nil, err
		}
	}
	last := "" // of a run that goes on
	if o.Card != nil {
		last = o.Path
	}
	if err := j.transferTo(a, last); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

// sameClasses returns an error for weights that tell another number of classes
// apart than the data set has.
func (n network) sameClasses(s run.Settings, weights string, classes int) error {
	f, err := n.Open(weights)
	if err != nil {
		return errors.Wrap(err, "load weights")
	}
	defer f.Close()
	if count := n.Outputs(f); count > 0 && count != classes {
		return run.Usagef("%s tells %d classes apart, data set %s has %d: expected a set of the same, or weights that were trained on it", weights, count, s.Data, classes)
	}
	return nil
}

// known returns the card of a model before its data is opened: that of its run,
// that of the weights that it has or begins with, or what the settings say.
// Without a normalisation the data set decides that, and the classes; sized says
// that it does not decide the size of pictures.
func (n network) known(s run.Settings, o run.OpenOptions) (c *card.Card, sized bool, err error) {
	if o.Card != nil {
		return o.Card.Clone(), true, nil
	}
	if n.Name == catalog.Imported {
		c, err := importedCard(s, run.OrElse(o.Weights, s.Text("weights", "")))
		return c, true, err
	}
	if c, sized, err = n.card(s); err != nil {
		return nil, false, err
	}
	weights, err := run.WeightsFile(run.OrElse(o.Weights, s.Text("weights", "")))
	if err != nil || weights == "" {
		return c, sized, err
	}
	p, err := n.Identify(weights)
	if err != nil {
		return nil, false, err
	}
	if p == nil {
		return c, sized, nil
	}
	k := p.Card(n.Name, nil)
	k.Data = s.Data
	for key, v := range k.Form {
		c.Form[key] = v
	}
	k.Form = c.Form
	if sized {
		k.Input.Shape = c.Input.Shape
	}
	if c.Input.Fit != "" || o.Weights == "" { // its further training decides
		k.Input.Fit = c.Input.Fit
	}
	return k, true, nil
}

// newJob makes the task of a classifier on data.
func newJob(n network, s run.Settings, c *card.Card, p *parts) (*job, error) {
	list, err := parseAugment(s.Text("augment", "none"))
	if err != nil {
		return nil, err
	}
	change, err := cropped(list, c.Input, s.Seed, p.train)
	if err != nil {
		return nil, err
	}
	build, err := n.Classifier(c)
	if err != nil {
		return nil, err
	}
	task, err := train.NewClassifier(graph.NewStore(graph.Float32, s.Seed), build, p.train, p.val,
		train.ClassifierOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed, Transform: change.transform, Part: change.part})
	if err != nil {
		return nil, err
	}
	return &job{network: n, settings: s, card: c, data: p, tested: p.test, task: task}, nil
}

func (j *job) Store() *graph.Store { return j.task.Store() }
func (j *job) Build() error        { return j.task.Build() }
func (j *job) Task() train.Task    { return j.task }
func (j *job) About() any          { return j.card }
func (j *job) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *job) Sizes() string {
	val := 0
	if j.data.val != nil {
		val = j.data.val.Len()
	}
	return fmt.Sprintf("%s examples to train on, %s to validate, %s to test",
		run.Thousands(j.data.train.Len()), run.Thousands(val), run.Thousands(j.data.test.Len())) + run.Took(j.data.set)
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
		j.card.Familiar = &limit
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
		Answer:   func(i int) any { return j.answer(e, i) },
		After:    func(a *run.App) error { return j.showGuesses(a, e) },
		Report:   func(a *run.App) error { return j.report(a, e, drawn) },
	}, nil
}

// answer is what the classifier says of example i of the test part.
type answer struct {
	Index int    `json:"index"`
	File  string `json:"file,omitempty"`
	Label string `json:"label"`
	infer.Answer
}

func (j *job) answer(e *train.Evaluation, i int) answer {
	classes := len(j.card.Classes)
	return answer{
		Index: i, File: datasets.PathOf(j.data.plain, i), Label: j.card.Classes[e.Labels[i]],
		Answer: infer.Ranked(j.card, e.Logits[i*classes:(i+1)*classes], usualTop),
	}
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
		captions[i] = j.card.Classes[e.Guesses[i]] + " ✓"
		if e.Guesses[i] != e.Labels[i] {
			captions[i] = fmt.Sprintf("%s ✗ is %s", j.card.Classes[e.Guesses[i]], j.card.Classes[e.Labels[i]])
		}
	}
	return plot.Terminal(a.Out, images, [3]int{n, shape[1], shape[2]}, plot.TerminalOpts{
		Captions: captions, Width: a.Terminal(), Color: a.Terminal() > 0,
	})
}
