package bench

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

func tinyYOLO(s graph.Scope) nn.Layer { return zoo.NewTinyYOLO(s, 5, 20) }

// yoloTraining is a training step of tiny YOLO on four pictures.
func (b *bencher) yoloTraining() (*benchTask, error) {
	const n, anchors, fields, side = 4, 5, 25, 13
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", n, 3, 416, 416)
	object := g.Input("object", n, anchors, 1, side, side)
	boxes := g.Input("boxes", n, anchors, 4, side, side)
	classes := g.Labels("classes", n*anchors*side*side)
	raw := tinyYOLO(g.Scope()).Forward(x)
	out := raw.Reshape(n, anchors, fields, side, side)

	box := graph.Concat(2, out.Slice(2, 0, 2).Sigmoid(), out.Slice(2, 2, 4))
	score := out.Slice(2, 4, 5).Sigmoid()
	loss := object.Mul(box.Sub(boxes).Square()).Sum().Scale(5)
	loss = loss.Add(object.Scale(-1).Shift(1).Mul(score.Square()).Sum().Scale(0.5))
	loss = loss.Add(object.Mul(score.Shift(-1).Square()).Sum())
	logits := out.Slice(2, 5, fields).Transpose(0, 1, 3, 4, 2).Reshape(-1, fields-5)
	entropy := losses.CrossEntropy(logits, classes, losses.CrossEntropyOpts{Reduction: losses.None})
	loss = loss.Add(entropy.Mul(object.Reshape(-1)).Sum()).Scale(1.0 / n)
	prog, err := g.Compile(loss)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	solver := solvers.NewMomentum(1e-2)
	solver.WeightDecay = 1e-4
	images, labels := normal(x.Len()), below(classes.Len(), 20)
	there, truth := make([]float32, object.Len()), normal(boxes.Len())
	for i, v := range below(len(there), 100) {
		if v == 0 {
			there[i] = 1
		}
	}
	return &benchTask{
		unit: "images/s", batch: n, per: n, flops: 6 * float64(macs(g, raw)),
		step: func() error {
			if err := prog.Run(x.Feed(images), object.Feed(there), boxes.Feed(truth), classes.FeedInts(labels)); err != nil {
				return err
			}
			return solver.Step(prog.Gradients())
		},
	}, nil
}

// dcgan is a step of both networks: the discriminator on real and generated
// pictures, then the generator.
func (b *bencher) dcgan() (*benchTask, error) {
	const n, z, width = 64, 100, 64
	const ofGenerator, ofDiscriminator = "generator", "discriminator"
	store := graph.NewStore(graph.Float32, 1)

	generate := graph.New(store, graph.Train)
	noise := generate.Input("z", n, z)
	fake := zoo.NewDCGANGenerator28(generate.Scope().At(ofGenerator), z, width, 1).Forward(noise)
	generator, err := generate.Compile(nil, fake)
	if err != nil {
		return nil, err
	}

	judge := graph.New(store, graph.Train)
	genuine, made := judge.Input("real", n, 1, 28, 28), judge.Input("fake", n, 1, 28, 28)
	critic := zoo.NewDCGANDiscriminator28(judge.Scope().At(ofDiscriminator), 1, width)
	discriminator, err := judge.Compile(losses.GANDiscriminator(critic.Forward(genuine), critic.Forward(made), losses.GANOpts{}))
	if err != nil {
		return nil, err
	}

	fool := graph.New(store, graph.Train)
	fool.Fix(ofDiscriminator)
	seed := fool.Input("z", n, z)
	x := zoo.NewDCGANGenerator28(fool.Scope().At(ofGenerator), z, width, 1).Forward(seed)
	verdict := zoo.NewDCGANDiscriminator28(fool.Scope().At(ofDiscriminator), 1, width).Forward(x)
	fooler, err := fool.Compile(losses.GANGenerator(verdict, losses.GANOpts{}))
	if err != nil {
		return nil, err
	}

	b.progs = append(b.progs, generator, discriminator, fooler)
	ofD, ofG := ganSolver(), ganSolver()
	pictures, seeds := normal(n*28*28), normal(n*z)
	return &benchTask{
		unit: "steps/s", batch: n, per: 1,
		step: func() error {
			if err := generator.Run(noise.Feed(seeds)); err != nil {
				return err
			}
			if err := discriminator.Run(genuine.Feed(pictures), made.Feed(generator.Float32s(fake))); err != nil {
				return err
			}
			if err := ofD.Step(discriminator.Gradients()); err != nil {
				return err
			}
			if err := fooler.Run(seed.Feed(seeds)); err != nil {
				return err
			}
			return ofG.Step(fooler.Gradients())
		},
	}, nil
}

func ganSolver() *solvers.Adam {
	a := solvers.NewAdam(2e-4)
	a.Beta1 = 0.5
	return a
}

// style is a step of style transfer at 256×256 over VGG-19: the picture is what
// is trained.
func (b *bencher) style() (*benchTask, error) {
	const side, last, content = 256, "relu5_1", "relu4_2"
	styles := []string{"relu1_1", "relu2_1", "relu3_1", "relu4_1", last}
	store := graph.NewStore(graph.Float32, 1)

	g := graph.New(store, graph.Train)
	g.Fix("features")
	picture := g.Scope().Param("picture", nn.Uniform(0, 1), 1, 3, side, side)
	at := zoo.NewVGG19Features(g.Scope(), last).Activations(picture, append(styles, content)...)
	loss := losses.MSE(at[content], g.Input("content", at[content].Shape()...), losses.Opts{})
	for _, name := range styles {
		gram := losses.GramMean(at[name])
		loss = loss.Add(losses.MSE(gram, g.Input(name, gram.Shape()...), losses.Opts{}).Scale(1e4))
	}
	prog, err := g.Compile(loss)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	feeds := []graph.Feed{prog.Input("content").Feed(normal(prog.Input("content").Len()))}
	for _, name := range styles {
		feeds = append(feeds, prog.Input(name).Feed(normal(prog.Input(name).Len())))
	}
	solver := solvers.NewAdam(0.02)
	return &benchTask{
		unit: "iterations/s", batch: 1, per: 1, flops: 4 * float64(macs(g, at[last])), extra: map[string]any{"size": side},
		step: func() error {
			if err := prog.Run(feeds...); err != nil {
				return err
			}
			return solver.Step(prog.Gradients())
		},
	}, nil
}
