package train

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

func TestNewClassifier_refuses(t *testing.T) {
	data := points(10, 1)
	none := empty{data}
	for _, c := range []struct {
		name string
		data datasets.Dataset
		opts ClassifierOpts
		want string
	}{
		{"no examples", none, ClassifierOpts{Batch: 4}, "the data set is empty, expected at least one example"},
		{"batch of none", data, ClassifierOpts{}, "batch size 0, expected at least 1"},
		{"batch larger than the data", data, ClassifierOpts{Batch: 11, DropLast: true}, "batch size 11 with the last, smaller batch dropped leaves nothing of 10 examples"},
	} {
		if _, err := NewClassifier(graph.NewStore(graph.Float32, 1), network, c.data, nil, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

type empty struct{ datasets.Dataset }

func (empty) Len() int { return 0 }

// wrongLabel is a set with a label that its classes do not have.
type wrongLabel struct{ datasets.Dataset }

func (s wrongLabel) At(i int, x []float32) (int, error) {
	y, err := s.Dataset.At(i, x)
	if i == 5 {
		y = classes
	}
	return y, err
}

func TestClassifier_badData(t *testing.T) {
	fails(t, newLoop(t, nil, config{train: wrongLabel{points(testSize, 1)}}), datasets.ErrLabel, "epoch 1, batch ", "example 5")
	l := newLoop(t, nil, config{model: func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, classes) }})
	fails(t, l, nil, "Conv2d: x[1 12], expected [N, C]")
	c := newLoop(t, nil, config{}).Task.(*Classifier)
	if _, err := c.Evaluate(empty{points(3, 1)}); err == nil || !strings.Contains(err.Error(), "evaluate: ") || !strings.Contains(err.Error(), "empty") {
		t.Errorf("error %v", err)
	}
	for _, n := range []int{0, 1, features + 1} {
		if _, err := c.Logits(make([]float32, n)); err == nil || !strings.Contains(err.Error(), "expected a multiple of 12") {
			t.Errorf("%d values: error %v", n, err)
		}
	}
}

// A larger batch than the data is one small batch.
func TestClassifier_batchLargerThanData(t *testing.T) {
	l := newLoop(t, nil, config{train: points(testBatch-1, 1)})
	for l.Next(t.Context()) {
	}
	if err := l.Err(); err != nil || l.Progress().Step != testEpochs {
		t.Errorf("%d steps, %v", l.Progress().Step, err)
	}
}

func TestClassifier_evaluate(t *testing.T) {
	l := newLoop(t, nil, config{})
	for l.Next(t.Context()) {
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	c, data := l.Task.(*Classifier), points(300, 3) // a batch of 256 and a smaller one
	e, err := c.Evaluate(data)
	if err != nil {
		t.Fatal(err)
	}
	right, loss := 0, 0.0
	x := make([]float32, features)
	for i := range data.Len() {
		label, err := data.At(i, x)
		if err != nil {
			t.Fatal(err)
		}
		z, err := c.Logits(x)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range z {
			sum += math.Exp(float64(v))
		}
		guess := slices.Index(z, slices.Max(z))
		if guess != e.Guesses[i] || label != e.Labels[i] {
			t.Fatalf("example %d: guess %d of label %d, alone %d of %d", i, e.Guesses[i], e.Labels[i], guess, label)
		}
		if p := math.Exp(float64(z[guess])) / sum; math.Abs(p-e.Confidence[i]) > 1e-5 { // of float32 logits
			t.Fatalf("example %d: probability %g, want %g", i, e.Confidence[i], p)
		}
		if guess == label {
			right++
		}
		loss += math.Log(sum) - float64(z[label])
	}
	n := float64(data.Len())
	if e.Accuracy != float64(right)/n || math.Abs(e.Loss-loss/n) > 1e-5 {
		t.Errorf("accuracy %g and loss %g, one by one %g and %g", e.Accuracy, e.Loss, float64(right)/n, loss/n)
	}
}

func TestEpoch_line(t *testing.T) {
	e := Epoch{Epoch: 2, Step: 14, TrainLoss: 0.25, Validation: Metrics{{"val_accuracy", 0.75}, {"val_loss", 1e-9}}, LearnRate: 0.001, SamplesPerS: 5000}
	b, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"event":"epoch","epoch":2,"step":14,"train_loss":0.25,"val_accuracy":0.75,"val_loss":1e-9,"learn_rate":0.001,"samples_per_s":5000}`
	if string(b) != want {
		t.Errorf("line %s\nwant %s", b, want)
	}
	e.TrainLoss = math.NaN()
	var unsupported *json.UnsupportedValueError
	if _, err := e.Line(); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "metric train_loss") {
		t.Errorf("error %v", err)
	}
	if v, ok := e.Validation.Get("val_loss"); !ok || v != 1e-9 {
		t.Errorf("val_loss %g, %t", v, ok)
	}
	if _, ok := e.Validation.Get("bleu"); ok {
		t.Error("a metric that is not there")
	}
}
