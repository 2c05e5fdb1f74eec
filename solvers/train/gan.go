package train

import (
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// The names of the networks' scopes in a GAN's store, and of the inputs.
const (
	generatorScope     = "generator"
	discriminatorScope = "discriminator"
	averageScope       = "average" // of the generator over the steps

	noiseName = "z"
	className = "class"
	realName  = "real"
	fakeName  = "fake"
)

// GANNetworks are the two networks of a GAN, as functions that make them below a
// scope. Pictures are [N, C, H, W] with values from −1 to 1.
type GANNetworks struct {
	Shape []int // of a picture, [C, H, W]
	Z     int   // how many numbers a picture is made of
	// Classes is the number of classes that pictures are asked for by; 0 for
	// networks that know none, whose class is nil.
	Classes int
	// Generator makes pictures of z [N, Z] and class [N].
	Generator func(s graph.Scope) func(z, class *graph.Node) *graph.Node
	// Discriminator returns the logits [N] of pictures and class [N]: positive
	// for what is taken to be real.
	Discriminator func(s graph.Scope) func(x, class *graph.Node) *graph.Node
}

// GANTaskOpts are the settings of a GANTask.
type GANTaskOpts struct {
	Batch int
	Seed  uint64
	// RealLabel is the target of the real pictures, 0 for 1; less smooths it.
	RealLabel float64
	// Minimax has the generator play the game to the letter; otherwise it makes
	// the non-saturating loss small.
	Minimax bool
	// Average β in [0, 1) keeps the mean ḡ ← β·ḡ + (1 − β)·g of the generator's
	// parameters over the steps, which then makes the pictures that are looked
	// at; 0 keeps none.
	//
	// Source: arXiv:1806.04498.
	Average float64
	// Judge measures the pictures after each epoch against those of Val.
	Judge *Judge
	Val   datasets.Dataset
	// Snapshot is called before each SnapshotEvery-th step with the number of the
	// step, where it is set.
	Snapshot      func(step int) error
	SnapshotEvery int
}

// GANTask is the task of training a generator G against a discriminator D.
// They are graphs over one store. A step is
//
//	D:  x real, z ~ N(0, 1):  D makes −log D(x) − log(1 − D(G(z))) small
//	G:  for the same z:       G makes −log D(G(z)) small
//
// Solver serves both: what it remembers it keeps by the parameter's name. The
// loop, which has the same, takes the second half of the step.
//
// Several goroutines may call Generate and Noise at once, while none trains it.
//
// Source: cheatsheet §1.6.3; arXiv:1406.2661 alg. 1.
type GANTask struct {
	noise  normal         // of steps and measures; Noise has its own
	Solver solvers.Solver // that of the loop

	store  *graph.Store
	nets   GANNetworks
	data   datasets.Dataset // values from −1 to 1
	opts   GANTaskOpts
	epochs *datasets.Epochs

	generator     *graph.Program // z → pictures, as in training
	discriminator *graph.Program // real and generated pictures → its loss
	fooler        *graph.Program // z → the generator's loss
	sampler       *graph.Programs
	sampled       string // the scope of the generator that sampler uses
	balance       *graph.Programs

	z      []float32
	feeds  []graph.Feed
	real   []float64 // features of val
	steps  int       // that were begun, in this run or before
	warned string
}

// NewGANTask makes the task of training networks on pictures with values from 0
// to 1. Without pictures it only generates.
func NewGANTask(store *graph.Store, nets GANNetworks, data datasets.Dataset, o GANTaskOpts) (*GANTask, error) {
	switch {
	case o.Batch < 2:
		return nil, errors.Errorf("train a GAN: batch size %d, expected at least 2", o.Batch)
	case data != nil && data.Len() < o.Batch:
		return nil, errors.Errorf("train a GAN: batch size %d, but %d examples: expected at least one full batch", o.Batch, data.Len())
	case !(o.Average >= 0 && o.Average < 1):
		return nil, errors.Errorf("train a GAN: average %g, expected in [0, 1)", o.Average)
	case nets.Z < 1 || len(nets.Shape) != 3:
		return nil, errors.Errorf("train a GAN: %d numbers for pictures %v, expected at least one for [C, H, W]", nets.Z, nets.Shape)
	}
	t := &GANTask{store: store, nets: nets, opts: o, noise: newNormal(), sampled: generatorScope}
	if o.Average > 0 {
		t.sampled = averageScope
	}
	if data != nil {
		var err error
		if t.data, err = datasets.Normalized(data, []float32{0.5}, []float32{0.5}); err != nil {
			return nil, errors.Wrap(err, "train a GAN")
		}
	}
	t.epochs = datasets.NewEpochs(t.data, datasets.LoaderOptions{Batch: o.Batch, DropLast: true, Seed: o.Seed})
	t.sampler = graph.NewPrograms(store, graph.Eval, t.buildSampler)
	t.balance = graph.NewPrograms(store, graph.Train, t.buildBalance)
	return t, nil
}

// Store returns the parameters of both networks.
func (t *GANTask) Store() *graph.Store { return t.store }

// Steps returns the number of full batches in an epoch.
func (t *GANTask) Steps() int { return t.epochs.Steps() }

// Build makes the parameters and the programs of a step.
func (t *GANTask) Build() error {
	if t.fooler != nil {
		return nil
	}
	n, o := t.opts.Batch, losses.GANOpts{RealLabel: t.opts.RealLabel}
	_, _, painted, first := t.generatorGraph(generatorScope, graph.Train, n)
	var err error
	if t.generator, err = first.Compile(nil, painted); err != nil {
		return errors.Wrap(err, "build the generator")
	}

	g := graph.New(t.store, graph.Train)
	d := t.nets.Discriminator(g.Scope().At(discriminatorScope))
	x, made := t.picturesInput(g, realName, n), t.picturesInput(g, fakeName, n)
	class := t.classInput(g, n)
	if t.discriminator, err = g.Compile(losses.GANDiscriminator(d(x, class), d(made, class), o)); err != nil {
		return errors.Wrap(err, "build the discriminator")
	}

	z, class, fake, g := t.generatorGraph(generatorScope, graph.Train, n)
	g.Fix(discriminatorScope)
	verdict := t.nets.Discriminator(g.Scope().At(discriminatorScope))(fake, class)
	loss := losses.GANGenerator(verdict, o)
	if t.opts.Minimax {
		loss = losses.GANGeneratorMinimax(verdict, o)
	}
	if t.fooler, err = g.Compile(loss); err != nil {
		return errors.Wrap(err, "build the generator's loss")
	}
	t.z = make([]float32, z.Len())
	if t.opts.Average > 0 {
		_, _, fake, g := t.generatorGraph(averageScope, graph.Eval, 1)
		if _, err := g.Compile(nil, fake); err != nil {
			return errors.Wrap(err, "build the averaged generator")
		}
		t.average(0)
	}
	return nil
}

// generatorGraph is a graph of the generator of that scope for n pictures.
func (t *GANTask) generatorGraph(scope string, mode graph.Mode, n int) (z, class, pictures *graph.Node, g *graph.Graph) {
	g = graph.New(t.store, mode)
	z = g.Input(noiseName, n, t.nets.Z)
	class = t.classInput(g, n)
	return z, class, t.nets.Generator(g.Scope().At(scope))(z, class), g
}

func (t *GANTask) picturesInput(g *graph.Graph, name string, n int) *graph.Node {
	return g.Input(name, append([]int{n}, t.nets.Shape...)...)
}

func (t *GANTask) classInput(g *graph.Graph, n int) *graph.Node {
	if t.nets.Classes == 0 {
		return nil
	}
	return g.Labels(className, n)
}

// Begin starts an epoch at a batch.
func (t *GANTask) Begin(epoch, batch int) { t.epochs.Begin(epoch, batch) }

// Step changes the discriminator, then computes the loss of the generator and
// its gradients.
func (t *GANTask) Step(step int) (*graph.Program, int, error) {
	if err := t.Build(); err != nil {
		return nil, 0, err
	}
	if t.Solver == nil {
		return nil, 0, errors.New("train a GAN: no solver, expected the loop's")
	}
	t.steps = step + 1
	if step > 0 {
		t.average(t.opts.Average)
	}
	if every := t.opts.SnapshotEvery; every > 0 && step%every == 0 {
		if err := t.opts.Snapshot(step); err != nil {
			return nil, 0, err
		}
	}
	b, err := t.epochs.Next()
	if err != nil {
		return nil, 0, err
	}
	if err := checkBatch(b); err != nil {
		return nil, 0, errors.Wrap(err, "training part")
	}
	t.noise.draw(t.z, t.opts.Seed, trainingNoise, step)

	for _, prog := range []*graph.Program{t.generator, t.discriminator, t.fooler} {
		prog.SetStep(step)
	}
	if err := t.run(t.generator, b.Y, t.generator.Input(noiseName).Feed(t.z)); err != nil {
		return nil, 0, err
	}
	fake := t.generator.Float32s(t.generator.Fetched(0))
	d := t.discriminator
	if err := t.run(d, b.Y, d.Input(realName).Feed(b.X), d.Input(fakeName).Feed(fake)); err != nil {
		return nil, 0, err
	}
	if loss := d.Loss(); !finite(loss) {
		return nil, 0, diverged(t.store, d, "the discriminator's loss", loss)
	}
	if err := t.Solver.Step(d.Gradients()); err != nil {
		return nil, 0, err
	}
	return t.fooler, b.N, t.run(t.fooler, b.Y, t.fooler.Input(noiseName).Feed(t.z))
}

// run runs a program with the classes y of its pictures.
func (t *GANTask) run(prog *graph.Program, y []int, feeds ...graph.Feed) error {
	t.feeds = append(t.feeds[:0], feeds...)
	if t.nets.Classes > 0 {
		t.feeds = append(t.feeds, prog.Input(className).FeedInts(y))
	}
	return prog.Run(t.feeds...)
}

// The purposes of random numbers, kept apart.
const (
	trainingNoise = iota + 1
	validationNoise
	balanceNoise
	sampleNoise
)

// normal is a source of normal numbers that can be begun anew.
type normal struct {
	source *rand.PCG
	r      *rand.Rand
}

func newNormal() normal {
	source := rand.NewPCG(0, 0)
	return normal{source, rand.New(source)}
}

// draw fills z with normal numbers, a function of the seed, the purpose and a
// number.
func (n normal) draw(z []float32, seed uint64, purpose, number int) {
	n.source.Seed(seed, uint64(purpose)<<56|uint64(number))
	for i := range z {
		z[i] = float32(n.r.NormFloat64())
	}
}

// average takes a step of the mean of the generator's parameters and running
// statistics; with β = 0 it copies them.
func (t *GANTask) average(beta float64) {
	if t.opts.Average == 0 {
		return
	}
	b := float32(beta)
	for _, p := range t.store.Params() {
		name, ok := cutScope(p.Name(), averageScope)
		if !ok {
			continue
		}
		mean, now := p.Float32s(), t.store.Param(generatorScope+"."+name).Float32s()
		for i, v := range now {
			mean[i] = b*mean[i] + (1-b)*v
		}
	}
}

// Better reports whether a Fréchet distance is less than the best.
func (t *GANTask) Better(value, best float64) bool { return value < best }

// Close ends the reading of batches.
func (t *GANTask) Close() { t.epochs.Close() }
