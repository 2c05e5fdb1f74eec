package detect_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// scenes returns n drawn pictures of 64×64.
func scenes(t testing.TB, n int, task shapes.Task) *shapes.Set {
	t.Helper()
	s, err := shapes.New(shapes.Options{Task: task, Len: n, Seed: 3, Part: "train"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// learn takes a task through some epochs.
func learn(t *testing.T, task train.Task, rate float64, epochs int) *train.Loop {
	t.Helper()
	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(rate), Epochs: epochs, ClipNorm: 20}
	for loop.Next(t.Context()) {
	}
	if err := loop.Err(); err != nil {
		t.Fatal(err)
	}
	return loop
}

func anchors(t *testing.T, p box.Pictures) []box.Size {
	t.Helper()
	a, mean, err := detect.Anchors(p, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if mean < 0.5 {
		t.Errorf("mean IoU with the anchors %g", mean)
	}
	return a
}

// TestYOLO_learns: a few pictures are learnt by heart, with either loss.
func TestYOLO_learns(t *testing.T) {
	pics := scenes(t, 4, shapes.Detect)
	for _, squares := range []bool{false, true} {
		task, err := detect.NewYOLO(graph.NewStore(graph.Float32, 1), pics, pics, detect.YOLOOpts{
			Options: detect.Options{Batch: 4, Seed: 1}, Anchors: anchors(t, pics), Squares: squares,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer task.Close()
		learn(t, task, 3e-3, 60)
		r, err := detect.Evaluate(task, pics, detect.EvalOpts{Batch: 3})
		if err != nil {
			t.Fatal(err)
		}
		// running statistics of 60 steps: nearly those of the batch
		if r.VOC.MAP < 0.9 || len(r.Truths) == 0 || r.Pictures != 4 {
			t.Errorf("squares %v: mAP %g of %d pictures, %d truths", squares, r.VOC.MAP, r.Pictures, len(r.Truths))
		}
	}
}

// empties are pictures without any object.
type empties struct{ *shapes.Set }

func (empties) Objects(int) ([]box.Object, error) { return nil, nil }

// TestYOLO_noObjects: pictures without objects, or with senseless ones, are
// background; training and evaluation go on.
func TestYOLO_noObjects(t *testing.T) {
	for name, pics := range map[string]box.Pictures{
		"none": empties{scenes(t, 3, shapes.Detect)},
		"odd":  odd{scenes(t, 3, shapes.Detect)},
	} {
		task, err := detect.NewYOLO(graph.NewStore(graph.Float32, 1), pics, pics, detect.YOLOOpts{
			Options: detect.Options{Batch: 2, Augment: &box.Augmentation{Seed: 1, FlipX: 0.5, Scale: 0.2, Shift: 0.1}}, Anchors: []box.Size{{H: 0.3, W: 0.3}},
		})
		if err != nil {
			t.Fatal(err)
		}
		loop := learn(t, task, 1e-3, 2)
		task.Close()
		if v, ok := loop.Epoch().Validation.Get("val_map50"); !ok || v != 0 {
			t.Errorf("%s: val_map50 %g, want 0 where there is nothing to be found", name, v)
		}
	}
}

// odd are pictures whose objects cannot be used.
type odd struct{ *shapes.Set }

func (o odd) Objects(int) ([]box.Object, error) {
	return []box.Object{
		{Class: "circle", Box: box.Box{X1: 0.5, Y1: 0.5, X2: 0.5, Y2: 0.5}},
		{Class: "circle", Box: box.Box{X1: 0.6, Y1: 0.5, X2: 0.5, Y2: 0.7}},
		{Class: "unheard of", Box: box.Box{X2: 0.5, Y2: 0.5}},
		{Class: "circle", Crowd: true, Box: box.Box{X2: 0.5, Y2: 0.5}},
	}, nil
}

func TestNewYOLO_refuses(t *testing.T) {
	pics := scenes(t, 3, shapes.Detect)
	crooked, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 3, Size: 40})
	if err != nil {
		t.Fatal(err)
	}
	one := []box.Size{{H: 0.3, W: 0.3}}
	for _, c := range []struct {
		name string
		pics box.Pictures
		o    detect.YOLOOpts
		want string
	}{
		{"anchors", pics, detect.YOLOOpts{Options: detect.Options{Batch: 1}}, "yolo: 0 anchors, 10 classes"},
		{"batch", pics, detect.YOLOOpts{Anchors: one}, "batch size 0, expected at least 1"},
		{"drop", pics, detect.YOLOOpts{Anchors: one, Options: detect.Options{Batch: 5, DropLast: true}}, "leaves nothing of 3 pictures"},
		{"sides", crooked, detect.YOLOOpts{Anchors: one, Options: detect.Options{Batch: 1}}, "pictures of shape [3 40 40], expected [3, H, W], H and W multiples of 16"},
		{"augmentation", pics, detect.YOLOOpts{Anchors: one, Options: detect.Options{Batch: 1, Augment: &box.Augmentation{FlipX: 2}}}, "box augmentation"},
	} {
		if _, err := detect.NewYOLO(graph.NewStore(graph.Float32, 1), c.pics, nil, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	if _, _, err := detect.Anchors(empties{pics}, 2, 1); err == nil || !strings.Contains(err.Error(), "0 boxes in 3 pictures, expected at least 2") {
		t.Errorf("anchors: error %v", err)
	}
}
