package classify

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// Area returns the classifiers.
func Area() run.Area {
	models := map[string]run.Model{}
	for name, n := range networks() {
		models[name] = n.model()
	}
	return run.Area{
		Name: "classify", Models: models, Commands: commands,
		TrainFlags: []run.SetFlag{
			{Name: "weights", Key: "weights", Usage: "file of weights to start from (safetensors or PyTorch)"},
			{Name: "freeze", Key: "freeze", Usage: "parameters not to train, by the beginnings of their names, with commas"},
			{Name: "regime", Key: "regime", Usage: "how much of the weights to train again: small, medium or large, as the new data is"},
		},
		EvalFlags: evalFlags, PredictFlags: predictFlags, Previews: previews(),
	}
}

// network is a row of the table of classifiers.
type network struct {
	about   string
	section string // of the cheatsheet
	data    []string
	input   []int // of one example, where no data set says so
	classes int
	build   func(s graph.Scope, set run.Settings, input []int, classes int) nn.Layer
	// head is the last layer by name; late are the layers before it that are
	// trained again where there is some data of a new kind.
	head    string
	late    []string
	recipe  run.Recipe
	recipes map[string]run.Recipe
	keys    map[string]string
	check   func(s run.Settings) error // of the network's own keys; may be nil
	rename  func(string) string        // of tensors in published weights; nil keeps names
}

// trunked is a network in two parts: Forward is Head of Features.
type trunked interface {
	nn.Layer
	Features(x *graph.Node) *graph.Node
	Head(features *graph.Node) *graph.Node
}

// networks are the classifiers by name.
func networks() map[string]network {
	all := map[string]network{
		"lenet":      grey("LeNet-5 with ReLU and max pooling", "1.1", "fc3", lenet(false), "fc2"),
		"lenet-tanh": grey("LeNet-5 as in the paper: tanh and average pooling", "1.1", "fc3", lenet(true), "fc2"),
		"mlp": grey("a plain network: one hidden layer", "2.1", "fc2", func(s graph.Scope, _ run.Settings, input []int, classes int) nn.Layer {
			return zoo.NewMLP(s, size(input), 128, classes)
		}),
	}
	maps.Copy(all, pictureNetworks())
	return all
}

// grey is a network for small grey pictures.
func grey(about, section, head string, build func(graph.Scope, run.Settings, []int, int) nn.Layer, late ...string) network {
	return network{
		about: about, section: section, data: []string{"digits", "mnist", "fashion-mnist", "idx"},
		input: []int{1, 28, 28}, classes: 10, build: build, head: head, late: late,
		recipe: run.Recipe{Epochs: 10, Batch: 64, Solver: "adam", Rate: 1e-3},
	}
}

// model returns what the command knows of the network.
func (n network) model() run.Model {
	keys := map[string]string{
		"augment":   augmentUsage(),
		"per_class": "how many training pictures of each class to take, the first ones (default: all)",
		"weights":   "file of weights to start from; also --weights",
		"freeze":    "parameters not to train, by the beginnings of their names, with commas; also --freeze",
		"regime":    regimeUsage,
		"init":      "rule for the first weights: " + strings.Join(slices.Sorted(maps.Keys(initialisers())), ", ") + " (default: the model's)",
	}
	if len(n.input) == 3 && n.input[0] == 3 {
		keys["size"] = "side in pixels that pictures are brought to"
	}
	maps.Copy(keys, n.keys)
	return run.Model{
		About: n.about, Section: n.section, Data: n.data, Recipe: n.recipe, Recipes: n.recipes, Rename: n.rename, Keys: keys,
		Check: n.checkSettings, Tune: tune,
		Build: n.example,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, s, o)
		},
		Predict: func(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
			return predict(ctx, a, r, args, f)
		},
		Next: "eval %s --plot", NextFor: "Look at its mistakes",
	}
}

// checkSettings returns an error for values of the area's keys.
func (n network) checkSettings(s run.Settings) error {
	if _, err := parseAugment(s.Text("augment", "none")); err != nil {
		return err
	}
	for key, least := range map[string]int{"per_class": 1, "size": 8} {
		if _, err := s.Int(key, least, least); err != nil {
			return err
		}
	}
	if _, err := s.OneOf("init", "", run.Keys(initialisers())...); err != nil {
		return err
	}
	if _, err := n.transferOf(s); err != nil {
		return err
	}
	if n.check != nil {
		return n.check(s)
	}
	return nil
}

// initialisers are the choices of --set init.
func initialisers() map[string]graph.Init {
	return map[string]graph.Init{
		"he": nn.HeNormal, "xavier": nn.XavierNormal, "normal0.01": nn.Normal(0, 0.01), "normal1": nn.Normal(0, 1),
	}
}

// inputFor returns the form of the pictures that the settings ask for, where no
// data set has one of its own.
func (n network) inputFor(s run.Settings) []int {
	side, err := s.Int("size", 0, 1)
	if err != nil || side == 0 {
		return n.input
	}
	return []int{n.input[0], side, side}
}

// example builds the network in its usual form on random pictures.
func (n network) example(g *graph.Graph, batch int) run.Built {
	x := g.Input("x", append([]int{batch}, n.input...)...)
	y := g.Labels("labels", batch)
	logits := n.build(g.Scope(), run.Settings{}, n.input, n.classes).Forward(x)
	return run.Built{
		Inputs: []*graph.Node{x}, Output: logits, Loss: losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			values, labels := make([]float64, batch*size(n.input)), make([]int, batch)
			for i := range values {
				values[i] = r.NormFloat64()
			}
			for i := range labels {
				labels[i] = i % n.classes
			}
			return []graph.Feed{x.FeedFloat64s(values), y.FeedInts(labels)}
		},
	}
}

// lenet makes a LeNet for pictures of 28×28 or, without padding, of 32×32, the
// size of the paper; for others the first operation that does not fit says so.
func lenet(classic bool) func(graph.Scope, run.Settings, []int, int) nn.Layer {
	return func(s graph.Scope, _ run.Settings, input []int, classes int) nn.Layer {
		return zoo.NewLeNetWith(s, classes, zoo.LeNetOpts{
			Channels: input[0], Unpadded: input[len(input)-1] == 32, Tanh: classic, AvgPool: classic,
		})
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
