package classify

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// Area returns the classifiers of a catalog.
func Area(models *catalog.Catalog) run.Area {
	all := map[string]run.Model{}
	for _, e := range models.Of(card.Classify) {
		all[e.Name] = network{e}.model()
	}
	return run.Area{
		Name: "classify", Models: all,
		Commands: func(a *run.App) []*cobra.Command { return commands(a, models) },
		TrainFlags: []run.SetFlag{
			{Name: "weights", Key: "weights", Usage: "weights to start from: a file (safetensors or PyTorch) or the folder of a run"},
			{Name: "freeze", Key: "freeze", Usage: "parameters not to train, by the beginnings of their names, with commas"},
			{Name: "regime", Key: "regime", Usage: "how much of the weights to train again: small, medium or large, as the new data is"},
		},
		EvalFlags: evalFlags, PredictFlags: predictFlags, Previews: previews(models),
	}
}

// network is a classifier of the catalog, as the command trains it.
type network struct{ catalog.Entry }

// trunked is a network in two parts: Forward is Head of Features.
type trunked interface {
	nn.Layer
	Features(x *graph.Node) *graph.Node
	Head(features *graph.Node) *graph.Node
}

// model returns what the command knows of the network.
func (n network) model() run.Model {
	keys := map[string]string{
		"augment":   augmentUsage(),
		"per_class": "how many training pictures of each class to take, the first ones (default: all)",
		"weights":   "weights to start from, a file or the folder of a run; also --weights",
		"freeze":    "parameters not to train, by the beginnings of their names, with commas; also --freeze",
		"regime":    regimeUsage,
		"init":      "rule for the first weights: " + strings.Join(slices.Sorted(maps.Keys(initialisers())), ", ") + " (default: the model's)",
		"frame":     "how pictures of another size are brought to the model's: " + strings.Join(card.Fits(), ", ") + " (default: digit for handwritten digits, else crop)",
	}
	if n.coloured() {
		keys["size"] = "side in pixels that pictures are brought to"
	}
	maps.Copy(keys, n.Form().Usage())
	recipes := map[string]run.Recipe{}
	for data, r := range n.Recipes {
		recipes[data] = run.Recipe(r)
	}
	return run.Model{
		About: n.About, Section: n.Section, Data: n.Data, Recipe: run.Recipe(n.Recipe), Recipes: recipes, Rename: n.Rename, Keys: keys,
		Check: n.checkSettings, Tune: tune,
		Build: n.example, Imported: n.Name == catalog.Imported,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, n, s, o)
		},
		Predict: func(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
			return predict(ctx, a, n, r, args, f)
		},
		Next: "eval %s --plot", NextFor: "Look at its mistakes",
	}
}

// coloured reports whether the network is for coloured pictures of many sizes.
func (n network) coloured() bool { return len(n.Shape) == 3 && n.Shape[0] == 3 }

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
	if _, err := s.OneOf("frame", "", card.Fits()...); err != nil {
		return err
	}
	if _, err := n.transferOf(s); err != nil {
		return err
	}
	if _, err := n.Form().Set(s.Set); err != nil {
		return run.Usagef("--set %v", err)
	}
	return nil
}

// initialisers are the choices of --set init.
func initialisers() map[string]graph.Init {
	return map[string]graph.Init{
		"he": nn.HeNormal, "xavier": nn.XavierNormal, "normal0.01": nn.Normal(0, 0.01), "normal1": nn.Normal(0, 1),
	}
}

// card returns the card of a model that is to be made as the settings say, and
// whether they decide the size of its pictures; else the data set does.
func (n network) card(s run.Settings) (c *card.Card, sized bool, err error) {
	c = card.New(n.Name, card.Classify, s.Data)
	if c.Form, err = n.Resolve(s.Set); err != nil {
		return nil, false, err
	}
	c.Input = n.Input()
	c.Input.Fit = card.Fit(s.Text("frame", "")) // the data set decides where it is not set
	side, err := s.Int("size", 0, 1)
	if err != nil {
		return nil, false, err
	}
	if side > 0 {
		c.Input.Shape = []int{n.Shape[0], side, side}
	}
	return c, side > 0, nil
}

// example builds the network in its usual form on random pictures.
func (n network) example(g *graph.Graph, batch int) run.Built {
	x := g.Input("x", append([]int{batch}, n.Shape...)...)
	y := g.Labels("labels", batch)
	c := card.New(n.Name, card.Classify, "")
	c.Input, c.Classes = n.Input(), make([]string, n.Classes)
	build, err := n.Classifier(c)
	if err != nil {
		g.Scope().Fail(err)
		return run.Built{Inputs: []*graph.Node{x}, Output: x, Loss: x}
	}
	logits := build(g.Scope()).Forward(x)
	return run.Built{
		Inputs: []*graph.Node{x}, Output: logits, Loss: losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}),
		Feed: func(r *rand.Rand) []graph.Feed {
			values, labels := make([]float64, batch*size(n.Shape)), make([]int, batch)
			for i := range values {
				values[i] = r.NormFloat64()
			}
			for i := range labels {
				labels[i] = i % n.Classes
			}
			return []graph.Feed{x.FeedFloat64s(values), y.FeedInts(labels)}
		},
	}
}

func size(shape []int) int { return datasets.Size(shape) }
