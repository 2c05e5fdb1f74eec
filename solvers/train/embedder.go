package train

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/tuples"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/infer"
)

// Objective is what an Embedder's batches are made of and how they cost.
type Objective int

const (
	// Pairs of pictures cost the contrastive loss. The network is used twice: for
	// one half of the pictures of each person in the batch, and for the other;
	// each of the first makes a pair with each of the others.
	Pairs Objective = iota
	// LogisticPairs are the same pairs, which cost the cross-entropy of being
	// taken for the same by their distance, those of one person and those of
	// two with a mean of their own.
	LogisticPairs
	// HardTriplets are those of each picture of a balanced batch with its
	// hardest partners.
	HardTriplets
	// SemiHardTriplets take for each pair the nearest negative beyond it.
	SemiHardTriplets
	// AllTriplets of a balanced batch count that cost anything.
	AllTriplets
)

// Embedder is the task of learning embeddings f(x), by which pictures of one
// person are near each other and those of two are not. Several goroutines may
// embed and verify at once, while none trains it.
type Embedder struct {
	*infer.Embedding
	store   *graph.Store
	model   func(s graph.Scope) nn.Layer
	opts    EmbedderOpts
	data    datasets.Dataset
	val     datasets.Dataset
	sampler *tuples.Sampler

	programs *graph.Programs
	epoch    int
	batch    int
	x        []float32 // of a batch
	labels   []int
}

// EmbedderOpts are the settings of an Embedder.
type EmbedderOpts struct {
	Objective Objective
	// People and Pictures are how many people a balanced batch shows, and how
	// many pictures of each.
	People, Pictures int
	Margin           float64
	// Steps is the number of batches in an epoch; 0 means 100.
	Steps int
	Seed  uint64 // of the order of the examples
	// Transform changes a training picture after it is read. The index counts
	// what is drawn in an epoch.
	Transform func(x []float32, epoch, index int)
	// Mirror makes an embedding that of the picture plus that of its mirror
	// image, divided by the norm of the sum.
	Mirror bool
}

// NewEmbedder makes the task of training model, from pictures to embeddings
// [N, D] as zoo.Siamese is, whose parameters are named from
// the root of store, on the set train, with the set val, which may be nil, for
// validation. For a model that is only used train is nil.
func NewEmbedder(store *graph.Store, model func(s graph.Scope) nn.Layer, train, val datasets.Dataset, o EmbedderOpts) (*Embedder, error) {
	if o.Steps == 0 {
		o.Steps = 100
	}
	e := &Embedder{store: store, model: model, opts: o, data: train, val: val}
	e.programs = graph.NewPrograms(store, graph.Train, e.build)
	e.Embedding = infer.NewEmbedding(store, e.used, e.shape(), o.Mirror)
	if train == nil {
		return e, nil
	}
	if o.People < 2 || o.Pictures < 2 {
		return nil, errors.Errorf("train: batches of %d people with %d pictures each, expected at least 2 of 2", o.People, o.Pictures)
	}
	if o.Steps < 1 {
		return nil, errors.Errorf("train: %d batches in an epoch, expected at least 1", o.Steps)
	}
	if o.Objective < Pairs || o.Objective > AllTriplets {
		return nil, errors.Errorf("train: objective %d, expected Pairs, LogisticPairs, HardTriplets, SemiHardTriplets or AllTriplets", o.Objective)
	}
	labels, err := datasets.Labels(train)
	if err != nil {
		return nil, errors.Wrap(err, "train")
	}
	if e.sampler, err = tuples.New(labels, o.Seed); err != nil {
		return nil, errors.Wrap(err, "train")
	}
	return e, nil
}

// The names of an embedder's further inputs, the second halves of a batch.
const (
	otherName       = "other"
	otherLabelsName = "other labels"
)

// build makes the graph of a batch.
func (e *Embedder) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	shape := e.data.Shape()
	m, similarity := e.networks(g)
	if e.opts.Objective.paired() {
		first, second := (size.Batch+1)/2, size.Batch/2
		x1, y1 := g.Input(inputName, append([]int{first}, shape...)...), g.Labels(labelsName, first)
		x2, y2 := g.Input(otherName, append([]int{second}, shape...)...), g.Labels(otherLabelsName, second)
		e1, e2 := m.Forward(x1), m.Forward(x2)
		if e.opts.Objective == Pairs {
			return compile(losses.ContrastiveAll(e1, e2, y1, y2, e.opts.Margin))
		}
		z, same := similarity.Forward(losses.SquaredDistances(e1, e2)), y1.Same(y2)
		of := func(which *graph.Node) *graph.Node {
			return losses.BinaryCrossEntropyLogit(z, same, losses.Opts{Weights: which})
		}
		return compile(of(same).Add(of(same.Neg().Shift(1))).Scale(0.5))
	}
	x, y := g.Input(inputName, append([]int{size.Batch}, shape...)...), g.Labels(labelsName, size.Batch)
	mined := []func(x, labels *graph.Node, margin float64, o losses.TripletOpts) *graph.Node{
		HardTriplets: losses.TripletHard, SemiHardTriplets: losses.TripletSemiHard, AllTriplets: losses.TripletAll,
	}[e.opts.Objective]
	return compile(mined(m.Forward(x), y, e.opts.Margin, losses.TripletOpts{}))
}

// used makes the network that embeds pictures.
func (e *Embedder) used(s graph.Scope) nn.Layer {
	if e.opts.Objective == LogisticPairs {
		zoo.NewDistanceSimilarity(s.At("similarity"))
	}
	return e.model(s)
}

// networks makes the network and, for logistic pairs, what tells by distances:
// in each graph, so that a store is whole whatever is built first.
func (e *Embedder) networks(g *graph.Graph) (nn.Layer, *zoo.DistanceSimilarity) {
	m := e.model(g.Scope())
	if e.opts.Objective != LogisticPairs {
		return m, nil
	}
	return m, zoo.NewDistanceSimilarity(g.Scope().At("similarity"))
}

// paired reports whether a batch has two halves.
func (o Objective) paired() bool { return o == Pairs || o == LogisticPairs }

func (e *Embedder) shape() []int {
	if e.data != nil {
		return e.data.Shape()
	}
	return e.val.Shape()
}

// Store returns the parameters.
func (e *Embedder) Store() *graph.Store { return e.store }

// Steps returns the number of batches in an epoch.
func (e *Embedder) Steps() int { return e.opts.Steps }

// Begin starts an epoch at a batch.
func (e *Embedder) Begin(epoch, batch int) { e.epoch, e.batch = epoch, batch }

// Step computes the loss and its gradients for the next batch.
func (e *Embedder) Step(step int) (*graph.Program, int, error) {
	drawn, err := e.draw()
	if err != nil {
		return nil, 0, err
	}
	e.batch++
	prog, err := e.programs.For(graph.Size{Batch: len(drawn)})
	if err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	if !e.opts.Objective.paired() {
		return prog, len(drawn), prog.Run(prog.Input(inputName).Feed(e.x), prog.Input(labelsName).FeedInts(e.labels))
	}
	first := (len(drawn) + 1) / 2
	split := first * datasets.Size(e.shape())
	return prog, len(drawn), prog.Run(
		prog.Input(inputName).Feed(e.x[:split]), prog.Input(labelsName).FeedInts(e.labels[:first]),
		prog.Input(otherName).Feed(e.x[split:]), prog.Input(otherLabelsName).FeedInts(e.labels[first:]))
}

// draw reads the pictures of the next batch into x: for pairs every second one
// first, so that each half shows everyone.
func (e *Embedder) draw() ([]int, error) {
	drawn, err := e.sampler.Batch(e.opts.People, e.opts.Pictures, e.epoch*e.opts.Steps+e.batch)
	if err != nil {
		return nil, err
	}
	if e.opts.Objective.paired() {
		var halves [2][]int
		for i, at := range drawn {
			halves[i%2] = append(halves[i%2], at)
		}
		drawn = append(halves[0], halves[1]...)
	}
	size := datasets.Size(e.data.Shape())
	e.x, e.labels = slices.Grow(e.x[:0], len(drawn)*size)[:len(drawn)*size], e.labels[:0]
	for i, at := range drawn {
		x := e.x[i*size : (i+1)*size]
		label, err := e.data.At(at, x)
		if err != nil {
			return nil, errors.Wrapf(err, "example %d", at)
		}
		if bad := firstBad(x); bad >= 0 {
			return nil, errors.Errorf("training part: example %d: value %d is %g, expected finite numbers", at, bad, x[bad])
		}
		if e.opts.Transform != nil {
			e.opts.Transform(x, e.epoch, e.batch*len(drawn)+i)
		}
		e.labels = append(e.labels, label)
	}
	return drawn, nil
}

// Validate returns val_auc, val_eer and val_oneshot_accuracy.
func (e *Embedder) Validate() (Metrics, error) {
	if e.val == nil || e.val.Len() == 0 {
		return nil, nil
	}
	v, err := e.Verify(e.val)
	if err != nil {
		return nil, err
	}
	return Metrics{{"val_auc", v.AUC}, {"val_eer", v.EER}, {"val_oneshot_accuracy", v.OneShot}}, nil
}

// Better reports whether an area is as large as the best, to two places: the few
// people to validate on tell no more. Of equals the later epoch counts.
func (e *Embedder) Better(value, best float64) bool {
	return math.Round(100*value) >= math.Round(100*best)
}

// Close does nothing.
func (e *Embedder) Close() {}

// EmbedAll returns the embeddings [N, D] of a set, with its labels.
func (e *Embedder) EmbedAll(d datasets.Dataset) (points []float32, labels []int, err error) {
	loader := datasets.NewLoader(d, datasets.LoaderOptions{Batch: evalBatch, Sequential: true})
	defer loader.Close()
	for loader.Next() {
		b := loader.Batch()
		if err := checkBatch(b); err != nil {
			return nil, nil, errors.Wrap(err, "embed")
		}
		part, err := e.Embed(b.X)
		if err != nil {
			return nil, nil, err
		}
		points, labels = append(points, part...), append(labels, b.Y...)
	}
	return points, labels, errors.Wrap(loader.Err(), "embed")
}

// Verification is how well distances tell whether two pictures show one person.
type Verification struct {
	AUC, EER float64
	OneShot  float64 // accuracy when each person is shown once
	ROC      *metrics.ROC
	// Distances and Same are of all pairs i < j.
	Distances []float64
	Same      []bool
}

// Verify measures all pairs of a set.
func (e *Embedder) Verify(d datasets.Dataset) (*Verification, error) {
	points, labels, err := e.EmbedAll(d)
	if err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, errors.New("verify: the data set is empty, expected at least two people")
	}
	wide := make([]float64, len(points))
	for i, v := range points {
		wide[i] = float64(v)
	}
	dim := len(points) / len(labels)
	v := &Verification{}
	if v.Distances, v.Same, err = metrics.AllPairs(wide, dim, labels); err != nil {
		return nil, err
	}
	if err := v.rate(); err != nil {
		return nil, err
	}
	v.OneShot, err = metrics.OneShotRounds(wide, dim, labels)
	return v, err
}

// NewVerification measures pairs with these distances.
func NewVerification(distances []float64, same []bool, oneShot float64) (*Verification, error) {
	v := &Verification{OneShot: oneShot, Distances: distances, Same: same}
	return v, v.rate()
}

func (v *Verification) rate() (err error) {
	scores := make([]float64, len(v.Distances))
	for i, d := range v.Distances {
		scores[i] = -d
	}
	if v.ROC, err = metrics.NewROC(v.Same, scores); err != nil {
		return err
	}
	v.AUC = v.ROC.AUC()
	v.EER, _ = v.ROC.EER()
	return nil
}

// Threshold returns the distance up to which most pairs of one person are
// accepted while pairs of strangers are no more often than rate, with the rates
// that it has here. It is 0 where the nearest pairs are strangers.
func (v *Verification) Threshold(rate float64) metrics.FARPoint {
	p := v.ROC.FARTable([]float64{rate})[0]
	p.Threshold = max(0, -p.Threshold)
	return p
}
