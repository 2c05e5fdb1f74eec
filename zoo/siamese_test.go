package zoo_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// siameseTriplet is the triplet loss through three uses of one small network:
// convolution, ReLU, max pooling, linear layer.
func siameseTriplet(t *testing.T, c *golden.Case) {
	k := newModelCase(t, c)
	conv, fc := c.Tensor("param.conv.weight").Shape, c.Tensor("param.fc.weight").Shape
	s := k.g.Scope()
	f := nn.Sequential{
		nn.NewConv2d(s.At("conv"), conv[1], conv[0], conv[2], nn.ConvOpts{}),
		nn.Func((*graph.Node).ReLU),
		nn.Func(func(x *graph.Node) *graph.Node { return x.MaxPool2d(2).Flatten() }),
		nn.NewLinear(s.At("fc"), fc[1], fc[0]),
	}
	distance := losses.Squared
	switch d := c.Params.StringOr("distance", "squared"); d {
	case "squared":
	case "euclidean":
		distance = losses.Euclidean
	case "euclidean_eps":
		distance = losses.EuclideanEps
	default:
		t.Fatalf("distance %q", d)
	}
	m := zoo.NewSiamese(f, zoo.SiameseOpts{Distance: distance, Unnormalized: !c.Params.BoolOr("l2_normalize", true)})
	inputs, towers := map[string]*graph.Node{}, []*graph.Node{}
	var feeds []graph.Feed
	for _, name := range []string{"anchor", "positive", "negative"} {
		x, feed := k.input(name)
		inputs[name], feeds = x, append(feeds, feed...)
		towers = append(towers, x)
	}
	loss := m.Triplet(towers[0], towers[1], towers[2], c.Params.Float("margin"))
	outputs := map[string]*graph.Node{"loss": loss}
	if c.Has("output.embedding") {
		outputs["embedding"] = m.Forward(towers[0])
	}
	k.check(loss, outputs, inputs, feeds)
}

// smallEmbedding is an Embedding that a test can differentiate numerically.
func smallEmbedding(s graph.Scope) *zoo.Embedding {
	return zoo.NewEmbedding(s, []int{1, 8, 6}, 3, zoo.EmbeddingOpts{Widths: []int{2, 3}, Standardize: true})
}

// siameseLosses are the ways to train a Siamese network on pairs or triplets of
// pictures [2, 1, 8, 6].
func siameseLosses() map[string]func(s graph.Scope, x []*graph.Node) *graph.Node {
	return map[string]func(s graph.Scope, x []*graph.Node) *graph.Node{
		"triplet": func(s graph.Scope, x []*graph.Node) *graph.Node {
			return zoo.NewSiamese(smallEmbedding(s), zoo.SiameseOpts{}).Triplet(x[0], x[1], x[2], 3)
		},
		"contrastive": func(s graph.Scope, x []*graph.Node) *graph.Node {
			same := s.Graph().Constant([]float64{1, 0}, 2)
			return zoo.NewSiamese(smallEmbedding(s), zoo.SiameseOpts{}).Contrastive(x[0], x[1], same, 2)
		},
		"logistic distance": func(s graph.Scope, x []*graph.Node) *graph.Node {
			m := zoo.NewSiamese(smallEmbedding(s.At("f")), zoo.SiameseOpts{})
			z := zoo.NewDistanceSimilarity(s.At("head")).Forward(m.Distance(x[0], x[1]))
			same := s.Graph().Constant([]float64{1, 0}, 2)
			return losses.BinaryCrossEntropyLogit(z, same, losses.Opts{})
		},
		"logistic": func(s graph.Scope, x []*graph.Node) *graph.Node {
			m := zoo.NewSiamese(smallEmbedding(s.At("f")), zoo.SiameseOpts{Unnormalized: true})
			z := zoo.NewSimilarity(s.At("head"), 3).Forward(m.Forward(x[0]), m.Forward(x[1]))
			same := s.Graph().Constant([]float64{1, 0}, 2)
			return losses.BinaryCrossEntropyLogit(z, same, losses.Opts{})
		},
	}
}

// program compiles a loss over three inputs of noise and runs it once.
func siameseProgram(t *testing.T, store *graph.Store, loss func(s graph.Scope, x []*graph.Node) *graph.Node) *graph.Program {
	t.Helper()
	g := graph.New(store, graph.Train)
	var x []*graph.Node
	var feeds []graph.Feed
	values := noise(3 * 2 * 48)
	for i := range 3 {
		n := g.Input(fmt.Sprintf("x%d", i), 2, 1, 8, 6)
		x, feeds = append(x, n), append(feeds, n.FeedFloat64s(values[i*96:(i+1)*96]))
	}
	prog, err := g.Compile(loss(g.Scope(), x))
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(feeds...); err != nil {
		t.Fatal(err)
	}
	return prog
}

func TestSiamese_gradients(t *testing.T) {
	for name, loss := range siameseLosses() {
		t.Run(name, func(t *testing.T) {
			report, err := gradcheck.Check(siameseProgram(t, graph.NewStore(graph.Float64, 3), loss), gradcheck.Opts{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report {
				if !r.Right(1e-5) { // batch norm of two pictures is steep
					t.Errorf("%s: relative error %g, numerical %g, analytical %g", r.Name, r.RelativeError, r.Numerical, r.Analytical)
				}
			}
		})
	}
}

// The gradient of a weight is the sum over the uses of the network: of three
// networks that have weights of their own, equal at the moment.
func TestSiamese_sharedGradientIsTheSum(t *testing.T) {
	shared := graph.NewStore(graph.Float64, 3)
	apart := graph.NewStore(graph.Float64, 3)
	net := func(s graph.Scope) nn.Layer { return smallEmbedding(s) }
	triplet := func(f [3]nn.Layer, x []*graph.Node) *graph.Node {
		var e [3]*graph.Node
		for i := range e {
			e[i] = zoo.NewSiamese(f[i], zoo.SiameseOpts{}).Forward(x[i])
		}
		return losses.Triplet(e[0], e[1], e[2], 3, losses.TripletOpts{})
	}
	one := siameseProgram(t, shared, func(s graph.Scope, x []*graph.Node) *graph.Node {
		f := net(s)
		return triplet([3]nn.Layer{f, f, f}, x)
	})
	three := siameseProgram(t, apart, func(s graph.Scope, x []*graph.Node) *graph.Node {
		return triplet([3]nn.Layer{net(s.At("a")), net(s.At("p")), net(s.At("n"))}, x)
	})
	for _, p := range apart.Params() {
		if err := p.SetValues(shared.Param(p.Name()[2:]).Values()); err != nil {
			t.Fatal(err)
		}
	}
	// The weights changed after the first run of the three; run them again.
	values := noise(3 * 2 * 48)
	for _, prog := range []*graph.Program{one, three} {
		var feeds []graph.Feed
		for i := range 3 {
			feeds = append(feeds, prog.Input(fmt.Sprintf("x%d", i)).FeedFloat64s(values[i*96:(i+1)*96]))
		}
		if err := prog.Run(feeds...); err != nil {
			t.Fatal(err)
		}
	}
	if one.Loss() == 0 || math.Abs(one.Loss()-three.Loss()) > 1e-12 {
		t.Fatalf("loss %g shared, %g apart, expected one number above 0", one.Loss(), three.Loss())
	}
	want := map[string][]float64{}
	for name, g := range gradients(t, three) {
		name = name[2:]
		if want[name] == nil {
			want[name] = make([]float64, len(g))
		}
		for i, v := range g {
			want[name][i] += v
		}
	}
	for name, got := range gradients(t, one) {
		for i, v := range got {
			if math.Abs(v-want[name][i]) > 1e-12*(1+math.Abs(v)) { // a sum in another order
				t.Errorf("%s: element %d is %g, the uses add up to %g", name, i, v, want[name][i])
			}
		}
	}
}

func gradients(t *testing.T, prog *graph.Program) map[string][]float64 {
	t.Helper()
	all := map[string][]float64{}
	for _, vg := range prog.Gradients() {
		v, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		all[vg.(interface{ Name() string }).Name()] = slices.Clone(wide(v))
	}
	return all
}

// Identical pictures are at distance 0, whatever the distance; the light does
// not count for faces.
func TestSiamese_identicalPictures(t *testing.T) {
	for _, d := range []losses.Distance{losses.Squared, losses.Euclidean} {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
		x1, x2 := g.Input("x1", 2, 1, 8, 6), g.Input("x2", 2, 1, 8, 6)
		y := zoo.NewSiamese(smallEmbedding(g.Scope()), zoo.SiameseOpts{Distance: d}).Distance(x1, x2)
		prog, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		values := noise(96)
		brighter := slices.Clone(values)
		for i := range brighter[48:] {
			brighter[48+i] = 3*brighter[48+i] + 1
		}
		if err := prog.Run(x1.FeedFloat64s(values), x2.FeedFloat64s(brighter)); err != nil {
			t.Fatal(err)
		}
		got := prog.Values(y)
		if got[0] > 1e-14 || got[1] > 1e-4 { // 1e-5 beside the variance moves the second a little
			t.Errorf("distance %d: %v, want 0 of a picture to itself, about 0 to a brighter one", d, got)
		}
	}
}

func TestSiamese_learnsOneBatch(t *testing.T) {
	for name, loss := range siameseLosses() {
		t.Run(name, func(t *testing.T) {
			prog := siameseProgram(t, graph.NewStore(graph.Float32, 3), loss)
			values, first := noise(3*2*48), prog.Loss()
			opt := solvers.NewAdam(1e-2)
			var feeds []graph.Feed
			for i := range 3 {
				feeds = append(feeds, prog.Input(fmt.Sprintf("x%d", i)).FeedFloat64s(values[i*96:(i+1)*96]))
			}
			for range 200 {
				if err := prog.Run(feeds...); err != nil {
					t.Fatal(err)
				}
				if err := opt.Step(prog.Gradients()); err != nil {
					t.Fatal(err)
				}
			}
			if prog.Loss() > first/4 {
				t.Errorf("loss %g at first, %g after 200 steps, want at most a quarter", first, prog.Loss())
			}
		})
	}
}

// At first pairs at d² = 1/2 are undecided, whatever the shape.
func TestDistanceSimilarity(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	d := g.Input("d", 2, 2)
	z := zoo.NewDistanceSimilarity(g.Scope()).Forward(d)
	prog, err := g.Compile(nil, z)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(d.FeedFloat64s([]float64{0, 0.5, 1, 2})); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2.5, 0, -2.5, -7.5} {
		if got := prog.Values(z)[i]; math.Abs(got-want) > 1e-14 { // e^(ln 5) is rounded
			t.Errorf("logit %g, want %g", got, want)
		}
	}
}

func TestEmbedding_wrongUse(t *testing.T) {
	for _, c := range []struct {
		input []int
		want  string
	}{
		{[]int{28, 28}, "pictures of shape [28 28], expected [C, H, W]"},
		{[]int{1, 8, 8}, "pictures of 8 by 8 are too small for 4 stages"},
	} {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
		zoo.NewOmniglotEmbedding(g.Scope(), c.input, 8).Forward(g.Input("x", append([]int{1}, c.input...)...))
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("input %v: %v, want %s", c.input, err, c.want)
		}
	}
}
