package detect_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/proposal"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// regionTask is what the three tasks on regions are for the tests.
type regionTask interface {
	train.Task
	detect.Detector
}

// regionTasks makes the three of them for pictures.
func regionTasks(t *testing.T, pics, val box.Pictures, o detect.Options) map[string]regionTask {
	t.Helper()
	few := proposal.Options{Scales: []float64{200}}
	all := map[string]regionTask{}
	for name, warp := range map[string]bool{"rcnn": true, "fast": false} {
		task, err := detect.NewRegions(graph.NewStore(graph.Float32, 1), pics, val, detect.RegionsOpts{Options: o, Warp: warp, Search: few})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = task
	}
	task, err := detect.NewFasterRCNN(graph.NewStore(graph.Float32, 1), pics, val, detect.FasterRCNNOpts{Options: o, Anchors: []box.Size{{H: 0.25, W: 0.25}, {H: 0.4, W: 0.4}}})
	if err != nil {
		t.Fatal(err)
	}
	all["faster"] = task
	return all
}

// TestRegions_learn: a few pictures are learnt by heart.
func TestRegions_learn(t *testing.T) {
	pics := scenes(t, 2, shapes.Detect)
	for name, task := range regionTasks(t, pics, nil, detect.Options{Batch: 2, Seed: 1}) {
		t.Run(name, func(t *testing.T) {
			defer task.Close()
			learn(t, task, 2e-3, 80)
			r, err := detect.Evaluate(task, pics, detect.EvalOpts{})
			if err != nil {
				t.Fatal(err)
			}
			if r.VOC.MAP < 0.9 {
				t.Errorf("mAP %g, want at least 0.9", r.VOC.MAP)
			}
		})
	}
}

// TestRegions_noObjects: pictures without objects, or with senseless ones, are
// background.
func TestRegions_noObjects(t *testing.T) {
	for what, pics := range map[string]box.Pictures{"none": empties{scenes(t, 2, shapes.Detect)}, "odd": odd{scenes(t, 2, shapes.Detect)}} {
		o := detect.Options{Batch: 2, Augment: &box.Augmentation{FlipX: 0.5, Scale: 0.2}}
		for name, task := range regionTasks(t, pics, pics, o) {
			loop := learn(t, task, 1e-3, 1)
			task.Close()
			if v, _ := loop.Epoch().Validation.Get("val_map50"); v != 0 {
				t.Errorf("%s, %s: val_map50 %g", what, name, v)
			}
		}
	}
}

// TestFasterRCNN_repeatable: the same step has the same loss, whatever came
// before.
func TestFasterRCNN_repeatable(t *testing.T) {
	pics := scenes(t, 4, shapes.Detect)
	task := regionTasks(t, pics, nil, detect.Options{Batch: 2, Seed: 1})["faster"]
	defer task.Close()
	loss := func(step int) float64 {
		task.Begin(0, 1)
		prog, _, err := task.Step(step)
		if err != nil {
			t.Fatal(err)
		}
		return prog.Loss()
	}
	first, other, again := loss(3), loss(4), loss(3)
	if first != again {
		t.Errorf("loss %v, later %v", first, again)
	}
	if first == other {
		t.Error("another step drew the same regions")
	}
}

func TestRegions_refuses(t *testing.T) {
	pics := scenes(t, 2, shapes.Detect)
	store := graph.NewStore(graph.Float32, 1)
	if _, err := detect.NewRegions(store, pics, nil, detect.RegionsOpts{}); err == nil || !strings.Contains(err.Error(), "regions: batch size 0") {
		t.Errorf("error %v", err)
	}
	if _, err := detect.NewRegions(store, detect.Form{Size: []int{3, 32, 32}}, nil, detect.RegionsOpts{}); err == nil || !strings.Contains(err.Error(), "no classes") {
		t.Errorf("error %v", err)
	}
	if _, err := detect.NewFasterRCNN(store, pics, nil, detect.FasterRCNNOpts{}); err == nil || !strings.Contains(err.Error(), "faster r-cnn: 0 anchors") {
		t.Errorf("error %v", err)
	}
}
