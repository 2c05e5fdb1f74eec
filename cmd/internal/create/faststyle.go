package create

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/open"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

const fastStyle = "fast-style"

// painter is what a checkpoint says of a fast-style network.
type painter struct {
	Network string `json:"network"`
}

// styleFile is where a run keeps the picture whose style it learns.
const styleFile = "style.png"

// fastStyleModel returns what the command knows of fast-style.
func fastStyleModel() run.Model {
	return run.Model{
		About: "paints any picture in one style, in one pass", Section: "1.6.2", Data: []string{"shapes", "folder"}, OtherFiles: true,
		Recipe: run.Recipe{Epochs: 2, Batch: 4, Solver: "adam", Rate: 2e-3},
		Keys: map[string]string{
			"style":            "picture whose style is learnt (default: one that the program draws)",
			"features":         "file with SqueezeNet 1.1 or VGG-19, whose features are compared",
			"side":             "of the pictures to train on, pixels, a multiple of 4 (128)",
			"style_size":       "longer side of the style picture (256)",
			"width":            "feature maps at the full size (16)",
			"blocks":           "residual blocks (3)",
			"content_weight":   "α (1)",
			"style_weight":     "β (20)",
			"variation_weight": "γ (10)",
		},
		Check: func(s run.Settings) error {
			_, err := fastOptions(s)
			return err
		},
		Build: fastExample,
		Open: func(_ context.Context, a *run.App, s run.Settings, o run.OpenOptions) (run.Job, error) {
			return openFast(a, s, o)
		},
		Predict: func(_ context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
			return predictFast(a, r, args, f)
		},
		Next: "predict %s PICTURE.jpg", NextFor: "Paint a picture of your own",
	}
}

// fastOptions are what --set says of the training.
func fastOptions(s run.Settings) (train.FastStyleOpts, error) {
	o := train.FastStyleOpts{Batch: s.Batch, Seed: s.Seed}
	var err error
	for _, k := range []struct {
		key          string
		to           *int
		usual, least int
	}{{"width", &o.Width, 16, 1}, {"blocks", &o.Blocks, 3, 0}, {"style_size", &o.StyleSize, usualSize, 32}} {
		if *k.to, err = s.Int(k.key, k.usual, k.least); err != nil {
			return o, err
		}
	}
	for _, k := range []struct {
		key   string
		to    *float64
		usual float64
	}{{"content_weight", &o.Alpha, usualAlpha}, {"style_weight", &o.Beta, 20}, {"variation_weight", &o.Gamma, usualGamma}} {
		if *k.to, err = s.Float(k.key, k.usual, 0); err != nil {
			return o, err
		}
	}
	if o.Threads, err = s.Int("threads", 0, 1); err != nil {
		return o, err
	}
	_, err = fastSide(s)
	return o, err
}

func fastSide(s run.Settings) (int, error) {
	side, err := s.Int("side", 128, 32)
	if err == nil && side%4 != 0 {
		err = run.Usagef("--set side=%d: expected a multiple of 4", side)
	}
	return side, err
}

// fastJob is a fast-style network with its data.
type fastJob struct {
	about      painter
	task       *train.FastStyle
	style      *image.Picture
	train, val datasets.Dataset
	test       datasets.Dataset
	set        *open.Parts // of a folder
	dir        string
}

// openFast opens the network that s describes with its data.
func openFast(a *run.App, s run.Settings, o run.OpenOptions) (*fastJob, error) {
	j := &fastJob{dir: o.Path}
	opts, err := fastOptions(s)
	if err != nil {
		return nil, err
	}
	if err := j.openData(a, s, o.Flags == nil); err != nil {
		return nil, err
	}
	network, err := j.openNetwork(a, s, o)
	if err != nil {
		return nil, err
	}
	if j.style, err = openStyle(filepath.Join(o.Path, styleFile), s); err != nil {
		return nil, err
	}
	j.task, err = train.NewFastStyle(network, []train.StylePicture{{Picture: j.style, Weight: 1}}, j.train, j.val, opts)
	return j, err
}

// openNetwork returns the network whose features are compared: that of the run,
// whose weights its checkpoint has, or the one to begin with.
func (j *fastJob) openNetwork(a *run.App, s run.Settings, o run.OpenOptions) (*train.FeatureNetwork, error) {
	if o.About != nil {
		if err := (&run.Run{Path: o.Path, About: o.About}).Describe(&j.about); err != nil {
			return nil, err
		}
		n, err := train.NewFeatures(j.about.Network, "")
		return n, errors.Wrapf(err, "run %s: what the checkpoint says of the model", o.Path)
	}
	n, err := featureNetwork(a, s.Text("features", ""), s.DataDir)
	if err != nil {
		return nil, err
	}
	j.about.Network = n.Name()
	return n, nil
}

// openStyle returns the picture that the run keeps, else the one that the user
// names, else one that is drawn; each as the run keeps it, in 256 shades.
func openStyle(kept string, s run.Settings) (*image.Picture, error) {
	if _, err := os.Stat(kept); err == nil {
		return image.Read(kept, image.Options{})
	}
	p := waves(256)
	if path := s.Text("style", ""); path != "" {
		var err error
		if p, err = image.Read(path, image.Options{}); err != nil {
			return nil, err
		}
	}
	for i, v := range p.Bytes() {
		p.Pix[i] = float32(v) / 255
	}
	return p, nil
}

// The numbers of shapes to train on, to validate and to test.
const (
	shapesTrain = 800
	shapesVal   = 40
	shapesTest  = 40
)

// openData opens the content pictures.
func (j *fastJob) openData(a *run.App, s run.Settings, training bool) error {
	side, err := fastSide(s)
	if err != nil {
		return err
	}
	if s.Data == "shapes" {
		for _, p := range []struct {
			name string
			n    int
			to   *datasets.Dataset
		}{{"train", shapesTrain, &j.train}, {"val", shapesVal, &j.val}, {"test", shapesTest, &j.test}} {
			if *p.to, err = shapes.New(shapes.Options{Len: p.n, Size: side, Seed: s.Seed, Part: p.name}); err != nil {
				return err
			}
		}
		if s.Val == 0 {
			j.val = nil
		}
		return nil
	}
	set, err := open.Open(context.Background(), s.Data, open.Opts{
		Task: open.Plain, DataDir: s.DataDir, Input: []int{3, side, side}, Fit: image.CenterCrop, Seed: s.Seed,
	})
	if err != nil {
		return err
	}
	if set.Val != nil || set.Train.Len() > 2 {
		if err := set.Cut(s.Val, s.Seed); err != nil {
			return err
		}
	}
	a.ReportParts(set, training)
	j.set = set
	j.train, j.val, j.test = set.Train, set.Val, set.Test
	if j.train.Len() < s.Batch {
		return run.Usagef("--batch %d: %s has %d pictures to train on, expected at least one full batch", s.Batch, s.DataDir, j.train.Len())
	}
	return nil
}

func (j *fastJob) Store() *graph.Store { return j.task.Store() }
func (j *fastJob) Build() error        { return j.task.Build() }
func (j *fastJob) Task() train.Task    { return j.task }
func (j *fastJob) About() any          { return j.about }
func (j *fastJob) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *fastJob) Sizes() string {
	val := 0
	if j.val != nil {
		val = j.val.Len()
	}
	return fmt.Sprintf("%s pictures to train on, %s to validate, %s to test", run.Thousands(j.train.Len()), run.Thousands(val), run.Thousands(j.test.Len())) + run.Took(j.set)
}

// Tune keeps the style picture in the run's folder.
func (j *fastJob) Tune(context.Context, *run.App, *train.Loop) error {
	return image.WritePNG(filepath.Join(j.dir, styleFile), j.style)
}

// Test measures the network on the test pictures.
func (j *fastJob) Test(_ context.Context, _ *run.App) (run.Result, error) {
	c, err := j.task.Evaluate(j.test)
	if err != nil {
		return run.Result{}, err
	}
	plain, err := j.task.Unpainted(j.test)
	return run.Result{
		Metrics: train.Metrics{
			{Name: "total_cost", Value: c.Total}, {Name: "unpainted_cost", Value: plain.Total},
			{Name: "content_cost", Value: c.Content}, {Name: "style_cost", Value: c.Style}, {Name: "variation_cost", Value: c.Variation},
		},
		Examples: j.test.Len(),
	}, err
}

// openPainter returns the network of a run, to paint with.
func openPainter(r *run.Run) (*fastJob, error) {
	j := &fastJob{about: painter{Network: "squeezenet"}}
	if r.InFolder() {
		if err := r.Describe(&j.about); err != nil {
			return nil, err
		}
	}
	opts, err := fastOptions(r.Settings)
	if err != nil {
		return nil, err
	}
	network, err := train.NewFeatures(j.about.Network, "")
	if err != nil {
		return nil, errors.Wrapf(err, "run %s: what the checkpoint says of the model", r.Path)
	}
	if j.task, err = train.NewFastStyle(network, nil, nil, nil, opts); err != nil {
		return nil, err
	}
	return j, r.Load(j)
}

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) {
	f.String("out", "", "file to write to (fast-style: PICTURE-painted.png)")
	f.Int("size", 0, "fast-style: longer side of the painted picture, pixels (default: the picture's own, at most 1024)")
}

// predictFast paints the pictures that args name.
func predictFast(a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	out, err := f.GetString("out")
	if err != nil {
		return err
	}
	size, err := f.GetInt("size")
	if err != nil {
		return err
	}
	if out != "" && len(args) > 1 {
		return run.Usagef("--out: %d pictures, expected one to write to one file", len(args))
	}
	j, err := openPainter(r)
	if err != nil {
		return err
	}
	targets := []string{out}
	if out == "" {
		if targets, err = run.Outputs("", args, "-painted.png"); err != nil {
			return err
		}
	} else if strings.ToLower(filepath.Ext(out)) != ".png" {
		return run.Usagef("--out %s: expected a name that ends in .png", out)
	}
	for i, path := range args {
		p, err := readPicture(a, path)
		if err != nil {
			return err
		}
		if err := j.write(a, p, targets[i], size); err != nil {
			return err
		}
	}
	return nil
}

// paintFast paints a picture by the run that name means.
func paintFast(a *run.App, p *image.Picture, name, out string, size int) error {
	r, err := a.OpenRun(name)
	if err != nil {
		return err
	}
	if r.Settings.Model != fastStyle {
		return run.Usagef("style: run %s is of model %s, expected a style picture or a run of %s", name, r.Settings.Model, fastStyle)
	}
	j, err := openPainter(r)
	if err != nil {
		return err
	}
	return j.write(a, p, out, size)
}

// largestSide is how large a picture is painted unless the user says so.
const largestSide = 1024

// write paints p and writes it.
func (j *fastJob) write(a *run.App, p *image.Picture, out string, size int) error {
	longer := max(p.Height, p.Width)
	if size < 0 || size > 8192 {
		return run.Usagef("--size %d: expected 1 to 8192 pixels, or 0 for the picture's own", size)
	}
	if size == 0 {
		size = min(longer, largestSide)
	}
	if size != longer {
		var err error
		if p, err = p.Resize(max(1, p.Height*size/longer), max(1, p.Width*size/longer), image.Stretch); err != nil {
			return err
		}
	}
	if err := a.Output(out); err != nil {
		return err
	}
	painted, err := j.task.Paint(p)
	if err != nil {
		return err
	}
	if err := image.WritePNG(out, painted); err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"event": "painted", "file": out, "width": painted.Width, "height": painted.Height})
	}
	_, err = fmt.Fprintf(a.Out, "drawn: %s (%d×%d)\n", out, painted.Width, painted.Height)
	return err
}

// fastExample builds the network with the smoothness of what it paints as loss:
// the whole cost needs a style picture.
func fastExample(g *graph.Graph, batch int) run.Built {
	const side = 64
	x := g.Input("x", batch, 3, side, side)
	y := zoo.NewTransformNet(g.Scope().At("transform"), 16, 3).Forward(x)
	return run.Built{
		Inputs: []*graph.Node{x}, Output: y, Loss: losses.ContentCostMean(y, x),
		Feed: func(r *rand.Rand) []graph.Feed {
			values := make([]float64, x.Len())
			for i := range values {
				values[i] = r.Float64()
			}
			return []graph.Feed{x.FeedFloat64s(values)}
		},
	}
}
