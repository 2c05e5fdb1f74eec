package losses_test

import (
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// Embeddings of four pictures of two persons; the hardest partners of each are
// found in the batch.
func ExampleTripletHard() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x, person := g.Input("x", 4, 2), g.Labels("person", 4)
	loss := losses.TripletHard(x, person, 0.2, losses.TripletOpts{})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	err = prog.Run(
		x.Feed([]float32{0, 0, 0.5, 0, 0, 2, 0, 1}),
		person.FeedInts([]int{0, 0, 1, 1}),
	)
	if err != nil {
		log.Fatal(err)
	}
	// The last is as near to another person as to its own: it costs the margin.
	fmt.Printf("%.3f\n", prog.Loss())
	// Output: 0.050
}
