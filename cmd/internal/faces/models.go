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
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// Area returns the networks of a catalog with their commands.
func Area(models *catalog.Catalog) run.Area {
	all := map[string]run.Model{}
	for _, e := range models.Of(card.Embed) {
		all[e.Name] = network{e}.model()
	}
	return run.Area{
		Name: "faces", Models: all,
		Commands: func(a *run.App) []*cobra.Command {
			return []*cobra.Command{verifyCommand(a), identifyCommand(a)}
		},
		EvalFlags: evalFlags,
		Previews:  previews(),
	}
}

// network is a network of the catalog, as the command trains it.
type network struct{ catalog.Entry }

// model returns what the command knows of the network.
func (n network) model() run.Model {
	keys := map[string]string{
		"margin":   "how much farther others are than the same",
		"pictures": "pictures of each person in a batch",
		"far":      "share of strangers that the threshold may accept",
		"augment":  "false for training pictures as they are",
		"dim":      n.Form().Usage()["dim"],
	}
	build := exampleTriplets
	if n.Name == siamese {
		keys["loss"] = "contrastive, or logistic: cross-entropy of the distance"
		build = examplePairs
	} else {
		keys["mining"] = "all, semihard or hard: which triplets of a batch count"
	}
	recipes := map[string]run.Recipe{}
	for data, r := range n.Recipes {
		recipes[data] = run.Recipe(r)
	}
	return run.Model{
		About: n.About, Section: n.Section, Data: n.Data, Recipe: run.Recipe(n.Recipe), Recipes: recipes, Keys: keys,
		Check: func(s run.Settings) error {
			_, err := optionsOf(s)
			return err
		},
		Build: build,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, n, s, o)
		},
		Predict: predict,
		Next:    "eval %s --plot", NextFor: "Look at its hardest pairs",
	}
}

// siamese is the network that is trained on pairs; others are on triplets.
const siamese = "siamese"

// card returns the card of a network that is to be trained as the settings say.
func (n network) card(s run.Settings) (*card.Card, error) {
	c := card.New(n.Name, card.Embed, s.Data)
	var err error
	if c.Form, err = n.Resolve(s.Set); err != nil {
		return nil, err
	}
	if faces(s.Data) {
		c.Form["network"], c.Form["mirror"] = "faces", "true"
	}
	c.Input = &card.Input{Shape: inputOf(s.Data), Fit: card.Digit}
	switch s.Data {
	case "orl":
		c.Input.Fit = card.Stretch
	case "folder":
		c.Input.Fit = card.Crop
	}
	return c, nil
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
	if s.Model == siamese {
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

// usual returns the usual form of a picture.
func usual() []int { return []int{1, 28, 28} }

// examplePairs builds the network with its loss on random pairs.
func examplePairs(g *graph.Graph, batch int) run.Built {
	shape := append([]int{batch}, usual()...)
	x1, x2 := g.Input("x1", shape...), g.Input("x2", shape...)
	y1, y2 := g.Labels("labels1", batch), g.Labels("labels2", batch)
	m := zoo.NewSiamese(zoo.NewOmniglotEmbedding(g.Scope(), usual(), 64), zoo.SiameseOpts{})
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
	e := zoo.NewSiamese(zoo.NewOmniglotEmbedding(g.Scope(), usual(), 64), zoo.SiameseOpts{}).Forward(x)
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
