package train

import (
	"fmt"
	"html"
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
)

// evalBatch is how many examples are evaluated at once.
const evalBatch = 256

// The names of a classifier's inputs.
const (
	inputName  = "x"
	labelsName = "labels"
)

// Classifier is the task of telling classes apart, for a model that maps a
// batch [N, …] to logits [N, classes]. Several goroutines may call Logits and
// Evaluate at once, while none trains it.
type Classifier struct {
	store *graph.Store
	model func(s graph.Scope) nn.Layer
	opts  ClassifierOpts

	train, val datasets.Dataset
	programs   *graph.Programs
	eval       *graph.Programs
	epochs     *datasets.Epochs
}

// ClassifierOpts are the settings of a Classifier.
type ClassifierOpts struct {
	Batch    int
	DropLast bool
	Seed     uint64 // of the order of the examples
	// Transform changes a training example after it is read, as in augmentation.
	Transform func(x []float32, epoch, index int)
	// Part says which part of a training picture is read; nil for all of it.
	Part func(epoch, index int) datasets.Part
}

// NewClassifier makes the task of training model, whose parameters are named
// from the root of store, on the set train, with the set val, which may be nil,
// for validation. The loss is the mean cross-entropy, or that of the model's own
// method Loss, as GoogLeNet has it.
func NewClassifier(store *graph.Store, model func(s graph.Scope) nn.Layer, train, val datasets.Dataset, o ClassifierOpts) (*Classifier, error) {
	if train != nil && train.Len() == 0 {
		return nil, errors.New("train: the data set is empty, expected at least one example")
	}
	if o.Batch < 1 {
		return nil, errors.Errorf("train: batch size %d, expected at least 1", o.Batch)
	}
	if train != nil && o.DropLast && o.Batch > train.Len() {
		return nil, errors.Errorf("train: batch size %d with the last, smaller batch dropped leaves nothing of %d examples", o.Batch, train.Len())
	}
	c := &Classifier{store: store, model: model, opts: o, train: train, val: val}
	c.epochs = datasets.NewEpochs(train, datasets.LoaderOptions{Batch: o.Batch, DropLast: o.DropLast, Seed: o.Seed, Transform: o.Transform, Part: o.Part})
	c.programs = graph.NewPrograms(store, graph.Train, c.build)
	c.eval = graph.NewPrograms(store, graph.Eval, c.build)
	return c, nil
}

// build makes the graph of one batch size.
func (c *Classifier) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	shape := c.shape()
	x := g.Input(inputName, append([]int{size.Batch}, shape...)...)
	y := g.Labels(labelsName, size.Batch)
	model := c.model(g.Scope())
	if m, ok := model.(interface {
		Loss(x, labels *graph.Node) (loss, logits *graph.Node)
	}); ok { // one with auxiliary heads
		loss, logits := m.Loss(x, y)
		return compile(loss, logits)
	}
	logits := model.Forward(x)
	loss := losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{})
	return compile(loss, logits)
}

func (c *Classifier) shape() []int {
	if c.train != nil {
		return c.train.Shape()
	}
	return c.val.Shape()
}

// Store returns the parameters.
func (c *Classifier) Store() *graph.Store { return c.store }

// Steps returns the number of batches in an epoch.
func (c *Classifier) Steps() int { return c.epochs.Steps() }

// Begin starts an epoch at a batch.
func (c *Classifier) Begin(epoch, batch int) { c.epochs.Begin(epoch, batch) }

// Step computes the loss and its gradients for the next batch.
func (c *Classifier) Step(step int) (*graph.Program, int, error) {
	b, err := c.epochs.Next()
	if err != nil {
		return nil, 0, err
	}
	if err := checkBatch(b); err != nil {
		return nil, 0, errors.Wrap(err, "training part")
	}
	prog, err := c.programs.For(graph.Size{Batch: b.N})
	if err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	return prog, b.N, feed(prog, b.X, b.Y)
}

// feed runs a program of build on examples with labels.
func feed(prog *graph.Program, x []float32, y []int) error {
	return prog.Run(prog.Input(inputName).Feed(x), prog.Input(labelsName).FeedInts(y))
}

// checkBatch returns an error that names an example with a number that is not
// finite. Not every operation passes NaN on: it could go unseen.
func checkBatch(b datasets.Batch) error {
	i := firstBad(b.X)
	if i < 0 {
		return nil
	}
	size := len(b.X) / b.N
	return errors.Errorf("example %d: value %d is %g, expected finite numbers", b.Index[i/size], i%size, b.X[i])
}

// Validate returns val_accuracy and val_loss.
func (c *Classifier) Validate() (Metrics, error) {
	if c.val == nil || c.val.Len() == 0 {
		return nil, nil
	}
	r, err := c.Evaluate(c.val)
	if err != nil {
		return nil, err
	}
	return Metrics{{"val_accuracy", r.Accuracy}, {"val_loss", r.Loss}}, nil
}

// Better reports whether an accuracy is greater than the best.
func (c *Classifier) Better(value, best float64) bool { return value > best }

// Close ends the reading of batches.
func (c *Classifier) Close() { c.epochs.Close() }

// Evaluation is what a classifier makes of a set.
type Evaluation struct {
	Loss     float64 // the mean cross-entropy
	Accuracy float64 // the share of examples whose largest logit is the label's
	Top5     float64 // the share whose label has one of the five largest logits
	Labels   []int
	Guesses  []int
	// Confidence is the probability of each guess.
	Confidence []float64
	Logits     []float32 // [examples, classes]
}

// Evaluate runs the model on a set.
func (c *Classifier) Evaluate(d datasets.Dataset) (*Evaluation, error) {
	loader := datasets.NewLoader(d, datasets.LoaderOptions{Batch: evalBatch, Sequential: true})
	defer loader.Close()
	e := &Evaluation{}
	for loader.Next() {
		b := loader.Batch()
		if err := checkBatch(b); err != nil {
			return nil, errors.Wrap(err, "evaluate")
		}
		var loss float64
		var err error
		if e.Logits, loss, err = c.run(e.Logits, b.X, b.Y); err != nil {
			return nil, err
		}
		e.Loss += loss * float64(b.N)
		e.Labels = append(e.Labels, b.Y...)
	}
	if err := loader.Err(); err != nil {
		return nil, errors.Wrap(err, "evaluate")
	}
	if len(e.Labels) == 0 {
		return nil, errors.New("evaluate: the data set is empty, expected at least one example")
	}
	e.Loss /= float64(len(e.Labels))
	classes := len(e.Logits) / len(e.Labels)
	right, amongFive := 0, 0
	for i, label := range e.Labels {
		logits := e.Logits[i*classes : (i+1)*classes]
		guess, p := surest(logits)
		e.Guesses = append(e.Guesses, guess)
		e.Confidence = append(e.Confidence, p)
		if guess == label {
			right++
		}
		if greater(logits, label) < 5 {
			amongFive++
		}
	}
	e.Accuracy = float64(right) / float64(len(e.Labels))
	e.Top5 = float64(amongFive) / float64(len(e.Labels))
	return e, nil
}

// Confusion returns how often each class was taken for each other.
func (e *Evaluation) Confusion(names []string) (*metrics.Confusion, error) {
	m, err := metrics.NewConfusion(len(names))
	if err != nil {
		return nil, err
	}
	m.Names = names
	return m, m.Add(e.Guesses, e.Labels)
}

// greater returns how many logits come before that of the label: greater ones,
// and of equals the earlier.
func greater(z []float32, label int) int {
	n := 0
	for i, v := range z {
		if v > z[label] || v == z[label] && i < label {
			n++
		}
	}
	return n
}

// surest returns the class of the largest logit and its probability,
// 1/Σ_j e^(z_j − z_max).
func surest(z []float32) (class int, probability float64) {
	for i, v := range z {
		if v > z[class] {
			class = i
		}
	}
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v) - float64(z[class]))
	}
	return class, 1 / sum
}

// Logits returns the logits [N, classes] of the examples x [N, …], without
// labels.
func (c *Classifier) Logits(x []float32) ([]float32, error) {
	n := len(x) / datasets.Size(c.shape())
	if n == 0 || n*datasets.Size(c.shape()) != len(x) {
		return nil, errors.Errorf("%d values, expected a multiple of %d", len(x), datasets.Size(c.shape()))
	}
	logits, _, err := c.run(nil, x, make([]int, n))
	return logits, err
}

// run appends the logits of examples to a list and returns it with the loss.
func (c *Classifier) run(logits, x []float32, y []int) (all []float32, loss float64, err error) {
	err = c.eval.Use(graph.Size{Batch: len(y)}, func(prog *graph.Program) error {
		if err := feed(prog, x, y); err != nil {
			return err
		}
		all, loss = append(logits, prog.Float32s(prog.Fetched(0))...), prog.Loss()
		return nil
	})
	return all, loss, err
}

// Build makes the parameters.
func (c *Classifier) Build() error {
	_, err := c.eval.For(graph.Size{Batch: 1})
	return err
}

// Ready returns an error where a step of training cannot be taken, as where batch
// norm would see one value a channel in a last batch of one example.
func (c *Classifier) Ready() error {
	n := c.train.Len()
	if c.opts.Batch > 1 && (n%c.opts.Batch != 1 || c.opts.DropLast) {
		return nil
	}
	_, err := c.programs.For(graph.Size{Batch: 1})
	if c.opts.Batch == 1 {
		return errors.Wrap(err, "batches of one example")
	}
	return errors.Wrapf(err, "%d examples in batches of %d leave one for the last: take another size, or drop the last", n, c.opts.Batch)
}

// Summary returns the model layer by layer, for one example.
func (c *Classifier) Summary() (graph.Summary, error) {
	prog, err := c.eval.For(graph.Size{Batch: 1})
	if err != nil {
		return graph.Summary{}, err
	}
	logits := prog.Fetched(0)
	return logits.Graph().Summary(logits), nil
}

// HTML is the table of Summary, as a notebook shows it, or the error.
func (c *Classifier) HTML() string {
	s, err := c.Summary()
	if err != nil {
		return "<pre>" + html.EscapeString(err.Error()) + "</pre>"
	}
	return s.HTML()
}

// String says what is trained.
func (c *Classifier) String() string {
	return fmt.Sprintf("classifier of examples of shape %v, %d steps an epoch", c.shape(), c.Steps())
}
