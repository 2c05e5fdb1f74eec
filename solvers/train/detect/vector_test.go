package detect_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo/decode"
)

// TestLocaliser_learns: a few pictures, one of them empty, are learnt by heart.
func TestLocaliser_learns(t *testing.T) {
	pics := scenes(t, 10, shapes.Localise)
	task, err := detect.NewLocaliser(graph.NewStore(graph.Float32, 1), pics, pics, detect.Options{Batch: 10, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	learn(t, task, 3e-3, 80)
	r, err := task.Evaluate(pics)
	if err != nil {
		t.Fatal(err)
	}
	if r.IoU < 0.8 || r.Class < 1 || r.Object < 1 || r.Pictures != 10 {
		t.Errorf("reached %+v", r)
	}
	x := make([]float32, 2*3*64*64)
	if _, err := pics.At(0, x[:3*64*64]); err != nil {
		t.Fatal(err)
	}
	found, err := task.Detect(x, 2, decode.SuppressOptions{ScoreMin: 2})
	if err != nil || len(found) != 2 || len(found[0]) != 0 {
		t.Errorf("found %v above a score of 2, error %v", found, err)
	}
}

func TestLocaliser_noObjects(t *testing.T) {
	for _, pics := range []box.Pictures{empties{scenes(t, 3, shapes.Localise)}, odd{scenes(t, 3, shapes.Localise)}} {
		task, err := detect.NewLocaliser(graph.NewStore(graph.Float32, 1), pics, pics, detect.Options{Batch: 2, Augment: &box.Augmentation{FlipX: 0.5}})
		if err != nil {
			t.Fatal(err)
		}
		learn(t, task, 1e-3, 1)
		task.Close()
		if r, err := task.Evaluate(pics); err != nil || r.IoU != 0 || r.Class != 0 {
			t.Errorf("reached %+v, %v", r, err)
		}
	}
}

func TestLandmarks_learns(t *testing.T) {
	pics := scenes(t, 10, shapes.Landmark)
	task, err := detect.NewLandmarks(graph.NewStore(graph.Float32, 1), pics, pics, detect.Options{Batch: 10, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	loop := learn(t, task, 3e-3, 80)
	before := loop.Progress().History[0].Validation[0].Value
	e, err := task.Evaluate(pics)
	if err != nil {
		t.Fatal(err)
	}
	if e > 0.03 || e > before/3 {
		t.Errorf("error %g of the sides, %g after the first epoch", e, before)
	}
}

// wrongMarks has fewer points than it says.
type wrongMarks struct{ *shapes.Set }

func (wrongMarks) Marks(int) ([]float64, error) { return []float64{0.5, 0.5}, nil }

func TestVector_refuses(t *testing.T) {
	pics := scenes(t, 3, shapes.Landmark)
	store := func() *graph.Store { return graph.NewStore(graph.Float32, 1) }
	if _, err := detect.NewLandmarks(store(), pics, nil, detect.Options{}); err == nil || !strings.Contains(err.Error(), "landmarks: batch size 0") {
		t.Errorf("error %v", err)
	}
	if _, err := detect.NewLocaliser(store(), detect.Form{Size: []int{3, 30, 32}, Names: []string{"a"}}, nil, detect.Options{Batch: 1}); err == nil || !strings.Contains(err.Error(), "multiples of 16") {
		t.Errorf("error %v", err)
	}
	if _, err := detect.NewLocaliser(store(), detect.Form{Size: []int{3, 32, 32}}, nil, detect.Options{Batch: 1}); err == nil || !strings.Contains(err.Error(), "no classes") {
		t.Errorf("error %v", err)
	}
	task, err := detect.NewLandmarks(store(), wrongMarks{pics}, nil, detect.Options{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	task.Begin(0, 0)
	if _, _, err := task.Step(0); err == nil || !strings.Contains(err.Error(), "2 coordinates, expected 8") {
		t.Errorf("error %v", err)
	}
}
