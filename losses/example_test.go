package losses_test

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// Three samples of two classes, the last of them padding.
func ExampleCrossEntropy() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	logits, labels, weights := g.Input("logits", 3, 2), g.Labels("labels", 3), g.Input("weights", 3)
	loss := losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{Weights: weights})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	err = prog.Run(
		logits.Feed([]float32{2, 0, 0, 0, 0, 0}),
		labels.FeedInts([]int{0, 1, 0}),
		weights.Feed([]float32{1, 1, 0}),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f\n", prog.Loss())
	// Output: 0.4100
}
