package faces

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
)

// job is a network with its data.
type job struct {
	settings run.Settings
	options  options
	card     *card.Card
	data     *parts
	task     *train.Embedder
	flags    *pflag.FlagSet // of eval
	dir      string         // where pictures are drawn
}

// open opens the network that s describes with its data.
func open(ctx context.Context, a *run.App, n network, s run.Settings, o run.OpenOptions) (*job, error) {
	c := o.Card
	if c == nil {
		var err error
		if c, err = n.card(s); err != nil {
			return nil, err
		}
	}
	p, err := openParts(ctx, s, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	a.ReportParts(p.set, o.Flags == nil)
	if got, want := datasets.Size(inputOf(s.Data)), c.Input.Len(); got != want {
		return nil, errors.Errorf("data set %s has pictures of shape %v, the model takes %v", s.Data, inputOf(s.Data), c.Input.Shape)
	}
	j, err := newJob(n, s, c, p)
	if err != nil {
		return nil, err
	}
	if j.flags = o.Flags; o.Card != nil || o.Flags == nil {
		j.dir = o.Path
	}
	return j, nil
}

// newJob makes the task of a network on data.
func newJob(n network, s run.Settings, c *card.Card, p *parts) (*job, error) {
	o, err := optionsOf(s)
	if err != nil {
		return nil, err
	}
	opts := train.EmbedderOpts{
		Objective: o.objective, People: s.Batch / o.pictures, Pictures: o.pictures, Margin: o.margin, Seed: s.Seed, Mirror: c.Form["mirror"] == "true",
	}
	opts.Steps = max(leastSteps, (p.train.Len()+s.Batch-1)/s.Batch)
	if o.augment {
		if opts.Transform, err = transform(s.Data, s.Seed, c.Input.Shape); err != nil {
			return nil, err
		}
	}
	build, err := n.Network(c)
	if err != nil {
		return nil, err
	}
	task, err := train.NewEmbedder(graph.NewStore(graph.Float32, s.Seed), build, p.train, p.val, opts)
	if err != nil {
		return nil, err
	}
	return &job{settings: s, options: o, card: c, data: p, task: task}, nil
}

// leastSteps is how many batches an epoch has at least: people have few pictures.
const leastSteps = 100

// transform returns how training pictures are changed: turned, shifted, scaled a
// little; faces also mirrored.
func transform(data string, seed uint64, input []int) (func(x []float32, epoch, index int), error) {
	steps := []augment.Transform{augment.RandomAffine{Degrees: 10, Shift: 0.05, Scale: 0.1}}
	if faces(data) {
		steps = []augment.Transform{augment.RandomFlip{Horizontal: 0.5}, augment.RandomAffine{Degrees: 8, Shift: 0.04, Scale: 0.1}}
	}
	p, err := augment.NewPipeline(seed, input, steps...)
	if err != nil {
		return nil, err
	}
	return p.Apply, nil
}

func (j *job) Store() *graph.Store { return j.task.Store() }
func (j *job) Build() error        { return j.task.Build() }
func (j *job) Task() train.Task    { return j.task }
func (j *job) About() any          { return j.card }
func (j *job) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *job) Sizes() string {
	of := func(d datasets.Dataset) string {
		if d == nil {
			return "none"
		}
		return fmt.Sprintf("%s pictures of %d classes", run.Thousands(d.Len()), len(d.Classes()))
	}
	test := fmt.Sprintf("%d one-shot runs", len(j.data.runs))
	if j.data.runs == nil {
		test = of(j.data.test)
	}
	return fmt.Sprintf("%s to train on, %s to validate, %s to test", of(j.data.train), of(j.data.val), test) + run.Took(j.data.set)
}

// Test measures the network on the test part and, at the end of training,
// chooses the threshold.
func (j *job) Test(_ context.Context, _ *run.App) (run.Result, error) {
	v, examples, err := j.measure()
	if err != nil {
		return run.Result{}, err
	}
	if j.flags == nil {
		if err := j.chooseThreshold(); err != nil {
			return run.Result{}, err
		}
	}
	var drawn []string
	if j.flags != nil {
		wanted, err := j.flags.GetBool("plot")
		if err != nil {
			return run.Result{}, err
		}
		if wanted {
			if drawn, err = j.draw(v); err != nil {
				return run.Result{}, err
			}
		}
	}
	return run.Result{
		Metrics:  train.Metrics{{Name: "auc", Value: v.AUC}, {Name: "eer", Value: v.EER}, {Name: "oneshot_accuracy", Value: v.OneShot}},
		Examples: examples,
		After:    func(a *run.App) error { return j.showThreshold(a, v) },
		Report:   func(a *run.App) error { return j.report(a, v, drawn) },
	}, nil
}

// measure verifies the pairs of the test part, and tells it by one picture of
// each.
func (j *job) measure() (v *train.Verification, examples int, err error) {
	if j.data.runs == nil {
		v, err = j.task.Verify(j.data.test)
		return v, j.data.test.Len(), err
	}
	// Each query of a run is a pair with each character shown.
	var distances []float64
	var same []bool
	var accuracy metrics.Mean
	for _, r := range j.data.runs {
		shown, err := j.embed(r.Shown)
		if err != nil {
			return nil, 0, errors.Wrap(err, r.Name)
		}
		queries, err := j.embed(r.Queries)
		if err != nil {
			return nil, 0, errors.Wrap(err, r.Name)
		}
		dim := len(queries) / len(r.Labels)
		d, _, err := metrics.Identify(shown, queries, dim, 0)
		if err != nil {
			return nil, 0, errors.Wrap(err, r.Name)
		}
		distances = append(distances, d...)
		n := len(shown) / dim
		for i := range d {
			same = append(same, r.Labels[i/n] == i%n)
		}
		right, err := metrics.OneShot(shown, queries, dim, r.Labels)
		if err != nil {
			return nil, 0, errors.Wrap(err, r.Name)
		}
		accuracy.Add(right, float64(len(r.Labels)))
		examples += len(r.Labels)
	}
	v, err = train.NewVerification(distances, same, accuracy.Value())
	return v, examples, err
}

// embed returns the embeddings of pictures [N, …].
func (j *job) embed(x []float32) ([]float64, error) {
	points, err := j.task.Embed(x)
	if err != nil {
		return nil, err
	}
	return widened(points), nil
}

func widened(x []float32) []float64 {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide
}

// rates are the shares of strangers accepted that thresholds are kept for.
func rates() []float64 { return []float64{0.001, 0.01, 0.05, 0.1} }

// mostTrained is how many training pictures a threshold is chosen with.
const mostTrained = 1000

// chooseThreshold chooses the thresholds on the pairs to validate on, with
// strangers among those trained on; where there are none to validate on, on pairs
// of the latter alone, which are told apart more easily than others.
func (j *job) chooseThreshold() error {
	first := make([]int, min(mostTrained, j.data.train.Len()))
	for i := range first {
		first[i] = i
	}
	trained, err := datasets.Subset(j.data.train, first)
	if err != nil {
		return err
	}
	d := j.data.val
	j.card.ChosenOn = "validation"
	if d == nil {
		d, j.card.ChosenOn = trained, "training"
	}
	v, err := j.task.Verify(d)
	if err != nil {
		return errors.Wrap(err, "choose the threshold")
	}
	if j.data.val != nil && !j.data.shared {
		if v, err = j.withStrangers(v, trained); err != nil {
			return errors.Wrap(err, "choose the threshold")
		}
	}
	at := func(rate float64) card.Threshold {
		p := v.Threshold(rate)
		return card.Threshold{Distance: p.Threshold, FAR: rate, TAR: p.TAR}
	}
	j.card.Thresholds = nil
	for _, rate := range rates() {
		j.card.Thresholds = append(j.card.Thresholds, at(rate))
	}
	chosen := at(j.options.far)
	j.card.Threshold = &chosen
	return nil
}

// withStrangers adds to the pairs of people to validate on those with people
// trained on, who are all strangers to them: a few people alone make too few.
func (j *job) withStrangers(v *train.Verification, trained datasets.Dataset) (*train.Verification, error) {
	known, _, err := j.task.EmbedAll(trained)
	if err != nil {
		return nil, err
	}
	others, labels, err := j.task.EmbedAll(j.data.val)
	if err != nil {
		return nil, err
	}
	d, _, err := metrics.Identify(widened(known), widened(others), len(others)/len(labels), 0)
	if err != nil {
		return nil, err
	}
	return train.NewVerification(append(v.Distances, d...), append(v.Same, make([]bool, len(d))...), v.OneShot)
}
