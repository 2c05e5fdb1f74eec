package detect

import (
	"context"
	"math/rand/v2"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// Area returns the models of a catalog that say where things are.
func Area(models *catalog.Catalog) run.Area {
	all := map[string]run.Model{}
	for _, task := range []card.Task{card.Locate, card.Landmarks, card.Detect} {
		for _, e := range models.Of(task) {
			all[e.Name] = network{e}.model()
		}
	}
	return run.Area{
		Name: "detect", Models: all, EvalFlags: evalFlags, PredictFlags: findFlags, Previews: previews(),
		Commands: func(a *run.App) []*cobra.Command { return []*cobra.Command{command(a)} },
	}
}

// network is a model of the catalog, as the command trains it.
type network struct{ catalog.Entry }

// model returns what the driver needs.
func (n network) model() run.Model {
	keys := map[string]string{
		"augment": "true (default) moves, mirrors and colours training pictures, false leaves them",
		"size":    "WIDTHxHEIGHT that pictures are brought to, multiples of 16",
		"anchors": "how many box shapes are found by k-means, 5 by default",
	}
	if n.grid() {
		keys["loss"] = "logistic, cross-entropies (default), or squares, of the first YOLO"
	}
	recipes := map[string]run.Recipe{}
	for data, r := range n.Recipes {
		recipes[data] = run.Recipe(r)
	}
	learnt := 0.0 // the usual
	switch {
	case n.grid():
		learnt = 1
	case n.Regions != catalog.NoRegions:
		learnt = 0.3
	}
	return run.Model{
		About: n.About, Section: n.Section, Data: n.Data, Recipe: run.Recipe(n.Recipe), Recipes: recipes, Keys: keys,
		Check: func(s run.Settings) error {
			_, err := readOptions(s, n.Shape[1])
			return err
		},
		Build: n.example, Learnt: learnt,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, n, s, o)
		},
		Predict: func(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
			return predict(ctx, a, n, r, args, f)
		},
		Next: "eval %s --plot", NextFor: "Draw precision over recall",
	}
}

// grid reports whether the network gives raw boxes of a grid.
func (n network) grid() bool { return n.Task == card.Detect && n.Regions == catalog.NoRegions }

// example builds the network in its usual form on random pictures.
func (n network) example(g *graph.Graph, batch int) run.Built {
	switch {
	case n.Task == card.Locate:
		return exampleLocaliser(g, batch)
	case n.Task == card.Landmarks:
		return exampleLandmarks(g, batch)
	case n.Regions == catalog.Warped:
		return exampleRCNN(g, batch)
	case n.Regions == catalog.Pooled:
		return exampleFastRCNN(g, batch)
	case n.Regions == catalog.Proposed:
		return exampleFasterRCNN(g, batch)
	}
	return exampleYOLO(g, batch)
}

// task is a model that is trained by the common loop.
type task interface {
	Store() *graph.Store
	Build() error
	Close()
	trainable
}

// make makes the task of the network on pictures.
func (n network) make(store *graph.Store, p *parts, c *card.Card, s run.Settings, o detect.Options) (task, error) {
	switch {
	case n.Task == card.Locate:
		return detect.NewLocaliser(store, p.train, p.val, o)
	case n.Task == card.Landmarks:
		var val detect.Marked
		if p.markedVal != nil {
			val = p.markedVal
		}
		return detect.NewLandmarks(store, p.markedTrain, val, o)
	case n.Regions == catalog.Proposed:
		return detect.NewFasterRCNN(store, p.train, p.val, detect.FasterRCNNOpts{Options: o, Anchors: c.Anchors})
	case n.Regions != catalog.NoRegions:
		return detect.NewRegions(store, p.train, p.val, detect.RegionsOpts{Options: o, Warp: n.Regions == catalog.Warped})
	}
	loss, err := s.OneOf("loss", "logistic", "logistic", "squares")
	if err != nil {
		return nil, err
	}
	net, err := n.Network(c)
	if err != nil {
		return nil, err
	}
	return detect.NewYOLO(store, p.train, p.val, detect.YOLOOpts{Options: o, Anchors: c.Anchors, Network: net, Squares: loss == "squares"})
}

// The sizes of the examples that summary shows and check grad differentiates.
const (
	exampleSide    = 64
	exampleClasses = 10
	exampleAnchors = 5
)

// example feeds x with noise and target with what aim gives.
func example(g *graph.Graph, batch int, output func(x *graph.Node) *graph.Node, target []int, loss func(y, t *graph.Node) *graph.Node, aim func(t []float64)) run.Built {
	x := g.Input("x", batch, 3, exampleSide, exampleSide)
	y := output(x)
	t := g.Input("target", append([]int{batch}, target...)...)
	return run.Built{
		Inputs: []*graph.Node{x}, Output: y, Loss: loss(y, t),
		Feed: func(r *rand.Rand) []graph.Feed {
			values, want := make([]float64, x.Len()), make([]float64, t.Len())
			for i := range values {
				values[i] = r.NormFloat64()
			}
			aim(want)
			return []graph.Feed{x.FeedFloat64s(values), t.FeedFloat64s(want)}
		},
	}
}

func exampleYOLO(g *graph.Graph, batch int) run.Built {
	const rows = exampleSide / zoo.SmallStride
	anchors := make([][2]float64, exampleAnchors)
	for i := range anchors {
		anchors[i] = [2]float64{0.1 * float64(i+1), 0.1 * float64(i+1)}
	}
	fields := 5 + exampleClasses
	return example(g, batch, zoo.NewSmallYOLO(g.Scope(), exampleAnchors, exampleClasses).Forward,
		[]int{rows, rows, exampleAnchors, fields},
		func(y, t *graph.Node) *graph.Node {
			none := g.Constant(make([]float64, batch*4), batch, 1, 4)
			return losses.YOLOLogistic(y, t, none, anchors, losses.YOLOLogisticOpts{}).Loss
		},
		func(t []float64) {
			for i := 0; i+fields <= len(t); i += 3 * fields { // every third box is an object's
				copy(t[i:], []float64{1, 0.5, 0.4, 1.2, 0.8, 1})
			}
		})
}

func exampleLocaliser(g *graph.Graph, batch int) run.Built {
	fields := 5 + exampleClasses
	return example(g, batch, zoo.NewLocaliser(g.Scope(), exampleSide, exampleSide, exampleClasses).Forward, []int{fields},
		func(y, t *graph.Node) *graph.Node { return losses.Localise(y, t, 20).Loss },
		func(t []float64) {
			for i := 0; i+fields <= len(t); i += fields {
				copy(t[i:], []float64{float64(i / fields % 2), 0.5, 0.4, 0.3, 0.2, 1})
			}
		})
}

func exampleLandmarks(g *graph.Graph, batch int) run.Built {
	const points = 4
	return example(g, batch, zoo.NewLandmarks(g.Scope(), exampleSide, exampleSide, points).Forward, []int{2 * points},
		func(y, t *graph.Node) *graph.Node { return losses.MSE(y, t, losses.Opts{}) },
		func(t []float64) {
			for i := range t {
				t[i] = float64(i%5) / 5
			}
		})
}

// exampleRegions is a network on regions, each of one of the classes, on its place.
func exampleRegions(g *graph.Graph, x, logits, t *graph.Node, proposed ...*graph.Node) run.Built {
	n := logits.Dim(0)
	labels := g.Labels("labels", n)
	loss := losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}).Add(t.Square().Mean())
	for _, p := range proposed {
		loss = loss.Add(p.Square().Mean())
	}
	return run.Built{
		Inputs: []*graph.Node{x}, Output: logits, Others: append([]*graph.Node{t}, proposed...), Loss: loss,
		Feed: func(r *rand.Rand) []graph.Feed {
			values, classes := make([]float64, x.Len()), make([]int, n)
			for i := range values {
				values[i] = r.NormFloat64()
			}
			for i := range classes {
				classes[i] = i % (1 + exampleClasses)
			}
			return []graph.Feed{x.FeedFloat64s(values), labels.FeedInts(classes)}
		},
	}
}

func exampleRCNN(g *graph.Graph, batch int) run.Built {
	const side = 32
	crops := g.Input("x", batch, 3, side, side)
	logits, t := zoo.NewRCNN(g.Scope(), side, exampleClasses).Forward(crops)
	return exampleRegions(g, crops, logits, t)
}

// someRois are two regions of each picture.
func someRois(g *graph.Graph, batch int) *graph.Node {
	var rows []float64
	for i := range batch {
		rows = append(rows, float64(i), 4, 8, 35, 40, float64(i), 20, 0, 63, 63)
	}
	return g.Constant(rows, 2*batch, 5)
}

func exampleFastRCNN(g *graph.Graph, batch int) run.Built {
	x := g.Input("x", batch, 3, exampleSide, exampleSide)
	logits, t := zoo.NewFastRCNN(g.Scope(), exampleClasses).Forward(x, someRois(g, batch))
	return exampleRegions(g, x, logits, t)
}

// exampleFasterRCNN trains both networks, on regions that do not depend on the
// first: their choice has no gradient.
func exampleFasterRCNN(g *graph.Graph, batch int) run.Built {
	x := g.Input("x", batch, 3, exampleSide, exampleSide)
	net := zoo.NewFastRCNN(g.Scope(), exampleClasses)
	maps := net.Features(x)
	score, move := zoo.NewRegionProposer(g.Scope().At("rpn"), exampleAnchors).Forward(maps)
	logits, t := net.Classify(maps, someRois(g, batch))
	return exampleRegions(g, x, logits, t, score, move)
}
