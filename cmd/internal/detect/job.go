package detect

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo/card"
)

// trainable is what the common loop needs of a task.
type trainable = train.Task

// job is a model with its data.
type job struct {
	settings run.Settings
	card     *card.Card
	data     *parts
	task     task
	flags    *pflag.FlagSet // of eval
	dir      string         // where pictures are drawn
}

// open opens the model that s describes with its data.
func open(ctx context.Context, a *run.App, n network, s run.Settings, o run.OpenOptions) (*job, error) {
	set, err := readOptions(s, n.Shape[1])
	if err != nil {
		return nil, err
	}
	c := o.Card
	var classes []string
	if c != nil {
		classes = c.Classes
		set.height, set.width = c.Input.Shape[1], c.Input.Shape[2]
	}
	p, err := openParts(ctx, s, set, classes, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	a.ReportParts(p.set, o.Flags == nil)
	if c == nil {
		if c, err = n.describe(s, set, p); err != nil {
			return nil, err
		}
	}
	if p.test != nil && !slices.Equal(p.test.Classes(), c.Classes) {
		return nil, errors.Errorf("data set %s has the classes %q, the model %q", s.Data, p.test.Classes(), c.Classes)
	}
	if p.markedTest != nil && p.markedTest.Points() != c.Points {
		return nil, errors.Errorf("data set %s has %d points a picture, the model %d", s.Data, p.markedTest.Points(), c.Points)
	}
	j, err := newJob(n, s, set, c, p)
	if err != nil {
		return nil, err
	}
	j.flags, j.dir = o.Flags, o.Path
	return j, nil
}

// Parts returns the parts of the data set.
func (j *job) Parts() []run.Part {
	p := j.data
	var list []run.Part
	add := func(name string, pictures box.Pictures, m marked) {
		switch {
		case m != nil:
			list = append(list, run.Part{Name: name, Set: m})
		case pictures != nil:
			list = append(list, run.Part{Name: name, Set: pictures, Count: func() ([]int, error) { return countObjects(pictures) }})
		}
	}
	add("train", p.train, p.markedTrain)
	add("val", p.val, p.markedVal)
	add("test", p.test, p.markedTest)
	return list
}

// countObjects returns how many objects of each class are in pictures.
func countObjects(p box.Pictures) ([]int, error) {
	counts := make([]int, len(p.Classes()))
	for i := range p.Len() {
		all, err := p.Objects(i)
		if err != nil {
			return nil, errors.Wrapf(err, "picture %d", i)
		}
		for _, o := range all {
			if k := slices.Index(p.Classes(), o.Class); k >= 0 {
				counts[k]++
			}
		}
	}
	return counts, nil
}

// describe returns the card of a new run.
func (n network) describe(s run.Settings, o options, p *parts) (*card.Card, error) {
	c := card.New(n.Name, n.Task, s.Data)
	c.Input = &card.Input{Shape: []int{3, o.height, o.width}, Fit: card.Stretch}
	var err error
	if n.Layer != nil {
		if c.Form, err = n.Resolve(s.Set); err != nil {
			return nil, err
		}
	}
	if p.markedTrain != nil {
		c.Points = p.markedTrain.Points()
		return c, nil
	}
	c.Classes = p.train.Classes()
	if n.Task == card.Locate {
		return c, nil
	}
	c.Anchors, _, err = detect.Anchors(p.train, o.anchors, s.Seed)
	return c, err
}

func newJob(n network, s run.Settings, set options, c *card.Card, p *parts) (*job, error) {
	o, err := set.training(s)
	if err != nil {
		return nil, err
	}
	t, err := n.make(graph.NewStore(graph.Float32, s.Seed), p, c, s, o)
	if err != nil {
		return nil, err
	}
	return &job{settings: s, card: c, data: p, task: t}, nil
}

func (j *job) Store() *graph.Store { return j.task.Store() }
func (j *job) Build() error        { return j.task.Build() }
func (j *job) Task() train.Task    { return j.task }
func (j *job) About() any          { return j.card }
func (j *job) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *job) Sizes() string {
	train, val, test := j.data.sizes()
	return fmt.Sprintf("%s pictures to train on, %s to validate, %s to test", run.Thousands(train), run.Thousands(val), run.Thousands(test)) + run.Took(j.data.set)
}

// evalFlags declares the area's flags of eval.
func evalFlags(f *pflag.FlagSet) { f.Bool("plot", false, plotUsage) }

// plotUsage is the same for all areas that draw.
const plotUsage = "draw pictures of the result as PNG"

// Test measures the model on the test part.
func (j *job) Test(context.Context, *run.App) (run.Result, error) {
	switch t := j.task.(type) {
	case *detect.Landmarks:
		e, err := t.Evaluate(j.data.markedTest)
		return run.Result{Metrics: train.Metrics{{Name: "landmark_error", Value: e}}, Examples: j.data.markedTest.Len()}, err
	case *detect.Localiser:
		r, err := t.Evaluate(j.data.test)
		return run.Result{Metrics: train.Metrics{
			{Name: "iou", Value: r.IoU}, {Name: "test_accuracy", Value: r.Class}, {Name: "object_accuracy", Value: r.Object},
		}, Examples: r.Pictures}, err
	case detect.Detector:
		return j.testDetector(t)
	}
	return run.Result{}, errors.Errorf("model %s cannot be measured", j.settings.Model)
}

// testDetector measures average precisions.
func (j *job) testDetector(d detect.Detector) (run.Result, error) {
	r, err := detect.Evaluate(d, j.data.test, detect.EvalOpts{})
	if err != nil {
		return run.Result{}, err
	}
	m := train.Metrics{{Name: "map50", Value: zeroIfNaN(r.VOC.MAP)}, {Name: "map", Value: zeroIfNaN(r.COCO.AP)}}
	for i, v := range r.VOC.AP {
		if !math.IsNaN(v) {
			m = append(m, train.Metric{Name: "ap50_" + r.Classes[i], Value: v})
		}
	}
	m = append(m, train.Metric{Name: "ms_per_picture", Value: 1000 * r.Seconds})
	var drawn string
	if j.flags != nil {
		wanted, err := j.flags.GetBool("plot")
		if err != nil {
			return run.Result{}, err
		}
		if wanted {
			if drawn, err = j.drawCurves(r); err != nil {
				return run.Result{}, err
			}
		}
	}
	report := func(a *run.App) error { return reportClasses(a, r, drawn) }
	return run.Result{Metrics: m, Examples: r.Pictures, After: report, Report: report}, nil
}

func zeroIfNaN(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// reportClasses prints the average precision of each class.
func reportClasses(a *run.App, r *detect.Result, drawn string) error {
	count := map[int]int{}
	for _, t := range r.Truths {
		if !t.Crowd {
			count[t.Class]++
		}
	}
	fmt.Fprintf(a.Out, "%-16s %7s %9s %9s %12s\n", "class", "objects", "AP50", "AP50 11pt", "AP50:95")
	for i, name := range r.Classes {
		if count[i] == 0 {
			fmt.Fprintf(a.Out, "%-16s %7d %9s %9s %12s\n", name, 0, "–", "–", "–")
			continue
		}
		fmt.Fprintf(a.Out, "%-16s %7d %9.4f %9.4f %12.4f\n", name, count[i], r.VOC.AP[i], r.VOC.AP11[i], r.COCO.ByClass[i])
	}
	if c := r.COCO; c.AP == c.AP {
		fmt.Fprintf(a.Out, "AP50:95 of small objects %s, medium %s, large %s; recall with 1 box a class %s, 10 %s, 100 %s\n",
			orDash(c.Small), orDash(c.Medium), orDash(c.Large), orDash(c.AR1), orDash(c.AR10), orDash(c.AR100))
	}
	if drawn != "" {
		fmt.Fprintf(a.Out, "precision over recall drawn in %s\n", drawn)
	}
	return nil
}

// orDash writes a number, or a dash for one that is not defined.
func orDash(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.4f", v)
}

// drawCurves draws precision over recall at IoU 0.5, a line a class.
func (j *job) drawCurves(r *detect.Result) (string, error) {
	var series []plot.Series
	for i, name := range r.Classes {
		if recall, precision := metrics.VOCCurve(r.Truths, r.Detections, i, 0.5); len(recall) > 0 {
			series = append(series, plot.Series{Name: fmt.Sprintf("%s %.3f", name, r.VOC.AP[i]), X: recall, Y: precision})
		}
	}
	if len(series) == 0 {
		return "", nil
	}
	img, err := plot.PrecisionRecall(fmt.Sprintf("mAP %.3f at IoU 0.5", r.VOC.MAP), series)
	if err != nil {
		return "", err
	}
	path := filepath.Join(j.dir, "precision-recall.png")
	if !run.IsDir(j.dir) { // a model with weights has no folder
		path = "precision-recall.png"
	}
	return path, plot.WritePNG(path, img)
}
