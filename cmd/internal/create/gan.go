package create

import (
	"context"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// gan is a row of the table of GANs.
type gan struct {
	about   string
	recipe  run.Recipe // for drawn digits, which are few
	recipes map[string]run.Recipe
	keys    map[string]string
	// networks makes the networks for pictures of so many classes.
	networks func(s run.Settings, classes int) (train.GANNetworks, error)
}

// noise is how many numbers a picture is made of.
const noise = 64

// gans are the GANs by name.
func gans() map[string]gan {
	recipe := func(epochs int, set ...string) run.Recipe {
		r := run.Recipe{Epochs: epochs, Batch: 128, Solver: "adam", Rate: 2e-4, Set: map[string]string{"average": "0.99", "real_label": "0.9"}}
		for i := 0; i < len(set); i += 2 {
			r.Set[set[i]] = set[i+1]
		}
		return r
	}
	large := map[string]run.Recipe{"mnist": recipe(5), "fashion-mnist": recipe(5)}
	width := map[string]string{"width": "feature maps of the generator's last layer but one (64)"}
	return map[string]gan{
		"gan":   {about: "GAN of fully connected layers", recipe: recipe(40), recipes: map[string]run.Recipe{"mnist": recipe(20), "fashion-mnist": recipe(20)}, networks: plainGAN},
		"dcgan": {about: "GAN of convolutions", recipe: recipe(25, "width", "32"), recipes: large, networks: dcgan, keys: merged(width, map[string]string{"side": "28, by a linear projection to 7×7, or 32, by transposed convolutions alone"})},
		"cgan":  {about: "GAN of convolutions, by class", recipe: recipe(25, "width", "32"), recipes: large, networks: cgan, keys: width},
	}
}

func merged(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func plainGAN(run.Settings, int) (train.GANNetworks, error) {
	shape := []int{1, 28, 28}
	return train.GANNetworks{
		Shape: shape, Z: noise,
		Generator: func(s graph.Scope) func(z, class *graph.Node) *graph.Node {
			return alone(zoo.NewGANGenerator(s, noise, shape))
		},
		Discriminator: func(s graph.Scope) func(x, class *graph.Node) *graph.Node {
			return alone(zoo.NewGANDiscriminator(s, shape))
		},
	}, nil
}

// alone makes a network of one input one that knows no classes.
func alone(m interface {
	Forward(x *graph.Node) *graph.Node
}) func(x, class *graph.Node) *graph.Node {
	return func(x, _ *graph.Node) *graph.Node { return m.Forward(x) }
}

func dcgan(s run.Settings, _ int) (train.GANNetworks, error) {
	width, err := s.Int("width", 64, 1)
	if err != nil {
		return train.GANNetworks{}, err
	}
	side, err := s.OneOf("side", "28", "28", "32")
	if err != nil {
		return train.GANNetworks{}, err
	}
	if side == "28" {
		return train.GANNetworks{
			Shape: []int{1, 28, 28}, Z: noise,
			Generator: func(s graph.Scope) func(z, class *graph.Node) *graph.Node {
				return alone(zoo.NewDCGANGenerator28(s, noise, width, 1))
			},
			Discriminator: func(s graph.Scope) func(x, class *graph.Node) *graph.Node {
				return alone(zoo.NewDCGANDiscriminator28(s, 1, width))
			},
		}, nil
	}
	const stages = 3 // 4·2³ pixels
	return train.GANNetworks{
		Shape: []int{1, 32, 32}, Z: noise,
		Generator: func(s graph.Scope) func(z, class *graph.Node) *graph.Node {
			return alone(zoo.NewDCGANGenerator(s, noise, width, stages, 1))
		},
		Discriminator: func(s graph.Scope) func(x, class *graph.Node) *graph.Node {
			return alone(zoo.NewDCGANDiscriminator(s, 1, width, stages))
		},
	}, nil
}

func cgan(s run.Settings, classes int) (train.GANNetworks, error) {
	width, err := s.Int("width", 64, 1)
	return train.GANNetworks{
		Shape: []int{1, 28, 28}, Z: noise, Classes: classes,
		Generator: func(s graph.Scope) func(z, class *graph.Node) *graph.Node {
			return zoo.NewCGANGenerator(s, noise, classes, width, 1).Forward
		},
		Discriminator: func(s graph.Scope) func(x, class *graph.Node) *graph.Node {
			return zoo.NewCGANDiscriminator(s, 1, classes, width).Forward
		},
	}, err
}

// model returns what the command knows of the GAN.
func (n gan) model() run.Model {
	return run.Model{
		About: n.about, Section: "1.6.3", Data: []string{"digits", "mnist", "fashion-mnist"}, Recipe: n.recipe, Recipes: n.recipes,
		Keys: merged(map[string]string{
			"judge":      "file with the LeNet that judges generated pictures",
			"real_label": "target of the real pictures, 1 without smoothing",
			"loss":       "the generator's: nonsaturating or minimax",
			"beta1":      "of Adam (0.5)",
		}, n.keys),
		Check: func(s run.Settings) error {
			_, err := n.options(s)
			return err
		},
		Build: n.example,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return openGAN(ctx, a, n, s, o)
		},
		Generate: func(ctx context.Context, a *run.App, r *run.Run, f *pflag.FlagSet) error { return generate(a, r, f) },
		Next:     "generate %s", NextFor: "Make pictures",
	}
}

// options are what --set says of the training.
func (n gan) options(s run.Settings) (train.GANTaskOpts, error) {
	o := train.GANTaskOpts{Batch: s.Batch, Seed: s.Seed}
	if s.Batch < 2 {
		return o, run.Usagef("--batch %d: expected at least 2, batch norm needs more than one picture", s.Batch)
	}
	if _, err := n.networks(s, 10); err != nil {
		return o, err
	}
	var err error
	if o.RealLabel, err = s.Float("real_label", 1, 0); err != nil {
		return o, err
	}
	if !(o.RealLabel > 0 && o.RealLabel <= 1) {
		return o, run.Usagef("--set real_label=%g: expected in (0, 1]", o.RealLabel)
	}
	if o.Average, err = s.Float("average", 0, 0); err != nil {
		return o, err
	}
	beta1, err := s.Float("beta1", 0.5, 0)
	if err != nil {
		return o, err
	}
	if beta1 >= 1 {
		return o, run.Usagef("--set beta1=%g: expected in [0, 1)", beta1)
	}
	loss, err := s.OneOf("loss", "nonsaturating", "nonsaturating", "minimax")
	o.Minimax = loss == "minimax"
	return o, err
}

// example builds both networks, the generator's pictures going into the
// discriminator, with the generator's loss.
func (n gan) example(g *graph.Graph, batch int) run.Built {
	const classes = 10
	nets, err := n.networks(run.Settings{}, classes)
	z := g.Input("z", batch, noise)
	if err != nil {
		z.Fail(errors.Wrap(err, "build"))
	}
	inputs := []*graph.Node{z}
	var class *graph.Node
	if nets.Classes > 0 {
		class = g.Labels("class", batch)
		inputs = append(inputs, class)
	}
	x := nets.Generator(g.Scope().At("generator"))(z, class)
	logits := nets.Discriminator(g.Scope().At("discriminator"))(x, class)
	return run.Built{
		Inputs: inputs, Output: logits, Loss: losses.GANGenerator(logits, losses.GANOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			values, labels := make([]float64, batch*noise), make([]int, batch)
			for i := range values {
				values[i] = r.NormFloat64()
			}
			for i := range labels {
				labels[i] = i % classes
			}
			feeds := []graph.Feed{z.FeedFloat64s(values)}
			if class != nil {
				feeds = append(feeds, class.FeedInts(labels))
			}
			return feeds
		},
	}
}
