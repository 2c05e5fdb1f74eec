package zoo_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

const (
	smallBatch   = 3
	smallClasses = 3
)

// small is an architecture at a size that a test can train.
type small struct {
	name  string
	input []int // of one example
	build func(s graph.Scope) nn.Layer
	// Of the test that a batch is learnt: learning rate of Adam, most steps.
	rate  float64
	steps int
}

func smalls() []small {
	return []small{
		{"lenet", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, smallClasses) }, 2e-3, 60},
		{"lenet_tanh", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewLeNetTanh(s, smallClasses) }, 2e-3, 60},
		{"mlp", []int{2, 5, 5}, func(s graph.Scope) nn.Layer { return zoo.NewMLP(s, 50, 16, smallClasses) }, 1e-2, 60},
		{"resnet_pad", []int{3, 16, 16}, func(s graph.Scope) nn.Layer { return zoo.NewCIFARResNet(s, 3, 4, 1, smallClasses, zoo.Pad) }, 1e-2, 60},
		{"resnet_bare", []int{3, 16, 16}, func(s graph.Scope) nn.Layer {
			return zoo.NewCIFARResNetWith(s, smallClasses, zoo.CIFARResNetOpts{Width: 4, Blocks: 1, NoBatchNorm: true})
		}, 1e-2, 60},
		{"resnet_pad_end", []int{3, 16, 16}, func(s graph.Scope) nn.Layer { return zoo.NewCIFARResNet(s, 3, 4, 1, smallClasses, zoo.PadEnd) }, 1e-2, 60},
		{"resnet_project", []int{3, 16, 16}, func(s graph.Scope) nn.Layer { return zoo.NewCIFARResNet(s, 3, 4, 2, smallClasses, zoo.Project) }, 1e-2, 60},
		{"resnet_basic", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.SmallResNet(s, smallClasses, false) }, 1e-2, 60},
		{"resnet_bottleneck", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.SmallResNet(s, smallClasses, true) }, 1e-2, 60},
		{"inception", []int{3, 8, 8}, func(s graph.Scope) nn.Layer {
			return pooled{zoo.NewInception(s, 3, zoo.InceptionChannels{One: 2, ThreeReduce: 2, Three: 3, FiveReduce: 2, Five: 2, Pool: 2}), s}
		}, 2e-2, 100},
		{"inception_naive", []int{3, 8, 8}, func(s graph.Scope) nn.Layer { return pooled{zoo.NewInceptionNaive(s, 3, 2, 3, 2), s} }, 2e-2, 100},
		{"googlenet", []int{3, 48, 48}, func(s graph.Scope) nn.Layer {
			return zoo.SmallGoogLeNet(s, smallClasses, zoo.GoogLeNetOpts{})
		}, 5e-3, 100},
		{"vgg16", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.SmallVGG(s, smallClasses, false) }, 3e-3, 400},
		{"vgg19", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.SmallVGG(s, smallClasses, true) }, 3e-3, 400},
		{"vgg19_features", []int{3, 16, 16}, func(s graph.Scope) nn.Layer { return pooled{zoo.SmallVGGFeatures(s, "relu3_1"), s} }, 5e-3, 100},
		{"squeezenet10", []int{3, 33, 33}, func(s graph.Scope) nn.Layer { return zoo.SmallSqueezeNet10(s, smallClasses) }, 1e-2, 150},
		{"squeezenet11", []int{3, 33, 33}, func(s graph.Scope) nn.Layer { return zoo.SmallSqueezeNet11(s, smallClasses) }, 1e-2, 150},
		{"squeezenet11_features", []int{3, 33, 33}, func(s graph.Scope) nn.Layer { return pooled{zoo.SmallSqueezeNetFeatures(s, "fire6"), s} }, 1e-2, 150},
		{"tiny_yolo", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return pooled{zoo.SmallTinyYOLO(s, 2, 3), s} }, 1e-2, 60},
		{"small_yolo", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return flat(s, zoo.NewSmallYOLO(s, 2, 3)) }, 5e-3, 60},
		{"localiser", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return flat(s, zoo.NewLocaliser(s, 32, 32, 3)) }, 5e-3, 60},
		{"landmarks", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return flat(s, zoo.NewLandmarks(s, 32, 32, 4)) }, 1e-2, 150},
		{"dcgan_generator", []int{5}, func(s graph.Scope) nn.Layer { return pooled{zoo.NewDCGANGenerator(s, 5, 4, 2, 1), s} }, 2e-2, 500},
		{"dcgan_generator28", []int{5}, func(s graph.Scope) nn.Layer { return pooled{zoo.NewDCGANGenerator28(s, 5, 4, 1), s} }, 2e-2, 500},
		{"dcgan_discriminator", []int{1, 16, 16}, func(s graph.Scope) nn.Layer { return twoSided{zoo.NewDCGANDiscriminator(s, 1, 4, 2)} }, 1e-2, 80},
		{"transform_net", []int{3, 16, 12}, func(s graph.Scope) nn.Layer { return pooled{zoo.NewTransformNet(s, 3, 2), s} }, 2e-2, 400},
		{"gan_generator", []int{5}, func(s graph.Scope) nn.Layer { return pooled{zoo.NewGANGenerator(s, 5, []int{2, 2, 2}), s} }, 1e-2, 400},
		{"gan_discriminator", []int{1, 4, 4}, func(s graph.Scope) nn.Layer { return twoSided{zoo.NewGANDiscriminator(s, []int{1, 4, 4})} }, 1e-3, 80},
		{"cgan_generator", []int{5}, func(s graph.Scope) nn.Layer { return pooled{asked{zoo.NewCGANGenerator(s, 5, 3, 4, 1)}, s} }, 2e-2, 500},
		{"cgan_discriminator", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return twoSided{asked{zoo.NewCGANDiscriminator(s, 1, 3, 4)}} }, 1e-2, 80},
		{"dcgan_discriminator28", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return twoSided{zoo.NewDCGANDiscriminator28(s, 1, 4)} }, 1e-2, 80},
	}
}

// pooled makes feature maps logits.
type pooled struct {
	maps  nn.Layer
	scope graph.Scope
}

func (p pooled) Forward(x *graph.Node) *graph.Node {
	x = p.maps.Forward(x).GlobalAvgPool()
	return nn.NewLinear(p.scope.At("test"), x.Dim(1), smallClasses).Forward(x)
}

// flat makes logits of any outputs.
func flat(s graph.Scope, m nn.Layer) nn.Layer {
	return pooled{nn.Func(func(x *graph.Node) *graph.Node {
		y := m.Forward(x)
		return y.Reshape(y.Dim(0), -1, 1)
	}), s}
}

// twoSided makes logits of one class [N] those of three: z, −z and 0.
type twoSided struct{ one nn.Layer }

func (t twoSided) Forward(x *graph.Node) *graph.Node {
	z := t.one.Forward(x)
	z = z.Reshape(-1, 1)
	return graph.Concat(1, z, z.Neg(), z.Scale(0))
}

// asked gives a conditional network the input class.
type asked struct {
	net interface {
		Forward(x, class *graph.Node) *graph.Node
	}
}

func (a asked) Forward(x *graph.Node) *graph.Node {
	return a.net.Forward(x, x.Graph().Labels("class", x.Dim(0)))
}

// normalised reports whether the model has batch norm, which needs a batch.
func (m small) normalised() bool {
	g := graph.New(graph.NewStore(graph.Float64, 3), graph.Eval)
	m.build(g.Scope())
	return slices.ContainsFunc(g.Store().Params(), (*graph.Param).IsBuffer)
}

// program compiles the model with cross-entropy for a batch of so many, at most
// three, which it runs once. Labels are 0, 1, 0.
func (m small) program(t *testing.T, dtype graph.DType, batch int) (prog *graph.Program) {
	t.Helper()
	g := graph.New(graph.NewStore(dtype, 3), graph.Train)
	x := g.Input("x", append([]int{batch}, m.input...)...)
	y := g.Labels("labels", batch)
	loss := losses.CrossEntropy(m.build(g.Scope()).Forward(x), y, losses.CrossEntropyOpts{})
	prog, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	if u := prog.Unreached(); len(u) > 0 {
		t.Errorf("the loss does not depend on %v", u)
	}
	feeds := []graph.Feed{x.FeedFloat64s(noise(x.Len())), y.FeedInts([]int{0, 1, 0}[:batch])}
	if class := prog.Input("class"); class != nil {
		feeds = append(feeds, class.FeedInts([]int{0, 1, 0}[:batch]))
	}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	return prog
}

func noise(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, n)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	return values
}

// TestModels_learnOneBatch: each architecture learns the labels of noise by
// heart, dropout or not.
func TestModels_learnOneBatch(t *testing.T) {
	const enough = 0.05
	for _, m := range smalls() {
		t.Run(m.name, func(t *testing.T) {
			prog := m.program(t, graph.Float32, smallBatch)
			first := prog.Loss()
			opt := solvers.NewAdam(m.rate)
			best := first
			for step := range m.steps {
				prog.SetStep(step)
				if err := prog.Run(); err != nil {
					t.Fatal(err)
				}
				if best = min(best, prog.Loss()); best < enough {
					t.Logf("loss %.3f, after %d steps %.3f", first, step, best)
					return
				}
				if err := opt.Step(prog.Gradients()); err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("loss %.3f, after %d steps %.3f, want below %g", first, m.steps, best, enough)
		})
	}
}

// TestModels_gradients compares with finite differences, at a point where no
// kink is near.
func TestModels_gradients(t *testing.T) {
	const (
		relative = 1e-5 // differences of a deep network are good to a few digits less than those of one operation
		rounding = 1e-9 // of a loss near 1, divided by the step of 1e-6
	)
	for _, m := range smalls() {
		t.Run(m.name, func(t *testing.T) {
			batch := 1
			if m.normalised() {
				batch = smallBatch
			}
			report, err := gradcheck.Check(m.program(t, graph.Float64, batch), gradcheck.Opts{Most: 1, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			moved := 0
			for _, r := range report {
				if math.Abs(r.Analytical) > rounding {
					moved++
				}
				if !(r.Right(relative) || math.Abs(r.Numerical-r.Analytical) < rounding) {
					t.Errorf("%s[%d]: numerical %g, analytical %g, relative error %g", r.Name, r.Index, r.Numerical, r.Analytical, r.RelativeError)
				}
			}
			if 2*moved < len(report) {
				t.Errorf("only %d of %d parameters have a gradient", moved, len(report))
			}
		})
	}
}
