package detect_test

import (
	"context"
	"fmt"

	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// A detector learns two pictures by heart.
func Example() {
	pictures, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 2, Seed: 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	anchors, _, err := detect.Anchors(pictures, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	task, err := detect.NewYOLO(graph.NewStore(graph.Float32, 1), pictures, nil, detect.YOLOOpts{
		Options: detect.Options{Batch: 2}, Anchors: anchors,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer task.Close()
	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(3e-3), Epochs: 60}
	for loop.Next(context.Background()) {
	}
	result, err := detect.Evaluate(task, pictures, detect.EvalOpts{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mAP at IoU 0.5: %.1f\n", result.VOC.MAP)
	// Output:
	// mAP at IoU 0.5: 1.0
}
