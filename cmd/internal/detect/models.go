package detect

import (
	"context"
	"math/rand/v2"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo"
)

// Area returns the models that say where things are.
func Area() run.Area {
	models := map[string]run.Model{}
	for name, n := range networks() {
		models[name] = n.model()
	}
	return run.Area{
		Name: "detect", Models: models, EvalFlags: evalFlags, PredictFlags: findFlags, Previews: previews(),
		Commands: func(a *run.App) []*cobra.Command { return []*cobra.Command{command(a)} },
	}
}

// network is what the command knows of a model.
type network struct {
	about   string
	data    []string
	side    int // of a picture of shapes
	recipe  run.Recipe
	recipes map[string]run.Recipe
	keys    map[string]string
	learnt  float64 // the loss of a batch that is learnt by heart; 0 means the usual
	build   func(g *graph.Graph, batch int) run.Built
	// make makes the task for pictures; of the form alone to use a trained one.
	make func(store *graph.Store, p *parts, d described, s run.Settings, o detect.Options) (task, error)
}

// networks lists the models in view.
func networks() map[string]network {
	many := []string{"shapes", "bccd", "voc", "coco", "folder"}
	one := []string{"shapes", "folder"}
	set := func() map[string]string { return map[string]string{"schedule": "warmupcosine", "clip": "20"} }
	// elsewhere is how a detector is trained on photographs.
	elsewhere := func(epochs int) map[string]run.Recipe {
		blood := set()
		blood["schedule_every"] = "3" // 100 steps
		return map[string]run.Recipe{
			"bccd":   {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: blood},
			"voc":    {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			"coco":   {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			"folder": {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
		}
	}
	return map[string]network{
		"localiser": {
			about: "classification with localisation: one box", data: one, side: 64,
			recipe: run.Recipe{Epochs: 10, Batch: 32, Solver: "adam", Rate: 2e-3, Set: set()},
			build:  exampleLocaliser, make: newLocaliser,
		},
		"landmarks": {
			about: "landmark detection: key points of one object", data: one, side: 64,
			recipe: run.Recipe{Epochs: 12, Batch: 32, Solver: "adam", Rate: 2e-3, Set: set()},
			build:  exampleLandmarks, make: newLandmarks,
		},
		"yolo": {
			about: "YOLO, small: boxes from a grid in one pass", data: many, side: 96,
			recipe:  run.Recipe{Epochs: 12, Batch: 16, Solver: "adam", Rate: 1e-3, Set: set()},
			recipes: elsewhere(50),
			keys:    map[string]string{"loss": "logistic, cross-entropies (default), or squares, of the first YOLO"},
			build:   exampleYOLO, learnt: 1, make: newYOLO,
		},
		"rcnn": {
			about: "R-CNN: each proposed region goes through a network", data: many, side: 96,
			recipe:  run.Recipe{Epochs: 6, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			recipes: elsewhere(20), learnt: 0.3, build: exampleRCNN, make: newRegions(true),
		},
		"fast-rcnn": {
			about: "Fast R-CNN: regions pooled from the maps of a picture", data: many, side: 96,
			recipe:  run.Recipe{Epochs: 6, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			recipes: elsewhere(20), learnt: 0.3, build: exampleFastRCNN, make: newRegions(false),
		},
		"faster-rcnn": {
			about: "Faster R-CNN: a network proposes the regions, too", data: many, side: 96,
			recipe:  run.Recipe{Epochs: 8, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			recipes: elsewhere(30), learnt: 0.3, build: exampleFasterRCNN, make: newFasterRCNN,
		},
	}
}

// model returns what the driver needs.
func (n network) model() run.Model {
	keys := map[string]string{
		"augment": "true (default) moves, mirrors and colours training pictures, false leaves them",
		"size":    "WIDTHxHEIGHT that pictures are brought to, multiples of 16",
		"anchors": "how many box shapes are found by k-means, 5 by default",
	}
	for k, v := range n.keys {
		keys[k] = v
	}
	return run.Model{
		About: n.about, Section: "1.6", Data: n.data, Recipe: n.recipe, Recipes: n.recipes, Keys: keys,
		Check: func(s run.Settings) error {
			_, err := readOptions(s, n.side)
			return err
		},
		Build: n.build, Learnt: n.learnt,
		Open: func(ctx context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return open(ctx, a, n, s, o)
		},
		Predict: func(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
			return predict(ctx, a, n, r, args, f)
		},
		Next: "eval %s --plot", NextFor: "Draw precision over recall",
	}
}

// task is a model that is trained by the common loop.
type task interface {
	Store() *graph.Store
	Build() error
	Close()
	trainable
}

func newYOLO(store *graph.Store, p *parts, d described, s run.Settings, o detect.Options) (task, error) {
	loss, err := s.OneOf("loss", "logistic", "logistic", "squares")
	if err != nil {
		return nil, err
	}
	return detect.NewYOLO(store, p.train, p.val, detect.YOLOOpts{Options: o, Anchors: d.Anchors, Squares: loss == "squares"})
}

// newRegions makes the task of R-CNN, which warps regions, or Fast R-CNN.
func newRegions(warp bool) func(*graph.Store, *parts, described, run.Settings, detect.Options) (task, error) {
	return func(store *graph.Store, p *parts, _ described, _ run.Settings, o detect.Options) (task, error) {
		return detect.NewRegions(store, p.train, p.val, detect.RegionsOpts{Options: o, Warp: warp})
	}
}

func newFasterRCNN(store *graph.Store, p *parts, d described, _ run.Settings, o detect.Options) (task, error) {
	return detect.NewFasterRCNN(store, p.train, p.val, detect.FasterRCNNOpts{Options: o, Anchors: d.Anchors})
}

func newLocaliser(store *graph.Store, p *parts, _ described, _ run.Settings, o detect.Options) (task, error) {
	return detect.NewLocaliser(store, p.train, p.val, o)
}

func newLandmarks(store *graph.Store, p *parts, _ described, _ run.Settings, o detect.Options) (task, error) {
	var val detect.Marked
	if p.markedVal != nil {
		val = p.markedVal
	}
	return detect.NewLandmarks(store, p.markedTrain, val, o)
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

// described is what a checkpoint says of a model.
type described struct {
	Input   []int      `json:"input"` // [3, H, W]
	Classes []string   `json:"classes,omitempty"`
	Anchors []box.Size `json:"anchors,omitempty"` // shares of the picture
	Points  int        `json:"points,omitempty"`  // key points
}
