package classify

import (
	"context"
	"math/rand/v2"

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
		models[name] = n.model(name)
	}
	return run.Area{Name: "classify", Models: models, EvalFlags: evalFlags, PredictFlags: predictFlags, Previews: previews()}
}

// network is a row of the table of classifiers.
type network struct {
	about   string
	section string // of the cheatsheet
	data    []string
	input   []int // of one example, where no data set says so
	classes int
	build   func(s graph.Scope, set run.Settings, input []int, classes int) nn.Layer
	recipe  run.Recipe
	recipes map[string]run.Recipe
	keys    map[string]string
	rename  func(string) string // of tensors in published weights; nil keeps names
}

// networks are the classifiers by name.
func networks() map[string]network {
	digits := func(about, section string, build func(graph.Scope, run.Settings, []int, int) nn.Layer) network {
		return network{
			about: about, section: section, data: []string{"digits", "mnist", "fashion-mnist", "idx"},
			input: []int{1, 28, 28}, classes: 10, build: build,
			recipe: run.Recipe{Epochs: 10, Batch: 64, Solver: "adam", Rate: 1e-3},
		}
	}
	pictures := func(about string, side int, build func(s graph.Scope, classes int) nn.Layer) network {
		return network{
			about: about, section: "1.6.3", data: []string{"shapes", "cifar10", "folder"},
			input: []int{3, side, side}, classes: 10,
			build: func(s graph.Scope, _ run.Settings, _ []int, classes int) nn.Layer { return build(s, classes) },
			recipe: run.Recipe{
				Epochs: 6, Batch: 64, Solver: "adam", Rate: 3e-3,
				Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4"},
			},
			rename: zoo.ResNetName,
		}
	}
	return map[string]network{
		"lenet":      digits("LeNet-5 with ReLU and max pooling", "1.1", lenet(false)),
		"lenet-tanh": digits("LeNet-5 as in the paper: tanh and average pooling", "1.1", lenet(true)),
		"mlp": digits("a plain network: one hidden layer", "2.1", func(s graph.Scope, _ run.Settings, input []int, classes int) nn.Layer {
			return zoo.NewMLP(s, size(input), 128, classes)
		}),
		"resnet20": pictures("ResNet with 20 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet20(s, n, zoo.Pad) }),
		"resnet32": pictures("ResNet with 32 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet32(s, n, zoo.Pad) }),
		"resnet44": pictures("ResNet with 44 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet44(s, n, zoo.Pad) }),
		"resnet56": pictures("ResNet with 56 layers for small pictures", 32, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet56(s, n, zoo.Pad) }),
		"resnet18": pictures("ResNet with 18 layers, the ImageNet form", 64, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet18(s, n) }),
		"resnet34": pictures("ResNet with 34 layers, the ImageNet form", 64, func(s graph.Scope, n int) nn.Layer { return zoo.NewResNet34(s, n) }),
	}
}

// inputOf returns the usual input of a model.
func inputOf(model string) []int { return networks()[model].input }

// model returns what the command knows of the network.
func (n network) model(name string) run.Model {
	return run.Model{
		About: n.about, Section: n.section, Data: n.data, Recipe: n.recipe, Recipes: n.recipes, Rename: n.rename,
		Keys: merged(map[string]string{"augment": "crop, flip or crop+flip of the training pictures"}, n.keys),
		Check: func(s run.Settings) error {
			_, err := augmentation(s)
			return err
		},
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

func merged(a, b map[string]string) map[string]string {
	for k, v := range b {
		a[k] = v
	}
	return a
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
