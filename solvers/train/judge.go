package train

import (
	"context"
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// Judge measures generated pictures of 28×28 pixels by what a classifier sees in
// them: a LeNet that was trained on real ones. Several goroutines may look at once.
type Judge struct {
	store     *graph.Store
	programs  *graph.Programs
	classes   int
	mean, std float32
}

// newJudge makes the network of a judge whose inputs are (x − mean)/std of
// pixels x from 0 to 1.
func newJudge(seed uint64, classes int, mean, std float32) (*Judge, error) {
	j := &Judge{store: graph.NewStore(graph.Float32, seed), classes: classes, mean: mean, std: std}
	j.programs = graph.NewPrograms(j.store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		m := zoo.NewLeNet(g.Scope(), classes)
		maps := m.Features(g.Input(inputName, size.Batch, 1, 28, 28))
		return compile(nil, m.Hidden(maps), m.Head(maps).Softmax(-1))
	})
	_, err := j.programs.For(graph.Size{Batch: 1})
	return j, err
}

// LoadJudge reads the weights of a judge from a safetensors file: a LeNet's, or
// those of the same layers in a plain sequence, 0, 3, 7, 9 and 11.
func LoadJudge(path string, classes int, mean, std float32) (*Judge, error) {
	j, err := newJudge(0, classes, mean, std)
	if err != nil {
		return nil, err
	}
	_, err = checkpoint.Load(path, j.store, checkpoint.Opts{Rename: judgeName})
	return j, errors.Wrap(err, "judge")
}

// judgeName returns the name in a LeNet of a layer named by its position.
func judgeName(name string) string {
	position, kind, _ := strings.Cut(name, ".")
	layer := map[string]string{"0": "conv1", "3": "conv2", "7": "fc1", "9": "fc2", "11": "fc3"}[position]
	if layer == "" {
		return name
	}
	return layer + "." + kind
}

// judgeEpochs is how long a judge is trained: on MNIST to about 99 %.
const judgeEpochs = 3

// NewJudge trains a judge on labelled pictures with values from 0 to 1, and
// returns it with its accuracy on the test part.
func NewJudge(ctx context.Context, train, test datasets.Dataset, mean, std float32, seed uint64, threads int) (*Judge, float64, error) {
	j, err := newJudge(seed, len(train.Classes()), mean, std)
	if err != nil {
		return nil, 0, err
	}
	j.store.SetThreads(threads)
	if train, err = datasets.Normalized(train, []float32{mean}, []float32{std}); err != nil {
		return nil, 0, errors.Wrap(err, "train a judge")
	}
	if test, err = datasets.Normalized(test, []float32{mean}, []float32{std}); err != nil {
		return nil, 0, errors.Wrap(err, "train a judge")
	}
	model := func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, j.classes) }
	task, err := NewClassifier(j.store, model, train, nil, ClassifierOpts{Batch: 64, Seed: seed})
	if err != nil {
		return nil, 0, errors.Wrap(err, "train a judge")
	}
	defer task.Close()
	loop := Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: judgeEpochs}
	for loop.Next(ctx) {
		continue
	}
	if err := loop.Err(); err != nil {
		return nil, 0, errors.Wrap(err, "train a judge")
	}
	e, err := task.Evaluate(test)
	if err != nil {
		return nil, 0, errors.Wrap(err, "test a judge")
	}
	return j, e.Accuracy, nil
}

// Save writes the judge's weights to a file that [LoadJudge] reads.
func (j *Judge) Save(path string) error { return checkpoint.Save(path, j.store, nil) }

// Look returns what the judge sees in pictures x [N, 1, 28, 28] with values from
// 0 to 1: the features [N, 84] before its last layer, and the probabilities of
// the classes [N, C].
func (j *Judge) Look(x []float32) (features, probabilities []float64, err error) {
	const area = 28 * 28
	if len(x) == 0 || len(x)%area != 0 {
		return nil, nil, errors.Errorf("judge: %d values, expected pictures of 1×28×28", len(x))
	}
	for at := 0; at < len(x); at += evalBatch * area {
		part := x[at:min(len(x), at+evalBatch*area)]
		prepared := make([]float32, len(part))
		for i, v := range part {
			prepared[i] = (v - j.mean) / j.std
		}
		err := j.programs.Use(graph.Size{Batch: len(part) / area}, func(prog *graph.Program) error {
			if err := prog.Run(prog.Input(inputName).Feed(prepared)); err != nil {
				return err
			}
			features = widened(features, prog.Float32s(prog.Fetched(0)))
			probabilities = widened(probabilities, prog.Float32s(prog.Fetched(1)))
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return features, probabilities, nil
}

func widened(to []float64, from []float32) []float64 {
	for _, v := range from {
		to = append(to, float64(v))
	}
	return to
}

// judgeFeatures is the width of the judge's last hidden layer.
const judgeFeatures = 84

// Features returns the features [N, 84] of the first n pictures of a set, or of
// all where it has fewer.
func (j *Judge) Features(d datasets.Dataset, n int) ([]float64, error) {
	x, err := pictures(d, n)
	if err != nil {
		return nil, err
	}
	features, _, err := j.Look(x)
	return features, err
}

// pictures returns the first n examples of a set, or all where it has fewer.
func pictures(d datasets.Dataset, n int) ([]float32, error) {
	n = min(n, d.Len())
	size := datasets.Size(d.Shape())
	x := make([]float32, n*size)
	for i := range n {
		if _, err := d.At(i, x[i*size:(i+1)*size]); err != nil {
			return nil, errors.Wrapf(err, "example %d", i)
		}
	}
	return x, nil
}

// Verdict is what a judge says of generated pictures.
type Verdict struct {
	// Frechet is the distance of their features from those of real pictures,
	// 0 at best.
	Frechet float64
	metrics.Modes
}

// Judge measures pictures x [N, 1, 28, 28] against the features of real ones.
func (j *Judge) Judge(x []float32, truth []float64) (Verdict, error) {
	features, probabilities, err := j.Look(x)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	if v.Frechet, err = metrics.Frechet(features, truth, judgeFeatures); err != nil {
		return v, err
	}
	v.Modes, err = metrics.NewModes(probabilities, j.classes)
	return v, err
}

// presentShare is the share of the pictures that makes a class present: a tenth
// of an even share of ten classes.
const presentShare = 0.01

// Metrics returns the verdict as metrics with the given prefix.
func (v Verdict) Metrics(prefix string) Metrics {
	return Metrics{
		{prefix + "frechet", v.Frechet},
		{prefix + "class_entropy", v.Entropy},
		{prefix + "classes_present", float64(v.Covered(presentShare))},
		{prefix + "confidence", v.Confidence},
	}
}

// evenness is the entropy as a share of that of an even spread.
func (v Verdict) evenness() float64 { return v.Entropy / math.Log(float64(len(v.Counts))) }
