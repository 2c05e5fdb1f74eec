package detector_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
	"github.com/hocsau/hocsau/zoo/detector"
)

func ExampleYOLO() {
	anchors := []box.Size{{H: 0.2, W: 0.2}, {H: 0.4, W: 0.3}}
	net := func(s graph.Scope) nn.Layer { return zoo.NewSmallYOLO(s, len(anchors), 3) }
	y := detector.NewYOLO(graph.NewStore(graph.Float32, 1), net, []int{3, 64, 64}, anchors, 3)
	found, err := y.Detect(make([]float32, 3*64*64), 1, decode.SuppressOptions{ScoreMin: 0.6, IoU: 0.5})
	fmt.Println(len(found), len(found[0]), err) // it knows nothing yet
	// Output: 1 0 <nil>
}
