package infer

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/card"
)

// Classifier tells classes of pictures apart.
type Classifier struct {
	card *card.Card
	run  *engine
}

// Guess is a class with its probability.
type Guess struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

// Answer is what a classifier says of a picture.
type Answer struct {
	Guesses []Guess `json:"guesses"` // the most probable first
	// Unfamiliar says that the picture is unlike those of training: its largest
	// logit is below that of all but one in a hundred test examples.
	Unfamiliar bool `json:"unfamiliar"`
}

// inputName is the name of a network's input.
const inputName = "x"

// Classifier returns the model for classifying pictures.
func (m *Model) Classifier() (*Classifier, error) {
	if err := m.is(card.Classify); err != nil {
		return nil, err
	}
	net, err := m.entry.Classifier(m.card)
	if err != nil {
		return nil, err
	}
	c := &Classifier{card: m.card}
	c.run = m.engineOf(func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input(inputName, append([]int{size.Batch}, m.card.Input.Shape...)...)
		return compile(nil, net(g.Scope()).Forward(x))
	})
	return c, nil
}

// Classes returns the names of the classes.
func (c *Classifier) Classes() []string { return slices.Clone(c.card.Classes) }

// Input says how a picture becomes an input.
func (c *Classifier) Input() *card.Input { return c.card.Clone().Input }

// Classify returns the k most probable classes of a picture.
func (c *Classifier) Classify(ctx context.Context, picture image.Image, k int) (Answer, error) {
	x, err := c.card.Input.FromImage(picture)
	if err != nil {
		return Answer{}, err
	}
	return c.one(ctx, x, k)
}

// ClassifyFile returns the k most probable classes of the picture in a file.
func (c *Classifier) ClassifyFile(ctx context.Context, path string, k int) (Answer, error) {
	x, err := c.card.Input.Read(path)
	if err != nil {
		return Answer{}, err
	}
	a, err := c.one(ctx, x, k)
	return a, errors.Wrapf(err, "classify %s", path)
}

func (c *Classifier) one(ctx context.Context, x []float32, k int) (Answer, error) {
	all, err := c.ClassifyInputs(ctx, x, k)
	if err != nil {
		return Answer{}, err
	}
	return all[0], nil
}

// ClassifyInputs returns the k most probable classes of each of the inputs
// x [N·C·H·W], as card.Input.Prepare makes them.
func (c *Classifier) ClassifyInputs(ctx context.Context, x []float32, k int) ([]Answer, error) {
	if k < 1 {
		return nil, errors.Errorf("classify: the %d most probable classes, expected at least 1", k)
	}
	logits, err := c.Logits(ctx, x)
	if err != nil {
		return nil, err
	}
	classes := len(c.card.Classes)
	answers := make([]Answer, len(logits)/classes)
	for i := range answers {
		answers[i] = Ranked(c.card, logits[i*classes:(i+1)*classes], k)
	}
	return answers, nil
}

// mostAtOnce is how many inputs are computed together at most; more are computed
// one group after another.
const mostAtOnce = 64

// Logits returns the logits [N·classes] of the inputs x [N·C·H·W].
func (c *Classifier) Logits(ctx context.Context, x []float32) ([]float32, error) {
	size, classes := c.card.Input.Len(), len(c.card.Classes)
	if len(x) == 0 || len(x)%size != 0 {
		return nil, errors.Errorf("classify: %d values, expected a positive multiple of %d, the size of an input %v", len(x), size, c.card.Input.Shape)
	}
	n := len(x) / size
	out := make([]float32, 0, n*classes)
	for i := 0; i < n; i += mostAtOnce {
		batch := min(mostAtOnce, n-i)
		err := c.run.run(ctx, graph.Size{Batch: batch}, func(p *graph.Program) []graph.Feed {
			return []graph.Feed{p.Input(inputName).Feed(x[i*size : (i+batch)*size])}
		}, func(p *graph.Program) {
			out = append(out, p.Float32s(p.Fetched(0))...)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(out) != n*classes {
		return nil, errors.Errorf("classify: the network gives %d logits for %d inputs, the card has %d classes", len(out), n, classes)
	}
	return out, nil
}

// rounding is by how much, as a share, logits differ with the size of a batch.
const rounding = 1e-4

// Ranked returns the k most probable of a card's classes by their logits z.
func Ranked(c *card.Card, z []float32, k int) Answer {
	p := softmax(z)
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[j], p[i]) })
	a := Answer{Unfamiliar: c.Familiar != nil && float64(slices.Max(z)) < *c.Familiar-rounding*(1+math.Abs(*c.Familiar))}
	for _, i := range order[:min(k, len(order))] {
		a.Guesses = append(a.Guesses, Guess{c.Classes[i], p[i]})
	}
	return a
}

// softmax returns e^(z_i − max z) / Σ_j e^(z_j − max z).
func softmax(z []float32) []float64 {
	top := float64(slices.Max(z))
	p, sum := make([]float64, len(z)), 0.0
	for i, v := range z {
		p[i] = math.Exp(float64(v) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
