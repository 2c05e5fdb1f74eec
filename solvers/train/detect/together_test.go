package detect_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo/decode"
)

// TestDetectors_together: eight goroutines get the answers that one alone gets.
func TestDetectors_together(t *testing.T) {
	pics := scenes(t, 4, shapes.Detect)
	o := detect.Options{Batch: 2, Seed: 1}
	detectors := map[string]detect.Detector{}
	for name, task := range regionTasks(t, pics, nil, o) {
		detectors[name] = task
	}
	yolo, err := detect.NewYOLO(graph.NewStore(graph.Float32, 1), pics, nil, detect.YOLOOpts{Options: o, Anchors: []box.Size{{H: 0.25, W: 0.25}}})
	if err != nil {
		t.Fatal(err)
	}
	localiser, err := detect.NewLocaliser(graph.NewStore(graph.Float32, 1), pics, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	detectors["yolo"], detectors["localiser"] = yolo, localiser
	const size = 3 * 64 * 64
	x := make([]float32, 4*size)
	for i := range 4 {
		if _, err := pics.At(i, x[i*size:(i+1)*size]); err != nil {
			t.Fatal(err)
		}
	}
	for name, d := range detectors {
		t.Run(name, func(t *testing.T) {
			ask := func(q int) string {
				n := 1 + q%2
				found, err := d.Detect(x[q*size:(q+n)*size], n, decode.SuppressOptions{ScoreMin: 0.01, IoU: 0.5})
				return fmt.Sprint(found, err)
			}
			var want [3]string
			for q := range want {
				want[q] = ask(q)
			}
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					if q := g % 3; ask(q) != want[q] {
						t.Errorf("question %d has another answer than alone", q)
					}
				})
			}
			wg.Wait()
		})
	}
}
