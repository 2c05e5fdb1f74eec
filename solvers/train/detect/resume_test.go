package detect_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// TestResume_sameBits: a run that is interrupted in the middle of an epoch ends
// with the weights and metrics of one that was not.
func TestResume_sameBits(t *testing.T) {
	pics := scenes(t, 4, shapes.Detect)
	o := detect.Options{Batch: 2, Seed: 4, Augment: &box.Augmentation{Seed: 4, FlipX: 0.5, Scale: 0.2, Shift: 0.1}}
	sizes := []box.Size{{H: 0.25, W: 0.25}, {H: 0.4, W: 0.4}}
	for name, newTask := range map[string]func() (train.Task, error){
		"yolo": func() (train.Task, error) {
			return detect.NewYOLO(graph.NewStore(graph.Float32, 1), pics, pics, detect.YOLOOpts{Options: o, Anchors: sizes})
		},
		"fast": func() (train.Task, error) {
			return detect.NewRegions(graph.NewStore(graph.Float32, 1), pics, nil, detect.RegionsOpts{Options: o})
		},
		"faster": func() (train.Task, error) {
			return detect.NewFasterRCNN(graph.NewStore(graph.Float32, 1), pics, nil, detect.FasterRCNNOpts{Options: o, Anchors: sizes})
		},
	} {
		t.Run(name, func(t *testing.T) {
			// run trains two epochs, or what is left of them, up to a step.
			run := func(folder *train.Folder, stop int) *train.Loop {
				task, err := newTask()
				if err != nil {
					t.Fatal(err)
				}
				defer task.Close()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				loop := &train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 2, Folder: folder}
				steps := 0
				loop.OnStep = func(train.Step) {
					if steps++; steps == stop {
						cancel()
					}
				}
				if folder != nil {
					if _, _, err := loop.Resume(); err != nil {
						t.Fatal(err)
					}
				}
				for loop.Next(ctx) {
				}
				if err := loop.Err(); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				return loop
			}
			whole := run(nil, -1)
			folder, err := train.OpenFolder(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = folder.Close() }()
			run(folder, 1)
			resumed := run(folder, -1)
			for _, p := range whole.Task.Store().Params() {
				if !slices.Equal(p.Float32s(), resumed.Task.Store().Param(p.Name()).Float32s()) {
					t.Fatalf("%s differs", p.Name())
				}
			}
			if a, b := whole.Epoch().Validation, resumed.Epoch().Validation; !slices.Equal(a, b) {
				t.Errorf("metrics %v, want %v", b, a)
			}
		})
	}
}
