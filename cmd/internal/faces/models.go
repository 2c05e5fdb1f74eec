package faces

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// Area returns the networks with their commands.
func Area() run.Area {
	siamese := objective{
		about: "one network for both pictures of a pair", set: map[string]string{"margin": "1"}, build: examplePairs,
		keys:  map[string]string{"loss": "contrastive, or logistic: cross-entropy of the distance"},
		drawn: map[string]string{"loss": "logistic"}, // of many characters most are far apart soon
	}
	triplet := objective{
		about: "embeddings by triplet loss with mining", set: map[string]string{"mining": "all", "margin": "0.2"},
		keys:  map[string]string{"mining": "all, semihard or hard: which triplets of a batch count"},
		build: exampleTriplets,
	}
	return run.Area{
		Name:   "faces",
		Models: map[string]run.Model{"siamese": siamese.model(), "triplet": triplet.model()},
		Commands: func(a *run.App) []*cobra.Command {
			return []*cobra.Command{verifyCommand(a), identifyCommand(a)}
		},
		EvalFlags: evalFlags,
		Previews:  previews(),
	}
}

// objective is a way to train the network.
type objective struct {
	about     string
	set, keys map[string]string // of its own
	drawn     map[string]string // more of set, for drawn characters
	build     func(g *graph.Graph, batch int) run.Built
}

// recipe trains with these settings besides its own.
func (o objective) recipe(epochs, batch int, more map[string]string) run.Recipe {
	set := map[string]string{"schedule": "cosine"}
	maps.Copy(set, o.set)
	maps.Copy(set, more)
	return run.Recipe{Epochs: epochs, Batch: batch, Solver: "adam", Rate: 1e-3, Set: set}
}

// model returns what the command knows of the network.
func (o objective) model() run.Model {
	keys := map[string]string{
		"margin":   "how much farther others are than the same",
		"pictures": "pictures of each person in a batch",
		"dim":      "numbers of an embedding",
		"far":      "share of strangers that the threshold may accept",
		"augment":  "false for training pictures as they are",
	}
	maps.Copy(keys, o.keys)
	people := o.recipe(15, 50, map[string]string{"pictures": "5"})
	return run.Model{
		About: o.about, Section: "1.6.1", Data: []string{"digits", "orl", "omniglot", "folder"},
		Recipe:  o.recipe(3, 64, nil),
		Recipes: map[string]run.Recipe{"orl": people, "omniglot": o.recipe(20, 64, o.drawn), "folder": people},
		Keys:    keys,
		Check: func(s run.Settings) error {
			_, err := optionsOf(s)
			return err
		},
		Build: o.build,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, s, o)
		},
		Predict: predict,
		Next:    "eval %s --plot", NextFor: "Look at its hardest pairs",
	}
}

// options are the settings of --set that the networks know.
type options struct {
	margin    float64
	objective train.Objective
	pictures  int
	dim       int
	far       float64
	augment   bool
}

// optionsOf reads them.
func optionsOf(s run.Settings) (options, error) {
	var o options
	if s.DropLast {
		return o, run.Usagef("--drop-last: every batch of %s is full, they are drawn", s.Model)
	}
	var err error
	if o.margin, err = s.Float("margin", 0.2, 0); err != nil {
		return o, err
	}
	if s.Model == "siamese" {
		choice, err := s.OneOf("loss", "contrastive", "contrastive", "logistic")
		if err != nil {
			return o, err
		}
		if choice == "logistic" {
			o.objective = train.LogisticPairs
		}
	} else {
		mined := map[string]train.Objective{"all": train.AllTriplets, "semihard": train.SemiHardTriplets, "hard": train.HardTriplets}
		choice, err := s.OneOf("mining", "all", slices.Sorted(maps.Keys(mined))...)
		if err != nil {
			return o, err
		}
		o.objective = mined[choice]
	}
	if o.pictures, err = s.Int("pictures", 4, 2); err != nil {
		return o, err
	}
	if s.Batch < 2*o.pictures {
		return o, run.Usagef("--batch %d: expected at least %d, two people with %d pictures each", s.Batch, 2*o.pictures, o.pictures)
	}
	if o.dim, err = s.Int("dim", 64, 1); err != nil {
		return o, err
	}
	if o.far, err = s.Float("far", 0.01, math.SmallestNonzeroFloat64); err != nil {
		return o, err
	}
	if o.far >= 1 {
		return o, run.Usagef("--set far=%g: expected a share below 1", o.far)
	}
	o.augment, err = s.Bool("augment", true)
	return o, err
}

// network makes the Siamese network for pictures [C, H, W] of a set.
func network(s graph.Scope, data string, input []int, dim int) *zoo.Siamese {
	var f *zoo.Embedding
	if faces(data) {
		f = zoo.NewFaceEmbedding(s, input, dim)
	} else {
		f = zoo.NewOmniglotEmbedding(s, input, dim)
	}
	return zoo.NewSiamese(f, zoo.SiameseOpts{})
}

// usual returns the usual form of a picture.
func usual() []int { return []int{1, 28, 28} }

// examplePairs builds the network with its loss on random pairs.
func examplePairs(g *graph.Graph, batch int) run.Built {
	shape := append([]int{batch}, usual()...)
	x1, x2 := g.Input("x1", shape...), g.Input("x2", shape...)
	y1, y2 := g.Labels("labels1", batch), g.Labels("labels2", batch)
	m := network(g.Scope(), "digits", usual(), 64)
	e1, e2 := m.Forward(x1), m.Forward(x2)
	return run.Built{
		Inputs: []*graph.Node{x1, x2}, Output: e1, Loss: losses.ContrastiveAll(e1, e2, y1, y2, 1),
		Feed: func(r *rand.Rand) []graph.Feed {
			labels := make([]int, batch)
			for i := range labels {
				labels[i] = i
			}
			return []graph.Feed{x1.FeedFloat64s(noise(r, x1.Len())), x2.FeedFloat64s(noise(r, x2.Len())), y1.FeedInts(labels), y2.FeedInts(labels)}
		},
	}
}

// exampleTriplets builds the network with its loss on random pictures, two of
// each person.
func exampleTriplets(g *graph.Graph, batch int) run.Built {
	x, y := g.Input("x", append([]int{batch}, usual()...)...), g.Labels("labels", batch)
	e := network(g.Scope(), "digits", usual(), 64).Forward(x)
	return run.Built{
		Inputs: []*graph.Node{x}, Output: e, Loss: losses.TripletAll(e, y, 0.2, losses.TripletOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			labels := make([]int, batch)
			for i := range labels {
				labels[i] = i / 2
			}
			return []graph.Feed{x.FeedFloat64s(noise(r, x.Len())), y.FeedInts(labels)}
		},
	}
}

func noise(r *rand.Rand, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	return values
}
